//! Scripted sessions: the application driven by keys, its screens as pictures.

pub use redraft::tui::testing::Stage as Script;
