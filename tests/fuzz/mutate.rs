//! From a number to an input: which seed, and which changes at the level of bytes, tokens and lines. The same number and
//! seed always give the same input.

use std::ops::Range;

use housewright::lang::syntax::{self, TokenKind};

use super::corpus::{self, Seed};
use super::settings::Settings;

/// What an input is taken as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Expression,
    Template,
    /// A file of this name in a directory.
    File(&'static str),
}

pub struct Input {
    pub kind: Kind,
    pub bytes: Vec<u8>,
}

/// Inputs do not grow beyond this, so that a second is a fair limit.
const LONGEST: usize = 64 * 1024;

/// Nesting deeper than is allowed, now and then.
const DEEP: [usize; 4] = [3, 100, 10_000, 12_000];

/// Bytes and texts at which readers break.
const BYTES: [u8; 18] = *b"\0\n\r\t \"\\${}%~<[(\xff\xc3\x80";
const TEXTS: [&str; 58] = [
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "${",
    "%{",
    "~}",
    "}",
    "=",
    "==",
    "=>",
    "...",
    "::",
    "[*]",
    ".*",
    "? 1 :",
    "!",
    "-",
    "null",
    "true",
    "<<E\n",
    "<<-E\n",
    "E\n",
    "\nE\n",
    "%{ for x in [1] }",
    "%{ endfor }",
    "%{ if true }",
    "%{ else }",
    "%{ endif }",
    "$${",
    "%%{",
    "\\u0301",
    "\u{301}",
    "👨\u{200d}👩",
    "\u{feff}",
    "\u{202e}",
    "/*",
    "*/",
    "//",
    "#",
    "\r\n",
    "1e999999999",
    "1e-999999999",
    "99999999999999999999999999",
    "-1",
    "0.1",
    "for x in",
    "if",
    "dynamic \"a\" {",
    "each.key",
    "count.index",
    "self",
    "var.any",
    "local.list",
    "1024",
];
const BRACKETS: [(&str, &str); 12] = [
    ("(", ")"),
    ("[", "]"),
    ("{ a = ", " }"),
    ("\"${", "}\""),
    ("!", ""),
    ("-", ""),
    ("[for x in [1] : ", "]"),
    ("true ? ", " : 1"),
    ("1 + ", ""),
    ("upper(", ")"),
    ("a {\n", "\n}\n"),
    ("", "[0]"),
];

pub struct Mutator {
    seeds: Vec<Seed>,
    /// Pieces of all seeds, to put elsewhere.
    words: Vec<String>,
    seed: u64,
}

impl Mutator {
    pub fn new(settings: &Settings) -> Self {
        let seeds = corpus::seeds();
        let mut words: Vec<String> = seeds.iter().flat_map(|seed| tokens(&seed.text)).collect();
        words.sort();
        words.dedup();
        Self { seeds, words, seed: settings.seed }
    }

    pub fn input(&self, index: u64) -> Input {
        let mut random = Random(self.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ index);
        // Files hold most of the language; every second input is one.
        let seed = self.some_seed(&mut random);
        let mut bytes = seed.text.clone().into_bytes();
        let changes = 1 + random.below(2) + random.below(2) * random.below(5);
        for _ in 0..changes {
            bytes = self.changed(bytes, &mut random);
        }
        bytes.truncate(LONGEST);
        if random.below(20) > 0 {
            bytes = String::from_utf8_lossy(&bytes).into_owned().into_bytes();
        }
        Input { kind: seed.kind, bytes }
    }

    fn some_seed(&self, random: &mut Random) -> &Seed {
        let wants_file = random.below(2) == 0;
        loop {
            let seed = random.of(&self.seeds);
            if wants_file == (seed.kind != Kind::Expression) {
                return seed;
            }
        }
    }

    fn changed(&self, bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
        match (random.below(10), String::from_utf8(bytes)) {
            (0..3, Ok(text)) => changed_bytes(text.into_bytes(), random),
            (_, Err(broken)) => changed_bytes(broken.into_bytes(), random),
            (3..8, Ok(text)) => self.changed_tokens(&text, random).into_bytes(),
            (_, Ok(text)) => self.changed_lines(&text, random).into_bytes(),
        }
    }

    fn changed_tokens(&self, text: &str, random: &mut Random) -> String {
        let mut tokens = tokens(text);
        let at = random.below(tokens.len() + 1);
        let other = random.below(tokens.len() + 1);
        let word = if random.below(2) == 0 { random.of(&TEXTS).to_string() } else { random.of(&self.words).clone() };
        match random.below(40) {
            0..8 if at < tokens.len() => drop(tokens.remove(at)),
            8..14 if at < tokens.len() => tokens[at] = word,
            14..18 if at < tokens.len() && other < tokens.len() => tokens.swap(at, other),
            18..22 if at < tokens.len() => tokens.insert(other, tokens[at].clone()),
            22..26 => {
                let part = between(at, other, 40);
                let part = tokens[part.start..part.end].to_vec();
                tokens.splice(at..at, part).for_each(drop);
            }
            26..30 => drop(tokens.drain(between(at, other, 40))),
            30 => return nested(tokens, at, other, random),
            _ => tokens.insert(at, word),
        }
        tokens.concat()
    }

    fn changed_lines(&self, text: &str, random: &mut Random) -> String {
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        let at = random.below(lines.len() + 1);
        let other = random.below(lines.len() + 1);
        match random.below(7) {
            0 if at < lines.len() => drop(lines.remove(at)),
            1 if at < lines.len() => lines.insert(other, lines[at]),
            2 if at < lines.len() && other < lines.len() => lines.swap(at, other),
            3 => lines.truncate(at),
            4 => drop(lines.drain(between(at, other, 10))),
            5 if at < lines.len() => {
                let times = random.below(200);
                lines.splice(at..at, std::iter::repeat_n(lines[at], times)).for_each(drop);
            }
            _ => {
                let from: Vec<&str> = random.of(&self.seeds).text.split_inclusive('\n').collect();
                let part = between(random.below(from.len() + 1), random.below(from.len() + 1), 10);
                lines.splice(at..at, from[part].iter().copied()).for_each(drop);
            }
        }
        lines.concat()
    }
}

fn tokens(text: &str) -> Vec<String> {
    let kept = |t: &syntax::Token| t.kind != TokenKind::End;
    syntax::lex(text).iter().filter(|t| kept(t)).map(|t| t.text(text).to_owned()).collect()
}

/// A part of the tokens, in brackets many times over.
fn nested(tokens: Vec<String>, a: usize, b: usize, random: &mut Random) -> String {
    let part = between(a, b, 5);
    let (open, close) = *random.of(&BRACKETS);
    let times = *random.of(&DEEP);
    let (before, inside, after) =
        (tokens[..part.start].concat(), tokens[part.clone()].concat(), tokens[part.end..].concat());
    format!("{before}{}{inside}{}{after}", open.repeat(times), close.repeat(times))
}

fn changed_bytes(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    let at = random.below(bytes.len() + 1);
    let other = random.below(bytes.len() + 1);
    let byte = if random.below(2) == 0 { *random.of(&BYTES) } else { random.below(128) as u8 };
    match random.below(7) {
        0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        1 if at < bytes.len() => bytes[at] = byte,
        2 if at < bytes.len() => drop(bytes.remove(at)),
        3 => {
            let part = bytes[between(at, other, 30)].to_vec();
            bytes.splice(at..at, part).for_each(drop);
        }
        4 => drop(bytes.drain(between(at, other, 30))),
        5 => bytes.truncate(at),
        _ => bytes.insert(at, byte),
    }
    bytes
}

/// What lies between two places, but no more than so many things.
fn between(a: usize, b: usize, most: usize) -> Range<usize> {
    let start = a.min(b);
    start..a.max(b).min(start + most)
}

/// SplitMix64: small, and the same everywhere for ever.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let a = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let b = (a ^ (a >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        b ^ (b >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % (limit.max(1) as u64)) as usize
    }

    fn of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        &things[self.below(things.len())]
    }
}
