//! A database of one test on a server, and what its administrator does in it.

use std::{
    fs,
    io::Write as _,
    process::{Command, Stdio},
    sync::Arc,
    thread,
};

use super::{Kind, Server};

/// A database that goes away at the end of its test.
pub struct Database {
    server: Arc<Server>,
    name: String,
}

impl Database {
    pub(super) fn create(server: Arc<Server>, name: String, options: &str) -> Self {
        server.administer(&format!("CREATE DATABASE {name} {options}"));
        Self { server, name }
    }

    /// Its server.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Its kind.
    pub fn kind(&self) -> Kind {
        self.server.kind
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its URL over TCP, for the administrator, who may do everything.
    pub fn url(&self) -> String {
        self.url_as(self.kind().administrator(), &self.server.password)
    }

    /// Its URL over TCP for another role. The password must need no escape.
    pub fn url_as(&self, user: &str, password: &str) -> String {
        let scheme = match self.kind() {
            Kind::Postgres => "postgres",
            Kind::Mariadb => "mysql",
        };
        format!("{scheme}://{user}:{password}@127.0.0.1:{}/{}", self.server.port, self.name)
    }

    /// Runs statements as the platform does, and returns what they answer: a line a row, with tabs between columns.
    #[track_caller]
    pub fn run(&self, sql: &str) -> String {
        self.try_run(sql).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Runs statements that may fail, and returns what the server says then.
    pub fn try_run(&self, sql: &str) -> Result<String, String> {
        self.server.client(&self.name, sql)
    }

    /// Runs statements as a role, and returns what the server says if it does not let it.
    pub fn try_run_as(&self, (role, password): (&str, &str), sql: &str) -> Result<String, String> {
        let mut command = self.client_command();
        command
            .arg(format!("{}={role}", if self.kind() == Kind::Postgres { "--username" } else { "--user" }));
        command.env("MYSQL_PWD", password);
        talk(command, sql)
    }

    /// The one value that a query finds.
    #[track_caller]
    pub fn value(&self, sql: &str) -> String {
        self.run(sql).trim_end_matches('\n').to_owned()
    }

    /// The server's own client, connected to this database.
    pub fn client_command(&self) -> Command {
        self.server.client_command(&self.name)
    }

    /// A role that may do nothing yet, with its password: its name is this database's with a word behind.
    pub fn role(&self, word: &str) -> (String, String) {
        let (name, password) = (format!("{}_{word}", self.name), "role-password".to_owned());
        match self.kind() {
            Kind::Postgres => self.run(&format!("CREATE ROLE {name} LOGIN PASSWORD '{password}'")),
            Kind::Mariadb => self.run(&format!("CREATE USER {name}@localhost IDENTIFIED BY '{password}'")),
        };
        (name, password)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.server.lock().is_none() {
            return;
        }
        let force = match self.kind() {
            Kind::Postgres => " WITH (FORCE)",
            Kind::Mariadb => "",
        };
        let dropped =
            self.server.client(self.kind().first_database(), &format!("DROP DATABASE {}{force}", self.name));
        // A test that fails already says enough.
        assert!(dropped.is_ok() || thread::panicking(), "{dropped:?}");
    }
}

impl Server {
    #[track_caller]
    fn administer(&self, sql: &str) {
        self.client(self.kind.first_database(), sql).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Runs statements by the server's own client, over its socket.
    pub(super) fn client(&self, database: &str, sql: &str) -> Result<String, String> {
        talk(self.client_command(database), sql)
    }

    fn client_command(&self, database: &str) -> Command {
        match self.kind {
            Kind::Postgres => self.psql(database),
            Kind::Mariadb => self.mariadb(database),
        }
    }

    fn psql(&self, database: &str) -> Command {
        let mut command = self.program("psql");
        command.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator=\t"]);
        command.args(["--set=ON_ERROR_STOP=1", "--username=postgres", "--dbname", database]);
        command.arg("--host").arg(&self.folder).arg(format!("--port={}", self.port));
        command.env("PGCLIENTENCODING", "UTF8");
        command
    }

    fn mariadb(&self, database: &str) -> Command {
        let mut command = self.program("mariadb");
        command.args([
            "--no-defaults",
            "--batch",
            "--unbuffered",
            "--skip-column-names",
            "--user=root",
            "--binary-mode",
        ]);
        command.args(["--default-character-set=utf8mb4", "--database", database]);
        command.arg("--socket").arg(self.folder.join("s"));
        command.env("MYSQL_PWD", &self.password);
        command
    }

    /// What the server has written into its log.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

/// What a client answers to statements.
fn talk(mut client: Command, sql: &str) -> Result<String, String> {
    let mut child =
        client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let text = format!("{sql};\n");
    // By a thread: a long answer fills its pipe before a long question has been read. A client that could not
    // connect does not read at all.
    let writer = thread::spawn(move || drop(stdin.write_all(text.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
