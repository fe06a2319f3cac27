//! `redraft review assign`

use clap::Args;

use crate::{
    cli::{
        Office,
        ask::{Consent, Question, Weight, confirm},
        select::{Chosen, How},
        stop::Step,
    },
    domain::RewriteState,
    error::Error,
    review::{counted, turns},
};

/// Make rewrites the work of somebody, of several in turn, or of nobody.
///
/// `assigned:me` in a filter shows what is yours. Several names take turns; `ben=3,anna=1` gives ben three times as many.
#[derive(Debug, Args)]
pub struct Assign {
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    consent: Consent,
    /// Whose work they are from now on: names, each with a weight if one likes.
    #[arg(long, value_name = "NAMES", value_delimiter = ',', required_unless_present = "nobody")]
    to: Vec<String>,
    /// They are nobody's.
    #[arg(long, conflicts_with = "to")]
    nobody: bool,
}

impl Assign {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let turns = turns(&self.to).map_err(|name| {
            Error::user(format!("\"{name}\" names nobody."))
                .hint("Write names with commas between them, a weight behind an = if one likes: ben=3,anna")
        })?;
        let (ids, how) = office.chosen(&self.chosen, &[RewriteState::Ready]).await?;
        let count = ids.len();
        if how == How::Filtered && (count > 0 || self.consent.expect_count.is_some()) {
            let what = format!("Assign {}", counted(count, "rewrite"));
            let consent = &self.consent;
            confirm(&office.out, &Question { what, count, weight: Weight::YesNo, consent })?;
        }
        let bulk = office.desk().assign_many(&ids, &turns).await;
        office.tell_bulk("assigned", &bulk)
    }
}
