//! Planning: read the state, look at what is there, evaluate the configuration, compare.

use std::collections::{BTreeMap, BTreeSet};

use housewright_state::{ResourceState, Salt, State};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::connect::{Connections, request_failed};
use super::findings::findings;
use super::session::Session;
use super::{PlanOptions, outputs, stored};
use crate::address::{Address, Mode};
use crate::call::Read;
use crate::cloud::CloudError;
use crate::config::{Module, Resource, Target};
use crate::desired::{Completeness, Evaluation, Instance, Places, Planner};
use crate::diag::{Code, Diagnostic, Diagnostics, Span, suggestion};
use crate::host;
use crate::kinds::{self, Kind};
use crate::lang::value::{Type, Value};
use crate::observe::{Answers, Cloud, fetch};
use crate::plan::{self, Action, ActionKind, Plan, Prior, Request};
use crate::secret::Fingerprints;

/// A plan with all it was made from, so that an apply can go on from there.
pub struct Planned<'s> {
    pub plan: Plan,
    /// Errors here mean that the plan may be looked at, but not applied.
    pub diagnostics: Diagnostics,
    pub(super) evaluation: Evaluation<'s>,
    pub(super) answers: BTreeMap<String, Answers>,
    pub(super) priors: BTreeMap<Address, Prior>,
    pub(super) state: State,
    pub(super) fingerprints: Fingerprints,
}

/// Plans.
///
/// # Errors
/// When no plan can be made. Where only a protection or a refused replacement stands in the way, there is a plan, and
/// the errors are in it.
pub async fn plan<'s>(
    session: &'s Session,
    connections: &Connections,
    stored: Option<State>,
    options: &PlanOptions,
) -> Result<Planned<'s>, Diagnostics> {
    let completeness = if options.destroy { Completeness::Lenient } else { Completeness::Required };
    let (mut evaluation, mut diagnostics) = session.evaluation(completeness, true);
    diagnostics.append(session.diagnostics.clone());
    let (clouds, found) = evaluation.clouds();
    diagnostics.append(found);
    if diagnostics.has_errors() {
        return Err(diagnostics.sorted());
    }
    let state = stored.unwrap_or_else(|| State::new(Uuid::from_bytes(host::random()), Salt(host::random())));
    same_world(&state, connections)?;
    let answers = look(&session.module, &evaluation, &state, connections, options).await?;
    let fingerprints = Fingerprints::new(state.salt.0);
    let priors = priors(&state, &answers, blind(&state, options), &mut diagnostics);
    let tiers = clouds.into_iter().map(|(label, c)| (label, (c.tier, c.ownership_tag))).collect();
    let mut weaver = Weaver {
        module: &session.module,
        options,
        targets: Targets::of(&session.options.targets, &evaluation, &session.module),
        state: &state,
        priors: &priors,
        clouds: tiers,
        fingerprints: &fingerprints,
        protected: evaluation.protected_blocks(),
        actions: Vec::new(),
        diagnostics: Diagnostics::new(),
    };
    if !options.destroy {
        let found = evaluation.walk(&mut weaver);
        diagnostics.append(found);
    }
    if diagnostics.has_errors() || weaver.diagnostics.has_errors() && weaver.actions.is_empty() {
        diagnostics.append(weaver.diagnostics);
        return Err(diagnostics.sorted());
    }
    weaver.end();
    let known = priors.keys().cloned().chain(weaver.actions.iter().map(|a| a.address.clone()));
    let known = known.chain(session.module.resources.keys().cloned()).collect();
    diagnostics.append(unmatched(options, &session.options.targets, &known));
    let (actions, found) = (weaver.actions, weaver.diagnostics);
    diagnostics.append(found);
    if diagnostics.iter().any(|d| d.is_error() && !is_obstacle(d)) {
        return Err(diagnostics.sorted());
    }
    let (values, found) = if options.destroy { Default::default() } else { evaluation.outputs() };
    diagnostics.append(found);
    if diagnostics.iter().any(|d| d.is_error() && !is_obstacle(d)) {
        return Err(diagnostics.sorted());
    }
    let changes = outputs::changes(&state, &values, &fingerprints, !session.options.targets.is_empty());
    let (ends, ranks) = order(&actions, &priors);
    let identity = (state.lineage.to_string(), state.serial);
    let plan = plan::build(identity, actions, changes, &ends, &ranks, options.destroy)?;
    Ok(Planned { plan, diagnostics: diagnostics.sorted(), evaluation, answers, priors, state, fingerprints })
}

/// Errors that stand in the way of an apply, but not of a plan.
fn is_obstacle(diagnostic: &Diagnostic) -> bool {
    matches!(diagnostic.code.0, "HW0601" | "HW0603")
}

/// What was needed before, and the order of deletions within groups, by action.
fn order(
    actions: &[Action],
    priors: &BTreeMap<Address, Prior>,
) -> (BTreeMap<usize, Vec<Address>>, plan::DeletionRanks) {
    let prior = |action: &Action| priors.get(&action.address);
    let ends = actions.iter().enumerate().filter_map(|(i, a)| Some((i, prior(a)?.dependencies.clone()))).collect();
    let rank = |action: &Action| kinds::find(&action.address.kind)?.deletion_rank(prior(action)?.observed.as_ref()?);
    let ranks = actions.iter().enumerate().filter_map(|(i, a)| Some((i, rank(a)?))).collect();
    (ends, ranks)
}

/// A state belongs to one API and one organization.
fn same_world(state: &State, connections: &Connections) -> Result<(), Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    for (label, world) in &state.worlds {
        let Some(cloud) = connections.clouds.get(label) else {
            diagnostics.push(
                Diagnostic::error(
                    Code("HW0502"),
                    format!("The state holds resources of the cloud \"{label}\", which is not declared"),
                )
                .with_help(format!("Add the block again: cloud \"{label}\" {{ … }}")),
            );
            continue;
        };
        let (api, organization) = (&cloud.client.api, &cloud.organization);
        if (&world.api, &world.organization) != (api, organization) {
            diagnostics.push(
                Diagnostic::error(Code("HW0501"), "The state belongs to another organization")
                    .with_detail(format!(
                        "It was made with organization {} at {}; this run uses organization {organization} at {api}. Nothing was changed.",
                        world.organization, world.api
                    ))
                    .with_help("Use the key, CLICKHOUSE_ORG_ID and CLICKHOUSE_API_URL that belong to this state, or another state with --state FILE."),
            );
        }
    }
    if diagnostics.has_errors() { Err(diagnostics) } else { Ok(()) }
}

/// Whether the state's word is taken for what is there. Not where it cannot be enough: to destroy, or to go on with what
/// is unfinished, one has to look.
fn blind(state: &State, options: &PlanOptions) -> bool {
    options.no_refresh && !options.destroy && state.resources.values().all(|r| r.settled)
}

/// Sends the reads that the state's instances and the configuration's blocks need.
async fn look(
    module: &Module,
    evaluation: &Evaluation<'_>,
    state: &State,
    connections: &Connections,
    options: &PlanOptions,
) -> Result<BTreeMap<String, Answers>, Diagnostics> {
    let mut reads: BTreeMap<String, BTreeSet<Read>> = BTreeMap::new();
    let mut wanted: BTreeMap<Address, BTreeSet<String>> = BTreeMap::new();
    if blind(state, options) {
        return Ok(BTreeMap::new());
    }
    for (text, resource) in &state.resources {
        let (Ok(address), Some(kind)) = (text.parse::<Address>(), kinds::find(&resource.kind)) else { continue };
        let block = address.block();
        let names = wanted
            .entry(block.clone())
            .or_insert_with(|| evaluation.wanted(&block).iter().map(ToString::to_string).collect());
        let names: BTreeSet<&str> =
            names.iter().map(String::as_str).chain(resource.applied.keys().map(String::as_str)).collect();
        reads.entry(resource.cloud.clone()).or_default().extend(kind.reads(&resource.identity, &names));
    }
    for resource in module.resources.values().filter(|r| r.address.mode == Mode::Managed && !options.destroy) {
        let Some(kind) = kinds::find(&resource.address.kind) else { continue };
        let label = resource.cloud.as_ref().and_then(|c| c.label.as_deref()).unwrap_or_default();
        reads.entry(label.to_owned()).or_default().extend(kind.reads(&kinds::Identity::new(), &BTreeSet::new()));
    }
    let mut answers = BTreeMap::new();
    for (label, reads) in reads {
        let Some(cloud) = connections.clouds.get(&label) else { continue };
        let mut found = Answers::default();
        let failed = |e| Diagnostics::from(request_failed(&e, "What is there could not be read"));
        fetch(cloud, &mut found, reads).await.map_err(failed)?;
        confirm(state, &label, cloud, &mut found).await.map_err(failed)?;
        answers.insert(label, found);
    }
    Ok(answers)
}

/// Asks for each thing alone that the list does not show: a list may lag, and "gone" would mean to make it again.
async fn confirm(state: &State, label: &str, cloud: &Cloud, found: &mut Answers) -> Result<(), CloudError> {
    for resource in state.resources.values().filter(|r| r.cloud == label) {
        let Some(kind) = kinds::find(&resource.kind) else { continue };
        if kind.observe(&resource.identity, found).is_some() {
            continue;
        }
        let Some((alone, list)) = kind.confirmation(&resource.identity) else { continue };
        if let (Some(item), Some(id)) = (cloud.read(&alone).await?, resource.identity.get("id")) {
            found.put_item(&list, id, Some(item));
        }
    }
    Ok(())
}

/// What the state and the answers say about every instance the state knows.
fn priors(
    state: &State,
    answers: &BTreeMap<String, Answers>,
    blind: bool,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<Address, Prior> {
    let mut priors = BTreeMap::new();
    for (text, resource) in &state.resources {
        let (Ok(address), Some(kind)) = (text.parse::<Address>(), kinds::find(&resource.kind)) else {
            diagnostics.push(
                Diagnostic::error(
                    Code("HW0503"),
                    format!("The state holds `{text}`, which this version cannot manage"),
                )
                .with_detail(format!("Its kind is `{}`.", resource.kind))
                .with_help("Use the version that made the state."),
            );
            continue;
        };
        if resource.schema_version > kind.schema().version {
            diagnostics.push(
                Diagnostic::error(Code("HW0504"), format!("{address} was written by a newer version"))
                    .with_help("Use that version, or a newer one. The state is left as it is.")
                    .with_address(address),
            );
            continue;
        }
        let answers = answers.get(&resource.cloud);
        let identity =
            answers.and_then(|a| found_again(kind, resource, a)).unwrap_or_else(|| resource.identity.clone());
        let observed = if blind {
            Some(stored::last_seen(kind.schema(), resource))
        } else {
            answers.and_then(|a| kind.observe(&identity, a))
        };
        let prior = stored::prior(kind.schema(), resource, observed);
        priors.insert(address, Prior { identity, ..prior });
    }
    priors
}

/// The identity of a thing whose creation was sent, but whose answer never came: its mark tells.
fn found_again(kind: &dyn Kind, resource: &ResourceState, answers: &Answers) -> Option<kinds::Identity> {
    let mark = resource.creating.as_ref().filter(|_| resource.identity.is_empty())?;
    let list = kind.reads(&kinds::Identity::new(), &BTreeSet::new()).into_iter().next()?;
    kind.recognise(&*kinds::Answers::get(answers, &list)?, mark)
}

/// What `--target` selects: the named blocks and instances, and what they need.
struct Targets {
    named: Vec<Address>,
    needed: BTreeSet<Address>,
}

impl Targets {
    fn of(named: &[Address], evaluation: &Evaluation<'_>, module: &Module) -> Self {
        let mut needed = BTreeSet::new();
        let mut stack: Vec<Address> = named.iter().map(Address::block).collect();
        while let Some(block) = stack.pop() {
            for dependency in evaluation.dependencies(&block) {
                if module.resources.contains_key(&dependency) && needed.insert(dependency.clone()) {
                    stack.push(dependency);
                }
            }
        }
        Self { named: named.to_vec(), needed }
    }

    fn hold(&self, address: &Address) -> bool {
        self.named.is_empty() || self.named.iter().any(|n| n.covers(address)) || self.needed.contains(&address.block())
    }
}

/// Plans the instances as the evaluation reaches them.
struct Weaver<'a> {
    module: &'a Module,
    options: &'a PlanOptions,
    targets: Targets,
    state: &'a State,
    priors: &'a BTreeMap<Address, Prior>,
    /// By label: the tier, and whether creations are marked.
    clouds: BTreeMap<String, (Option<String>, bool)>,
    fingerprints: &'a Fingerprints,
    /// Blocks that ask for protection, or may.
    protected: BTreeSet<Address>,
    actions: Vec<Action>,
    diagnostics: Diagnostics,
}

impl Planner for Weaver<'_> {
    fn instance(&mut self, resource: &Resource, instance: Instance) -> Value {
        let Instance { desired, places } = instance;
        let Some(kind) = kinds::find(&resource.address.kind) else { return Value::unknown(Type::Any) };
        let address = desired.address.clone();
        let prior = self.priors.get(&address);
        if !self.targets.hold(&address) {
            let seen = prior.and_then(|p| p.observed.as_ref());
            return seen.map_or_else(|| Value::unknown(Type::Any), |o| plan::settled_value(kind.schema(), &desired, o));
        }
        let (tier, marked) = self.clouds.get(&desired.cloud).cloned().unwrap_or((None, true));
        self.diagnostics.extend(findings(kind, &desired, tier.as_deref(), &places));
        let mark = marked.then(|| self.mark(&address));
        let fingerprints = self.fingerprints;
        let request = Request {
            replace: self.options.replace.iter().any(|r| r.covers(&address)),
            ownership: mark.as_deref(),
            fingerprint: &|secret| fingerprints.of(secret),
        };
        let planned = plan::plan_instance(kind, &desired, prior, &request);
        if let Some(unwell) = prior.and_then(|p| unwell(&address, p)) {
            self.diagnostics.push(unwell.with_label(places.header, ""));
        }
        for (attribute, why) in &planned.refused {
            let place = (places.of(attribute), desired.sensitive.contains(attribute));
            self.refuse(&planned.action, attribute, why, place);
        }
        if planned.action.kind == ActionKind::Replace && planned.action.protect {
            self.protected(&planned.action, Some(&places));
        }
        self.actions.push(planned.action);
        planned.value
    }
}

impl Weaver<'_> {
    /// The mark of ownership of a creation: the call's id.
    fn mark(&self, address: &Address) -> String {
        // A creation that was sent before goes on under its mark, so that it can be found under either run.
        let sent = self.state.resources.get(&address.to_string()).and_then(|r| r.creating.clone());
        if let Some(mark) = sent {
            return mark;
        }
        let text = format!("{}\n{}\n{address}\ncreate", self.state.lineage, self.state.serial);
        let digest = Sha256::digest(text);
        digest.iter().take(16).map(|b| format!("{b:02x}")).collect()
    }

    fn refuse(&mut self, action: &Action, attribute: &str, why: &str, (place, hidden): (Span, bool)) {
        let address = &action.address;
        let diagnostic = Diagnostic::error(Code("HW0601"), format!("{address}: `{attribute}` cannot be changed"))
            .with_detail(format!(
                "This is refused because {why}. Only a replacement could make the change: it would delete the thing, with \
                 all that is in it, and create another."
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
        let block_is_there = self.module.resources.contains_key(&address.block());
        let help = if block_is_there {
            "Set prevent_destroy = false in its lifecycle block and apply that first.".to_owned()
        } else {
            format!(
                "Put the block back with prevent_destroy = false and apply that first, or forget it with: housewright state rm '{address}'"
            )
        };
        let mut diagnostic = Diagnostic::error(Code("HW0603"), format!("{address} is protected from destruction"))
            .with_detail("prevent_destroy is set, and it is remembered in the state even when the block is gone. Nothing was changed.")
            .with_help(help)
            .with_address(address.clone());
        let header = places.map(|p| p.header).or_else(|| self.module.resources.get(&address.block()).map(|r| r.span));
        if let Some(span) = header {
            diagnostic = diagnostic.with_label(span, "protected");
        }
        self.diagnostics.push(diagnostic);
    }

    /// Plans the end of what the configuration no longer asks for.
    fn end(&mut self) {
        let planned: BTreeSet<Address> = self.actions.iter().map(|a| a.address.clone()).collect();
        for (address, prior) in self.priors {
            if planned.contains(address) || !self.targets.hold(address) {
                continue;
            }
            let Some(kind) = kinds::find(&address.kind) else { continue };
            let mut action = plan::plan_deletion(kind, address, prior, &self.why_it_ends(address));
            action.protect |= self.protected.contains(&address.block());
            if action.kind == ActionKind::Delete && self.options.no_refresh && !self.options.destroy {
                self.diagnostics.push(unseen(address));
            }
            let forget = self
                .module
                .removed
                .iter()
                .any(|r| !r.destroy && matches!(&r.from, Target::Resource(from) if from.covers(address)));
            let action = if forget { forgotten(action) } else { action };
            if action.kind == ActionKind::Delete && action.protect {
                self.protected(&action, None);
            }
            self.actions.push(action);
        }
    }

    fn why_it_ends(&self, address: &Address) -> String {
        if self.options.destroy {
            "everything is to be destroyed".to_owned()
        } else if self.module.resources.contains_key(&address.block()) {
            "its block no longer has this instance".to_owned()
        } else {
            "its block was removed".to_owned()
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

/// Selections that select nothing are slips of the pen.
fn unmatched(options: &PlanOptions, targets: &[Address], known: &BTreeSet<Address>) -> Diagnostics {
    let given = options.replace.iter().map(|a| ("--replace", a)).chain(targets.iter().map(|a| ("--target", a)));
    let missing = given.filter(|(_, a)| !known.iter().any(|k| a.covers(k)));
    let finding = |(option, address): (&str, &Address)| {
        let names: Vec<String> = known.iter().map(ToString::to_string).collect();
        let meant = suggestion(&address.to_string(), names.iter().map(String::as_str)).map(str::to_owned);
        let help = meant.map_or_else(
            || "`housewright state list` shows what there is.".to_owned(),
            |m| format!("Did you mean {m}?"),
        );
        Diagnostic::error(Code("HW0602"), format!("{option} {address} selects nothing"))
            .with_detail("Neither the configuration nor the state has anything of that name.")
            .with_help(help)
    };
    missing.map(finding).collect()
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
        .with_help("Look at it in the console; if somebody is deleting it, the next plan will want to make it again.")
        .with_address(address.clone());
    Some(diagnostic)
}
