//! The simulator from outside: bytes on a socket, judged against the published form, and the ledger beside them.

mod author;
mod client;
mod document;
mod economy;
mod faults;
mod forms;
mod library;
mod limits;
mod load;
mod requests;
mod wire;
