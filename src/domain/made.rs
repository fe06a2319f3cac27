//! How a decision came about, and the further looks that an approval may have to pass before it is written.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::DecisionId;

/// In which way somebody decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// By a key, about one rewrite.
    Single,
    /// In a dialog, about many.
    Bulk,
    /// As the inverse of an earlier decision.
    Undo,
    /// By a command, outside the terminal application.
    Command,
}

impl Way {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Single, Self::Bulk, Self::Undo, Self::Command];

    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Bulk => "bulk",
            Self::Undo => "undo",
            Self::Command => "command",
        }
    }
}

/// How a decision came about; what is not known is `None`.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// In which way; `None` for what no person did, and for what was recorded before this was.
    pub way: Option<Way>,
    /// For how many seconds the rewrite was on the reviewer's screen before.
    pub seconds: Option<u32>,
    /// The first decision of those about many that this one belongs to.
    pub step: Option<DecisionId>,
    /// The keys that were pressed, with blanks between.
    pub key: Option<String>,
    /// The hash of the text that would have been written before it, and of the one that would be after it; the same if
    /// it changed nothing. `None` for what does not touch a text, and for what was recorded before this was.
    pub hash_before: Option<String>,
    /// See there.
    pub hash_after: Option<String>,
}

/// A further look before an approved text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LookKind {
    /// A sample of what was approved in bulk and nobody had opened.
    Spot,
    /// Somebody else is to say whether they agree.
    Second,
}

impl LookKind {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spot => "spot check",
            Self::Second => "second opinion",
        }
    }
}

/// What a further look has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Look {
    /// A spot check is wanted.
    Spot,
    /// A second opinion is wanted.
    Second,
    /// Whoever looked agreed.
    Passed,
    /// A spot check failed.
    Failed,
    /// A second opinion was another one.
    Disputed,
}

impl Look {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Spot, Self::Second, Self::Passed, Self::Failed, Self::Disputed];

    /// Its word in filters and records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spot => "spot",
            Self::Second => "second",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Disputed => "disputed",
        }
    }

    /// The look that is still wanted; nothing is written before it.
    pub const fn wanted(self) -> Option<LookKind> {
        match self {
            Self::Spot => Some(LookKind::Spot),
            Self::Second => Some(LookKind::Second),
            Self::Passed | Self::Failed | Self::Disputed => None,
        }
    }
}

impl From<LookKind> for Look {
    fn from(kind: LookKind) -> Self {
        match kind {
            LookKind::Spot => Self::Spot,
            LookKind::Second => Self::Second,
        }
    }
}

/// A word that names nothing of the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownWord;

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an unknown word")
    }
}

impl std::error::Error for UnknownWord {}

impl FromStr for Way {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|way| way.name() == word).ok_or(UnknownWord)
    }
}

impl FromStr for Look {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        Self::ALL.into_iter().find(|look| look.name() == word).ok_or(UnknownWord)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        assert!(Way::ALL.into_iter().all(|way| way.name().parse() == Ok(way)));
        assert!(Look::ALL.into_iter().all(|look| look.name().parse() == Ok(look)));
        assert_eq!("key".parse::<Way>(), Err(UnknownWord));
    }

    #[test]
    fn only_a_look_that_is_wanted_keeps_a_text_from_being_written() {
        let wanted: Vec<Look> = Look::ALL.into_iter().filter(|look| look.wanted().is_some()).collect();
        assert_eq!(wanted, [Look::Spot, Look::Second]);
    }
}
