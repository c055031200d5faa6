//! Whole texts in, trees and findings out.

mod depth;
mod expressions;
mod findings;
mod lossless;
mod shape;
mod templates;

use super::*;
use shape::shape;

const FILE: FileId = FileId(0);

/// The tree of an expression in short, or its first headline.
fn read(text: &str) -> String {
    let (expr, diagnostics) = parse_expression(FILE, text);
    match diagnostics.sorted().iter().next() {
        Some(found) => format!("! {}", found.summary),
        None => shape(&expr),
    }
}

/// Headline and covered text of each finding of a file, in the order of their places.
fn findings(text: &str) -> Vec<(String, String)> {
    let (_, diagnostics) = parse_file(FILE, text);
    diagnostics
        .sorted()
        .iter()
        .map(|d| {
            let span = d.span().expect("every finding of the parser has a place");
            (d.summary.clone(), text[span.start as usize..span.end as usize].to_owned())
        })
        .collect()
}
