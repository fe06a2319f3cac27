//! A Groq that runs on loopback.

mod duration;
mod errors;
mod limiter;
mod limits;
mod tokens;
mod wire;

pub use limiter::{Account, Demand, Dimension, Level, Refusal, RefusalKind, ReserveMode, Used};
pub use limits::Limits;
pub use wire::FinishReason;
