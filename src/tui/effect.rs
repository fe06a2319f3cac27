//! What a layer wants done. Effects are data: the application and its shell do them.

use std::time::Duration;

use super::{
    backend::{Ask, Slot},
    command::Command,
    layer::Layer,
    overlays::Confirm,
    screens::{ScreenId, activity, batches, candidates, dashboard, review, write_back},
    widgets::Toast,
};
use crate::domain::{BatchId, RewriteId};

/// Something to do.
pub enum Effect {
    /// Opens a layer on top.
    Open(Box<dyn Layer>),
    /// Closes the layer that asked, or the topmost overlay if a screen asked.
    Close,
    /// Shows a screen; it gets [`super::Event::Visit`].
    Go(ScreenId, Visit),
    /// Asks for a decision; after a yes the layer that asked gets [`super::Event::Confirmed`].
    Confirm(Box<Confirm>),
    /// Asks the backend.
    Ask(Ask),
    /// Forgets what is asked in this slot: a running task is dropped, and nothing is answered.
    Forget(Slot),
    /// Shows a message in a corner; it is kept under Activity.
    Toast(Toast),
    /// Calls a command as if its key had been pressed.
    Run(Command),
    /// Sends the event back after a while, for what must happen without a key. It fires once.
    Wake(Duration),
    /// Opens the external editor; the layer gets [`super::Event::Edited`].
    Editor {
        /// The command that asked.
        by: Command,
        /// The text to edit.
        text: String,
    },
    /// Puts text on the clipboard of the person's terminal, if the configuration allows it.
    Copy {
        /// What it is, for the message: `the id`.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// Gives the terminal back to the shell until it calls again.
    Suspend,
    /// Draws everything anew.
    Redraw,
    /// Leaves redraft, asking first if something would be lost.
    Quit,
    /// What came of an overlay.
    Settle(Settled),
}

/// What came of an overlay; only overlays make one.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled(Outcome);

impl Settled {
    pub(in crate::tui) const fn new(outcome: Outcome) -> Self {
        Self(outcome)
    }

    pub(in crate::tui) fn into_outcome(self) -> Outcome {
        self.0
    }
}

/// How an overlay ended.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::tui) enum Outcome {
    /// A dialog, with yes.
    Confirmed(Action),
    /// An input line, accepted.
    Prompted { by: Command, text: String },
    /// An input line that stays open.
    Typing { by: Command, text: String },
    /// An input line that was cancelled: the text is again what it was at first.
    Cancelled { by: Command, text: String },
    /// A menu.
    Chosen { by: Command, index: usize },
    /// The palette.
    Called(Command),
}

/// Why a screen comes to the front.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub enum Visit {
    /// By its number.
    #[default]
    Plain,
    /// To show this batch.
    Batch(BatchId),
    /// To show this rewrite.
    Rewrite(RewriteId),
    /// To show what this filter matches.
    Filter(String),
}

/// Something dangerous that a person can be asked about, by the screen that will do it.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Of the application itself.
    App(AppAction),
    /// Of the Dashboard.
    Dashboard(dashboard::Action),
    /// Of Candidates.
    Candidates(candidates::Action),
    /// Of Batches.
    Batches(batches::Action),
    /// Of Review.
    Review(review::Action),
    /// Of Write-back.
    WriteBack(write_back::Action),
    /// Of Activity.
    Activity(activity::Action),
}

/// What the application itself asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppAction {
    /// Leave redraft.
    Quit,
}

impl Effect {
    /// Opens `layer` on top.
    pub fn open(layer: impl Layer + 'static) -> Self {
        Self::Open(Box::new(layer))
    }

    /// Asks for a decision.
    pub fn confirm(dialog: Confirm) -> Self {
        Self::Confirm(Box::new(dialog))
    }
}
