//! What happens to a session, and what it wants done.

use super::super::{Bulk, Order, Outcome, Verb, filter::Filter};
use crate::{
    domain::{
        ChangeId, Choice, DecisionId, Document, FindingKind, LookKind, Rewrite, RewriteHead, RewriteId,
        SectionId, Span,
    },
    text::Safe,
};

/// A step in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// So many rows down.
    Down(usize),
    /// So many rows up.
    Up(usize),
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// To the next row with a finding, around the end.
    NextFinding,
    /// To this rewrite, if it is in the list.
    To(RewriteId),
}

/// A step among the changes of the rewrite that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeStep {
    /// To the next change.
    Next,
    /// To the previous change.
    Previous,
    /// To the next change that nobody decided, around the end.
    NextOpen,
    /// To the previous change that nobody decided, around the end.
    PreviousOpen,
    /// To the next change with a finding, around the end.
    NextFinding,
    /// To this change.
    To(ChangeId),
}

/// What becomes of the marks when the filter changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarksAfter {
    /// They stay, also those that the filter hides.
    Keep,
    /// They go.
    Drop,
    /// Those that the filter hides go.
    Intersect,
}

/// A change of the rewrite that is shown, as the session needs to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRow {
    /// Its name.
    pub id: ChangeId,
    /// The section that it is in.
    pub section: SectionId,
    /// Whether an open finding lies in it.
    pub finding: Finds,
}

/// Whether an open finding lies somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finds {
    /// None does.
    Nothing,
    /// At least one does.
    Something,
}

/// A list that the session wants; the answer repeats it.
#[derive(Debug, Clone, PartialEq)]
pub struct ListQuestion {
    /// Grows with each question.
    pub number: u64,
    /// Which rewrites.
    pub filter: Filter,
    /// How many rows from the top.
    pub want: u32,
    /// Whether the ids of all that match are wanted too, to count marks.
    pub matching: Matching,
    /// The rewrite that is shown, whose row is wanted whether it matches or not.
    pub also: Option<RewriteId>,
}

/// Whether the ids of all that match are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// The rows are enough.
    Rows,
    /// All ids.
    All,
}

/// What a list was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// The rows from the top, in order.
    pub rows: Vec<RewriteHead>,
    /// How many match in all.
    pub total: u64,
    /// The ids of all that match, if they were wanted.
    pub matching: Option<Vec<RewriteId>>,
    /// The row of the rewrite that is shown.
    pub also: Option<RewriteHead>,
    /// The rewrites that others have open, with who.
    pub held: Vec<(RewriteId, String)>,
}

/// What happens to a session.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Show what this filter matches.
    Filter(Filter),
    /// The question about marks was answered.
    Marks(MarksAfter),
    /// Move in the queue.
    Move(Step),
    /// Decisions about several were recorded elsewhere: they can be taken back in one step.
    Recorded(Vec<(RewriteId, DecisionId)>),
    /// Go to a rewrite that may not have been read yet; it is about the row of that number.
    Reach(RewriteId, usize),
    /// The rewrite under the cursor is opened for reading.
    Open,
    /// Move among its changes.
    Change(ChangeStep),
    /// Turn the change under the cursor from open to accepted to rejected.
    Cycle,
    /// Accept, reject or reopen these changes.
    Choose(Vec<ChangeId>, Option<Choice>),
    /// Accept the changes of this section that have no finding.
    AcceptSection(SectionId),
    /// Reject the changes of this section.
    RejectSection(SectionId),
    /// Put this after text in the place of the one that is shown.
    Edit(Document),
    /// Write a note about the rewrite under the cursor, or about one of its changes.
    Note(Option<ChangeId>, String),
    /// Dismiss a finding of the rewrite that is shown, for a reason.
    Dismiss(FindingKind, Span, String),
    /// Approve the rewrite under the cursor and go to the next.
    Approve,
    /// Reject it and go to the next.
    Reject(Option<String>),
    /// Leave it for the end of the queue and go to the next.
    Skip,
    /// Take back the last decision.
    Undo,
    /// Decide again what was taken back.
    Redo,
    /// Take back these decisions.
    UndoThese(Vec<(RewriteId, DecisionId)>),
    /// The rewrite that is open here is closed.
    Close,
    /// Go on with the rewrite under the cursor, whoever has it open.
    TakeOver,
    /// It was asked for a rewrite to be held: it is, or somebody else holds it.
    Held(RewriteId, Option<String>),
    /// Mark or unmark the row and go to the next.
    Mark,
    /// Mark all rows between the last one marked and the cursor.
    MarkRange,
    /// Mark these, all that match the filter.
    MarkAll(Vec<RewriteId>),
    /// Take away all marks.
    UnmarkAll,
    /// A decision about many has ended.
    BulkEnded(Verb, Bulk),
    /// Something in the store changed.
    StoreChanged,
    /// A list was read.
    Listed(ListQuestion, Box<Listing>),
    /// A rewrite was read, with its changes in the order of the text.
    Loaded(Box<Rewrite>, Vec<ChangeRow>),
    /// An order was carried out, or not.
    Carried(u64, Outcome),
}

/// How a rewrite is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// If nobody else does.
    IfFree,
    /// Whoever does.
    TakeOver,
}

/// What a session wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Read a list and answer [`Event::Listed`]; only the newest question matters.
    List(ListQuestion),
    /// Read this rewrite, compare its texts and answer [`Event::Loaded`]; only the newest question matters.
    Load(RewriteId),
    /// Hold this rewrite for the reviewer and answer [`Event::Held`]; only the newest question matters.
    Hold(RewriteId, Hold),
    /// Hold nothing any more.
    Release,
    /// Carry this out and answer [`Event::Carried`]; none may be lost.
    Carry(Order),
    /// Ask what becomes of the marks and answer [`Event::Marks`].
    AskAboutMarks,
    /// Tell the reviewer.
    Tell(Notice),
}

/// Something that the reviewer should know.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// A decision was taken back.
    Undone {
        /// The word of the action.
        action: &'static str,
        /// The rewrite.
        head: Box<RewriteHead>,
    },
    /// Many were taken back.
    UndoneMany(Bulk),
    /// A decision about many has ended.
    Bulk(Verb, Bulk),
    /// Something was not recorded.
    Not {
        /// What was wanted, as a word: `approved`.
        what: &'static str,
        /// About whom, if about one.
        name: Option<String>,
        /// Why not.
        why: String,
    },
    /// A key was ignored, since what is under the cursor had just changed by itself.
    TooSoon,
    /// Somebody else decided about the rewrite that is shown.
    Other {
        /// Who.
        who: String,
        /// The rewrite.
        head: Box<RewriteHead>,
    },
    /// Somebody else has the rewrite under the cursor open.
    HeldBy(String),
    /// Somebody else went on with the rewrite that was open here.
    TakenBy(String),
    /// The rewrite under the cursor is open here now.
    TookOver,
    /// The rewrite under the cursor cannot be decided as it is.
    NotReady(Box<RewriteHead>),
    /// What is to be looked at was not opened.
    Unread(LookKind),
    /// There is nothing left to decide in this queue.
    QueueDone,
    /// There is nothing to decide again.
    NothingToRedo,
}

impl Notice {
    /// What to show.
    pub fn sentence(&self) -> String {
        let name = |head: &RewriteHead| Safe::line(&head.name).into_string();
        match self {
            Self::Undone { action, head } => {
                format!("Undone: {action} of {}; it is {} again.", name(head), head.state)
            }
            Self::UndoneMany(bulk) => bulk.sentence("restored"),
            Self::Bulk(verb, bulk) => bulk.sentence(verb.done()),
            Self::Not { what, name, why } => {
                let name =
                    name.as_deref().map_or_else(|| "It".to_owned(), |name| Safe::line(name).into_string());
                format!("{name} was not {what}: {}", Safe::line(why).as_str())
            }
            Self::TooSoon => "Ignored: what is under the cursor had just changed.".to_owned(),
            Self::Other { who, head } => {
                format!("{} decided about {}: it is {}.", Safe::line(who).as_str(), name(head), head.state)
            }
            Self::HeldBy(who) => format!("{} has it open. Nothing was decided.", Safe::line(who).as_str()),
            Self::TakenBy(who) => format!("{} took it over; it is open there now.", Safe::line(who).as_str()),
            Self::TookOver => "You have it open now; whoever had it is told.".to_owned(),
            Self::NotReady(head) => {
                format!("{} is {}; only what is ready can be decided.", name(head), head.state)
            }
            Self::Unread(kind) => format!("A {} is there to be read: open it first.", kind.name()),
            Self::QueueDone => "Nothing is left to decide in this queue.".to_owned(),
            Self::NothingToRedo => "There is nothing to redo.".to_owned(),
        }
    }
}
