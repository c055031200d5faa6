//! `horizontal`: the number of replicas by the highest of three shares (concurrent queries, CPU, memory) of ten
//! minutes. Out above 80 %, in below 45 %, to 60 %; in more slowly than out.

use serde_json::{Value, json};

use crate::sandbox::load::{Load, Shares};

const TARGET: f64 = 0.6;
const OUT_ABOVE: f64 = 0.8;
const IN_BELOW: f64 = 0.45;
/// So many low looks in a row take one replica away.
const LOW_LOOKS: u32 = 3;
/// A single query with more than this share of the load is not helped by more replicas.
const OVERSIZED: f64 = 0.5;
/// From this multiple of an even share on, the load is unbalanced.
const UNBALANCED: f64 = 1.5;
/// Queries a replica runs at the same time.
pub const QUERIES_PER_REPLICA: f64 = 1_000.0;

/// Why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The load is too high.
    Out,
    /// The load has been low for long enough.
    In,
    /// The load is low, but not yet for long enough.
    Waits,
    /// The load is fine, or a bound is reached.
    Keep,
    /// A single query makes most of the load.
    OversizedQuery,
    /// One replica carries more than its share.
    Unbalanced,
}

/// What is advised, with the numbers it follows from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Advice {
    /// Number of replicas.
    pub replicas: u32,
    /// Low looks in a row; the next call takes it.
    pub low_looks: u32,
    /// Why.
    pub why: Why,
    /// What was seen.
    pub shares: Shares,
}

/// The number of replicas that ten minutes ask for.
pub fn advise(shares: Shares, load: &Load, replicas: u32, band: (u32, u32), low_looks: u32) -> Advice {
    let highest = shares.queries.max(shares.cpu).max(shares.memory);
    let bounded = |count: u32| count.max(band.0).min(band.1.max(band.0));
    let advice = |count: u32, low_looks, why| Advice { replicas: bounded(count), low_looks, why, shares };
    if bounded(replicas) != replicas {
        return advice(replicas, 0, Why::Keep);
    }
    if highest > OUT_ABOVE {
        if load.largest_query_share > OVERSIZED {
            return advice(replicas, 0, Why::OversizedQuery);
        }
        if load.imbalance > UNBALANCED {
            return advice(replicas, 0, Why::Unbalanced);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
        let wanted = (f64::from(replicas) * highest / TARGET).ceil() as u32;
        let why = if bounded(wanted) == replicas { Why::Keep } else { Why::Out };
        return advice(wanted, 0, why);
    }
    if highest >= IN_BELOW || replicas == band.0 {
        return advice(replicas, 0, Why::Keep);
    }
    if low_looks + 1 < LOW_LOOKS {
        return advice(replicas, low_looks + 1, Why::Waits);
    }
    advice(replicas.saturating_sub(1), 0, Why::In)
}

impl Advice {
    /// For people.
    pub fn words(&self) -> String {
        let why = match self.why {
            Why::Out => "above 80 %, so replicas are added towards 60 %".to_owned(),
            Why::In => format!("below 45 % for the {LOW_LOOKS}rd time in a row, so one replica goes"),
            Why::Waits => "below 45 %, but not for long enough".to_owned(),
            Why::Keep => "so the number stays within its band".to_owned(),
            Why::OversizedQuery => "but a single query makes most of the load".to_owned(),
            Why::Unbalanced => "but one replica carries more than its share".to_owned(),
        };
        let percent = |share: f64| share * 100.0;
        format!(
            "in 10 minutes, queries {:.1} %, CPU {:.1} %, memory {:.1} %: {why}",
            percent(self.shares.queries),
            percent(self.shares.cpu),
            percent(self.shares.memory)
        )
    }

    /// For programs.
    pub fn numbers(&self) -> Value {
        json!({
            "queryShare": self.shares.queries,
            "cpuShare": self.shares.cpu,
            "memoryShare": self.shares.memory,
            "outAbove": OUT_ABOVE,
            "inBelow": IN_BELOW,
            "target": TARGET,
            "replicas": self.replicas,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cpu(cpu: f64) -> Shares {
        Shares { cpu, ..Shares::default() }
    }

    fn advised(shares: Shares, replicas: u32) -> Advice {
        advise(shares, &Load::default(), replicas, (2, 20), 0)
    }

    #[test]
    fn above_80_percent_it_goes_out_to_60_percent() {
        assert_eq!(advised(cpu(0.81), 4).replicas, 6, "4 x 0.81 / 0.60 = 5.4");
        assert_eq!(advised(cpu(0.8), 4).replicas, 4);
        assert_eq!(advised(cpu(1.0), 18).replicas, 20, "the band's end");
    }

    #[test]
    fn the_highest_of_queries_cpu_and_memory_counts() {
        for shares in [
            Shares { queries: 0.9, ..Shares::default() },
            Shares { cpu: 0.9, ..Shares::default() },
            Shares { memory: 0.9, ..Shares::default() },
        ] {
            assert_eq!(advised(shares, 4).replicas, 6);
        }
    }

    #[test]
    fn below_45_percent_it_goes_in_slowly() {
        let (mut replicas, mut low_looks, mut steps) = (6, 0, Vec::new());
        for _ in 0..7 {
            let advice = advise(cpu(0.44), &Load::default(), replicas, (2, 20), low_looks);
            (replicas, low_looks) = (advice.replicas, advice.low_looks);
            steps.push(replicas);
        }
        assert_eq!(steps, [6, 6, 5, 5, 5, 4, 4]);
        assert_eq!(advised(cpu(0.45), 6).low_looks, 0);
        assert_eq!(advised(cpu(0.0), 2).why, Why::Keep, "the band's end");
    }

    #[test]
    fn one_oversized_query_or_an_unbalanced_load_adds_nothing() {
        let one = Load { largest_query_share: 0.6, ..Load::default() };
        assert_eq!(advise(cpu(0.95), &one, 4, (2, 20), 0).why, Why::OversizedQuery);
        let unbalanced = Load { imbalance: 1.6, ..Load::default() };
        let advice = advise(cpu(0.95), &unbalanced, 4, (2, 20), 0);
        assert_eq!((advice.why, advice.replicas), (Why::Unbalanced, 4));
    }
}
