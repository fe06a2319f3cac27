//! `redraft review choose`

use clap::Args;

use crate::{
    cli::{Office, output::Form, shape::DecisionShape, stop::Step},
    domain::{ChangeId, Choice},
    error::Error,
};

/// Accept, reject or reopen single changes of a rewrite, as `review show` names them (`chg_…`).
#[derive(Debug, Args)]
pub struct Choose {
    /// The rewrite by id (`rwt_…`), or the candidate's key together with --batch.
    #[arg(value_name = "ID")]
    id: String,
    /// The batch in which the candidate is meant.
    #[arg(long, value_name = "BATCH")]
    batch: Option<String>,
    /// The revision that was seen; if the rewrite has changed since, nothing is decided.
    #[arg(long, value_name = "N")]
    revision: Option<u64>,
    /// Changes to accept.
    #[arg(long, value_name = "CHANGES", value_delimiter = ',')]
    accept: Vec<String>,
    /// Changes to reject.
    #[arg(long, value_name = "CHANGES", value_delimiter = ',')]
    reject: Vec<String>,
    /// Changes to leave undecided.
    #[arg(long, value_name = "CHANGES", value_delimiter = ',')]
    reopen: Vec<String>,
}

impl Choose {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let batch = match &self.batch {
            Some(name) => Some(office.batch(name).await?),
            None => None,
        };
        let id = office.one(&self.id, batch.as_ref()).await?;
        let mut changes = Vec::new();
        for (names, to) in [
            (&self.accept, Some(Choice::Accepted)),
            (&self.reject, Some(Choice::Rejected)),
            (&self.reopen, None),
        ] {
            for name in names {
                let change = name.parse::<ChangeId>().map_err(|error| Error::user(error.to_string()))?;
                changes.push((change, to));
            }
        }
        if changes.is_empty() {
            return Err(Error::user("No change is named. Nothing was decided.")
                .hint("Name changes with --accept, --reject or --reopen; `redraft review show` lists them.")
                .into());
        }
        let (decision, head) = office.desk().choose(id, self.revision, &changes).await?;
        if office.out.form() == Form::Json {
            return office.out.json(&DecisionShape::from(&decision));
        }
        office.out.say(format_args!("{} changes decided; revision {}.", changes.len(), head.revision))
    }
}
