//! The search over the candidates that are known: fuzzy for bare words, exact for the filter language. It runs on
//! threads of its own, never on the one that draws.

use std::{
    num::NonZero,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{AtomKind, CaseMatching, Normalization, Pattern},
};

use super::roster::{Roster, letters};
use crate::review::filter::{
    Expr, FilterError,
    candidates::{self, CandidateFilter, CandidateTerm},
};

/// How many rows are looked at between two looks at the clock's hand: whether somebody still wants the answer.
const STRIDE: usize = 4_096;
/// More threads gain nothing on lists of this size.
const THREADS: usize = 4;

/// Places of rows in a roster, the best first. A copy shares them.
#[derive(Debug, Clone, Default)]
pub struct Hits(Arc<Vec<u32>>);

impl Hits {
    /// These places.
    pub fn new(places: Vec<u32>) -> Self {
        Self(Arc::new(places))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The place of the hit of that number.
    pub fn get(&self, index: usize) -> Option<usize> {
        self.0.get(index).map(|place| *place as usize)
    }

    /// The places.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|place| *place as usize)
    }
}

impl PartialEq for Hits {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

/// What is looked for, and where.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// All that is known.
    pub roster: Roster,
    /// What was typed.
    pub text: String,
    /// Where the hits of a shorter text were, if this text only adds to it.
    pub within: Option<Hits>,
}

/// How a text is understood.
#[derive(Debug, Clone, PartialEq)]
pub enum Sought {
    /// Words that match more or less, the best first.
    Words,
    /// A filter that matches or does not, in the order of the key.
    Filter(CandidateFilter),
}

/// Understands `text`: bare words are looked for more or less, anything else is a filter.
pub fn sought(text: &str, shown: &[String]) -> Result<Sought, FilterError> {
    let plain = !text.contains([':', '"', '(', ')']);
    match candidates::parse(text, shown) {
        Ok(filter) if is_words(&filter) => Ok(Sought::Words),
        Ok(filter) => Ok(Sought::Filter(filter)),
        Err(_) if plain => Ok(Sought::Words),
        Err(error) => Err(error),
    }
}

fn is_words(filter: &CandidateFilter) -> bool {
    match filter {
        Expr::And(parts) => parts.iter().all(is_words),
        Expr::Term(CandidateTerm::Word(_)) => true,
        Expr::Or(_) | Expr::Not(_) | Expr::Term(CandidateTerm::Field(..)) => false,
    }
}

/// Whether all hits of `longer` are among those of `shorter`.
pub fn narrows(longer: &str, shorter: &str, shown: &[String]) -> bool {
    !shorter.trim().is_empty()
        && longer.starts_with(shorter)
        && sought(shorter, shown) == Ok(Sought::Words)
        && sought(longer, shown) == Ok(Sought::Words)
}

/// Searches; gives up early with what it has once `stop` is set.
pub fn run(search: &Search, shown: &[String], stop: &AtomicBool) -> Result<Hits, FilterError> {
    let sought = sought(&search.text, shown)?;
    let all: Vec<u32> = match &search.within {
        Some(hits) => hits.0.to_vec(),
        None => (0..u32::try_from(search.roster.len()).unwrap_or(u32::MAX)).collect(),
    };
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(THREADS);
    let share = all.len().div_ceil(threads).max(STRIDE);
    let mut found: Vec<u64> = thread::scope(|scope| {
        let parts: Vec<_> = all
            .chunks(share)
            .map(|part| scope.spawn(|| look(search, (&sought, shown), part, stop)))
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap_or_default()).collect()
    });
    found.sort_unstable();
    Ok(Hits::new(found.into_iter().map(place).collect()))
}

/// The text as the matcher wants it, character by character: to find its graphemes would take most of the time of a
/// search, and a mark that is passed over harms no match.
fn haystack<'a>(text: &'a str, buffer: &'a mut Vec<char>) -> Utf32Str<'a> {
    if text.is_ascii() {
        return Utf32Str::Ascii(text.as_bytes());
    }
    buffer.clear();
    buffer.extend(text.chars());
    Utf32Str::Unicode(buffer)
}

/// A number that is the smaller the better a row matches; of two alike the first row's. A hundred thousand of them are
/// sorted in a fraction of the time that pairs take.
fn rank(score: u32, place: u32) -> u64 {
    (u64::from(!score) << 32) | u64::from(place)
}

/// The place in a rank.
fn place(rank: u64) -> u32 {
    let [_, _, _, _, place @ ..] = rank.to_be_bytes();
    u32::from_be_bytes(place)
}

fn look(
    search: &Search,
    (sought, shown): (&Sought, &[String]),
    places: &[u32],
    stop: &AtomicBool,
) -> Vec<u64> {
    let roster = &search.roster;
    let mut matcher = Matcher::new(Config::DEFAULT);
    let pattern = Pattern::new(&search.text, CaseMatching::Smart, Normalization::Smart, AtomKind::Fuzzy);
    let needed = letters(&search.text);
    let mut buffer = Vec::new();
    let mut found = Vec::new();
    for stride in places.chunks(STRIDE) {
        if stop.load(Ordering::Relaxed) {
            return found;
        }
        for place in stride {
            let score = match sought {
                Sought::Words => roster
                    .get(*place as usize)
                    .filter(|candidate| candidate.letters() & needed == needed)
                    .and_then(|candidate| {
                        pattern.score(haystack(candidate.text(), &mut buffer), &mut matcher)
                    }),
                Sought::Filter(filter) => roster.get(*place as usize).and_then(|candidate| {
                    let mut parts = candidate.parts();
                    let columns = (parts.next()?, parts.next()?, &parts.collect::<Vec<_>>()[..]);
                    candidates::matches_columns(filter, columns, shown).then_some(0)
                }),
            };
            found.extend(score.map(|score| rank(score, *place)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Candidate, CandidateId},
        tui::screens::candidates::roster::Page,
    };

    fn shown() -> Vec<String> {
        vec!["city".to_owned()]
    }

    fn roster() -> Roster {
        let mut roster = Roster::default();
        let rows = [
            ("1", "Jordan Müller", "Columbus"),
            ("2", "Priya Sharma", "Dayton"),
            ("3", "Tomás Rey", "Columbus"),
            ("4", "山田 花子", "Toledo"),
            ("5", "Rene\u{301}e Osei", "Mainz"),
        ];
        roster.push(Page::new(&rows.map(|(id, name, city)| Candidate {
            id: CandidateId(id.to_owned()),
            name: name.to_owned(),
            shown: vec![city.to_owned()],
        })));
        roster
    }

    fn ids(text: &str, within: Option<Hits>) -> Vec<String> {
        let search = Search { roster: roster(), text: text.to_owned(), within };
        let hits = run(&search, &shown(), &AtomicBool::new(false)).unwrap();
        hits.iter().map(|place| search.roster.get(place).unwrap().id().to_owned()).collect()
    }

    #[test]
    fn words_match_more_or_less_and_a_filter_matches_exactly() {
        for (text, expected) in [
            ("jmul", &["1"][..]),
            ("tomas", &["3"]),
            ("tomás rey", &["3"]),
            ("renee", &["5"]),
            ("clmbs", &["1", "3"]),
            ("山田", &["4"]),
            ("columbus rey", &["3"]),
            ("city:columbus", &["1", "3"]),
            ("city:columbus name:rey", &["3"]),
            ("-city:columbus", &["2", "4", "5"]),
            ("qqqq", &[]),
        ] {
            assert_eq!(ids(text, None), expected, "{text}");
        }
    }

    #[test]
    fn longer_words_are_looked_for_among_the_hits_of_shorter_ones() {
        assert!(narrows("clm", "cl", &shown()) && narrows("cl rey", "cl", &shown()));
        for (longer, shorter) in [("cl", "clm"), ("cl", ""), ("city:a", "city"), ("city:ab", "city:a")] {
            assert!(!narrows(longer, shorter, &shown()), "{longer} {shorter}");
        }
        assert_eq!(ids("clmbs", Some(Hits::new(vec![2, 3]))), ["3"]);
    }

    #[test]
    fn a_half_typed_filter_is_told_where_it_is_wrong() {
        assert!(sought("town:columbus", &shown()).is_err());
        assert_eq!(sought("o'brien and", &shown()), Ok(Sought::Words));
    }

    #[test]
    fn the_best_ranks_first_and_of_two_alike_the_first_row() {
        let mut ranks = [rank(1, 7), rank(90, 9), rank(90, 8), rank(u32::MAX, u32::MAX), rank(0, 0)];
        ranks.sort_unstable();
        assert_eq!(ranks.map(place), [u32::MAX, 8, 9, 7, 0]);
    }

    #[test]
    fn whoever_is_no_longer_wanted_stops() {
        let search = Search { roster: roster(), text: "a".to_owned(), within: None };
        assert_eq!(run(&search, &shown(), &AtomicBool::new(true)).unwrap().len(), 0);
    }
}
