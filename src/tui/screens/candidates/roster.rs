//! The candidates that are known by key, name and shown columns: read page by page, shared with the search without a
//! copy, bounded.

use std::{fmt, sync::Arc};

use nucleo_matcher::chars::normalize;

use crate::domain::{Candidate, CandidateId};

/// How many candidates are kept at most.
pub const BOUND: usize = 200_000;

/// The candidates of a page: one text for all, and where in it each begins and each of its parts ends. Lists of a hundred
/// thousand are kept, so that a row is a few dozen bytes and no allocation of its own.
#[derive(PartialEq)]
struct Chunk {
    /// Key, name and shown columns of each row, with blanks between the parts.
    text: String,
    /// Where each part of each row ends.
    ends: Vec<u32>,
    /// Which of `ends` is the first of each row, and after the last row how many there are.
    firsts: Vec<u32>,
    /// Which letters and digits each row has; all bits where that cannot be told.
    letters: Vec<u64>,
}

/// A page of candidates. A copy shares it.
#[derive(Clone, PartialEq)]
pub struct Page(Arc<Chunk>);

impl Page {
    /// The page of these candidates.
    pub fn new(rows: &[Candidate]) -> Self {
        let mut chunk = Chunk {
            text: String::new(),
            ends: Vec::new(),
            firsts: Vec::with_capacity(rows.len() + 1),
            letters: Vec::with_capacity(rows.len()),
        };
        chunk.firsts.push(0);
        for row in rows {
            let begin = chunk.text.len();
            for (number, part) in [&row.id.0, &row.name].into_iter().chain(&row.shown).enumerate() {
                if number > 0 {
                    chunk.text.push(' ');
                }
                chunk.text.push_str(part);
                chunk.ends.push(narrow(chunk.text.len()));
            }
            chunk.firsts.push(narrow(chunk.ends.len()));
            chunk.letters.push(letters(chunk.text.get(begin..).unwrap_or_default()));
        }
        chunk.text.shrink_to_fit();
        chunk.ends.shrink_to_fit();
        Self(Arc::new(chunk))
    }

    fn len(&self) -> usize {
        self.0.letters.len()
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Page({})", self.len())
    }
}

/// A page has a thousand rows of columns that a list shows: far less than 4 GiB.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A candidate of a roster.
#[derive(Clone, Copy)]
pub struct Listed<'a> {
    chunk: &'a Chunk,
    index: usize,
}

impl<'a> Listed<'a> {
    /// The key.
    pub fn id(self) -> &'a str {
        self.parts().next().unwrap_or_default()
    }

    /// The key, to keep.
    pub fn key(self) -> CandidateId {
        CandidateId(self.id().to_owned())
    }

    /// The display name; untrusted text.
    pub fn name(self) -> &'a str {
        self.parts().nth(1).unwrap_or_default()
    }

    /// Key, name and shown columns.
    pub fn parts(self) -> impl Iterator<Item = &'a str> {
        let Self { chunk, index } = self;
        let range = chunk.firsts[index] as usize..chunk.firsts[index + 1] as usize;
        let mut begin = self.begin();
        chunk.ends[range].iter().map(move |end| {
            let part = chunk.text.get(begin..*end as usize).unwrap_or_default();
            // Behind each part stands a blank, or the next row, which this one does not read.
            begin = *end as usize + 1;
            part
        })
    }

    /// What the search looks at: the parts with blanks between.
    pub fn text(self) -> &'a str {
        let last = (self.chunk.firsts[self.index + 1] as usize).checked_sub(1);
        let end = last.map_or(0, |last| self.chunk.ends[last] as usize);
        self.chunk.text.get(self.begin()..end).unwrap_or_default()
    }

    /// Which letters and digits are in it.
    pub fn letters(self) -> u64 {
        self.chunk.letters[self.index]
    }

    fn begin(self) -> usize {
        let before = (self.chunk.firsts[self.index] as usize).checked_sub(1);
        before.map_or(0, |before| self.chunk.ends[before] as usize)
    }
}

/// Candidates in the order of the key. A copy shares the pages.
#[derive(Clone, Default)]
pub struct Roster {
    /// Each with the place of its first row.
    pages: Vec<(usize, Page)>,
    len: usize,
}

impl Roster {
    /// Appends a page; an empty one is nothing.
    pub fn push(&mut self, page: Page) {
        if page.len() == 0 {
            return;
        }
        let start = self.len;
        self.len += page.len();
        self.pages.push((start, page));
    }

    /// How many candidates there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// A candidate by place.
    pub fn get(&self, index: usize) -> Option<Listed<'_>> {
        let at = self.pages.partition_point(|(start, _)| *start <= index).checked_sub(1)?;
        let (start, page) = self.pages.get(at)?;
        let index = index - start;
        (index < page.len()).then_some(Listed { chunk: &page.0, index })
    }

    /// Whether this begins with the very pages of `other`.
    pub fn extends(&self, other: &Self) -> bool {
        self.pages.len() >= other.pages.len() && self.shares(other)
    }

    fn shares(&self, other: &Self) -> bool {
        self.pages.iter().zip(&other.pages).all(|((_, mine), (_, theirs))| Arc::ptr_eq(&mine.0, &theirs.0))
    }

    /// All candidates.
    pub fn iter(&self) -> impl Iterator<Item = Listed<'_>> {
        self.pages.iter().flat_map(|(_, page)| (0..page.len()).map(|index| Listed { chunk: &page.0, index }))
    }
}

impl PartialEq for Roster {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.shares(other)
    }
}

impl fmt::Debug for Roster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the rows: a question may end in a log.
        write!(f, "Roster({})", self.len)
    }
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
    fn rows_are_found_by_place_over_pages() {
        let mut roster = Roster::default();
        for page in [0..3, 3..3, 3..4, 4..10] {
            roster.push(Page::new(&page.map(candidate).collect::<Vec<_>>()));
        }
        assert_eq!(roster.len(), 10);
        for index in 0..10 {
            let (listed, expected) = (roster.get(index).unwrap(), candidate(index));
            assert_eq!((listed.key(), listed.name()), (expected.id, expected.name.as_str()));
            assert_eq!(listed.parts().skip(2).collect::<Vec<_>>(), expected.shown);
        }
        assert!(roster.get(10).is_none());
        assert_eq!(roster.get(7).map(Listed::text), Some("7 Name 7 Ohio"));
        assert_eq!(roster.iter().map(Listed::id).collect::<String>(), "0123456789");
    }

    #[test]
    fn parts_may_be_empty_and_of_any_number() {
        let row = |id: &str, name: &str, shown: &[&str]| Candidate {
            id: CandidateId(id.to_owned()),
            name: name.to_owned(),
            shown: shown.iter().map(|text| (*text).to_owned()).collect(),
        };
        let rows =
            [row("1", "", &["", "é", ""]), row("", "", &[]), row("", "Zoé", &[]), row("山", "b c", &["d"])];
        let mut roster = Roster::default();
        roster.push(Page::new(&rows));
        for (listed, row) in roster.iter().zip(&rows) {
            let parts = [&row.id.0, &row.name].into_iter().chain(&row.shown).cloned().collect::<Vec<_>>();
            assert_eq!(listed.parts().collect::<Vec<_>>(), parts);
            assert_eq!(listed.text(), parts.join(" "));
            assert_eq!(listed.letters(), letters(listed.text()));
        }
    }

    #[test]
    fn letters_know_no_case_and_no_accents() {
        assert_eq!(letters("Zoé 1"), letters("ZOE1"));
        assert_eq!(letters("山"), 0);
    }
}
