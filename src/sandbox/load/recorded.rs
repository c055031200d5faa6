//! Reading recorded series: CSV, and the text format of Prometheus.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Load;

/// Times and loads, in order.
type Steps = Vec<(Timestamp, Load)>;

/// Most steps of a series.
const MOST_STEPS: usize = 100_000;
const GIGABYTE: f64 = 1_073_741_824.0;

/// Names of columns and metrics, the member they give, and what one of theirs is in the member's unit.
const NAMES: [(&str, Member, f64); 27] = [
    ("queries", |load| &mut load.queries, 1.0),
    ("cpuCores", |load| &mut load.cpu_cores, 1.0),
    ("cpu_cores", |load| &mut load.cpu_cores, 1.0),
    ("memoryGb", |load| &mut load.memory_gb, 1.0),
    ("memory_gb", |load| &mut load.memory_gb, 1.0),
    ("residentGb", |load| &mut load.resident_gb, 1.0),
    ("resident_gb", |load| &mut load.resident_gb, 1.0),
    ("parts", |load| &mut load.parts, 1.0),
    ("merges", |load| &mut load.merges, 1.0),
    ("longestQuerySeconds", |load| &mut load.longest_query_seconds, 1.0),
    ("longest_query_seconds", |load| &mut load.longest_query_seconds, 1.0),
    ("imbalance", |load| &mut load.imbalance, 1.0),
    ("largestQueryShare", |load| &mut load.largest_query_share, 1.0),
    ("outOfMemory", |load| &mut load.out_of_memory, 1.0),
    ("out_of_memory", |load| &mut load.out_of_memory, 1.0),
    ("refreshesPerHour", |load| &mut load.refreshes_per_hour, 1.0),
    ("s3QueueFilesPerHour", |load| &mut load.s3_queue_files_per_hour, 1.0),
    ("ClickHouseMetrics_Query", |load| &mut load.queries, 1.0),
    ("ClickHouseMetrics_Merge", |load| &mut load.merges, 1.0),
    ("ClickHouseMetrics_MemoryTracking", |load| &mut load.memory_gb, 1.0 / GIGABYTE),
    ("ClickHouseAsyncMetrics_MemoryResident", |load| &mut load.resident_gb, 1.0 / GIGABYTE),
    ("ClickHouseAsyncMetrics_CGroupMemoryUsed", |load| &mut load.memory_gb, 1.0 / GIGABYTE),
    ("ClickHouseAsyncMetrics_CGroupUserTime", |load| &mut load.cpu_cores, 1.0),
    ("ClickHouseAsyncMetrics_OSUserTime", |load| &mut load.cpu_cores, 1.0),
    ("ClickHouseAsyncMetrics_MaxPartCountForPartition", |load| &mut load.parts, 1.0),
    ("ClickHouseAsyncMetrics_TotalPartsOfMergeTreeTables", |load| &mut load.parts, 1.0),
    ("ClickHouseProfileEvents_QueryMemoryLimitExceeded", |load| &mut load.out_of_memory, 1.0),
];

type Member = fn(&mut Load) -> &mut f64;

fn member(name: &str) -> Option<(Member, f64)> {
    NAMES.iter().find(|(known, _, _)| *known == name).map(|(_, member, unit)| (*member, *unit))
}

/// A header line that begins with `time`, then one line for each time. Times are RFC 3339 or seconds since 1970.
///
/// # Errors
/// The line and what is wrong with it.
pub fn csv(text: &str) -> Result<Steps, String> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    let (_, header) = lines.next().ok_or("recorded.csv is empty")?;
    let mut names = header.split(',').map(str::trim);
    if names.next() != Some("time") {
        return Err("recorded.csv: the first column of the header line must be time".to_owned());
    }
    let members = names
        .map(|name| member(name).ok_or_else(|| format!("recorded.csv: there is no column {name:?}; {}", known())))
        .collect::<Result<Vec<_>, _>>()?;
    let mut steps = BTreeMap::new();
    for (index, line) in lines {
        let wrong = |what: &str| format!("recorded.csv line {}: {what}", index + 1);
        let mut cells = line.split(',').map(str::trim);
        let at = cells.next().and_then(time).ok_or_else(|| wrong("the first cell must be a time"))?;
        let cells: Vec<&str> = cells.collect();
        if cells.len() != members.len() {
            return Err(wrong(&format!("has {} cells, the header has {}", cells.len() + 1, members.len() + 1)));
        }
        let mut load = Load::default();
        for (cell, (member, unit)) in cells.iter().zip(&members) {
            let value: f64 = cell.parse().map_err(|_| wrong(&format!("{cell:?} is no number")))?;
            *member(&mut load) = value * unit;
        }
        steps.insert(at, load);
    }
    limited(steps)
}

fn known() -> String {
    let names: Vec<&str> = NAMES.iter().map(|(name, _, _)| *name).collect();
    format!("known are {}", names.join(", "))
}

fn time(text: &str) -> Option<Timestamp> {
    match text.parse::<i64>() {
        Ok(seconds) => Timestamp::from_second(seconds).ok(),
        Err(_) => text.parse().ok(),
    }
}

/// Lines `metric{labels} value milliseconds`. Values of one metric and one time with different labels, such as those of
/// several replicas, are added; metrics that say nothing about the load are passed over.
///
/// # Errors
/// The line and what is wrong with it.
pub fn prometheus(text: &str) -> Result<Steps, String> {
    let mut changes: BTreeMap<Timestamp, BTreeMap<&str, f64>> = BTreeMap::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let wrong = |what: &str| format!("recorded.prometheus line {}: {what}", index + 1);
        let (name, rest) = split_metric(line).ok_or_else(|| wrong("is no metric with a value and a time"))?;
        if member(name).is_none() {
            continue;
        }
        let mut parts = rest.split_whitespace();
        let value: f64 =
            parts.next().and_then(|v| v.parse().ok()).ok_or_else(|| wrong("has no number as its value"))?;
        let milliseconds = parts.next().and_then(|time| time.parse().ok());
        let at = milliseconds
            .and_then(|time| Timestamp::from_millisecond(time).ok())
            .ok_or_else(|| wrong("has no time in milliseconds after its value"))?;
        *changes.entry(at).or_default().entry(name).or_default() += value;
    }
    let (mut steps, mut load) = (BTreeMap::new(), Load::default());
    for (at, values) in changes {
        for (name, value) in values {
            if let Some((member, unit)) = member(name) {
                *member(&mut load) = value * unit;
            }
        }
        steps.insert(at, load);
    }
    limited(steps)
}

/// The name, and what follows the labels.
fn split_metric(line: &str) -> Option<(&str, &str)> {
    let end = line.find(|sign: char| sign == '{' || sign.is_whitespace())?;
    let (name, rest) = line.split_at(end);
    let rest = match rest.strip_prefix('{') {
        Some(labels) => &labels[end_of_labels(labels)? + 1..],
        None => rest,
    };
    Some((name, rest.trim()))
}

/// Where the brace is that closes the labels; one inside a quoted value does not.
fn end_of_labels(labels: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (index, sign) in labels.char_indices() {
        match sign {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '}' if !quoted => return Some(index),
            _ => {}
        }
    }
    None
}

fn limited(steps: BTreeMap<Timestamp, Load>) -> Result<Steps, String> {
    if steps.len() > MOST_STEPS {
        return Err(format!("recorded has {} times, at most {MOST_STEPS} are taken", steps.len()));
    }
    Ok(steps.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_takes_both_forms_of_time_and_every_member() {
        let text = "time,queries,cpuCores,memory_gb\n# night\n1767225600,0,0.5,2\n2026-01-01T01:00:00Z, 12, 6.5, 20\n";
        let steps = csv(text).unwrap();
        let first = Load { cpu_cores: 0.5, memory_gb: 2.0, ..Load::default() };
        let second = Load { queries: 12.0, cpu_cores: 6.5, memory_gb: 20.0, ..Load::default() };
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(steps, [(at("2026-01-01T00:00:00Z"), first), (at("2026-01-01T01:00:00Z"), second)]);
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (text, part) in [
            ("", "is empty"),
            ("when,queries\n", "must be time"),
            ("time,quries\n", "no column \"quries\""),
            ("time,queries\nsoon,1\n", "line 2"),
            ("time,queries\n1,x\n", "line 2: \"x\" is no number"),
            ("time,queries\n1,2,3\n", "has 3 cells"),
        ] {
            let error = csv(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
        for (text, part) in [
            ("ClickHouseMetrics_Query{a=\"}\"} 1\n", "line 1: has no time"),
            ("ClickHouseMetrics_Query x 1\n", "no number"),
            ("alone", "is no metric"),
            ("broken{a=\"", "is no metric"),
        ] {
            let error = prometheus(text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn prometheus_text_adds_replicas_and_keeps_what_did_not_change() {
        let text = "# TYPE ClickHouseMetrics_Query gauge\n\
            ClickHouseMetrics_Query{replica=\"a}\\\"\"} 3 1767225600000\n\
            ClickHouseMetrics_Query{replica=\"b\"} 4 1767225600000\n\
            ClickHouseMetrics_MemoryTracking{replica=\"a\"} 2147483648 1767225600000\n\
            ClickHouseMetrics_Unrelated 1 1767225600000\n\
            ClickHouseMetrics_Query{replica=\"a\"} 1 1767225660000\n";
        let steps = prometheus(text).unwrap();
        let loads: Vec<(f64, f64)> = steps.iter().map(|(_, load)| (load.queries, load.memory_gb)).collect();
        assert_eq!(loads, [(7.0, 2.0), (1.0, 2.0)]);
    }
}
