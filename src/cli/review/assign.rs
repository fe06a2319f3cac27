//! `redraft review assign`

use clap::Args;

use super::look::sort_in;
use crate::{
    cli::{
        Office,
        ask::{Consent, Question, Weight, confirm},
        select::{Chosen, How},
        stop::Step,
    },
    domain::{Reviewer, RewriteState},
    error::Error,
    review::{Bulk, counted},
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
        let turns = turns(&self.to)?;
        let (ids, how) = office.chosen(&self.chosen, &[RewriteState::Ready]).await?;
        let count = ids.len();
        if how == How::Filtered && (count > 0 || self.consent.expect_count.is_some()) {
            let what = format!("Assign {}", counted(count, "rewrite"));
            let consent = &self.consent;
            confirm(&office.out, &Question { what, count, weight: Weight::YesNo, consent })?;
        }
        let desk = office.desk();
        let mut bulk = Bulk::default();
        for (at, id) in ids.into_iter().enumerate() {
            let to = at.checked_rem(turns.len()).and_then(|turn| turns.get(turn)).cloned();
            let result = desk.assign(id, to).await;
            sort_in(&mut bulk, id, result.map(|(decision, _)| decision.id));
        }
        office.tell_bulk("assigned", &bulk)
    }
}

/// Who takes turns, each as often as their weight says, spread out: `ben=2,anna` is ben, anna, ben.
fn turns(names: &[String]) -> Result<Vec<Reviewer>, Error> {
    let mut weighted = Vec::with_capacity(names.len());
    for text in names {
        let (name, weight) = text.split_once('=').unwrap_or((text, "1"));
        let weight = weight.trim().parse::<u8>().ok().filter(|weight| *weight > 0);
        match weight {
            Some(weight) if !name.trim().is_empty() => weighted.push((name.trim(), usize::from(weight))),
            _ => {
                return Err(Error::user(format!(
                    "\"{}\" names nobody.",
                    text.chars().take(40).collect::<String>()
                ))
                .hint(
                    "Write names with commas between them, a weight behind an = if one likes: ben=3,anna",
                ));
            }
        }
    }
    let most = weighted.iter().map(|(_, weight)| *weight).max().unwrap_or(0);
    let round = |turn: usize| weighted.iter().filter(move |(_, weight)| turn < *weight);
    Ok((0..most).flat_map(round).map(|(name, _)| Reviewer((*name).to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<String, Error> {
        let list: Vec<String> = text.split(',').map(str::to_owned).collect();
        turns(&list).map(|turns| turns.into_iter().map(|who| who.0).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn names_take_turns_by_their_weights() {
        for (text, expected) in [("ben", "ben"), ("ben,anna", "ben anna"), ("ben=2, anna", "ben anna ben")] {
            assert_eq!(names(text).unwrap(), expected, "{text}");
        }
        for wrong in ["ben=0", "=2", "ben=many", ""] {
            assert!(names(wrong).unwrap_err().to_string().contains("names nobody"), "{wrong}");
        }
    }
}
