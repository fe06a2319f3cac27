//! `redraft review edit`

use std::{fs, io::Read, path::PathBuf};

use clap::Args;

use crate::{
    cli::{Office, output::Form, shape::DecisionShape, stop::Step},
    domain::SectionId,
    error::Error,
    review::Refusal,
};

/// The most that is read of a file: far more than any résumé has.
const MOST: u64 = 4 << 20;

/// Put another text in the place of a section's after text.
#[derive(Debug, Args)]
pub struct Edit {
    /// The rewrite by id (`rwt_…`), or the candidate's key together with --batch.
    #[arg(value_name = "ID")]
    id: String,
    /// The batch in which the candidate is meant.
    #[arg(long, value_name = "BATCH")]
    batch: Option<String>,
    /// The revision that was seen; if the rewrite has changed since, nothing is edited.
    #[arg(long, value_name = "N")]
    revision: Option<u64>,
    /// The section, as the mapping names it.
    #[arg(long, value_name = "NAME")]
    section: String,
    /// The file with the new text; `-` reads standard input.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
}

impl Edit {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let batch = match &self.batch {
            Some(name) => Some(office.batch(name).await?),
            None => None,
        };
        let id = office.one(&self.id, batch.as_ref()).await?;
        let rewrite = office.rewrite(id).await?;
        let mut after = rewrite.after.ok_or_else(|| Error::user(Refusal::NoText.to_string()))?;
        let names: Vec<String> = after.sections.iter().map(|section| section.id.to_string()).collect();
        let wanted = SectionId(self.section.clone());
        let Some(section) = after.sections.iter_mut().find(|section| section.id == wanted) else {
            return Err(Error::user(format!(
                "The rewrite has no section \"{}\".",
                office.out.line_of(&self.section)
            ))
            .hint(format!("Its sections are {}.", names.join(", ")))
            .into());
        };
        section.text = Some(self.text()?);
        let seen = self.revision.or(Some(rewrite.head.revision));
        let (decision, head) = office.desk().edit(id, seen, after).await?;
        if office.out.form() == Form::Json {
            return office.out.json(&DecisionShape::from(&decision));
        }
        let percent = head.changed_percent.unwrap_or_default();
        office.out.say(format_args!("Edited; {percent}% of the words differ from the source now."))
    }

    fn text(&self) -> Result<String, Error> {
        let file = self.from.display().to_string();
        let wrong = |error: std::io::Error| {
            Error::user("The new text cannot be read. Nothing was edited.").at(file.clone()).because(error)
        };
        let mut text = String::new();
        if self.from.as_os_str() == "-" {
            std::io::stdin().lock().take(MOST).read_to_string(&mut text).map_err(wrong)?;
        } else {
            fs::File::open(&self.from)
                .and_then(|file| file.take(MOST).read_to_string(&mut text))
                .map_err(wrong)?;
        }
        Ok(text)
    }
}
