//! Finding words in a diff: on both sides, whether they are shown or folded away.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::{domain::Document, text::part};

use super::{
    Diff,
    section::{Row, RowKind, SectionDiff, SegmentKind, Side},
};

/// A place where the query stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Its section: an index into the sections of the diff.
    pub section: usize,
    /// Its row: an index into the rows of the section.
    pub row: usize,
    /// On which side.
    pub side: Side,
    /// Its bytes in the text of that side; edges of grapheme clusters.
    pub range: Range<usize>,
}

impl Diff {
    /// Returns where `query` stands, in the order of the rows, upper and lower case being the same and any white
    /// space one blank. What is kept counts once, what goes and what comes each for itself, so that every layout
    /// finds the same.
    pub fn find(&self, query: &str) -> Vec<Hit> {
        let needle = needle(query);
        let mut hits = Vec::new();
        if needle.is_empty() {
            return hits;
        }
        for (index, section) in self.sections.iter().enumerate() {
            for (number, row) in section.rows.iter().enumerate() {
                for side in [Side::Before, Side::After] {
                    let found = in_row(section, row, side, &needle).into_iter();
                    hits.extend(found.map(|range| Hit { section: index, row: number, side, range }));
                }
            }
        }
        hits
    }
}

/// Whether `query` stands anywhere in a document, found as [`Diff::find`] finds it, but also over the ends of blocks.
pub fn mentions(document: &Document, query: &str) -> bool {
    let needle = needle(query);
    let texts = document.sections.iter().filter_map(|section| section.text.as_deref());
    !needle.is_empty() && texts.into_iter().any(|text| !search(text, 0, &needle).is_empty())
}

fn needle(query: &str) -> Vec<char> {
    let words: Vec<&str> = query.split_whitespace().collect();
    words.join(" ").chars().flat_map(char::to_lowercase).collect()
}

fn in_row(section: &SectionDiff, row: &Row, side: Side, needle: &[char]) -> Vec<Range<usize>> {
    let Some(block) = section.block(row, side).filter(|_| side == Side::After || row.kind != RowKind::Same)
    else {
        return Vec::new();
    };
    let mut found = search(part(section.text(side), block.range.clone()), block.range.start, needle);
    if side == Side::Before {
        // What is kept is found in the after text.
        found.retain(|range| {
            row.segments.iter().any(|segment| {
                matches!(segment.kind, SegmentKind::Changed(_))
                    && segment.before.start < range.end
                    && range.start < segment.before.end
            })
        });
    }
    found
}

fn search(text: &str, offset: usize, needle: &[char]) -> Vec<Range<usize>> {
    let mut folded: Vec<(char, usize, usize)> = Vec::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        match folded.last_mut() {
            Some(last) if c.is_whitespace() && last.0 == ' ' => last.2 = end,
            Some(_) | None if c.is_whitespace() => folded.push((' ', at, end)),
            Some(_) | None => folded.extend(c.to_lowercase().map(|c| (c, at, end))),
        }
    }
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(window) = folded.get(at..at + needle.len()) {
        if window.iter().map(|(c, ..)| c).ne(needle) {
            at += 1;
            continue;
        }
        if let (Some(first), Some(last)) = (window.first(), window.last()) {
            found.push(first.1..last.2);
        }
        at += needle.len();
    }
    if !text.is_ascii() && !found.is_empty() {
        let edges: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
        for range in &mut found {
            let start = edges.partition_point(|edge| *edge <= range.start).saturating_sub(1);
            let end = edges.partition_point(|edge| *edge < range.end);
            *range = edges.get(start).copied().unwrap_or(0)..edges.get(end).copied().unwrap_or(text.len());
        }
    }
    found.into_iter().map(|range| offset + range.start..offset + range.end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diff::compare,
        domain::{Format, Section, SectionId},
    };

    fn hits(before: &str, after: &str, query: &str) -> Vec<(Side, String)> {
        let [before, after] = [before, after].map(|text| Document {
            sections: vec![Section {
                id: SectionId("a".to_owned()),
                format: Format::Text,
                text: Some(text.to_owned()),
                ..Section::default()
            }],
        });
        let diff = compare(&before, &after, &|| false);
        let text = |hit: &Hit| part(diff.sections[hit.section].text(hit.side), hit.range.clone()).to_owned();
        diff.find(query).iter().map(|hit| (hit.side, text(hit))).collect()
    }

    #[test]
    fn kept_words_are_found_once_and_changed_ones_on_their_side() {
        let (before, after) =
            ("At ACME I led TEAMS of 25 in the warehouse", "At ACME I led teams\n of 30 in the warehouse");
        let owned = |side, text: &str| (side, text.to_owned());
        assert_eq!(hits(before, after, "warehouse"), [owned(Side::After, "warehouse")]);
        assert_eq!(
            hits(before, after, " TEAMS  OF "),
            [owned(Side::Before, "TEAMS of"), owned(Side::After, "teams\n of")]
        );
        assert_eq!(hits(before, after, "25"), [owned(Side::Before, "25")]);
        assert_eq!(hits(before, after, ""), []);
        assert_eq!(hits(before, after, "xyz"), []);
    }

    #[test]
    fn case_is_folded_beyond_ascii_and_clusters_stay_whole() {
        assert_eq!(hits("", "Große ÜBUNG", "übung").len(), 1);
        assert_eq!(hits("", "cafe\u{301} bar", "cafe"), [(Side::After, "cafe\u{301}".to_owned())]);
        assert_eq!(hits("", "aaaa", "aa").len(), 2);
    }
}
