//! Changes: what a reviewer accepts or rejects, named by content.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use sha2::{Digest, Sha256};

use crate::domain::{ChangeId, SectionId};

/// What kind of difference a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    /// Words of a block.
    Edited,
    /// A block, or its text, as a whole: too little is kept to tell the words apart.
    Replaced,
    /// A block that is only in the after text.
    Inserted,
    /// A block that is only in the before text.
    Deleted,
    /// The place of a block; its words are changes of their own.
    Moved,
    /// Everything in a section that is no word: line breaks, spacing, the shape of quotes, dashes and bullet marks.
    Layout,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its name: an edit elsewhere does not rename it.
    pub id: ChangeId,
    /// What it is.
    pub kind: ChangeKind,
    /// Its section: an index into the sections of the diff.
    pub section: usize,
    /// Its row: an index into the rows of the section; for a layout change the number of rows.
    pub row: usize,
    /// Its bytes in the before text of the section, from the first changed word to the last; words between that are
    /// kept are included. Empty for an insertion.
    pub before: Range<usize>,
    /// The same in the after text.
    pub after: Range<usize>,
    /// How many words go.
    pub words_before: usize,
    /// How many words come.
    pub words_after: usize,
}

/// Gives out the names of changes.
#[derive(Debug, Default)]
pub(super) struct Names {
    given: HashSet<u64>,
    /// How often the same texts occurred: a word that goes a thousand times is not counted from the start each time.
    occurred: HashMap<[u8; 32], u32>,
}

impl Names {
    /// Returns the name for a change of these texts: the first 8 bytes of a hash over section, kind, both texts and
    /// how often the same occurred before. White space counts as one blank, so that wrapping renames nothing.
    pub fn name(&mut self, section: &SectionId, kind: ChangeKind, before: &str, after: &str) -> ChangeId {
        let mut hasher = Sha256::new();
        hasher.update([kind_byte(kind)]);
        for part in [section.0.as_str(), before, after] {
            for word in part.split_whitespace() {
                hasher.update(word);
                hasher.update(" ");
            }
            hasher.update([0]);
        }
        let occurred = self.occurred.entry(hasher.clone().finalize().into()).or_default();
        loop {
            let mut bytes = [0; 8];
            let digest = hasher.clone().chain_update(occurred.to_le_bytes()).finalize();
            bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
            *occurred = occurred.wrapping_add(1);
            if self.given.insert(u64::from_be_bytes(bytes)) {
                return ChangeId(u64::from_be_bytes(bytes));
            }
        }
    }
}

/// Part of stored names: never reuse a number.
const fn kind_byte(kind: ChangeKind) -> u8 {
    match kind {
        // What was an edit and becomes a replacement is still the same texts.
        ChangeKind::Edited | ChangeKind::Replaced => 1,
        ChangeKind::Inserted => 2,
        ChangeKind::Deleted => 3,
        ChangeKind::Moved => 4,
        ChangeKind::Layout => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_fixed_by_section_texts_and_occurrence() {
        let section = SectionId("skills".to_owned());
        let mut names = Names::default();
        let first = names.name(&section, ChangeKind::Edited, "40", "400");
        let second = names.name(&section, ChangeKind::Edited, "40", "400");
        assert_ne!(first, second);
        let mut again = Names::default();
        assert_eq!(again.name(&section, ChangeKind::Edited, "40", "400"), first);
        assert_eq!(
            again.name(&section, ChangeKind::Edited, "40\n", " 400"),
            second,
            "white space does not count"
        );
        let others = [
            again.name(&SectionId("summary".to_owned()), ChangeKind::Edited, "40", "400"),
            again.name(&section, ChangeKind::Edited, "40 400", ""),
            again.name(&section, ChangeKind::Inserted, "40", "400"),
        ];
        assert!(!others.contains(&first) && others[0] != others[1]);
        assert_eq!(first.to_string(), "chg_da7146cebf96bd93", "stored names must not change");
    }
}
