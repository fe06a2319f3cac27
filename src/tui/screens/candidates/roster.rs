//! The candidates that are known by key, name and shown columns: read page by page, shared with the search without a
//! copy, bounded.

use std::{fmt, sync::Arc};

use nucleo_matcher::chars::normalize;

use crate::domain::{Candidate, CandidateId};

/// How many candidates are kept at most.
pub const BOUND: usize = 200_000;

/// A page of candidates with what the search looks at.
struct Chunk {
    start: usize,
    rows: Vec<Candidate>,
    /// Key, name and shown columns, with blanks between.
    texts: Vec<Box<str>>,
    /// Which letters and digits a text has; all bits where that cannot be told.
    letters: Vec<u64>,
}

/// Candidates in the order of the key. A copy shares the pages.
#[derive(Clone, Default)]
pub struct Roster {
    chunks: Vec<Arc<Chunk>>,
    len: usize,
}

impl Roster {
    /// Appends a page; an empty one is nothing.
    pub fn push(&mut self, rows: Vec<Candidate>) {
        if rows.is_empty() {
            return;
        }
        let texts: Vec<Box<str>> = rows.iter().map(text).collect();
        let letters = texts.iter().map(|text| letters(text)).collect();
        let start = self.len;
        self.len += rows.len();
        self.chunks.push(Arc::new(Chunk { start, rows, texts, letters }));
    }

    /// How many candidates there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn chunk(&self, index: usize) -> Option<(&Chunk, usize)> {
        let at = self.chunks.partition_point(|chunk| chunk.start <= index).checked_sub(1)?;
        let chunk = self.chunks.get(at)?;
        let index = index - chunk.start;
        (index < chunk.rows.len()).then_some((chunk, index))
    }

    /// A candidate by place.
    pub fn get(&self, index: usize) -> Option<&Candidate> {
        self.chunk(index).map(|(chunk, index)| &chunk.rows[index])
    }

    /// What the search looks at, and which letters are in it.
    pub fn searchable(&self, index: usize) -> Option<(&str, u64)> {
        self.chunk(index).map(|(chunk, index)| (&*chunk.texts[index], chunk.letters[index]))
    }

    /// Whether this begins with the very pages of `other`.
    pub fn extends(&self, other: &Self) -> bool {
        self.chunks.len() >= other.chunks.len()
            && self.chunks.iter().zip(&other.chunks).all(|(mine, theirs)| Arc::ptr_eq(mine, theirs))
    }

    /// All candidates.
    pub fn iter(&self) -> impl Iterator<Item = &Candidate> {
        self.chunks.iter().flat_map(|chunk| &chunk.rows)
    }

    /// The place of a candidate.
    pub fn position(&self, id: &CandidateId) -> Option<usize> {
        self.iter().position(|candidate| candidate.id == *id)
    }
}

impl PartialEq for Roster {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len
            && self.chunks.iter().zip(&other.chunks).all(|(mine, theirs)| Arc::ptr_eq(mine, theirs))
    }
}

impl fmt::Debug for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the rows: a question may end in a log.
        write!(f, "Roster({})", self.len)
    }
}

fn text(candidate: &Candidate) -> Box<str> {
    let parts = [&candidate.id.0, &candidate.name].into_iter().chain(&candidate.shown);
    parts.map(String::as_str).collect::<Vec<_>>().join(" ").into_boxed_str()
}

/// One bit for each ASCII letter, whatever its case, and each digit.
pub fn letters(text: &str) -> u64 {
    let bit = |letter: char| match letter {
        'a'..='z' => 1 << (u32::from(letter) - u32::from('a')),
        'A'..='Z' => 1 << (u32::from(letter) - u32::from('A')),
        '0'..='9' => 1 << (26 + u32::from(letter) - u32::from('0')),
        _ => 0,
    };
    text.chars().fold(0, |bits, letter| bits | bit(normalize(letter)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(number: usize) -> Candidate {
        Candidate {
            id: CandidateId(number.to_string()),
            name: format!("Name {number}"),
            shown: vec!["Ohio".to_owned()],
        }
    }

    #[test]
    fn rows_are_found_by_place_and_by_key_over_pages() {
        let mut roster = Roster::default();
        for page in [0..3, 3..3, 3..4, 4..10] {
            roster.push(page.map(candidate).collect());
        }
        assert_eq!(roster.len(), 10);
        for index in 0..10 {
            assert_eq!(roster.get(index), Some(&candidate(index)));
            assert_eq!(roster.position(&candidate(index).id), Some(index));
        }
        assert_eq!(roster.get(10), None);
        assert_eq!(roster.searchable(7).map(|(text, _)| text), Some("7 Name 7 Ohio"));
    }

    #[test]
    fn letters_know_no_case_and_no_accents() {
        assert_eq!(letters("Zoé 1"), letters("ZOE1"));
        assert_eq!(letters("山"), 0);
    }
}
