//! A mapping in the making, and its TOML.

use super::{entry::Entry, known::Platform};

/// One section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its id.
    pub id: String,
    /// The table it is in, if that is not the candidate's.
    pub table: Option<String>,
    /// The columns it reads.
    pub columns: Vec<String>,
    /// The keys of `[[mapping.section]]`.
    pub entry: Entry,
    /// The keys of `[mapping.section.target]`, if the text goes elsewhere.
    pub target: Option<Entry>,
}

/// A whole mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Whose tables these are.
    pub platform: Platform,
    /// What `redraft check` is to assert: the keys of `database.expect`.
    pub expect: Vec<(String, String)>,
    /// `[mapping]`
    pub head: Entry,
    /// `[mapping.candidate]`
    pub candidate: Entry,
    /// `[mapping.candidate.personal]`
    pub personal: Entry,
    /// `[[mapping.section]]`
    pub sections: Vec<Section>,
    /// `[mapping.posting]`
    pub posting: Option<Entry>,
    /// `[mapping.link]`
    pub link: Option<Entry>,
}

impl Draft {
    /// The mapping as TOML, comments included.
    pub fn toml(&self) -> String {
        let mut out = String::new();
        if !self.head.keys.is_empty() {
            self.head.write("[mapping]", &mut out);
        }
        self.candidate.write("[mapping.candidate]", &mut out);
        if !self.personal.keys.is_empty() {
            self.personal.write("[mapping.candidate.personal]", &mut out);
        }
        for section in &self.sections {
            section.entry.write("[[mapping.section]]", &mut out);
            if let Some(target) = &section.target {
                target.write("[mapping.section.target]", &mut out);
            }
        }
        if let Some(posting) = &self.posting {
            posting.write("[mapping.posting]", &mut out);
        }
        if let Some(link) = &self.link {
            link.write("[mapping.link]", &mut out);
        }
        out
    }
}
