//! What differs between the servers: their programs, accounts and options.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

/// A kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// PostgreSQL.
    Postgres,
    /// MariaDB, which speaks MySQL's protocol.
    Mariadb,
}

impl Kind {
    /// Its name in `REDRAFT_REQUIRE_ENGINES`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mariadb => "mariadb",
        }
    }

    /// Whether all of its programs are there.
    pub fn is_installed(self) -> bool {
        let programs: &[&str] = match self {
            Self::Postgres => &["initdb", "postgres", "psql"],
            Self::Mariadb => &["mariadb-install-db", "mariadbd", "mariadb"],
        };
        programs.iter().all(|name| self.program(name).is_some())
    }

    /// Where a program of it is: Debian keeps PostgreSQL's, which stand beside each other by version, out of the path.
    pub fn program(self, name: &str) -> Option<PathBuf> {
        let mut folders: Vec<PathBuf> =
            ["/usr/local/bin", "/usr/bin", "/usr/sbin", "/bin"].map(PathBuf::from).into();
        if self == Self::Postgres {
            let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
            let mut versions: Vec<_> = versions.map(|entry| entry.path().join("bin")).collect();
            versions.sort();
            folders.extend(versions.into_iter().rev());
        }
        folders.into_iter().map(|folder| folder.join(name)).find(|path| path.exists())
    }

    /// The account and group to run as: neither server runs as root.
    pub fn account(self) -> Option<(u32, u32)> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let wanted = match self {
            Self::Postgres => "postgres",
            Self::Mariadb => "mysql",
        };
        let of = |name: &str| {
            let fields: Vec<&str> = accounts
                .lines()
                .map(|line| line.split(':'))
                .find(|line| line.clone().next() == Some(name))?
                .collect();
            Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
        };
        of(wanted).or_else(|| of("nobody"))
    }

    /// The signal at which it ends at once and in order.
    pub fn signal(self) -> &'static str {
        match self {
            Self::Postgres => "INT",
            // A child in the background of a shell ignores INT.
            Self::Mariadb => "TERM",
        }
    }

    /// The database that is there from the first.
    pub fn first_database(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mariadb => "mysql",
        }
    }

    /// The name of the administrator.
    pub fn administrator(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mariadb => "root",
        }
    }

    /// What MariaDB runs before it accepts connections. PostgreSQL's `initdb` takes the password itself.
    pub fn first_statements(self, password: &str) -> String {
        match self {
            Self::Postgres => String::new(),
            Self::Mariadb => format!(
                "DELETE FROM mysql.global_priv WHERE user <> 'mariadb.sys' AND NOT (user = 'root' AND host = 'localhost');\n\
                 FLUSH PRIVILEGES;\nALTER USER root@localhost IDENTIFIED BY '{password}';\n"
            ),
        }
    }

    /// The program that makes the server's files, and its arguments.
    pub fn installer(self, folder: &Path) -> (&'static str, Vec<OsString>) {
        let data = folder.join("data");
        let arguments = match self {
            Self::Postgres => vec![
                "--username=postgres".into(),
                "--auth-local=trust".into(),
                "--auth-host=scram-sha-256".into(),
                option("--pwfile=", &folder.join("password")),
                "--encoding=UTF8".into(),
                "--locale=C.UTF-8".into(),
                "--no-sync".into(),
                option("--pgdata=", &data),
            ],
            Self::Mariadb => vec![
                "--no-defaults".into(),
                "--auth-root-authentication-method=normal".into(),
                "--skip-test-db".into(),
                option("--datadir=", &data),
            ],
        };
        let program = match self {
            Self::Postgres => "initdb",
            Self::Mariadb => "mariadb-install-db",
        };
        (program, arguments)
    }

    /// The server's program, and its arguments. A power cut is not what the tests test, but the end
    /// of the server's processes is: a commit reaches the system, if not the disk. MariaDB is as lax as the servers
    /// that old platforms run on: what it would cut or replace in silence, redraft has to prevent itself.
    pub fn server(self, folder: &Path, port: u16) -> (&'static str, Vec<OsString>) {
        let data = folder.join("data");
        match self {
            Self::Postgres => {
                let mut arguments = vec!["-D".into(), data.into()];
                let settings = [
                    format!("port={port}"),
                    format!("unix_socket_directories={}", folder.display()),
                    "listen_addresses=127.0.0.1".to_owned(),
                    "fsync=off".to_owned(),
                    "full_page_writes=off".to_owned(),
                    "max_connections=300".to_owned(),
                    "shared_buffers=64MB".to_owned(),
                ];
                for setting in settings {
                    arguments.extend(["-c".into(), setting.into()]);
                }
                if let Some([certificate, key]) = certificate(folder) {
                    for (name, file) in [("ssl_cert_file", certificate), ("ssl_key_file", key)] {
                        arguments.extend(["-c".into(), option(&format!("{name}="), &file)]);
                    }
                    arguments.extend(["-c".into(), "ssl=on".into()]);
                }
                ("postgres", arguments)
            }
            Self::Mariadb => {
                let mut arguments = vec![
                    "--no-defaults".into(),
                    option("--datadir=", &data),
                    option("--socket=", &folder.join("s")),
                    option("--pid-file=", &folder.join("pid")),
                    option("--tmpdir=", folder),
                    option("--init-file=", &folder.join("init.sql")),
                    format!("--port={port}").into(),
                    "--bind-address=127.0.0.1".into(),
                    "--character-set-server=utf8mb4".into(),
                    "--sql-mode=".into(),
                    "--innodb-flush-log-at-trx-commit=2".into(),
                    "--innodb-buffer-pool-size=64M".into(),
                    "--max-connections=300".into(),
                    "--performance-schema=OFF".into(),
                ];
                if let Some([certificate, key]) = certificate(folder) {
                    arguments.extend([option("--ssl-cert=", &certificate), option("--ssl-key=", &key)]);
                }
                ("mariadbd", arguments)
            }
        }
    }
}

/// The certificate and key that a test has put beside the server's files, for TLS.
fn certificate(folder: &Path) -> Option<[PathBuf; 2]> {
    let files = ["server.crt", "server.key"].map(|name| folder.join(name));
    files.iter().all(|file| file.exists()).then_some(files)
}

fn option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push(path);
    option
}
