//! The real program in a real pseudo-terminal: keys go in, a terminal emulator shows what comes out.
//!
//! Nothing here sleeps: each wait ends when the screen fulfils a condition, and fails with the screen when it does
//! not within a generous time.

use std::{
    io::{Read, Write},
    num::NonZeroU16,
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// How long a wait may take before it fails the test.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program running in a terminal of its own.
pub struct Terminal {
    parser: vt100::Parser,
    output: Receiver<Vec<u8>>,
    writer: Option<Box<dyn Write + Send>>,
    master: Option<Box<dyn MasterPty + Send>>,
    child: Box<dyn Child + Send + Sync>,
    bytes: usize,
}

impl Terminal {
    /// Starts `redraft` with these arguments in a terminal of that size, with a bare environment and these variables.
    pub fn start(columns: u16, rows: u16, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_redraft"));
        command.args(arguments);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("PATH", "/usr/bin:/bin");
        for (name, value) in environment {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sender, output) = sync_channel(1024);
        thread::spawn(move || {
            let mut buffer = [0; 8 * 1024];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            parser: vt100::Parser::new(cells(rows), cells(columns), 0),
            output,
            writer: Some(pair.master.take_writer().unwrap()),
            master: Some(pair.master),
            child,
            bytes: 0,
        }
    }

    /// Presses keys: text as it is, and `<Enter> <Esc> <Tab> <Up> <Down> <PgDn> <Space> <BS> <C-x>`.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        let bytes = encode(keys);
        self.writer.as_mut().unwrap().write_all(&bytes).unwrap();
        self.writer.as_mut().unwrap().flush().unwrap();
        self
    }

    /// Waits until the screen shows `text`.
    #[track_caller]
    pub fn sees(&mut self, text: &str) -> &mut Self {
        self.until(&format!("the screen shows {text:?}"), |screen| screen.contains(text))
    }

    /// Waits until the screen no longer shows `text`.
    #[track_caller]
    pub fn misses(&mut self, text: &str) -> &mut Self {
        self.until(&format!("the screen no longer shows {text:?}"), |screen| !screen.contains(text))
    }

    /// Waits until the screen fulfils a condition.
    #[track_caller]
    pub fn until(&mut self, what: &str, holds: impl Fn(&str) -> bool) -> &mut Self {
        let end = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if holds(&screen) {
                return self;
            }
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => panic!("not in {PATIENCE:?}: {what}\n{screen}"),
                Err(RecvTimeoutError::Disconnected) => panic!("ended before {what}\n{screen}"),
            }
        }
    }

    /// The screen as text, without blanks at line ends.
    pub fn screen(&self) -> String {
        let (_, columns) = self.parser.screen().size();
        let rows = self.parser.screen().rows(0, columns.get());
        rows.map(|row| row.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
    }

    /// The emulator, for what text does not tell.
    pub fn emulator(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Takes what has come so far until nothing comes for `quiet`; returns the number of bytes since the start.
    pub fn settle(&mut self, quiet: Duration) -> usize {
        while let Ok(bytes) = self.output.recv_timeout(quiet) {
            self.take(&bytes);
        }
        self.bytes
    }

    /// Changes the size of the terminal.
    pub fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.master.as_ref().unwrap().resize(size(columns, rows)).unwrap();
        self.parser.screen_mut().set_size(cells(rows), cells(columns));
        self
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Waits until the program has ended.
    #[track_caller]
    pub fn ends(&mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            match self.output.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().unwrap(),
                Err(RecvTimeoutError::Timeout) => {
                    panic!("still running after {PATIENCE:?}\n{}", self.screen())
                }
            }
        }
    }

    /// Closes the terminal under the program, as a lost connection does, and waits until the program has ended.
    ///
    /// The reader's thread holds the terminal open too: a resize makes the program draw, which wakes the thread,
    /// which finds nobody to send to and ends.
    pub fn hang_up(mut self) -> ExitStatus {
        let (_, nobody) = sync_channel(0);
        self.output = nobody;
        let (rows, columns) = self.parser.screen().size();
        self.resize(columns.get() - 1, rows.get());
        self.writer = None;
        self.master = None;
        self.child.wait().unwrap()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
        self.parser.process(bytes);
    }
}

/// A test that fails leaves no process behind.
impl Drop for Terminal {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ignored = self.child.kill();
            let _ignored = self.child.wait();
        }
    }
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

fn cells(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap()
}

fn encode(keys: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = keys;
    while let Some(c) = rest.chars().next() {
        let name = rest.strip_prefix('<').and_then(|name| name.split_once('>'));
        if let Some((code, behind)) = name.and_then(|(name, behind)| Some((special(name)?, behind))) {
            bytes.extend_from_slice(&code);
            rest = behind;
        } else {
            bytes.extend_from_slice(c.to_string().as_bytes());
            rest = rest.split_at(c.len_utf8()).1;
        }
    }
    bytes
}

fn special(name: &str) -> Option<Vec<u8>> {
    let code: &[u8] = match name {
        "Enter" => b"\r",
        "Esc" => b"\x1b",
        "Tab" => b"\t",
        "BS" => b"\x7f",
        "Space" => b" ",
        "Up" => b"\x1b[A",
        "Down" => b"\x1b[B",
        "Home" => b"\x1b[H",
        "End" => b"\x1b[F",
        "PgUp" => b"\x1b[5~",
        "PgDn" => b"\x1b[6~",
        "lt" => b"<",
        _ => {
            let letter = name.strip_prefix("C-")?.bytes().next()?;
            return Some(vec![letter & 0x1f]);
        }
    };
    Some(code.to_vec())
}
