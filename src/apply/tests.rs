//! What the executor does when its surroundings fail: nothing is sent that could not be noted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{Cancel, Effect, Event, Executor, Noting, Outcome, Record, Setting, Steward};
use crate::address::{Address, InstanceKey};
use crate::aws;
use crate::call::Call;
use crate::clock::{BoxFuture, Clock, VirtualClock};
use crate::cloud::{
    Client, Credentials, HttpRequest, HttpResponse, Limiter, RequestObserver, Transport, TransportError,
};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::kinds::{self, Identity, Trace};
use crate::lang::value::Value;
use crate::observe::Cloud;
use crate::plan::{self, Desired, Phase, Plan, Prior, Request};

/// A platform on which every creation succeeds; it remembers the requests that change something.
#[derive(Default)]
struct Platform {
    services: Mutex<Vec<Json>>,
}

impl Transport for Platform {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        let mut services = self.services.lock().expect("one thread");
        let result = if request.method.as_str() == "POST" {
            let service = json!({ "id": format!("id-{}", services.len()), "state": "running" });
            services.push(service.clone());
            json!({ "service": service })
        } else {
            json!(*services)
        };
        let body = json!({ "status": 200, "result": result }).to_string().into_bytes();
        Box::pin(std::future::ready(Ok(HttpResponse { status: 200, headers: Vec::new(), body })))
    }
}

/// Notes nothing any more after so many notes.
struct Forgetful {
    desired: Vec<Desired>,
    notes_left: usize,
    intentions: usize,
}

impl Forgetful {
    fn note(&mut self) -> Result<(), Diagnostic> {
        let full = || Diagnostic::error(Code("HW0513"), "The disk is full");
        self.notes_left = self.notes_left.checked_sub(1).ok_or_else(full)?;
        Ok(())
    }
}

impl Steward for Forgetful {
    fn desired(&mut self, action: usize) -> Result<Desired, Diagnostics> {
        Ok(self.desired[action].clone())
    }

    fn prior(&self, _: usize) -> Option<Prior> {
        None
    }

    fn wanted(&self, _: usize) -> BTreeSet<String> {
        BTreeSet::new()
    }

    fn intend<'s>(&'s mut self, _: usize, _: Phase, _: &'s Call, _: &'s Identity, _: Option<&'s Trace>) -> Noting<'s> {
        self.intentions += 1;
        Box::pin(std::future::ready(self.note()))
    }

    fn learn<'s>(&'s mut self, _: usize, _: Phase, _: &'s Call, _: Effect) -> Noting<'s> {
        Box::pin(std::future::ready(self.note()))
    }

    fn record<'s>(&'s mut self, _: usize, _: &'s Record<'s>, _: Option<(&'s Call, Effect)>) -> Noting<'s> {
        Box::pin(std::future::ready(self.note()))
    }

    fn judge(&mut self, _: usize) -> Diagnostics {
        Diagnostics::new()
    }

    fn found(&mut self, _: usize, _: Value) {}

    fn forget(&mut self, _: usize) -> Noting<'_> {
        Box::pin(std::future::ready(self.note()))
    }

    fn event(&mut self, _: Event<'_>) {}
}

fn desired(index: u64) -> Desired {
    let schema = kinds::find("service").expect("the kind exists").schema();
    let of = |a: &crate::schema::Attribute| {
        let value = match a.name {
            "name" => Value::from("x"),
            "cloud_provider" => Value::from("aws"),
            "region" => Value::from("eu-west-1"),
            _ => Value::null(a.ty.to_type()),
        };
        (a.name.into(), value)
    };
    Desired {
        address: Address::root("service", "x").with_key(Some(InstanceKey::Index(index))),
        values: Value::object(schema.attributes.iter().map(of).collect()),
        sensitive: BTreeSet::new(),
        shared: BTreeSet::new(),
        ignored: BTreeSet::new(),
        protect: None,
        cloud: String::new(),
        dependencies: Vec::new(),
    }
}

/// Creates ten services, one at a time, with a steward that gives up after `notes`.
fn create_ten(notes: usize) -> (Outcome, usize, usize) {
    let kind = kinds::find("service").expect("the kind exists");
    let wishes: Vec<Desired> = (0..10).map(desired).collect();
    let request = Request {
        replace: None,
        ownership: &|| Some("mark".to_owned()),
        fingerprint: &|s| s.to_owned(),
        answers: &kinds::Unasked,
    };
    let actions = wishes.iter().map(|d| plan::plan_instance(kind, d, None, &request).action).collect();
    let nothing = (BTreeMap::new(), BTreeMap::new());
    let plan: Plan =
        plan::build(("l".into(), 0), actions, Vec::new(), &nothing.0, &nothing.1, false).expect("no circle");
    let clock = VirtualClock::new(jiff::Timestamp::UNIX_EPOCH, Duration::ZERO);
    let platform = Arc::new(Platform::default());
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let observer: RequestObserver = Arc::new(|_| {});
    let ec2 = aws::Client::new(platform.clone(), shared.clone(), observer.clone(), true);
    let client = Client {
        transport: platform.clone(),
        clock: shared.clone(),
        limiter: Arc::new(Limiter::new(None)),
        credentials: Credentials { key_id: "k".into(), key_secret: "s".to_owned().into() },
        api: "http://api".into(),
        observer,
    };
    let clouds = BTreeMap::from([(String::new(), Cloud { client, organization: "o".into(), ec2 })]);
    let mut steward = Forgetful { desired: wishes, notes_left: notes, intentions: 0 };
    let setting = Setting {
        plan: &plan,
        clouds: &clouds,
        states: crate::observe::States::new(BTreeMap::new(), std::path::PathBuf::new(), shared.clone()),
        answers: BTreeMap::new(),
        clock: shared,
        cancel: Cancel::default(),
        parallelism: 1,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let outcome = runtime.block_on(clock.drive(Executor::new(setting, &mut steward).run()));
    let made = platform.services.lock().expect("one thread").len();
    (outcome, made, steward.intentions)
}

#[test]
fn everything_is_made_when_everything_can_be_noted() {
    let (outcome, made, _) = create_ten(1000);
    assert_eq!((outcome.done, outcome.failed.len(), made), (10, 0, 10));
}

#[test]
fn what_cannot_be_noted_beforehand_is_not_sent() {
    let (outcome, made, intentions) = create_ten(0);
    assert_eq!((outcome.done, made, intentions), (0, 0, 1));
    assert_eq!(outcome.skipped.len() + outcome.failed.len(), 10);
}

#[test]
fn what_exists_and_could_not_be_noted_is_named_and_ends_the_run() {
    // The first intention is noted, the id that came back is not.
    let (outcome, made, intentions) = create_ten(1);
    assert_eq!((outcome.done, made, intentions), (0, 1, 1));
    let text: String = outcome.diagnostics.iter().map(|d| d.detail.clone()).collect();
    assert!(text.contains("id-0"), "{text}");
}
