//! Somebody else who is connected while the program works, and holds what a transaction holds.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Stdio},
};

use super::Database;

/// A connection of the server's own client that stays open.
pub struct Session {
    child: Child,
    stdin: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Database {
    /// Connects somebody else, as the administrator.
    pub fn session(&self) -> Session {
        let mut command = self.client_command();
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take().unwrap());
        Session { child, stdin, answers: BufReader::new(stdout) }
    }
}

impl Session {
    /// Runs statements, and returns when they are done.
    pub fn run(&mut self, sql: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        writeln!(stdin, "{sql};\nSELECT 'done with it';").unwrap();
        stdin.flush().unwrap();
        let mut line = String::new();
        while line.trim_end() != "done with it" {
            line.clear();
            assert!(self.answers.read_line(&mut line).unwrap() > 0, "the client ended in {sql}");
        }
    }
}

/// Whoever goes away lets go of everything.
impl Drop for Session {
    fn drop(&mut self) {
        drop(self.stdin.take());
        drop(self.child.wait());
    }
}
