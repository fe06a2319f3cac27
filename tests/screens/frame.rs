//! What the application itself draws: screens by number, remarks, dialogs, help, palette.

use std::time::Duration;

use insta::assert_snapshot;
use redraft::{
    domain::Money,
    error::Error,
    tui::{
        Access, Context, Order, Provider,
        backend::Request,
        keymap::Glyphs,
        screens::{ScreenId, dashboard},
        testing::context,
        theme::{Choice, Depth, Theme},
    },
};

use crate::support::script::Script;

/// The lines of the picture that say something.
fn said(script: &mut Script) -> String {
    script.shot().lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn numbers_go_to_screens() {
    let mut script = Script::at(80, 24);
    assert_snapshot!(script.shot(), @"
     redraft
     [1]Dashboard 2 Candidates 3 Batches 4 Review 5 Write-back 6 Activity

     reading …


















    ────────────────────────────────────────────────────────────────────────────────
     ↵ open  C cap  2 candidates  : commands  ? help  q quit
    ");
    for (key, screen) in ["1", "2", "3", "4", "5", "6"].iter().zip(ScreenId::ALL) {
        script.key(key);
        assert_eq!(script.app().current(), screen);
        assert!(script.line(1).contains(&format!("[{key}]{}", screen.name())), "{}", script.line(1));
    }
}

#[test]
fn a_simulated_model_is_told_on_every_screen_and_size() {
    for (columns, rows) in [(80, 24), (60, 15), (120, 40), (200, 60)] {
        let mut context = context(columns, rows);
        context.provider = Provider::Simulated;
        let mut script = Script::of(context);
        for key in ["1", "2", "3", "4", "5", "6"] {
            let line = script.key(key).line(1);
            assert!(line.ends_with("SIMULATED"), "{columns}: {line}");
        }
    }
}

#[test]
fn a_small_terminal_is_told_politely_in_one_line() {
    for (columns, rows) in [(59, 24), (80, 14), (30, 8), (10, 2), (1, 1)] {
        let mut script = Script::at(columns, rows);
        let shot = script.shot();
        assert_eq!(shot.lines().filter(|line| !line.is_empty()).count(), 1, "{shot}");
    }
    assert_eq!(Script::at(50, 10).line(0), "redraft needs 60×15, this is 50×10.");
    assert_eq!(
        Script::at(30, 8).line(0),
        "needs 60×15, this is 30×8",
        "without the name, where it does not fit"
    );
    assert!(Script::at(60, 15).line(1).contains("[1]Dashboard"));
}

#[test]
fn the_screen_follows_the_size() {
    let mut script = Script::at(80, 24);
    script.shot();
    script.resize(59, 20);
    assert!(script.shot().starts_with("redraft needs"));
    script.resize(100, 30);
    assert!(script.line(1).contains("6 Activity"));
}

#[test]
fn an_unknown_key_leaves_a_remark_that_goes() {
    let mut script = Script::at(80, 24);
    script.key("d");
    assert_eq!(script.line(23), " d does nothing here · ? shows what does");
    script.pass(Duration::from_secs(3));
    assert!(!script.shot().contains("does nothing"));
    script.key("esc");
    assert!(!script.shot().contains("does nothing"), "Esc is pressed to be sure");
    script.key("g d");
    assert_eq!(script.line(23), " gd does nothing here · ? shows what does");
}

#[test]
fn a_sequence_shows_what_can_follow_after_a_while() {
    let mut script = Script::at(80, 24);
    script.key("g");
    assert!(!script.shot().contains("gg"), "not at once");
    script.pass(Duration::from_millis(401));
    assert_eq!(script.line(22), " gg   Go to the first row.");
    script.key("esc");
    assert!(!script.shot().contains("gg"));
    assert!(!script.shot().contains("does nothing"), "Esc ends a sequence without a word");
}

#[test]
fn help_shows_the_keys_of_the_screen_and_finds_commands() {
    let mut script = Script::at(80, 24);
    script.key("4 ?");
    assert_snapshot!(script.shot(), @"
     Review │ 0 ready · 0 approved · 0 rejected
     1┌─ Keys: Review queue ─────────────────────────────────────────────────────┐
    ──│>On Review, in the queue and in a rewrite.                                │sk
      │   a              Approve this rewrite and go to the next. (not now)      │
     r│   x              Reject this rewrite and go to the next. (not now)       │
      │   r              Reject this rewrite, say why, and go to the next. (not  │
      │                  now)                                                    │
      │   t p            Show the exact text that an approval would write. (not  │
      │                  now)                                                    │
      │   s              Leave this rewrite for the end of your queue. (not now) │
      │   u              Take back your last decision.                           │
      │   U              Decide again what you took back.                        │
      │   gu             Take back all decisions since a time, or of a filter.   │
      │   R              Have it rewritten again, with a note. (not now)         │
      │   P              Pause the batch of this rewrite, or let it go on. (not  │
      │                  now)                                                    │
      │   W              Write approved texts back.                              │
      │   T              Go on with what somebody else has open. (not now)       │
      │   gs             Give the filter a name, for everybody.                  │
      │   F              Choose a saved filter.                                  │
    ──│   gn             Go to the next rewrite of the filter that has the words │──
     f│ / search  q close                                                        │ 0
     u└──────────────────────────────────────────────────────────────────────────┘
     : commands  q quit
    ");
    script.key("/").text("undo");
    assert_snapshot!(said(&mut script), @"
     Review │ 0 ready · 0 approved · 0 rejected
     1┌─ Keys: Review queue ─────────────────────────────────────────────────────┐
    ──│>  u              Take back your last decision.                           │sk
      │   gu             Take back all decisions since a time, or of a filter.   │
     r│   ␣              Mark or unmark the row and go to the next. (not now)    │
      │   3              Go to Batches: watch, pause and retry bulk work.        │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
    ──│                                                                          │──
     f│ search: undo                                                             │ 0
     u└──────────────────────────────────────────────────────────────────────────┘
     : commands  q quit
    ");
    script.key("esc q");
    assert!(!script.shot().contains("Keys:"));
}

#[test]
fn the_palette_finds_and_calls_commands() {
    let mut script = Script::at(80, 24);
    script.key(":").text("writ");
    assert_snapshot!(script.shot(), @"
     redraft
     [1]Dashboard 2 Candidates 3 Batches 4 Review 5 Write-back 6 Activity

     r┌─ Commands ───────────────────────────────────────────────────────────────┐
      │ : writ                                                                   │
      │>app.write-back             Go to Write-back: put approved texts into … 5 │
      │ app.candidates             Go to Candidates: choose whose résumé is r… 2 │
      │ app.review                 Go to Review: decide about rewrites.        4 │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      └──────────────────────────────────────────────────────────────────────────┘

    ────────────────────────────────────────────────────────────────────────────────
     ↵ open  C cap  2 candidates  : commands  ? help  q quit
    ");
    script.key("enter");
    assert_eq!(script.app().current(), ScreenId::WriteBack);
    script.key(":").text("zzzz");
    assert!(script.shot().contains("No command matches."));
    script.key("esc : enter");
    assert!(
        !script.shot().contains('┌'),
        "the palette is gone: the first command was called, or refused with a remark"
    );
}

fn at_work() -> redraft::engine::port::Progress {
    use redraft::{
        domain::BatchId,
        engine::port::{BatchProgress, Progress},
    };
    let batch = BatchProgress {
        batch: BatchId::new(uuid::Uuid::from_u128(1)),
        in_flight: 400,
        waiting: 0,
        waiting_for: None,
        trouble: None,
        rate_now: 6.4,
        rate_average: 6.2,
        eta: None,
        limited: 0,
        history: Vec::new(),
        interval: Duration::from_secs(20),
        live: Vec::new(),
    };
    Progress { batches: vec![batch], tokens_per_second: 0.0 }
}

/// The application once its first screen has asked for what it shows.
fn quiet(context: Context) -> Script {
    let mut script = Script::of(context);
    script.orders();
    script
}

#[test]
fn q_leaves_and_so_does_ctrl_c_pressed_twice() {
    let mut script = quiet(context(80, 24));
    script.key("q");
    assert_eq!(script.orders(), [Order::Quit]);
    script.key("ctrl-c");
    assert!(script.line(23).contains("^c again within a second quits"), "{}", script.line(23));
    assert!(script.orders().is_empty());
    script.pass(Duration::from_millis(1_500)).key("ctrl-c");
    assert!(script.orders().is_empty(), "too late");
    script.pass(Duration::from_millis(500)).key("ctrl-c");
    assert_eq!(script.orders(), [Order::Quit]);
}

#[test]
fn leaving_asks_while_a_batch_is_at_work() {
    let mut script = quiet(context(80, 24));
    script.progress(at_work());
    script.key("q");
    assert_snapshot!(said(&mut script), @"
     redraft
     [1]Dashboard 2 Candidates 3 Batches 4 Review 5 Write-back 6 Activity
     reading …
          ┌─ Quit redraft? ──────────────────────────────────────────────────┐
          │ A batch is running here. It goes on when redraft runs again.     │
          │                                                                  │
          │ [>cancel<]  [ quit ]   y quit   Esc cancel                       │
          └──────────────────────────────────────────────────────────────────┘
    ────────────────────────────────────────────────────────────────────────────────
     ↵ open  C cap  2 candidates  : commands  ? help  q quit
    ");
    script.key("enter");
    assert!(script.orders().is_empty(), "cancel is in focus");
    script.key("q tab enter");
    assert_eq!(script.orders(), [Order::Quit]);
    script.key("q y");
    assert_eq!(script.orders(), [Order::Quit]);
}

#[test]
fn ctrl_z_suspends_except_where_that_would_open_a_shell() {
    let mut script = quiet(context(80, 24));
    script.key("ctrl-z");
    assert_eq!(script.orders(), [Order::Suspend]);
    let mut context = context(80, 24);
    context.access = Access::Restricted;
    let mut script = quiet(context);
    script.key("ctrl-z");
    assert!(script.orders().is_empty());
    assert!(script.shot().contains("This redraft is restricted"));
}

#[test]
fn ctrl_l_draws_anew_also_in_an_overlay() {
    let mut script = quiet(context(80, 24));
    script.key("ctrl-l ? ctrl-l");
    assert_eq!(script.orders(), [Order::Redraw, Order::Redraw]);
    assert!(script.shot().contains("Keys:"));
}

#[test]
fn a_paste_outside_a_text_field_is_dropped_with_a_message() {
    let mut script = quiet(context(80, 24));
    script.paste("aaaxx\nq");
    assert!(script.orders().is_empty());
    assert!(script.shot().contains("Pasted text was dropped"));
    script.key(":").paste("quit");
    assert!(script.shot().contains("app.quit"));
}

#[test]
fn three_messages_are_stacked_and_all_are_kept() {
    let mut script = quiet(context(80, 24));
    for number in 1..=4 {
        let question = Request::Dashboard(dashboard::Request::Cap(Money::from_dollars(1)));
        let error = Error::remote(format!("The store failed {number} times.")).hint("Look at the log.");
        script.fail(question, error);
    }
    assert_snapshot!(said(&mut script), @"
     redraft
     [1]Dashboard 2 Candidates 3 Batches 4 Review 5 Write-back 6 Activity
     reading …
                                                        x The store failed 2 times.
                                                          Look at the log.
                                                        x The store failed 3 times.
                                                          Look at the log.
                                                        x The store failed 4 times.
                                                          Look at the log.
    ────────────────────────────────────────────────────────────────────────────────
     ↵ open  C cap  2 candidates  : commands  ? help  q quit
    ");
    assert_eq!(script.app().context().messages.len(), 4);
    script.pass(Duration::from_secs(11));
    assert!(!script.shot().contains("The store failed"));
}

#[test]
fn without_unicode_and_colours_everything_is_still_told() {
    let mut context = context(80, 24);
    context.glyphs = Glyphs::Ascii;
    context.theme = Theme::new(Choice::Mono, Depth::Mono).unwrap();
    context.progress = std::sync::Arc::new(at_work());
    let mut script = quiet(context);
    for key in ["?", "q", ":", "esc", "q"] {
        script.key(key);
        let shot = script.shot();
        // Letters of words stay: only what redraft draws is replaced.
        assert!(shot.chars().all(|c| c.is_ascii() || c.is_alphabetic()), "{shot}");
    }
    assert_snapshot!(said(&mut script), @"
     redraft
     [1]Dashboard 2 Candidates 3 Batches 4 Review 5 Write-back 6 Activity
     reading ~
          +- Quit redraft? --------------------------------------------------+
          | A batch is running here. It goes on when redraft runs again.     |
          |                                                                  |
          | [>cancel<]  [ quit ]   y quit   Esc cancel                       |
          +------------------------------------------------------------------+
    --------------------------------------------------------------------------------
     Enter open  C cap  2 candidates  : commands  ? help  q quit
    ");
}
