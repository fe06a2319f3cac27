//! The filter language: one grammar for the terminal and the command line.
//!
//! `state:ready batch:b38 -by:me (changed:<40 or edited:yes) "exact words"`: terms are joined by *and*; `or`,
//! parentheses and `-` for *not*; a bare word searches.

mod complete;
mod error;
mod expr;
mod lexer;
mod number;
mod parser;
mod show;
mod term;
mod time;

pub mod candidates;

use std::ops::RangeInclusive;

use jiff::{Timestamp, ZonedDateTime};

pub use complete::{Suggestion, complete};
pub use error::{FilterError, nearest};
pub use expr::Expr;

use crate::domain::{BatchRef, FindingKind, Look, Reviewer, RewriteId, RewriteState};

/// Which rewrites: the meaning of a filter text.
pub type Filter = Expr<Term>;

impl Filter {
    /// Rewrites in one of these states.
    pub fn states(states: &[RewriteState]) -> Self {
        Self::Term(Term::State(states.to_vec()))
    }
}

/// What the words of a filter depend on beside themselves.
#[derive(Debug, Clone)]
pub struct Context {
    /// The time now, in the zone that dates and times of day are meant in.
    pub now: ZonedDateTime,
    /// Who `me` is.
    pub me: Reviewer,
}

/// Reads a filter. Relative times become instants, so the filter stays the same when time goes on.
pub fn parse(text: &str, context: &Context) -> Result<Filter, FilterError> {
    parser::parse(text, &mut |atom| term::parse(atom, context))
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
    /// It is one of these.
    Id(Vec<RewriteId>),
    /// Whether a note about it stands.
    Noted(YesNo),
    /// Its posting's title contains one of these, without regard to case.
    Posting(Vec<String>),
    /// Its batch's model contains one of these.
    Model(Vec<String>),
    /// It has open findings of this sort.
    Finding(FindingTest),
    /// Somebody has it open: one of these, or, if the list is empty, nobody.
    Lease(Vec<String>),
    /// It is the work of one of these, or, if the list is empty, of nobody.
    Assigned(Vec<String>),
    /// Another rewrite of its candidate is in one of these states, or, if the list is empty, there is no other.
    Also(Vec<RewriteState>),
    /// What a further look has come to is one of these, or, if the list is empty, none was wanted.
    Look(Vec<Look>),
    /// The after text has so many words.
    Words(RangeInclusive<u64>),
    /// Its match score.
    Match(MatchTest),
    /// Its batch's prompt version contains one of these.
    Prompt(Vec<String>),
    /// It changes one of these sections, or, if the list is empty, none.
    Section(Vec<String>),
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

/// A condition on how well a text fits its posting. Texts that were not scored meet only [`MatchTest::None`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatchTest {
    /// It was not scored.
    None,
    /// It was.
    Any,
    /// The score of the after text lies in this range.
    Score(RangeInclusive<u8>),
    /// It is better than the one before by so much; worse, if it is below zero.
    Gain(RangeInclusive<i8>),
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

#[cfg(test)]
mod tests;
