//! Which candidate applied for which posting.

use super::{person::Person, postings::DemoPosting};
use crate::dice::Dice;

/// A candidate's application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Application {
    /// The candidate.
    pub candidate_id: i64,
    /// The posting.
    pub posting_id: i64,
    /// `applied`, `screening`, `interview`, `offer` or `rejected`.
    pub stage: &'static str,
}

/// The candidate's application, if there is one: most apply for what fits their occupation.
pub fn application(seed: u64, person: &Person, postings: &[DemoPosting]) -> Option<Application> {
    let mut dice = Dice::new(seed).fork(person.id.unsigned_abs()).fork(3);
    let fits = |posting: &&DemoPosting| posting.occupation == person.occupation;
    let posting = match postings.iter().find(fits) {
        Some(posting) if dice.chance(700) => posting,
        _ if dice.chance(60) => dice.pick(postings)?,
        _ => return None,
    };
    let stages =
        ["applied", "applied", "applied", "screening", "screening", "interview", "offer", "rejected"];
    let stage = dice.pick(&stages).copied()?;
    Some(Application { candidate_id: person.id, posting_id: posting.id, stage })
}
