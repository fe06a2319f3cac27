//! Language model providers: the ports, the adapter that knows Groq, the prompt, the way back from a reply to sections,
//! and the price book.
//!
//! It does not decide when to send, how often, or what it may cost: that is the engine's.

pub mod economy;
pub mod groq;
mod language;
pub mod port;
pub mod prices;
pub mod prompt;
pub mod reply;
