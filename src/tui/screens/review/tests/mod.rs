mod behaviour;
mod editing;
mod honest;
mod pictures;
mod sharing;
pub(super) mod world;
