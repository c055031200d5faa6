//! From text to tokens, without loss and without refusing anything: what is wrong becomes a token that says so.
//!
//! Must not know grammar beyond what decides where a token ends: a stack of modes tells whether a position is in code,
//! in a quoted string, in a heredoc or in a bare template.

use super::token::{Token, TokenKind};

/// Splits a configuration text into tokens; the last is [`TokenKind::End`].
pub fn lex(text: &str) -> Vec<Token> {
    Lexer::new(text, Mode::Code { braces: 0, sequence: false }).run()
}

/// Splits the text of a template, such as a file given to `templatefile`, into tokens.
pub fn lex_template(text: &str) -> Vec<Token> {
    Lexer::new(text, Mode::Bare).run()
}

enum Mode {
    /// `braces` counts the open ones; `sequence` tells that a `}` too many ends an interpolation or directive.
    Code {
        braces: usize,
        sequence: bool,
    },
    Quoted,
    /// Until a line that holds the marker alone.
    Heredoc {
        marker: (usize, usize),
        line_start: bool,
    },
    /// Until the end of the text.
    Bare,
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
    modes: Vec<Mode>,
}

impl<'a> Lexer<'a> {
    fn new(text: &'a str, mode: Mode) -> Self {
        Self { text, at: 0, tokens: Vec::new(), modes: vec![mode] }
    }

    fn run(mut self) -> Vec<Token> {
        if self.rest().starts_with('\u{feff}') {
            self.emit(TokenKind::Bom, '\u{feff}'.len_utf8());
        }
        while self.at < self.text.len() {
            match self.modes.last_mut() {
                Some(Mode::Quoted) => self.quoted(),
                Some(Mode::Heredoc { marker, line_start }) => {
                    let (marker, at_start) = (*marker, *line_start);
                    self.heredoc(marker, at_start);
                }
                Some(Mode::Bare) => self.template_line(),
                Some(Mode::Code { .. }) | None => self.code(),
            }
        }
        if matches!(self.modes.last(), Some(Mode::Quoted)) {
            self.emit(TokenKind::MissingQuote, 0);
        }
        self.emit(TokenKind::End, 0);
        self.tokens
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn emit(&mut self, kind: TokenKind, len: usize) {
        self.tokens.push(Token { kind, start: self.at, end: self.at + len });
        self.at += len;
    }

    fn code(&mut self) {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return };
        match first {
            ' ' | '\t' => self.emit(TokenKind::Space, prefix_len(rest, |c| c == ' ' || c == '\t')),
            '\n' => self.emit(TokenKind::Newline, 1),
            '\r' if rest.starts_with("\r\n") => self.emit(TokenKind::Newline, 2),
            '#' => self.emit(TokenKind::LineComment, line_len(rest)),
            '/' if rest.starts_with("//") => self.emit(TokenKind::LineComment, line_len(rest)),
            '/' if rest.starts_with("/*") => match rest.get(2..).and_then(|r| r.find("*/")) {
                Some(inner) => self.emit(TokenKind::BlockComment, inner + 4),
                None => self.emit(TokenKind::UnclosedComment, rest.len()),
            },
            '0'..='9' => self.emit(TokenKind::Number, number_len(rest)),
            c if is_ident_start(c) => self.emit(TokenKind::Ident, prefix_len(rest, is_ident_continue)),
            '"' => {
                self.emit(TokenKind::OpenQuote, 1);
                self.modes.push(Mode::Quoted);
            }
            '<' if heredoc_opener(rest).is_some() => self.open_heredoc(),
            '{' | '}' | '~' => self.brace(),
            '\'' | '`' => self.emit(TokenKind::ForeignQuote, foreign_quote_len(rest, first, first)),
            '“' | '„' => self.emit(TokenKind::ForeignQuote, foreign_quote_len(rest, first, '”')),
            _ => self.symbol(first),
        }
    }

    /// `{`, `}` and `~}`, which open and close both blocks and template sequences.
    fn brace(&mut self) {
        let trimmed = self.rest().starts_with("~}");
        let opens = self.rest().starts_with('{');
        if !trimmed && !opens && self.rest().starts_with('~') {
            return self.emit(TokenKind::Bitwise, 1);
        }
        let Some(Mode::Code { braces, sequence }) = self.modes.last_mut() else { return };
        if opens {
            *braces += 1;
            self.emit(TokenKind::OpenBrace, 1);
        } else if *braces == 0 && *sequence {
            self.modes.pop();
            self.emit(TokenKind::CloseSequence, if trimmed { 2 } else { 1 });
        } else {
            *braces = braces.saturating_sub(1);
            let kind = if trimmed { TokenKind::CloseSequence } else { TokenKind::CloseBrace };
            self.emit(kind, if trimmed { 2 } else { 1 });
        }
    }

    fn symbol(&mut self, first: char) {
        use TokenKind::*;
        const SYMBOLS: [(&str, TokenKind); 30] = [
            ("...", Ellipsis),
            ("==", EqualEqual),
            ("!=", NotEqual),
            (">=", GreaterEqual),
            ("<=", LessEqual),
            ("&&", And),
            ("||", Or),
            ("::", DoubleColon),
            ("=>", FatArrow),
            ("[", OpenBracket),
            ("]", CloseBracket),
            ("(", OpenParen),
            (")", CloseParen),
            (".", Dot),
            (",", Comma),
            (":", Colon),
            ("?", Question),
            ("=", Equal),
            ("+", Plus),
            ("-", Minus),
            ("*", Star),
            ("/", Slash),
            ("%", Percent),
            ("<", Less),
            (">", Greater),
            ("!", Not),
            ("&", Bitwise),
            ("|", Bitwise),
            ("^", Bitwise),
            (";", Semicolon),
        ];
        match SYMBOLS.iter().find(|(s, _)| self.rest().starts_with(s)) {
            Some((symbol, kind)) => self.emit(*kind, symbol.len()),
            None => self.emit(Invalid, first.len_utf8()),
        }
    }

    fn open_heredoc(&mut self) {
        let Some((marker_start, marker_len, len)) = heredoc_opener(self.rest()) else { return };
        let start = self.at + marker_start;
        self.emit(TokenKind::OpenHeredoc, len);
        self.modes.push(Mode::Heredoc { marker: (start, start + marker_len), line_start: true });
    }

    /// `${` and `%{`, unless doubled. Returns whether one was there.
    fn sequence(&mut self) -> bool {
        let rest = self.rest();
        let kind = match rest.get(..2) {
            Some("${") => TokenKind::OpenInterpolation,
            Some("%{") => TokenKind::OpenDirective,
            _ => return false,
        };
        if let Some(Mode::Heredoc { line_start, .. }) = self.modes.last_mut() {
            *line_start = false;
        }
        self.emit(kind, if rest[2..].starts_with('~') { 3 } else { 2 });
        self.modes.push(Mode::Code { braces: 0, sequence: true });
        true
    }

    fn quoted(&mut self) {
        let rest = self.rest();
        if rest.starts_with('"') {
            self.modes.pop();
            self.emit(TokenKind::CloseQuote, 1);
        } else if rest.starts_with(['\n', '\r']) {
            self.give_up_string();
        } else if !self.sequence() {
            self.emit(TokenKind::Literal, quoted_literal_len(rest));
        }
    }

    /// A forgotten quote is likelier than a string of several lines: the next line is read afresh, outside the string
    /// and outside any other string that it seems to stand in.
    fn give_up_string(&mut self) {
        self.emit(TokenKind::MissingQuote, 0);
        self.modes.pop();
        while let [.., Mode::Quoted, Mode::Code { sequence: true, .. }] = self.modes.as_slice() {
            self.modes.truncate(self.modes.len() - 2);
        }
    }

    fn heredoc(&mut self, marker: (usize, usize), line_start: bool) {
        let line = line_len(self.rest());
        let text = self.rest().get(..line).unwrap_or("");
        if line_start && Some(text.trim()) == self.text.get(marker.0..marker.1) {
            self.modes.pop();
            return self.emit(TokenKind::CloseHeredoc, line);
        }
        let before = self.at;
        self.template_line();
        let ended = self.text.get(before..self.at).is_some_and(|t| t.ends_with('\n'));
        if let Some(Mode::Heredoc { line_start, .. }) = self.modes.last_mut() {
            *line_start = ended;
        }
    }

    /// A template sequence, or literal text up to one or to the end of the line (included).
    fn template_line(&mut self) {
        if self.sequence() {
            return;
        }
        let len = template_literal_len(self.rest());
        self.emit(TokenKind::Literal, len);
    }
}

pub(super) fn is_ident_start(c: char) -> bool {
    c == '_' || unicode_ident::is_xid_start(c)
}

pub(super) fn is_ident_continue(c: char) -> bool {
    c == '-' || unicode_ident::is_xid_continue(c)
}

fn prefix_len(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// Up to the end of the line, without it.
fn line_len(text: &str) -> usize {
    let end = text.find('\n').unwrap_or(text.len());
    if end < text.len() && text[..end].ends_with('\r') { end - 1 } else { end }
}

/// Digits, dots and exponents, without dots at the end. Whether that is a number, the parser judges.
fn number_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let byte = |i: usize| bytes.get(i).copied().unwrap_or(0);
    let mut len = 0;
    loop {
        len += match byte(len) {
            b'0'..=b'9' | b'.' => 1,
            b'e' | b'E' if byte(len + 1).is_ascii_digit() => 2,
            b'e' | b'E' if matches!(byte(len + 1), b'+' | b'-') && byte(len + 2).is_ascii_digit() => 3,
            _ => break,
        };
    }
    text[..len].trim_end_matches('.').len()
}

/// The whole of a text like `'…'` when it ends in the same line, else the opening mark alone.
fn foreign_quote_len(text: &str, open: char, close: char) -> usize {
    let line = &text[..line_len(text)];
    let start = open.len_utf8();
    line[start..].find(close).map_or(start, |inner| start + inner + close.len_utf8())
}

/// Start and length of the marker in `<<-EOT`, and the length with the end of the line.
fn heredoc_opener(text: &str) -> Option<(usize, usize, usize)> {
    let rest = text.strip_prefix("<<")?;
    let (start, rest) = rest.strip_prefix('-').map_or((2, rest), |r| (3, r));
    if !rest.starts_with(is_ident_start) {
        return None;
    }
    let marker = prefix_len(rest, is_ident_continue);
    let after = &rest[marker..];
    let newline = if after.starts_with("\r\n") {
        2
    } else if after.starts_with('\n') {
        1
    } else {
        return None;
    };
    Some((start, marker, start + marker + newline))
}

/// `$${` and `%%{`, which stand for `${` and `%{`.
fn is_escaped_sequence(text: &str) -> bool {
    text.starts_with("$${") || text.starts_with("%%{")
}

fn is_sequence(text: &str) -> bool {
    text.starts_with("${") || text.starts_with("%{")
}

fn quoted_literal_len(text: &str) -> usize {
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        let here = &text[i..];
        match c {
            '"' | '\n' | '\r' => return i,
            // The character after a backslash never ends the string; a line's end does.
            '\\' if !here[1..].starts_with(['\n', '\r']) => _ = chars.next(),
            _ if is_escaped_sequence(here) => _ = chars.nth(1),
            _ if is_sequence(here) => return i,
            _ => {}
        }
    }
    text.len()
}

fn template_literal_len(text: &str) -> usize {
    let mut chars = text.char_indices();
    while let Some((i, c)) = chars.next() {
        let here = &text[i..];
        match c {
            '\n' => return i + 1,
            _ if is_escaped_sequence(here) => _ = chars.nth(1),
            _ if is_sequence(here) => return i,
            _ => {}
        }
    }
    text.len()
}
