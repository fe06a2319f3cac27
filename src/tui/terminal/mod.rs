//! The only room that touches the terminal: its modes, what is written to it, what comes from it, signals.
//!
//! What stands on the screen is none of its business.

mod base64;
mod capability;
mod copy;
mod editor;
mod escape;
mod frames;
mod guard;
mod hangup;
mod input;
mod output;
mod paste;
mod signals;

use std::io;

pub use base64::base64;
pub use capability::{Environment, depth, glyphs, synchronized, theme};
pub use copy::{Multiplexer, copy_code};
pub use editor::edit;
pub use frames::Frames;
pub use guard::{Guard, Mouse, Title};
pub use hangup::watch_terminal;
pub use input::{Input, Received};
pub use output::{Painter, Sink, Stdout, Synchronized};
use rustix::{process::Signal as Stop, stdio, termios::isatty};
pub use signals::{Signal, Signals};

use crate::error::{Error, Result};

/// Fails with advice where there is no terminal to draw on and to read from.
pub fn require_terminal() -> Result<()> {
    if isatty(stdio::stdin()) && isatty(stdio::stdout()) {
        return Ok(());
    }
    Err(Error::user("There is no terminal here: redraft without a command is a terminal application.")
        .hint("`redraft batch`, `redraft review` and `redraft writeback` do the same in scripts; see `redraft --help`."))
}

/// Writes colours whatever `NO_COLOR` says: the mono theme names none, and crossterm's own way of leaving them out
/// takes bold and reverse with them.
pub fn keep_attributes() {
    crossterm::style::force_color_output(true);
}

/// The size of the terminal in columns and rows, or 80 by 24 if it does not tell.
pub fn size() -> (u16, u16) {
    match rustix::termios::tcgetwinsize(stdio::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => (80, 24),
    }
}

/// Stops this process and those that were started with it, as Ctrl-Z does to others. Where no shell could let it go
/// on, the system ignores it.
pub fn stop() -> io::Result<()> {
    rustix::process::kill_current_process_group(Stop::TSTP)?;
    Ok(())
}
