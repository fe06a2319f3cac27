//! Ends a server when the tests end, however they end.
//!
//! The server is a child of a shell that waits for the end of its standard input, a pipe which only the test process
//! holds open. The kernel closes it on exit, on a panic and on `kill -9` alike; statics are not dropped in Rust, and a
//! death signal comes when the thread ends that started the child. Then the shell ends the server and removes its
//! directory. A word in the pipe first makes it end the server by that signal and keep the directory.

use std::{
    fs::OpenOptions,
    io::Write as _,
    os::unix::{fs::OpenOptionsExt as _, process::CommandExt as _},
    path::Path,
    process::{Child, Command, Stdio},
};

const SCRIPT: &str = r#"
folder=$1 signal=$2; shift 2
"$@" </dev/null & server=$!
read -r word
kill -"${word:-$signal}" $server
(trap 'kill $!; exit' TERM; sleep 20 & wait $!; kill -KILL $server) & late=$!
wait $server
kill $late; wait $late
[ -n "$word" ] || rm -rf "$folder"
"#;

/// The shell that guards a server.
pub struct Guard(Child);

impl Guard {
    /// The guard of a server's program in this directory, which ends at this signal; its arguments follow.
    pub fn command(signal: &str, folder: &Path, program: &Path) -> Command {
        let log = OpenOptions::new().append(true).create(true).mode(0o600).open(folder.join("log")).unwrap();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "guard"]).arg(folder).arg(signal).arg(program);
        // The directory goes away under it: work elsewhere.
        command.current_dir("/").stdin(Stdio::piped());
        command.stdout(log.try_clone().unwrap()).stderr(log);
        command
    }

    /// Starts it in a process group of its own: a signal to all of the tests, as Ctrl-C is, must not end the guard before
    /// it has done its work.
    pub fn spawn(mut command: Command) -> Self {
        command.process_group(0);
        Self(command.spawn().unwrap())
    }

    /// Ends the server by a signal and keeps its files.
    pub fn stop(mut self, signal: &str) {
        writeln!(self.0.stdin.take().unwrap(), "{signal}").unwrap();
        self.0.wait().unwrap();
    }

    /// Ends the server and removes its files.
    pub fn end(mut self) {
        drop(self.0.stdin.take());
        self.0.wait().unwrap();
    }
}
