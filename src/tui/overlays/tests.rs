use insta::assert_snapshot;

use super::*;
use crate::tui::{
    Action, Event, Handled, Layer,
    command::{Command, List, Scope},
    layer::Depth,
    screens::activity,
    testing::{Stage, context},
};

/// A screen that opens one overlay and remembers what came of it.
struct Opener {
    open: fn() -> Effect,
    heard: Vec<String>,
}

impl Layer for Opener {
    fn title(&self) -> &'static str {
        "Opener"
    }

    fn depth(&self) -> Depth {
        Depth::Screen
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::List, Scope::Global]
    }

    fn handle(&mut self, event: &Event, _context: &Context) -> Handled {
        match event {
            Event::Command(Command::List(List::Open)) => return (self.open)().into(),
            Event::Confirmed(confirmed) => self.heard.push(format!("confirmed {:?}", confirmed.action())),
            Event::Prompted { by, text } => self.heard.push(format!("{} {text}", by.name())),
            Event::Typing { by, text } => self.heard.push(format!("{} {text}_", by.name())),
            Event::Chosen { by, index } => self.heard.push(format!("{} {index}", by.name())),
            _ => return Handled::Ignored,
        }
        Handled::done()
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
        Row::of(Meaning::Text, self.heard.join(", ")).draw(frame.buffer_mut(), area, &context.theme);
    }
}

fn opened(open: fn() -> Effect) -> Stage {
    let mut stage = Stage::of_screen(context(80, 24), Opener { open, heard: Vec::new() });
    stage.key("enter");
    stage
}

fn action() -> Action {
    Action::Activity(activity::Action::default())
}

fn bulk() -> Effect {
    Effect::confirm(
        Confirm::new("Approve 211 rewrites?", "approve", action())
            .line("scope", "all matching  state:ready finding:none match:>=+10")
            .line("skipped", "2 leased by ben   ·   1 changed in the database")
            .line("opened", "46 of 211 were opened by a reviewer; 165 never opened")
            .details(crate::text::Safe::new("r-1\nr-2"))
            .typed(211),
    )
}

fn simple() -> Effect {
    Effect::confirm(
        Confirm::new("Pause b38?", "pause", action()).line("", "Requests in flight are finished."),
    )
}

#[test]
fn a_typed_number_passes_and_nothing_else_does() {
    let mut stage = opened(bulk);
    stage.key("2 1");
    assert_snapshot!(stage.shot(), @r#"








┌─ Approve 211 rewrites? ──────────────────────────────────────────┐
│ scope   all matching  state:ready finding:none match:>=+10       │
│ skipped 2 leased by ben   ·   1 changed in the database          │
│ opened  46 of 211 were opened by a reviewer; 165 never opened    │
│                                                                  │
│ type 211 and ↵ to approve   l list them   Esc cancel   21▏       │
└──────────────────────────────────────────────────────────────────┘
"#);
    stage.key("enter");
    assert!(stage.shot().contains("That is another number."));
    for keys in ["y", "tab enter", "space enter"] {
        stage.key(keys);
        assert!(stage.line(0).is_empty(), "{keys}");
    }
    stage.key("1 x enter");
    assert!(stage.line(0).starts_with("confirmed"), "{}", stage.line(0));
    assert!(!stage.shot().contains("Approve 211"));
}

#[test]
fn enter_alone_never_passes_a_number() {
    let mut stage = opened(bulk);
    stage.key("enter enter enter");
    assert!(stage.shot().contains("The number must be typed."));
    stage.key("esc");
    assert!(stage.line(0).is_empty() && !stage.shot().contains("Approve"));
}

#[test]
fn what_is_concerned_can_be_listed_and_the_dialog_stays() {
    let mut stage = opened(bulk);
    stage.key("l");
    assert!(stage.shot().contains("r-2"));
    stage.key("q 2 1 1 enter");
    assert!(stage.line(0).starts_with("confirmed"));
}

#[test]
fn a_simple_question_has_cancel_in_focus() {
    let mut stage = opened(simple);
    assert_snapshot!(stage.shot().trim(), @r#"
┌─ Pause b38? ─────────────────────────────────────────────────────┐
      │ Requests in flight are finished.                                 │
      │                                                                  │
      │ [>cancel<]  [ pause ]   y pause   Esc cancel                     │
      └──────────────────────────────────────────────────────────────────┘
"#);
    stage.key("enter");
    assert!(stage.line(0).is_empty() && !stage.shot().contains("Pause"));
    for keys in ["y", "tab enter"] {
        let mut stage = opened(simple);
        stage.key(keys);
        assert!(stage.line(0).starts_with("confirmed"), "{keys}");
    }
    for keys in ["n", "esc", "q", "ctrl-c", "tab tab enter"] {
        let mut stage = opened(simple);
        stage.key(keys);
        assert!(stage.line(0).is_empty() && !stage.shot().contains("Pause"), "{keys}");
    }
}

#[test]
fn keys_of_the_screen_below_do_nothing_in_a_dialog() {
    let mut stage = opened(simple);
    stage.key("4 ? : j");
    assert!(stage.shot().contains("Pause b38?"));
    assert!(stage.shot().contains("j does nothing here"));
    assert!(stage.orders().is_empty());
}

#[test]
fn a_prompt_gives_its_text_or_nothing() {
    let filter =
        || Effect::open(Prompt::new(List::Filter, "filter").with("state:ready").placeholder("words"));
    let mut stage = opened(filter);
    stage.text(" a q?").key("backspace");
    assert_eq!(stage.line(23), " filter: state:ready a q");
    stage.key("enter");
    assert_eq!(stage.line(0), "list.filter state:ready a q");
    let mut stage = opened(filter);
    stage.key("ctrl-u");
    assert_eq!(stage.line(23), " filter: words");
    stage.key("esc");
    assert_eq!((stage.line(0), stage.line(23)), (String::new(), String::new()));
}

#[test]
fn a_live_prompt_tells_each_change_and_goes_back_when_cancelled() {
    let mut stage = opened(|| Effect::open(Prompt::new(List::Filter, "search").with("a").live()));
    stage.text("b").paste("c\nd").key("esc");
    assert_eq!(stage.line(0), "list.filter ab_, list.filter abc d_, list.filter a_");
}

#[test]
fn a_menu_gives_the_row() {
    let menu = || {
        let rows = ["risk", "changed last", "name"].map(|name| Row::of(Meaning::Dialog, name)).to_vec();
        Effect::open(Menu::new(List::Sort, "Sort by", rows).at(1))
    };
    let mut stage = opened(menu);
    assert_snapshot!(stage.shot().trim(), @r#"
┌─ Sort by ──────────────────┐
                         │  risk                      │
                         │> changed last              │
                         │  name                      │
                         └────────────────────────────┘
"#);
    stage.key("j enter");
    assert_eq!(stage.line(0), "list.sort 2");
    let mut stage = opened(menu);
    stage.key("esc");
    assert!(stage.line(0).is_empty() && !stage.shot().contains("Sort by"));
}

#[test]
fn typing_picks_from_a_long_list() {
    let postings = || {
        let items =
            (0..500).map(|number| format!("{number} Nurse")).chain(["ICU Night Shift Lead".to_owned()]);
        Effect::open(Pick::new(List::Sort, "Posting", items.map(Into::into).collect()).at(2))
    };
    let mut stage = opened(postings);
    assert!(stage.shot().contains("> 2 Nurse"));
    stage.text("icu lead");
    assert!(stage.shot().contains("> ICU Night Shift Lead"));
    stage.key("enter");
    assert_eq!(stage.line(0), "list.sort 500");
    let mut stage = opened(postings);
    stage.text("zzz").key("enter");
    assert!(stage.shot().contains("Nothing matches."));
    stage.key("esc");
    assert!(stage.line(0).is_empty() && !stage.shot().contains("Posting"));
}

#[test]
fn a_long_message_scrolls() {
    let mut stage = opened(|| {
        let text: Vec<String> = (1..=50).map(|line| format!("line {line}")).collect();
        Effect::open(Message::new("Lines", text.join("\n")))
    });
    assert!(stage.shot().contains("line 20") && !stage.shot().contains("line 21"));
    stage.key("j j");
    assert!(stage.shot().contains("line 22") && !stage.shot().contains("line 1 "));
    stage.key("G");
    assert!(stage.shot().contains("line 50"));
    stage.key("j k");
    assert!(!stage.shot().contains("line 50"), "the end is the end");
}

#[test]
fn wide_characters_under_a_dialog_do_not_shift_it() {
    struct Wide;
    impl Layer for Wide {
        fn title(&self) -> &'static str {
            "Wide"
        }

        fn scopes(&self) -> &'static [Scope] {
            &[Scope::List, Scope::Global]
        }

        fn handle(&mut self, event: &Event, _context: &Context) -> Handled {
            if *event == Event::Command(List::Open.into()) { simple().into() } else { Handled::Ignored }
        }

        fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context) {
            for (index, line) in area.rows().enumerate() {
                let shift = if index % 2 == 0 { "" } else { " " };
                Row::of(Meaning::Text, format!("{shift}{}", "山".repeat(40))).draw(
                    frame.buffer_mut(),
                    line,
                    &context.theme,
                );
            }
        }
    }
    let mut stage = Stage::of_screen(context(80, 24), Wide);
    stage.key("enter");
    for line in stage.shot().lines().filter(|line| line.contains('│')) {
        let at = crate::text::width(line.split_once('│').unwrap().0);
        assert_eq!(at, 6, "{line}");
    }
}
