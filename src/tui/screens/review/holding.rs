//! Several reviewers: what is open here is held, renewed while somebody is at it, and given up when nobody is.

use std::time::Duration;

use super::{Action, Pane, Request, Review};
use crate::{
    domain::RewriteId,
    review::session::{Event, Hold, Session},
    tui::{
        Context, Effect, Handled,
        backend::Slot,
        command,
        effect::Action as Any,
        overlays::{Confirm, Prompt},
        widgets::Toast,
    },
};

/// How often what is held is renewed: thrice within its time.
const BEAT: Duration = Duration::from_secs(30);
/// Whoever presses no key for so long is taken to have left.
const AWAY: Duration = Duration::from_mins(1);

impl Review {
    /// A rewrite is held here, or not; renews it in time.
    pub(super) fn held(&mut self, id: RewriteId, by: Option<String>, context: &Context) -> Vec<Effect> {
        let mut effects = self.tell(Event::Held(id, by), context);
        let holds = self.session.as_ref().is_some_and(|session| session.holds().is_some());
        if holds && self.beat.is_none() {
            self.beat = Some(context.instant + BEAT);
            effects.push(Effect::Wake(BEAT));
        }
        effects
    }

    /// Renews what is held, or gives it up if nobody is there.
    pub(super) fn beat(&mut self, context: &Context) -> Vec<Effect> {
        if self.beat.is_none_or(|at| at > context.instant) {
            return Vec::new();
        }
        self.beat = None;
        let Some(id) = self.session.as_ref().and_then(Session::holds) else { return Vec::new() };
        let there = self.touched.is_some_and(|touched| context.is_within(touched, AWAY));
        if there && self.row().is_some_and(|row| row.id == id) {
            return vec![Self::ask(Slot::Newest("review.hold"), Request::Hold(id, Hold::IfFree))];
        }
        self.tell(Event::Close, context)
    }

    /// Goes back to the queue; nothing is open any more.
    pub(super) fn close_document(&mut self, context: &Context) -> Handled {
        self.pane = Pane::Queue;
        self.tell(Event::Close, context).into()
    }

    /// Asks before going on with what somebody else has open.
    pub(super) fn ask_take_over(&self) -> Handled {
        let Some(row) = self.row() else { return Handled::Ignored };
        let Some(who) = self.session.as_ref().and_then(|session| session.holder(row.id)) else {
            return Handled::Ignored;
        };
        let dialog = Confirm::new("Take it over?", "take over", Any::Review(Action::TakeOver))
            .line("whose", row.name.clone())
            .line("open at", crate::text::Safe::line(who))
            .line("then", "it is open here; the takeover is recorded, and the other screen tells of it");
        Effect::confirm(dialog).into()
    }

    /// Asks for a name for the filter.
    pub(super) fn ask_name(&self) -> Effect {
        let placeholder = if self.filter_text.is_empty() {
            "a saved name to be forgotten"
        } else {
            "a name for the filter"
        };
        Effect::open(Prompt::new(command::Review::SaveFilter, "save as").placeholder(placeholder))
    }

    pub(super) fn save_filter(&self, name: &str) -> Effect {
        let name: String = name.trim().chars().filter(|char| !char.is_control()).take(60).collect();
        if name.is_empty() {
            return Effect::Toast(Toast::plain("The filter was not saved: it has no name."));
        }
        Self::ask(Slot::InOrder, Request::SaveFilter(name, self.filter_text.clone()))
    }
}
