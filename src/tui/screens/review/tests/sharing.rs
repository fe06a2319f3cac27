use super::world::{Desk, World, id};
use crate::{
    domain::RewriteState,
    tui::{
        Order, backend,
        screens::review::{Answer, Request},
    },
};

fn line_with<'a>(shot: &'a str, word: &str) -> &'a str {
    shot.lines().find(|line| line.contains(word)).unwrap_or_else(|| panic!("no {word} in\n{shot}"))
}

#[test]
fn a_decision_about_many_ends_in_groups_that_can_be_shown() {
    let mut desk = Desk::at(80, 24);
    desk.key("j space j space X enter");
    desk.stage.key("l");
    let shot = desk.stage.shot();
    assert!(
        shot.contains("What is concerned") && shot.contains("C-1074  Priya Sundaram  64%  never opened"),
        "{shot}"
    );
    desk.key("esc y");
    desk.stage.key("g b");
    let shot = desk.stage.shot();
    assert!(shot.contains("2 rejected"), "{shot}");
    desk.stage.key("enter");
    let wanted = format!("id:{},{}", id(2), id(4));
    let filters = desk.stage.asked().into_iter().filter_map(|request| match request {
        backend::Request::Review(Request::List(question, _)) => Some(question.filter.to_string()),
        _ => None,
    });
    assert!(filters.collect::<Vec<_>>().contains(&wanted));
}

#[test]
fn saved_filters_tell_how_many_they_match() {
    let mut desk = Desk::at(80, 24);
    desk.key("x F");
    let shot = desk.stage.shot();
    assert!(
        shot.contains("all that wait") && line_with(&shot, "all that wait").contains(" 5  state:ready"),
        "{shot}"
    );
    desk.key("enter");
    assert!(desk.shot().contains("state:ready  (5 of 6)"), "{}", desk.shot());
}

#[test]
fn a_reply_as_it_came_scrolls() {
    let mut world = World::new();
    world.fail(2);
    let lines: Vec<String> = (1..60).map(|line| format!("line {line}")).collect();
    world.rewrite(id(2)).raw_reply = Some(lines.join("\n"));
    let mut desk = Desk::of(world, 80, 24);
    desk.key("\\ j enter");
    assert!(desk.shot().contains("THE REPLY AS IT CAME") && !desk.shot().contains("line 59"));
    desk.key("j j");
    assert!(!desk.shot().contains("Failed:"), "{}", desk.shot());
    desk.key("G");
    assert!(desk.shot().contains("line 59"), "{}", desk.shot());
    desk.key("k g g");
    assert!(desk.shot().contains("Failed:") && desk.shot().contains("line 2"), "{}", desk.shot());
}

#[test]
fn a_plain_screen_says_the_change_in_words() {
    let mut desk = Desk::at(80, 24);
    desk.stage.app().context_mut().voice = crate::tui::Voice::Plain;
    desk.key("enter ]");
    let shot = desk.shot();
    let words = " change 2 of 11, summary, open: “persons in” becomes “people across”.";
    assert!(shot.contains(words), "{shot}");
    desk.key("space f");
    let shot = desk.shot();
    assert!(shot.contains("change 8 of 11, experience, open: “, trained about 40 people” becomes"), "{shot}");
    assert!(shot.contains("Finding: 40 became 400: not found in the"), "{shot}");
}

#[test]
fn an_edit_that_a_lost_line_interrupts_is_kept_as_a_note() {
    let mut desk = Desk::at(80, 24);
    desk.stage.key("enter");
    desk.settle();
    desk.stage.key("e").text("Very ");
    let orders = desk.stage.app().leaving();
    let carried = orders.into_iter().find_map(|order| match order {
        Order::Ask(ask) => Some(ask.request),
        _ => None,
    });
    let Some(backend::Request::Review(Request::Carry(order))) = carried else { panic!("{carried:?}") };
    let crate::review::Task::One { verb: crate::review::Verb::Note { text, .. }, .. } = order.task else {
        panic!("{order:?}")
    };
    assert!(text.starts_with("Unfinished edit of summary:\nVery Warehouse supervisor"), "{text}");
}

#[test]
fn what_somebody_else_has_open_is_shown_and_taken_over_after_a_dialog() {
    let mut world = World::new();
    world.held.insert(id(2), "ben".to_owned());
    let mut desk = Desk::of(world, 80, 24);
    let shot = desk.shot();
    let row = line_with(&shot, "Priya");
    assert!(row.starts_with(" · ") && row.ends_with("ben"), "{shot}");
    desk.key("j enter x");
    assert_eq!(desk.world.state(2), RewriteState::Ready);
    let shot = desk.stage.shot();
    assert!(shot.contains("open at ben") && shot.contains("ben has it open. Nothing was decided."), "{shot}");
    assert!(shot.contains("T takes it over"), "{shot}");
    desk.key("T y");
    assert!(desk.shot().contains("│ yours"), "{}", desk.shot());
    desk.key("x");
    assert_eq!(desk.world.state(2), RewriteState::Rejected);
}

#[test]
fn what_is_open_is_renewed_while_keys_are_pressed_and_then_given_up() {
    let mut desk = Desk::at(80, 24);
    desk.key("enter");
    let asks = |desk: &mut Desk| {
        let asked = desk.stage.asked().into_iter();
        let of_review = asked.filter_map(|request| match request {
            backend::Request::Review(request @ (Request::Hold(..) | Request::Release)) => Some(request),
            _ => None,
        });
        of_review.collect::<Vec<_>>()
    };
    desk.stage.pass(std::time::Duration::from_secs(31));
    let renewed = asks(&mut desk);
    assert!(matches!(renewed.as_slice(), [Request::Hold(one, _)] if *one == id(1)), "{renewed:?}");
    desk.stage
        .reply(backend::Request::Review(renewed[0].clone()), backend::Answer::Review(Answer::Held(None)));
    desk.stage.pass(std::time::Duration::from_secs(40));
    assert_eq!(asks(&mut desk), [Request::Release], "nobody pressed a key for a minute");
    desk.stage.pass(std::time::Duration::from_secs(1_000));
    assert!(asks(&mut desk).is_empty());
}

#[test]
fn a_filter_is_saved_under_a_name() {
    let mut desk = Desk::at(80, 24);
    desk.stage.key("g s").text("my queue").key("enter");
    let asked = desk.stage.asked();
    let wanted = Request::SaveFilter("my queue".to_owned(), "state:ready".to_owned());
    assert!(asked.contains(&backend::Request::Review(wanted)), "{asked:?}");
}

/// The change that the screen says the cursor is on, once all toggles are as they were at first.
fn change_at_rest(desk: &mut Desk) -> String {
    desk.stage.resize(80, 24);
    for _ in 0..4 {
        let shot = desk.stage.shot();
        if shot.contains("  merged, context") {
            let rest = shot.split_once("  change ").map(|(_, rest)| rest.to_owned()).unwrap_or_default();
            return rest.split_once("  merged").map(|(number, _)| number.to_owned()).unwrap_or_default();
        }
        desk.stage.key("i");
    }
    String::new()
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(60))]

    #[test]
    fn the_cursor_stays_on_its_change_through_every_toggle_and_resize(
        start in 0_usize..11,
        toggles in proptest::collection::vec(0_usize..9, 0..12),
    ) {
        let mut desk = Desk::at(80, 24);
        desk.stage.key("enter");
        desk.settle();
        for _ in 0..start {
            desk.stage.key("]");
        }
        let before = change_at_rest(&mut desk);
        proptest::prop_assert!(before.ends_with("/11"), "{before:?}");
        for toggle in toggles {
            match toggle {
                0 | 1 => desk.stage.key("i"),
                2 => desk.stage.key("z +"),
                3 => desk.stage.key("z -"),
                4 => desk.stage.key("z z z z"),
                5 => desk.stage.resize(60, 15),
                6 => desk.stage.resize(101, 30),
                7 => desk.stage.resize(131, 41),
                _ => desk.stage.resize(203, 60),
            };
            desk.stage.shot();
        }
        proptest::prop_assert_eq!(change_at_rest(&mut desk), before);
    }
}
