//! The syntax of the language: from text to a tree in which every node knows its place.
//!
//! Owns the lexer, which loses nothing and refuses nothing, and the recovering parser, which gives a tree *and*
//! findings. Follows the native syntax of HCL 2. Must not know values, functions, or which blocks and arguments mean
//! something.

pub mod ast;
mod json;
mod lexer;
mod messages;
mod parser;
mod token;

use crate::diag::{Diagnostics, FileId, Span};
use ast::{Body, Expr, ExprKind, Template};
use json::Texts;
pub use json::argument as json_argument;
pub use lexer::{lex, lex_template};
use parser::{Parser, Place};
pub use token::{Token, TokenKind};

/// Nesting this deep is refused: so many brackets inside each other (of expressions, templates and blocks), or so many
/// links of a chain (operators, conditionals, attributes, indexes, splats). Brackets and links are counted apart, so that a
/// tree is at most twice as high; whoever walks one does it through [`recurse`](super::recursion::recurse). Deeper ones would
/// take more than a second to be gone over as often as they are.
pub const MAX_DEPTH: usize = 4_000;

/// Reads the arguments and blocks of a file. What is broken is left out, or is [`ExprKind::Invalid`], and reported.
pub fn parse_file(file: FileId, text: &str) -> (Body, Diagnostics) {
    let mut parser = Parser::new(file, text, lex(text));
    let body = parser.file_body();
    (body, parser.diagnostics)
}

/// Reads a text that is one expression as a whole; newlines mean nothing, as if it stood in parentheses.
pub fn parse_expression(file: FileId, text: &str) -> (Expr, Diagnostics) {
    let mut parser = Parser::new(file, text, lex(text));
    let expr = parser.whole_expression().unwrap_or_else(|_| invalid(file, text));
    (expr, parser.diagnostics)
}

/// Reads a text as it could stand behind the equals sign of an argument: a newline outside brackets ends it.
pub fn parse_argument(file: FileId, text: &str) -> (Expr, Diagnostics) {
    let mut parser = Parser::new(file, text, lex(text));
    let expr = parser.whole_argument().unwrap_or_else(|_| invalid(file, text));
    (expr, parser.diagnostics)
}

/// Reads a text as a template, like the inside of a heredoc.
pub fn parse_template(file: FileId, text: &str) -> (Template, Diagnostics) {
    let mut parser = Parser::new(file, text, lex_template(text));
    let template = parser.whole_template().unwrap_or_else(|_| invalid_template(Span::new(file, 0, text.len())));
    (template, parser.diagnostics)
}

/// Reads a JSON text: each property of its object as an argument, texts as templates. Which of them are blocks, the
/// caller knows.
pub fn parse_json(file: FileId, text: &str) -> (Body, Diagnostics) {
    json::parse(file, text, Texts::Templates)
}

/// Reads a JSON text whose texts mean themselves.
pub fn parse_json_literals(file: FileId, text: &str) -> (Body, Diagnostics) {
    json::parse(file, text, Texts::Plain)
}

/// Reads the content of a string as a template; `string` is the string's place, with its quotes.
pub fn parse_template_in(content: &str, string: Span) -> (Template, Diagnostics) {
    let mut parser = Parser::placed(string.file, place_in(content, string), content, lex_template(content));
    let template = parser.whole_template().unwrap_or_else(|_| invalid_template(string));
    (template, parser.diagnostics)
}

/// Reads the content of a string as an expression; `string` is the string's place, with its quotes.
pub fn parse_expression_in(content: &str, string: Span) -> (Expr, Diagnostics) {
    let mut parser = Parser::placed(string.file, place_in(content, string), content, lex(content));
    let expr = parser.whole_expression().unwrap_or(Expr { kind: ExprKind::Invalid, span: string });
    (expr, parser.diagnostics)
}

/// The content's positions are the file's only if nothing in it was escaped.
fn place_in(content: &str, string: Span) -> Place {
    if string.len() == content.len() + 2 { Place::At(string.start as usize + 1) } else { Place::Within(string) }
}

fn invalid_template(span: Span) -> Template {
    let expr = Expr { kind: ExprKind::Invalid, span };
    Template { parts: vec![ast::TemplatePart::Interpolation(expr)], heredoc: false }
}

/// Whether a text can stand as a name in the language.
pub fn is_identifier(text: &str) -> bool {
    text.starts_with(lexer::is_ident_start) && text.chars().all(lexer::is_ident_continue)
}

fn invalid(file: FileId, text: &str) -> Expr {
    Expr { kind: ExprKind::Invalid, span: Span::new(file, 0, text.len()) }
}

#[cfg(test)]
mod tests;
