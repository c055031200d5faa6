//! What codes mean, as text for a terminal: their Markdown without its marks.

use super::{Look, Paint};
use crate::messages::{Chapter, Message};

/// Wider than this, text is hard to read.
const WIDEST: usize = 100;

/// Every code with its title, under what it is about.
pub fn list(chapters: &[Chapter], look: Look) -> String {
    let line = |m: &Message| format!("  {}  {}\n", m.code, m.title);
    let part = |c: &Chapter| {
        let title = look.paint(Paint::Strong, c.title);
        format!("{title}\n{}", c.messages.iter().map(line).collect::<String>())
    };
    let parts: Vec<String> = chapters.iter().map(part).collect();
    parts.join("\n") + "\nhousewright explain CODE says what a code means, and what to do.\n"
}

/// One code.
pub fn one(message: &Message, look: Look) -> String {
    let title = look.paint(Paint::Strong, &format!("{}: {}", message.code, message.title));
    let mut blocks = vec![title];
    let mut lines = message.text.lines();
    let mut paragraph: Vec<&str> = Vec::new();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            let code: Vec<String> = lines.by_ref().take_while(|l| !l.starts_with("```")).map(indented).collect();
            blocks.push(code.join("\n"));
        } else if line.is_empty() {
            blocks.extend(filled(&mut paragraph, look));
        } else {
            paragraph.push(line);
        }
    }
    blocks.extend(filled(&mut paragraph, look));
    blocks.join("\n\n") + "\n"
}

fn indented(line: &str) -> String {
    if line.is_empty() { String::new() } else { format!("    {line}") }
}

fn filled(paragraph: &mut Vec<&str>, look: Look) -> Option<String> {
    if paragraph.is_empty() {
        return None;
    }
    let text = without_links(&std::mem::take(paragraph).join(" "));
    let options = textwrap::Options::new(look.width.min(WIDEST)).break_words(false);
    Some(textwrap::fill(&text, options.word_splitter(textwrap::WordSplitter::NoHyphenation)))
}

/// Links between pages, as what they show.
fn without_links(text: &str) -> String {
    let mut parts = text.split("](");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, rest) = part.split_once(')').unwrap_or(("", part));
        let open = out.rfind('[');
        out = open.map_or_else(|| out.clone(), |at| format!("{}{}", &out[..at], &out[at + 1..]));
        out.push_str(rest);
    }
    out.replace(['<', '>'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NARROW: Look = Look { width: 40, color: false, unicode: true };

    #[test]
    fn text_is_filled_and_examples_stay() {
        let message = Message {
            code: "HW0000",
            title: "Nothing",
            text: "One two three four five six seven eight nine [ten](../x.md#y) of <https://a.example>.\n\n```hcl\na = 1\n\nb = \"a line that is longer than the terminal is wide\"\n```",
        };
        let expected = "HW0000: Nothing\n\nOne two three four five six seven eight\nnine ten of https://a.example.\n\n    a = 1\n\n    b = \"a line that is longer than the terminal is wide\"\n";
        assert_eq!(one(&message, NARROW), expected);
    }
}
