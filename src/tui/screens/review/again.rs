//! What is asked of the batch of a rewrite: to make it again, to pause, to go on.

use super::{Action, Answer, Request, Review};
use crate::{
    domain::{Batch, BatchId, BatchRef, BatchState, Postings, Reuse, RewriteId, RewriteState},
    engine::port::{ForPosting, StartOptions, StartRequest, Who},
    error::{Error, Result},
    text::Safe,
    tui::{
        Context, Effect, Handled,
        backend::{Services, Slot},
        command,
        effect::Action as Any,
        overlays::{Confirm, Prompt},
        screens::batches,
        widgets::Toast,
    },
};

const TITLE: &str = "Have 1 rewrite made again?";

impl Review {
    /// Whether the rewrite under the cursor can be made again: in its own batch, or in a new one.
    pub(super) fn can_be_made_again(&self) -> bool {
        self.row().is_some_and(|row| match row.state {
            RewriteState::Failed
            | RewriteState::Conflict
            | RewriteState::Ready
            | RewriteState::Approved
            | RewriteState::Rejected
            | RewriteState::Written
            | RewriteState::Skipped
            | RewriteState::Cancelled => true,
            RewriteState::Queued
            | RewriteState::Running
            | RewriteState::Writing
            | RewriteState::Reverting => false,
        })
    }

    /// Asks whether it is to be made again; what is neither failed nor in conflict gets a note for the model first.
    pub(super) fn again(&self) -> Handled {
        let Some(row) = self.row() else { return Handled::Ignored };
        let Some(id) = self.requeue() else {
            let by = command::Review::Again;
            let prompt =
                Prompt::new(by, "rewrite again, but").placeholder("a note for the model; may be empty");
            return Effect::open(prompt).into();
        };
        let dialog = Confirm::new(TITLE, "rewrite again", Any::Review(Action::Again(id)))
            .line("whose", row.name.clone())
            .line("then", "it goes back to the queue of its batch, within the batch's budget");
        Effect::confirm(dialog).into()
    }

    /// The note is there: asks whether a new batch is to be started for this one.
    pub(super) fn anew(&self, note: &str) -> Handled {
        let Some(row) = self.row().filter(|_| self.requeue().is_none()) else { return Handled::Ignored };
        let note = note.trim().to_owned();
        let mut dialog =
            Confirm::new(TITLE, "rewrite again", Any::Review(Action::Anew(row.id, note.clone())))
                .line("whose", row.name.clone());
        if !note.is_empty() {
            dialog = dialog.line("note", Safe::new(&note));
        }
        let then = "in a new batch of one, from the text that the candidate database has now; it costs what a \
                    rewrite costs, and this one stays as it is";
        Effect::confirm(dialog.line("then", then)).into()
    }

    /// Asks how the batch of the rewrite under the cursor is, to pause it or let it go on.
    pub(super) fn ask_batch(&self) -> Handled {
        let Some(row) = self.row() else { return Handled::Ignored };
        Self::ask(Slot::Newest("review.batch"), Request::Batch(row.batch)).into()
    }

    pub(super) fn propose_pause(batch: &Batch, context: &Context) -> Effect {
        if batch.state.has_ended() {
            let text = format!("{} is {}: there is nothing to pause.", batch.label(), batch.state.name());
            return Effect::Toast(Toast::plain(text));
        }
        let progress = context.progress.batches.iter().find(|progress| progress.batch == batch.id);
        let in_flight = progress.map_or(0, |progress| progress.in_flight);
        let action = |to| Any::Review(Action::Move(batch.id, to));
        Effect::confirm(batches::pause_dialog(batch, in_flight, &context.who, action))
    }

    pub(super) fn moved(batch: &Batch) -> Effect {
        Effect::Toast(match batch.state {
            BatchState::Paused(_) => Toast::good(format!("{} is paused.", batch.label())),
            _ => Toast::good(format!("{} goes on.", batch.label())),
        })
    }

    pub(super) fn started(batch: &Batch) -> Effect {
        let text =
            format!("{} was started with it; it comes into the queue when it is ready.", batch.label());
        Effect::Toast(Toast::good(text))
    }
}

/// Reads a batch.
pub(super) async fn batch(id: BatchId, services: &Services) -> Result<Answer> {
    let batch = services.store.batch(BatchRef::Id(id)).await.map_err(Error::from)?;
    Ok(Answer::Batch(Box::new(batch)))
}

/// Starts a batch of one, as the batch of the rewrite was, with a note more.
pub(super) async fn start(id: RewriteId, note: String, services: &Services) -> Result<Answer> {
    let head = services.store.rewrite(id).await.map_err(Error::from)?.head;
    let spec = services.store.batch(BatchRef::Id(head.batch)).await.map_err(Error::from)?.spec;
    let said = [spec.instructions, note].into_iter().filter(|text| !text.trim().is_empty());
    let request = StartRequest {
        who: Who::Ids(vec![head.candidate]),
        posting: match (spec.posting, spec.options.postings) {
            (Some(posting), _) => ForPosting::One(posting),
            (None, Postings::Linked) => ForPosting::Linked,
            (None, Postings::Batch) => ForPosting::None,
        },
        instructions: said.collect::<Vec<_>>().join("\n"),
        model: Some(spec.model),
        budget: None,
        by: services.who.0.clone(),
        // The same words would bring the same text at no cost, which nobody asks for.
        options: StartOptions { reuse: Reuse::Never, ..StartOptions::default() },
    };
    let batch = services.engine.start(&request).await?;
    Ok(Answer::Started(Box::new(batch)))
}
