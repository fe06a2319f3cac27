//! The terminal application.
//!
//! # How to add a screen
//!
//! A screen is a type in `screens/NAME/` that implements [`Layer`]; its row in [`screens::all`] exists already.
//!
//! 1. Its module defines `Request`, `Answer` and `Action` (enums) and `async fn answer(request, &Services, &More)`.
//! 2. `handle(&mut self, &Event, &Context) -> Handled`: match `Event::Command(Command::Review(c))` and then `c`
//!    exhaustively, `Event::Command(Command::List(c))` (pass movements to [`widgets::List`]), [`Event::Visit`] (read
//!    what is shown), [`Event::Notice`] (read again), [`Event::Reply`] (compare `question` with what is wanted now),
//!    [`Event::Confirmed`], `Prompted`, `Typing`, `Chosen`. The rest is `_ => Handled::Ignored`. Never await here.
//! 3. Return effects: `Effect::Ask(Ask { slot, request: Request::Review(…) })`. Whatever changes something goes into
//!    `Slot::InOrder`, what is shown into `Slot::Newest("review.rewrite")`, a search as one types into `Slot::Only`.
//!    Dangerous: `Effect::confirm(Confirm::new("Approve 3 rewrites?", "approve", Action::Review(…)).typed(3))`, and do
//!    it on [`Event::Confirmed`]. A text: `Effect::open(Prompt::new(List::Filter, "filter"))`; a choice: `Menu`.
//! 4. `draw(&self, frame, area, &Context)`: [`widgets::chrome`] gives title, row of screens, rules, footer;
//!    [`widgets::List::draw`] builds only the rows that show; a line of text is a [`widgets::Row`] of
//!    `(Meaning, text)`. Name meanings, never colours; tell by a sign or a word what a colour tells.
//! 5. `scopes()` says which commands have keys now (by pane), `enabled()` which can be called, `hints()` what the
//!    footer offers. New commands: a line in `command.rs`, its keys in `assets/keymap.toml`, then
//!    `REDRAFT_WRITE_DOCS=1 cargo test --lib tui::keymap`.
//! 6. Test with `testing::Stage`: `Stage::at(80, 24)`, `.key("j")`, `.reply(…)`, `.asked()`, and an inline snapshot of
//!    `.shot()` at 80×24, 120×40 and 200×60.

pub mod app;
pub mod backend;
pub mod command;
mod context;
mod effect;
mod event;
pub mod keymap;
pub mod layer;
pub mod overlays;
pub mod screens;
pub mod setup;
pub mod shell;
mod start;
pub mod terminal;
#[doc(hidden)]
pub mod testing;
pub mod theme;
pub mod widgets;

pub use app::{App, Order};
pub use context::{Access, Context, Line, Provider, Voice};
pub use effect::{Action, AppAction, Effect, Settled, Visit};
pub use event::{Confirmed, Event, Notice, Pointer};
pub use layer::{Handled, Layer};
pub use start::{Session, open};
pub use terminal::Mouse;
