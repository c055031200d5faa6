//! Queries that somebody starts by hand: each runs on one replica, wakes an idle service, and is cut off when its
//! replica has drained for long enough.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::sandbox::events::Channel;
use crate::sandbox::http::ApiError;
use crate::sandbox::lifecycle::Work;
use crate::sandbox::model::ServiceState;
use crate::sandbox::runtime::Query;
use crate::sandbox::settings::after;
use crate::sandbox::timeline::What;
use crate::sandbox::world::World;

impl World {
    /// Starts a query. An idle service wakes for it, and it runs once the service does.
    ///
    /// # Errors
    /// 409 when nothing listens.
    pub(in super::super) fn start_query(&mut self, id: Uuid, seconds: u32) -> Result<Value, ApiError> {
        let service = self.service(id)?;
        let (state, runs) = (service.state, service.has_replicas());
        let listens = runs || matches!(state, ServiceState::Idle | ServiceState::Awaking | ServiceState::Starting);
        if !listens {
            let text = format!("the service is {}", state.word());
            self.chronicle(id, What::QueryRefused, text, json!({ "seconds": seconds }));
            return Err(ApiError::conflict(format!("No query can run. Current state: '{}'", state.word())));
        }
        self.wake(id, "a query came");
        let started = self.now;
        let runtime = self.runtime_mut(id);
        runtime.queries_started += 1;
        let number = runtime.queries_started;
        runtime.queries.push(Query { number, replica: None, seconds, started, began: None, ends: None });
        if runs {
            self.run_waiting_queries(id);
        }
        let runtime = self.runtime_mut(id);
        Ok(json!(runtime.queries.iter().find(|query| query.number == number)))
    }

    /// Queries that waited for the service run on its replicas, each on the one with the fewest.
    pub(super) fn run_waiting_queries(&mut self, id: Uuid) {
        let now = self.now;
        let runtime = self.runtime_mut(id);
        let mut begun = Vec::new();
        for index in 0..runtime.queries.len() {
            let on = |number: u32| runtime.queries.iter().filter(|query| query.replica == Some(number)).count();
            let replica = runtime.replicas.serving().map(|r| r.number).min_by_key(|number| (on(*number), *number));
            if let Some(query) = runtime.queries.get_mut(index)
                && query.ends.is_none()
            {
                query.replica = replica;
                query.began = Some(now);
                query.ends = Some(after(now, query.seconds));
                begun.push(query.clone());
            }
        }
        for query in begun {
            let text = format!("query {} runs for {} s", query.number, query.seconds);
            self.chronicle(id, What::QueryStarted, text, json!(query));
        }
        self.arm_queries(id);
    }

    /// Schedules the end of the query that ends next.
    pub(super) fn arm_queries(&mut self, id: Uuid) {
        let next = self.runtime_mut(id).queries.iter().filter_map(|query| query.ends).min();
        match next {
            Some(due) => self.events.schedule(due, id, Work::Query),
            None => self.events.cancel_channel(id, Channel::Query),
        }
    }

    /// Queries end.
    pub(super) fn queries_due(&mut self, id: Uuid) {
        let now = self.now;
        let runtime = self.runtime_mut(id);
        let (ended, running): (Vec<Query>, Vec<Query>) =
            std::mem::take(&mut runtime.queries).into_iter().partition(|q| q.ends.is_some_and(|ends| ends <= now));
        runtime.queries = running;
        if !ended.is_empty() {
            runtime.quiet_since = now;
        }
        for query in ended {
            let (what, text) = match query.is_cut() {
                true => (What::QueryCutOff, format!("query {} ran longer than its replica could wait", query.number)),
                false => (What::QueryEnded, format!("query {} has ended", query.number)),
            };
            self.chronicle(id, what, text, json!(query));
        }
        self.arm_queries(id);
    }

    /// The replica is gone at that time: queries that would run longer are cut off then.
    pub(super) fn limit_queries(&mut self, id: Uuid, replica: u32, until: Timestamp) {
        let runtime = self.runtime_mut(id);
        let late = |query: &Query| query.replica == Some(replica) && query.ends.is_some_and(|ends| ends > until);
        let (cut, kept): (Vec<Query>, Vec<Query>) = std::mem::take(&mut runtime.queries).into_iter().partition(late);
        runtime.queries = kept;
        for query in cut {
            let limited = Query { ends: Some(until), ..query };
            self.runtime_mut(id).queries.push(limited);
        }
        self.arm_queries(id);
    }

    /// The service has no replicas any more.
    pub(super) fn cut_queries(&mut self, id: Uuid) {
        let queries = std::mem::take(&mut self.runtime_mut(id).queries);
        for query in queries {
            let text = format!("query {}: the service has no replica any more", query.number);
            self.chronicle(id, What::QueryCutOff, text, json!(query));
        }
        self.events.cancel_channel(id, Channel::Query);
    }
}
