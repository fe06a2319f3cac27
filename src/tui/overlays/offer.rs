//! What help and palette list: commands, whether they can be called now, and a fuzzy search over them.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use crate::tui::command::Entry;

/// Whether a command can be called now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// It can.
    Now,
    /// Its scope has the keys, but there is nothing to do it to.
    NotNow,
}

/// A command that help or palette lists.
pub type Offer = (&'static Entry, Availability);

/// The offers that match what is typed, the best first; all in the order of the table if nothing is typed.
pub(super) fn search(offers: &[Offer], typed: &str) -> Vec<Offer> {
    if typed.trim().is_empty() {
        return offers.to_vec();
    }
    let pattern = Pattern::parse(typed, CaseMatching::Smart, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut scored: Vec<(u32, Offer)> = offers
        .iter()
        .filter_map(|offer| {
            // A hit in the name or the label counts more than one in the sentence.
            let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher);
            let name = score(offer.0.name).map(|score| score * 2);
            let best = name.max(score(offer.0.label).map(|score| score * 2)).max(score(offer.0.doc))?;
            Some((best, *offer))
        })
        .collect();
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, offer)| offer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::command::TABLE;

    #[test]
    fn the_best_match_comes_first() {
        let offers: Vec<Offer> = TABLE.iter().map(|entry| (entry, Availability::Now)).collect();
        for (typed, expected) in [
            ("approve", "review.approve"),
            ("wbw", "write-back.write"),
            ("dash", "app.dashboard"),
            ("undo", "review.undo"),
        ] {
            let names: Vec<_> = search(&offers, typed).iter().map(|(entry, _)| entry.name).collect();
            assert_eq!(names.first(), Some(&expected), "{typed}: {names:?}");
        }
        assert!(search(&offers, "qqqq").is_empty());
        assert_eq!(search(&offers, " ").len(), TABLE.len());
    }
}
