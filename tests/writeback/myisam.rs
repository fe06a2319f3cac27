//! Tables without transactions: nothing is written unless somebody insists, and then row by row with a way back.

use redraft::{
    config::{ReceiptSettings, WriteBackSettings},
    domain::{Action, CandidateId, RewriteId, RewriteState},
    probe::Side,
    source::port::{SourceError, Write, WriteOutcome},
    store::port::Reviews,
    writeback::{Outcome, WriteBack},
};

use super::{
    platform::Engine,
    stage::{Meanwhile, Stage},
    world::{AFTER, BEFORE, World, anna, text},
};

const EDIT: &str = "UPDATE extra SET skills = 'pastry', who = 'person' WHERE person = ?1";

async fn world(candidates: usize) -> Option<(World, Vec<RewriteId>)> {
    let world = World::on(Engine::MyIsam, candidates, ReceiptSettings::Auto).await?;
    let ids = world.approved(candidates).await;
    Some((world, ids))
}

fn writer(world: &World, name: &str) -> WriteBack {
    WriteBack::new(world.store.clone(), world.source.clone(), name.to_owned())
}

#[tokio::test]
async fn nothing_is_written_unless_the_configuration_insists() {
    let Some(world) = World::set(Engine::MyIsam, 1, WriteBackSettings::default()).await else { return };
    let id = world.approved(1).await[0];
    let outcome = writer(&world, "process").write(id, &anna()).await.unwrap();
    assert!(matches!(&outcome, Outcome::Later(why) if why.contains("knows no transactions")), "{outcome:?}");
    assert_eq!(world.rewrite(id).await.head.state, RewriteState::Approved);
    let candidate = CandidateId("1".to_owned());
    assert_eq!(world.now(&candidate).await.unwrap(), BEFORE.join("|"));
    let (before, after) = (text(BEFORE), text(AFTER));
    match world.source.compare_and_set(&candidate, &before, &after).await {
        Err(SourceError::Mapping { place, hint, .. }) => {
            assert_eq!(place, "writeback.without_transactions");
            assert!(hint.unwrap().contains("InnoDB"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn both_tables_are_written_and_an_undo_puts_both_back() {
    let Some((world, ids)) = world(1).await else { return };
    let candidate = CandidateId("1".to_owned());
    assert_eq!(writer(&world, "process").write(ids[0], &anna()).await.unwrap(), Outcome::Done);
    assert_eq!(world.now(&candidate).await.unwrap(), AFTER.join("|"));
    assert_eq!(writer(&world, "process").revert(ids[0], &anna()).await.unwrap(), Outcome::Done);
    assert_eq!(world.now(&candidate).await.unwrap(), BEFORE.join("|"));
}

#[tokio::test]
async fn a_row_that_is_refused_takes_the_rows_before_it_back() {
    let Some((world, _)) = world(1).await else { return };
    let (before, after) = (text(BEFORE), text(["Cooks for 200 guests.", "refused"]));
    let candidate = CandidateId("1".to_owned());
    let outcome = world.source.compare_and_set(&candidate, &before, &after).await.unwrap();
    assert!(matches!(outcome, WriteOutcome::Refused(_)), "{outcome:?}");
    assert_eq!(world.now(&candidate).await.unwrap(), BEFORE.join("|"));
    // Halfway there, only a repeated try may go on.
    world.platform.act("UPDATE people SET summary = 'Cooks for 200 guests.' WHERE id = ?1", &candidate).await;
    let (whole, intent) = (text(AFTER), None);
    let write = |tries| Write { candidate: &candidate, before: &before, after: &whole, tries, intent };
    let first = world.source.write(&write(1)).await.unwrap();
    assert!(matches!(first, WriteOutcome::Changed(_)), "{first:?}");
    assert_eq!(world.source.write(&write(2)).await.unwrap(), WriteOutcome::Written);
    assert_eq!(world.now(&candidate).await.unwrap(), AFTER.join("|"));
}

/// A crash before every statement, and a person who changes the second table before every statement of either process.
#[tokio::test]
async fn a_crash_between_the_tables_is_made_up_for_and_no_edit_is_lost() {
    let Some((world, ids)) = world(400).await else { return };
    let (mut death, mut halfway) = (0, 0);
    let mut ids = ids.into_iter();
    loop {
        let mut ended = false;
        let deeds =
            [None].into_iter().chain((0..2).flat_map(|process| (0..9).map(move |at| Some((process, at)))));
        for deed in deeds {
            let id = ids.next().expect("more candidates");
            let candidate = world.rewrite(id).await.head.candidate;
            for process in 0..2 {
                let meanwhile = deed.filter(|(when, _)| *when == process).map(|(_, at)| Meanwhile {
                    at,
                    sql: EDIT,
                    platform: world.platform.clone(),
                    candidate: candidate.clone(),
                });
                let stage = Stage::new((process == 0).then_some(death), meanwhile);
                let writer = writer(&world, if process == 0 { "first" } else { "second" });
                let work = async {
                    if process == 0 {
                        drop(writer.write(id, &anna()).await.unwrap());
                    } else {
                        writer.recover(&["first".to_owned()]).await.unwrap();
                    }
                };
                let alive = stage.run(work).await.is_some();
                assert!(stage.seen().iter().filter(|op| op.side == Side::Candidates).count() < 40);
                ended |= process == 0 && alive;
                let now = world.now(&candidate).await.unwrap();
                halfway += usize::from(process == 0 && now == format!("{}|{}", AFTER[0], BEFORE[1]));
            }
            let (state, now) = (world.rewrite(id).await.head.state, world.now(&candidate).await.unwrap());
            let told = format!("death {death}, deed {deed:?}: {state}, {now}");
            match (deed, state) {
                (None, RewriteState::Approved) => assert_eq!(now, BEFORE.join("|"), "{told}"),
                (None, RewriteState::Written) => assert_eq!(now, AFTER.join("|"), "{told}"),
                (Some(_), RewriteState::Written) => assert_eq!(now, format!("{}|pastry", AFTER[0]), "{told}"),
                (Some(_), RewriteState::Approved | RewriteState::Conflict) => {
                    // Over and after both rows were written: the other one stays, and that is told as not known.
                    let journal = world.journal(id).await;
                    let unknown = journal.iter().any(|entry| entry.detail.is_some());
                    let (back, stays) = (format!("{}|pastry", BEFORE[0]), format!("{}|pastry", AFTER[0]));
                    assert!(now == back || (unknown && now == stays), "{told} {journal:?}");
                }
                _ => panic!("{told}"),
            }
        }
        if ended {
            break;
        }
        death += 1;
    }
    assert!(halfway > 0, "no crash fell between the tables");
    let last = ids.next().unwrap();
    assert!(!world.store.history(last).await.unwrap().iter().any(|one| one.action == Action::Write));
}
