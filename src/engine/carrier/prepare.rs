//! From a lease to a request: the source is read, what cannot be rewritten is told apart, the message is made.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::Carrier;
use crate::{
    domain::{Document, Failure, FailureReason, Lane, SectionId, hex},
    engine::{
        admission::Want,
        machine::{After, Event},
        tokens,
    },
    llm::{
        port::{ReplyForm, Request},
        prompt,
    },
    source::port::SourceError,
    store::port::Verdict,
};

/// How long a rewrite stays in the queue when the candidate database cannot be read.
const SOURCE_AGAIN: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);

/// What came of reading the source.
pub(super) enum Prepared {
    /// There is something to send.
    Ready(Box<Material>),
    /// There is not; the rewrite has left this worker.
    Ended(After),
}

/// What requests are made from.
pub(super) struct Material {
    pub source: Document,
    system: Arc<str>,
    message: Arc<str>,
    /// The sections that are to come back.
    sections: Vec<SectionId>,
    /// Tokens of prompt and source, estimated.
    want: Want,
}

impl Material {
    /// What the gate is asked for.
    pub(super) fn want(&self, note: &str) -> Want {
        Want { prompt: self.want.prompt + tokens::estimate(note), ..self.want }
    }

    pub(super) fn request(&self, lane: Lane, (form, note): (ReplyForm, &str), cap: u64) -> Request {
        Request {
            model: lane.model,
            system: Arc::clone(&self.system),
            user: if note.is_empty() {
                Arc::clone(&self.message)
            } else {
                format!("{}{note}", self.message).into()
            },
            max_completion: cap,
            tier: lane.tier,
            form,
            sections: self.sections.clone(),
        }
    }

    /// SHA-256 in hex of all that a result depends on: model, parameters, prompt, source. The output cap is not among
    /// it: a reply that was complete would have been the same with another.
    pub(super) fn hash(&self, request: &Request, parameters: &str) -> String {
        let mut hasher = Sha256::new();
        let source = serde_json::to_string(&self.source).unwrap_or_default();
        for part in [request.model.as_str(), parameters, &request.system, &request.user, &source] {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hex(&hasher.finalize())
    }
}

impl Carrier {
    pub(super) async fn prepare(&mut self) -> Prepared {
        let shared = Arc::clone(&self.shared);
        let context = Arc::clone(&self.context);
        let posting = match context.posting(&shared, self.lease.posting.as_ref()).await {
            Ok(posting) => posting,
            Err(error) => return Prepared::Ended(self.source_failed(error).await),
        };
        let source = match shared.parts.source.read(&self.lease.candidate).await {
            Ok(Some((_, source))) => {
                shared.source_says(None);
                source
            }
            Ok(None) => {
                let gone = "The candidate is no longer in the candidate database.";
                return Prepared::Ended(self.skip(FailureReason::SourceGone, gone).await);
            }
            Err(error) => return Prepared::Ended(self.source_failed(error).await),
        };
        let settings = &shared.parts.settings;
        let counted = shared.parts.source.counted(&source);
        let material = prompt::Material {
            counted: &counted,
            posting: posting.as_deref(),
            instructions: &context.spec.instructions,
            source: &source,
            context: &settings.context,
        };
        if let Err((reason, sentence)) = fits(&material, settings.min_words, settings.max_words) {
            return Prepared::Ended(self.skip(reason, &sentence).await);
        }
        let message = material.message();
        let texts = material.sent().filter_map(|section| section.text.as_deref());
        let want = Want {
            prompt: shared.system_tokens + tokens::estimate(&message) + 16,
            source: texts.map(tokens::estimate).sum(),
            raised: 0,
        };
        let system = settings.prompt.shared();
        let sections = material.sent().map(|section| section.id.clone()).collect();
        Prepared::Ready(Box::new(Material { source, system, message: message.into(), sections, want }))
    }

    /// Nothing is wrong with the rewrite: it goes back to the queue, or, if no candidate can be read, the batch stops.
    async fn source_failed(&mut self, error: SourceError) -> After {
        match error {
            SourceError::Mapping { message, place, .. } => {
                let requeue = Verdict::Requeue { not_before: self.shared.parts.clock.now() };
                self.settle(None, &requeue).await;
                After::StopBatch(format!("{message} See {place} in the configuration."))
            }
            SourceError::Unreadable(why) => self.skip(FailureReason::SourceGone, &why).await,
            SourceError::Unreachable(_)
            | SourceError::Busy(_)
            | SourceError::ReadOnly(_)
            | SourceError::Engine(_) => {
                tracing::warn!(batch = %self.lease.batch, "the candidate database cannot be read");
                self.shared.source_says(Some(&error));
                let now = self.shared.parts.clock.now();
                let not_before = now.checked_add(SOURCE_AGAIN).unwrap_or(now);
                self.settle(None, &Verdict::Requeue { not_before }).await;
                self.tell(Event::SourceTrouble(self.lease.batch, error.to_string())).await;
                After::Gone
            }
        }
    }

    pub(super) async fn skip(&mut self, reason: FailureReason, detail: &str) -> After {
        let failure = Failure { reason, detail: detail.to_owned() };
        self.settle(None, &Verdict::Skipped(failure)).await;
        After::Over
    }
}

/// Whether the source can be rewritten, by its words.
pub(in crate::engine) fn fits(
    material: &prompt::Material<'_>,
    least: usize,
    most: usize,
) -> Result<(), (FailureReason, String)> {
    let texts = material.sent().filter_map(|section| section.text.as_deref());
    let words: usize = texts.map(|text| text.split_whitespace().count()).sum();
    if words == 0 {
        Err((FailureReason::SourceGone, "The candidate has no text to rewrite.".to_owned()))
    } else if words < least {
        let sentence = format!("The source has {words} words; batch.min_words is {least}.");
        Err((FailureReason::SourceTooShort, sentence))
    } else if words > most {
        let sentence = format!("The source has {words} words; batch.max_words is {most}.");
        Err((FailureReason::SourceTooLong, sentence))
    } else {
        Ok(())
    }
}
