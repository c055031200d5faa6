//! The attributes of one change as lines: objects nested, names aligned, each with its mark.

use unicode_width::UnicodeWidthStr as _;

use super::super::{Paint, value};
use super::change::{self, Mark, Matching};
use super::page::Page;
use crate::lang::value::Value;
use crate::plan::{AttributeChange, OutputChange};
use crate::schema::Leaf;

/// Columns each level of objects is indented by.
const STEP: usize = 4;

/// One line or group of lines: an attribute, or an object with attributes.
enum Node<'a> {
    Leaf { name: &'a str, change: &'a AttributeChange, matching: Matching },
    Object { name: &'a str, nodes: Vec<Node<'a>> },
}

impl<'a> Node<'a> {
    fn name(&self) -> &'a str {
        match self {
            Self::Leaf { name, .. } | Self::Object { name, .. } => name,
        }
    }

    /// What happens to all of it together.
    fn mark(&self) -> Mark {
        match self {
            Self::Leaf { change, .. } if change.reset.is_some() => Mark::Change,
            Self::Leaf { change, .. } => Mark::of(&change.before, &change.after),
            Self::Object { nodes, .. } => {
                let mut marks = nodes.iter().map(Node::mark);
                let first = marks.next().unwrap_or(Mark::Change);
                if marks.all(|m| m == first) { first } else { Mark::Change }
            }
        }
    }

    /// Nothing of it is known before the apply.
    fn is_all_unknown(&self) -> bool {
        match self {
            Self::Leaf { change, .. } => change.before.is_null() && !change.after.is_known() && !change.sensitive,
            Self::Object { nodes, .. } => nodes.iter().all(Node::is_all_unknown),
        }
    }
}

/// Changes by dotted paths as a tree, in their order.
fn tree<'a>(changes: Vec<&'a AttributeChange>, leaves: &[Leaf]) -> Vec<Node<'a>> {
    let mut roots = Vec::new();
    for change in changes {
        let leaf = leaves.iter().find(|l| l.path == change.path);
        let matching = leaf.map_or(Matching::Sequence, |l| l.attribute.comparison.into());
        insert(&mut roots, &change.path, change, matching);
    }
    roots
}

fn insert<'a>(nodes: &mut Vec<Node<'a>>, path: &'a str, change: &'a AttributeChange, matching: Matching) {
    let Some((head, rest)) = path.split_once('.') else {
        return nodes.push(Node::Leaf { name: path, change, matching });
    };
    let known = nodes.iter_mut().find_map(|node| match node {
        Node::Object { name, nodes } if *name == head => Some(nodes),
        _ => None,
    });
    match known {
        Some(inner) => insert(inner, rest, change, matching),
        None => {
            let mut inner = Vec::new();
            insert(&mut inner, rest, change, matching);
            nodes.push(Node::Object { name: head, nodes: inner });
        }
    }
}

/// Writes the changes, their marks at the column `indent`.
pub(super) fn write(changes: Vec<&AttributeChange>, leaves: &[Leaf], indent: usize, page: &mut Page) {
    write_nodes(&tree(changes, leaves), indent, page);
}

fn write_nodes(nodes: &[Node<'_>], indent: usize, page: &mut Page) {
    let width = nodes.iter().map(|node| node.name().width()).max().unwrap_or(0);
    for node in nodes {
        let name = format!("{:width$} =", node.name());
        match node {
            _ if node.is_all_unknown() => {
                write_entry(
                    Mark::Add,
                    &name,
                    value::lines(&Value::unknown(crate::lang::value::Type::Any)),
                    indent,
                    page,
                );
            }
            Node::Leaf { change, matching, .. } => {
                let lines = page.cut(leaf(change, *matching, page));
                write_entry(node.mark(), &name, lines, indent, page);
            }
            Node::Object { nodes, .. } => {
                write_entry(node.mark(), &name, vec!["{".to_owned()], indent, page);
                write_nodes(nodes, indent + STEP, page);
                page.line(indent + 2, "}");
            }
        }
    }
}

/// A mark, a name and the text behind it. The name begins two columns behind the mark.
fn write_entry(mark: Mark, name: &str, lines: Vec<String>, indent: usize, page: &mut Page) {
    let mut lines = lines.into_iter();
    // A mark is three columns wide, and what counts stands in its last.
    let first = format!("{} {name} {}", mark.painted(page.look), lines.next().unwrap_or_default());
    page.line(indent.saturating_sub(2), first.trim_end());
    for line in lines {
        let indent = if line.is_empty() { 0 } else { indent + 2 };
        page.line(indent, &line);
    }
}

fn leaf(change: &AttributeChange, matching: Matching, page: &Page) -> Vec<String> {
    let look = page.look;
    let mut lines = match (change.sensitive, &change.reset) {
        (true, _) => vec!["(sensitive value)".to_owned()],
        (false, Some(_)) => value::lines(&change.before),
        (false, None) => change::lines(&change.before, &change.after, matching, page),
    };
    if let Some(what) = &change.reset {
        change::append(&mut lines, &format!(" {} (reset to {what})", look.paint(Paint::Change, "->")));
    }
    if change.replaces {
        change::append(&mut lines, &look.paint(Paint::Alarm, " # forces replacement"));
    }
    lines
}

/// Outputs of the root module that change.
pub(super) fn write_outputs(outputs: &[&OutputChange], page: &mut Page) {
    let width = outputs.iter().map(|o| o.name.width()).max().unwrap_or(0);
    for output in outputs {
        let (before, after) = (output.before.as_ref(), output.after.as_ref());
        // An output may be null and still be there.
        let mark = match (before, after) {
            (None, _) => Mark::Add,
            (_, None) => Mark::Remove,
            _ => Mark::Change,
        };
        let (before, after) = (before.unwrap_or(&Value::MISSING), after.unwrap_or(&Value::MISSING));
        let lines = if output.sensitive {
            vec!["(sensitive value)".to_owned()]
        } else {
            page.cut(change::lines(before, after, Matching::Sequence, page))
        };
        write_entry(mark, &format!("{:width$} =", output.name), lines, 2, page);
    }
}
