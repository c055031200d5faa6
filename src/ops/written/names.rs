//! Labels that a person would choose: a thing's own name where it can be one, otherwise what is left of it.

use std::collections::BTreeSet;

use super::Present;
use crate::lang::syntax::is_identifier;

/// The labels that are taken, by kind.
pub(super) struct Names {
    taken: BTreeSet<(String, String)>,
}

impl Names {
    pub fn new(present: &Present) -> Self {
        Self { taken: present.blocks.iter().map(|a| (a.kind.clone(), a.name.clone())).collect() }
    }

    /// A label of that kind that nobody has.
    pub fn take(&mut self, kind: &str, name: &str) -> String {
        let wish = label(kind, name);
        let numbered = (2..).map(|n| format!("{wish}_{n}"));
        let mut all = std::iter::once(wish.clone()).chain(numbered);
        let free = all.find(|label| self.taken.insert((kind.to_owned(), label.clone())));
        free.unwrap_or(wish)
    }
}

/// `ingest-eu` stays what it is; `Team A (EU)` becomes `team_a_eu`; a name that begins with a digit, or has nothing to
/// begin with, gets the kind before it.
fn label(kind: &str, name: &str) -> String {
    if is_identifier(name) {
        return name.to_owned();
    }
    let words: Vec<String> = name
        .to_lowercase()
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let slug = words.join("_");
    match (slug.is_empty(), is_identifier(&slug)) {
        (true, _) => kind.to_owned(),
        (_, true) => slug,
        (_, false) => format!("{kind}_{slug}"),
    }
}

/// What a name has in common with its neighbours, the mark between, and what is its own: `reader`, `-`, `1`.
pub(super) fn parts(name: &str) -> Option<(&str, char, &str)> {
    let at = name.rfind(['-', '_', '.', ' '])?;
    let mark = name[at..].chars().next()?;
    let (stem, own) = (&name[..at], &name[at + mark.len_utf8()..]);
    (!stem.is_empty() && !own.is_empty()).then_some((stem, mark, own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_look_like_names() {
        let cases = [
            ("ingest-eu", "ingest-eu"),
            ("Team A (EU)", "team_a_eu"),
            ("2nd", "service_2nd"),
            ("日本 1", "service_1"),
            ("!!", "service"),
            ("", "service"),
        ];
        for (name, expected) in cases {
            assert_eq!(label("service", name), expected, "{name}");
        }
        let mut names = Names::new(&Present::default());
        let taken = ["a b", "a_b", "a-b", "A b"].map(|name| names.take("service", name));
        assert_eq!(taken, ["a_b", "a_b_2", "a-b", "a_b_3"]);
        assert_eq!(names.take("role", "a b"), "a_b");
    }

    #[test]
    fn names_have_a_stem() {
        assert_eq!(parts("team-b-1"), Some(("team-b", '-', "1")));
        assert_eq!(parts("reader 2"), Some(("reader", ' ', "2")));
        assert_eq!((parts("reader"), parts("-a"), parts("a-")), (None, None, None));
    }
}
