//! `redraft review merge`

use clap::{Args, ValueEnum};

use crate::{
    cli::{Office, output::Form, select::Named, stop::Step},
    decide::DecideError,
    diff::{Overlap, Prefer},
    review::Bulk,
};

/// Merge rewrites in conflict: what was approved is put on top of what stands in the candidate database now, and is
/// ready to be decided anew.
#[derive(Debug, Args)]
pub struct Merge {
    #[command(flatten)]
    named: Named,
    /// Whose text is taken where both changed the same place; without it such a rewrite stays in conflict.
    #[arg(long, value_name = "WHOSE")]
    prefer: Option<Whose>,
}

/// Whose text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Whose {
    /// What was approved.
    Approved,
    /// What stands in the candidate database.
    Found,
}

impl Merge {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let ids = office.named(&self.named).await?;
        let prefer = self.prefer.map(|whose| match whose {
            Whose::Approved => Prefer::Ours,
            Whose::Found => Prefer::Theirs,
        });
        let desk = office.desk();
        let mut bulk = Bulk::default();
        for id in ids {
            match desk.merge(id, prefer).await {
                Ok((decision, _)) => bulk.done.push((id, decision.id)),
                Err(error) => {
                    if let DecideError::Overlaps(_) = error
                        && office.out.form() != Form::Json
                    {
                        let (_, merge) = desk.merged(id).await?;
                        merge.overlaps.iter().for_each(|overlap| office.tell_overlap(overlap));
                    }
                    bulk.skipped.push((id, error.to_string()));
                }
            }
        }
        office.tell_bulk("merged", &bulk)
    }
}

impl Office {
    fn tell_overlap(&self, overlap: &Overlap) {
        let told = |text: &Option<String>| match text {
            Some(text) => format!("\"{}\"", self.out.safe_line(text)),
            None => "nothing".to_owned(),
        };
        self.out.note(format_args!(
            "{}: {} became {} in the approved text and {} in the candidate database.",
            overlap.section,
            told(&overlap.base),
            told(&overlap.ours),
            told(&overlap.theirs)
        ));
    }
}
