//! Honest reviewers, and coming back: haste, spot checks, how one decides, where one was.

use super::world::{Desk, World, id};
use crate::domain::RewriteState;

fn line_with<'a>(shot: &'a str, word: &str) -> &'a str {
    shot.lines().find(|line| line.contains(word)).unwrap_or_else(|| panic!("no {word} in\n{shot}"))
}

#[test]
fn who_decides_faster_than_anybody_reads_is_told_and_not_stopped() {
    let mut world = World::new();
    world.rewrites[0].findings.clear();
    for number in 7..=12 {
        let mut more = world.rewrites[1].clone();
        more.head.id = id(number);
        world.rewrites.push(more);
    }
    let mut desk = Desk::of(world, 100, 24);
    desk.stage.app().context_mut().fast_seconds = 4;
    desk.key("x x x x x x x x x");
    assert!(!desk.stage.shot().contains("in a row"), "{}", desk.stage.shot());
    desk.key("x");
    let shot = desk.stage.shot();
    assert!(shot.contains("10 decisions in a row, each in less than 4 seconds."), "{shot}");
    desk.key("x");
    let rejected = |one: &crate::domain::Rewrite| one.head.state == RewriteState::Rejected;
    assert_eq!(desk.world.rewrites.iter().filter(|one| rejected(one)).count(), 11);
}

#[test]
fn spot_checks_of_a_bulk_are_the_first_of_the_queue() {
    let mut world = World::new();
    world.spot_percent = 50;
    let mut desk = Desk::of(world, 100, 24);
    // Two of five are approved in bulk, and one of them is to be looked at.
    desk.key("j space space k A y");
    let sampled = desk.world.rewrites.iter().find(|one| one.head.wanted().is_some()).unwrap().head.clone();
    let shot = desk.shot();
    let first = shot.lines().find(|line| line.contains(" C-1")).unwrap();
    assert!(first.starts_with('>') && first.contains(&sampled.candidate.0), "{shot}");
    // From anything else the next decision leads there.
    desk.key("j x");
    let shot = desk.shot();
    let here = shot.lines().find(|line| line.starts_with('>')).unwrap();
    assert!(here.contains(&sampled.candidate.0), "{shot}");
    desk.key("enter a");
    assert_eq!(desk.world.rewrite(sampled.id).head.wanted(), None);
    assert!(!desk.shot().lines().any(|line| line.contains(&sampled.candidate.0) && line.contains(" C-1")));
}

#[test]
fn one_reads_how_one_decides() {
    let mut desk = Desk::at(80, 24);
    desk.key("g h");
    let shot = desk.shot();
    assert!(shot.contains("How you decide") && shot.contains("prompt abc: 3 approved"), "{shot}");
}

#[test]
fn after_another_start_filter_order_cursor_and_what_was_open_are_there_again() {
    let mut desk = Desk::at(80, 24);
    desk.key("\\ o j j enter");
    desk.key("j j j enter");
    assert!(desk.shot().contains("Tomás Rivera"), "{}", desk.shot());
    let world = desk.leave();
    let mut desk = Desk::of(world, 80, 24);
    let shot = desk.shot();
    assert!(
        shot.contains("Review 4/6") && shot.contains("Tomás Rivera") && shot.contains("sort: name"),
        "{shot}"
    );
    desk.key("h j");
    let world = desk.leave();
    let mut desk = Desk::of(world, 80, 24);
    let shot = desk.shot();
    assert!(shot.contains("everything") && line_with(&shot, "Adaeze Okafor").starts_with('>'), "{shot}");
}

#[test]
fn what_was_open_and_is_not_in_the_filter_any_more_is_not_taken_for_another() {
    let mut desk = Desk::at(80, 24);
    desk.key("j j enter");
    let mut world = desk.leave();
    world.rewrite(id(3)).head.state = RewriteState::Rejected;
    let desk = Desk::of(world, 80, 24);
    let mut stage = desk.stage;
    let shot = stage.shot();
    assert!(shot.contains("not in this filter any more") && shot.contains("Priya Sundaram"), "{shot}");
}

#[test]
fn the_inspector_knows_who_opened_it_from_the_first_key_on() {
    let mut desk = Desk::at(200, 60);
    let shot = desk.shot();
    assert!(shot.contains("nobody has opened it yet"), "only the cursor is on it: {shot}");
    desk.key("enter");
    let shot = desk.shot();
    assert!(!shot.contains("nobody has opened it yet") && shot.contains("opened it"), "{shot}");
}

#[test]
fn a_decision_says_which_keys_were_pressed() {
    let mut desk = Desk::at(80, 24);
    desk.stage.key("j enter");
    desk.settle();
    desk.key("a");
    desk.stage.key("u");
    desk.settle();
    let keys: Vec<(&str, Option<String>)> = desk.world.orders.clone();
    let pressed: Vec<(&str, Option<&str>)> = keys.iter().map(|(word, key)| (*word, key.as_deref())).collect();
    let by_a = [("approved", Some("a")), ("opened", Some("a"))];
    assert_eq!(pressed, [("opened", Some("enter")), by_a[0], by_a[1], ("restored", Some("u"))]);
}

#[test]
fn work_is_given_to_others_by_keys_and_taken_back_in_one_step() {
    let mut desk = Desk::at(100, 24);
    desk.key("j g a b e n = 0 enter");
    assert!(desk.stage.shot().contains("names nobody"), "{}", desk.stage.shot());
    desk.key("backspace backspace enter");
    assert_eq!(desk.world.rewrite(id(2)).head.assigned.as_ref().map(|who| who.0.as_str()), Some("ben"));
    desk.key("space space g a b e n enter");
    let shot = desk.stage.shot();
    assert!(shot.contains("Assign 2 rewrites?") && shot.contains("the work of ben"), "{shot}");
    desk.key("y");
    assert!(desk.stage.shot().contains("2 assigned."), "{}", desk.stage.shot());
    assert!(desk.world.rewrite(id(3)).head.assigned.is_some());
    desk.key("u");
    assert!(desk.world.rewrite(id(3)).head.assigned.is_none());
}

#[test]
fn a_second_opinion_on_what_is_approved_is_asked_for_by_keys() {
    let mut desk = Desk::at(100, 24);
    desk.key("j a \\");
    desk.key("g g j g o");
    assert_eq!(desk.world.rewrite(id(2)).head.wanted(), Some(crate::domain::LookKind::Second));
    assert!(desk.stage.shot().contains("1 waiting for a second opinion."), "{}", desk.stage.shot());
    // What is not approved yet has nothing to agree with.
    desk.key("j g o");
    assert_eq!(desk.world.rewrite(id(3)).head.wanted(), None);
}

#[test]
fn the_exact_text_is_shown_by_either_key() {
    for key in ["t", "p"] {
        let mut desk = Desk::at(80, 24);
        desk.key("j enter");
        desk.key(key);
        assert!(desk.shot().contains("What an approval would write"), "{key}: {}", desk.shot());
    }
}
