//! Which names could stand where somebody is typing an expression: functions, what the configuration declares, and the
//! attributes and keys of the values before a dot or in brackets.
//!
//! Must not know the terminal. Shows names only, never values, and no keys of a map that is sensitive.

use std::collections::BTreeSet;

use crate::cli::editor::{Assistant, Candidate};
use crate::config::Module;
use crate::diag::FileId;
use crate::lang::eval::Scope;
use crate::lang::eval::console::value;
use crate::lang::functions::{self, Signature};
use crate::lang::syntax::{Token, TokenKind, is_identifier, lex};
use crate::lang::value::{Data, Type, Value};

/// Names that exist in every configuration.
const ALWAYS: [&str; 5] = ["path.module", "path.root", "path.cwd", "terraform.workspace", "terraform.applying"];

pub struct Completion<'s> {
    scope: &'s dyn Scope,
    /// Everything declared, as it is written: `var.region`, `service.primary`, `data.service.x`.
    declared: BTreeSet<String>,
}

impl<'s> Completion<'s> {
    pub fn new(scope: &'s dyn Scope, module: &Module) -> Self {
        let mut declared: BTreeSet<String> = ALWAYS.iter().map(|&name| name.to_owned()).collect();
        declared.extend(module.variables.keys().map(|name| format!("var.{name}")));
        declared.extend(module.locals.keys().map(|name| format!("local.{name}")));
        declared.extend(module.module_calls.keys().map(|name| format!("module.{name}")));
        declared.extend(module.resources.keys().map(ToString::to_string));
        Self { scope, declared }
    }

    /// Names that may begin an expression.
    fn first(&self, typed: &str) -> Vec<Candidate> {
        let signatures = functions::names().iter().filter(|name| name.starts_with(typed));
        let signatures = signatures.filter_map(|name| functions::signature(name));
        let called = signatures.map(|s| Candidate { shown: shown(s), text: format!("{}(", s.name) });
        self.following("", typed).into_iter().chain(called).collect()
    }

    /// The next parts of declared names that begin with what stands before the cursor's word.
    fn following(&self, before: &str, typed: &str) -> Vec<Candidate> {
        let rest = self.declared.iter().filter_map(|name| name.strip_prefix(before)).filter(|r| r.starts_with(typed));
        let next: BTreeSet<&str> = rest.map(|r| r.split_inclusive('.').next().unwrap_or(r)).collect();
        next.into_iter().map(|part| named(part, part)).collect()
    }

    /// What may stand behind `base.`
    fn attributes(&self, base: &str, typed: &str) -> Vec<Candidate> {
        let declared = self.following(&format!("{base}."), typed);
        if !declared.is_empty() {
            return declared;
        }
        let names = self.names_in(base).into_iter().filter(|n| n.starts_with(typed) && is_identifier(n));
        names.map(|name| named(&name, &name)).collect()
    }

    /// What may stand between the quotes of `base["…"]`
    fn keys(&self, base: &str, typed: &str) -> Vec<Candidate> {
        let plain = |name: &String| !name.contains(['"', '\\', '\n', '\r', '$', '%']);
        let names = self.names_in(base).into_iter().filter(|n| n.starts_with(typed) && plain(n));
        names.map(|name| named(&name, &format!("{name}\"]"))).collect()
    }

    fn names_in(&self, base: &str) -> BTreeSet<String> {
        let Some(value) = value(FileId(0), base, self.scope) else { return BTreeSet::new() };
        if base.ends_with('*') || base.ends_with("*]") {
            return value
                .elements()
                .flat_map(names)
                .chain(value.ty().element().into_iter().flat_map(typed_names))
                .collect();
        }
        names(&value)
    }
}

impl Assistant for Completion<'_> {
    fn complete(&self, before: &str) -> (usize, Vec<Candidate>) {
        let tokens = tokens(before);
        match tokens.as_slice() {
            [chain @ .., bracket, quote] if is(bracket, TokenKind::OpenBracket) && is(quote, TokenKind::OpenQuote) => {
                (before.len(), self.keys(chained(before, chain), ""))
            }
            [chain @ .., bracket, quote, word]
                if is(bracket, TokenKind::OpenBracket)
                    && is(quote, TokenKind::OpenQuote)
                    && is(word, TokenKind::Literal) =>
            {
                (word.start, self.keys(chained(before, chain), word.text(before)))
            }
            [chain @ .., dot] if is(dot, TokenKind::Dot) => (before.len(), self.attributes(chained(before, chain), "")),
            [chain @ .., dot, word] if is(dot, TokenKind::Dot) && is(word, TokenKind::Ident) => {
                (word.start, self.attributes(chained(before, chain), word.text(before)))
            }
            [.., word] if is(word, TokenKind::Ident) => (word.start, self.first(word.text(before))),
            // Texts and comments are nobody's names.
            [.., last] if is_text(last) => (before.len(), Vec::new()),
            _ => (before.len(), self.first("")),
        }
    }

    /// The parameters of a function whose parenthesis has just been opened.
    fn hint(&self, before: &str) -> Option<String> {
        let tokens = tokens(before);
        let [.., name, open] = tokens.as_slice() else { return None };
        let called = is(name, TokenKind::Ident) && is(open, TokenKind::OpenParen);
        let signature = called.then(|| functions::signature(name.text(before)))??;
        shown(signature).get(signature.name.len() + 1..).map(str::to_owned)
    }

    fn is_open(&self, text: &str) -> bool {
        super::wants_more(text)
    }
}

/// What is there; the lexer closes what is still open with tokens of no width.
fn tokens(text: &str) -> Vec<Token> {
    lex(text).into_iter().filter(|t| t.start < t.end).collect()
}

fn is(token: &Token, kind: TokenKind) -> bool {
    token.kind == kind
}

fn is_text(token: &Token) -> bool {
    use TokenKind as T;
    matches!(token.kind, T::Literal | T::OpenQuote | T::OpenHeredoc | T::LineComment | T::BlockComment | T::Number)
}

fn named(shown: &str, text: &str) -> Candidate {
    Candidate { shown: shown.to_owned(), text: text.to_owned() }
}

/// `name(a, b, rest...)`
fn shown(signature: &Signature) -> String {
    let parameters = signature.parameters.iter().map(|p| p.name.to_owned());
    let rest = signature.variadic.iter().map(|p| format!("{}...", p.name));
    format!("{}({})", signature.name, parameters.chain(rest).collect::<Vec<_>>().join(", "))
}

/// The names in an object or map.
fn names(value: &Value) -> BTreeSet<String> {
    match &value.data {
        // What it holds may be as secret as the values.
        Data::Map(..) if value.marks.sensitive => BTreeSet::new(),
        Data::Map(..) | Data::Object(_) => value.entries().map(|(name, _)| name.to_string()).collect(),
        _ => typed_names(&value.ty()),
    }
}

fn typed_names(ty: &Type) -> BTreeSet<String> {
    match ty {
        Type::Object(object) => object.attributes.keys().map(ToString::to_string).collect(),
        _ => BTreeSet::new(),
    }
}

/// The expression that ends where the tokens end, as far as attributes, indexes, splats and calls link it together.
fn chained<'t>(text: &'t str, tokens: &[Token]) -> &'t str {
    use TokenKind as T;
    let mut start = tokens.len();
    // Each turn takes one link, from the back.
    while let Some(last) = start.checked_sub(1).and_then(|i| tokens.get(i)) {
        let taken = match last.kind {
            T::Ident | T::Number | T::Star => 1,
            T::CloseBracket | T::CloseParen => match opened(&tokens[..start]) {
                Some(width) => width,
                None => break,
            },
            _ => break,
        };
        start -= taken;
        let before = start.checked_sub(1).and_then(|i| tokens.get(i));
        let link = before.map(|t| t.kind);
        match last.kind {
            T::Ident | T::Number | T::Star if link == Some(T::Dot) => start -= 1,
            T::CloseBracket => {}
            // The name of what is called.
            T::CloseParen if link == Some(T::Ident) => {}
            _ => break,
        }
    }
    let from = tokens.get(start).map_or(0, |t| t.start);
    let to = tokens.last().map_or(0, |t| t.end);
    text.get(from..to).unwrap_or_default()
}

/// How many tokens there are from the last one, a closing bracket, back to the one that it closes.
fn opened(tokens: &[Token]) -> Option<usize> {
    use TokenKind as T;
    let mut depth = 0;
    for (i, token) in tokens.iter().enumerate().rev() {
        match token.kind {
            T::CloseBracket | T::CloseParen | T::CloseBrace | T::CloseSequence => depth += 1,
            T::OpenBracket | T::OpenParen | T::OpenBrace | T::OpenInterpolation | T::OpenDirective => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(tokens.len() - i);
        }
    }
    None
}

#[cfg(test)]
mod tests;
