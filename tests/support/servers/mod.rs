//! PostgreSQL and MariaDB for the tests, started from the installed programs in a temporary directory.
//!
//! One server of a kind serves a whole test binary, and each test has a [`Database`] of its own in it. A test that
//! stops its server has a server of its own too. Nothing is left over, however the tests end: see [`guard`].
//!
//! Administration and dumps go through the server's own command-line client, so that they know nothing of the code
//! under test.
#![allow(dead_code, reason = "the benches use a part of it")]

mod database;
mod dump;
mod guard;
mod kind;
mod proxy;
mod session;
mod tests;

use std::{
    env,
    fs::{self, DirBuilder},
    io::{self, Write as _},
    net::TcpListener,
    os::unix::{
        fs::{DirBuilderExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

pub use database::Database;
#[allow(unused_imports, reason = "the benches use a part of it")]
pub use dump::{Cell, Dump};
use guard::Guard;
pub use kind::Kind;
pub use proxy::{Proxy, Way};
#[allow(unused_imports, reason = "the benches use a part of it")]
pub use session::Session;

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_mins(1);
/// The engines whose absence is a failure, separated by commas.
const REQUIRED: &str = "REDRAFT_REQUIRE_ENGINES";

/// A database on the PostgreSQL that this test binary shares; none, and a line that says so, where it is not installed.
pub fn postgres() -> Option<Database> {
    postgres_with("")
}

/// [`postgres`] with a database of another encoding.
pub fn postgres_encoded(encoding: &str) -> Option<Database> {
    postgres_with(&format!("TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"))
}

fn postgres_with(options: &str) -> Option<Database> {
    static SHARED: OnceLock<Option<Arc<Server>>> = OnceLock::new();
    SHARED
        .get_or_init(|| Server::start(Kind::Postgres))
        .as_ref()
        .map(|server| server.database(options))
        .or_else(|| skip(Kind::Postgres))
}

/// A database on the MariaDB that this test binary shares; none, and a line that says so, where it is not installed.
pub fn mariadb() -> Option<Database> {
    static SHARED: OnceLock<Option<Arc<Server>>> = OnceLock::new();
    SHARED
        .get_or_init(|| Server::start(Kind::Mariadb))
        .as_ref()
        .map(|server| server.database(""))
        .or_else(|| skip(Kind::Mariadb))
}

/// A database on a server of this kind that no other test uses, for tests that stop it.
pub fn own(kind: Kind) -> Option<Database> {
    Server::start(kind).as_ref().map(|server| server.database("")).or_else(|| skip(kind))
}

/// Says on the real standard error that a test is skipped: what `eprintln!` writes, the test harness swallows.
fn skip(kind: Kind) -> Option<Database> {
    #[allow(clippy::disallowed_methods, reason = "the tests have no configuration")]
    let required = env::var(REQUIRED).unwrap_or_default();
    assert!(
        !required.split(',').any(|name| name.trim() == kind.name()),
        "{REQUIRED} names {}, which is not installed",
        kind.name()
    );
    let test = thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("SKIPPED {test}: {} is not installed\n", kind.name());
    io::stderr().write_all(line.as_bytes()).unwrap();
    None
}

/// A running server, or one that a test has stopped.
pub struct Server {
    kind: Kind,
    folder: PathBuf,
    user: Option<(u32, u32)>,
    port: u16,
    password: String,
    running: Mutex<Option<Guard>>,
    databases: AtomicU32,
}

impl Server {
    /// Makes a server's files and starts it; `None` if its programs are not installed.
    fn start(kind: Kind) -> Option<Arc<Self>> {
        if !kind.is_installed() {
            return None;
        }
        let password = format!("{:032x}", rand::random::<u128>());
        let folder = env::temp_dir().join(format!("redraft-{}-{:016x}", kind.name(), rand::random::<u64>()));
        DirBuilder::new().mode(0o700).create(&folder).unwrap();
        let user = kind.account();
        let mut server = Self {
            kind,
            folder,
            user,
            port: 0,
            password,
            running: Mutex::new(None),
            databases: AtomicU32::new(0),
        };
        fs::write(server.folder.join("password"), &server.password).unwrap();
        fs::write(server.folder.join("init.sql"), kind.first_statements(&server.password)).unwrap();
        if let Some((uid, gid)) = user {
            for name in ["", "password", "init.sql"] {
                chown(server.folder.join(name), Some(uid), Some(gid)).unwrap();
            }
        }
        server.install();
        // Somebody else may take the port between the question and the start.
        loop {
            server.port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            if server.launch() {
                return Some(Arc::new(server));
            }
        }
    }

    /// A program of the server, run in its directory and as its account.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.kind.program(name).expect("a program of the server"));
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC");
        command.current_dir(&self.folder);
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    fn install(&self) {
        let (program, arguments) = self.kind.installer(&self.folder);
        let output = self.program(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// Starts the server's program; `false` if its port was taken.
    fn launch(&self) -> bool {
        let (program, arguments) = self.kind.server(&self.folder, self.port);
        let mut command =
            Guard::command(self.kind.signal(), &self.folder, &self.kind.program(program).unwrap());
        command
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        let old = self.log().len();
        let guard = Guard::spawn(command);
        let end = Instant::now() + PATIENCE;
        while !self.answers() {
            let log = self.log().split_off(old);
            if log.contains("is still in use") {
                // The children of a server that was killed take a moment to notice.
                guard.stop("TERM");
                return self.launch();
            }
            if log.contains("Address already in use") {
                guard.stop("TERM");
                return false;
            }
            assert!(Instant::now() < end, "{} does not start: {log}", self.kind.name());
            thread::sleep(Duration::from_millis(20));
        }
        *self.lock() = Some(guard);
        true
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Guard>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answers(&self) -> bool {
        self.client(self.kind.first_database(), "SELECT 1").is_ok_and(|answer| answer.trim() == "1")
    }

    /// Ends the server as its administrator does. Its files stay.
    pub fn stop(&self) {
        if let Some(guard) = self.lock().take() {
            guard.stop(self.kind.signal());
        }
    }

    /// Ends the server as a power cut does. Its files stay.
    pub fn kill(&self) {
        if let Some(guard) = self.lock().take() {
            guard.stop("KILL");
        }
    }

    /// Starts the server again, on the same port.
    pub fn restart(&self) {
        assert!(self.lock().is_none(), "it runs");
        assert!(self.launch(), "somebody else took the port");
    }

    /// Where it listens on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The directory of its socket, which only its account and root can enter.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn database(self: &Arc<Self>, options: &str) -> Database {
        let number = self.databases.fetch_add(1, Ordering::Relaxed) + 1;
        Database::create(Arc::clone(self), format!("test_{number}"), options)
    }
}

/// For servers of one test: those that are shared live as long as the process.
impl Drop for Server {
    fn drop(&mut self) {
        let guard = self.running.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        match guard {
            Some(guard) => guard.end(),
            None => drop(fs::remove_dir_all(&self.folder)),
        }
    }
}
