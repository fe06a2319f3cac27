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

/// Who changed a run of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// Nobody.
    Nobody,
    /// Only the text that was approved.
    Ours,
    /// Only the text that stands in the candidate database.
    Theirs,
    /// Both, to the same words.
    Alike,
    /// Both, each in its own way: the overlap of this number.
    Overlap(usize),
}

/// A run of words as each of the three texts has it; joined, the runs of a section are its text. `None` is NULL, or no
/// such section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Who changed it.
    pub changed: Changed,
    /// What stood there.
    pub base: Option<String>,
    /// What was approved.
    pub ours: Option<String>,
    /// What stands there now.
    pub theirs: Option<String>,
}

/// What a merged section is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// One of the three as it is; `None` is no section at all.
    Whole(Option<Section>),
    /// Put together from its runs.
    Runs(Section),
    /// All of it is the overlap of this number; holds what either side has.
    Torn(usize, [Option<Section>; 2]),
}

/// One section, merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedSection {
    /// Which section.
    pub id: SectionId,
    /// Its text, run by run.
    pub runs: Vec<Run>,
    form: Form,
}

/// Three documents merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The places to choose at, in the order of the text.
    pub overlaps: Vec<Overlap>,
    /// The sections, in the order of the text.
    pub sections: Vec<MergedSection>,
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
        let sides = [base, ours, theirs].map(|document| document.section(id));
        let runs = merge.runs(id, sides);
        let form = form(sides, &runs);
        merge.sections.push(MergedSection { id: id.clone(), runs, form });
    }
    merge
}

/// How a section comes out: as one side has it where the other changed nothing, also in what is no text.
fn form([base, ours, theirs]: [Option<&Section>; 3], runs: &[Run]) -> Form {
    if ours == theirs || theirs == base {
        return Form::Whole(ours.cloned());
    }
    if ours == base {
        return Form::Whole(theirs.cloned());
    }
    match (runs, theirs) {
        // With NULL or no section at all on one side there are no words to put together.
        ([Run { changed, base, ours: left, theirs: right }], _)
            if [base, left, right].iter().any(|text| text.is_none()) =>
        {
            match changed {
                Changed::Overlap(number) => Form::Torn(*number, [ours.cloned(), theirs.cloned()]),
                Changed::Theirs => Form::Whole(theirs.cloned()),
                Changed::Nobody | Changed::Ours | Changed::Alike => Form::Whole(ours.cloned()),
            }
        }
        (_, Some(theirs)) => Form::Runs(theirs.clone()),
        (_, None) => Form::Whole(ours.cloned()),
    }
}

impl Merge {
    /// The merged document; `choose` says for each overlap, by its number, whose text is taken.
    pub fn document(&self, choose: impl Fn(usize) -> Prefer) -> Document {
        let sections = self.sections.iter().filter_map(|section| match &section.form {
            Form::Whole(section) => section.clone(),
            Form::Torn(number, [ours, theirs]) => match choose(*number) {
                Prefer::Ours => ours.clone(),
                Prefer::Theirs => theirs.clone(),
            },
            Form::Runs(form) => {
                let texts = section.runs.iter().filter_map(|run| run.text(&choose));
                Some(Section { text: Some(texts.collect()), ..form.clone() })
            }
        });
        Document { sections: sections.collect() }
    }

    fn overlap(&mut self, section: &SectionId, [base, ours, theirs]: [Option<String>; 3]) -> usize {
        self.overlaps.push(Overlap { section: section.clone(), base, ours, theirs });
        self.overlaps.len() - 1
    }

    fn runs(&mut self, id: &SectionId, sides: [Option<&Section>; 3]) -> Vec<Run> {
        let sides = sides.map(|side| side.and_then(|section| section.text.as_deref()));
        match sides {
            [Some(base), Some(ours), Some(theirs)] => self.pieces(id, [base, ours, theirs]),
            sides => vec![self.run(id, sides.map(|side| side.map(str::to_owned)))],
        }
    }

    fn run(&mut self, id: &SectionId, sides: [Option<String>; 3]) -> Run {
        let [was, left, right] = &sides;
        let changed = match (left == was, right == was) {
            (true, true) => Changed::Nobody,
            (false, true) => Changed::Ours,
            (true, false) => Changed::Theirs,
            (false, false) if left == right => Changed::Alike,
            (false, false) => Changed::Overlap(self.overlap(id, sides.clone())),
        };
        let [base, ours, theirs] = sides;
        Run { changed, base, ours, theirs }
    }

    fn pieces(&mut self, id: &SectionId, [base, ours, theirs]: [&str; 3]) -> Vec<Run> {
        let [base, ours, theirs] = [base, ours, theirs].map(words);
        let mut hunks = hunks(&base, &ours, Prefer::Ours);
        hunks.extend(self::hunks(&base, &theirs, Prefer::Theirs));
        hunks.sort_by_key(|hunk| (hunk.base.start, hunk.base.end));
        let mut runs = Vec::new();
        let keep = |runs: &mut Vec<Run>, kept: String| {
            if !kept.is_empty() {
                let kept = Some(kept);
                runs.push(Run {
                    changed: Changed::Nobody,
                    base: kept.clone(),
                    ours: kept.clone(),
                    theirs: kept,
                });
            }
        };
        // Where the kept words go on, in each of the three.
        let mut at = [0; 3];
        for cluster in clusters(hunks, &base) {
            let kept = cluster.base.start - at[0];
            keep(&mut runs, text(&base, at[0]..cluster.base.start));
            let starts = [cluster.base.start, at[1] + kept, at[2] + kept];
            let ends = [
                cluster.base.end,
                end(starts[1], &cluster, Prefer::Ours),
                end(starts[2], &cluster, Prefer::Theirs),
            ];
            let sides = [
                text(&base, starts[0]..ends[0]),
                text(&ours, starts[1]..ends[1]),
                text(&theirs, starts[2]..ends[2]),
            ];
            runs.push(self.run(id, sides.map(Some)));
            at = ends;
        }
        keep(&mut runs, text(&base, at[0]..base.len()));
        runs
    }
}

impl Run {
    /// What the merged text has here; `choose` says whose text an overlap takes.
    pub fn text(&self, choose: impl Fn(usize) -> Prefer) -> Option<&str> {
        let side = match self.changed {
            Changed::Nobody | Changed::Ours | Changed::Alike => &self.ours,
            Changed::Theirs => &self.theirs,
            Changed::Overlap(number) => match choose(number) {
                Prefer::Ours => &self.ours,
                Prefer::Theirs => &self.theirs,
            },
        };
        side.as_deref()
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
        (merge.document(|_| Prefer::Ours).sections[0].text.clone().unwrap(), overlaps)
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
        // Each place is chosen at by itself.
        let two = merge(
            &one("Cooks for 20. Bakes on Monday."),
            &one("Cooks for 30. Bakes on Friday."),
            &one("Cooks for 40. Bakes on Sunday."),
        );
        let sides = [Prefer::Theirs, Prefer::Ours];
        assert_eq!(two.document(|number| sides[number]), one("Cooks for 40. Bakes on Friday."));
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
        assert_eq!(torn.document(|_| Prefer::Ours), document(&[("a", Some("y")), ("b", Some("new"))]));
        assert_eq!(torn.document(|_| Prefer::Theirs), document(&[("a", None), ("b", Some("new"))]));
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
                prop_assert_eq!(&merge.document(|_| Prefer::Ours), &changed);
                prop_assert_eq!(&merge.document(|_| Prefer::Theirs), &changed);
            }
        }

        /// With nothing to choose between, and with one side taken everywhere, nothing of that side is lost.
        #[test]
        fn each_side_is_there_where_it_is_chosen(base in prose(), ours in prose(), theirs in prose()) {
            let merge = merge(&one(&base), &one(&ours), &one(&theirs));
            let swapped = super::merge(&one(&base), &one(&theirs), &one(&ours));
            prop_assert_eq!(merge.document(|_| Prefer::Ours), swapped.document(|_| Prefer::Theirs));
            prop_assert_eq!(merge.document(|_| Prefer::Theirs), swapped.document(|_| Prefer::Ours));
            // Merging the result again with either side as the base's other child changes nothing more.
            let taken = merge.document(|_| Prefer::Ours);
            prop_assert_eq!(super::merge(&one(&base), &taken, &one(&base)).document(|_| Prefer::Ours), taken);
        }

        /// The runs tell each of the three texts whole, and the merged one too.
        #[test]
        fn the_runs_joined_are_the_texts(base in prose(), ours in prose(), theirs in prose()) {
            let merge = merge(&one(&base), &one(&ours), &one(&theirs));
            let runs = &merge.sections[0].runs;
            let joined = |side: fn(&Run) -> &Option<String>| {
                runs.iter().filter_map(|run| side(run).clone()).collect::<String>()
            };
            prop_assert_eq!(joined(|run| &run.base), base);
            prop_assert_eq!(joined(|run| &run.ours), ours);
            prop_assert_eq!(joined(|run| &run.theirs), theirs);
            let numbers: Vec<usize> = runs.iter().filter_map(|run| match run.changed {
                Changed::Overlap(number) => Some(number),
                _ => None,
            }).collect();
            prop_assert_eq!(numbers, (0..merge.overlaps.len()).collect::<Vec<_>>());
            let merged: String = runs.iter().filter_map(|run| run.text(|_| Prefer::Theirs)).collect();
            prop_assert_eq!(one(&merged), merge.document(|_| Prefer::Theirs));
        }

        /// A single overlap that is the whole text gives the very bytes of the side that is chosen.
        #[test]
        fn an_overlap_gives_the_bytes_of_the_side(ours in prose(), theirs in prose()) {
            prop_assume!(ours != theirs && !ours.is_empty() && !theirs.is_empty());
            let merge = merge(&one(""), &one(&ours), &one(&theirs));
            prop_assert_eq!(merge.document(|_| Prefer::Ours), one(&ours));
            prop_assert_eq!(merge.document(|_| Prefer::Theirs), one(&theirs));
        }
    }
}
