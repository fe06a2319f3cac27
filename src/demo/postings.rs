//! The made-up postings.

use super::{career::PRESENT, data::data};
use crate::dice::Dice;

/// A made-up posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DemoPosting {
    /// From 1.
    pub id: i64,
    /// The job title.
    pub title: String,
    /// The employer.
    pub company: String,
    /// Where.
    pub location: String,
    /// The description.
    pub text: String,
    /// The occupation that it looks for.
    pub occupation: String,
    /// `open` or `on hold`.
    pub status: &'static str,
    /// When the row was last changed, as `2025-11-03 09:00:00`.
    pub updated_at: String,
}

/// The twelve postings; the seed only throws when each was last changed.
pub fn postings(seed: u64) -> Vec<DemoPosting> {
    let mut dice = Dice::new(seed).fork(0);
    let posting = |(id, file): (i64, &super::data::PostingFile)| {
        let month = PRESENT - dice.between(1, 3);
        DemoPosting {
            id,
            title: file.title.clone(),
            company: file.company.clone(),
            location: file.location.clone(),
            text: file.text.trim().to_owned(),
            occupation: file.occupation.clone(),
            status: if id == 8 { "on hold" } else { "open" },
            updated_at: format!("{}-{:02}-{:02} 09:00:00", month / 12, month % 12 + 1, dice.between(1, 28)),
        }
    };
    (1..).zip(&data().postings).map(posting).collect()
}
