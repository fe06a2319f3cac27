mod behaviour;
mod pictures;
mod sharing;
pub(super) mod world;
