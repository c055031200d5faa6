//! Whole outputs of every renderer over the sample plans.

use insta::assert_snapshot;
use sha2::{Digest, Sha256};

use super::graph::{Graph, drawing};
use super::plan::{Detail, Level};
use super::samples::{CANARY, all, many, one_of_each, sheet, update};
use super::*;
use crate::address::{Address, InstanceKey};
use crate::plan::sheet::{Sheet, StoredSheet};
use crate::plan::{ActionKind, Plan};

fn look(width: usize, color: bool) -> Look {
    Look { width, color, unicode: true }
}

/// What is too long to be read is held by its digest, between its ends.
fn held(text: &str) -> String {
    if text.len() < 70_000 {
        return text.to_owned();
    }
    let digest: String = Sha256::digest(text).iter().map(|b| format!("{b:02x}")).collect();
    let (head, tail) = (text.floor_char_boundary(3_000), text.ceil_char_boundary(text.len() - 3_000));
    format!("{}\n[{} bytes, {digest}]\n{}", &text[..head], text.len(), &text[tail..])
}

fn outputs(sheet: &Sheet) -> Vec<(&'static str, String)> {
    let text = |width, color, level, calls| {
        let mut text = String::new();
        plan::pour_whole(sheet, look(width, color), Detail { level, calls }, &mut |piece| text.push_str(piece));
        text
    };
    let graph = Graph::of_plan(&sheet.plan);
    vec![
        ("text_80", text(80, false, Level::Normal, false)),
        ("text_200", text(200, false, Level::Normal, false)),
        ("text_colour", text(100, true, Level::Normal, false)),
        ("text_compact_80", text(80, false, Level::Compact, false)),
        ("text_compact_200", text(200, false, Level::Compact, false)),
        ("text_full_calls_80", text(80, false, Level::Full, true)),
        ("text_full_calls_200", text(200, false, Level::Full, true)),
        ("json", serde_json::to_string_pretty(&plan_json::json(sheet)).expect("it is JSON")),
        ("markdown", markdown::text(sheet)),
        ("html", html::page(sheet)),
        ("dot", graph.dot()),
        ("mermaid", graph.mermaid()),
        ("svg", drawing(&graph)),
    ]
}

#[test]
fn whole_outputs_of_every_renderer() {
    for (name, sheet) in all() {
        for (form, text) in outputs(&sheet) {
            assert_snapshot!(format!("{name}__{form}"), held(&text));
        }
    }
}

#[test]
fn a_kept_sheet_shows_the_same() {
    for (name, sheet) in all() {
        let stored = serde_json::to_string(&StoredSheet::from(&sheet)).expect("it is JSON");
        let read = serde_json::from_str::<StoredSheet>(&stored).expect("it is a sheet").sheet().expect("it is whole");
        assert_eq!(outputs(&read), outputs(&sheet), "{name}");
    }
}

#[test]
fn nothing_sensitive_is_in_any_output() {
    for (name, sheet) in all() {
        let stored = serde_json::to_string(&StoredSheet::from(&sheet)).expect("it is JSON");
        assert!(!stored.contains(CANARY), "{name} as it is kept");
        for (form, text) in outputs(&sheet) {
            assert!(!text.contains(CANARY), "{name} as {form}");
        }
    }
}

#[test]
fn without_colour_no_output_can_act_on_a_terminal() {
    for (name, sheet) in all() {
        for (form, text) in outputs(&sheet).into_iter().filter(|(form, _)| *form != "text_colour") {
            // JSON keeps names as they are, and leaves only control characters to escapes.
            let is_wrong = |c: &char| if form == "json" { c.is_control() } else { is_dangerous(*c) };
            let wrong = text.chars().find(|c| is_wrong(c) && *c != '\n');
            assert_eq!(wrong, None, "{name} as {form}");
        }
    }
}

fn names(plan: &Plan) -> Vec<String> {
    let lost = plan.actions.iter().filter(|a| matches!(a.kind, ActionKind::Delete | ActionKind::Replace));
    lost.map(|a| a.address.to_string()).collect()
}

#[test]
fn markdown_names_all_that_is_lost_however_large_the_plan() {
    for count in [300, 1_000, 3_000] {
        let sheet = many(count);
        let text = markdown::text(&sheet);
        assert!(text.chars().count() <= markdown::LIMIT, "{count}: {}", text.chars().count());
        let lost = names(&sheet.plan);
        assert_eq!(u64::try_from(lost.len()).ok(), Some(count * 3 / 10));
        let missing: Vec<&String> = lost.iter().filter(|name| !text.contains(&format!("`{name}`"))).collect();
        assert!(missing.is_empty(), "{count}: {} are missing, such as {:?}", missing.len(), missing.first());
        assert!(
            count == 300 || text.contains("left out here") || text.contains("Left out here"),
            "{count}: says what was cut"
        );
        assert_eq!(text, markdown::text(&sheet), "the same plan gives the same text");
    }
}

#[test]
fn markdown_names_thousands_of_losses_by_their_keys() {
    let long = "a-name-that-is-rather-long-for-a-service".repeat(2);
    let gone = |key: InstanceKey| crate::plan::Action {
        kind: ActionKind::Delete,
        ..update(Address::root("service", long.as_str()).with_key(Some(key)))
    };
    let named = sheet((0..3_000).map(|i| gone(InstanceKey::Name(format!("tenant-{i}")))).collect(), Vec::new(), false);
    let text = markdown::text(&named);
    assert!(text.chars().count() <= markdown::LIMIT, "{}", text.chars().count());
    assert!((0..3_000).all(|i| text.contains(&format!("[\"tenant-{i}\"]"))));
    let counted = sheet((0..30_000).map(|i| gone(InstanceKey::Index(i))).collect(), Vec::new(), false);
    let text = markdown::text(&counted);
    assert!(text.chars().count() <= markdown::LIMIT && text.contains("[0–29999]"), "{}", text.chars().count());
}

#[test]
fn a_page_of_300_changes_weighs_less_than_a_megabyte() {
    let page = html::page(&many(300));
    assert!(page.len() < 1_000_000, "{}", page.len());
    for foreign in ["http://", "https://", "src=", "url(h", "@import"] {
        let found = page.matches(foreign).count() - page.matches(&format!("{foreign}www.w3.org/2000/svg")).count();
        assert_eq!(found, 0, "{foreign}: the page needs nothing else");
    }
}

#[test]
fn what_is_lost_stands_first() {
    let text = plan::text(&one_of_each().plan, look(100, false));
    let place = |name: &str| text.find(&format!("# service.{name} will")).expect("it is there");
    assert!(
        place("gone") < place("replaced") && place("replaced") < place("changed") && place("changed") < place("new")
    );
    assert!(text.find("! 2 things are destroyed").expect("said") < place("gone"));
}

#[test]
fn json_that_is_written_is_what_it_is_as_data() {
    for (name, sheet) in all().into_iter().chain([("many", many(1_000))]) {
        let mut written = Vec::new();
        plan_json::write(&sheet, &mut written).expect("memory takes everything");
        // Data keeps its fields in the order of their names.
        assert_eq!(String::from_utf8_lossy(&written), format!("{}\n", plan_json::json(&sheet)), "{name}");
    }
}

#[test]
fn a_large_plan_begins_with_its_summary_and_shows_the_first_of_each_sort_and_all_that_is_lost() {
    let sheet = many(10_000);
    let of = |level| plan::detailed(&sheet.plan, look(100, false), Detail { level, calls: false });
    let summary = "Plan: 4000 to add, 4000 to change, 3000 to destroy.";
    for level in [Level::Normal, Level::Compact, Level::Full] {
        let text = of(level);
        assert!(text.starts_with(&format!("{summary}\n")), "{level:?}");
        assert_eq!(text.matches(summary).count(), 2, "{level:?}: at the beginning and at the end");
    }
    let text = of(Level::Normal);
    let words: std::collections::HashSet<&str> = text.split([' ', '\n', ',']).collect();
    let missing: Vec<String> = names(&sheet.plan).into_iter().filter(|n| !words.contains(n.as_str())).collect();
    assert_eq!(missing, Vec::<String>::new());
    // What is lost in a line each and once more by name; of the rest so much that a person can see what it is like.
    let header = text.lines().take_while(|line| !line.trim_start().starts_with('#')).count();
    let lines = text.lines().count() - header;
    assert!((3_000..4_500).contains(&lines), "{lines} lines");
    assert!(text.contains("… 2980 more are created. --compact shows each in one line, --full all of it."), "{text}");
    assert!(text.contains("… 3980 more are updated in place."));
    let whole = of(Level::Full);
    for action in &sheet.plan.actions {
        assert!(
            whole.contains(&format!("# {} will be", action.address)) || whole.contains(&action.address.to_string())
        );
    }
    assert_eq!(of(Level::Compact).lines().filter(|l| l.starts_with("  + ")).count(), 3_000);
}

#[test]
fn five_hundred_changes_are_shown_whole() {
    let text = |count| plan::text(&many(count).plan, look(100, false));
    assert!(!text(500).contains("more are") && !text(500).starts_with("Plan:"));
    assert!(text(501).contains("more are") && text(501).starts_with("Plan:"));
}
