//! Language model providers: the port, and the adapter that knows Groq.

pub mod port;
