//! The filter language: one grammar for the terminal and the command line.
//!
//! `state:ready batch:b38 -by:me (changed:<40 or edited:yes) "exact words"`: terms are joined by *and*; `or`,
//! parentheses and `-` for *not*; a bare word searches.

use std::ops::RangeInclusive;

use jiff::Timestamp;

use crate::domain::{BatchRef, FindingKind, RewriteState};

/// Which rewrites: the meaning of a filter text.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// All of these hold; without parts: every rewrite.
    And(Vec<Self>),
    /// One of these holds.
    Or(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// This holds.
    Term(Term),
}

impl Filter {
    /// Every rewrite.
    pub const ALL: Self = Self::And(Vec::new());

    /// Rewrites in one of these states.
    pub fn states(states: &[RewriteState]) -> Self {
        Self::Term(Term::State(states.to_vec()))
    }

    /// Both this and `other`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::And(mut parts) => {
                parts.push(other);
                Self::And(parts)
            }
            first @ (Self::Or(_) | Self::Not(_) | Self::Term(_)) => Self::And(vec![first, other]),
        }
    }
}

/// A single condition on a rewrite.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// The candidate's name or id or the posting's title contains it, without regard to case.
    Word(String),
    /// Its state is one of these.
    State(Vec<RewriteState>),
    /// Its batch is one of these.
    Batch(Vec<BatchRef>),
    /// Its candidate's key is one of these.
    Candidate(Vec<String>),
    /// Its posting's title contains one of these, without regard to case.
    Posting(Vec<String>),
    /// Its batch's model contains one of these.
    Model(Vec<String>),
    /// It has open findings of this sort.
    Finding(FindingTest),
    /// The share of changed words lies in this range, in percent.
    Changed(RangeInclusive<u8>),
    /// Its cost lies in this range, in nano-dollars.
    Cost(RangeInclusive<u64>),
    /// The last to decide was one of these; an empty list: nobody yet.
    By(Vec<String>),
    /// When it was last decided.
    Decided(When),
    /// When it was first opened.
    Opened(When),
    /// When it was written.
    Written(When),
    /// Whether a person edited the after text.
    Edited(YesNo),
    /// Its failure reason's words or detail contain this, without regard to case.
    Reason(String),
}

/// `yes` or `no`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum YesNo {
    /// It is so.
    Yes,
    /// It is not.
    No,
}

/// A condition on findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FindingTest {
    /// There is no open finding.
    None,
    /// There is one.
    Any,
    /// One of them blocks.
    Block,
    /// There are some, none blocks.
    Warn,
    /// One is of one of these kinds.
    Kinds(Vec<FindingKind>),
}

/// A condition on a point in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// It has not happened.
    Never,
    /// It happened at any time.
    Ever,
    /// It happened at this instant or later.
    Since(Timestamp),
    /// It happened before this instant.
    Before(Timestamp),
}
