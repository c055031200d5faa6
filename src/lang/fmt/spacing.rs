//! Where a space stands between two tokens of a line.

use super::Piece;
use crate::lang::syntax::TokenKind as Kind;

/// Whether a space belongs between `left` and `right`; `before` is what precedes `left` in the same cell of the line.
pub(super) fn space_between(before: Option<&Piece>, left: &Piece, right: &Piece) -> bool {
    match (left.kind, right.kind) {
        (_, Kind::Newline) => false,
        (Kind::Ident, Kind::OpenParen | Kind::DoubleColon) | (Kind::DoubleColon, Kind::Ident) => false,
        (Kind::Dot, _) | (_, Kind::Dot | Kind::Comma | Kind::Ellipsis) => false,
        (Kind::Comma, _) => true,
        (Kind::Literal | Kind::OpenQuote | Kind::OpenHeredoc, _) => false,
        (_, Kind::Literal | Kind::CloseQuote | Kind::CloseHeredoc) => false,
        // `for x in [1]` holds a keyword and a list, `y[1]` an index.
        (Kind::Ident, _) if left.text == "in" && before.is_some_and(|b| b.kind == Kind::Ident) => true,
        (Kind::Ident | Kind::Number, Kind::OpenBracket) => false,
        (_, Kind::OpenBracket) if left.bracket_change() < 0 => false,
        (Kind::Not, _) => false,
        (Kind::Minus, _) => !is_negation(before),
        (Kind::OpenBrace, Kind::CloseBrace) => false,
        (Kind::OpenBrace, _) | (_, Kind::CloseBrace) => true,
        // `${ {a = 1} }`: braces that mean different things stay apart.
        (Kind::OpenInterpolation | Kind::OpenDirective, Kind::OpenBrace) => true,
        (Kind::CloseBrace, Kind::CloseSequence) => true,
        (Kind::CloseSequence, Kind::OpenInterpolation | Kind::OpenDirective) => false,
        _ => left.bracket_change() <= 0 && right.bracket_change() >= 0,
    }
}

/// Whether a minus negates what follows, judged by whether an expression can have ended before it.
fn is_negation(before: Option<&Piece>) -> bool {
    let Some(before) = before else { return true };
    matches!(
        before.kind,
        Kind::OpenParen
            | Kind::OpenBrace
            | Kind::OpenBracket
            | Kind::Equal
            | Kind::Colon
            | Kind::Comma
            | Kind::Question
            | Kind::Plus
            | Kind::Minus
            | Kind::Star
            | Kind::Slash
            | Kind::Percent
            | Kind::EqualEqual
            | Kind::NotEqual
            | Kind::Greater
            | Kind::GreaterEqual
            | Kind::Less
            | Kind::LessEqual
            | Kind::And
            | Kind::Or
            | Kind::Not
    )
}
