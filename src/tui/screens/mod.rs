//! The six screens, one module each.

pub mod activity;
pub mod batches;
pub mod candidates;
pub mod dashboard;
mod reader;
pub mod review;
mod words;
pub mod write_back;

use super::{command::Global, layer::Layer};

/// One of the six screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScreenId {
    /// What needs me.
    Dashboard,
    /// Choose whose résumé is rewritten.
    Candidates,
    /// Watch bulk work.
    Batches,
    /// Decide about rewrites.
    Review,
    /// Put approved texts back.
    WriteBack,
    /// Who did what when.
    Activity,
}

impl ScreenId {
    /// All screens, in the order of their numbers.
    pub const ALL: [Self; 6] =
        [Self::Dashboard, Self::Candidates, Self::Batches, Self::Review, Self::WriteBack, Self::Activity];

    /// The name in the row of screens.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dashboard => "Dashboard",
            Self::Candidates => "Candidates",
            Self::Batches => "Batches",
            Self::Review => "Review",
            Self::WriteBack => "Write-back",
            Self::Activity => "Activity",
        }
    }

    /// The command that shows it.
    pub const fn command(self) -> Global {
        match self {
            Self::Dashboard => Global::Dashboard,
            Self::Candidates => Global::Candidates,
            Self::Batches => Global::Batches,
            Self::Review => Global::Review,
            Self::WriteBack => Global::WriteBack,
            Self::Activity => Global::Activity,
        }
    }
}

/// The screens as they are before anything was read, in the order of [`ScreenId::ALL`].
pub fn all() -> [Box<dyn Layer>; 6] {
    [
        Box::new(dashboard::Dashboard::default()),
        Box::new(candidates::Candidates::default()),
        Box::new(batches::Batches::default()),
        Box::new(review::Review::default()),
        Box::new(write_back::WriteBack::default()),
        Box::new(activity::Activity::default()),
    ]
}
