//! `redraft writeback`

use clap::Args;
use tokio::sync::watch;

use super::{
    Office,
    ask::{Consent, Question, Weight, confirm},
    output::Form,
    progress::Progress,
    select::Chosen,
    shape::{DryShape, WrittenShape},
    stop::{Step, Stop},
};
use crate::{
    domain::{Look, RewriteId, RewriteState},
    review::{
        counted,
        filter::{Filter, Term},
        grouped,
    },
    store::port::IntentKind,
    writeback::{self, Summary, WriteBackError},
};

/// Write approved texts into the candidate database.
///
/// Each text is written only if the candidate database still has, byte for byte, what the approver saw; else the
/// rewrite becomes a conflict and nothing is written. Without ids and filter: everything that is approved.
#[derive(Debug, Args)]
pub struct WriteBack {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    consent: Consent,
    /// Tell what would be written and where the source has changed, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

impl WriteBack {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let ids = office.to_write(self.chosen, RewriteState::Approved).await?;
        if self.dry_run {
            return office.dry_run(&ids).await;
        }
        let waiting = office.parts.store.counts(&waiting()).await?.total();
        if waiting > 0 {
            office.out.note(format_args!(
                "{} for a look first: `redraft review list --where look:spot,second`.",
                if waiting == 1 { "1 waits".to_owned() } else { format!("{} wait", grouped_count(waiting)) }
            ));
        }
        office.write_many(&ids, IntentKind::Write, &self.consent).await
    }
}

/// What is approved and waits for a further look.
fn waiting() -> Filter {
    Filter::states(&[RewriteState::Approved]).and(Filter::Term(Term::Look(vec![Look::Spot, Look::Second])))
}

fn grouped_count(number: u64) -> String {
    grouped(usize::try_from(number).unwrap_or(usize::MAX))
}

impl Office {
    /// The rewrites that are meant; if nothing is said, all in `state`.
    pub(super) async fn to_write(&self, mut chosen: Chosen, state: RewriteState) -> Step<Vec<RewriteId>> {
        if chosen.named.ids.is_empty() && chosen.named.batch.is_none() && chosen.filter.is_none() {
            // What waits for a further look is not asked for by saying nothing.
            let looked = if state == RewriteState::Approved { "-look:spot,second" } else { "" };
            chosen.filter = Some(looked.to_owned());
        }
        Ok(self.chosen(&chosen, &[state]).await?.0)
    }

    async fn dry_run(&self, ids: &[RewriteId]) -> Step {
        let source = self.parts.source.clone();
        let progress = Progress::new(&self.out);
        let mut dry = DryShape::default();
        for (done, id) in (1..).zip(ids) {
            let rewrite = self.rewrite(*id).await?;
            let now = source.read(&rewrite.head.candidate).await?;
            dry.add(*id, now.map(|(_, document)| document == rewrite.before));
            progress.set(done, ids.len() as u64, "");
        }
        progress.clear();
        if self.out.form() == Form::Json {
            return self.out.json(&dry);
        }
        self.out.say(format_args!("{}", dry.sentence()))
    }

    /// Writes or undoes many, once it is sure that they are meant.
    pub(super) async fn write_many(&self, ids: &[RewriteId], kind: IntentKind, consent: &Consent) -> Step {
        self.may_write()?;
        let count = ids.len();
        let (what, word) = match kind {
            IntentKind::Write => ("Write the texts of", "written"),
            IntentKind::Revert => ("Undo the write-back of", "reverted"),
        };
        if count > 0 || consent.expect_count.is_some() {
            let what = format!("{what} {} in the candidate database", counted(count, "rewrite"));
            confirm(&self.out, &Question { what, count, weight: Weight::Typed, consent })?;
        }
        let (sender, receiver) = watch::channel(writeback::Progress::default());
        let writer = self.parts.write_back();
        let all = writer.run_many((ids, kind), &self.parts.who, &sender);
        let summary = self.with_progress(all, receiver).await.map_err(|error| match error {
            WriteBackError::Store(error) => Stop::from(error),
        })?;
        self.tell_written(word, &summary)
    }

    async fn with_progress<T>(
        &self,
        work: impl Future<Output = T>,
        mut receiver: watch::Receiver<writeback::Progress>,
    ) -> T {
        let progress = Progress::new(&self.out);
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                result = &mut work => return result,
                Ok(()) = receiver.changed() => {
                    let now = *receiver.borrow_and_update();
                    progress.set(now.done, now.total, "");
                }
            }
        }
    }

    /// Tells what came of it; status 1 unless all was done.
    fn tell_written(&self, word: &'static str, summary: &Summary) -> Step {
        if self.out.form() == Form::Json {
            self.out.json(&WrittenShape::new(word, summary))?;
        } else {
            self.out.say(format_args!("{}", sentence(word, summary)))?;
            let reasons =
                summary.drifted.iter().chain(&summary.refused).chain(&summary.later).chain(&summary.skipped);
            for (id, why) in reasons.take(20) {
                self.out.note(format_args!("{id}: {}", self.out.safe_line(why)));
            }
            if !summary.conflicts.is_empty() && word == "written" {
                self.out.note(format_args!(
                    "hint: `redraft review list --where state:conflict` shows the rewrites whose source has changed."
                ));
            }
        }
        let left = summary.drifted.len()
            + summary.conflicts.len()
            + summary.refused.len()
            + summary.later.len()
            + summary.skipped.len()
            + summary.untried.len();
        if left == 0 { Ok(()) } else { Err(Stop::Told) }
    }
}

fn sentence(word: &str, summary: &Summary) -> String {
    let mut parts = vec![format!("{} {word}", grouped(summary.done.len()))];
    for (count, what) in [
        (summary.drifted.len(), "and something else stands there now"),
        (summary.conflicts.len(), "in conflict: another text stood there"),
        (summary.refused.len(), "refused by the candidate database"),
        (summary.later.len(), "not now"),
        (summary.skipped.len(), "skipped"),
        (summary.untried.len(), "not tried"),
    ] {
        if count > 0 {
            parts.push(format!("{} {what}", grouped(count)));
        }
    }
    format!("{}.", parts.join(", "))
}
