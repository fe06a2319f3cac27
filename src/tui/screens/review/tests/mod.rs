mod behaviour;
mod pictures;
mod world;
