//! Two crashes, and a person acting, at every operation of a write-back and of its undo.

use std::sync::Arc;

use redraft::{
    config::ReceiptSettings,
    domain::RewriteId,
    probe::{Op, Side},
    source::port::{CandidateDatabase, Write},
    store::port::{Hold, IntentEnd, IntentKind, Journal},
    writeback::WriteBack,
};

use super::{
    blind::{Blind, Compares},
    judge::judge,
    platform::Engine,
    stage::{Deed, Meanwhile, Stage},
    world::{AFTER, BEFORE, World, anna, text},
};

/// What happens in one run.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub kind: IntentKind,
    pub receipts: ReceiptSettings,
    /// Before which operation the first process and the second one die.
    pub deaths: [Option<usize>; 2],
    /// What a person does, in which process, before which operation on the candidate database.
    pub deed: Option<(Deed, usize, usize)>,
}

/// How the processes of a run work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    /// As redraft does.
    Redraft,
    /// Wrong: the candidate database is written first, and the intent recorded after.
    WriteFirst,
}

/// Where the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeps {
    /// In its file.
    Embedded,
    /// On PostgreSQL.
    Shared,
}

/// On which engine, where the store is, what is tried, and with or without receipts.
type What = (Engine, Keeps, IntentKind, ReceiptSettings);

/// A stage to play plans on.
struct Theatre {
    world: World,
    source: Arc<dyn CandidateDatabase>,
    protocol: Protocol,
}

impl Theatre {
    /// Rewrites in the state that the plans of this kind begin with.
    async fn with((engine, keeps, kind, receipts): What, number: usize) -> Option<(Self, Vec<RewriteId>)> {
        let world = match keeps {
            Keeps::Embedded => World::on(engine, number + 1, receipts).await?,
            Keeps::Shared => World::shared(engine, number + 1, receipts).await?,
        };
        let mut ids = world.approved(number + 1).await;
        let writer = WriteBack::new(world.store.clone(), world.source.clone(), "earlier".to_owned());
        // The first write of all looks for the table of receipts; it is no part of the plans.
        writer.write(ids.pop().unwrap(), &anna()).await.unwrap();
        if kind == IntentKind::Revert {
            for id in &ids {
                writer.write(*id, &anna()).await.unwrap();
            }
        }
        let source = world.source.clone();
        Some((Self { world, source, protocol: Protocol::Redraft }, ids))
    }

    async fn process(&self, number: usize, (kind, id): (IntentKind, RewriteId)) {
        let name = format!("process-{number}");
        if self.protocol == Protocol::WriteFirst && number == 0 {
            return self.write_first(id, &name).await;
        }
        let writer = WriteBack::new(self.world.store.clone(), self.source.clone(), name);
        match (number, kind) {
            (0, IntentKind::Write) => drop(writer.write(id, &anna()).await.unwrap()),
            (0, IntentKind::Revert) => drop(writer.revert(id, &anna()).await.unwrap()),
            _ => drop(writer.recover(&["process-0", "process-1"].map(str::to_owned)).await.unwrap()),
        }
    }

    async fn write_first(&self, id: RewriteId, worker: &str) {
        let rewrite = self.world.rewrite(id).await;
        let (before, after) = (text(BEFORE), text(AFTER));
        let candidate = &rewrite.head.candidate;
        let write = Write { candidate, before: &before, after: &after, tries: 1, intent: None };
        self.source.write(&write).await.unwrap();
        let hold = Hold { worker, ttl: std::time::Duration::from_mins(1) };
        let intent = self.world.store.begin(id, IntentKind::Write, &anna(), &hold).await.unwrap();
        self.world.store.end(&intent, &IntentEnd::Applied).await.unwrap();
    }

    /// Plays one plan to its end; returns what each process did, and what the invariants are broken by.
    async fn play(&self, plan: Plan, id: RewriteId) -> (Vec<Vec<Op>>, Vec<String>) {
        let candidate = self.world.rewrite(id).await.head.candidate;
        let settled = (self.world.history(&candidate).await.len(), self.world.journal(id).await.len());
        let mut seen = Vec::new();
        for process in 0..3 {
            let death = plan.deaths.get(process).copied().flatten();
            let meanwhile = plan.deed.filter(|(_, when, _)| *when == process);
            let meanwhile = meanwhile.map(|(deed, _, at)| Meanwhile {
                at,
                sql: deed.sql(plan.kind),
                platform: self.world.platform.clone(),
                candidate: candidate.clone(),
            });
            let stage = Stage::new(death, meanwhile);
            let ended = stage.run(self.process(process, (plan.kind, id))).await;
            seen.push(stage.seen());
            if ended.is_some() {
                break;
            }
        }
        (seen, judge(&self.world, plan, id, settled).await)
    }
}

/// How many operations on the candidate database there are.
fn candidates(ops: &[Op]) -> usize {
    ops.iter().filter(|op| op.side == Side::Candidates).count()
}

/// The operations before which a crash leaves something else behind than a crash one operation earlier: those on the
/// candidate database, and the beginnings and ends of the store's transactions.
fn boundaries(ops: &[Op]) -> Vec<usize> {
    let is_edge = |op: &Op| op.side == Side::Candidates || op.label == "script";
    (0..ops.len()).filter(|at| is_edge(&ops[*at]) || (*at > 0 && is_edge(&ops[at - 1]))).collect()
}

/// What can be played, found by playing: every crash, every pair of crashes, a person at every operation of every
/// process; of pairs of crashes with a person one in `thin`.
async fn plans(what: What, thin: usize) -> Option<Vec<Plan>> {
    let (_, _, kind, receipts) = what;
    let (theatre, ids) = Theatre::with(what, 60).await?;
    let mut ids = ids.into_iter();
    let plan = |deaths, deed| Plan { kind, receipts, deaths, deed };
    let (first, _) = theatre.play(plan([None, None], None), ids.next().unwrap()).await;
    let first = &first[0];
    let deeds = |process: usize, most: usize| {
        let places = (0..=most).flat_map(move |at| Deed::ALL.map(move |deed| (deed, process, at)));
        places.map(Some)
    };
    let mut plans = vec![plan([None, None], None)];
    plans.extend(deeds(0, candidates(first)).map(|deed| plan([None, None], deed)));
    let (edges, mut triples) = (boundaries(first), 0);
    for death in 0..first.len() {
        let one = [Some(death), None];
        let (seen, _) = theatre.play(plan(one, None), ids.next().unwrap()).await;
        let second = seen[1].as_slice();
        plans.push(plan(one, None));
        let before = candidates(&first[..death]);
        plans.extend(deeds(0, before).map(|deed| plan(one, deed)));
        plans.extend(deeds(1, candidates(second)).map(|deed| plan(one, deed)));
        plans.extend((0..second.len()).map(|again| plan([Some(death), Some(again)], None)));
        if !edges.contains(&death) {
            continue;
        }
        for again in boundaries(second) {
            let two = [Some(death), Some(again)];
            let third = candidates(second);
            let acts = deeds(0, before).chain(deeds(1, candidates(&second[..again]))).chain(deeds(2, third));
            for deed in acts {
                triples += 1;
                if triples % thin == 0 {
                    plans.push(plan(two, deed));
                }
            }
        }
    }
    Some(plans)
}

/// One in so many of the pairs of crashes with a person is played, unless all are asked for.
fn thin(usual: usize) -> usize {
    #[allow(clippy::disallowed_methods, reason = "the tests have no configuration")]
    let all = std::env::var_os("REDRAFT_ALL_FAULTS").is_some();
    if all { 1 } else { usual }
}

/// Plays one in `step` of the plans, and of those with two crashes and a person one in `rare` again; each crash and each
/// pair of crashes that nobody else meddles with is always played where `step` is 1.
async fn run_all((engine, keeps): (Engine, Keeps), kind: IntentKind, (rare, step): (usize, usize)) {
    for receipts in [ReceiptSettings::Off, ReceiptSettings::On] {
        let what = (engine, keeps, kind, receipts);
        let Some(plans) = plans(what, thin(rare)).await else { return };
        let all = plans.len();
        let one_crash = |plan: &Plan| plan.deaths[1].is_none() && plan.deed.is_none();
        let step = thin(step);
        let plans: Vec<Plan> = plans
            .into_iter()
            .enumerate()
            .filter(|(at, plan)| at % step == 0 || one_crash(plan))
            .map(|(_, plan)| plan)
            .collect();
        assert!(all > 1_000, "{all}");
        let (theatre, ids) = Theatre::with(what, plans.len()).await.unwrap();
        let mut broken = Vec::new();
        for (plan, id) in plans.iter().zip(ids) {
            broken.extend(theatre.play(*plan, id).await.1);
        }
        let known = broken.iter().filter(|what| what.starts_with(super::judge::KNOWN)).count();
        let (runs, kind) =
            (plans.len(), format!("{engine:?} {kind:?}, store {keeps:?}, receipts {receipts:?}"));
        println!("{kind}: {runs} runs of {all}, {} violations, {known} of the known kind", broken.len());
        broken.retain(|what| !what.starts_with(super::judge::KNOWN));
        assert!(broken.is_empty(), "{kind}: {} violations, the first: {}", broken.len(), broken[0]);
        assert!(receipts == ReceiptSettings::Off || known == 0, "{kind}: {known} of the known kind");
    }
}

#[tokio::test]
async fn no_crash_of_a_write_back_loses_an_edit_or_forgets_a_write() {
    run_all((Engine::Sqlite, Keeps::Embedded), IntentKind::Write, (12, 1)).await;
}

#[tokio::test]
async fn no_crash_of_an_undo_loses_an_edit_or_forgets_it() {
    run_all((Engine::Sqlite, Keeps::Embedded), IntentKind::Revert, (12, 1)).await;
}

#[tokio::test]
async fn no_crash_on_postgres_loses_an_edit_or_forgets_a_write() {
    run_all((Engine::Postgres, Keeps::Embedded), IntentKind::Write, (48, 8)).await;
}

#[tokio::test]
async fn no_crash_of_an_undo_on_postgres_loses_an_edit_or_forgets_it() {
    run_all((Engine::Postgres, Keeps::Embedded), IntentKind::Revert, (48, 14)).await;
}

#[tokio::test]
async fn no_crash_on_mariadb_loses_an_edit_or_forgets_a_write() {
    run_all((Engine::Mariadb, Keeps::Embedded), IntentKind::Write, (48, 8)).await;
}

#[tokio::test]
async fn no_crash_of_an_undo_on_mariadb_loses_an_edit_or_forgets_it() {
    run_all((Engine::Mariadb, Keeps::Embedded), IntentKind::Revert, (48, 14)).await;
}

#[tokio::test]
async fn no_crash_with_a_shared_store_loses_an_edit_or_forgets_a_write() {
    run_all((Engine::Sqlite, Keeps::Shared), IntentKind::Write, (48, 36)).await;
    run_all((Engine::Mariadb, Keeps::Shared), IntentKind::Write, (96, 72)).await;
}

#[tokio::test]
async fn no_crash_of_an_undo_with_a_shared_store_loses_an_edit_or_forgets_it() {
    run_all((Engine::Sqlite, Keeps::Shared), IntentKind::Revert, (48, 36)).await;
    run_all((Engine::Mariadb, Keeps::Shared), IntentKind::Revert, (96, 72)).await;
}

/// Plays the plans of a write that fit a wrong protocol, and returns what the judge says.
async fn wrongly(
    protocol: Protocol,
    blind: impl Fn(&World) -> Option<Arc<dyn CandidateDatabase>>,
) -> Vec<String> {
    let what = (Engine::Sqlite, Keeps::Embedded, IntentKind::Write, ReceiptSettings::Off);
    let plans: Vec<Plan> = plans(what, usize::MAX).await.unwrap().into_iter().step_by(2).collect();
    let (mut theatre, ids) = Theatre::with(what, plans.len()).await.unwrap();
    theatre.protocol = protocol;
    theatre.source = blind(&theatre.world).unwrap_or(theatre.source);
    let mut broken = Vec::new();
    for (plan, id) in plans.into_iter().zip(ids) {
        // A wrong protocol may get stuck on a candidate that is gone.
        if !matches!(plan.deed, Some((Deed::Delete, ..))) {
            broken.extend(theatre.play(plan, id).await.1);
        }
    }
    broken
}

/// A write that does not compare is found out by the same judge: the check can fail.
#[tokio::test]
async fn a_write_back_that_does_not_compare_is_caught() {
    let blind = |world: &World| {
        Some(Arc::new(Blind(world.source.clone(), Compares::Never)) as Arc<dyn CandidateDatabase>)
    };
    let broken = wrongly(Protocol::Redraft, blind).await;
    let lost = broken.iter().filter(|what| what.starts_with("something else than the text before")).count();
    assert!(lost > 20, "{lost} of {}", broken.len());
}

#[tokio::test]
async fn a_write_back_without_an_intent_is_caught() {
    let broken = wrongly(Protocol::WriteFirst, |_| None).await;
    let lost = broken.iter().filter(|what| what.starts_with("it was written without an intent")).count();
    assert!(lost > 20, "{lost} of {}", broken.len());
}
