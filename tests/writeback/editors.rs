//! A hundred people who edit candidates while redraft writes to the same ones and takes its texts back: none of their edits
//! is lost, as the candidate database's true history tells.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use redraft::{
    config::ReceiptSettings,
    domain::{CandidateId, Document},
    probe::{self, Moment, Op, Probe, Side},
    source::port::CandidateDatabase,
    store::port::IntentKind,
    writeback::{Outcome, WriteBack},
};
use tokio::{sync::Semaphore, task::JoinHandle};

use super::{
    blind::{Blind, Compares, texts},
    platform::{Change, Engine, Platform},
    world::{BEFORE, World, anna},
};

const EDITORS: usize = 100;
/// How many candidates the editors edit, and how many of them redraft writes to.
const CANDIDATES: usize = 24;
const WRITTEN: usize = 12;
/// The most rounds, for a machine on which nothing happens when it should.
const ROUNDS: usize = 80;

/// Lets editors act: one at every third operation on the candidate database, and some before each write.
struct Turns {
    editors: Arc<Semaphore>,
    operations: AtomicUsize,
    before_each: usize,
}

#[async_trait]
impl Probe for Turns {
    async fn pass(&self, op: Op, moment: Moment) {
        if op.side == Side::Candidates
            && moment == Moment::Before
            && self.operations.fetch_add(1, Ordering::Relaxed).is_multiple_of(3)
        {
            self.editors.add_permits(1);
            tokio::task::yield_now().await;
        }
    }
}

/// A text that an editor saved.
type Saved = (CandidateId, String);

/// What an editor did.
#[derive(Default)]
struct Done {
    /// New texts, of which no two are alike.
    saved: Vec<Saved>,
    /// All edits, those of capitals and blanks included.
    edits: usize,
}

/// Edits whenever there is a turn: a whole text, as a form does it, or only its capitals or the blanks at its end.
async fn editor(platform: Platform, number: usize, turns: Arc<Semaphore>) -> Done {
    let (person, sqlite) = (platform.another().await, platform.is_file());
    let mut dice = StdRng::seed_from_u64(number as u64);
    let mut done = Done::default();
    while let Ok(turn) = turns.acquire().await {
        turn.forget();
        let candidate = CandidateId(dice.random_range(1..=CANDIDATES).to_string());
        let text = format!("Editor {number} wrote this, {}.", done.edits);
        let set = |what: &str| format!("UPDATE people SET {what}, who = 'person' WHERE id = {}", candidate.0);
        let whole = set(&format!("summary = '{text}'"));
        let sql = match dice.random_range(0..4) {
            0 => set("summary = upper(summary)"),
            1 if sqlite => set("skills = skills || ' '"),
            1 => set("skills = concat(skills, ' ')"),
            2 => {
                done.saved.push((candidate.clone(), text));
                let (begin, lock) = if sqlite { ("BEGIN IMMEDIATE", "") } else { ("BEGIN", " FOR UPDATE") };
                let read = format!("SELECT summary FROM people WHERE id = {}{lock}", candidate.0);
                format!("{begin}; {read}; {whole}; COMMIT")
            }
            _ => {
                done.saved.push((candidate.clone(), text));
                whole
            }
        };
        // Whoever was not let through tries again: nothing of it was saved.
        let mut tries = 0;
        while let Err(error) = person.try_run(&sql).await {
            tries += 1;
            assert!(tries < 100, "{error}");
            person.try_run("ROLLBACK").await.ok();
            tokio::task::yield_now().await;
        }
        done.edits += 1;
    }
    done
}

/// What redraft said about one write, or one undo.
#[derive(Debug)]
struct Told {
    candidate: CandidateId,
    before: String,
    after: String,
    done: bool,
}

/// What was seen and what came of it, until there is enough of everything.
#[derive(Default)]
struct Tally {
    told: Vec<Told>,
    conflicts: usize,
}

async fn read(source: &dyn CandidateDatabase, candidate: &CandidateId) -> Document {
    loop {
        // A hundred people may stand before the same lock.
        if let Ok(found) = source.read(candidate).await {
            return found.unwrap().1;
        }
    }
}

/// Reads every candidate, lets a rewrite of each be approved, writes them, and takes half of them back.
async fn round(
    world: &World,
    source: &Arc<dyn CandidateDatabase>,
    turns: &Arc<Turns>,
    (number, tally): (usize, &mut Tally),
) {
    let mut seen: BTreeMap<CandidateId, [Document; 2]> = BTreeMap::new();
    for candidate in (1..=WRITTEN).map(|number| CandidateId(number.to_string())) {
        let before = read(&*world.source, &candidate).await;
        let mut after = before.clone();
        after.sections[0].text = Some(format!("Round {number} wrote this to {}.", candidate.0));
        seen.insert(candidate, [before, after]);
    }
    let ids = world.approved_as(WRITTEN, &|candidate| seen[candidate].clone()).await;
    let writer = WriteBack::new(world.store.clone(), source.clone(), "process".to_owned());
    for (index, id) in ids.into_iter().enumerate() {
        if number % 4 == 3 && index == WRITTEN / 2 {
            // All at once.
            turns.editors.add_permits(EDITORS);
        }
        turns.editors.add_permits(turns.before_each);
        let candidate = world.rewrite(id).await.head.candidate;
        let [before, after] = seen[&candidate].each_ref().map(|document| texts(document).join("|"));
        for kind in [IntentKind::Write, IntentKind::Revert] {
            let by = anna();
            let outcome = probe::under(turns.clone() as Arc<dyn Probe>, async {
                match kind {
                    IntentKind::Write => writer.write(id, &by).await.unwrap(),
                    IntentKind::Revert => writer.revert(id, &by).await.unwrap(),
                }
            })
            .await;
            let done = match &outcome {
                Outcome::Done | Outcome::Drifted(_) => true,
                Outcome::Conflict | Outcome::Later(_) => false,
                other => panic!("{other:?}"),
            };
            tally.conflicts += usize::from(outcome == Outcome::Conflict);
            let (before, after) = match kind {
                IntentKind::Write => (before.clone(), after.clone()),
                IntentKind::Revert => (after.clone(), before.clone()),
            };
            tally.told.push(Told { candidate: candidate.clone(), before, after, done });
            if !done || index % 2 == 0 {
                break;
            }
        }
    }
}

/// How the judge's sentence about a lost edit begins.
const LOST: &str = "an edit that nobody had seen was written over";

/// Every edit is still there, was overwritten by a later edit, or was the text before of a write that had seen it.
async fn judge(world: &World, tally: &Tally, editors: &[Done]) -> Vec<String> {
    let mut broken = Vec::new();
    let (mut edits, mut stood_once) = (0, BTreeSet::new());
    for candidate in (1..=CANDIDATES).map(|number| CandidateId(number.to_string())) {
        let history = world.history(&candidate).await;
        let mut stood = BEFORE.join("|");
        let told: Vec<&Told> = tally.told.iter().filter(|told| told.candidate == candidate).collect();
        for Change { old, new, who } in &history {
            if *old != stood {
                broken.push(format!("the history of {} has a gap: {stood:?}, {old:?}", candidate.0));
            }
            stood.clone_from(new);
            if who == "redraft" {
                if !told.iter().any(|told| told.before == *old && told.after == *new) {
                    broken.push(format!("{LOST}: {old:?}, by {new:?}"));
                }
            } else {
                edits += 1;
                stood_once.insert((candidate.clone(), new.split('|').next().unwrap().to_owned()));
            }
        }
        if world.now(&candidate).await != Some(stood) {
            broken.push(format!("{} is not what its history ends with", candidate.0));
        }
        let ours = history.iter().filter(|change| change.who == "redraft").count();
        let done = told.iter().filter(|told| told.done).count();
        if ours != done {
            broken.push(format!("{done} writes to {} are told, and {ours} were made", candidate.0));
        }
    }
    if edits != editors.iter().map(|editor| editor.edits).sum::<usize>() {
        broken.push("the history has not as many edits as were made".to_owned());
    }
    for saved in editors.iter().flat_map(|editor| &editor.saved) {
        if !stood_once.contains(saved) {
            broken.push(format!("an edit was never there: {saved:?}"));
        }
    }
    broken
}

/// How the writer compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    Redraft,
    /// Wrong: by the columns' own `=`.
    Plain,
    /// Wrong: not at all.
    Never,
}

/// Lets everybody work until there was enough of everything, and returns what is broken then.
async fn work(engine: Engine, writer: Writer) -> Option<(World, Vec<String>)> {
    let world = World::on(engine, CANDIDATES, ReceiptSettings::Auto).await?;
    let source: Arc<dyn CandidateDatabase> = match writer {
        Writer::Redraft => world.source.clone(),
        Writer::Plain => {
            let line = world.platform.another().await;
            Arc::new(Blind(world.source.clone(), Compares::Plainly(line)))
        }
        Writer::Never => Arc::new(Blind(world.source.clone(), Compares::Never)),
    };
    // What asks the database less often is given as many edits to overlook.
    let before_each = if writer == Writer::Plain { 3 } else { 0 };
    let turns = Arc::new(Turns {
        editors: Arc::new(Semaphore::new(0)),
        operations: AtomicUsize::new(0),
        before_each,
    });
    let editors: Vec<JoinHandle<Done>> = (0..EDITORS)
        .map(|number| tokio::spawn(editor(world.platform.clone(), number, turns.editors.clone())))
        .collect();
    let mut tally = Tally::default();
    for number in 0..ROUNDS {
        round(&world, &source, &turns, (number, &mut tally)).await;
        let done = tally.told.iter().filter(|told| told.done).count();
        // What compares wrongly may need more chances to be wrong.
        let enough = if writer == Writer::Redraft { 8 } else { 16 };
        if number + 1 >= enough && done >= 20 && (tally.conflicts >= 20 || writer == Writer::Never) {
            break;
        }
    }
    turns.editors.close();
    let mut done = Vec::new();
    for editor in editors {
        done.push(editor.await.unwrap());
    }
    let (written, edits) = (
        tally.told.iter().filter(|told| told.done).count(),
        done.iter().map(|editor| editor.edits).sum::<usize>(),
    );
    assert!(written >= 20 && edits >= 2 * EDITORS, "{written} writes, {edits} edits");
    assert!(done.iter().all(|editor| editor.edits > 0), "an editor never had a turn");
    assert!(tally.conflicts >= 20 || writer == Writer::Never, "{} conflicts", tally.conflicts);
    let broken = judge(&world, &tally, &done).await;
    println!(
        "{engine:?} {writer:?}: {edits} edits, {written} writes, {} conflicts, {} broken",
        tally.conflicts,
        broken.len()
    );
    Some((world, broken))
}

async fn nothing_is_lost(engine: Engine) {
    let Some((_world, broken)) = work(engine, Writer::Redraft).await else { return };
    assert!(broken.is_empty(), "{} broken, the first: {}", broken.len(), broken[0]);
}

/// The control: the judge finds what a careless writer loses.
async fn careless_writers_are_found_out(engine: Engine) {
    for writer in [Writer::Plain, Writer::Never] {
        let Some((_world, broken)) = work(engine, writer).await else { return };
        let lost = broken.iter().filter(|what| what.starts_with(LOST)).count();
        assert!(lost > 0 && lost == broken.len(), "{writer:?}: {broken:#?}");
    }
}

#[tokio::test]
async fn a_hundred_editors_on_sqlite_lose_nothing() {
    nothing_is_lost(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_hundred_editors_on_postgres_lose_nothing() {
    nothing_is_lost(Engine::Postgres).await;
}

#[tokio::test]
async fn a_hundred_editors_on_mariadb_lose_nothing() {
    nothing_is_lost(Engine::Mariadb).await;
}

#[tokio::test]
async fn careless_writers_on_sqlite_are_found_out() {
    careless_writers_are_found_out(Engine::Sqlite).await;
}

#[tokio::test]
async fn careless_writers_on_postgres_are_found_out() {
    careless_writers_are_found_out(Engine::Postgres).await;
}

#[tokio::test]
async fn careless_writers_on_mariadb_are_found_out() {
    careless_writers_are_found_out(Engine::Mariadb).await;
}
