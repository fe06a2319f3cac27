//! The servers themselves: they answer, stop and start again, and nothing of them outlives the tests.

use std::{
    env, fs,
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{Kind, Proxy, Way, mariadb, own, postgres};

/// What the test below prints before it waits to be killed.
const READY: &str = "server of a test in ";

#[test]
fn a_server_answers_stops_and_starts_again_with_what_it_held() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let Some(database) = own(kind) else { continue };
        database.run("CREATE TABLE t (c varchar(20)); INSERT INTO t VALUES ('größer')");
        database.server().stop();
        assert!(database.try_run("SELECT c FROM t").is_err());
        database.server().restart();
        assert_eq!(database.value("SELECT c FROM t"), "größer");
        database.server().kill();
        database.server().restart();
        assert_eq!(database.value("SELECT c FROM t"), "größer");
        let folder = database.server().folder().to_owned();
        drop(database);
        assert!(!folder.exists(), "{}", folder.display());
    }
}

#[test]
fn tests_of_one_server_have_databases_and_roles_apart() {
    for make in [postgres, mariadb] {
        let (Some(one), Some(other)) = (make(), make()) else { continue };
        one.run("CREATE TABLE t (c integer)");
        assert!(other.try_run("SELECT c FROM t").is_err());
        let (role, password) = one.role("reader");
        assert_ne!(role, other.role("reader").0);
        assert!(one.url_as(&role, &password).ends_with(&format!(":{}/{}", one.server().port(), one.name())));
    }
}

#[test]
fn somebody_else_holds_a_lock_until_they_go() {
    for make in [postgres, mariadb] {
        let Some(database) = make() else { continue };
        database.run("CREATE TABLE t (id integer PRIMARY KEY, c integer); INSERT INTO t VALUES (1, 0)");
        let mut other = database.session();
        other.run("BEGIN; UPDATE t SET c = 1 WHERE id = 1");
        assert_eq!(database.value("SELECT c FROM t"), "0");
        let impatient = match database.kind() {
            Kind::Postgres => "SET lock_timeout = 50; UPDATE t SET c = 2",
            Kind::Mariadb => "SET innodb_lock_wait_timeout = 0; UPDATE t SET c = 2",
        };
        let refused = database.try_run(impatient).unwrap_err().to_lowercase();
        assert!(refused.contains("lock"), "{refused}");
        drop(other);
        database.run(impatient);
        assert_eq!(database.value("SELECT c FROM t"), "2");
    }
}

#[test]
fn a_network_breaks_at_a_byte_and_is_mended() {
    for make in [postgres, mariadb] {
        let Some(database) = make() else { continue };
        let proxy = Proxy::before(&database);
        assert!(proxy.url(&database.url(), &database).contains("@127.0.0.1:"));
        assert_ne!(proxy.url(&database.url(), &database), database.url());
        // Both servers answer a line that is none of their protocol, or greet first.
        let hello = |lines: &[u8]| {
            let mut stream = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
            stream.write_all(lines).and_then(|()| stream.read(&mut [0; 64])).unwrap_or_default()
        };
        // A request for TLS, to which PostgreSQL answers with one byte.
        let ask = [0, 0, 0, 8, 4, 210, 22, 47];
        assert!(hello(&ask) > 0 && proxy.passed(Way::FromServer) > 0);
        proxy.break_after(0, Way::FromServer);
        assert_eq!(hello(&ask), 0);
        assert!(proxy.is_broken());
        assert_eq!(hello(&ask), 0, "new connections are not let through");
        proxy.mend();
        assert!(hello(&ask) > 0);
    }
}

#[test]
fn nothing_of_a_server_outlives_tests_that_are_killed() {
    for (kind, test) in [(Kind::Postgres, "waits_on_postgres"), (Kind::Mariadb, "waits_on_mariadb")] {
        if !kind.is_installed() {
            continue;
        }
        let mut tests = Command::new(env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", &format!("support::servers::tests::{test}")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(tests.stdout.take().unwrap()).lines().map(Result::unwrap);
        let folder = lines.find_map(|line| Some(line.split_once(READY)?.1.to_owned())).unwrap();
        assert!(Path::new(&folder).exists() && !processes_of(&folder).is_empty());
        // Once to the tests alone, once to all of their group, as a terminal does.
        match kind {
            Kind::Postgres => tests.kill().unwrap(),
            Kind::Mariadb => kill_process_group(Pid::from_child(&tests), Signal::INT).unwrap(),
        }
        tests.wait().unwrap();
        let end = Instant::now() + Duration::from_mins(1);
        while Path::new(&folder).exists() || !processes_of(&folder).is_empty() {
            assert!(Instant::now() < end, "{folder} and {:?} are left over", processes_of(&folder));
            thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
#[ignore = "waits to be killed by the test above"]
fn waits_on_postgres() {
    wait_on(Kind::Postgres);
}

#[test]
#[ignore = "waits to be killed by the test above"]
fn waits_on_mariadb() {
    wait_on(Kind::Mariadb);
}

/// Waits for the end of standard input, so that it ends too if the test above dies without killing it.
fn wait_on(kind: Kind) {
    let Some(database) = own(kind) else { return };
    let line = format!("{READY}{}\n", database.server().folder().display());
    io::stdout().write_all(line.as_bytes()).unwrap();
    io::stdin().read_line(&mut String::new()).unwrap();
}

/// The command lines that name the directory of a server: its guard and itself.
fn processes_of(folder: &str) -> Vec<String> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = entries.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    let lines = lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    lines.filter(|line| line.contains(folder)).collect()
}
