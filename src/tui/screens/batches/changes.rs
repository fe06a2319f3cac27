//! What changes a batch: each is asked about first, with the numbers that it concerns.

use super::{Action, Batches, Hands, Held, Request, ask};
use crate::{
    domain::{Batch, BatchState, Money, PauseReason, Reviewer, RewriteState},
    tui::{
        Context, Effect, Handled,
        command::Batches as Keys,
        event::Confirmed,
        overlays::{Confirm, Prompt},
        screens::words,
        widgets::thousands,
    },
};

/// From this many rewrites on the number must be typed to cancel them.
const MANY: u64 = 50;

fn confirm(title: String, verb: &'static str, action: Action) -> Confirm {
    Confirm::new(title, verb, crate::tui::Action::Batches(action))
}

fn in_flight_stays(in_flight: u64) -> String {
    let is = if in_flight == 1 { "is" } else { "are" };
    format!("{} in flight {is} still completed.", words::count(in_flight, "request"))
}

/// Asks whether a batch is to pause, or to go on if it is paused; `action` makes what is done of the state that it comes
/// to.
pub fn pause_dialog(
    batch: &Batch,
    in_flight: u64,
    who: &Reviewer,
    action: impl Fn(BatchState) -> crate::tui::Action,
) -> Confirm {
    let left = thousands(batch.counts.total() - batch.counts.done());
    let label = batch.label();
    if let BatchState::Paused(reason) = &batch.state {
        let title = format!("Let {label} go on with {left} rewrites?");
        Confirm::new(title, "go on", action(BatchState::Running))
            .line("paused", reason.to_string())
            .line("spent", format!("{} of {}", batch.spent, batch.spec.budget))
    } else {
        let title = format!("Pause {label} with {left} rewrites left?");
        let paused = BatchState::Paused(PauseReason::Person(who.0.clone()));
        Confirm::new(title, "pause", action(paused)).line("", in_flight_stays(in_flight))
    }
}

impl Batches {
    pub(super) fn change(&mut self, command: Keys, context: &Context) -> Handled {
        match command {
            Keys::PauseView => {
                self.held = match self.held {
                    Some(_) => None,
                    None => Some(Held { progress: context.progress.clone(), since: context.now }),
                };
                self.read()
            }
            Keys::WatchOnly => {
                self.hands = match self.hands {
                    Hands::On => Hands::Off,
                    Hands::Off => Hands::On,
                };
                Handled::done()
            }
            Keys::Pause => self.pause(context),
            Keys::Cancel => self.cancel(),
            Keys::Retry => self.retry(),
            Keys::Budget => self.budget(None),
        }
    }

    fn pause(&self, context: &Context) -> Handled {
        let Some(batch) = self.selected() else { return Handled::Ignored };
        let in_flight = self.progress(context).map_or(0, |progress| progress.in_flight);
        let action = |to| crate::tui::Action::Batches(Action::Move(batch.id, to));
        Effect::confirm(pause_dialog(batch, in_flight, &context.who, action)).into()
    }

    fn cancel(&self) -> Handled {
        let Some(batch) = self.selected() else { return Handled::Ignored };
        let counts = &batch.counts;
        // Failed ones are cancelled too, unlike what was counted as done before.
        let lost = counts.of(RewriteState::Queued)
            + counts.of(RewriteState::Running)
            + counts.of(RewriteState::Failed);
        let kept = counts.total() - lost;
        let title = format!("Cancel {} of {}?", words::count(lost, "rewrite"), batch.label());
        let dialog = confirm(title, "cancel them", Action::Move(batch.id, BatchState::Cancelled))
            .line("kept", format!("{} that are ready or further", thousands(kept)))
            .line("spent", format!("{} stay spent", batch.spent))
            .line("", "A cancelled batch cannot go on.");
        let dialog = match &batch.away {
            Some(_) => dialog.line("", "What the provider has done by then is paid."),
            None => dialog,
        };
        let dialog = if lost > MANY { dialog.typed(lost) } else { dialog };
        Effect::confirm(dialog).into()
    }

    fn retry(&self) -> Handled {
        let Some(batch) = self.selected() else { return Handled::Ignored };
        let failed = batch.counts.of(RewriteState::Failed);
        let title = format!("Queue {} of {} again?", words::count(failed, "failed rewrite"), batch.label());
        let mut dialog = confirm(title, "retry", Action::Retry(batch.id))
            .line("spent", format!("{} of {}", batch.spent, batch.spec.budget));
        if let Some(details) = self.details() {
            let hopeless: u64 = details
                .failures
                .iter()
                .filter(|group| !group.reason.retryable())
                .map(|group| group.count)
                .sum();
            if hopeless > 0 {
                dialog = dialog.line("", format!("{hopeless} of them will most likely fail again."));
            }
        }
        Effect::confirm(dialog).into()
    }

    /// Asks for an amount, then whether it is meant.
    pub(super) fn budget(&self, text: Option<&str>) -> Handled {
        let Some(batch) = self.selected() else { return Handled::Ignored };
        let now = batch.spec.budget;
        let prompt = Prompt::new(Keys::Budget, "budget of the batch, in dollars");
        let Some(text) = text else {
            return Effect::open(prompt.with(now.to_string().replace('$', ""))).into();
        };
        let least = batch.spent + batch.reserved;
        match text.parse::<Money>() {
            Err(error) => Effect::open(prompt.with(text).complaint(error.to_string())).into(),
            Ok(budget) if budget == now => Handled::done(),
            Ok(budget) if budget < least => {
                let complaint = format!("{least} are spent or reserved already.");
                Effect::open(prompt.with(text).complaint(complaint)).into()
            }
            Ok(budget) => {
                let title = format!("Let {} cost up to {budget}?", batch.label());
                let dialog = confirm(title, "set", Action::Budget(batch.id, budget))
                    .line("now", now.to_string())
                    .line("spent", batch.spent.to_string());
                let dialog = if batch.state == BatchState::Paused(PauseReason::Budget) {
                    let left = batch.counts.total() - batch.counts.done();
                    dialog.line("then", format!("it goes on with {}", words::count(left, "rewrite")))
                } else {
                    dialog
                };
                Effect::confirm(dialog).into()
            }
        }
    }

    pub(super) fn confirmed(confirmed: &Confirmed) -> Handled {
        let crate::tui::Action::Batches(action) = confirmed.action() else { return Handled::Ignored };
        ask(match action {
            Action::Move(id, state) => Request::Move(*id, state.clone()),
            Action::Retry(id) => Request::Retry(*id),
            Action::Budget(id, budget) => Request::Budget(*id, *budget),
        })
        .into()
    }
}
