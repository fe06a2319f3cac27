mod behaviour;
mod editing;
mod pictures;
mod sharing;
pub(super) mod world;
