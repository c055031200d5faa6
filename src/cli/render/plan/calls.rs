//! The requests of an action, exactly as they will be sent, but for what only the apply will know and what is sensitive.

use serde_json::Value as Json;

use super::super::{Paint, duration};
use super::page::Page;
use crate::call::{Call, Target};
use crate::plan::Action;
use crate::plan::sheet::masked_call;

const INDENT: usize = 6;

pub(super) fn write(action: &Action, page: &mut Page) {
    let calls = action.destroy.iter().chain(&action.apply);
    for call in calls {
        let call = &masked_call(call, action);
        let head = match &call.target {
            Target::Cloud => format!("> {} {}", call.method.as_str(), call.path),
            Target::Ec2(place) if place.region.is_empty() => format!("> EC2 {}", call.path),
            Target::Ec2(place) => format!("> EC2 {} in {}", call.path, place.region),
            Target::State(place) => format!("> {} {}", place.backend, call.path),
        };
        page.line(INDENT, &page.look.paint(Paint::Strong, &head));
        body(call, page);
        if let Some(wait) = &call.wait {
            let most = duration::text(wait.timeout);
            page.line(INDENT + 2, &page.look.paint(Paint::Faint, &format!("then waits {}, at most {most}", wait.what)));
        }
    }
}

fn body(call: &Call, page: &mut Page) {
    let Some(body) = &call.body else { return };
    let text = serde_json::to_string_pretty(&body.json).unwrap_or_default();
    if body.json != Json::Object(serde_json::Map::new()) {
        let lines = page.cut(text.lines().map(str::to_owned).collect());
        lines.iter().for_each(|line| page.line(INDENT + 2, line));
    }
    for place in &body.identities {
        let what = format!("{place}: filled with the id that an earlier request tells");
        page.line(INDENT + 2, &page.look.paint(Paint::Faint, &what));
    }
    for (field, attribute) in &body.holes {
        let what = format!("\"{field}\": filled with `{attribute}` during the apply");
        page.line(INDENT + 2, &page.look.paint(Paint::Faint, &what));
    }
}
