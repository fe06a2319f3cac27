//! What the application is measured on: 100,000 candidates and 50,000 rewrites that wait for a decision, made once and
//! kept under `target/`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use redraft::{
    clock::SystemClock,
    config::{self, Environment, LoadOptions},
    domain::{
        AttemptOutcome, BatchOptions, BatchSpec, Document, Finding, FindingKind, Money, Price, Severity, Span,
    },
    source::{self, port::PageQuery},
    store::{
        Store,
        port::{Batches, Lease, Member, NewAttempt, Queue, Settlement, Verdict},
    },
    wiring,
};

/// People in the candidate database; the mapping sees 96 of 100.
const PEOPLE: usize = 105_000;
/// Rewrites in the store.
const REWRITES: usize = 50_000;
/// Of how many candidates the texts are read. The others get the same texts: reading is not what is measured.
const TEXTS: usize = 2_000;
const SCENARIO: &str = "seed = 1\nlimits = \"none\"\n";

/// A directory with a configuration, a candidate database and a store.
pub struct Place {
    dir: PathBuf,
    _own: Option<tempfile::TempDir>,
}

impl Place {
    /// The one that was made, or is made now.
    pub fn prepared() -> Self {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("terminal-bench");
        if !dir.join("complete").exists() {
            println!("making {PEOPLE} candidates and {REWRITES} rewrites, once");
            if dir.exists() {
                fs::remove_dir_all(&dir).unwrap();
            }
            tokio::runtime::Runtime::new().unwrap().block_on(make(&dir));
            fs::write(dir.join("complete"), "").unwrap();
        }
        Self { dir, _own: None }
    }

    /// A copy, for what changes it.
    pub fn copy() -> Self {
        let prepared = Self::prepared();
        let own = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        for file in ["config.toml", "scenario.toml", "store.db"] {
            fs::copy(prepared.dir.join(file), own.path().join(file)).unwrap();
            // Or the first commits wait until all of the copy is on the disk.
            fs::File::open(own.path().join(file)).unwrap().sync_all().unwrap();
        }
        fs::hard_link(prepared.dir.join("candidates.db"), own.path().join("candidates.db")).unwrap();
        Self { dir: own.path().to_owned(), _own: Some(own) }
    }

    /// The configuration.
    pub fn config(&self) -> String {
        self.dir.join("config.toml").display().to_string()
    }

    /// Writes a file of it.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.dir.join(name), text).unwrap();
    }

    /// Starts a batch of the last 1,250 candidates: three rounds of 400, which last longer than any measurement.
    pub fn start_batch(&self) {
        let filter = format!("id:>{}", PEOPLE - 1_300);
        let mut command = Command::new(env!("CARGO_BIN_EXE_redraft"));
        command.args(["--config", &self.config(), "batch", "start", "--no-posting", "--where", &filter]);
        let started = command.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
        assert!(started.success(), "the batch was not started");
    }
}

/// Made in memory where the machine allows it: a commit waits for the disk.
async fn make(dir: &Path) {
    let memory = Path::new("/dev/shm");
    let base = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let growing = tempfile::tempdir_in(base).unwrap();
    let made = wiring::demo::prepare(growing.path(), Some(PEOPLE)).await.unwrap();
    let text = fs::read_to_string(&made.config).unwrap();
    fs::write(&made.config, format!("{text}\n[simulator]\nscenario = \"scenario.toml\"\n")).unwrap();
    fs::write(made.dir.join("scenario.toml"), SCENARIO).unwrap();
    let options = LoadOptions { file: Some(made.config.clone()), environment: Environment::default() };
    fill(&config::load(&options).unwrap()).await;
    fs::create_dir_all(dir).unwrap();
    for file in ["config.toml", "scenario.toml", "candidates.db", "store.db"] {
        fs::copy(made.dir.join(file), dir.join(file)).unwrap();
    }
}

async fn fill(config: &config::Config) {
    let source = source::open(&config.database, &config.mapping).await.unwrap();
    let store = Store::open(&config.store.path, Arc::new(SystemClock)).await.unwrap();
    let (mut members, mut query) = (Vec::new(), PageQuery { limit: 1_000, ..PageQuery::default() });
    while members.len() < REWRITES {
        let page = source.page(&query).await.unwrap();
        query.after = page.candidates.last().map(|candidate| candidate.id.clone());
        members.extend(page.candidates.into_iter().map(|candidate| Member {
            candidate: candidate.id,
            name: candidate.name,
            posting: None,
        }));
    }
    members.truncate(REWRITES);
    let mut texts = Vec::new();
    for member in members.iter().take(TEXTS) {
        let (_, before) = source.read(&member.candidate).await.unwrap().unwrap();
        let after = rewritten(&before);
        texts.push((before, after));
    }
    let batch = store.create_batch(&spec(), &members).await.unwrap();
    for number in 0.. {
        let leases = store.claim("bench", batch.id, 1_000, Duration::from_hours(1)).await.unwrap();
        if leases.is_empty() {
            break;
        }
        for (at, lease) in leases.iter().enumerate() {
            finish(&store, lease, (number * 1_000 + at, &texts[(number * 1_000 + at) % texts.len()])).await;
        }
    }
    store.close().await;
}

async fn finish(store: &Store, lease: &Lease, (number, (before, after)): (usize, &(Document, Document))) {
    let attempt = NewAttempt {
        rewrite: lease.rewrite,
        fence: lease.fence,
        reserve: Money::from_nanos(1_000),
        prompt_hash: format!("{number:064x}"),
        before: before.clone(),
        parcel: None,
    };
    let attempt = store.open_attempt(&attempt).await.unwrap().unwrap();
    let settlement = Settlement {
        attempt,
        outcome: AttemptOutcome::Done,
        cost: Money::from_nanos(1_000),
        usage: None,
        request_id: None,
        reason: None,
    };
    let findings = if number.is_multiple_of(7) { found(after) } else { Vec::new() };
    let changed_percent = u8::try_from(10 + number % 40).unwrap();
    let verdict = Verdict::Ready { after: after.clone(), changed_percent, findings };
    store.settle((lease.rewrite, lease.fence), Some(&settlement), &verdict).await.unwrap();
}

/// A finding on the first word of the first text.
fn found(after: &Document) -> Vec<Finding> {
    let text =
        |section: &&redraft::domain::Section| section.text.as_deref().is_some_and(|text| !text.is_empty());
    let section = after.sections.iter().find(text).into_iter();
    let finding = section.map(|section| Finding {
        kind: FindingKind::Number,
        severity: Severity::Warn,
        span: Span {
            section: section.id.clone(),
            start: 0,
            end: section.text.as_deref().and_then(|text| text.chars().next()).map_or(0, char::len_utf8),
        },
        changes: Vec::new(),
        message: "This number has no source.".to_owned(),
        dismissed: None,
    });
    finding.collect()
}

/// What a model makes of a résumé, as far as a diff can tell: other words in most lines, some lines shorter.
fn rewritten(before: &Document) -> Document {
    const WORDS: [(&str, &str); 10] = [
        ("I have been working", "Experienced"),
        ("I am looking for", "Seeking"),
        ("was responsible for", "led"),
        ("Responsible for", "Led"),
        ("I have", "Brings"),
        ("I am", "Is"),
        ("helped", "supported"),
        ("worked", "delivered"),
        (" and ", " as well as "),
        (" very ", " "),
    ];
    let mut after = before.clone();
    for section in &mut after.sections {
        let Some(text) = &section.text else { continue };
        let lines = text.lines().enumerate().map(|(number, line)| {
            let line = WORDS.iter().fold(line.to_owned(), |line, (old, new)| line.replace(old, new));
            match (number % 4, line.rsplit_once(' ')) {
                (3, Some((shorter, _))) if line.len() > 40 => shorter.to_owned(),
                _ => line,
            }
        });
        section.text = Some(lines.collect::<Vec<_>>().join("\n"));
    }
    after
}

fn spec() -> BatchSpec {
    BatchSpec {
        posting: None,
        posting_title: None,
        instructions: String::new(),
        model: "openai/gpt-oss-20b".to_owned(),
        price: Price { input: 1, cached: 1, output: 1 },
        budget: Money::from_dollars(5),
        prompt: "00".to_owned(),
        by: "bench".to_owned(),
        options: BatchOptions::default(),
    }
}
