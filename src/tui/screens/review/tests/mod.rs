mod behaviour;
mod pictures;
mod sharing;
mod world;
