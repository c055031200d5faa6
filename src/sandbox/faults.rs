//! Failures on demand: answers instead of the API's own, broken connections, services that do not come up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::draw::Draw;
use super::http::{self, Response};
use super::model::Fate;

/// One failure that waits for its occasion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// Number in the order of setting up; given by the world.
    #[serde(default)]
    pub id: u64,
    /// Only requests with this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only requests whose path starts so.
    #[serde(default)]
    pub path_prefix: Option<String>,
    /// Only requests of this operation, by its `operationId`.
    #[serde(default)]
    pub operation: Option<String>,
    /// How likely it is that it happens when it could; left out: always.
    #[serde(default)]
    pub probability: Option<f64>,
    /// How often it still happens; null: until it is removed.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// What happens.
    pub effect: Effect,
}

#[expect(clippy::unnecessary_wraps, reason = "the field's type: None means without end")]
fn once() -> Option<u32> {
    Some(1)
}

/// What a fault does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Effect {
    /// Another answer than the API's own.
    Answer {
        /// Instead of the request's effect or after it.
        #[serde(default)]
        when: When,
        /// HTTP status.
        status: u16,
        /// Text of the envelope's `error`.
        #[serde(default)]
        error: Option<String>,
        /// An HTML body instead of the envelope.
        #[serde(default)]
        html: Option<String>,
        /// Further headers, such as `x-ratelimit-reset`.
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// The connection breaks and no answer comes.
    Drop {
        /// Instead of the request's effect or after it.
        #[serde(default)]
        when: When,
    },
    /// 429 with `X-RateLimit-Reset`, as if the key had made too many requests. The request has no effect.
    RateLimited {
        /// Value of the header.
        reset_seconds: u32,
    },
    /// The request has its effect, and the answer's body ends in its middle.
    Truncate,
    /// The answer comes later; other faults strike as well. Real time, so only of a server.
    Latency {
        /// How much later.
        milliseconds: u32,
    },
    /// The next services that are created end otherwise than in `running`.
    Provisioning {
        /// How they end.
        becomes: Fate,
        /// Only services whose name contains this.
        #[serde(default)]
        name: Option<String>,
    },
    /// Deletions are refused as if the service were still stopping, although reading it says it has stopped.
    DeleteConflict,
    /// Lists in answers come in another order each time.
    ShuffleLists,
}

/// When a fault strikes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// The request has no effect.
    #[default]
    Before,
    /// The request has its effect, the client does not learn of it.
    After,
}

/// A request that faults may strike.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// Upper-case method.
    pub method: &'a str,
    /// Path without query.
    pub path: &'a str,
    /// `operationId`, if the path is one of the API.
    pub operation: Option<&'a str>,
    /// Where chance comes from.
    pub draw: &'a Draw,
    /// Number of the request.
    pub sequence: u64,
}

/// All faults that wait.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Faults {
    set_up: u64,
    waiting: Vec<Fault>,
}

impl Faults {
    /// Adds a fault and gives its number.
    pub fn add(&mut self, mut fault: Fault) -> u64 {
        self.set_up += 1;
        fault.id = self.set_up;
        fault.method = fault.method.map(|method| method.to_ascii_uppercase());
        self.waiting.push(fault);
        self.set_up
    }

    /// Those that wait, oldest first.
    pub fn waiting(&self) -> &[Fault] {
        &self.waiting
    }

    /// Removes all.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }

    /// The fault that strikes this request's answer, if one does.
    pub fn strike(&mut self, occasion: Occasion<'_>) -> Option<Fault> {
        self.take(|fault| {
            let answers = matches!(
                fault.effect,
                Effect::Answer { .. } | Effect::Drop { .. } | Effect::RateLimited { .. } | Effect::Truncate
            );
            answers && fault.concerns(occasion)
        })
    }

    /// By how many milliseconds this request's answer comes later.
    pub fn delay(&mut self, occasion: Occasion<'_>) -> u32 {
        let fault = self.take(|fault| matches!(fault.effect, Effect::Latency { .. }) && fault.concerns(occasion));
        match fault.map(|fault| fault.effect) {
            Some(Effect::Latency { milliseconds }) => milliseconds,
            _ => 0,
        }
    }

    /// What becomes of a service with that name which is created now.
    pub fn fate(&mut self, name: &str) -> Option<Fate> {
        let concerns = |fault: &Fault| match &fault.effect {
            Effect::Provisioning { name: Some(part), .. } => name.contains(part.as_str()),
            Effect::Provisioning { name: None, .. } => true,
            _ => false,
        };
        match self.take(concerns)?.effect {
            Effect::Provisioning { becomes, .. } => Some(becomes),
            _ => None,
        }
    }

    /// Whether this deletion is refused.
    pub fn refuses_delete(&mut self) -> bool {
        self.take(|fault| fault.effect == Effect::DeleteConflict).is_some()
    }

    /// Whether the lists of this answer are shuffled.
    pub fn shuffles(&mut self, occasion: Occasion<'_>) -> bool {
        self.take(|fault| fault.effect == Effect::ShuffleLists && fault.concerns(occasion)).is_some()
    }

    fn take(&mut self, concerns: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let index = self.waiting.iter().position(concerns)?;
        let fault = self.waiting.get_mut(index)?;
        let taken = fault.clone();
        fault.times = fault.times.map(|times| times.saturating_sub(1));
        if fault.times == Some(0) {
            self.waiting.remove(index);
        }
        Some(taken)
    }
}

impl Fault {
    fn concerns(&self, occasion: Occasion<'_>) -> bool {
        self.method.as_deref().is_none_or(|wanted| wanted == occasion.method)
            && self.path_prefix.as_deref().is_none_or(|prefix| occasion.path.starts_with(prefix))
            && self.operation.as_deref().is_none_or(|wanted| Some(wanted) == occasion.operation)
            && self.has_luck(occasion)
    }

    /// The same for the same request of the same world.
    fn has_luck(&self, occasion: Occasion<'_>) -> bool {
        const PARTS: usize = 1_000_000;
        let Some(probability) = self.probability else { return true };
        let drawn = occasion.draw.below("fault", &format!("{}/{}", self.id, occasion.sequence), PARTS);
        (drawn as f64) < probability * PARTS as f64
    }

    /// Whether the request takes effect all the same.
    pub fn lets_through(&self) -> bool {
        matches!(
            self.effect,
            Effect::Answer { when: When::After, .. } | Effect::Drop { when: When::After } | Effect::Truncate
        )
    }

    /// The answer the client gets. `own` is the API's own answer, where the request took effect.
    pub fn response(&self, request_id: Uuid, own: Option<Response>) -> Response {
        match &self.effect {
            Effect::Answer { status, error, html, headers, .. } => {
                let mut response = match html {
                    Some(html) => Response::html(*status, html),
                    None => Response::json(
                        *status,
                        &json!({
                            "requestId": request_id,
                            "error": error.as_deref().unwrap_or("INTERNAL_SERVER_ERROR: Unknown Error"),
                            "status": status,
                        }),
                    ),
                };
                response.headers.extend(headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())));
                response
            }
            Effect::RateLimited { reset_seconds } => http::too_many_requests(request_id, u64::from(*reset_seconds)),
            Effect::Truncate => {
                let own = own.unwrap_or_else(|| Response::json(502, &Value::Null));
                Response { body: own.body.slice(..own.body.len() / 2), ..own }
            }
            _ => {
                let own = own.unwrap_or_else(|| Response::json(502, &Value::Null));
                Response { dropped: true, ..own }
            }
        }
    }
}

/// Puts every list of an answer into another order, the same for the same request of the same world.
pub fn shuffle(value: &mut Value, draw: &Draw, sequence: u64) {
    let mut moves = 0_u64;
    shuffle_within(value, draw, sequence, &mut moves);
}

fn shuffle_within(value: &mut Value, draw: &Draw, sequence: u64, moves: &mut u64) {
    match value {
        Value::Array(items) => {
            for last in (1..items.len()).rev() {
                *moves += 1;
                items.swap(last, draw.below("shuffle", &format!("{sequence}/{moves}"), last + 1));
            }
            items.iter_mut().for_each(|item| shuffle_within(item, draw, sequence, moves));
        }
        Value::Object(members) => {
            members.values_mut().for_each(|member| shuffle_within(member, draw, sequence, moves));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
