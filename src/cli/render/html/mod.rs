//! A plan as a page for browsers: one file that needs nothing else, for screens light and dark, keyboards and paper.
//!
//! Everything stands in the page itself; the script only filters and points. Built from the sheet alone.

mod parts;

use maud::{DOCTYPE, PreEscaped, html};

use crate::plan::sheet::{Sheet, by_urgency};

use super::graph::{Graph, picture};
use super::plan::counts;

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// Nothing is loaded from anywhere.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// The whole page.
pub fn page(sheet: &Sheet) -> String {
    let plan = &sheet.plan;
    let changes = by_urgency(plan);
    let graph = Graph::of_plan(plan);
    let drawn = picture(&graph, &|node| Some(format!("#change-{node}")));
    let made = sheet.made.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="color-scheme" content="light dark";
                link rel="icon" href="data:,";
                title { "Plan: " (counts(plan.summary())) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { "Plan: " (counts(plan.summary())) }
                    p.soft {
                        "Made " (made) " by housewright " (sheet.program)
                        @if sheet.sandbox { ", against the sandbox" }
                        ", on serial " (plan.serial) " of lineage " code { (plan.lineage) } "."
                    }
                }
                main {
                    (parts::summary(sheet))
                    (parts::lost(&changes))
                    (parts::findings(sheet))
                    (parts::conditions(sheet))
                    (parts::drift(plan))
                    (parts::changes(&changes))
                    (parts::outputs(plan))
                    @if !graph.nodes.is_empty() {
                        h2 id="graph" { "What comes before what" }
                        p.soft { "Time goes to the right. A click leads to the change." }
                        div.scroll tabindex="0" { (PreEscaped(drawn)) }
                    }
                    (parts::timeline(plan))
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}
