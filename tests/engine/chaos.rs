//! The whole engine on a virtual clock, seed by seed: a provider that limits and fails, workers that die at any effect,
//! budgets that end. Whatever happens, nothing is lost, nothing is recorded twice, no budget is overshot, and what is
//! paid twice was in flight when a worker died.

use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use redraft::{
    domain::{
        AttemptOutcome, BatchOptions, BatchSpec, BatchState, Money, PauseReason, Price, RewriteState, Usage,
    },
    engine::{Engine, EngineHandle, Parts, Settings},
    llm::port::{
        CallError, Dimension, Event, FailureClass, Finish, LimitHeaders, Limited, Model, Paid, Reply,
        Request, Rewriter,
    },
    simulator::{Account, Demand, Limits, ReserveMode, Used},
    store::port::Member,
};
use tokio::time::{Instant, sleep};

use super::{
    memory::{Death, Life, Memory, Virtual},
    world::{Candidates, MODEL, key},
};

const PRICE: Price = Price { input: 75_000_000, cached: 37_500_000, output: 300_000_000 };

/// A generator that is the same everywhere (splitmix64).
#[derive(Debug, Clone)]
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn one_in(&mut self, of: u64) -> bool {
        self.below(of) == 0
    }
}

/// What the provider remembers.
#[derive(Debug)]
struct Books {
    account: Account,
    chance: Chance,
    billed: Money,
    /// Answers that were given whole, by prompt.
    answered: BTreeMap<Arc<str>, u32>,
    /// Until when a prompt should not have come again.
    told_to_wait: BTreeMap<Arc<str>, Instant>,
    early: u32,
    began: Instant,
}

/// A provider in memory, as one worker sees it.
struct Provider {
    books: Arc<Mutex<Books>>,
    life: Life,
    alive: Arc<AtomicBool>,
    /// One request in so many fails.
    trouble: u64,
}

fn failed(class: FailureClass, status: Option<u16>, paid: Paid) -> CallError {
    let message = "It did not work.".to_owned();
    CallError { class, status, message, paid, limits: LimitHeaders::default(), request_id: None }
}

impl Provider {
    fn below(&self, bound: u64) -> u64 {
        self.books.lock().unwrap().chance.below(bound)
    }

    /// Asks the limiter.
    #[allow(clippy::result_large_err, reason = "the port's own error")]
    fn admit(&self, request: &Request, demand: Demand) -> Result<LimitHeaders, CallError> {
        let mut books = self.books.lock().unwrap();
        let now = books.began.elapsed();
        if books.told_to_wait.get(&request.user).is_some_and(|until| Instant::now() < *until) {
            books.early += 1;
        }
        if let Err(refusal) = books.account.admit(now, demand) {
            let until = Instant::now() + refusal.wait;
            books.told_to_wait.insert(request.user.clone(), until);
            let limited = Limited {
                dimension: Some(Dimension::Tpm),
                limit: Some(refusal.limit),
                used: Some(refusal.used),
                requested: Some(refusal.requested),
                wait: Some(refusal.wait),
            };
            return Err(failed(FailureClass::Limited(limited), Some(429), Paid::No));
        }
        let level = books.account.level(now, redraft::simulator::Dimension::Tpm).unwrap();
        Ok(LimitHeaders {
            limit_tokens: Some(level.limit),
            remaining_tokens: Some(level.remaining),
            ..LimitHeaders::default()
        })
    }

    fn settle(&self, demand: Demand, completion: u64) {
        let mut books = self.books.lock().unwrap();
        let now = books.began.elapsed();
        books.account.settle(now, demand, Used { cached: 0, completion });
        books.billed += PRICE.cost(demand.prompt, 0, completion);
    }

    /// What goes wrong before anything is generated.
    fn refusal(&self) -> Option<CallError> {
        let mut books = self.books.lock().unwrap();
        if !books.chance.one_in(self.trouble) {
            return None;
        }
        Some(match books.chance.below(5) {
            0 => failed(FailureClass::Transient, Some(503), Paid::No),
            1 => failed(FailureClass::Transient, None, Paid::No),
            2 => failed(FailureClass::NoCapacity, Some(498), Paid::No),
            3 => failed(FailureClass::StopBatch("Set a key.".to_owned()), Some(401), Paid::No),
            _ => failed(FailureClass::TooLong, Some(400), Paid::No),
        })
    }

    /// The end of what was generated.
    #[allow(clippy::result_large_err, reason = "the port's own error")]
    fn end(&self, request: &Request, usage: Usage) -> Result<Reply, CallError> {
        let mut books = self.books.lock().unwrap();
        let strikes = books.chance.one_in(self.trouble);
        let kind = if strikes { books.chance.below(6) } else { 9 };
        let (_, sections) = request.user.split_once("[[section:").unwrap();
        let mut reply = Reply {
            text: format!("[[section:{}", sections.replace("responsible for", "in charge of")),
            finish: Finish::Stop,
            usage,
            request_id: None,
            unmarked_end: false,
        };
        match kind {
            0 => return Err(failed(FailureClass::Transient, Some(200), Paid::Unknown)),
            1 => return Err(failed(FailureClass::Timeout, Some(200), Paid::Unknown)),
            2 => return Err(failed(FailureClass::Transient, Some(200), Paid::Known(usage))),
            3 => reply.finish = Finish::Length,
            4 => reply.text.clear(),
            5 => "I cannot.".clone_into(&mut reply.text),
            _ => *books.answered.entry(request.user.clone()).or_insert(0) += 1,
        }
        Ok(reply)
    }
}

#[async_trait]
impl Rewriter for Provider {
    async fn models(&self) -> Result<Vec<Model>, CallError> {
        Ok(Vec::new())
    }

    async fn send(
        &self,
        request: &Request,
        on: &mut (dyn for<'e> FnMut(Event<'e>) + Send),
    ) -> Result<Reply, CallError> {
        self.life.effect(|| ()).await;
        let way = 5 + self.below(30);
        sleep(Duration::from_millis(way)).await;
        if let Some(refusal) = self.refusal() {
            return Err(refusal);
        }
        let prompt = (request.system.len() + request.user.len()) as u64 / 4;
        let demand = Demand { prompt, cap: request.max_completion };
        let head = self.admit(request, demand)?;
        let queue = 20 + self.below(200);
        sleep(Duration::from_millis(queue)).await;
        on(Event::Head(head));
        let completion = (100 + self.below(300)).min(request.max_completion);
        // A worker that dies here was paid for and never hears of it.
        let alive = self.alive.load(Ordering::SeqCst);
        sleep(Duration::from_millis(completion * 2)).await;
        self.settle(demand, completion);
        let outcome = self.end(request, Usage { prompt, cached: 0, completion });
        if alive {
            self.life.effect(|| ()).await;
        }
        outcome
    }

    fn structured(&self, _: &str) -> bool {
        false
    }

    fn simulated(&self) -> bool {
        true
    }
}

thread_local! {
    /// The only worker of this thread's run that lives.
    static LIVING: Cell<u64> = const { Cell::new(0) };
}

/// The workers whose death the machine knows of at once.
fn dead(names: &[String]) -> Vec<String> {
    let living = format!("w{}", LIVING.get());
    names.iter().filter(|name| **name != living).cloned().collect()
}

/// One run.
struct Run {
    seed: u64,
    chance: Chance,
    memory: Arc<Memory>,
    books: Arc<Mutex<Books>>,
    candidates: Arc<Candidates>,
    clock: Arc<Virtual>,
    workers: u64,
    trouble: u64,
    /// Requests that were in flight when workers died.
    orphans: u32,
    deaths: u64,
}

/// What came of one run.
#[derive(Debug, Default, Clone, Copy)]
struct Sum {
    ready: u64,
    failed: u64,
    deaths: u64,
    again: u32,
    sends: usize,
}

impl Run {
    fn new(seed: u64) -> Self {
        let mut chance = Chance(seed);
        let number = usize::try_from(2 + chance.below(9)).unwrap();
        let clock = Arc::new(Virtual::new());
        let spec = BatchSpec {
            posting: None,
            posting_title: None,
            instructions: String::new(),
            model: MODEL.to_owned(),
            price: PRICE,
            budget: Money::from_nanos(1_500_000 + chance.below(20_000_000)),
            prompt: String::new(),
            by: "ops".to_owned(),
            options: BatchOptions::default(),
        };
        let members =
            (1..=number).map(|at| Member { candidate: key(at), name: format!("Ada {at}"), posting: None });
        let memory = Memory::new(spec, &members.collect::<Vec<_>>(), Arc::clone(&clock) as Arc<_>);
        let tpm = [6_000, 20_000, 250_000][usize::try_from(chance.below(3)).unwrap()];
        let mode = if chance.one_in(2) { ReserveMode::PromptPlusCap } else { ReserveMode::PromptOnly };
        let account = Account::new(&Limits { tpm: Some(tpm), ..Limits::NONE }, mode);
        let books = Books {
            account,
            chance: Chance(seed ^ 0xabcd),
            billed: Money::ZERO,
            answered: BTreeMap::new(),
            told_to_wait: BTreeMap::new(),
            early: 0,
            began: Instant::now(),
        };
        Self {
            seed,
            memory,
            books: Arc::new(Mutex::new(books)),
            candidates: Arc::new(Candidates::new(number)),
            clock,
            workers: 0,
            trouble: [4, 12, 1_000_000][usize::try_from(chance.below(3)).unwrap()],
            orphans: 0,
            deaths: chance.below(4),
            chance,
        }
    }

    /// Starts the next worker, and decides where it dies.
    fn worker(&mut self) -> EngineHandle {
        self.workers += 1;
        LIVING.set(self.workers);
        let at = self.chance.below(60);
        let done = self.chance.one_in(2);
        self.memory.doom((self.workers <= self.deaths).then_some(Death { at, done }));
        let life = Life::new(&self.memory);
        let alive = Arc::clone(&life.alive);
        let provider = Provider {
            books: Arc::clone(&self.books),
            life: Life { memory: Arc::clone(&self.memory), alive: Arc::clone(&alive) },
            alive,
            trouble: self.trouble,
        };
        let mut settings = Settings::new(format!("w{}", self.workers), MODEL);
        settings.min_words = 5;
        settings.max_streams = 1 + u32::try_from(self.chance.below(8)).unwrap();
        settings.seed = self.seed;
        if self.chance.one_in(2) {
            settings.gone = dead;
        }
        Engine::start(Parts {
            store: Arc::new(life),
            source: Arc::clone(&self.candidates) as Arc<_>,
            rewriter: Arc::new(provider),
            clock: Arc::clone(&self.clock) as Arc<_>,
            settings,
        })
    }

    async fn finish(mut self) -> Sum {
        let mut engine = self.worker();
        let began = Instant::now();
        loop {
            tokio::select! {
                () = self.memory.died.notified() => {
                    // The next worker does not know what this one was told.
                    self.books.lock().unwrap().told_to_wait.clear();
                    self.orphans += self.memory.open_of(&format!("w{}", self.workers));
                    drop(engine);
                    // What runs on in the dead process never comes back.
                    tokio::task::yield_now().await;
                    engine = self.worker();
                }
                () = sleep(Duration::from_millis(500)) => {}
            }
            assert!(
                began.elapsed() < Duration::from_hours(3),
                "seed {}: {:?}",
                self.seed,
                self.memory.lock().batch
            );
            let mut tables = self.memory.lock();
            match tables.batch.state.clone() {
                BatchState::Finished => break,
                BatchState::Paused(reason) => {
                    if reason == PauseReason::Budget {
                        tables.batch.spec.budget += Money::from_nanos(20_000_000);
                    }
                    tables.batch.state = BatchState::Running;
                    drop(tables);
                    self.memory.changed_now();
                }
                BatchState::Queued | BatchState::Running | BatchState::Finishing => {}
                state @ (BatchState::Cancelled | BatchState::Failed(_)) => {
                    panic!("seed {}: {state:?}", self.seed)
                }
            }
        }
        engine.stop(Duration::from_secs(30)).await;
        self.judge()
    }

    fn judge(&self) -> Sum {
        let seed = self.seed;
        let (tables, books) = (self.memory.lock(), self.books.lock().unwrap());
        let mut sum = Sum { deaths: self.workers - 1, sends: tables.tries.len(), ..Sum::default() };
        for row in tables.rows.values() {
            match row.state {
                RewriteState::Ready => sum.ready += 1,
                RewriteState::Failed => sum.failed += 1,
                state => panic!("seed {seed}: a rewrite is {state:?}"),
            }
            assert_eq!(
                row.results,
                u32::from(row.state == RewriteState::Ready),
                "seed {seed}: recorded once"
            );
            assert_eq!(
                row.reason.is_some(),
                row.state == RewriteState::Failed,
                "seed {seed}: a reason for a failure"
            );
        }
        assert_eq!(tables.overshoot, Money::ZERO, "seed {seed}: no worst case is exceeded");
        let open = tables.tries.values().filter(|one| one.outcome == AttemptOutcome::Open).count();
        assert_eq!((open, tables.batch.reserved), (0, Money::ZERO), "seed {seed}: everything is settled");
        assert!(
            books.billed <= tables.batch.spent,
            "seed {seed}: {:?} billed, {:?} counted",
            books.billed,
            tables.batch.spent
        );
        sum.again = books.answered.values().map(|times| times - 1).sum();
        assert!(
            sum.again <= self.orphans,
            "seed {seed}: {} paid again, {} in flight at a death",
            sum.again,
            self.orphans
        );
        assert_eq!(books.early, 0, "seed {seed}: nobody came before the wait was over");
        sum
    }
}

fn run(seeds: std::ops::Range<u64>) -> Sum {
    let mut total = Sum::default();
    for seed in seeds {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let sum = runtime.block_on(async { Run::new(seed).finish().await });
        total = Sum {
            ready: total.ready + sum.ready,
            failed: total.failed + sum.failed,
            deaths: total.deaths + sum.deaths,
            again: total.again + sum.again,
            sends: total.sends + sum.sends,
        };
    }
    total
}

/// How many seeds a run takes; `REDRAFT_SEEDS` asks for more, `REDRAFT_SEED` for one alone.
#[allow(clippy::disallowed_methods, reason = "a switch for whoever looks for rare cases, not configuration")]
fn wanted() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match number("REDRAFT_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("REDRAFT_SEEDS").unwrap_or(2_000),
    }
}

#[test]
fn nothing_is_lost_doubled_or_overspent_whatever_the_seed() {
    let seeds = wanted();
    let begun = std::time::Instant::now();
    let middle = seeds.start + (seeds.end - seeds.start) / 2;
    let (first, second) = (seeds.start..middle, middle..seeds.end);
    let other = std::thread::spawn(|| run(first));
    let (one, two) = (run(second), other.join().unwrap());
    println!(
        "{} seeds in {:.1} s: {} ready, {} failed, {} requests, {} deaths, {} paid again",
        seeds.end - seeds.start,
        begun.elapsed().as_secs_f64(),
        one.ready + two.ready,
        one.failed + two.failed,
        one.sends + two.sends,
        one.deaths + two.deaths,
        one.again + two.again
    );
    assert!(one.ready + two.ready > 0);
    if seeds.end - seeds.start > 100 {
        assert!(one.failed + two.failed > 0 && one.deaths + two.deaths > 0, "there was trouble");
    }
}
