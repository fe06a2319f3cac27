//! Whole runs against the limiter's law in made-up time: no refusals, and little longer than the limits demand.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    time::Duration,
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::EVEN;
use crate::{
    domain::{Allowance, Draw, Usage},
    engine::admission::{Gate, Moment, Outcome, Verdict, Want, learn::whole, log::number},
    llm::port::{self, LimitHeaders, Limited},
    simulator::{Account, Demand, Dimension, Limits, Refusal, RefusalKind, ReserveMode, Used, herds},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Sent(usize),
    Arrives(usize),
    Head(usize),
    Refused(usize),
    Settles(usize),
    Ends(usize),
    Foreign,
    Wake(usize),
}

/// One request of the run.
#[derive(Debug, Clone, Copy, Default)]
struct Job {
    prompt: u64,
    output: u64,
    estimate: u64,
    source: u64,
    ticket: u64,
    cap: u64,
    limits: LimitHeaders,
    refusal: Option<Limited>,
    not_before: Moment,
    /// The machine that sends it.
    of: usize,
    /// What was drawn for it of what all machines share.
    drawn: Option<u64>,
}

/// What is tried.
#[derive(Debug, Clone, Copy)]
struct Plan {
    requests: usize,
    limits: Limits,
    mode: ReserveMode,
    /// The estimate, in percent of the truth.
    estimate: u64,
    /// Tokens that others take, in percent of the limit.
    foreign: u64,
    /// Tokens that are used up at the start, in percent of the limit.
    used: u64,
    /// How long our own loop is late, at most.
    lag_ms: u64,
    /// Machines that share the work and the limits.
    machines: usize,
    /// When the limits are halved, in seconds; 0 for never.
    halved_at: u64,
    seed: u64,
}

const PLAN: Plan = Plan {
    requests: 400,
    limits: Limits::DEVELOPER,
    mode: ReserveMode::PromptPlusCap,
    estimate: 100,
    foreign: 0,
    used: 0,
    lag_ms: 10,
    machines: 1,
    halved_at: 0,
    seed: 1,
};

#[derive(Debug)]
struct Run {
    plan: Plan,
    now: Moment,
    random: ChaCha8Rng,
    account: Account,
    gates: Vec<Gate>,
    /// What the store reckons for all machines.
    common: Option<Allowance>,
    /// Whether they share it.
    is_common: bool,
    jobs: Vec<Job>,
    waiting: VecDeque<usize>,
    steps: BinaryHeap<Reverse<(Moment, Step)>>,
    done: usize,
    refused: usize,
    sends: usize,
    /// The earliest wake-up of each machine that is still to come.
    wake: Vec<Option<Moment>>,
    turn: usize,
    arrivals: Vec<Moment>,
    /// When waits are over that refusals told.
    resets: Vec<Moment>,
}

/// What came out.
#[derive(Debug)]
struct Result {
    /// Wall-clock as a part of the bound.
    ratio: f64,
    /// The bound, in seconds.
    bound: f64,
    refused: usize,
    sends: usize,
    /// Crowds just after a wait.
    herds: usize,
}

impl Run {
    fn new(plan: Plan) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(plan.seed);
        let jobs = (0..plan.requests).map(|_| job(&mut random, plan.estimate)).collect();
        let mut account = Account::new(&plan.limits, plan.mode);
        let used = plan.limits.tpm.unwrap_or(0) * plan.used / 100;
        account.admit(Duration::ZERO, Demand { prompt: used, cap: 0 }).unwrap();
        let mut run = Self {
            plan,
            now: Duration::ZERO,
            random,
            account,
            gates: (0..plan.machines).map(|_| Gate::new(400)).collect(),
            common: None,
            is_common: plan.machines > 1,
            jobs,
            waiting: (0..plan.requests).collect(),
            steps: BinaryHeap::new(),
            done: 0,
            refused: 0,
            sends: 0,
            wake: vec![None; plan.machines],
            turn: 0,
            arrivals: Vec::new(),
            resets: Vec::new(),
        };
        if plan.foreign > 0 {
            run.later(Duration::from_millis(10), Step::Foreign);
        }
        run
    }

    fn later(&mut self, wait: Duration, step: Step) {
        self.steps.push(Reverse((self.now + wait, step)));
    }

    fn ms(&mut self, most: u64) -> Duration {
        Duration::from_micros(self.random.random_range(0..=most * 1_000))
    }

    /// The way to the provider and back takes 15 to 35 ms each, and our loop is late.
    fn way(&mut self) -> Duration {
        Duration::from_millis(15) + self.ms(20)
    }

    fn finish(mut self) -> Result {
        self.dispatch_all();
        while self.done < self.jobs.len() {
            let Some(Reverse((at, step))) = self.steps.pop() else {
                panic!("the gate is stuck at {:?}", self.now)
            };
            self.now = at;
            self.halve();
            self.step(step);
            if !matches!(step, Step::Arrives(_) | Step::Settles(_) | Step::Foreign) {
                self.dispatch_all();
            }
            assert!(self.now < Duration::from_hours(9), "it takes for ever");
        }
        let tokens: u64 = self.jobs.iter().map(|job| job.prompt + job.output).sum();
        let limit = self.plan.limits.tpm.unwrap();
        let full = limit - limit * self.plan.used / 100;
        let rate = limit * (100 - self.plan.foreign) / 100;
        let bound = Duration::from_mins(1).as_secs_f64() * number(tokens.saturating_sub(full)) / number(rate);
        Result {
            ratio: self.now.as_secs_f64() / bound,
            bound,
            refused: self.refused,
            sends: self.sends,
            herds: herds(self.arrivals, self.resets),
        }
    }

    /// Halves the limits when it is time to.
    fn halve(&mut self) {
        let at = self.plan.halved_at;
        if at > 0 && self.now >= Duration::from_secs(at) {
            let half = |limit: Option<u64>| limit.map(|limit| limit / 2);
            let Limits { rpm, tpm, .. } = self.plan.limits;
            self.plan = Plan {
                limits: Limits { rpm: half(rpm), tpm: half(tpm), ..self.plan.limits },
                halved_at: 0,
                ..self.plan
            };
            self.account.change(self.now, &self.plan.limits);
        }
    }

    fn dispatch_all(&mut self) {
        // Whoever is first this time is last the next.
        self.turn += 1;
        for of in 0..self.plan.machines {
            self.dispatch((of + self.turn) % self.plan.machines);
        }
    }

    /// Draws from what all machines share, as they do by the store; the wait if there is not enough.
    fn draw(&mut self, of: usize, (at, ticket): (usize, u64)) -> Option<Duration> {
        self.jobs[at].drawn = None;
        let shares = self.gates[of].shares(self.now, ticket);
        let share = shares.iter().find(|share| share.dimension == port::Dimension::Tpm).copied();
        let share = share.filter(|_| self.is_common)?;
        let draw = Draw {
            pool: String::new(),
            minute: share.minute,
            level: share.level,
            amount: share.amount,
            spare: share.spare,
        };
        let left = Allowance::seen(self.common, &draw, micros(self.now));
        let wait = left.wait(&draw);
        self.common = Some(left.less(if wait.is_none() { draw.amount } else { 0 }));
        self.jobs[at].drawn = wait.is_none().then_some(draw.amount);
        wait
    }

    /// Gives back what a request did not use, or takes what one used that could not draw.
    fn give_back(&mut self, at: usize, used: u64) {
        let drawn = self.jobs[at].drawn.take().unwrap_or(0);
        if let Some(common) = &mut self.common {
            let limit = Allowance::full(self.plan.limits.tpm.unwrap());
            common.level = (common.level + Allowance::change(signed(drawn) - signed(used))).min(limit);
        }
    }

    fn dispatch(&mut self, of: usize) {
        let mut wake = None;
        for _ in 0..self.waiting.len() {
            let Some(at) = self.waiting.front().copied() else { return };
            let job = self.jobs[at];
            if job.not_before > self.now {
                self.waiting.rotate_left(1);
                wake = Some(wake.map_or(job.not_before, |known: Moment| known.min(job.not_before)));
                continue;
            }
            let want = Want { prompt: job.estimate, source: job.source, raised: 0 };
            match self.gates[of].ask(self.now, &want) {
                Verdict::Go { ticket, cap } => {
                    if let Some(wait) = self.draw(of, (at, ticket)) {
                        self.gates[of].withdraw(ticket);
                        self.gates[of].hold_back(self.now + wait);
                        wake = Some(self.now + wait);
                        break;
                    }
                    self.waiting.pop_front();
                    let job = self.jobs[at];
                    self.jobs[at] = Job { ticket, cap, of, ..job };
                    // The attempt is recorded first.
                    let recording = Duration::from_millis(1) + self.ms(4);
                    self.later(recording, Step::Sent(at));
                }
                Verdict::Wait(until, _) => {
                    wake = until.or(wake);
                    break;
                }
                Verdict::Never => {
                    // Too large for the limit: skipped, and no part of the bound.
                    self.waiting.pop_front();
                    (self.jobs[at].prompt, self.jobs[at].output) = (0, 0);
                    self.done += 1;
                }
            }
        }
        let known = self.wake[of];
        if let Some(until) = wake.filter(|until| *until > self.now && known.is_none_or(|at| *until < at)) {
            self.wake[of] = Some(until);
            self.later(until.checked_sub(self.now).unwrap(), Step::Wake(of));
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Sent(at) => {
                self.sends += 1;
                let (of, ticket) = (self.jobs[at].of, self.jobs[at].ticket);
                self.gates[of].sent(self.now, ticket);
                let way = self.way();
                self.later(way, Step::Arrives(at));
            }
            Step::Arrives(at) => self.arrives(at),
            Step::Head(at) => {
                let (of, Job { ticket, limits, .. }) = (self.jobs[at].of, self.jobs[at]);
                self.gates[of].head(self.now, ticket, limits);
            }
            Step::Refused(at) => {
                self.refused += 1;
                let (of, limited) = (self.jobs[at].of, self.jobs[at].refusal.unwrap());
                self.gates[of].ended(self.now, self.jobs[at].ticket, Outcome::Limited(limited), EVEN);
                self.give_back(at, 0);
                self.tell_refused(limited);
                self.jobs[at].not_before = self.now + limited.wait.unwrap() + Duration::from_millis(20);
                self.waiting.push_front(at);
            }
            Step::Settles(at) => {
                let Job { prompt, cap, output, .. } = self.jobs[at];
                let used = Used { cached: 0, completion: output.min(cap) };
                self.account.settle(self.now, Demand { prompt, cap }, used);
            }
            Step::Ends(at) => {
                let Job { prompt, output, cap, ticket, .. } = self.jobs[at];
                let usage = Usage { prompt, cached: 0, completion: output.min(cap) };
                let of = self.jobs[at].of;
                self.gates[of].ended(self.now, ticket, Outcome::Done(usage), EVEN);
                self.give_back(at, prompt + usage.completion);
                self.done += 1;
            }
            Step::Foreign => {
                let demand = Demand { prompt: 3_000, cap: 0 };
                let _ = self.account.admit(self.now, demand).is_ok();
                let every = 3_000.0 * 60.0 / number(self.plan.limits.tpm.unwrap() * self.plan.foreign / 100);
                let draw = f64::from(self.random.random_range(1..=1_000_000)) / 1e6;
                self.later(Duration::from_secs_f64(-draw.ln() * every), Step::Foreign);
            }
            Step::Wake(of) => self.wake[of] = self.wake[of].filter(|at| *at > self.now),
        }
    }

    /// Lets all machines know what a refusal told.
    fn tell_refused(&mut self, limited: Limited) {
        let (Some(limit), Some(used)) = (limited.limit, limited.used) else { return };
        let level = limit.saturating_sub(used);
        let known = Draw { pool: String::new(), minute: limit, level, amount: 0, spare: 0 };
        if self.common.is_some() {
            self.common = Some(Allowance::seen(self.common, &known, micros(self.now)));
        }
    }

    fn arrives(&mut self, at: usize) {
        self.arrivals.push(self.now);
        let Job { prompt, cap, output, .. } = self.jobs[at];
        let back = self.way() + Duration::ZERO;
        let lag = self.ms(self.plan.lag_ms);
        if let Err(refusal) = self.account.admit(self.now, Demand { prompt, cap }) {
            assert_eq!(refusal.kind, RefusalKind::Reached, "too large for {:?}", self.plan);
            let told = limited(&refusal);
            self.resets.extend([self.now + refusal.wait, self.now + told.wait.unwrap()]);
            self.jobs[at].refusal = Some(told);
            self.later(back + lag, Step::Refused(at));
            return;
        }
        let level = self.account.level(self.now, Dimension::Tpm).unwrap();
        self.jobs[at].limits = LimitHeaders {
            limit_tokens: Some(level.limit),
            remaining_tokens: Some(level.remaining),
            ..LimitHeaders::default()
        };
        let queue = Duration::from_millis(20) + self.ms(200) + Duration::from_micros(50 * prompt);
        let decode = Duration::from_secs_f64(number(output) / 480.0);
        self.later(queue + back + lag, Step::Head(at));
        self.later(queue + decode, Step::Settles(at));
        self.later(queue + decode + back + lag, Step::Ends(at));
    }
}

fn micros(moment: Moment) -> i64 {
    i64::try_from(moment.as_micros()).unwrap()
}

fn signed(tokens: u64) -> i64 {
    i64::try_from(tokens).unwrap()
}

/// A résumé like those of the simulation behind the goals: about 2,500 tokens in and 1,500 out.
fn job(random: &mut ChaCha8Rng, estimate: u64) -> Job {
    let normal = (0..12).map(|_| f64::from(random.random_range(0..=1_000_000)) / 1e6).sum::<f64>() - 6.0;
    let prompt = whole(2_400.0 * (0.35 * normal).exp());
    let source = prompt * 6 / 10;
    let output = source * random.random_range(90..=115) / 100 + random.random_range(40..=200);
    let noise = random.random_range(95..=105);
    Job { prompt, output, source, estimate: prompt * estimate * noise / 10_000, ..Job::default() }
}

fn limited(refusal: &Refusal) -> Limited {
    let dimension = match refusal.dimension {
        Dimension::Rpm => port::Dimension::Rpm,
        Dimension::Rpd => port::Dimension::Rpd,
        Dimension::Tpm => port::Dimension::Tpm,
        Dimension::Tpd => port::Dimension::Tpd,
        Dimension::Itpm => port::Dimension::Itpm,
        Dimension::Otpm => port::Dimension::Otpm,
    };
    Limited {
        dimension: Some(dimension),
        limit: Some(refusal.limit),
        used: Some(refusal.used),
        requested: Some(refusal.requested),
        wait: Some(Duration::from_secs(refusal.wait.as_secs() + 1)),
    }
}

fn tpm(tpm: u64) -> Limits {
    Limits { tpm: Some(tpm), ..Limits::NONE }
}

/// The figures of several seeds: the worst ratio, and all refusals of all sends.
fn trial(plan: Plan) -> (f64, usize, usize) {
    (1..=5)
        .map(|seed| Run::new(Plan { seed, ..plan }).finish())
        .fold((0.0, 0, 0), |(ratio, refused, sends), run| {
            (f64::max(ratio, run.ratio), refused + run.refused, sends + run.sends)
        })
}

#[test]
fn four_hundred_take_little_longer_than_the_limits_demand_and_none_is_refused() {
    for (mode, most) in [(ReserveMode::PromptPlusCap, 1.03), (ReserveMode::PromptOnly, 1.02)] {
        let (ratio, refused, _) = trial(Plan { mode, ..PLAN });
        assert!(ratio <= most, "{mode:?}: {ratio}");
        assert_eq!(refused, 0, "{mode:?}");
    }
}

#[test]
fn it_holds_when_the_estimate_is_wrong_the_bucket_is_used_and_the_loop_is_late() {
    for mode in [ReserveMode::PromptPlusCap, ReserveMode::PromptOnly] {
        for (plan, most, share) in [
            (Plan { estimate: 70, mode, ..PLAN }, 1.04, 0.01),
            (Plan { estimate: 140, mode, ..PLAN }, 1.04, 0.001),
            (Plan { used: 80, mode, ..PLAN }, 1.04, 0.001),
            (Plan { lag_ms: 150, mode, ..PLAN }, 1.04, 0.005),
            (Plan { foreign: 20, mode, ..PLAN }, 1.08, 0.01),
            (Plan { requests: 60, limits: tpm(8_000), mode, ..PLAN }, 1.04, 0.002),
            (Plan { requests: 2_000, limits: tpm(2_500_000), mode, ..PLAN }, 1.08, 0.001),
        ] {
            let (ratio, refused, sends) = trial(plan);
            assert!(ratio <= most, "{plan:?}: {ratio}");
            assert!(number(refused as u64) <= number(sends as u64) * share, "{plan:?}: {refused} of {sends}");
        }
    }
}

/// What several machines take together: they keep within the limits and use them.
#[test]
fn machines_that_share_the_limits_keep_within_them_and_use_them() {
    let mut wrong = Vec::new();
    for mode in [ReserveMode::PromptPlusCap, ReserveMode::PromptOnly] {
        for (plan, most, share) in [
            (Plan { machines: 3, mode, ..PLAN }, 1.05, 0.002),
            (Plan { machines: 8, requests: 800, mode, ..PLAN }, 1.05, 0.005),
            (Plan { machines: 3, estimate: 70, mode, ..PLAN }, 1.07, 0.01),
            // Each machine hears of the others' requests by the store, of strangers' only by its own answers.
            (Plan { machines: 3, foreign: 20, mode, ..PLAN }, 1.10, 0.07),
            (Plan { machines: 3, used: 80, mode, ..PLAN }, 1.05, 0.01),
            (Plan { machines: 3, requests: 2_000, limits: tpm(2_500_000), mode, ..PLAN }, 1.10, 0.001),
        ] {
            let (ratio, refused, sends) = trial(plan);
            println!("{plan:?}: {ratio:.3}, {refused} of {sends}");
            if ratio > most || number(refused as u64) > number(sends as u64) * share {
                wrong.push(format!("{plan:?}: {ratio}, {refused} of {sends}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The negative control: machines that do not know of one another are refused all the time.
#[test]
fn machines_that_share_nothing_are_refused() {
    let runs = (1..=3).map(|seed| {
        let mut run = Run::new(Plan { machines: 3, seed, ..PLAN });
        run.is_common = false;
        run.finish()
    });
    let (refused, sends) = runs.fold((0, 0), |sum, run| (sum.0 + run.refused, sum.1 + run.sends));
    assert!(refused * 50 > sends, "{refused} of {sends}");
}

/// After a cooldown requests do not come all at once, whatever the limit has room for.
#[test]
fn nobody_comes_in_crowds_when_a_wait_is_over() {
    let mut refused = 0;
    for mode in [ReserveMode::PromptPlusCap, ReserveMode::PromptOnly] {
        for seed in 1..=4 {
            let half = Plan { halved_at: 20, seed, mode, ..PLAN };
            for plan in [
                half,
                Plan { machines: 3, ..half },
                Plan { requests: 2_000, limits: tpm(2_500_000), ..half },
                Plan { foreign: 40, halved_at: 0, ..half },
            ] {
                let run = Run::new(plan).finish();
                assert_eq!(run.herds, 0, "{plan:?}: {run:?}");
                refused += run.refused;
            }
        }
    }
    assert!(refused > 50, "only {refused} were refused");
}

/// Made-up plans, the same in every run: limits, modes, wrong estimates, others, used buckets and a late loop at once.
#[test]
fn whatever_the_limits_are_everything_ends_in_time_and_few_are_refused() {
    let mut random = ChaCha8Rng::seed_from_u64(20);
    let (mut refused, mut sends) = (0, 0);
    for seed in 0..80 {
        let plan = Plan {
            requests: random.random_range(40..160),
            limits: tpm(random.random_range(12_000..1_500_000)),
            mode: if random.random_bool(0.5) { ReserveMode::PromptPlusCap } else { ReserveMode::PromptOnly },
            estimate: random.random_range(75..=140),
            foreign: random.random_range(0..=20),
            used: random.random_range(0..=80),
            lag_ms: random.random_range(0..=80),
            machines: 1,
            halved_at: 0,
            seed,
        };
        let run = Run::new(plan).finish();
        let late = run.bound * (run.ratio - 1.0);
        // The latency of the last, a cushion, and what chance lets others take of a short run.
        assert!(
            run.bound <= 0.0 || late <= 25.0 + run.bound * 0.12,
            "{plan:?}: {late} s beyond {}",
            run.bound
        );
        assert!(number(run.refused as u64) <= 3.0 + number(run.sends as u64) * 0.1, "{plan:?}: {run:?}");
        (refused, sends) = (refused + run.refused, sends + run.sends);
    }
    assert!(number(refused as u64) <= number(sends as u64) * 0.01, "{refused} of {sends}");
}
