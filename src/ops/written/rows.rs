//! Which things become one block: those of one stem whose lines are the same, or differ in little.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Names, parts};
use super::term::{Lines, Term};
use super::{Present, Thing};

/// So many rows are worth a table.
const ROWS: usize = 3;
/// So many columns may differ.
const COLUMNS: usize = 3;

/// A block to be written.
#[derive(Debug)]
pub(super) struct Block {
    pub label: String,
    /// One without a key, or several with keys.
    pub members: Vec<Member>,
    /// What stands between label and key in the names of things, when that is not a dash behind the label: the whole
    /// name but the key.
    pub prefix: Option<String>,
    /// Lines of all members; those of a table are [`Line::Column`]s.
    pub lines: Vec<(String, Line)>,
}

#[derive(Debug)]
pub(super) struct Member {
    pub thing: usize,
    pub key: Option<String>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Line {
    Same(Term),
    /// The instance of the same key of another block of rows.
    Parallel {
        block: usize,
        attribute: &'static str,
    },
    /// By member.
    Column(Vec<Term>),
}

/// The blocks, in an order in which what is referred to comes first.
pub(super) fn blocks(things: &[Thing<'_>], names: &mut Names, present: &Present) -> Vec<Block> {
    let mut open: Vec<Vec<usize>> = buckets(things);
    let mut done = Done::default();
    while !open.is_empty() {
        let ready = |bucket: &Vec<usize>| {
            let needed = bucket.iter().flat_map(|t| targets(&things[*t].lines));
            needed.into_iter().all(|n| done.of.contains_key(&n) || bucket.contains(&n))
        };
        // Things never need each other in a circle, but buckets of them may.
        let next = open.iter().position(ready);
        let bucket = open.remove(next.unwrap_or(0));
        let table = table(&bucket, things, &done).filter(|_| next.is_some());
        match table {
            Some(lines) => done.add_table(&bucket, lines, things, names),
            None => bucket.iter().for_each(|thing| done.add_one(*thing, things, names, present)),
        }
    }
    done.blocks
}

fn targets(lines: &Lines) -> BTreeSet<usize> {
    lines.iter().flat_map(|(_, term)| term.targets()).collect()
}

/// Things of one kind, cloud and stem with lines of the same names, where there are enough of them; others alone.
fn buckets(things: &[Thing<'_>]) -> Vec<Vec<usize>> {
    let mut stems: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, thing) in things.iter().enumerate() {
        let Some((stem, mark, _)) = parts(&thing.existing.listed.name) else { continue };
        let names: Vec<&str> = thing.lines.iter().map(|(name, _)| name.as_str()).collect();
        let existing = thing.existing;
        stems.entry((existing.kind.schema().kind, &existing.cloud, stem, mark, names)).or_default().push(index);
    }
    let distinct = |bucket: &Vec<usize>| {
        let names: BTreeSet<&str> = bucket.iter().map(|t| things[*t].existing.listed.name.as_str()).collect();
        names.len() == bucket.len()
    };
    let mut of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for mut bucket in stems.into_values().filter(|b| b.len() >= ROWS && distinct(b)) {
        let first = bucket[0];
        // 2 comes before 10.
        let own = |t: &usize| parts(&things[*t].existing.listed.name).map_or("", |p| p.2).to_owned();
        bucket.sort_by_key(|t| (own(t).parse::<u64>().unwrap_or(u64::MAX), own(t)));
        of.insert(first, bucket);
    }
    let taken: BTreeSet<usize> = of.values().flatten().copied().collect();
    for alone in (0..things.len()).filter(|t| !taken.contains(t)) {
        of.insert(alone, vec![alone]);
    }
    of.into_values().collect()
}

/// The lines of several things as one block; nothing when they differ in too much.
fn table(bucket: &[usize], things: &[Thing<'_>], done: &Done) -> Option<Vec<(String, Line)>> {
    if bucket.len() < ROWS {
        return None;
    }
    let mut lines = Vec::new();
    for (column, (name, first)) in things[bucket[0]].lines.iter().enumerate() {
        let terms: Vec<Term> = bucket.iter().map(|t| things[*t].lines[column].1.clone()).collect();
        let line = if terms.iter().all(|t| t == first) {
            Line::Same(first.clone())
        } else if let Some(parallel) = done.parallel(bucket, &terms, things) {
            parallel
        } else if terms.iter().all(Term::is_small) && !refers_within(&terms, bucket) {
            Line::Column(terms)
        } else {
            return None;
        };
        lines.push((name.clone(), line));
    }
    let columns = lines.iter().filter(|(_, line)| matches!(line, Line::Column(_))).count();
    (columns <= COLUMNS).then_some(lines)
}

fn refers_within(terms: &[Term], bucket: &[usize]) -> bool {
    terms.iter().flat_map(Term::targets).any(|t| bucket.contains(&t))
}

/// The blocks so far.
#[derive(Debug, Default)]
struct Done {
    blocks: Vec<Block>,
    /// By thing: its block, and its place in it.
    of: BTreeMap<usize, (usize, usize)>,
}

impl Done {
    fn push(&mut self, block: Block) {
        for (place, member) in block.members.iter().enumerate() {
            self.of.insert(member.thing, (self.blocks.len(), place));
        }
        self.blocks.push(block);
    }

    fn add_one(&mut self, thing: usize, things: &[Thing<'_>], names: &mut Names, present: &Present) {
        let Thing { existing, lines } = &things[thing];
        // A part is called as what it is part of.
        let whole = lines.iter().find_map(|(_, term)| match term {
            Term::Reference { to, .. } if existing.listed.identity == things[*to].existing.listed.identity => {
                let block = &self.blocks[self.of.get(to)?.0];
                block.members.first().filter(|m| m.key.is_none()).map(|_| block.label.clone())
            }
            _ => None,
        });
        let managed = present.labels.get(&existing.listed.identity).filter(|_| existing.kind.named_by().is_none());
        let name = whole.or(managed.cloned()).unwrap_or_else(|| existing.listed.name.clone());
        self.push(Block {
            label: names.take(existing.kind.schema().kind, &name),
            members: vec![Member { thing, key: None }],
            prefix: None,
            lines: lines.iter().map(|(name, term)| (name.clone(), Line::Same(term.clone()))).collect(),
        });
    }

    fn add_table(&mut self, bucket: &[usize], lines: Vec<(String, Line)>, things: &[Thing<'_>], names: &mut Names) {
        let existing = things[bucket[0]].existing;
        let (stem, mark, _) = parts(&existing.listed.name).unwrap_or((&existing.listed.name, '-', ""));
        let label = names.take(existing.kind.schema().kind, stem);
        let prefix = format!("{stem}{mark}");
        let own = |t: &usize| things[*t].existing.listed.name.strip_prefix(&prefix).unwrap_or_default().to_owned();
        self.push(Block {
            prefix: (prefix != format!("{label}-")).then(|| prefix.clone()),
            members: bucket.iter().map(|t| Member { thing: *t, key: Some(own(t)) }).collect(),
            label,
            lines,
        });
    }

    /// Whether each row refers to the row of the same key in one other block.
    fn parallel(&self, bucket: &[usize], terms: &[Term], things: &[Thing<'_>]) -> Option<Line> {
        let target = |(thing, term): (&usize, &Term)| {
            let Term::Reference { to, attribute } = term else { return None };
            let (block, place) = *self.of.get(to)?;
            let key = self.blocks[block].members[place].key.as_deref()?;
            let own = parts(&things[*thing].existing.listed.name)?.2;
            (key == own).then_some((block, *attribute))
        };
        let targets: Vec<_> = bucket.iter().zip(terms).map(target).collect::<Option<_>>()?;
        let (block, attribute) = *targets.first()?;
        targets.iter().all(|t| *t == (block, attribute)).then_some(Line::Parallel { block, attribute })
    }
}
