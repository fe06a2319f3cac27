//! The one handle through which a command speaks: results to standard output, all else to standard error.
//!
//! On a terminal every text from outside is made safe; a pipe gets it as it is, with line ends as blanks where a
//! line is a record. A reader that has gone away ends the command quietly.

use std::{
    fmt::Arguments,
    io::{self, IsTerminal, Write},
    os::fd::AsFd,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;

use super::stop::{Step, Stop};
use crate::text::{Safe, part, wrap};

/// How results are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Lines and tables for people.
    Human,
    /// JSON, one value a command or one a line.
    Json,
}

/// Whether text from outside is made safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Texts {
    /// Hidden and control characters are made visible.
    Safe,
    /// As it is stored.
    Raw,
}

/// Where results go to, and how.
pub struct Output {
    out: Mutex<Box<dyn Write + Send>>,
    err: Mutex<Box<dyn Write + Send>>,
    form: Form,
    texts: Texts,
    columns: Option<usize>,
    /// The width of standard error, if it is a terminal.
    beside: Option<usize>,
    live: Live,
}

/// Whether standard error is a terminal, on which a line can be overwritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Live {
    /// It is.
    Terminal,
    /// It is a file or a pipe.
    Plain,
}

impl Output {
    /// The output of this process; `raw` asks for texts as they are stored also on a terminal.
    pub fn of_process(form: Form, raw: Texts) -> Self {
        let terminal = io::stdout().is_terminal();
        let safe = terminal && raw == Texts::Safe;
        Self {
            out: Mutex::new(Box::new(io::BufWriter::new(io::stdout()))),
            err: Mutex::new(Box::new(io::stderr())),
            form,
            texts: if safe { Texts::Safe } else { Texts::Raw },
            columns: terminal.then(|| columns(&io::stdout())).flatten(),
            beside: if io::stderr().is_terminal() { columns(&io::stderr()) } else { None },
            live: if io::stderr().is_terminal() { Live::Terminal } else { Live::Plain },
        }
    }

    /// An output for tests.
    #[cfg(test)]
    pub fn into(out: Box<dyn Write + Send>, form: Form, texts: Texts, columns: Option<usize>) -> Self {
        Self {
            out: Mutex::new(out),
            err: Mutex::new(Box::new(io::sink())),
            form,
            texts,
            columns,
            beside: None,
            live: Live::Plain,
        }
    }

    /// How results are told.
    pub const fn form(&self) -> Form {
        self.form
    }

    /// Whether texts are made safe.
    pub const fn texts(&self) -> Texts {
        self.texts
    }

    /// The width of the terminal that results go to.
    pub const fn columns(&self) -> Option<usize> {
        self.columns
    }

    /// Whether a line of standard error can be overwritten.
    pub const fn live(&self) -> Live {
        self.live
    }

    /// Text from outside, for one line.
    pub fn line_of(&self, text: &str) -> String {
        match self.texts {
            Texts::Safe => Safe::line(text).into_string(),
            Texts::Raw => text.replace(['\n', '\r'], " "),
        }
    }

    /// A line for standard error, which is safe wherever it goes: nobody takes it for a record.
    pub fn safe_line(&self, text: &str) -> String {
        Safe::line(text).into_string()
    }

    /// Text from outside, with its lines.
    pub fn text_of(&self, text: &str) -> String {
        match self.texts {
            Texts::Safe => Safe::new(text).into_string(),
            Texts::Raw => text.to_owned(),
        }
    }

    /// Writes a line of a result.
    pub fn say(&self, line: Arguments<'_>) -> Step {
        let mut out = self.out();
        out.write_fmt(line)?;
        Ok(out.write_all(b"\n")?)
    }

    /// Writes bytes of a result.
    pub fn write(&self, bytes: &[u8]) -> Step {
        Ok(self.out().write_all(bytes)?)
    }

    /// Writes a value as the result of the command.
    pub fn json(&self, value: &impl Serialize) -> Step {
        let text = serde_json::to_string_pretty(value).map_err(Stop::bug)?;
        self.say(format_args!("{text}"))
    }

    /// Writes a value as one line of many, and hands it on at once.
    pub fn json_line(&self, value: &impl Serialize) -> Step {
        let text = serde_json::to_string(value).map_err(Stop::bug)?;
        self.say(format_args!("{text}"))?;
        self.flush()
    }

    /// Writes a line beside the result: progress, a hint. Nobody fails because it cannot be read.
    pub fn note(&self, line: Arguments<'_>) {
        let mut err = self.err.lock().unwrap_or_else(PoisonError::into_inner);
        drop(err.write_fmt(format_args!("{line}\n")));
    }

    /// Writes a sentence to standard error, on a terminal in lines that break between words.
    pub fn note_sentence(&self, text: &str) {
        let text = self.safe_line(text);
        let Some(columns) = self.beside else { return self.note(format_args!("{text}")) };
        for (index, line) in wrap(&text, columns, 2).into_iter().enumerate() {
            let hanging = if index == 0 { "" } else { "  " };
            self.note(format_args!("{hanging}{}", part(&text, line.range).trim_end()));
        }
    }

    /// Writes to standard error as it is, for lines that are overwritten.
    pub fn note_raw(&self, text: &str) {
        let mut err = self.err.lock().unwrap_or_else(PoisonError::into_inner);
        drop(err.write_all(text.as_bytes()).and_then(|()| err.flush()));
    }

    /// Hands on what was written.
    pub fn flush(&self) -> Step {
        Ok(self.out().flush()?)
    }

    fn out(&self) -> MutexGuard<'_, Box<dyn Write + Send>> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn columns(of: &impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(of).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns >= 20)
}
