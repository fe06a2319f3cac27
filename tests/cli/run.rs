//! Runs the program in a directory of its own, with a bare environment and nothing at standard input.

use std::{
    fs,
    io::Write,
    ops::{Deref, DerefMut},
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// A directory with a configuration, and the program to run on it.
pub struct Place {
    folder: TempDir,
    variables: Vec<(String, String)>,
    user: Option<u32>,
}

/// A program at work. A test that fails leaves none behind.
#[derive(Debug)]
pub struct Started(Option<Child>);

impl Started {
    /// Waits until it has ended.
    pub fn ended(mut self) -> Said {
        said(self.0.take().unwrap().wait_with_output().unwrap())
    }
}

impl Deref for Started {
    type Target = Child;

    fn deref(&self) -> &Child {
        self.0.as_ref().unwrap()
    }
}

impl DerefMut for Started {
    fn deref_mut(&mut self) -> &mut Child {
        self.0.as_mut().unwrap()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ended = child.kill();
            let _ended = child.wait();
        }
    }
}

/// What the program said, and how it ended.
#[derive(Debug)]
pub struct Said {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// The exit status.
    pub status: i32,
}

impl Place {
    /// An empty directory.
    pub fn empty() -> Self {
        Self { folder: TempDir::new().unwrap(), variables: Vec::new(), user: None }
    }

    /// A directory with a demo of so many candidates.
    pub fn demo(candidates: usize) -> Self {
        let place = Self::empty();
        let number = candidates.to_string();
        let dir = place.path("demo").display().to_string();
        place.run(&["demo", "--prepare", "--candidates", &number, "--dir", &dir]).ok();
        place
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The configuration of the demo.
    pub fn config(&self) -> PathBuf {
        self.path("demo/config.toml")
    }

    /// Changes the configuration of the demo.
    pub fn edit_config(&self, change: impl FnOnce(String) -> String) {
        let text = fs::read_to_string(self.config()).unwrap();
        fs::write(self.config(), change(text)).unwrap();
    }

    /// Sets a variable for every run.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// The same place, given to an account without any rights, if this is root.
    pub fn for_nobody(mut self) -> Self {
        const NOBODY: u32 = 65_534;
        if rustix::process::geteuid().is_root() {
            give(self.folder.path(), NOBODY);
            self.user = Some(NOBODY);
        }
        self
    }

    /// The program with these arguments alone, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_redraft"));
        command.args(arguments).env_clear().env("HOME", self.folder.path()).env("PATH", "/usr/bin:/bin");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.folder.path());
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program with these arguments alone.
    pub fn run(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments).output().unwrap())
    }

    /// Runs it on the demo.
    pub fn on_demo(&self, arguments: &[&str]) -> Said {
        self.run(&with_config(&self.config().display().to_string(), arguments))
    }

    /// Runs it on the demo with `--json`, and reads the answer.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        self.on_demo(&all).ok().json()
    }

    /// Runs it on the demo with something at standard input.
    pub fn on_demo_with(&self, arguments: &[&str], input: &str) -> Said {
        let config = self.config().display().to_string();
        let mut command = self.command(&with_config(&config, arguments));
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        said(child.wait_with_output().unwrap())
    }

    /// Starts it on the demo where files grow to so many kilobytes and no more: an error, as a full disk is, and no death.
    pub fn start_on_full_disk(&self, kilobytes: u32, arguments: &[&str]) -> Started {
        let config = self.config().display().to_string();
        let plain = self.command(&with_config(&config, arguments));
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", "trap '' XFSZ; ulimit -S -f $1; shift; exec \"$@\"", "sh"]);
        // The shell counts in blocks of half a kilobyte.
        shell.arg((2 * kilobytes).to_string()).arg(plain.get_program()).args(plain.get_args());
        shell.env_clear().current_dir(self.folder.path());
        shell.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Started(Some(shell.spawn().unwrap()))
    }

    /// Starts it on the demo and does not wait for it.
    pub fn start(&self, arguments: &[&str]) -> Started {
        let config = self.config().display().to_string();
        Started(Some(self.command(&with_config(&config, arguments)).spawn().unwrap()))
    }
}

fn with_config<'a>(config: &'a str, arguments: &[&'a str]) -> Vec<&'a str> {
    arguments.iter().copied().chain(["--config", config]).collect()
}

fn give(path: &Path, user: u32) {
    chown(path, Some(user), Some(user)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), user);
        }
    }
}

/// What a program that has ended said.
pub fn said(output: Output) -> Said {
    Said {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        status: output.status.code().unwrap_or(-1),
    }
}

impl Said {
    /// It must have succeeded.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, 0, "{self:#?}");
        self
    }

    /// It must have failed with this status and said all of this, in this order, at standard error.
    #[track_caller]
    pub fn fails(self, status: i32, words: &[&str]) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        let mut rest = self.err.as_str();
        for word in words {
            let Some((_, behind)) = rest.split_once(word) else { panic!("no {word:?} in {self:#?}") };
            rest = behind;
        }
        self
    }

    /// Its output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {self:#?}"))
    }
}

/// Whether a file is readable by its owner alone.
pub fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).unwrap().mode().trailing_zeros() >= 6
}
