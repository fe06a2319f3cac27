//! How fast candidates are read, against the engine's own client in the same run; and how long a first page takes.
//!
//! `cargo bench --bench read_rate [-- CANDIDATES [MANY]]`: CANDIDATES (100,000) for the rates, MANY (1,000,000) for the
//! first page. A server that is not installed is left out, and said to be.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement prints its table, asks the machine's clock and ends when something fails"
)]

#[allow(unused_imports, reason = "the tests use the rest of it")]
#[path = "../tests/support/servers/mod.rs"]
mod servers;

use std::{
    env,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use redraft::{
    config::DatabaseSettings,
    domain::CandidateId,
    source::{
        self,
        port::{CandidateDatabase, PageQuery},
    },
};
use servers::{Database, Kind};
use tokio::runtime::Runtime;

const MAPPING: &str = r#"
    [candidate]
    table = "people"
    key = ["id"]
    display = ["first", "last"]
    show = ["job", "city"]
    [[section]]
    id = "cv"
    column = "cv"
"#;

/// Rows of a page, as the engine asks for them.
const PAGE: u32 = 1_000;

/// Rows of a page, as the terminal shows them first.
const FIRST: u32 = 200;

/// Single candidates read at the same time.
const AT_ONCE: usize = 16;

/// Where the candidates are.
enum Place {
    Server(Database),
    File(tempfile::TempDir),
}

impl Place {
    fn name(&self) -> &'static str {
        match self {
            Self::Server(database) => match database.kind() {
                Kind::Postgres => "PostgreSQL",
                Kind::Mariadb => "MariaDB",
            },
            Self::File(_) => "SQLite",
        }
    }

    fn run(&self, sql: &str) {
        match self {
            Self::Server(database) => drop(database.run(sql)),
            Self::File(_) => assert!(self.client(sql).status().unwrap().success()),
        }
    }

    fn settings(&self) -> DatabaseSettings {
        match self {
            Self::Server(database) => DatabaseSettings::at(database.url()),
            Self::File(folder) => {
                DatabaseSettings::at(format!("sqlite:{}", folder.path().join("people.db").display()))
            }
        }
    }

    /// The engine's own client at its fastest, its answer thrown away.
    fn client(&self, sql: &str) -> Command {
        let mut command = match self {
            Self::Server(database) => {
                let mut command = database.client_command();
                match database.kind() {
                    Kind::Postgres => command.arg("--command").arg(format!("COPY ({sql}) TO STDOUT")),
                    Kind::Mariadb => command.args(["--quick", "--execute", sql]),
                };
                command
            }
            Self::File(folder) => {
                let mut command = Command::new("sqlite3");
                command.arg(folder.path().join("people.db")).arg(sql);
                command
            }
        };
        command.stdin(Stdio::null()).stdout(Stdio::null());
        command
    }

    /// Puts `number` people into an empty table, each with a résumé of so many bytes.
    fn fill(&self, number: u64, bytes: usize) {
        self.run("DROP TABLE IF EXISTS people");
        self.run(
            "CREATE TABLE people (id bigint PRIMARY KEY, first varchar(40), last varchar(40), job varchar(40), \
             city varchar(40), cv text)",
        );
        let (numbers, first, number_text) = match self {
            Self::Server(database) if database.kind() == Kind::Postgres => {
                (format!("generate_series(1, {number}) AS s (n)"), "'First' || n", "md5(n::text)")
            }
            Self::Server(_) => {
                (format!("(SELECT seq AS n FROM seq_1_to_{number}) AS s"), "concat('First', n)", "md5(n)")
            }
            Self::File(_) => (
                format!(
                    "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {number}) SELECT n FROM s)"
                ),
                "'First' || n",
                "n * 7919",
            ),
        };
        let times = bytes / 32;
        let cv = match self {
            Self::Server(_) => format!("repeat({number_text}, {times})"),
            Self::File(_) => format!("substr(replace(hex(zeroblob({bytes})), '0', 'Cooked. '), 1, {bytes})"),
        };
        let city = "CASE WHEN n % 7 = 0 THEN 'K\u{f6}ln' ELSE 'Bonn' END";
        self.run(&format!(
            "INSERT INTO people SELECT n, {first}, 'Example', 'Cook', {city}, {cv} FROM {numbers}"
        ));
        if let Self::Server(database) = self {
            match database.kind() {
                Kind::Postgres => self.run("VACUUM ANALYZE people"),
                Kind::Mariadb => self.run("ANALYZE TABLE people"),
            }
        }
    }

    async fn open(&self) -> Arc<dyn CandidateDatabase> {
        source::open(&self.settings(), &toml::from_str(MAPPING).unwrap()).await.unwrap()
    }
}

fn places() -> Vec<Place> {
    let mut places = vec![Place::File(tempfile::TempDir::new().unwrap())];
    places.extend([servers::postgres(), servers::mariadb()].into_iter().flatten().map(Place::Server));
    places
}

/// All candidates by pages, as a batch of everybody is begun.
async fn by_pages(source: &dyn CandidateDatabase) -> Vec<CandidateId> {
    let (mut found, mut query) = (Vec::new(), PageQuery { limit: PAGE, ..PageQuery::default() });
    loop {
        let page = source.page(&query).await.unwrap();
        query.after = page.candidates.last().map(|candidate| candidate.id.clone());
        found.extend(page.candidates.into_iter().map(|candidate| candidate.id));
        if !page.more {
            return found;
        }
    }
}

/// Each candidate with the résumé, as the engine reads them before it sends them.
async fn one_by_one(source: &dyn CandidateDatabase, ids: &[CandidateId]) -> usize {
    let texts = stream::iter(ids).map(|id| async { source.read(id).await.unwrap().unwrap().1 });
    texts.buffer_unordered(AT_ONCE).count().await
}

/// The best of three, as the first run pays for cold caches.
fn best(mut run: impl FnMut() -> Duration) -> Duration {
    (0..3).map(|_| run()).min().unwrap()
}

fn rate(number: u64, time: Duration) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a rate")]
    let number = number as f64;
    number / time.as_secs_f64()
}

fn main() {
    let mut numbers =
        env::args().skip(1).filter_map(|argument| argument.replace(['_', ','], "").parse::<u64>().ok());
    let (number, many) = (numbers.next().unwrap_or(100_000), numbers.next().unwrap_or(1_000_000));
    let runtime = Runtime::new().unwrap();
    let places = places();
    println!("Read rate over {number} candidates, rows a second; the client selects the same columns.\n");
    println!(
        "| engine | client | pages of {PAGE} | ratio | client, with 3 kB | one by one, with 3 kB | ratio |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for place in &places {
        rates(&runtime, place, number);
    }
    println!(
        "\nThe first page of {FIRST} at {many} candidates, milliseconds; one in the middle; one of a search.\n"
    );
    println!(
        "| engine | connect and check the mapping | first page | middle page | search \"K\u{f6}ln\" | search \"nobody\" | count |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for place in &places {
        first_pages(&runtime, place, many);
    }
}

/// A row of the first table.
fn rates(runtime: &Runtime, place: &Place, number: u64) {
    place.fill(number, 3_072);
    let timed = |sql: &str| {
        best(|| {
            let start = Instant::now();
            assert!(place.client(sql).status().unwrap().success());
            start.elapsed()
        })
    };
    let narrow = rate(number, timed("SELECT id, first, last, job, city FROM people ORDER BY id"));
    let wide = rate(number, timed("SELECT id, first, last, job, city, cv FROM people ORDER BY id"));
    let source = runtime.block_on(place.open());
    let mut ids = Vec::new();
    let pages = rate(
        number,
        best(|| {
            let start = Instant::now();
            ids = runtime.block_on(by_pages(&*source));
            start.elapsed()
        }),
    );
    assert_eq!(ids.len() as u64, number);
    let start = Instant::now();
    assert_eq!(runtime.block_on(one_by_one(&*source, &ids)) as u64, number);
    let single = rate(number, start.elapsed());
    println!(
        "| {} | {narrow:.0} | {pages:.0} | {:.2} | {wide:.0} | {single:.0} | {:.2} |",
        place.name(),
        pages / narrow,
        single / wide
    );
}

/// A row of the second table.
fn first_pages(runtime: &Runtime, place: &Place, many: u64) {
    place.fill(many, 64);
    let start = Instant::now();
    let source = runtime.block_on(place.open());
    let opened = start.elapsed();
    let timed = |after: Option<u64>, search: Option<&str>| {
        let query = PageQuery {
            limit: FIRST,
            after: after.map(|id| CandidateId(id.to_string())),
            search: search.map(str::to_owned),
        };
        let start = Instant::now();
        runtime.block_on(source.page(&query)).unwrap();
        start.elapsed()
    };
    let waits = [opened, timed(None, None), timed(Some(many / 2), None), timed(None, Some("K\u{f6}ln"))];
    let nobody = timed(None, Some("nobody"));
    let start = Instant::now();
    assert_eq!(runtime.block_on(source.count()).unwrap(), many);
    let cells: Vec<String> = waits
        .into_iter()
        .chain([nobody, start.elapsed()])
        .map(|time| format!("{:.1}", time.as_secs_f64() * 1_000.0))
        .collect();
    println!("| {} | {} |", place.name(), cells.join(" | "));
}
