//! Three texts made into one: what was approved, put on top of what somebody else wrote meanwhile.
//!
//! Both changed texts are compared with the text that they come from, word by word. What only one of them changed is
//! taken over; where both changed the same place, or places with no word between them, somebody has to choose. Words are
//! compared as they are written, and every byte of the result comes from one of the texts.

use std::ops::Range;

use similar::{Algorithm, capture_diff_slices};
use unicode_segmentation::UnicodeSegmentation;

use crate::domain::{Document, Section, SectionId};

/// More words times words than this are compared by the bounded algorithm, which may miss the shortest edit.
const EXACT: usize = 1_000_000;

/// Whose text an overlap takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefer {
    /// The text that was approved.
    Ours,
    /// The text that stands in the candidate database.
    Theirs,
}

/// A place that both changed, each in its own way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// In which section.
    pub section: SectionId,
    /// What stood there; `None` is NULL, or no such section.
    pub base: Option<String>,
    /// What was approved.
    pub ours: Option<String>,
    /// What stands there now.
    pub theirs: Option<String>,
}

/// A piece of a merged section.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// There is nothing to choose.
    Clear(String),
    /// The overlap of this number.
    Overlap(usize),
}

/// One section, merged.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Merged {
    /// One of the three as it is; `None` is no section at all.
    Whole(Option<Section>),
    /// Put together.
    Pieces(Section, Vec<Piece>),
    /// All of it is the overlap of this number; holds what either side has.
    Torn(usize, [Option<Section>; 2]),
}

/// Three documents merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The places to choose at, in the order of the text.
    pub overlaps: Vec<Overlap>,
    sections: Vec<Merged>,
}

/// Merges `ours` and `theirs`, which both come from `base`. The sections keep the order of `theirs`.
pub fn merge(base: &Document, ours: &Document, theirs: &Document) -> Merge {
    let order = if base == theirs { [ours, theirs] } else { [theirs, ours] };
    let mut ids: Vec<&SectionId> = Vec::new();
    for section in order.iter().flat_map(|document| &document.sections) {
        if !ids.contains(&&section.id) {
            ids.push(&section.id);
        }
    }
    let mut merge = Merge { overlaps: Vec::new(), sections: Vec::new() };
    for id in ids {
        let [base, ours, theirs] = [base, ours, theirs].map(|document| document.section(id));
        let merged = merge.section(id, [base, ours, theirs]);
        merge.sections.push(merged);
    }
    merge
}

impl Merge {
    /// The merged document, with the same side taken at each overlap.
    pub fn document(&self, prefer: Prefer) -> Document {
        let sections = self.sections.iter().filter_map(|section| match section {
            Merged::Whole(section) => section.clone(),
            Merged::Torn(_, [ours, theirs]) => match prefer {
                Prefer::Ours => ours.clone(),
                Prefer::Theirs => theirs.clone(),
            },
            Merged::Pieces(section, pieces) => {
                let text = pieces.iter().map(|piece| self.text(piece, prefer)).collect();
                Some(Section { text: Some(text), ..section.clone() })
            }
        });
        Document { sections: sections.collect() }
    }

    fn text<'m>(&'m self, piece: &'m Piece, prefer: Prefer) -> &'m str {
        match piece {
            Piece::Clear(text) => text,
            Piece::Overlap(number) => {
                let Some(overlap) = self.overlaps.get(*number) else { return "" };
                let side = match prefer {
                    Prefer::Ours => &overlap.ours,
                    Prefer::Theirs => &overlap.theirs,
                };
                side.as_deref().unwrap_or_default()
            }
        }
    }

    fn section(&mut self, id: &SectionId, sides: [Option<&Section>; 3]) -> Merged {
        let [base, ours, theirs] = sides;
        if ours == theirs || theirs == base {
            return Merged::Whole(ours.cloned());
        }
        if ours == base {
            return Merged::Whole(theirs.cloned());
        }
        let text = |side: Option<&Section>| side.and_then(|section| section.text.clone());
        let (Some(before), Some(left), Some(right)) = (text(base), text(ours), text(theirs)) else {
            let number = self.overlap(id, sides.map(text));
            return Merged::Torn(number, [ours.cloned(), theirs.cloned()]);
        };
        let pieces = self.pieces(id, [&before, &left, &right]);
        match theirs {
            Some(section) => Merged::Pieces(section.clone(), pieces),
            None => Merged::Whole(ours.cloned()),
        }
    }

    fn overlap(&mut self, section: &SectionId, [base, ours, theirs]: [Option<String>; 3]) -> usize {
        self.overlaps.push(Overlap { section: section.clone(), base, ours, theirs });
        self.overlaps.len() - 1
    }

    fn pieces(&mut self, id: &SectionId, [base, ours, theirs]: [&str; 3]) -> Vec<Piece> {
        let [base, ours, theirs] = [base, ours, theirs].map(words);
        let mut hunks = hunks(&base, &ours, Prefer::Ours);
        hunks.extend(self::hunks(&base, &theirs, Prefer::Theirs));
        hunks.sort_by_key(|hunk| (hunk.base.start, hunk.base.end));
        let mut pieces = Vec::new();
        // Where the kept words go on, in each of the three.
        let mut at = [0; 3];
        for cluster in clusters(hunks, &base) {
            let kept = cluster.base.start - at[0];
            pieces.push(Piece::Clear(text(&base, at[0]..cluster.base.start)));
            let starts = [cluster.base.start, at[1] + kept, at[2] + kept];
            let ends = [
                cluster.base.end,
                end(starts[1], &cluster, Prefer::Ours),
                end(starts[2], &cluster, Prefer::Theirs),
            ];
            let [was, left, right] = [
                text(&base, starts[0]..ends[0]),
                text(&ours, starts[1]..ends[1]),
                text(&theirs, starts[2]..ends[2]),
            ];
            pieces.push(if left == right || right == was {
                Piece::Clear(left)
            } else if left == was {
                Piece::Clear(right)
            } else {
                Piece::Overlap(self.overlap(id, [was, left, right].map(Some)))
            });
            at = ends;
        }
        pieces.push(Piece::Clear(text(&base, at[0]..base.len())));
        pieces
    }
}

/// The words of a text and what stands between them; joined they are the text.
fn words(text: &str) -> Vec<&str> {
    text.split_word_bounds().collect()
}

fn text(words: &[&str], range: Range<usize>) -> String {
    words.get(range).unwrap_or_default().concat()
}

/// What one side made of a run of the base's words.
#[derive(Debug, Clone)]
struct Hunk {
    base: Range<usize>,
    /// How many words it has in their place.
    len: usize,
    side: Prefer,
}

fn hunks(base: &[&str], changed: &[&str], side: Prefer) -> Vec<Hunk> {
    let pairs = base.len().saturating_mul(changed.len());
    let algorithm = if pairs > EXACT { Algorithm::Myers } else { Algorithm::RawMyers };
    let ops = capture_diff_slices(algorithm, base, changed).into_iter();
    ops.filter_map(|op| {
        let (tag, base, changed) = op.as_tag_tuple();
        (tag != similar::DiffTag::Equal).then(|| Hunk { base, len: changed.len(), side })
    })
    .collect()
}

/// Hunks with no word of the base between them.
#[derive(Debug)]
struct Cluster {
    base: Range<usize>,
    hunks: Vec<Hunk>,
}

fn clusters(hunks: Vec<Hunk>, base: &[&str]) -> Vec<Cluster> {
    let mut clusters: Vec<Cluster> = Vec::new();
    for hunk in hunks {
        let apart = |cluster: &Cluster| {
            let between = base.get(cluster.base.end..hunk.base.start).unwrap_or_default();
            between.iter().any(|word| word.contains(char::is_alphanumeric))
        };
        match clusters.last_mut().filter(|last| !apart(last)) {
            Some(last) => {
                last.base.end = last.base.end.max(hunk.base.end);
                last.hunks.push(hunk);
            }
            None => clusters.push(Cluster { base: hunk.base.clone(), hunks: vec![hunk] }),
        }
    }
    clusters
}

/// Where a cluster ends on one side, if it begins there at `start`.
fn end(start: usize, cluster: &Cluster, side: Prefer) -> usize {
    let mine = cluster.hunks.iter().filter(|hunk| hunk.side == side);
    let (gone, come) = mine.fold((0, 0), |(gone, come), hunk| (gone + hunk.base.len(), come + hunk.len));
    start + cluster.base.len() - gone + come
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::Format;

    fn document(texts: &[(&str, Option<&str>)]) -> Document {
        let section = |(id, text): &(&str, Option<&str>)| Section {
            id: SectionId((*id).to_owned()),
            format: Format::Text,
            text: text.map(str::to_owned),
            ..Section::default()
        };
        Document { sections: texts.iter().map(section).collect() }
    }

    fn one(text: &str) -> Document {
        document(&[("summary", Some(text))])
    }

    /// The merged text with the approved side preferred, and the overlaps as `base|ours|theirs`.
    fn merged(base: &str, ours: &str, theirs: &str) -> (String, Vec<String>) {
        let merge = merge(&one(base), &one(ours), &one(theirs));
        let shown = |side: &Option<String>| side.clone().unwrap_or_else(|| "NULL".to_owned());
        let overlaps = merge.overlaps.iter();
        let overlaps = overlaps
            .map(|overlap| [&overlap.base, &overlap.ours, &overlap.theirs].map(shown).join("|"))
            .collect();
        (merge.document(Prefer::Ours).sections[0].text.clone().unwrap(), overlaps)
    }

    #[test]
    fn what_only_one_changed_is_taken_over() {
        for (base, ours, theirs, expected) in [
            (
                "Cooks for 20.\nBakes.",
                "Leads a kitchen for 20.\nBakes.",
                "Cooks for 20.\nBakes bread.",
                "Leads a kitchen for 20.\nBakes bread.",
            ),
            ("a b c", "a b c", "a x c", "a x c"),
            ("a b c", "a x c", "a b c", "a x c"),
            ("a b c", "a x c", "a x c", "a x c"),
            ("one two three four", "ONE two three four", "one two three FOUR", "ONE two three FOUR"),
            ("a\r\nb\r\nc", "A\r\nb\r\nc", "a\r\nb\r\nc d", "A\r\nb\r\nc d"),
            ("Phone 1. A cook.", "Phone 1. A chef.", "Phone 2. A cook.", "Phone 2. A chef."),
        ] {
            assert_eq!(merged(base, ours, theirs), (expected.to_owned(), Vec::new()), "{base}");
        }
    }

    #[test]
    fn what_both_changed_is_to_be_chosen() {
        assert_eq!(
            merged("Cooks for 20.", "Cooks for 30.", "Cooks for 40."),
            ("Cooks for 30.".to_owned(), vec!["20|30|40".to_owned()])
        );
        let (text, overlaps) = merged("one two", "ONE two", "one TWO");
        assert_eq!(
            (text.as_str(), overlaps.as_slice()),
            ("ONE two", &["one two|ONE two|one TWO".to_owned()][..])
        );
        // Two insertions at one place have no order.
        assert_eq!(merged("a c", "a b c", "a x c").1.len(), 1);
        let (both, chosen) = (merged("a, b", "a", "a, b, c"), "a".to_owned());
        assert_eq!((both.0, both.1.len()), (chosen, 1));
    }

    #[test]
    fn null_and_missing_sections_are_texts_of_their_own() {
        let (base, ours) =
            (document(&[("a", Some("x")), ("b", None)]), document(&[("a", Some("y")), ("b", None)]));
        let theirs = document(&[("a", None), ("b", Some("new"))]);
        let torn = merge(&base, &ours, &theirs);
        assert_eq!(torn.overlaps.len(), 1);
        assert_eq!(torn.document(Prefer::Ours), document(&[("a", Some("y")), ("b", Some("new"))]));
        assert_eq!(torn.document(Prefer::Theirs), document(&[("a", None), ("b", Some("new"))]));
    }

    fn prose() -> impl Strategy<Value = String> {
        let word = prop::sample::select(vec![
            "cook", "Head", "20", "café", "x\u{301}", "…", ",", ".", " ", "  ", "\n", "\r\n", "- ", "", "ab",
        ]);
        prop::collection::vec(word, 0..24).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn a_side_that_changed_nothing_leaves_the_other_as_it_is(base in prose(), changed in prose()) {
            let (base, changed) = (one(&base), one(&changed));
            for (ours, theirs) in [(&changed, &base), (&base, &changed), (&changed, &changed)] {
                let merge = merge(&base, ours, theirs);
                prop_assert!(merge.overlaps.is_empty());
                prop_assert_eq!(&merge.document(Prefer::Ours), &changed);
                prop_assert_eq!(&merge.document(Prefer::Theirs), &changed);
            }
        }

        /// With nothing to choose between, and with one side taken everywhere, nothing of that side is lost.
        #[test]
        fn each_side_is_there_where_it_is_chosen(base in prose(), ours in prose(), theirs in prose()) {
            let merge = merge(&one(&base), &one(&ours), &one(&theirs));
            let swapped = super::merge(&one(&base), &one(&theirs), &one(&ours));
            prop_assert_eq!(merge.document(Prefer::Ours), swapped.document(Prefer::Theirs));
            prop_assert_eq!(merge.document(Prefer::Theirs), swapped.document(Prefer::Ours));
            // Merging the result again with either side as the base's other child changes nothing more.
            let taken = merge.document(Prefer::Ours);
            prop_assert_eq!(super::merge(&one(&base), &taken, &one(&base)).document(Prefer::Ours), taken);
        }

        /// A single overlap that is the whole text gives the very bytes of the side that is chosen.
        #[test]
        fn an_overlap_gives_the_bytes_of_the_side(ours in prose(), theirs in prose()) {
            prop_assume!(ours != theirs && !ours.is_empty() && !theirs.is_empty());
            let merge = merge(&one(""), &one(&ours), &one(&theirs));
            prop_assert_eq!(merge.document(Prefer::Ours), one(&ours));
            prop_assert_eq!(merge.document(Prefer::Theirs), one(&theirs));
        }
    }
}
