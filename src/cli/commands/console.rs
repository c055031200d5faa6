//! `console`: expressions and their values, with the configuration's names and the state's values at hand.

use serde_json::Value as Json;

use crate::cli::args::ConsoleArgs;
use crate::cli::context::{Context, Failure, Result, is_empty_directory};
use crate::cli::exit;
use crate::diag::{Code, Diagnostic, Diagnostics, Sources};
use crate::lang::eval::Scope;
use crate::lang::eval::console::{Answer, answer};
use crate::lang::syntax::{TokenKind, lex};
use crate::ops::{self, Remembered};

pub async fn run(context: &Context, args: &ConsoleArgs) -> Result {
    let session = context.session();
    // Expressions need no configuration.
    let mut broken = Diagnostics::new();
    broken.extend(session.diagnostics.iter().filter(|d| d.is_error() && !is_empty_directory(d)).cloned());
    let state = if broken.is_empty() { context.state(&session).await? } else { None };
    let Remembered { evaluation, diagnostics, .. } = ops::remember(&session, state.as_ref());
    broken.extend(diagnostics.iter().filter(|d| is_wrong_variable(d)).cloned());
    if args.batch {
        return batch(context, &evaluation.scope(), broken);
    }
    if broken.has_errors() {
        return Err(Failure::in_session(&session, broken));
    }
    context.terminal.diagnostics(diagnostics, &session.sources);
    converse(context, &evaluation.scope(), &session.sources)
}

/// A value of a variable that does not fit its type, or a default in the type that does not: then the configuration
/// means nothing.
fn is_wrong_variable(diagnostic: &Diagnostic) -> bool {
    [Code("HW0903"), Code("HW0316")].contains(&diagnostic.code)
}

/// One JSON object a line in, one a line out, in the same order. A configuration that is `broken` answers nothing else.
fn batch(context: &Context, scope: &dyn Scope, broken: Diagnostics) -> Result {
    let file = Sources::default().add("console", "");
    while let Some(line) = read(context)? {
        if line.trim().is_empty() {
            continue;
        }
        let request = serde_json::from_str::<Json>(&line).unwrap_or_default();
        let field = |name: &str| request.get(name).and_then(Json::as_str);
        let answer = match field("expr") {
            Some(_) if broken.has_errors() => Answer::Refused(broken.clone()),
            Some(expression) => answer(file, expression, scope),
            None => Answer::Refused(
                Diagnostic::error(Code("HW0917"), "Invalid request")
                    .with_detail("A line is an object with two texts: {\"id\": \"…\", \"expr\": \"…\"}.")
                    .into(),
            ),
        };
        context.terminal.print(&format!("{}\n", answer.to_line(field("id"))));
    }
    Ok(exit::SUCCESS)
}

/// An expression a line, or several lines as long as brackets are open.
fn converse(context: &Context, scope: &dyn Scope, sources: &Sources) -> Result {
    let terminal = &context.terminal;
    let prompt = |text: &str| {
        if terminal.can_ask() {
            terminal.tell(text)
        }
    };
    let more = if terminal.look().unicode { "… " } else { "... " };
    let mut text = String::new();
    let mut failed = false;
    loop {
        prompt(if text.is_empty() { "> " } else { more });
        let Some(line) = read(context)? else { break };
        if text.is_empty() && matches!(line.trim(), "exit" | "quit") {
            return Ok(exit::SUCCESS);
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line);
        // An empty line ends what would never end otherwise.
        if text.trim().is_empty() || (is_open(&text) && !line.trim().is_empty()) {
            continue;
        }
        failed |= !say(context, scope, sources, &std::mem::take(&mut text));
    }
    if !text.trim().is_empty() {
        failed |= !say(context, scope, sources, &text);
    }
    prompt("\n");
    // A person has seen what was wrong; a script must be told.
    Ok(if failed && !terminal.can_ask() { exit::FAILURE } else { exit::SUCCESS })
}

/// Answers one expression. Whether it had a value.
fn say(context: &Context, scope: &dyn Scope, sources: &Sources, text: &str) -> bool {
    let mut sources = sources.clone();
    let file = sources.add("<console>", text);
    match answer(file, text, scope) {
        Answer::Value(shown) => {
            context.terminal.print(&format!("{}\n", shown.display));
            true
        }
        Answer::Refused(found) => {
            context.terminal.diagnostics(found, &sources);
            false
        }
    }
}

/// Whether more brackets, or heredocs, are opened than closed.
fn is_open(text: &str) -> bool {
    use TokenKind as T;
    let depth: i64 = lex(text)
        .iter()
        .map(|token| match token.kind {
            T::OpenBrace | T::OpenBracket | T::OpenParen | T::OpenInterpolation | T::OpenDirective | T::OpenHeredoc => {
                1
            }
            T::CloseBrace | T::CloseBracket | T::CloseParen | T::CloseSequence | T::CloseHeredoc => -1,
            _ => 0,
        })
        .sum();
    depth > 0
}

fn read(context: &Context) -> Result<Option<String>> {
    context.terminal.read_line().map_err(|e| {
        Diagnostic::error(Code("HW0917"), "Standard input cannot be read")
            .with_detail(format!("{e}."))
            .with_help("Expressions are UTF-8 text.")
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_brackets_ask_for_more() {
        for (text, open) in [
            ("1 + 1", false),
            ("[1,", true),
            ("[1,\n2]", false),
            ("{ a = (", true),
            ("\"}\"", false),
            ("\"${upper(", true),
            ("<<EOT\na", true),
            ("<<EOT\na\nEOT\n", false),
            (")", false),
        ] {
            assert_eq!(is_open(text), open, "{text}");
        }
    }
}
