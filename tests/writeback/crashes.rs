//! Two crashes, and a person acting, at every step of a write-back and of its undo.

use std::sync::Arc;

use redraft::{
    config::ReceiptSettings,
    domain::{CandidateId, RewriteId, RewriteState},
    source::port::CandidateDatabase,
    store::port::{IntentKind, Journal},
    writeback::WriteBack,
};

use super::{
    blind::Blind,
    stage::{Deed, Meanwhile, On, Stage},
    world::{AFTER, BEFORE, Change, World, anna},
};

/// Before and after each of the three calls of a process: begin or take over, compare-and-set, end.
const POINTS: usize = 6;

/// What happens in one run.
#[derive(Debug, Clone, Copy)]
struct Plan {
    kind: IntentKind,
    /// Where the first process and the second one die.
    deaths: [Option<usize>; 2],
    receipts: ReceiptSettings,
    /// What a person does, in which process, at which point.
    deed: Option<(Deed, usize, usize)>,
}

impl Plan {
    /// Every plan that can happen: nobody acts in a process that is not there any more.
    fn all(kind: IntentKind, receipts: ReceiptSettings) -> Vec<Self> {
        let mut plans = Vec::new();
        for first in points() {
            for second in points().filter(|second| first.is_some() || second.is_none()) {
                let deaths = [first, second];
                plans.push(Self { kind, deaths, receipts, deed: None });
                let lives = [Some(first), first.map(|_| second), second.map(|_| None)];
                for (process, death) in lives.into_iter().enumerate() {
                    let Some(death) = death else { continue };
                    for point in 0..=death.unwrap_or(POINTS - 1) {
                        plans.extend(Deed::ALL.map(|deed| Self {
                            kind,
                            deaths,
                            receipts,
                            deed: Some((deed, process, point)),
                        }));
                    }
                }
            }
        }
        plans
    }
}

fn points() -> impl Iterator<Item = Option<usize>> {
    std::iter::once(None).chain((0..POINTS).map(Some))
}

/// What stands there before and after, as the history has it, and the states that go with them.
fn texts(kind: IntentKind) -> ([String; 2], [RewriteState; 2]) {
    let (before, after) = (BEFORE.join("|"), AFTER.join("|"));
    match kind {
        IntentKind::Write => ([before, after], [RewriteState::Approved, RewriteState::Written]),
        IntentKind::Revert => ([after, before], [RewriteState::Written, RewriteState::Ready]),
    }
}

/// Runs one plan to its end; returns what the invariants are broken by.
async fn violations(
    world: &World,
    source: &Arc<dyn CandidateDatabase>,
    plan: Plan,
    id: RewriteId,
) -> Vec<String> {
    let candidate = world.rewrite(id).await.head.candidate;
    let settled = world.history(&candidate).await.len();
    for process in 0..3 {
        let meanwhile = plan.deed.filter(|(_, when, _)| *when == process).map(|(deed, _, at)| Meanwhile {
            at,
            sql: deed.sql(plan.kind),
            platform: world.platform.clone(),
            candidate: candidate.clone(),
        });
        let stage = Stage::new(plan.deaths.get(process).copied().flatten(), meanwhile);
        let journal: Arc<dyn Journal> = Arc::new(On(stage.clone(), world.store.clone()));
        let database: Arc<dyn CandidateDatabase> = Arc::new(On(stage.clone(), source.clone()));
        let writer = WriteBack::new(journal, database, format!("process-{process}"));
        let work = async {
            match (process, plan.kind) {
                (0, IntentKind::Write) => drop(writer.write(id, &anna()).await.unwrap()),
                (0, IntentKind::Revert) => drop(writer.revert(id, &anna()).await.unwrap()),
                _ => drop(writer.recover(&["process-0", "process-1"].map(str::to_owned)).await.unwrap()),
            }
        };
        if stage.run(work).await.is_some() && plan.deaths.get(process).copied().flatten().is_none() {
            break;
        }
    }
    let history = world.history(&candidate).await[settled..].to_vec();
    judge(world, plan, (id, &candidate), &history).await
}

async fn judge(
    world: &World,
    plan: Plan,
    (id, candidate): (RewriteId, &CandidateId),
    history: &[Change],
) -> Vec<String> {
    let ([before, after], [from, done]) = texts(plan.kind);
    let state = world.rewrite(id).await.head.state;
    let now = world.now(candidate).await;
    let ours: Vec<&Change> = history.iter().filter(|change| change.who == "redraft").collect();
    let begun = plan.deaths[0] != Some(0);
    let mut broken = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            broken.push(format!("{what}: {plan:?} {state} {now:?} {history:?}"));
        }
    };
    must(ours.iter().all(|change| change.old == before), "something else than the text before was replaced");
    must(ours.iter().all(|change| change.new == after), "something else than the approved text was written");
    must(ours.is_empty() || begun, "it was written without an intent");
    // A person who puts the old text back between our commit and the recovery cannot be told from no write at all,
    // unless there is a receipt.
    let back = matches!(plan.deed, Some((Deed::Back, ..))) && plan.receipts == ReceiptSettings::Off;
    must(ours.len() <= 1 || (back && ours.len() == 2), "it was written twice");
    must(!matches!(state, RewriteState::Writing | RewriteState::Reverting), "it is left half done");
    let failed = if plan.kind == IntentKind::Write { RewriteState::Conflict } else { from };
    must([from, done, failed].contains(&state), "it ended in a state of another kind");
    let same = matches!(plan.deed, Some((Deed::Same, ..)));
    must(state != done || !ours.is_empty() || same, "it is told as done and never was");
    if plan.kind == IntentKind::Write {
        must(ours.is_empty() || state != from, "it is told as never written and was");
    }
    if plan.deed.is_none() {
        let expected = if begun { (done, Some(after)) } else { (from, Some(before)) };
        must((state, now.clone()) == expected, "it did not end as it should");
    }
    broken
}

/// Rewrites in the state that the plans of this kind begin with.
async fn prepared(kind: IntentKind, receipts: ReceiptSettings, number: usize) -> (World, Vec<RewriteId>) {
    let world = World::with(number, receipts).await;
    let ids = world.approved(number).await;
    if kind == IntentKind::Revert {
        let writer = WriteBack::new(world.store.clone(), world.source.clone(), "earlier".to_owned());
        for id in &ids {
            writer.write(*id, &anna()).await.unwrap();
        }
    }
    (world, ids)
}

async fn run_all(kind: IntentKind, receipts: ReceiptSettings) {
    let plans = Plan::all(kind, receipts);
    assert!(plans.len() > 2_500, "{}", plans.len());
    let (world, ids) = prepared(kind, receipts, plans.len()).await;
    let mut broken = Vec::new();
    for (plan, id) in plans.into_iter().zip(ids) {
        broken.extend(violations(&world, &world.source, plan, id).await);
    }
    assert!(broken.is_empty(), "{} violations, the first: {}", broken.len(), broken[0]);
}

#[tokio::test]
async fn no_crash_of_a_write_back_loses_an_edit_or_forgets_a_write() {
    run_all(IntentKind::Write, ReceiptSettings::Off).await;
    run_all(IntentKind::Write, ReceiptSettings::On).await;
}

#[tokio::test]
async fn no_crash_of_an_undo_loses_an_edit_or_forgets_it() {
    run_all(IntentKind::Revert, ReceiptSettings::Off).await;
    run_all(IntentKind::Revert, ReceiptSettings::On).await;
}

/// A write that does not compare is found out by the same judge: the check can fail.
#[tokio::test]
async fn a_write_back_that_does_not_compare_is_caught() {
    let plans: Vec<Plan> = Plan::all(IntentKind::Write, ReceiptSettings::Off)
        .into_iter()
        .filter(|plan| plan.deaths[1].is_none() && !matches!(plan.deed, Some((Deed::Delete, ..))))
        .collect();
    let (world, ids) = prepared(IntentKind::Write, ReceiptSettings::Off, plans.len()).await;
    let blind: Arc<dyn CandidateDatabase> = Arc::new(Blind(world.source.clone()));
    let mut broken = Vec::new();
    for (plan, id) in plans.into_iter().zip(ids) {
        broken.extend(violations(&world, &blind, plan, id).await);
    }
    let lost = broken.iter().filter(|what| what.starts_with("something else than the text before")).count();
    assert!(lost > 20, "{lost} of {}", broken.len());
}
