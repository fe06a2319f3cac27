//! `redraft batch retry`

use clap::Args;
use serde::Serialize;

use super::Which;
use crate::{
    cli::{Office, output::Form, stop::Step},
    domain::FailureReason,
    error::Error,
    review::counted,
};

/// Queue the failed rewrites of a batch again; they are paid again.
#[derive(Debug, Args)]
pub struct Retry {
    #[command(flatten)]
    which: Which,
    /// Only those that failed for this reason, as `batch show --json` names it.
    #[arg(long, value_name = "REASON")]
    reason: Option<String>,
}

#[derive(Serialize)]
struct Retried {
    id: String,
    label: String,
    queued: u64,
}

impl Retry {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let batch = office.batch(&self.which.batch).await?;
        let reason = self.reason.as_deref().map(reason).transpose()?;
        let queued = office.parts.store.retry_failed(batch.id, reason).await?;
        if office.out.form() == Form::Json {
            return office.out.json(&Retried { id: batch.id.to_string(), label: batch.label(), queued });
        }
        if queued == 0 {
            return office
                .out
                .say(format_args!("{} has no such failures; nothing was queued.", batch.label()));
        }
        office.out.say(format_args!(
            "{} of {} queued again.",
            counted(usize::try_from(queued).unwrap_or(usize::MAX), "rewrite"),
            batch.label()
        ))?;
        office.hint_worker().await
    }
}

fn reason(word: &str) -> Result<FailureReason, Error> {
    let value = serde_json::Value::String(word.to_owned());
    serde_json::from_value(value).map_err(|_| {
        let word: String = word.chars().take(40).collect();
        Error::user(format!("\"{word}\" is no reason of a failure."))
            .hint("`redraft batch show BATCH --json` names the reasons, as unusable_reply or timeout.")
    })
}
