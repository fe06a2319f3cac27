use super::world::{Desk, World, id};
use crate::{
    domain::{Action, BatchState, Choice, OpenPolicy, PauseReason, RewriteState},
    tui::{
        Order,
        backend::{self, Slot},
        screens::review::{Answer, Request},
    },
};

fn line_with<'a>(shot: &'a str, word: &str) -> &'a str {
    shot.lines().find(|line| line.contains(word)).unwrap_or_else(|| panic!("no {word} in\n{shot}"))
}

#[test]
fn approving_records_what_is_seen_and_goes_to_the_next() {
    let mut desk = Desk::at(80, 24);
    desk.key("j enter a");
    assert_eq!(desk.world.state(2), RewriteState::Approved);
    let shot = desk.stage.shot();
    assert!(shot.contains("Approved Priya Sundaram: 11 changes in, 0 out."), "{shot}");
    assert!(shot.contains("Review 3/6") && shot.contains("山田 花子"), "{shot}");
}

#[test]
fn who_approves_a_second_rewrite_of_a_candidate_is_told_of_the_first() {
    let mut desk = Desk::at(100, 24);
    desk.world.also = vec![37];
    desk.key("j enter a");
    assert_eq!(desk.world.state(2), RewriteState::Approved);
    let shot = desk.stage.shot();
    assert!(shot.contains("Approved Priya Sundaram, as in b37 already"), "{shot}");
    assert!(shot.contains("will be a conflict"), "{shot}");
}

#[test]
fn rejected_changes_stay_out_of_what_is_approved() {
    let mut desk = Desk::at(80, 24);
    desk.key("j enter space space a");
    assert!(desk.stage.shot().contains("10 changes in, 1 out."), "{}", desk.stage.shot());
    let approved = desk.world.rewrite(id(2)).approved.clone().unwrap();
    let text = approved.sections[0].text.clone().unwrap();
    assert!(text.contains("8 years experience. I have managed teams"), "{text}");
}

#[test]
fn undo_restores_and_redo_decides_again() {
    let mut desk = Desk::at(80, 24);
    desk.key("j enter x");
    desk.changed();
    assert_eq!(desk.world.state(2), RewriteState::Rejected);
    desk.key("u");
    assert_eq!(desk.world.state(2), RewriteState::Ready);
    let shot = desk.stage.shot();
    assert!(shot.contains("Priya Sundaram"), "it is shown again: {shot}");
    assert!(shot.contains("Undone"), "{shot}");
    desk.key("U");
    assert_eq!(desk.world.state(2), RewriteState::Rejected);
}

#[test]
fn skipping_leaves_it_ready_at_the_end_of_the_queue() {
    let mut desk = Desk::at(80, 24);
    desk.key("s");
    desk.changed();
    assert_eq!(desk.world.state(1), RewriteState::Ready);
    let shot = desk.shot();
    let rows: Vec<&str> = shot.lines().filter(|line| line.contains(" C-1")).collect();
    assert!(rows.last().is_some_and(|row| row.contains("Jordan")), "{shot}");
    assert!(rows[0].starts_with('>') && rows[0].contains("Priya"), "{shot}");
}

#[test]
fn space_turns_a_change_from_open_to_accepted_to_rejected_to_open() {
    let mut desk = Desk::at(80, 24);
    desk.key("enter");
    for _ in 0..4 {
        desk.key("]");
    }
    // The second paragraph has one change alone: number 5.
    for (sign, tally) in [("5✓", "1✓ 0✗ 10·"), ("5✗", "0✓ 1✗ 10·"), ("5·", "0✓ 0✗ 11·")] {
        desk.key("space");
        let shot = desk.shot();
        assert!(line_with(&shot, "I am hard working").contains(sign), "{shot}");
        assert!(shot.contains(tally), "{tally}: {shot}");
    }
    assert!(desk.world.rewrite(id(1)).choices.is_empty());
}

#[test]
fn a_section_is_accepted_but_for_its_findings() {
    let mut desk = Desk::at(80, 24);
    desk.key("enter G *");
    let choices = desk.world.rewrite(id(1)).choices.clone();
    assert!(choices.is_empty(), "the last section has no change: {choices:?}");
    desk.key("f *");
    let loaded = desk.world.load(id(1));
    let stopped = loaded.rewrite.findings[0].changes[0];
    assert_eq!(loaded.rewrite.choices.get(&stopped), None);
    assert!(loaded.rewrite.choices.values().all(|choice| *choice == Choice::Accepted));
    assert!(!loaded.rewrite.choices.is_empty());
}

#[test]
fn an_answer_about_another_rewrite_is_kept_but_not_shown() {
    let mut desk = Desk::at(80, 24);
    desk.stage.key("enter");
    desk.settle();
    // Far enough for nothing to be read ahead.
    desk.stage.key("} } } }");
    let asked = desk.stage.asked();
    let late = backend::Request::Review(Request::Load(id(3)));
    assert!(asked.contains(&late), "{asked:?}");
    let answer = desk.world.answer(&Request::Load(id(3)));
    desk.stage.reply(late, backend::Answer::Review(answer));
    let shot = desk.stage.shot();
    assert!(shot.contains("Adaeze Okafor") && shot.contains("reading …"), "{shot}");
}

#[test]
fn texts_are_read_in_a_slot_that_holds_only_the_newest() {
    let mut desk = Desk::at(80, 24);
    desk.stage.key("G enter");
    let slots: Vec<Slot> = desk.stage.asks().into_iter().map(|ask| ask.slot).collect();
    assert!(slots.contains(&Slot::Newest("review.rewrite")), "{slots:?}");
}

#[test]
fn many_are_approved_only_with_their_number_typed_and_undone_at_once() {
    let mut desk = Desk::at(80, 24);
    desk.world.type_above = 3;
    desk.key("A enter");
    assert_eq!(desk.world.state(2), RewriteState::Ready, "without the number nothing happens");
    desk.stage.text("4").key("enter");
    desk.settle();
    assert_eq!(desk.world.state(2), RewriteState::Ready, "with another number nothing happens");
    desk.stage.key("backspace").text("5").key("enter");
    desk.settle();
    let approved = |desk: &Desk| {
        let states = desk.world.rewrites.iter().map(|rewrite| rewrite.head.state);
        states.filter(|state| *state == RewriteState::Approved).count()
    };
    assert_eq!(approved(&desk), 5);
    assert_eq!(desk.world.state(1), RewriteState::Ready, "it has a finding that the filter does not ask for");
    assert!(desk.stage.shot().contains("5 approved."), "{}", desk.stage.shot());
    desk.key("u");
    assert_eq!(approved(&desk), 0);
}

#[test]
fn only_the_marked_are_rejected() {
    let mut desk = Desk::at(80, 24);
    desk.key("j space j space X enter y");
    assert_eq!(
        [1, 2, 3, 4].map(|number| desk.world.state(number)),
        [RewriteState::Ready, RewriteState::Rejected, RewriteState::Ready, RewriteState::Rejected,]
    );
    assert!(desk.shot().contains("marked: 0"));
}

#[test]
fn marks_stay_with_their_rewrites_and_are_asked_about_when_the_filter_changes() {
    let mut desk = Desk::at(80, 24);
    desk.key("*");
    assert!(desk.shot().contains("marked: 6 in filter, 0 hidden, 6 in all"));
    desk.key("/");
    desk.stage.text(" finding:any").key("enter");
    desk.settle();
    assert!(desk.stage.shot().contains("Your marks"), "{}", desk.stage.shot());
    desk.key("enter");
    assert!(desk.shot().contains("marked: 1 in filter, 5 hidden, 6 in all"), "{}", desk.shot());
}

#[test]
fn a_filter_that_is_none_is_asked_for_again_and_words_are_completed() {
    let mut desk = Desk::at(80, 24);
    desk.stage.key("\\ /").text("colour:red").key("enter");
    let shot = desk.stage.shot();
    assert!(shot.contains("filter: colour:red") && shot.contains("colour"), "{shot}");
    desk.stage.key("esc /").text("state:re").key("tab");
    assert!(desk.stage.line(23).contains("state:ready"), "{}", desk.stage.shot());
    desk.stage.key("tab");
    assert!(desk.stage.line(23).contains("state:reverting"), "{}", desk.stage.shot());
}

#[test]
fn arrivals_do_not_move_the_cursor_and_are_counted() {
    let mut desk = Desk::at(80, 24);
    desk.key("j j");
    let mut newcomer = desk.world.rewrites[5].clone();
    newcomer.head.id = id(99);
    newcomer.head.name = "New Comer".to_owned();
    desk.world.rewrites.insert(0, newcomer);
    desk.changed();
    let shot = desk.shot();
    assert!(line_with(&shot, "山田").starts_with('>'), "{shot}");
    assert!(shot.contains("+1 new"), "{shot}");
}

#[test]
fn resizing_keeps_the_change_under_the_cursor() {
    let mut desk = Desk::at(120, 40);
    desk.key("enter ] ] ] ] ]");
    let change = line_with(&desk.shot(), "│>").trim_start().to_owned();
    let number = |line: &str| {
        let rest = line.split_once('>').map(|(_, rest)| rest.trim_start().to_owned()).unwrap_or_default();
        rest.chars().take_while(char::is_ascii_digit).collect::<String>()
    };
    let line = change.split_once("│>").map(|(_, rest)| format!(">{rest}")).unwrap_or_default();
    let before = number(&line);
    assert!(!before.is_empty());
    desk.stage.resize(80, 24);
    let shot = desk.shot();
    let after = shot.lines().find(|line| line.starts_with('>')).map(number);
    assert_eq!(after.as_deref(), Some(before.as_str()), "{shot}");
}

#[test]
fn somebody_elses_decision_is_told_and_my_key_does_nothing() {
    let mut desk = Desk::at(80, 24);
    desk.key("j enter");
    let text = desk.world.rewrite(id(2)).after.clone().unwrap();
    desk.world.decide(id(2), Some(1), "ben", Action::Approve { text }).unwrap();
    desk.key("x");
    assert_eq!(desk.world.state(2), RewriteState::Approved);
    assert!(desk.stage.shot().contains("Somebody else"), "{}", desk.stage.shot());
}

#[test]
fn a_rewrite_is_recorded_as_opened_when_it_is_read_not_when_the_cursor_passes() {
    let mut desk = Desk::at(80, 24);
    desk.key("j j k");
    assert!(desk.world.decisions.is_empty());
    desk.key("enter");
    assert_eq!(desk.world.decisions.len(), 1);
    assert_eq!(desk.world.decisions[0].action, Action::Open);
    desk.key("}");
    assert_eq!(desk.world.decisions.len(), 2, "the next one is read as well");
}

#[test]
fn notes_stay_with_the_rewrite_and_move_nothing() {
    let mut desk = Desk::at(80, 24);
    desk.stage.key("c").text("ask ben").key("enter");
    desk.settle();
    desk.stage.key("enter");
    desk.settle();
    desk.stage.key("] c").text("is it 40?").key("enter");
    desk.settle();
    let notes = desk.world.decisions.iter().filter_map(|known| match &known.action {
        Action::Note { change, text } => Some((change.is_some(), text.as_str())),
        _ => None,
    });
    assert_eq!(notes.collect::<Vec<_>>(), [(false, "ask ben"), (true, "is it 40?")]);
    assert_eq!(desk.world.rewrite(id(1)).head.revision, 1);
    assert!(desk.stage.shot().contains("Review 1/6"), "{}", desk.stage.shot());
}

#[test]
fn a_rejection_can_say_why() {
    let mut desk = Desk::at(80, 24);
    desk.stage.key("j r").text("inv").key("tab enter");
    desk.settle();
    let reason = Some("invented facts".to_owned());
    assert_eq!(desk.world.decisions.last().unwrap().action, Action::Reject { reason });
    assert!(desk.stage.shot().contains("Rejected Priya Sundaram: invented facts."), "{}", desk.stage.shot());
}

#[test]
fn a_finding_is_dismissed_only_for_a_reason_and_stops_nothing_then() {
    let mut desk = Desk::at(80, 24);
    desk.stage.key("enter");
    desk.settle();
    desk.stage.key("!").key("enter");
    assert!(desk.stage.shot().contains("only for a reason"), "{}", desk.stage.shot());
    desk.stage.text("he told me on the phone").key("enter");
    desk.settle();
    let dismissed = desk.world.rewrite(id(1)).findings[0].dismissed.clone();
    assert_eq!(dismissed.as_deref(), Some("he told me on the phone"));
    desk.key("u");
    assert_eq!(desk.world.rewrite(id(1)).findings[0].dismissed, None, "it can be taken back");
    desk.key("U a");
    assert_eq!(desk.world.state(1), RewriteState::Approved, "{}", desk.stage.shot());
}

#[test]
fn the_text_that_an_approval_writes_is_shown_before() {
    let mut desk = Desk::at(80, 24);
    desk.stage.key("enter");
    desk.settle();
    desk.key("space space");
    desk.stage.key("t");
    let shot = desk.stage.shot();
    assert!(shot.contains("What an approval would write"), "{shot}");
    assert!(shot.contains("10 undecided changes are in it."), "{shot}");
    assert!(shot.contains("with 8 years experience"), "the first change is rejected: {shot}");
}

#[test]
fn decisions_are_taken_back_by_a_query_after_a_dialog() {
    let mut desk = Desk::at(80, 24);
    desk.key("j x x");
    desk.stage.key(":").text("undo-since").key("enter");
    desk.stage.text("12:00").key("enter");
    desk.settle();
    let shot = desk.stage.shot();
    assert!(shot.contains("Take back 2 decisions?"), "{shot}");
    assert!(shot.contains("1 are written already and stay"), "{shot}");
    desk.key("y");
    assert_eq!([2, 3].map(|number| desk.world.state(number)), [RewriteState::Ready; 2]);
    assert!(desk.stage.shot().contains("2 restored."), "{}", desk.stage.shot());
    desk.stage.key(":").text("undo-since").key("enter").text("colour:red").key("enter");
    assert!(desk.stage.shot().contains("undo since: colour:red"), "{}", desk.stage.shot());
}

#[test]
fn a_changed_edit_is_thrown_away_only_at_the_second_press() {
    let mut desk = Desk::at(80, 24);
    desk.stage.key("enter");
    desk.settle();
    desk.stage.key("e").text("x").key("ctrl-c");
    assert!(desk.stage.shot().contains("again throws the edit away"), "{}", desk.stage.shot());
    desk.stage.pass(std::time::Duration::from_secs(2)).key("ctrl-c");
    assert!(desk.stage.shot().contains("Review 1/6"), "{}", desk.stage.shot());
    assert!(!desk.stage.orders().contains(&Order::Quit));
}

#[test]
fn words_are_found_on_either_side() {
    let mut desk = Desk::at(120, 40);
    desk.stage.key("enter");
    desk.settle();
    desk.stage.key("/").text("employees").key("enter");
    let shot = desk.shot();
    assert!(shot.contains("find: employees 1/2"), "{shot}");
    desk.key("n");
    assert!(desk.shot().contains("find: employees 2/2"), "{}", desk.shot());
}

#[test]
fn a_failed_rewrite_goes_back_to_the_queue_after_a_dialog() {
    let mut world = World::new();
    world.fail(2);
    let mut desk = Desk::of(world, 80, 24);
    desk.key("\\ j R y");
    assert_eq!(desk.world.state(2), RewriteState::Queued);
}

#[test]
fn another_screen_can_ask_for_one_rewrite() {
    let mut desk = Desk::at(80, 24);
    let found = Answer::Found(Box::new(desk.world.rewrite(id(4)).head.clone()));
    desk.stage.reply(backend::Request::Review(Request::Find(id(4))), backend::Answer::Review(found));
    let asked = desk.stage.asked();
    assert!(
        asked.iter().any(|request| matches!(
            request,
            backend::Request::Review(Request::List(question, _))
                if question.filter.to_string() == "candidate:C-1148 batch:b38"
        )),
        "{asked:?}"
    );
}

#[test]
fn a_finding_stops_an_approval_until_its_change_is_rejected() {
    let mut desk = Desk::at(80, 24);
    desk.key("a");
    assert_eq!(desk.world.state(1), RewriteState::Ready);
    assert!(desk.stage.shot().contains("a finding stops it"), "{}", desk.stage.shot());
    desk.key("enter a");
    assert_eq!(desk.world.state(1), RewriteState::Ready);
    assert!(desk.stage.shot().contains("40 became 400"), "{}", desk.stage.shot());
    desk.key("f k space space a");
    assert_eq!(desk.world.state(1), RewriteState::Approved, "{}", desk.shot());
}

#[test]
fn a_batch_can_be_asked_for() {
    let batch = crate::domain::BatchId::new(uuid::Uuid::from_u128(7));
    let now = jiff::Timestamp::UNIX_EPOCH.to_zoned_datetime(jiff::tz::TimeZone::UTC);
    let me = crate::domain::Reviewer("anna".to_owned());
    let context = crate::review::filter::Context { now, me };
    assert!(crate::review::filter::parse(&format!("state:ready batch:{batch}"), &context).is_ok());
}

#[test]
fn many_are_rejected_for_a_reason_that_the_dialog_repeats() {
    let mut desk = Desk::at(80, 24);
    desk.key("j space j space X");
    desk.stage.text("tone does not fit").key("enter");
    desk.settle();
    let shot = desk.stage.shot();
    assert!(shot.contains("Reject 2 rewrites?") && shot.contains("reason   tone does not fit"), "{shot}");
    assert!(shot.contains("writes   nothing; undo stays possible"), "{shot}");
    desk.key("y");
    let reasons = desk.world.decisions.iter().filter_map(|decision| match &decision.action {
        Action::Reject { reason } => reason.clone(),
        _ => None,
    });
    assert_eq!(reasons.collect::<Vec<_>>(), ["tone does not fit", "tone does not fit"]);
}

#[test]
fn a_spot_check_is_read_and_then_holds_or_is_sent_back_by_the_keys_of_decisions() {
    let mut desk = Desk::at(80, 24);
    desk.world.spot_percent = 50;
    desk.key("A y");
    let looks = |desk: &Desk| {
        let wanted = desk.world.rewrites.iter().filter(|rewrite| rewrite.head.wanted().is_some());
        wanted.map(|rewrite| rewrite.head.id).collect::<Vec<_>>()
    };
    let sampled = looks(&desk);
    assert_eq!(sampled.len(), 3, "half of the five that were approved and never opened");
    desk.key("/");
    for _ in 0.."state:ready".len() {
        desk.stage.key("backspace");
    }
    desk.stage.text("look:spot").key("enter");
    desk.settle();
    desk.key("g g a");
    assert!(
        desk.stage.shot().contains("A spot check is there to be read: open it first."),
        "{}",
        desk.stage.shot()
    );
    assert_eq!(looks(&desk).len(), 3);
    desk.key("enter a");
    assert_eq!(looks(&desk).len(), 2, "{}", desk.shot());
    desk.key("x");
    let states: Vec<RewriteState> = sampled.iter().map(|id| desk.world.rewrite(*id).head.state).collect();
    assert_eq!(states.iter().filter(|state| **state == RewriteState::Approved).count(), 2);
    assert_eq!(states.iter().filter(|state| **state == RewriteState::Ready).count(), 1, "{states:?}");
    desk.key("u");
    assert_eq!(looks(&desk).len(), 2, "a slip is taken back");
}

#[test]
fn under_the_policy_to_ask_an_approval_asks_about_what_nobody_decided() {
    let mut desk = Desk::at(80, 24);
    desk.world.open = OpenPolicy::Ask;
    desk.stage.app().context_mut().open_changes = OpenPolicy::Ask;
    desk.key("j enter space a");
    let shot = desk.stage.shot();
    assert!(shot.contains("Some changes are not decided") && shot.contains("go in"), "{shot}");
    assert_eq!(desk.world.state(2), RewriteState::Ready);
    desk.key("j enter");
    assert_eq!(desk.world.state(2), RewriteState::Approved);
    let choices = desk.world.rewrite(id(2)).choices.clone();
    let rejected = choices.values().filter(|choice| **choice == Choice::Rejected).count();
    assert!(rejected > 0 && choices.len() == rejected + 1, "what was chosen before stays: {choices:?}");
    desk.key("esc A");
    assert!(desk.stage.shot().contains("changes that nobody decided stay out"), "{}", desk.stage.shot());
    desk.key("enter");
    assert!(
        desk.stage.shot().contains("open     changes that nobody decided go in"),
        "{}",
        desk.stage.shot()
    );
}

#[test]
fn lines_that_are_not_broken_scroll_sideways() {
    for columns in [80, 120] {
        let mut desk = Desk::at(columns, 40);
        desk.key("j enter ]");
        let broken = desk.shot();
        let change =
            broken.lines().find_map(|line| line.split_once("change ").map(|(_, rest)| rest.to_owned()));
        desk.key("right");
        assert_eq!(desk.shot().lines().count(), broken.lines().count());
        desk.stage.pass(std::time::Duration::from_secs(10));
        desk.key("w");
        let whole = desk.shot();
        let text = |shot: &str| {
            shot.lines().filter(|line| line.contains("8 years")).map(str::to_owned).collect::<Vec<_>>()
        };
        assert!(text(&whole).iter().any(|line| line.contains('…')), "a line is cut: {whole}");
        assert!(
            change.is_some_and(|change| whole.contains(&change)),
            "the cursor stays on its change: {whole}"
        );
        desk.key("right");
        let aside = desk.shot();
        assert_ne!(text(&aside), text(&whole), "{aside}");
        desk.key("left");
        assert_eq!(desk.shot(), whole);
        desk.key("w");
        assert_eq!(desk.shot(), broken);
    }
}

#[test]
fn the_batch_of_a_rewrite_pauses_and_goes_on_after_a_yes() {
    let mut desk = Desk::at(80, 24);
    desk.key("P");
    assert!(desk.shot().contains("Pause b38 with 0 rewrites left?"), "{}", desk.shot());
    desk.key("n");
    assert_eq!(desk.world.batch.state, BatchState::Running);
    desk.key("enter P y");
    assert_eq!(desk.world.batch.state, BatchState::Paused(PauseReason::Person("anna".to_owned())));
    assert!(desk.stage.shot().contains("b38 is paused."), "{}", desk.stage.shot());
    desk.key("P");
    assert!(desk.stage.shot().contains("Let b38 go on"), "{}", desk.stage.shot());
    desk.key("y");
    assert_eq!(desk.world.batch.state, BatchState::Running);
    desk.world.batch.state = BatchState::Finished;
    desk.key("P");
    assert!(
        desk.stage.shot().contains("b38 is finished: there is nothing to pause."),
        "{}",
        desk.stage.shot()
    );
}

#[test]
fn what_is_ready_is_made_again_in_a_batch_of_its_own_with_a_note() {
    let mut desk = Desk::at(80, 24);
    desk.key("j R");
    desk.stage.text("shorter, please");
    desk.key("enter");
    let shot = desk.shot();
    for words in ["Have 1 rewrite made again?", "Priya", "shorter, please", "in a new batch of one"] {
        assert!(shot.contains(words), "no {words:?} in {shot}");
    }
    assert!(desk.world.anew.is_empty(), "not before a yes");
    desk.key("y");
    assert_eq!(desk.world.anew, [(id(2), "shorter, please".to_owned())]);
    assert!(desk.stage.shot().contains("b39 was started with it"), "{}", desk.stage.shot());
    assert_eq!(desk.world.state(2), RewriteState::Ready, "this one stays as it is");
}

#[test]
fn words_are_found_in_the_other_rewrites_of_the_filter() {
    let mut world = World::new();
    for number in [3, 5] {
        let sections = &mut world.rewrite(id(number)).after.as_mut().unwrap().sections;
        sections[2].text = Some("Trade school, Columbus, 2009, with a Forklift licence".to_owned());
    }
    let mut desk = Desk::of(world, 80, 24);
    desk.key("enter /");
    desk.stage.text("FORKLIFT");
    desk.key("enter g n");
    let shot = desk.shot();
    assert!(shot.contains("山田 花子") && shot.contains("Forklift"), "{shot}");
    assert!(shot.contains("Review 3/6"), "{shot}");
    desk.key("g n");
    assert!(desk.shot().contains("Review 5/6"), "{}", desk.shot());
    desk.key("g n");
    assert!(desk.shot().contains("Review 3/6"), "it goes round: {}", desk.shot());
    // In the queue the words are asked for.
    let mut desk = Desk::at(80, 24);
    desk.key("g n");
    desk.stage.text("submarine");
    desk.key("enter");
    assert!(desk.stage.shot().contains("No other rewrite of this filter has"), "{}", desk.stage.shot());
}
