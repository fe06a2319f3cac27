mod properties;
pub(in crate::review) mod world;

use world::{Desk, changes, document, id, section};

use super::*;
use crate::domain::{ChangeId, Choice, RewriteState};
use RewriteState::{Approved, Ready, Rejected};

fn words(desk: &Desk) -> Vec<String> {
    desk.told.iter().map(Notice::sentence).collect()
}

#[test]
fn one_key_approves_and_goes_to_the_next() {
    let mut desk = Desk::new(3);
    desk.does(Event::Approve);
    assert_eq!((desk.state(1), desk.current()), (Approved, id(2)));
    desk.does(Event::Reject(None));
    assert_eq!((desk.state(2), desk.current()), (Rejected, id(3)));
    assert!(desk.told.is_empty());
    desk.does(Event::Approve);
    assert_eq!(words(&desk), ["Nothing is left to decide in this queue."]);
}

#[test]
fn decisions_pressed_faster_than_they_are_recorded_are_recorded_in_order() {
    let mut desk = Desk::new(3);
    desk.send(Event::Approve);
    desk.send(Event::Reject(Some("too plain".to_owned())));
    desk.send(Event::Approve);
    assert_eq!(desk.session.unrecorded(), 4, "the first was shown, so it was opened too");
    desk.drain();
    assert_eq!((desk.state(1), desk.state(2), desk.state(3)), (Approved, Rejected, Approved));
    assert_eq!(desk.session.unrecorded(), 0);
}

#[test]
fn an_approval_waits_for_the_choices_before_it_and_sees_what_they_made() {
    let mut desk = Desk::new(1);
    desk.send(Event::Cycle);
    desk.send(Event::Cycle);
    assert_eq!(desk.session.shown().unwrap().choice(ChangeId(1)), Some(Choice::Rejected));
    desk.send(Event::Change(ChangeStep::NextFinding));
    desk.send(Event::Cycle);
    assert_eq!(desk.session.shown().unwrap().tally(), (1, 1, 1));
    desk.send(Event::Approve);
    desk.drain();
    assert_eq!(desk.state(1), Approved);
    assert_eq!(desk.world.rewrite(id(1)).choices.len(), 2);
    assert!(desk.carried.iter().all(|(_, outcome)| matches!(outcome, Outcome::Done { .. })));
}

#[test]
fn a_section_is_accepted_without_its_findings_and_rejected_as_a_whole() {
    let mut desk = Desk::new(1);
    desk.does(Event::AcceptSection(section()));
    assert_eq!(desk.session.shown().unwrap().tally(), (2, 0, 1));
    desk.does(Event::RejectSection(section()));
    assert_eq!(desk.session.shown().unwrap().tally(), (0, 3, 0));
    desk.does(Event::Undo).does(Event::Undo);
    assert_eq!(desk.session.shown().unwrap().tally(), (0, 0, 3));
}

#[test]
fn what_somebody_else_decided_is_told_and_not_decided_again() {
    let mut desk = Desk::new(2);
    assert!(desk.world.other_approves(id(1)));
    desk.does(Event::Approve);
    assert_eq!(words(&desk), ["Person 1 was not approved: Somebody else changed it meanwhile."]);
    assert_eq!(desk.world.rewrite(id(1)).head.decided_by.as_deref(), Some("ben"));
}

#[test]
fn keys_are_dead_for_a_moment_after_the_rewrite_under_the_cursor_changed_by_itself() {
    let mut desk = Desk::new(2);
    assert!(desk.world.other_approves(id(1)));
    desk.send(Event::StoreChanged);
    desk.deliver(0);
    assert_eq!(words(&desk), ["ben decided about Person 1: it is approved."]);
    assert_eq!(desk.current(), id(2));
    desk.now += Duration::from_millis(149);
    desk.send(Event::Approve);
    assert_eq!(words(&desk).last().unwrap(), "Ignored: what is under the cursor had just changed.");
    assert_eq!(desk.session.unrecorded(), 0);
    desk.now += Duration::from_millis(1);
    desk.does(Event::Approve);
    assert_eq!(desk.state(2), Approved);
}

#[test]
fn undo_takes_back_the_last_decision_even_if_it_is_not_recorded_yet() {
    let mut desk = Desk::new(3);
    desk.send(Event::Approve);
    desk.send(Event::Undo);
    desk.drain();
    assert_eq!((desk.state(1), desk.current()), (Ready, id(1)));
    assert_eq!(words(&desk), ["Undone: approve of Person 1; it is ready again."]);
    desk.does(Event::Redo);
    assert_eq!(desk.state(1), Approved);
    desk.does(Event::Undo).does(Event::Undo);
    assert_eq!(words(&desk).last().unwrap(), "It was not restored: There is nothing to undo.");
}

#[test]
fn undo_does_not_reach_past_a_decision_that_was_not_recorded() {
    let mut desk = Desk::new(3);
    desk.does(Event::Approve);
    assert!(desk.world.other_approves(id(2)));
    desk.send(Event::Approve);
    desk.send(Event::Undo);
    desk.drain();
    assert_eq!((desk.state(1), desk.state(2)), (Approved, Approved));
    desk.does(Event::Undo);
    assert_eq!(desk.state(1), Ready, "that was my last decision");
}

#[test]
fn a_new_decision_leaves_nothing_to_redo() {
    let mut desk = Desk::new(3);
    desk.does(Event::Approve).does(Event::Undo);
    desk.does(Event::Reject(None)).does(Event::Redo);
    assert_eq!(words(&desk).last().unwrap(), "There is nothing to redo.");
    desk.does(Event::Undo);
    assert_eq!(desk.state(1), Ready, "the redo that did nothing is no step to take back");
}

#[test]
fn skipped_rewrites_wait_at_the_end_and_come_back_by_undo() {
    let mut desk = Desk::new(3);
    let order = |desk: &Desk| desk.session.queue().rows().iter().map(|row| row.id).collect::<Vec<_>>();
    desk.does(Event::Skip).does(Event::StoreChanged);
    assert_eq!((order(&desk), desk.current()), (vec![id(2), id(3), id(1)], id(2)));
    desk.does(Event::Undo);
    assert_eq!((order(&desk), desk.current()), (vec![id(1), id(2), id(3)], id(1)));
    desk.does(Event::Redo);
    assert_eq!(order(&desk), [id(2), id(3), id(1)]);
}

#[test]
fn an_edit_is_read_again_and_taken_back() {
    let mut desk = Desk::new(2);
    desk.does(Event::Edit(document("better")));
    assert_eq!(desk.session.shown().unwrap().rewrite().after, Some(document("better")));
    desk.does(Event::Undo);
    assert_eq!(desk.session.shown().unwrap().rewrite().after, Some(document("after")));
    desk.send(Event::Edit(document("after")));
    assert_eq!(desk.session.unrecorded(), 0, "the same text is no edit");
}

#[test]
fn marks_stay_with_their_rewrites_and_are_counted_in_three() {
    let mut desk = Desk::new(4);
    desk.does(Event::Mark).does(Event::Mark).does(Event::Move(Step::Last)).does(Event::MarkRange);
    assert_eq!(desk.session.marks().counts().total, 4, "a range begins at the row marked last");
    desk.does(Event::Move(Step::First)).does(Event::Approve);
    desk.does(Event::StoreChanged);
    let counts = MarkCounts { in_filter: 3, hidden: 1, total: 4 };
    assert_eq!(desk.session.marks().counts(), counts);
    desk.does(Event::Marks(MarksAfter::Intersect));
    assert_eq!(desk.session.marks().counts(), MarkCounts { in_filter: 3, hidden: 0, total: 3 });
    desk.does(Event::UnmarkAll).does(Event::MarkAll(vec![id(2)]));
    assert!(desk.session.marks().contains(id(2)));
}

#[test]
fn another_filter_asks_what_becomes_of_marks_and_drops_late_answers() {
    let mut desk = Desk::new(3);
    desk.does(Event::Mark);
    desk.send(Event::StoreChanged);
    let Some(Effect::List(old)) = desk.waiting.pop_front_if(|effect| matches!(effect, Effect::List(_)))
    else {
        panic!("no list was asked for: {:?}", desk.waiting)
    };
    desk.waiting.clear();
    desk.send(Event::Filter(Filter::ALL));
    assert!(desk.waiting.contains(&Effect::AskAboutMarks));
    let late = desk.world.list(&old);
    desk.send(Event::Listed(old, Box::new(late)));
    assert!(desk.session.queue().rows().is_empty(), "the answer was to another question");
    desk.drain();
    assert_eq!(desk.session.queue().rows().len(), 3);
}

#[test]
fn a_rewrite_that_was_read_for_another_row_is_not_shown() {
    let mut desk = Desk::new(3);
    desk.send(Event::Move(Step::Down(1)));
    assert!(desk.session.shown().is_none(), "the old text is not shown beside the new row");
    let old = desk.world.rewrite(id(1)).clone();
    desk.send(Event::Loaded(Box::new(old), changes()));
    assert!(desk.session.shown().is_none());
    desk.drain();
    assert_eq!(desk.session.shown().unwrap().rewrite().head.id, id(2));
}

#[test]
fn a_decision_about_many_is_taken_back_in_one_step() {
    let mut desk = Desk::new(4);
    desk.does(Event::Reject(None));
    let mut bulk = Bulk::default();
    for number in 2..=3 {
        let task = Task::One { rewrite: id(number), revision: None, verb: Verb::Approve };
        let Outcome::Done { decision, .. } =
            desk.world.carry(&Order { number: 0, seconds: None, key: None, task })
        else {
            panic!()
        };
        bulk.done.push((id(number), decision.id));
    }
    bulk.skipped.push((id(4), "It is failed.".to_owned()));
    desk.does(Event::BulkEnded(Verb::Approve, bulk));
    desk.does(Event::Undo);
    assert_eq!((desk.state(1), desk.state(2), desk.state(3)), (Rejected, Ready, Ready));
    assert_eq!(words(&desk), ["2 approved, 1 skipped (It is failed).", "2 restored."]);
    desk.does(Event::Undo);
    assert_eq!(desk.state(1), Ready);
}

#[test]
fn more_rows_are_read_as_the_cursor_comes_near_the_last() {
    let mut desk = Desk::new(500);
    assert_eq!((desk.session.queue().rows().len(), desk.session.queue().total()), (200, 500));
    desk.does(Event::Move(Step::Down(160)));
    assert_eq!(desk.session.queue().rows().len(), 400);
    desk.does(Event::Move(Step::Last)).does(Event::Move(Step::Last));
    assert_eq!((desk.session.queue().rows().len(), desk.current()), (500, id(500)));
}

#[test]
fn the_cursor_goes_around_changes_and_findings() {
    let mut desk = Desk::new(2);
    let at = |desk: &Desk| desk.session.shown().unwrap().cursor();
    for (step, place) in [
        (ChangeStep::Next, 1),
        (ChangeStep::NextFinding, 1),
        (ChangeStep::NextOpen, 2),
        (ChangeStep::NextOpen, 0),
        (ChangeStep::PreviousOpen, 2),
        (ChangeStep::Next, 2),
        (ChangeStep::Previous, 1),
        (ChangeStep::To(ChangeId(1)), 0),
    ] {
        desk.does(Event::Change(step));
        assert_eq!(at(&desk), place, "{step:?}");
    }
    desk.does(Event::Open);
    assert_eq!(desk.world.decisions.len(), 1);
}

#[test]
fn what_somebody_else_has_open_is_stepped_over_and_not_decided() {
    let mut desk = Desk::new(4);
    desk.world.held.insert(id(2), "ben".to_owned());
    desk.does(Event::StoreChanged).does(Event::Approve);
    assert_eq!(desk.current(), id(3), "ben has the second open");
    desk.does(Event::Move(Step::To(id(2)))).does(Event::Approve).does(Event::Cycle);
    assert_eq!(desk.state(2), Ready);
    assert_eq!(words(&desk).last().unwrap(), "ben has it open. Nothing was decided.");
    desk.does(Event::TakeOver).does(Event::Approve);
    assert_eq!(desk.state(2), Approved);
}

#[test]
fn of_two_that_come_to_one_rewrite_the_later_goes_on_by_itself() {
    let mut desk = Desk::new(4);
    // Nobody knew of it when the list was read.
    desk.world.held.insert(id(2), "ben".to_owned());
    desk.send(Event::Approve);
    assert_eq!(desk.current(), id(2));
    while !desk.waiting.is_empty() {
        desk.deliver(0);
    }
    assert_eq!(desk.current(), id(3));
    desk.send(Event::Approve);
    assert_eq!(words(&desk).last().unwrap(), "Ignored: what is under the cursor had just changed.");
    assert_eq!(desk.session.holds(), Some(id(3)));
}

#[test]
fn whoever_loses_a_rewrite_is_told_by_whom() {
    let mut desk = Desk::new(3);
    desk.does(Event::Open);
    assert_eq!(desk.session.holds(), Some(id(1)));
    desk.world.held.insert(id(1), "ben".to_owned());
    desk.does(Event::StoreChanged);
    assert_eq!(words(&desk).last().unwrap(), "ben took it over; it is open there now.");
    assert_eq!((desk.session.holds(), desk.session.holder(id(1))), (None, Some("ben")));
}
