//! Plans each instance when the evaluation reaches it, and the end of what nobody asks for any more.

use std::collections::{BTreeMap, BTreeSet};

use housewright_state::State;
use sha2::{Digest, Sha256};

use super::super::PlanOptions;
use super::super::findings::{examined, findings, told};
use super::super::survey::{Survey, Surveyed};
use super::Priors;
use super::ahead::{self, Ahead};
use super::holders;
use super::imports::{self, Asked};
use super::targets::Targets;
use crate::address::{Address, Target};
use crate::call::Read;
use crate::config::Resource;
use crate::desired::{Instance, Places, Planner, Trigger};
use crate::diag::{Code, Diagnostic, Diagnostics, Span};
use crate::kinds::{self, Foresight, Kind, Trace};
use crate::lang::value::{Type, Value};
use crate::observe::Answers;
use crate::plan::{self, Action, ActionKind, Prior, Request, reasons};
use crate::secret::Fingerprints;

/// Plans the instances as the evaluation reaches them.
pub(super) struct Weaver<'a> {
    pub(super) ground: &'a Ground<'a>,
    pub(super) answers: &'a BTreeMap<String, Answers>,
    /// What data sources and kinds have to ask before they can tell anything, by cloud.
    pub asked: BTreeMap<String, BTreeSet<Read>>,
    pub actions: Vec<Action>,
    /// Where in `actions` an instance is, as far as somebody asked.
    by_address: BTreeMap<Address, usize>,
    /// How many of the actions are in it.
    placed: usize,
    /// Instances whose successors are made first.
    pub deposed: Vec<Address>,
    /// What was there already when somebody asked for it.
    pub adopted: BTreeMap<Address, Prior>,
    /// What the actions will read during the apply, by their places.
    pub(super) aheads: BTreeMap<usize, Ahead>,
    /// All instances, for the rules that look at several.
    pub survey: Survey,
    pub diagnostics: Diagnostics,
}

/// What all instances are planned on.
pub(super) struct Ground<'a> {
    /// The headers of what the configuration declares, by address without any keys.
    pub declared: BTreeMap<Address, Span>,
    /// What `removed` blocks name, and whether it is destroyed.
    pub removed: Vec<(Target, bool)>,
    pub options: &'a PlanOptions,
    pub targets: Targets,
    pub state: &'a State,
    pub priors: &'a Priors,
    /// Old addresses by new ones.
    pub moved: &'a BTreeMap<Address, Address>,
    pub imports: &'a BTreeMap<Address, Asked>,
    /// By label: the tier, and whether creations are marked.
    pub clouds: BTreeMap<String, (Option<String>, bool)>,
    pub fingerprints: &'a Fingerprints,
    /// Blocks (without any keys) that ask for protection, or may.
    pub protected: BTreeSet<Address>,
    /// Blocks (without any keys) whose successors are made before they are destroyed.
    pub created_first: BTreeSet<Address>,
}

impl Planner for Weaver<'_> {
    fn instance(&mut self, resource: &Resource, instance: Instance) -> Value {
        let Instance { desired, places, triggers, .. } = instance;
        let Some(kind) = kinds::of(&resource.address) else { return Value::unknown(Type::Any) };
        let address = desired.address.clone();
        let known = self.prior(&address);
        let mut prior = known.as_ref();
        if !self.ground.targets.hold(&address) {
            let seen = prior.and_then(|p| p.observed.as_ref());
            let value = seen.map_or_else(|| Value::unknown(Type::Any), |o| plan::settled_value(kind, &desired, o));
            self.survey.add(Surveyed {
                kind,
                desired,
                places: places.into(),
                value: value.clone(),
                tier: None,
                judged: false,
            });
            return value;
        }
        let (tier, marked) = self.ground.clouds.get(&desired.cloud).cloned().unwrap_or((None, true));
        self.diagnostics.extend(findings(kind, &desired, tier.as_deref(), &places));
        let relooked = self.relook(kind, &desired, prior);
        prior = relooked.as_ref().or(prior);
        let adopted = self.adopt(kind, &desired, prior);
        prior = adopted.as_ref().or(prior);
        let fingerprints = self.ground.fingerprints;
        self.ask(kind, &desired, prior, &places);
        let replace = self.why_replaced(kind, &address, prior, &triggers);
        let nothing = Answers::default();
        let answers = self.answers.get(&desired.cloud).unwrap_or(&nothing);
        let request = Request {
            replace,
            ownership: &|| (marked && kind.carries_mark()).then(|| self.mark(&address)),
            fingerprint: &|secret| fingerprints.of(secret),
            answers,
        };
        let mut planned = plan::plan_instance(kind, &desired, prior, &request);
        let foresight = plan::foresee(kind, &desired, prior, &request, &planned.action);
        if let Some(old) = self.ground.moved.get(&address) {
            planned.action.state_changes.push(format!("{}{old}", reasons::MOVED));
        }
        self.adopted.extend(relooked.clone().map(|prior| (address.clone(), prior)));
        if let Some(adopted) = adopted.clone() {
            let words = "there is one already: it is managed from now on".to_owned();
            planned.action.state_changes.push(words);
            self.adopted.insert(address.clone(), adopted);
        }
        if let Some(asked) = self.ground.imports.get(&address) {
            if prior.is_none_or(|p| p.observed.is_none()) {
                self.diagnostics.push(imports::missing(asked));
            }
            let id = asked.identity.get("id").cloned().unwrap_or_else(|| asked.find.to_string());
            let words = format!("imported: it exists as {id}, and is managed from now on");
            planned.action.import = Some(id);
            planned.action.state_changes.push(words);
        }
        if let Some(unwell) = prior.and_then(|p| unwell(&address, p)) {
            self.diagnostics.push(unwell.with_label(places.header, ""));
        }
        for attribute in &planned.exposed {
            self.diagnostics.push(exposed(&address, attribute, places.of(attribute)));
        }
        for (attribute, why) in &planned.refused {
            let place = (places.of(attribute), desired.sensitive.contains(attribute));
            self.refuse(kind, &planned.action, attribute, why, place);
        }
        self.heed(foresight, kind, &desired, &places);
        if planned.action.kind == ActionKind::Replace && planned.action.protect {
            self.protected(&planned.action, Some(&places));
        }
        let ahead = ahead::of_action(kind, &desired, &planned.action, answers);
        self.aheads.extend(ahead.map(|ahead| (self.actions.len(), ahead)));
        let first = self.ground.created_first.contains(&address.declared());
        if planned.action.kind == ActionKind::Replace && first {
            self.replace_first(planned.action, &places);
        } else {
            self.add(planned.action);
        }
        self.survey.add(Surveyed {
            kind,
            desired,
            places: places.into(),
            value: planned.value.clone(),
            tier,
            judged: true,
        });
        planned.value
    }

    fn data(&mut self, resource: &Resource, instance: Instance, scoped: bool) -> Value {
        match kinds::data::find(&resource.address.kind) {
            Some(source) => self.read_data(source, instance, scoped),
            None => Value::unknown(Type::Any),
        }
    }
}

impl<'a> Weaver<'a> {
    pub fn new(ground: &'a Ground<'a>, answers: &'a BTreeMap<String, Answers>) -> Self {
        Self {
            ground,
            answers,
            asked: BTreeMap::new(),
            actions: Vec::with_capacity(ground.priors.len()),
            by_address: BTreeMap::new(),
            placed: 0,
            deposed: Vec::new(),
            adopted: BTreeMap::new(),
            aheads: BTreeMap::new(),
            survey: Survey::of(ground.priors.len()),
            diagnostics: Diagnostics::new(),
        }
    }

    /// What was there of an instance.
    fn prior(&self, address: &Address) -> Option<Prior> {
        self.ground.priors.get(address, self.ground.state, self.answers)
    }

    /// Notes what the kind has to ask before it can tell its calls; once that is answered, applies the rules about it.
    fn ask(&mut self, kind: &dyn Kind, desired: &plan::Desired, prior: Option<&Prior>, places: &Places) {
        if kind.is_local() {
            return;
        }
        let masked = plan::mask_secrets(kind.schema(), &desired.values);
        let place = kind.located(&masked);
        let identity = prior.filter(|p| p.observed.is_some()).map_or(&place, |p| &p.identity);
        let nothing = Answers::default();
        let answers = self.answers.get(&desired.cloud).unwrap_or(&nothing);
        let asked = kind.asks(&masked, identity, answers).into_iter().filter(|r| !kinds::Answers::holds(answers, r));
        let asked: Vec<Read> = asked.collect();
        if asked.is_empty() {
            let found = kind.examine(&masked, identity, answers);
            self.diagnostics.extend(examined(found, kind, desired, places));
        } else {
            self.asked.entry(desired.cloud.clone()).or_default().extend(asked);
        }
    }

    pub(super) fn add(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// The successor, and the end of what it replaces.
    fn replace_first(&mut self, action: Action, places: &Places) {
        let deposed = action.address.deposed();
        if self.ground.priors.contains(&deposed) {
            self.diagnostics.push(
                Diagnostic::error(Code("HW0618"), format!("{deposed} is still there"))
                    .with_detail("An earlier replacement has not destroyed what it replaced, and another one must not begin before.")
                    .with_label(places.header, "to be replaced again")
                    .with_help("Take the change back and apply once more: that destroys what is left.")
                    .with_address(deposed),
            );
            return;
        }
        self.deposed.push(action.address.clone());
        let (creation, removal) = plan::create_first(action);
        self.add(creation);
        self.add(removal);
    }

    /// Asks what the platform would say to an action, or notes what it said.
    fn heed(&mut self, foresight: Foresight, kind: &dyn Kind, desired: &plan::Desired, places: &Places) {
        match foresight {
            _ if self.ground.options.no_refresh => {}
            Foresight::Ask(reads) => self.asked.entry(desired.cloud.clone()).or_default().extend(reads),
            Foresight::Told(findings) => {
                self.diagnostics.extend(findings.into_iter().map(|f| told(kind, f, desired, places)));
            }
        }
    }

    /// Whether something that a data source has to wait for is going to change.
    pub(super) fn is_pending(&self, awaits: &[Address]) -> bool {
        !awaits.is_empty()
            && self
                .actions
                .iter()
                .any(|a| (a.is_change() || a.kind == ActionKind::Read) && awaits.iter().any(|w| w.covers(&a.address)))
    }

    /// Why an instance that exists is to be replaced: somebody named it, or something it hangs on changes.
    fn why_replaced(
        &mut self,
        kind: &dyn Kind,
        address: &Address,
        prior: Option<&Prior>,
        triggers: &[Trigger],
    ) -> Option<String> {
        if self.ground.options.replace.iter().any(|r| r.covers(address)) {
            return Some(reasons::REPLACE_REQUESTED.to_owned());
        }
        prior.filter(|p| p.observed.is_some() && !triggers.is_empty())?;
        for (index, action) in self.actions.iter().enumerate().skip(self.placed) {
            self.by_address.insert(action.address.clone(), index);
        }
        self.placed = self.actions.len();
        let trigger = triggers.iter().find(|t| self.fires(t))?;
        let what = trigger.attribute.as_ref().map(|a| format!(".{a}")).unwrap_or_default();
        let cause = format!("{}{what}", trigger.address);
        if !kind.holds_data() {
            return Some(format!("{}{cause}, which changes", reasons::REPLACE_TRIGGERED));
        }
        self.diagnostics.push(
            Diagnostic::error(Code("HW0601"), format!("{address} would be replaced because {cause} changes"))
                .with_detail("replace_triggered_by asks for it. A replacement would delete the thing, with all that is in it, and create another.")
                .with_label(trigger.span, "the trigger")
                .with_help(format!("Take the change back, or the trigger out. If losing what is there is meant: --replace '{address}'"))
                .with_address(address.clone()),
        );
        None
    }

    /// Whether something changes that exists.
    fn fires(&self, trigger: &Trigger) -> bool {
        let changes = |action: &Action| {
            let named = |path: &str| match &trigger.attribute {
                None => true,
                Some(attribute) => {
                    path.strip_prefix(attribute.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('.'))
                }
            };
            match action.kind {
                ActionKind::Create if !self.deposed.contains(&action.address) => false,
                ActionKind::Replace | ActionKind::Update | ActionKind::Create => {
                    trigger.attribute.is_none() || action.attributes.iter().any(|a| named(&a.path))
                }
                _ => false,
            }
        };
        match self.by_address.get(&trigger.address) {
            Some(index) => changes(&self.actions[*index]),
            None => self.actions.iter().any(|a| trigger.address.covers(&a.address) && changes(a)),
        }
    }

    /// The mark of ownership of a creation: the call's id.
    fn mark(&self, address: &Address) -> String {
        // A creation that was sent before goes on under its mark, so that it can be found under either run.
        let sent = self.ground.state.resources.get(&address.to_string()).and_then(|r| r.creating.clone());
        let sent = sent.and_then(|text| Trace::read(&text).map_or(Some(text), |trace| trace.mark));
        if let Some(mark) = sent {
            return mark;
        }
        let text = format!("{}\n{}\n{address}\ncreate", self.ground.state.lineage, self.ground.state.serial);
        let digest = Sha256::digest(text);
        digest.iter().take(16).map(|b| format!("{b:02x}")).collect()
    }

    fn refuse(&mut self, kind: &dyn Kind, action: &Action, attribute: &str, why: &str, (place, hidden): (Span, bool)) {
        let address = &action.address;
        let holders = self.answers.get(&action.destroy_cloud).map(|a| kind.holders(&action.identity, a));
        let names: Vec<String> = holders.iter().flatten().map(holders::named).collect();
        let in_the_way = match names.as_slice() {
            [] => String::new(),
            _ => format!(" In its way stands: {}.", names.join(", ")),
        };
        let diagnostic = Diagnostic::error(Code("HW0601"), format!("{address}: `{attribute}` cannot be changed"))
            .with_detail(format!(
                "This is refused because {why}. Only a replacement could make the change: it would delete the thing, with \
                 all that is in it, and create another.{in_the_way}"
            ))
            .with_help(format!("Take the change back. If losing what is there is meant: --replace '{address}'"))
            .with_address(address.clone());
        let words = "differs from what is there";
        self.diagnostics.push(match hidden {
            true => diagnostic.with_hidden_label(place, words),
            false => diagnostic.with_label(place, words),
        });
    }

    fn protected(&mut self, action: &Action, places: Option<&Places>) {
        let address = &action.address;
        let block = self.ground.declared.get(&address.declared()).copied();
        let help = if block.is_some() {
            "Set prevent_destroy = false in its lifecycle block and apply that first.".to_owned()
        } else {
            format!(
                "Put the block back with prevent_destroy = false and apply that first, or lift the protection with: housewright state unprotect '{address}'"
            )
        };
        let mut diagnostic = Diagnostic::error(Code("HW0603"), format!("{address} is protected from destruction"))
            .with_detail("prevent_destroy is set, and it is remembered in the state even when the block is gone. Nothing was changed.")
            .with_help(help)
            .with_address(address.clone());
        if let Some(span) = places.map(|p| p.header).or(block) {
            diagnostic = diagnostic.with_label(span, "protected");
        }
        self.diagnostics.push(diagnostic);
    }

    /// Plans the end of what the configuration no longer asks for.
    pub fn end(&mut self) {
        let planned: BTreeSet<&Address> = self.actions.iter().map(|a| &a.address).collect();
        let selected = |a: &Asked| self.ground.targets.hold(&a.to);
        let left = imports::left_over(self.ground.imports, &planned, &selected);
        self.diagnostics.extend(left);
        let stays = |address: &Address| {
            planned.contains(address)
                || planned.contains(&address.deposed())
                || self.ground.imports.contains_key(address)
                || !self.ground.targets.hold(address)
        };
        let ends: Vec<&Address> = self.ground.priors.addresses().filter(|address| !stays(address)).collect();
        for address in ends {
            let Some((kind, prior)) = kinds::of(address).zip(self.prior(address)) else { continue };
            let seen = self.look_outside(kind, address, prior.identity.clone(), &prior);
            self.adopted.extend(seen.clone().map(|prior| (address.clone(), prior)));
            let prior = seen.as_ref().unwrap_or(&prior);
            let nothing = Answers::default();
            let answers = self.answers.get(&prior.cloud).unwrap_or(&nothing);
            let mut action = plan::plan_deletion(kind, address, prior, &self.why_it_ends(address), answers);
            action.protect |= self.ground.protected.contains(&address.declared());
            if action.kind == ActionKind::Delete && self.ground.options.no_refresh && !self.ground.options.destroy {
                self.diagnostics.push(unseen(address));
            }
            let forget = self.ground.removed.iter().any(|(from, destroy)| !destroy && from.covers(address));
            let action = if forget { forgotten(action) } else { action };
            if action.kind == ActionKind::Delete && action.protect {
                self.protected(&action, None);
            }
            self.add(action);
        }
    }

    fn why_it_ends(&self, address: &Address) -> String {
        if address.deposed {
            "it was replaced, and an earlier run did not destroy it".to_owned()
        } else if self.ground.options.destroy {
            "everything is to be destroyed".to_owned()
        } else if self.ground.declared.contains_key(&address.declared()) {
            reasons::INSTANCE_GONE.to_owned()
        } else {
            reasons::BLOCK_GONE.to_owned()
        }
    }
}

/// A deletion depends on how the thing is right now.
fn unseen(address: &Address) -> Diagnostic {
    Diagnostic::error(Code("HW0606"), format!("{address} is to be destroyed, and nobody looked how it is"))
        .with_detail(
            "A service that runs has to be stopped first; with --refresh=false it is not known whether it runs.",
        )
        .with_help("Leave --refresh=false out.")
        .with_address(address.clone())
}

/// Others let everybody in, and the block lets them.
fn exposed(address: &Address, attribute: &str, place: Span) -> Diagnostic {
    Diagnostic::warning(Code("HW0625"), format!("{address} is open to everybody, by an entry of others"))
        .with_detail(format!(
            "`{attribute}` is shared: entries that others put there stay, and one of them is 0.0.0.0/0."
        ))
        .with_label(place, "shared with others")
        .with_help("Find out who opened it, or take the attribute out of `shared` to have foreign entries removed.")
        .with_address(address.clone())
}

/// The thing stays; only the state forgets it.
fn forgotten(action: Action) -> Action {
    let reason = Some("a `removed` block says so: it stays as it is, and is no longer managed".to_owned());
    Action { kind: ActionKind::Forget, reason, destroy: Vec::new(), effects: Vec::new(), resume: None, ..action }
}

/// A thing that is settled as far as we are concerned, but not well.
fn unwell(address: &Address, prior: &Prior) -> Option<Diagnostic> {
    let observed = prior.observed.as_ref().filter(|o| prior.settled && !o.usable)?;
    let status = observed.status.as_ref()?;
    let diagnostic = Diagnostic::warning(Code("HW0605"), format!("{address} is {status}"))
        .with_detail("The plan compares what it is set to, not how it is.")
        .with_help("Look at it in the console. If it is only on its way, plan again once it is there; if somebody is deleting it, the next plan will want to make it again.")
        .with_address(address.clone());
    Some(diagnostic)
}
