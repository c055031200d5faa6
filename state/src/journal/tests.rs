use serde_json::json;

use super::*;
use crate::conformance::{intent, sample};
use crate::model::Fields;
use crate::seal::{Seal, SealError, SealKey};

fn header() -> Header {
    let state = sample(3);
    Header { base: state.revision(), salt: state.salt, lock: Uuid::from_u128(7) }
}

fn put(address: &str) -> Change {
    let resource = sample(1).resources.into_values().next().expect("the sample has one");
    Change::PutResource { address: address.to_owned(), resource: Box::new(resource) }
}

fn outcome(call: CallId, event: CallEvent) -> Entry {
    Entry::Outcome { call, event, changes: Vec::new() }
}

/// One of everything.
fn entries() -> Vec<Entry> {
    let (first, second) = (intent("service.a", "create"), intent("service.b", "create"));
    let output = sample(1).outputs["password"].clone();
    let world = World { api: "https://other".to_owned(), organization: "o".to_owned() };
    vec![
        Entry::Intent { intent: Box::new(first.clone()), changes: vec![put("service.a")] },
        Entry::Intent { intent: Box::new(second.clone()), changes: vec![] },
        Entry::Outcome { call: first.call, event: CallEvent::Succeeded, changes: vec![put("service.a")] },
        outcome(second.call, CallEvent::Lost),
        Entry::Note {
            changes: vec![
                Change::PutWorld { label: "eu".to_owned(), world },
                Change::PutOutput { name: "secret".to_owned(), output },
                Change::RemoveOutput { name: "host".to_owned() },
                Change::RemoveWorld { label: String::new() },
                Change::RemoveResource { address: "module.eu.service.main[\"a\"]".to_owned() },
            ],
        },
    ]
}

fn read(bytes: &[u8]) -> Result<Journal, DamagedJournal> {
    decode(bytes, &Seal::default())
}

fn written(entries: &[Entry]) -> Vec<u8> {
    let lines = entries
        .iter()
        .enumerate()
        .map(|(i, e)| entry_line(header().lock, i as u64 + 1, e, &Seal::default()).expect("encodable"));
    (header_line(&header(), &Seal::default()) + &lines.collect::<String>()).into_bytes()
}

#[test]
fn what_is_written_is_read() {
    for count in 0..=entries().len() {
        let entries = entries()[..count].to_vec();
        assert_eq!(read(&written(&entries)), Ok(Journal { header: header(), entries }));
    }
}

/// Wherever the last line breaks off, everything before it counts, and nothing of it.
#[test]
fn a_torn_last_line_does_not_count() {
    let (all, entries) = (written(&entries()), entries());
    let whole = written(&entries[..4]).len();
    for end in whole..all.len() {
        assert_eq!(read(&all[..end]).map(|j| j.entries), Ok(entries[..4].to_vec()), "{end}");
    }
    let mut spoilt = all.clone();
    spoilt[whole + 30] ^= 1;
    assert_eq!(read(&spoilt).map(|j| j.entries.len()), Ok(4));
}

#[test]
fn damage_before_the_last_line_is_an_error() {
    let all = written(&entries());
    let (head, first) = (header_line(&header(), &Seal::default()).len(), written(&entries()[..1]).len());
    for position in 0..first {
        for bit in [0x01, 0x20, 0x80] {
            let mut spoilt = all.clone();
            spoilt[position] ^= bit;
            let line = if position < head { DamagedJournal::NoHead } else { DamagedJournal::Line { line: 2 } };
            let found = read(&spoilt).expect_err("damaged");
            // A line feed in the middle of a line makes two damaged lines of it.
            assert!(found == line || matches!(found, DamagedJournal::Line { .. }), "{position} {bit}: {found}");
        }
    }
    let line = |number: usize| {
        let entry = &entries()[number - 1];
        entry_line(header().lock, number as u64, entry, &Seal::default()).expect("encodable").into_bytes()
    };
    let swapped = [written(&[]), line(2), line(1)].concat();
    assert_eq!(read(&swapped), Err(DamagedJournal::Line { line: 2 }));
    assert_eq!(read(b""), Err(DamagedJournal::NoHead));
}

fn continued(journal: &Journal, stored: Option<&State>) -> State {
    match journal.replay(stored) {
        Ok(Replayed::Continued(state)) => *state,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_replay_gives_the_state_that_was_reached() {
    let journal = Journal { header: header(), entries: entries() };
    let state = continued(&journal, Some(&sample(3)));
    assert_eq!(state.serial, 4);
    assert_eq!(state.resources.keys().collect::<Vec<_>>(), ["service.a"]);
    assert_eq!(state.worlds.keys().collect::<Vec<_>>(), ["eu"]);
    assert_eq!(state.outputs.keys().collect::<Vec<_>>(), ["nothing", "password", "secret"]);
    let open: Vec<_> = state.calls.values().map(|c| (c.intent.address.as_str(), c.status)).collect();
    assert_eq!(open.len(), 2);
    assert!(open.contains(&("service.b", CallStatus::Lost)) && open.contains(&("service.lost", CallStatus::Lost)));
}

#[test]
fn a_call_that_was_found_or_given_up_is_no_longer_open() {
    let (a, b) = (intent("service.a", "create"), intent("service.b", "create"));
    let intents = [&a, &b].map(|i| Entry::Intent { intent: Box::new(i.clone()), changes: vec![] });
    let mut journal = Journal { header: header(), entries: intents.to_vec() };
    let died = continued(&journal, Some(&sample(3)));
    assert_eq!(died.calls.len(), 3);
    // The next run looks, and its own journal says what it found.
    journal.header.base = died.revision();
    journal.entries = vec![outcome(a.call, CallEvent::Found), outcome(b.call, CallEvent::Superseded)];
    assert_eq!(continued(&journal, Some(&died)).calls, sample(3).calls);
}

#[test]
fn a_journal_on_no_state_makes_one() {
    let mut header = header();
    header.base.serial = 0;
    let state = continued(&Journal { header, entries: entries() }, None);
    assert_eq!((state.lineage, state.serial, state.salt), (header.base.lineage, 1, header.salt));
    assert!(state.resources.contains_key("service.a"));
}

#[test]
fn what_the_state_holds_already_is_not_replayed() {
    let journal = Journal { header: header(), entries: entries() };
    assert_eq!(journal.replay(Some(&sample(4))), Ok(Replayed::Stored));
}

#[test]
fn a_journal_of_another_state_is_refused() {
    let journal = Journal { header: header(), entries: entries() };
    let mut foreign = sample(3);
    foreign.lineage = Uuid::from_u128(1);
    for stored in [None, Some(&foreign), Some(&sample(2))] {
        assert!(matches!(journal.replay(stored), Err(ReplayError::OtherState { .. })), "{stored:?}");
    }
}

#[test]
fn an_impossible_journal_is_refused() {
    let call = intent("service.a", "create").call;
    let entries = vec![outcome(call, CallEvent::Succeeded)];
    let illegal = IllegalEvent { status: CallStatus::Fresh, event: CallEvent::Succeeded };
    let journal = Journal { header: header(), entries };
    assert_eq!(journal.replay(Some(&sample(3))), Err(ReplayError::Illegal { entry: 1, illegal }));
}

#[test]
fn the_id_of_a_call_depends_on_all_it_is_for() {
    let revision = sample(3).revision();
    let id = CallId::new(revision, "service.a", "create");
    assert_eq!(id, CallId::new(revision, "service.a", "create"));
    let others = [
        CallId::new(Revision { serial: 4, ..revision }, "service.a", "create"),
        CallId::new(Revision { lineage: Uuid::from_u128(1), ..revision }, "service.a", "create"),
        CallId::new(revision, "service.b", "create"),
        CallId::new(revision, "service.a", "scale"),
    ];
    assert!(!others.contains(&id));
    assert_eq!(json!(id), json!(id.to_string()));
}

#[test]
fn nothing_is_noted_that_could_not_be_read() {
    let deep = (0..=crate::format::MAX_DEPTH).fold(json!(1), |inner, _| json!([inner]));
    let mut intent = intent("service.a", "create");
    intent.body = Some(deep.clone());
    let mut resource = sample(1).resources.into_values().next().expect("the sample has one");
    resource.applied = Fields::from_iter([("x".to_owned(), deep)]).into();
    let put = Change::PutResource { address: "service.a".to_owned(), resource: Box::new(resource) };
    for entry in [Entry::Intent { intent: Box::new(intent), changes: vec![] }, Entry::Note { changes: vec![put] }] {
        let place = "service.a".to_owned();
        assert_eq!(
            entry_line(header().lock, 1, &entry, &Seal::default()),
            Err(crate::format::EncodeError::TooDeep { place })
        );
    }
}

#[test]
fn the_changes_between_two_states_lead_from_one_to_the_other() {
    let (before, mut after) = (sample(1), sample(1));
    let moved = after.resources.pop_first().expect("the sample has one").1;
    after.resources.insert("service.moved".to_owned(), moved);
    after.worlds.clear();
    after.outputs.remove("host");
    after.outputs.insert("more".to_owned(), after.outputs["nothing"].clone());
    for (from, to) in [(&before, &after), (&after, &before)] {
        let mut state = from.clone();
        Change::between(from, to).into_iter().for_each(|c| c.apply(&mut state));
        assert_eq!(&state, to);
    }
    assert_eq!(Change::between(&after, &after), []);
}

#[test]
fn a_sealed_journal_hides_everything_and_keeps_its_order() {
    let seal = Seal::new(SealKey::Raw([5; 32].into()), Vec::new(), |buffer| buffer.fill(4));
    let line = |lock: Uuid, number: usize| {
        entry_line(lock, number as u64, &entries()[number - 1], &seal).expect("encodable").into_bytes()
    };
    let lock = header().lock;
    let head = header_line(&header(), &seal).into_bytes();
    let whole = [head.clone(), line(lock, 1), line(lock, 2)].concat();
    assert!(!String::from_utf8_lossy(&whole).contains("service"));
    assert_eq!(decode(&whole, &seal), Ok(Journal { header: header(), entries: entries()[..2].to_vec() }));
    assert_eq!(decode(&whole, &Seal::default()), Err(DamagedJournal::Sealed(SealError::NoKey)));
    assert_eq!(decode(&whole[..whole.len() - 3], &seal).map(|j| j.entries.len()), Ok(1), "a torn last line");
    for foreign in [line(lock, 2), line(Uuid::from_u128(8), 1)] {
        let swapped = [head.clone(), foreign].concat();
        assert_eq!(decode(&swapped, &seal), Err(DamagedJournal::Sealed(SealError::WrongKey)));
    }
}
