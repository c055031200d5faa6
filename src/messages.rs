//! What every code of a diagnostic means, as `docs/messages` says it: the one place where that is written down.
//!
//! Owns how those pages are divided. Must not know who gives a code, or how anything is printed.

/// The pages, one for each hundred codes.
const PAGES: [&str; 11] = [
    include_str!("../docs/messages/HW01.md"),
    include_str!("../docs/messages/HW02.md"),
    include_str!("../docs/messages/HW03.md"),
    include_str!("../docs/messages/HW04.md"),
    include_str!("../docs/messages/HW05.md"),
    include_str!("../docs/messages/HW06.md"),
    include_str!("../docs/messages/HW07.md"),
    include_str!("../docs/messages/HW08.md"),
    include_str!("../docs/messages/HW09.md"),
    include_str!("../docs/messages/HW10.md"),
    include_str!("../docs/messages/HW12.md"),
];

/// What one code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    pub code: &'static str,
    pub title: &'static str,
    /// Markdown: paragraphs and examples in HCL. May be empty where the title says all.
    pub text: &'static str,
}

/// What the codes of one page are about, and the codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    pub title: &'static str,
    pub messages: Vec<Message>,
}

/// All of them, in order.
pub fn chapters() -> Vec<Chapter> {
    PAGES.iter().map(|page| chapter(page)).collect()
}

fn chapter(page: &'static str) -> Chapter {
    let mut parts = page.split("\n## ");
    let head = parts.next().unwrap_or_default();
    let title = head.lines().next().unwrap_or_default().trim_start_matches("# ");
    Chapter { title, messages: parts.filter_map(message).collect() }
}

fn message(part: &'static str) -> Option<Message> {
    let (heading, text) = part.split_once('\n').unwrap_or((part, ""));
    let (code, title) = heading.split_once(": ")?;
    Some(Message { code, title, text: text.trim() })
}

/// The meaning of a code; small letters do, and so does the number alone.
pub fn find(given: &str) -> Option<Message> {
    let number = number(given)?;
    all().find(|m| self::number(m.code) == Some(number))
}

/// What may have been meant by something that is no code: those with the nearest numbers, or with such words.
pub fn near(given: &str) -> Vec<Message> {
    const FEW: usize = 3;
    const FAR: u32 = 50;
    let mut found: Vec<Message> = match number(given) {
        Some(number) => {
            let distance = |m: &Message| self::number(m.code).map_or(u32::MAX, |n| n.abs_diff(number));
            let mut all: Vec<Message> = all().filter(|m| distance(m) < FAR).collect();
            all.sort_by_key(distance);
            all
        }
        None => {
            let word = given.to_lowercase();
            all().filter(|m| !word.is_empty() && m.title.to_lowercase().contains(&word)).collect()
        }
    };
    found.truncate(FEW);
    found.sort_by_key(|m| m.code);
    found
}

fn all() -> impl Iterator<Item = Message> {
    chapters().into_iter().flat_map(|c| c.messages)
}

fn number(code: &str) -> Option<u32> {
    let digits = code.trim().trim_start_matches(['h', 'H']).trim_start_matches(['w', 'W']);
    digits.parse().ok().filter(|_| digits.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_however_they_are_written() {
        for given in ["HW0123", "hw0123", "0123", "123", " HW0123 "] {
            assert_eq!(find(given).map(|m| m.code), Some("HW0123"), "{given}");
        }
        for given in ["", "HW", "HW01234", "HW-123", "HW0199", "parentheses"] {
            assert_eq!(find(given), None, "{given}");
        }
    }

    #[test]
    fn what_is_near_is_told() {
        let codes = |given| near(given).iter().map(|m| m.code).collect::<Vec<_>>();
        assert_eq!(codes("HW1025"), ["HW1023", "HW1024", "HW1026"]);
        assert_eq!(codes("Parentheses"), ["HW0123"]);
        assert!(codes("nonsense").is_empty() && codes("").is_empty() && codes("HW9999").is_empty());
    }

    #[test]
    fn every_heading_is_a_message() {
        let headings: usize = PAGES.iter().map(|p| p.lines().filter(|l| l.starts_with("## ")).count()).sum();
        assert_eq!(all().count(), headings);
        for chapter in chapters() {
            let range = &chapter.title[..4];
            let codes: Vec<&str> = chapter.messages.iter().map(|m| m.code).collect();
            assert!(codes.iter().all(|c| c.starts_with(range) && c.len() == 6), "{codes:?}");
            assert!(codes.is_sorted_by(|a, b| a < b), "{codes:?}");
        }
    }
}
