//! Escapes in literal text, and quoted strings that must be plain.

use super::super::messages;
use super::super::token::{Token, TokenKind};
use super::{Parse, Parser, Reported};
use crate::diag::Span;

impl Parser<'_> {
    /// The text a literal inside quotes stands for.
    pub(super) fn unescape_quoted(&mut self, token: Token) -> Parse<String> {
        let raw = token.text(self.text);
        let (mut out, mut at, mut failed) = (String::with_capacity(raw.len()), 0, false);
        while let Some(first) = raw[at..].chars().next() {
            let rest = &raw[at..];
            if first == '\\' {
                let len = escape_len(rest);
                match resolve_escape(&rest[..len]) {
                    Ok(c) => out.push(c),
                    Err(detail) => {
                        let span = self.range(token.start + at, token.start + at + len);
                        self.report(messages::invalid_escape(span, detail));
                        failed = true;
                    }
                }
                at += len;
            } else {
                at += push_plain(rest, first, &mut out);
            }
        }
        if failed { Err(Reported) } else { Ok(out) }
    }

    /// A quoted string without templates, from its opening quote: the text, and the place with the quotes.
    pub(super) fn plain_string(&mut self) -> Parse<(String, Span)> {
        let open = self.next();
        let mut text = String::new();
        loop {
            let token = self.next();
            match token.kind {
                TokenKind::CloseQuote => return Ok((text, self.span(open).to(self.span(token)))),
                TokenKind::Literal => text.push_str(&self.unescape_quoted(token)?),
                TokenKind::OpenInterpolation | TokenKind::OpenDirective => {
                    return self.fail(token, messages::template_in_label(self.span(token)));
                }
                _ => return self.fail(token, messages::unterminated_string(self.span(open), self.span(token))),
            }
        }
    }
}

/// The text a literal of a heredoc or a template file stands for: only `$${` and `%%{` are escapes there.
pub(super) fn unescape_template(raw: &str) -> String {
    let (mut out, mut at) = (String::with_capacity(raw.len()), 0);
    while let Some(first) = raw[at..].chars().next() {
        at += push_plain(&raw[at..], first, &mut out);
    }
    out
}

/// Takes one character, or a doubled sequence opener, and returns how many bytes that was.
fn push_plain(rest: &str, first: char, out: &mut String) -> usize {
    if rest.starts_with("$${") || rest.starts_with("%%{") {
        out.push_str(&rest[1..3]);
        return 3;
    }
    out.push(first);
    first.len_utf8()
}

/// How much of the text, which begins with a backslash, belongs to the escape.
fn escape_len(text: &str) -> usize {
    let Some(selector) = text[1..].chars().next() else { return 1 };
    let digits = match selector {
        'u' => 4,
        'U' => 8,
        _ => 0,
    };
    let hex = text[1 + selector.len_utf8()..].bytes().take(digits).take_while(u8::is_ascii_hexdigit).count();
    1 + selector.len_utf8() + hex
}

fn resolve_escape(escape: &str) -> Result<char, String> {
    let mut chars = escape[1..].chars();
    let digits = |expected: usize| {
        let hex = &escape[2..];
        if hex.len() != expected {
            return Err(format!("\\{} must be followed by {expected} hexadecimal digits.", &escape[1..2]));
        }
        let number = u32::from_str_radix(hex, 16).unwrap_or(u32::MAX);
        char::from_u32(number).ok_or_else(|| format!("There is no character U+{hex}."))
    };
    match chars.next() {
        Some('n') => Ok('\n'),
        Some('r') => Ok('\r'),
        Some('t') => Ok('\t'),
        Some('"') => Ok('"'),
        Some('\\') => Ok('\\'),
        Some('u') => digits(4),
        Some('U') => digits(8),
        Some(c) => Err(format!("A backslash followed by {c} means nothing.")),
        None => Err(String::from("A backslash at the end of a text means nothing.")),
    }
}
