//! Edits: of a paragraph, of the whole text, in an editor.

use super::world::{Desk, id};
use crate::{
    domain::Action,
    tui::{
        Access, Order,
        command::{Change, Command},
    },
};

#[test]
fn an_edit_changes_one_paragraph_and_an_untouched_one_nothing() {
    let mut desk = Desk::at(80, 24);
    desk.key("enter e esc");
    assert!(!desk.world.decisions.iter().any(|known| matches!(known.action, Action::Edit { .. })));
    desk.stage.key("e").text("Seasoned ").key("esc");
    desk.settle();
    let after = desk.world.rewrite(id(1)).after.clone().unwrap();
    let text = after.sections[0].text.as_deref().unwrap();
    assert!(text.starts_with("Seasoned Warehouse supervisor"), "{after:?}");
    assert!(
        text.ends_with("\n\nKnown for punctuality, strong work ethic and an approachable style."),
        "{text}"
    );
    assert!(desk.stage.shot().contains("Seasoned"), "{}", desk.stage.shot());
    desk.stage.key("e").text("Very ").key("esc");
    desk.settle();
    let after = desk.world.rewrite(id(1)).after.clone().unwrap();
    assert!(
        after.sections[0].text.as_deref().unwrap().starts_with("Very Seasoned"),
        "a second edit is kept too"
    );
}

#[test]
fn the_editor_of_a_paragraph_shows_that_paragraph_alone() {
    let mut desk = Desk::at(120, 40);
    desk.stage.key("enter");
    desk.settle();
    desk.stage.key("] ] ] ] e");
    let shot = desk.stage.shot();
    assert!(shot.contains("EDIT IN SUMMARY of Jordan Merriweather"), "{shot}");
    assert!(shot.contains("Known for punctuality") && !shot.contains("Warehouse supervisor with"), "{shot}");
    desk.stage.key("esc g g k e");
    let shot = desk.stage.shot();
    assert!(shot.contains("EDIT SUMMARY of Jordan"), "a heading stands for its section: {shot}");
}

fn editors(desk: &mut Desk) -> Vec<String> {
    let orders = desk.stage.orders().into_iter();
    orders
        .filter_map(|order| if let Order::Editor { text, .. } = order { Some(text) } else { None })
        .collect()
}

#[test]
fn the_whole_after_text_goes_to_the_editor_and_comes_back_as_one_edit() {
    let mut desk = Desk::at(80, 24);
    desk.stage.key("enter");
    desk.settle();
    desk.stage.key("E");
    let sheet = editors(&mut desk).pop().unwrap();
    assert!(sheet.starts_with("===== SUMMARY =====\nWarehouse supervisor"), "{sheet}");
    assert!(sheet.contains("\n\n===== EXPERIENCE =====\n"), "{sheet}");
    let by = Command::Change(Change::Outside);
    desk.stage.edited(by, &sheet.replace("8 years of experience", "9 years of experience"));
    desk.settle();
    let after = desk.world.rewrite(id(1)).after.clone().unwrap();
    assert!(after.sections[0].text.as_deref().unwrap().contains("with 9 years"), "{after:?}");
    let edits = desk.world.decisions.iter().filter(|known| matches!(known.action, Action::Edit { .. }));
    assert_eq!(edits.count(), 1);
}

#[test]
fn a_text_that_lost_a_section_is_not_kept_and_not_lost() {
    let mut desk = Desk::at(80, 24);
    desk.stage.key("enter");
    desk.settle();
    desk.stage.key("E");
    let sheet = editors(&mut desk).pop().unwrap();
    let by = Command::Change(Change::Outside);
    desk.stage.edited(by, &sheet.replace("===== EXPERIENCE =====\n", "").replace("8 years", "9 years"));
    let shot = desk.stage.shot();
    assert!(shot.contains("EDIT ALL: not kept yet") && shot.contains("with 9 years"), "{shot}");
    assert!(shot.contains("\"===== EXPERIENCE =====\" must stay"), "{shot}");
    desk.key("ctrl-c");
    desk.stage.pass(std::time::Duration::from_secs(2));
    desk.key("ctrl-c");
    assert!(desk.world.decisions.iter().all(|known| known.action == Action::Open));
}

#[test]
fn where_redraft_is_restricted_the_whole_text_is_edited_in_place() {
    let mut desk = Desk::at(80, 24);
    desk.stage.app().context_mut().access = Access::Restricted;
    desk.stage.key("enter");
    desk.settle();
    desk.stage.key("E");
    assert!(editors(&mut desk).is_empty());
    let shot = desk.stage.shot();
    assert!(shot.contains("EDIT ALL of Jordan") && shot.contains("===== SUMMARY ====="), "{shot}");
}
