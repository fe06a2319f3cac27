//! What is done differently the next time, and work that need not be done at all.

use super::{Carrier, Material, ready};
use crate::{
    domain::{AttemptOutcome, Lane, Money, Reuse, Tier},
    engine::machine::After,
    llm::{
        port::{CallError, FailureClass, ReplyForm},
        prompt, reply,
    },
    store::port::{NewAttempt, Settlement},
};

/// So many broken streams in a row, and the reply is asked for in one piece.
const BROKEN_STREAMS: u32 = 2;

impl Carrier {
    /// After a reply that does not map: the next request says what was wrong with it, and asks for an object if the
    /// provider enforces that.
    pub(super) fn correct(&mut self, problem: Option<&reply::Unmapped>) {
        let Some(problem) = problem else { return };
        if self.is_structured() {
            self.form = ReplyForm::Object;
            self.note = prompt::note_on_object(&problem.to_string());
        } else {
            self.note = prompt::note(problem);
        }
    }

    /// After a request without a reply: a stream that breaks again and again is given up for a reply in one piece.
    pub(super) fn choose_form(&mut self, error: &CallError) {
        let broke = error.status == Some(200) && error.class == FailureClass::Transient;
        match self.form {
            ReplyForm::Marks
                if broke && self.tries.transient + 1 >= BROKEN_STREAMS && self.is_structured() =>
            {
                self.form = ReplyForm::Object;
                self.note = prompt::note_on_object("the stream broke off.");
            }
            // What the provider cannot use it does not deliver: back to marks.
            ReplyForm::Object if error.class == FailureClass::BadOutput => {
                (self.form, self.note) = (ReplyForm::Marks, String::new());
            }
            ReplyForm::Marks | ReplyForm::Object => {}
        }
    }

    fn is_structured(&self) -> bool {
        self.shared.parts.rewriter.structured(&self.context.spec.model)
    }

    /// Takes a finished rewrite of exactly the same work over, at no cost. `None` if there is none, or if that fails:
    /// then the model is asked.
    pub(super) async fn take_over(&mut self, material: &Material) -> Option<After> {
        if self.context.spec.options.reuse == Reuse::Never || self.lease.attempts > 0 {
            return None;
        }
        let store = &self.shared.parts.store;
        let lane = Lane { model: self.context.spec.model.clone(), tier: Tier::OnDemand };
        let request = material.request(lane, (ReplyForm::Marks, ""), 0);
        let prompt_hash = material.hash(&request, &self.shared.parts.settings.parameters);
        let found = store.finished(&prompt_hash, &material.source).await.unwrap_or_else(|error| {
            tracing::warn!(rewrite = %self.lease.rewrite, %error, "finished work could not be looked for");
            None
        })?;
        let attempt = NewAttempt {
            rewrite: self.lease.rewrite,
            fence: self.lease.fence,
            reserve: Money::ZERO,
            prompt_hash,
            before: material.source.clone(),
            parcel: None,
        };
        let attempt = store.open_attempt(&attempt).await.ok()?.ok()?;
        let settlement = Settlement {
            attempt,
            outcome: AttemptOutcome::Done,
            cost: Money::ZERO,
            usage: None,
            request_id: None,
            reason: Some("Taken over from an identical rewrite; the model was not asked.".to_owned()),
        };
        let verdict = ready(&material.source, found).await;
        Some(self.record(settlement, &verdict, After::Over).await)
    }
}
