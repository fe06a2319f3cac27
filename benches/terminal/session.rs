//! The real program in a pseudo-terminal, with a stamp on each of its bytes; at the end of a slow line if one likes.

use std::{
    fs,
    io::{Read, Write},
    num::NonZeroU16,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::place::Place;

pub const COLUMNS: u16 = 160;
pub const ROWS: u16 = 45;
/// After so long without a byte a frame has ended.
pub const GAP: Duration = Duration::from_millis(40);
/// How long anything may take before the bench gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// What lies between the program and the person.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// Half of the round trip.
    pub way: Duration,
    /// What it carries towards the person.
    pub bytes_per_second: f64,
}

/// What a key has brought.
#[derive(Debug, Clone, Copy, Default)]
pub struct Answer {
    /// From the key to its first byte.
    pub first: Duration,
    /// From the key to its last byte.
    pub last: Duration,
    /// Bytes.
    pub bytes: usize,
}

/// The program while it runs.
pub struct Session {
    parser: vt100::Parser,
    output: Receiver<(Instant, Vec<u8>)>,
    keys: Sender<(Instant, Vec<u8>)>,
    child: Box<dyn Child + Send + Sync>,
    /// Without it the terminal is gone.
    _master: Box<dyn MasterPty + Send>,
    line: Option<Line>,
    pub started: Instant,
    pub bytes: usize,
    /// The last bytes, in which the marks of frames are looked for.
    tail: Vec<u8>,
    /// Whether a frame has begun and not ended.
    in_frame: bool,
}

impl Session {
    /// Starts it.
    pub fn start(place: &Place, arguments: &[&str], line: Option<Line>) -> Self {
        let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_redraft"));
        command.args(["--config", &place.config()]);
        command.args(arguments);
        command.env_clear();
        for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("PATH", "/usr/bin:/bin")] {
            command.env(name, value);
        }
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let (reader, mut writer) =
            (pair.master.try_clone_reader().unwrap(), pair.master.take_writer().unwrap());
        let (sender, output) = channel();
        thread::spawn(move || carry(reader, line, &sender));
        let (keys, pressed) = channel::<(Instant, Vec<u8>)>();
        thread::spawn(move || {
            for (due, bytes) in pressed {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                if writer.write_all(&bytes).and_then(|()| writer.flush()).is_err() {
                    return;
                }
            }
        });
        let cells = |number| NonZeroU16::new(number).unwrap();
        let parser = vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0);
        Self {
            parser,
            output,
            keys,
            child,
            _master: pair.master,
            line,
            started,
            bytes: 0,
            tail: Vec::new(),
            in_frame: false,
        }
    }

    /// Presses keys, as bytes, without waiting for anything. Returns when.
    pub fn press(&mut self, keys: &[u8]) -> Instant {
        let now = Instant::now();
        let way = self.line.map_or(Duration::ZERO, |line| line.way);
        self.keys.send((now + way, keys.to_vec())).unwrap();
        now
    }

    /// Presses keys and takes what they bring, until nothing comes for `gap`.
    pub fn ask(&mut self, keys: &[u8], gap: Duration) -> Answer {
        while let Ok((_, bytes)) = self.output.try_recv() {
            self.take(&bytes);
        }
        let pressed = self.press(keys);
        let mut answer = Answer::default();
        let mut wait = Duration::from_secs(1);
        while let Some((at, bytes)) = self.next(wait) {
            let since = at.saturating_duration_since(pressed);
            if answer.bytes == 0 {
                answer.first = since;
            }
            answer.last = since;
            answer.bytes += bytes;
            wait = gap;
        }
        answer
    }

    /// The next bytes, if any come in time: when they came, and how many.
    pub fn next(&mut self, wait: Duration) -> Option<(Instant, usize)> {
        let (due, bytes) = match self.output.recv_timeout(wait) {
            Ok(arrived) => arrived,
            Err(RecvTimeoutError::Timeout) => return None,
            Err(RecvTimeoutError::Disconnected) => panic!("it ended\n{}", self.screen()),
        };
        // The line still carries them.
        thread::sleep(due.saturating_duration_since(Instant::now()));
        self.take(&bytes);
        Some((due, bytes.len()))
    }

    /// Waits until the screen is as wanted; returns when the bytes came that made it so.
    pub fn until(&mut self, what: &str, holds: impl Fn(&str) -> bool) -> Instant {
        let begun = Instant::now();
        let mut at = begun;
        while !holds(&self.screen()) {
            assert!(begun.elapsed() < PATIENCE, "not in {PATIENCE:?}: {what}\n{}", self.screen());
            if let Some((when, _)) = self.next(Duration::from_secs(1)) {
                at = when;
            }
        }
        at
    }

    /// Presses a key and waits until a frame has ended that shows what is wanted.
    pub fn shows(&mut self, key: &[u8], holds: impl Fn(&str) -> bool) -> Answer {
        while let Ok((_, bytes)) = self.output.try_recv() {
            self.take(&bytes);
        }
        let (pressed, before) = (self.press(key), self.bytes);
        let mut last = pressed;
        while self.in_frame || !holds(&self.screen()) {
            assert!(pressed.elapsed() < PATIENCE, "it does not come\n{}", self.screen());
            if let Some((at, _)) = self.next(Duration::from_secs(1)) {
                last = at;
            }
        }
        let last = last.saturating_duration_since(pressed);
        Answer { first: last, last, bytes: self.bytes - before }
    }

    /// Takes what comes until nothing comes for `gap`.
    pub fn settle(&mut self, gap: Duration) {
        while self.next(gap).is_some() {}
    }

    /// The screen as text.
    pub fn screen(&self) -> String {
        self.parser.screen().rows(0, COLUMNS).collect::<Vec<_>>().join("\n")
    }

    /// Memory of the program that is in the machine's, in MB: now, and at its peak.
    pub fn memory(&self) -> (f64, f64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let read = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1_024.0 / 1e6
        };
        (read("VmRSS"), read("VmHWM"))
    }

    /// Processor time of the program, in seconds.
    pub fn processor(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
        let (_, fields) = stat.rsplit_once(')').unwrap();
        let ticks = fields.split_whitespace().skip(11).take(2);
        ticks.map(|field| field.parse::<f64>().unwrap()).sum::<f64>() / 100.0
    }

    /// How often its threads have waited for something and been woken.
    pub fn wake_ups(&self) -> u64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap();
        let statuses = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("status")).ok());
        let counts = statuses.filter_map(|status| {
            let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches"))?.to_owned();
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        });
        counts.sum()
    }

    fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len();
        self.parser.process(bytes);
        self.tail.extend_from_slice(bytes);
        let find = |mark: &[u8]| self.tail.windows(mark.len()).rposition(|window| window == mark);
        match (find(b"\x1b[?2026h"), find(b"\x1b[?2026l")) {
            (Some(begin), end) => self.in_frame = end.is_none_or(|end| end < begin),
            (None, Some(_)) => self.in_frame = false,
            (None, None) => {}
        }
        // Enough for a mark that comes in two parts.
        self.tail.drain(..self.tail.len().saturating_sub(7));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ignored = self.child.kill();
            let _ignored = self.child.wait();
        }
    }
}

/// Reads what the program writes, and says when it arrives.
fn carry(mut reader: Box<dyn Read + Send>, line: Option<Line>, sender: &Sender<(Instant, Vec<u8>)>) {
    /// What waits in front of the line before the program has to wait as well.
    const FULL: Duration = Duration::from_secs(4);
    let mut buffer = [0; 16 * 1024];
    let mut free = Instant::now();
    while let Ok(read @ 1..) = reader.read(&mut buffer) {
        let mut due = Instant::now();
        if let Some(line) = line {
            #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
            let took = Duration::from_secs_f64(read as f64 / line.bytes_per_second);
            free = free.max(due) + took;
            due = free + line.way;
            thread::sleep(free.saturating_duration_since(Instant::now() + FULL));
        }
        if sender.send((due, buffer[..read].to_vec())).is_err() {
            return;
        }
    }
}
