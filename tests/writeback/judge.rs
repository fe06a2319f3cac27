//! What must hold after any crash, judged by the candidate database's true history.

use redraft::{
    config::ReceiptSettings,
    domain::{RewriteId, RewriteState},
    store::port::IntentKind,
};

use super::{
    crashes::Plan,
    platform::Change,
    stage::Deed,
    world::{AFTER, BEFORE, World},
};

/// How the one violation begins that receipts are there to prevent.
pub const KNOWN: &str = "it was written once more over a person's undo";

/// What stands there before and after, as the history has it, and the states that go with them.
fn texts(kind: IntentKind) -> ([String; 2], [RewriteState; 2]) {
    let (before, after) = (BEFORE.join("|"), AFTER.join("|"));
    match kind {
        IntentKind::Write => ([before, after], [RewriteState::Approved, RewriteState::Written]),
        IntentKind::Revert => ([after, before], [RewriteState::Written, RewriteState::Ready]),
    }
}

/// Returns what is broken. `settled` is how much of history and journal is older than the plan.
pub async fn judge(world: &World, plan: Plan, id: RewriteId, settled: (usize, usize)) -> Vec<String> {
    let ([before, after], [from, done]) = texts(plan.kind);
    let rewrite = world.rewrite(id).await;
    let (state, candidate) = (rewrite.head.state, rewrite.head.candidate);
    let now = world.now(&candidate).await;
    let history = world.history(&candidate).await.split_off(settled.0);
    let journal = world.journal(id).await.split_off(settled.1);
    let ours: Vec<&Change> = history.iter().filter(|change| change.who == "redraft").collect();
    let mut broken = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            broken.push(format!("{what}: {plan:?} {state} {journal:?} {now:?} {history:?}"));
        }
    };
    // I1: never are other bytes replaced than those that the reviewer saw.
    must(ours.iter().all(|change| change.old == before), "something else than the text before was replaced");
    must(ours.iter().all(|change| change.new == after), "something else than the approved text was written");
    // I2: what is written was announced.
    must(ours.is_empty() || !journal.is_empty(), "it was written without an intent");
    // I3: what is told as done stood there once.
    let stood = history.iter().any(|change| change.new == after);
    must(state != done || stood, "it is told as done and never was");
    // I4: everything has ended, and nothing that was written is told as never written.
    must(journal.iter().all(|entry| entry.state != "open"), "an intent is left open");
    must(!matches!(state, RewriteState::Writing | RewriteState::Reverting), "it is left half done");
    let failed = if plan.kind == IntentKind::Write { RewriteState::Conflict } else { from };
    must([from, done, failed].contains(&state), "it ended in a state of another kind");
    let owned = |entry: &super::world::Entry| {
        entry.state == "applied" || (entry.state == "conflict" && entry.detail.is_some())
    };
    must(ours.is_empty() || journal.iter().any(owned), "it is told as never written and was");
    // I5: once an intent. A person who puts the old text back between our commit and the recovery cannot be told from no
    // write at all, unless there is a receipt.
    must(journal.len() <= 1, "there are two intents");
    let back = matches!(plan.deed, Some((Deed::Back, ..))) && plan.receipts == ReceiptSettings::Off;
    must(ours.len() < 2 || !(back && ours.len() == 2), KNOWN);
    must(ours.len() < 2 || (back && ours.len() == 2), "it was written twice");
    if plan.deed.is_none() {
        let expected = if journal.is_empty() { (from, Some(before)) } else { (done, Some(after)) };
        must((state, now.clone()) == expected, "it did not end as it should");
    }
    broken
}
