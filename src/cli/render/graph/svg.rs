//! The picture as SVG.

use unicode_width::UnicodeWidthStr as _;

use super::layout::{Cell, cells};
use super::{Graph, Node};

const ROW: usize = 34;
const BOX: usize = 24;
const GAP: usize = 70;
const MARGIN: usize = 12;
/// Of one column of text, in a monospaced font of 12 pixels.
const LETTER: f64 = 7.25;
/// Letters of a name that are drawn; the whole stands in its title.
const LETTERS: usize = 44;

const STYLE: &str = "text{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#111}\
.edge{fill:none;stroke:#8a8f98;stroke-width:1.2}.tip{fill:#8a8f98}.node rect{stroke:#555;rx:4}";

/// A file of its own.
pub fn drawing(graph: &Graph) -> String {
    let body = picture(graph, &|_| None);
    let style = format!("<style>{STYLE}</style><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>");
    body.replacen("<!--style-->", &style, 1)
}

/// For a page with styles of its own. `link` says where a click on a node leads.
pub fn picture(graph: &Graph, link: &dyn Fn(usize) -> Option<String>) -> String {
    let cells = cells(graph);
    let columns = columns(graph, &cells);
    let width = columns.last().map_or(0, |(left, width)| left + width) + MARGIN;
    let rows = cells.iter().map(|c| c.row + 1).max().unwrap_or(0);
    let height = rows * ROW + 2 * MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"What comes before what\"><!--style-->\n\
         <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" markerHeight=\"7\" \
         orient=\"auto\"><path class=\"tip\" d=\"M0 0 8 4 0 8z\"/></marker></defs>\n"
    );
    for (from, to) in &graph.edges {
        out.push_str(&edge((*from, cells[*from]), (*to, cells[*to]), &columns));
    }
    for (index, node) in graph.nodes.iter().enumerate() {
        out.push_str(&drawn(index, node, cells[index], &columns, link(index)));
    }
    out + "</svg>\n"
}

/// The left side and the width of each column.
fn columns(graph: &Graph, cells: &[Cell]) -> Vec<(usize, usize)> {
    let count = cells.iter().map(|c| c.column + 1).max().unwrap_or(0);
    let mut widths = vec![0; count];
    for (node, cell) in graph.nodes.iter().zip(cells) {
        let letters = short(&node.label).width() as f64;
        widths[cell.column] = widths[cell.column].max((letters * LETTER).ceil() as usize + 16);
    }
    let mut left = MARGIN;
    let place = |width: usize| {
        let place = (left, width);
        left += width + GAP;
        place
    };
    widths.into_iter().map(place).collect()
}

fn top(cell: Cell) -> usize {
    MARGIN + cell.row * ROW
}

/// From what is needed to what needs it: time goes to the right.
fn edge((from, later): (usize, Cell), (to, first): (usize, Cell), columns: &[(usize, usize)]) -> String {
    let (left, width) = columns[first.column];
    let (x1, y1) = (left + width, top(first) + BOX / 2);
    let (x2, y2) = (columns[later.column].0, top(later) + BOX / 2);
    let bend = GAP / 2;
    format!(
        "<path class=\"edge\" data-from=\"{from}\" data-to=\"{to}\" marker-end=\"url(#tip)\" \
         d=\"M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}\"/>\n",
        x1 + bend,
        x2.saturating_sub(bend)
    )
}

fn drawn(index: usize, node: &Node, cell: Cell, columns: &[(usize, usize)], link: Option<String>) -> String {
    let (left, width) = columns[cell.column];
    let (top, class, fill) = (top(cell), node.class.name(), node.class.fill());
    let (label, whole) = (escaped(&short(&node.label)), escaped(&node.label));
    let inner = format!(
        "<title>{whole} ({class})</title><rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{BOX}\" \
         fill=\"{fill}\"/><text x=\"{}\" y=\"{}\">{label}</text>",
        left + 8,
        top + 16
    );
    let node = format!("<g class=\"node {class}\" data-node=\"{index}\">{inner}</g>");
    match link {
        Some(link) => format!("<a href=\"{}\">{node}</a>\n", escaped(&link)),
        None => node + "\n",
    }
}

fn short(label: &str) -> String {
    if label.chars().count() <= LETTERS {
        return label.to_owned();
    }
    let head: String = label.chars().take(LETTERS - 1).collect();
    format!("{head}…")
}

fn escaped(text: &str) -> String {
    let one = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        // XML has no place for them.
        c if c.is_control() => char::REPLACEMENT_CHARACTER.to_string(),
        c => c.to_string(),
    };
    text.chars().map(one).collect()
}
