//! `console`: expressions and their values, with the configuration's names and the state's values at hand.
//!
//! A person types with history and completion; a pipe gives lines, and a program lines of JSON.

mod completion;

use std::path::PathBuf;

use serde_json::Value as Json;

use crate::cli::args::ConsoleArgs;
use crate::cli::context::{Context, Failure, Result, is_empty_directory};
use crate::cli::editor::{Editor, Typed};
use crate::cli::exit;
use crate::diag::{Code, Diagnostic, Diagnostics, Sources};
use crate::host::Host;
use crate::lang::eval::Scope;
use crate::lang::eval::console::{Answer, answer};
use crate::lang::syntax::{TokenKind, lex};
use crate::ops::{self, Remembered};

use completion::Completion;

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
    let scope = evaluation.scope();
    if !context.terminal.can_converse() {
        return listen(context, &scope, &session.sources);
    }
    let history = if args.no_history { None } else { history(&context.host) };
    let completion = Completion::new(&scope, &session.tree.module);
    let editor = Editor::new(completion, history, context.terminal.look().color).map_err(unreadable)?;
    converse(context, editor, &scope, &session.sources)
}

/// Where what was typed is kept from session to session: with the user's other state, unless that is not wanted.
fn history(host: &Host) -> Option<PathBuf> {
    if host.variable("HOUSEWRIGHT_NO_HISTORY").is_some() {
        return None;
    }
    let state = host.variable("XDG_STATE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let state = state.or_else(|| Some(PathBuf::from(host.variable("HOME")?).join(".local/state")))?;
    Some(state.join("housewright/console_history"))
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

/// With a person, who has the last word on when it ends.
fn converse(context: &Context, mut editor: Editor<Completion<'_>>, scope: &dyn Scope, sources: &Sources) -> Result {
    loop {
        match editor.read().map_err(unreadable)? {
            Typed::Text(text) if is_farewell(&text) => return Ok(exit::SUCCESS),
            Typed::Text(text) if text.trim().is_empty() => {}
            Typed::Text(text) => drop(say(context, scope, sources, &text)),
            Typed::Nothing => {}
            Typed::End => return Ok(exit::SUCCESS),
        }
    }
}

/// An expression a line, or several lines as long as brackets are open.
fn listen(context: &Context, scope: &dyn Scope, sources: &Sources) -> Result {
    let terminal = &context.terminal;
    let prompt = |text: &str| {
        if terminal.can_ask() {
            terminal.tell(text)
        }
    };
    let mut text = String::new();
    let mut failed = false;
    loop {
        prompt(if text.is_empty() { "> " } else { "... " });
        let Some(line) = read(context)? else { break };
        if text.is_empty() && is_farewell(&line) {
            return Ok(exit::SUCCESS);
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&line);
        if text.trim().is_empty() || wants_more(&text) {
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

fn is_farewell(line: &str) -> bool {
    matches!(line.trim(), "exit" | "quit")
}

/// Whether the expression goes on. An empty line ends what would never end otherwise.
fn wants_more(text: &str) -> bool {
    is_open(text) && text.rsplit('\n').next().is_some_and(|line| !line.trim().is_empty())
}

/// Answers one expression. Whether it had a value.
fn say(context: &Context, scope: &dyn Scope, sources: &Sources, text: &str) -> bool {
    let mut sources = sources.clone();
    // A heredoc ends with a line.
    let text = if text.contains('\n') { format!("{text}\n") } else { text.to_owned() };
    let file = sources.add("<console>", text.as_str());
    match answer(file, &text, scope) {
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
    // Only the end of its first line opens a heredoc, and only that of its last one closes it.
    let depth: i64 = lex(&format!("{text}\n"))
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
    context.terminal.read_line().map_err(unreadable)
}

fn unreadable(error: impl std::fmt::Display) -> Failure {
    Diagnostic::error(Code("HW0904"), "Standard input cannot be read")
        .with_detail(format!("{error}."))
        .with_help("Expressions are UTF-8 text.")
        .into()
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
            ("<<EOT", true),
            ("<<EOT\na", true),
            ("<<EOT\na\nEOT", false),
            ("<<EOT\na\nEOT\n", false),
            (")", false),
        ] {
            assert_eq!(is_open(text), open, "{text}");
        }
    }

    #[test]
    fn an_empty_line_ends_what_is_open() {
        assert!(wants_more("[1,") && wants_more("[1,\n2"));
        assert!(!wants_more("[1,\n") && !wants_more("[1,\n  ") && !wants_more("[1]"));
    }

    #[test]
    fn history_is_kept_with_the_users_state() {
        let of = |variables: &[(&str, &str)]| {
            let environment = variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            let host = Host {
                environment,
                directory: "/".into(),
                user: "u".into(),
                name: "n".into(),
                process: 1,
                birth: String::new(),
            };
            history(&host).map(|path| path.display().to_string())
        };
        assert_eq!(of(&[("HOME", "/h")]).as_deref(), Some("/h/.local/state/housewright/console_history"));
        let both = [("HOME", "/h"), ("XDG_STATE_HOME", "/s")];
        assert_eq!(of(&both).as_deref(), Some("/s/housewright/console_history"));
        assert_eq!(of(&[("HOME", "/h"), ("XDG_STATE_HOME", "relative")]), of(&[("HOME", "/h")]));
        assert_eq!(of(&[("HOME", "/h"), ("HOUSEWRIGHT_NO_HISTORY", "1")]), None);
        assert_eq!(of(&[]), None);
    }
}
