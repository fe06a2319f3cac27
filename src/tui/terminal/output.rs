//! What is written to the terminal: one write a frame, between the marks of a synchronized update, and nothing at all
//! for a frame in which nothing has changed.

use std::{
    cell::RefCell,
    io::{self, Write},
    mem,
    rc::Rc,
};

use ratatui::{
    backend::{Backend, ClearType, CrosstermBackend, WindowSize},
    buffer::Cell,
    layout::{Position, Size},
};

const BEGIN: &[u8] = b"\x1b[?2026h";
const END: &[u8] = b"\x1b[?2026l";

/// Whether frames are marked as synchronized updates (DEC mode 2026), which terminals that do not know it ignore.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Synchronized {
    /// They are.
    #[default]
    On,
    /// They are not: for `TERM=dumb`, and where the configuration says so.
    Off,
}

/// Where frames go, and how large it is.
pub trait Sink: Write {
    /// Columns and rows.
    fn size(&self) -> Size;
}

/// What is drawn and not written yet.
#[derive(Debug, Default, Clone)]
struct Pending(Rc<RefCell<Vec<u8>>>);

impl Write for Pending {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The hardware cursor as the terminal shows it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cursor {
    Unknown,
    Hidden,
    At(Position),
}

/// A backend of ratatui that gathers a frame and writes it at once.
#[derive(Debug)]
pub struct Painter<S: Sink> {
    inner: CrosstermBackend<Pending>,
    pending: Pending,
    sink: S,
    synchronized: Synchronized,
    shown: Cursor,
    wanted: Cursor,
}

impl<S: Sink> Painter<S> {
    /// Writes to `sink`.
    pub fn new(sink: S, synchronized: Synchronized) -> Self {
        let pending = Pending::default();
        Self {
            inner: CrosstermBackend::new(pending.clone()),
            pending,
            sink,
            synchronized,
            shown: Cursor::Unknown,
            wanted: Cursor::Hidden,
        }
    }

    /// Where frames go.
    pub const fn sink(&mut self) -> &mut S {
        &mut self.sink
    }

    /// Writes bytes that are no part of a frame, at once.
    pub fn write_now(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.sink.write_all(bytes)?;
        self.sink.flush()
    }

    /// Forgets what is known about the cursor: somebody else has written to the terminal.
    pub const fn forget(&mut self) {
        self.shown = Cursor::Unknown;
    }

    /// Appends what brings the cursor from where the terminal shows it to where it is wanted.
    fn settle_cursor(&mut self) -> io::Result<()> {
        let drawn = !self.pending.0.borrow().is_empty();
        match (self.wanted, self.shown) {
            (Cursor::At(wanted), shown) if drawn || shown != Cursor::At(wanted) => {
                self.inner.set_cursor_position(wanted)?;
                if !matches!(shown, Cursor::At(_)) {
                    self.inner.show_cursor()?;
                }
            }
            (Cursor::Hidden, Cursor::Unknown | Cursor::At(_)) => self.inner.hide_cursor()?,
            (Cursor::At(_) | Cursor::Unknown, _) | (Cursor::Hidden, Cursor::Hidden) => {}
        }
        self.shown = self.wanted;
        Ok(())
    }
}

impl<S: Sink> Backend for Painter<S> {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        match content.peek() {
            Some(_) => self.inner.draw(content),
            None => Ok(()),
        }
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.wanted = Cursor::Hidden;
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        // Asking the terminal would race with its input; nobody needs the answer on an alternate screen.
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.wanted = Cursor::At(position.into());
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.inner.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.inner.clear_region(clear_type)
    }

    fn size(&self) -> io::Result<Size> {
        Ok(self.sink.size())
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.sink.size(), pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.settle_cursor()?;
        let frame = mem::take(&mut *self.pending.0.borrow_mut());
        if frame.is_empty() {
            return Ok(());
        }
        let bytes = match self.synchronized {
            Synchronized::On => [BEGIN, &frame, END].concat(),
            Synchronized::Off => frame,
        };
        self.write_now(&bytes)
    }
}

/// The real terminal.
#[derive(Debug, Default, Clone, Copy)]
pub struct Stdout;

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Past the line buffer of the standard library, which would cut a frame into lines.
        Ok(rustix::io::write(rustix::stdio::stdout(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Stdout {
    fn size(&self) -> Size {
        let (columns, rows) = super::size();
        Size::new(columns, rows)
    }
}

#[cfg(test)]
mod tests;
