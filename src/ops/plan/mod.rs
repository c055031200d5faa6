//! Planning: read the state, look at what is there, evaluate the configuration, compare.

mod adopt;
mod ahead;
mod data;
mod holders;
mod imports;
mod look;
mod moves;
mod offers;
mod priors;
mod targets;
mod weave;

use std::collections::BTreeMap;

use housewright_state::{Salt, State};
use uuid::Uuid;

use super::connect::{Connections, request_failed};
use super::import::Wish;
use super::session::Session;
use super::{PlanOptions, outputs};
use crate::address::{Address, Target};
use crate::desired::{Completeness, Evaluation};
use crate::diag::{Code, Diagnostic, Diagnostics};
use crate::host;
use crate::kinds;
use crate::observe::{Answers, fetch, fetch_states};
use crate::plan::sheet::Judgement;
use crate::plan::{self, Action, Plan, Prior};
use crate::secret::Fingerprints;

use ahead::Ahead;
use look::{blind, look, priors};
pub(super) use priors::{AnswersOf, Priors};
use targets::{Targets, unmatched};
use weave::{Ground, Weaver};

/// A plan with all it was made from, so that an apply can go on from there.
pub struct Planned<'s> {
    pub plan: Plan,
    /// Errors here mean that the plan may be looked at, but not applied.
    pub diagnostics: Diagnostics,
    pub(super) evaluation: Evaluation<'s>,
    pub(super) answers: AnswersOf,
    pub(super) priors: Priors,
    pub(super) state: State,
    /// Whether there was a state.
    pub(super) was_stored: bool,
    pub(super) fingerprints: Fingerprints,
}

impl Planned<'_> {
    /// What the plan needs to be allowed to do, and what looking for it needed.
    pub fn needs(&self) -> plan::Needs {
        let reads = self.answers.iter().flat_map(|(label, answers)| answers.reads().map(|read| (label.as_str(), read)));
        self.plan.needs(reads)
    }

    /// What was there of an instance.
    pub(super) fn prior(&self, address: &Address) -> Option<Prior> {
        self.priors.get(address, &self.state, &self.answers)
    }

    /// What the conditions of the configuration say. Nothing was evaluated to destroy everything.
    pub fn judgements(&self) -> Vec<Judgement> {
        if self.plan.destroying { Vec::new() } else { self.evaluation.judgements() }
    }
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
    plan_importing(session, connections, stored, options, &[]).await
}

/// As [`plan`], with what is to be imported besides what blocks name.
pub(super) async fn plan_importing<'s>(
    session: &'s Session,
    connections: &Connections,
    stored: Option<State>,
    options: &PlanOptions,
    wishes: &[Wish],
) -> Result<Planned<'s>, Diagnostics> {
    let completeness = if options.destroy { Completeness::Lenient } else { Completeness::Required };
    let (mut evaluation, mut diagnostics) = session.evaluation(completeness, true);
    diagnostics.append(session.diagnostics.clone());
    let (clouds, found) = evaluation.clouds();
    diagnostics.append(found);
    if diagnostics.has_errors() {
        return Err(diagnostics.sorted());
    }
    let was_stored = stored.is_some();
    let (lineage, salt) = options
        .saved
        .as_ref()
        .and_then(|s| s.born())
        .unwrap_or_else(|| (Uuid::from_bytes(host::random()), Salt(host::random())));
    let mut state = stored.unwrap_or_else(|| State::new(lineage, salt));
    same_world(&state, connections)?;
    moves::restore(&mut state);
    let (moved, found) = moves::follow(&mut state, &evaluation);
    diagnostics.append(found);
    let mut imports = imports::asked_for(&evaluation, &state, options, wishes, &mut diagnostics);
    let mut known = BTreeMap::new();
    imports::resolve(&mut imports, connections, &mut known, &mut diagnostics).await?;
    if diagnostics.has_errors() {
        return Err(diagnostics.sorted());
    }
    let looked = look(&evaluation, &state, &imports, connections, options, known).await?;
    let mut priors = priors(&state, &looked, blind(&state, options), &mut diagnostics);
    let mut answers = looked.answers;
    for (address, prior) in imports::priors(&imports, &answers, &mut diagnostics) {
        priors.see(address, prior);
    }
    let ground = Ground {
        declared: evaluation.declarations().map(|(address, r, _)| (address, r.span)).collect(),
        removed: removed(&evaluation, &mut diagnostics),
        options,
        targets: Targets::of(&session.options.targets, &evaluation),
        state: &state,
        priors: &priors,
        moved: &moved,
        imports: &imports,
        clouds: clouds.into_iter().map(|(label, c)| (label, (c.tier, c.ownership_tag))).collect(),
        fingerprints: &Fingerprints::new(state.salt.0),
        protected: evaluation.protected_blocks(),
        created_first: evaluation.created_first(),
    };
    let Woven { actions, deposed, adopted, aheads, found } =
        weave(&ground, &mut evaluation, &mut answers, connections).await?;
    diagnostics.append(found);
    adopted.into_iter().for_each(|(address, prior)| priors.see(address, prior));
    diagnostics.extend(holders::held(&actions, &answers));
    if !options.destroy {
        diagnostics.extend(offers::offered(&actions, &priors, &|address| priors.get(address, &state, &answers)));
    }
    let known = || {
        let known = priors.addresses().cloned().chain(actions.iter().map(|a| a.address.clone()));
        known.chain(evaluation.declarations().map(|(address, ..)| address)).collect()
    };
    diagnostics.append(unmatched(options, &session.options.targets, &known));
    let (values, found) = if options.destroy { Default::default() } else { evaluation.outputs() };
    diagnostics.append(found);
    if diagnostics.iter().any(|d| d.is_error() && !is_obstacle(d)) {
        return Err(diagnostics.sorted());
    }
    let fingerprints = Fingerprints::new(state.salt.0);
    let changes = outputs::changes(&state, &values, &fingerprints, !session.options.targets.is_empty());
    moves::depose(&deposed, &mut state, &mut priors);
    let (ends, ranks) = order(&actions, &priors, &state, &answers);
    let identity = (state.lineage.to_string(), state.serial);
    let reads = ahead::reads(&aheads, &actions, &evaluation, &answers);
    let mut plan = plan::build(identity, actions, changes, &ends, &ranks, options.destroy)?;
    plan.asked = plan::Asked { sent: connections.take_answered(), limit: connections.limit, reads };
    Ok(Planned {
        plan,
        diagnostics: diagnostics.sorted(),
        evaluation,
        answers,
        priors,
        state,
        was_stored,
        fingerprints,
    })
}

/// What is there of all that the state knows, with the names that the configuration gives it.
pub(super) struct Seen {
    pub state: State,
    pub priors: Priors,
    pub answers: AnswersOf,
    pub diagnostics: Diagnostics,
}

impl Seen {
    /// What is there of an instance.
    pub fn prior(&self, address: &Address) -> Option<Prior> {
        self.priors.get(address, &self.state, &self.answers)
    }
}

/// Looks at what the state knows, and plans nothing.
///
/// # Errors
/// When it cannot be looked at.
pub(super) async fn see(
    evaluation: &Evaluation<'_>,
    mut state: State,
    connections: &Connections,
) -> Result<Seen, Diagnostics> {
    same_world(&state, connections)?;
    moves::restore(&mut state);
    let (_, mut diagnostics) = moves::follow(&mut state, evaluation);
    let looked =
        look(evaluation, &state, &BTreeMap::new(), connections, &PlanOptions::default(), BTreeMap::new()).await?;
    let priors = priors(&state, &looked, false, &mut diagnostics);
    Ok(Seen { state, priors, answers: looked.answers, diagnostics })
}

/// What came of planning all instances.
struct Woven {
    actions: Vec<Action>,
    deposed: Vec<Address>,
    adopted: BTreeMap<Address, Prior>,
    /// What the actions will read, by their places.
    aheads: BTreeMap<usize, Ahead>,
    found: Diagnostics,
}

/// Plans all instances. What data sources and kinds ask on the way is asked, and the walk begins anew with the answers.
async fn weave(
    ground: &Ground<'_>,
    evaluation: &mut Evaluation<'_>,
    answers: &mut BTreeMap<String, Answers>,
    connections: &Connections,
) -> Result<Woven, Diagnostics> {
    loop {
        let mut weaver = Weaver::new(ground, answers);
        let mut diagnostics = Diagnostics::new();
        if !ground.options.destroy {
            diagnostics = evaluation.walk(&mut weaver);
        }
        let broken = diagnostics.has_errors() || weaver.diagnostics.has_errors() && weaver.actions.is_empty();
        if weaver.asked.is_empty() && !broken {
            weaver.end();
        }
        let asked = std::mem::take(&mut weaver.asked);
        if asked.is_empty() {
            diagnostics.extend(weaver.survey.judge(Some(answers)));
            diagnostics.append(weaver.diagnostics);
            let fatal = diagnostics.iter().any(|d| d.is_error() && !is_obstacle(d));
            if fatal {
                return Err(diagnostics.sorted());
            }
            let Weaver { actions, deposed, adopted, aheads, .. } = weaver;
            return Ok(Woven { actions, deposed, adopted, aheads, found: diagnostics });
        }
        for (label, mut reads) in asked {
            fetch_states(&connections.states, answers.entry(label.clone()).or_default(), &mut reads).await;
            if reads.is_empty() {
                continue;
            }
            let Some(cloud) = connections.clouds.get(&label) else {
                return Err(look::no_cloud(&label).into());
            };
            let failed = |e| Diagnostics::from(request_failed(&e, "What the plan has to know could not be read"));
            fetch(cloud, answers.entry(label).or_default(), reads).await.map_err(failed)?;
        }
        evaluation.restart();
    }
}

/// What `removed` blocks name, and whether it is destroyed.
fn removed(evaluation: &Evaluation<'_>, diagnostics: &mut Diagnostics) -> Vec<(Target, bool)> {
    let mut all = Vec::new();
    for (steps, module) in evaluation.modules() {
        for block in &module.removed {
            let target = block.from.within(&steps);
            let declared = match &target {
                Target::Resource(address) => evaluation.declaration(address).is_some(),
                Target::Module(steps) => evaluation.module_call(steps).is_some(),
            };
            if declared {
                diagnostics.push(
                    Diagnostic::error(Code("HW0614"), "What was removed is still declared")
                        .with_detail(format!(
                            "The block says that {target} is gone, and the configuration still has it."
                        ))
                        .with_label(block.span, "removed")
                        .with_help("Remove the declaration, or the removed block."),
                );
            }
            all.push((target, block.destroy));
        }
    }
    all
}

/// Errors that stand in the way of an apply, but not of a plan.
fn is_obstacle(diagnostic: &Diagnostic) -> bool {
    matches!(diagnostic.code.0, "HW0601" | "HW0603" | "HW0620" | "HW0634")
}

/// What was needed before, and the order of deletions within groups, by action.
fn order(
    actions: &[Action],
    priors: &Priors,
    state: &State,
    answers: &AnswersOf,
) -> (BTreeMap<usize, Vec<Address>>, plan::DeletionRanks) {
    let ends = actions.iter().enumerate().map(|(i, a)| (i, priors.dependencies(&a.address, state)));
    let ends = ends.filter(|(_, dependencies)| !dependencies.is_empty()).collect();
    let ranks = |action: &Action| {
        let observed = priors.get(&action.address, state, answers)?.observed?;
        Some(kinds::of(&action.address)?.deletion_ranks(&observed))
    };
    let goes =
        |a: &Action| matches!(a.kind, plan::ActionKind::Delete | plan::ActionKind::Replace | plan::ActionKind::Forget);
    let ranks = actions.iter().enumerate().filter(|(_, a)| goes(a)).filter_map(|(i, a)| Some((i, ranks(a)?))).collect();
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
