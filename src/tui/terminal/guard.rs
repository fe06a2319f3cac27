//! Takes the terminal and gives it back as it was, whatever happens.
//!
//! Each mode is recorded when it is set and undone in reverse order: by [`Guard::give_back`], on `Drop`, and in the
//! panic hook. The record is one process-wide word, because a panic hook has no other way to it; there is one
//! terminal.

use std::{
    io::{self, Write},
    panic,
    sync::{
        Mutex, Once,
        atomic::{AtomicU8, Ordering},
    },
    thread::{self, ThreadId},
};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

/// What is set on the terminal, in the order in which it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Raw,
    Title,
    Alternate,
    Paste,
    Mouse,
    HiddenCursor,
}

/// Whether the mouse is listened to. A terminal whose mouse is taken cannot select text with it as usual.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// Nothing about it is ever sent.
    #[default]
    Off,
    /// Buttons and wheel are reported.
    On,
}

/// The titles that a window of redraft can have. Titles are readable by others, so they never hold more than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Title {
    /// The window keeps its own.
    Keep,
    /// `redraft`.
    Redraft,
    /// `redraft (simulated)`.
    Simulated,
}

static SET: AtomicU8 = AtomicU8::new(0);
static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);
static HOOK: Once = Once::new();

impl Mode {
    const ALL: [Self; 6] =
        [Self::Raw, Self::Title, Self::Alternate, Self::Paste, Self::Mouse, Self::HiddenCursor];

    const fn bit(self) -> u8 {
        1 << self as u8
    }

    fn set(self, out: &mut impl Write, title: Title) -> io::Result<()> {
        match self {
            Self::Raw => enable_raw_mode(),
            Self::Title => match title {
                Title::Keep => Ok(()),
                Title::Redraft => out.write_all(b"\x1b[22;0t\x1b]2;redraft\x07"),
                Title::Simulated => out.write_all(b"\x1b[22;0t\x1b]2;redraft (simulated)\x07"),
            },
            Self::Alternate => out.write_all(b"\x1b[?1049h"),
            Self::Paste => out.write_all(b"\x1b[?2004h"),
            // Buttons and wheel, no movement; positions beyond column 223.
            Self::Mouse => out.write_all(b"\x1b[?1000h\x1b[?1006h"),
            Self::HiddenCursor => out.write_all(b"\x1b[?25l"),
        }
    }

    fn undo(self, out: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Raw => disable_raw_mode(),
            Self::Title => out.write_all(b"\x1b[23;0t"),
            // Colours first, so that what the shell writes next does not have ours.
            Self::Alternate => out.write_all(b"\x1b[m\x1b[?1049l"),
            Self::Paste => out.write_all(b"\x1b[?2004l"),
            Self::Mouse => out.write_all(b"\x1b[?1006l\x1b[?1000l"),
            Self::HiddenCursor => out.write_all(b"\x1b[?25h"),
        }
    }
}

/// Holds the terminal in raw mode on its alternate screen.
#[derive(Debug)]
pub struct Guard {
    title: Title,
    mouse: Mouse,
}

impl Guard {
    /// Takes the terminal. If one mode cannot be set, those before it are undone.
    pub fn take(title: Title, mouse: Mouse) -> io::Result<Self> {
        HOOK.call_once(set_panic_hook);
        if let Ok(mut owner) = OWNER.lock() {
            *owner = Some(thread::current().id());
        }
        let guard = Self { title, mouse };
        guard.take_again()?;
        Ok(guard)
    }

    /// Takes the terminal after it was given back. What is still set is set anew, for a shell may have changed it.
    pub fn take_again(&self) -> io::Result<()> {
        if SET.load(Ordering::SeqCst) & Mode::Raw.bit() != 0 {
            // crossterm does nothing where it believes that the mode is set.
            disable_raw_mode().ok();
        }
        let mut out = io::stdout().lock();
        for mode in Mode::ALL {
            if mode == Mode::Title
                && (self.title == Title::Keep || SET.load(Ordering::SeqCst) & mode.bit() != 0)
            {
                continue;
            }
            if mode == Mode::Mouse && self.mouse == Mouse::Off {
                continue;
            }
            SET.fetch_or(mode.bit(), Ordering::SeqCst);
            mode.set(&mut out, self.title)?;
        }
        out.flush()
    }

    /// Gives the terminal back. Every step is tried; the first error is returned.
    pub fn give_back(&self) -> io::Result<()> {
        give_back()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // The terminal may be gone, and then there is nobody to tell.
        give_back().ok();
    }
}

/// Undoes what is set, in reverse order.
pub(super) fn give_back() -> io::Result<()> {
    let set = SET.swap(0, Ordering::SeqCst);
    if set == 0 {
        return Ok(());
    }
    let mut out = io::stdout().lock();
    let mut result = Ok(());
    for mode in Mode::ALL.into_iter().rev().filter(|mode| set & mode.bit() != 0) {
        result = result.and(mode.undo(&mut out));
        result = result.and(out.flush());
    }
    result
}

/// A panic on the thread that draws gives the terminal back before anything is printed; one on another thread ends
/// only a task, which is told as a failure on the screen, and must not write over it.
fn set_panic_hook() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        // Never the message: it may hold text of a candidate.
        tracing::error!(place, "panic");
        if SET.load(Ordering::SeqCst) == 0 {
            before(info);
            return;
        }
        let is_owner = OWNER.try_lock().is_ok_and(|owner| *owner == Some(thread::current().id()));
        if !is_owner {
            return;
        }
        give_back().ok();
        let line = format!(
            "redraft has stopped: this is a bug in redraft, at {place}\nWhat was decided is kept; start it again.\n"
        );
        io::stderr().write_all(line.as_bytes()).ok();
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mode_has_an_inverse_and_titles_are_fixed() {
        for mode in [Mode::Title, Mode::Alternate, Mode::Paste, Mode::Mouse, Mode::HiddenCursor] {
            let (mut set, mut undone) = (Vec::new(), Vec::new());
            mode.set(&mut set, Title::Redraft).unwrap();
            mode.undo(&mut undone).unwrap();
            assert!(!set.is_empty() && !undone.is_empty() && set != undone, "{mode:?}");
        }
        let mut kept = Vec::new();
        Mode::Title.set(&mut kept, Title::Keep).unwrap();
        assert!(kept.is_empty());
    }

    #[test]
    fn no_two_modes_share_a_bit() {
        let all = Mode::ALL.iter().fold(0, |bits, mode| bits | mode.bit());
        assert_eq!(all.count_ones() as usize, Mode::ALL.len());
    }
}
