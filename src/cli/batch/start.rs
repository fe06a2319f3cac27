//! `redraft batch start`

use std::{
    io::{IsTerminal, stdin},
    time::Duration,
};

use clap::{Args, ValueEnum};

use super::{show, watch::UntilWhen};
use crate::{
    cli::{
        Office,
        ask::{Consent, Question, Weight, confirm},
        output::Form,
        select::filter_text,
        shape::{EstimateShape, OneBatch},
        signals::Signals,
        stop::{Step, Stop},
    },
    domain::{Batch, BatchRef, CandidateId, Money, PostingId, Price, Priority, Reuse, Tier},
    engine::{
        self, Engine,
        port::{Estimate, ForPosting, StartOptions, StartRequest, Who},
    },
    error::Error,
    review::{counted, grouped},
};

/// How long requests in flight may take to come in after a signal.
pub const DRAIN: Duration = Duration::from_secs(20);

/// Who is served first.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PriorityArg {
    /// A quarter of what high gets.
    Low,
    /// Half of what high gets.
    #[default]
    Normal,
    /// Served first.
    High,
}

impl From<PriorityArg> for Priority {
    fn from(priority: PriorityArg) -> Self {
        match priority {
            PriorityArg::Low => Self::Low,
            PriorityArg::Normal => Self::Normal,
            PriorityArg::High => Self::High,
        }
    }
}

/// Start a batch: have the résumés of some candidates rewritten.
///
/// Without --wait it is only recorded: a worker or the terminal application runs it.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Debug, Args)]
pub struct Start {
    #[command(flatten)]
    who: WhoArgs,
    /// For this posting, by its key in the candidate database. Without it, where mapping.link says so, each candidate is
    /// rewritten for the posting that the platform links it to.
    #[arg(long, value_name = "ID")]
    posting: Option<String>,
    /// For no posting: only improve the wording.
    #[arg(long, conflicts_with = "posting")]
    no_posting: bool,
    /// What to add to the standing instructions.
    #[arg(long, value_name = "TEXT")]
    instructions: Option<String>,
    /// With this model, as the provider names it.
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Spend at the most so many US dollars.
    #[arg(long, value_name = "USD")]
    budget: Option<Money>,
    /// Who is served first when batches wait for the same limits: low, normal, high.
    #[arg(long, value_name = "PRIORITY", value_enum, default_value_t)]
    priority: PriorityArg,
    /// Try the provider's flexible tier first: ten times the limits at the same price, while it has capacity.
    #[arg(long)]
    flex: bool,
    /// Send it by the file, at half the price: the results come within 24 hours.
    ///
    /// What comes back unusable is asked for once more in the usual way, at the usual price.
    #[arg(long, conflicts_with_all = ["flex", "also"])]
    economy: bool,
    /// Let a second model take part: limits are counted for each model.
    #[arg(long, value_name = "NAME")]
    also: Option<String>,
    /// Ask the model even where the same work was done before.
    #[arg(long)]
    fresh: bool,
    /// What a model costs whose price the provider does not say: US dollars a million tokens in and out, as `0.075,0.30`.
    #[arg(long, value_name = "IN,OUT", value_parser = Price::per_million)]
    price: Option<Price>,
    /// Only tell what it would take, and start nothing.
    #[arg(long, conflicts_with = "wait")]
    estimate: bool,
    /// Run it in this process, and end when it has ended; status 1 unless it is finished.
    #[arg(long)]
    wait: bool,
    /// Do not ask.
    #[arg(long, short = 'y')]
    yes: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct WhoArgs {
    /// All candidates that the mapping sees.
    #[arg(long)]
    all: bool,
    /// The candidates with these keys.
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    ids: Vec<String>,
    /// The candidates that this filter matches, as `miller city:graz years:>3`.
    #[arg(long = "where", value_name = "FILTER", allow_hyphen_values = true, value_parser = filter_text)]
    filter: Option<String>,
}

impl Start {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        if !self.estimate {
            office.may_write()?;
        }
        let (request, filter) = (self.request(office), self.who.filter.clone());
        let told = |error| told(error, filter.as_deref());
        let model = office.parts.model()?;
        let parts = office.parts.engine(&model)?;
        if self.estimate || (stdin().is_terminal() && !self.yes) {
            let estimate = engine::estimate(&parts, &request).await.map_err(told)?;
            if self.estimate {
                return tell(office, &estimate);
            }
            office.agree(&estimate)?;
        }
        if !self.wait {
            let batch = engine::start_batch(&parts, &request).await.map_err(told)?;
            return office.started(&batch).await;
        }
        let mut signals = Signals::listen()?;
        let running = Engine::start(parts);
        let batch = running.start_batch(&request).await.map_err(told)?;
        let ended = tokio::select! {
            batch = office.follow(batch.id, UntilWhen::EndedOrPaused) => Some(batch?),
            () = office.tell_troubles(running.troubles()) => None,
            () = signals.next() => None,
        };
        tokio::select! {
            () = running.stop(DRAIN) => {}
            () = signals.next() => {}
        }
        match ended {
            Some(batch) => {
                // What was in flight has come in meanwhile.
                let batch = office.parts.store.batch(BatchRef::Id(batch.id)).await?;
                if office.out.form() == Form::Json {
                    let failures = office.parts.store.failures(batch.id).await?;
                    show::print(office, &batch, &failures)?;
                }
                office.ended(&batch).await
            }
            None => Err(interrupted(&batch)),
        }
    }

    fn request(&self, office: &Office) -> StartRequest {
        let who = match (&self.who.filter, self.who.ids.is_empty()) {
            (Some(filter), _) => Who::Where(filter.clone()),
            (None, false) => Who::Ids(self.who.ids.iter().cloned().map(CandidateId).collect()),
            (None, true) => Who::All,
        };
        StartRequest {
            who,
            posting: match (&self.posting, self.no_posting) {
                (Some(id), _) => ForPosting::One(PostingId(id.clone())),
                (None, true) => ForPosting::None,
                (None, false) => ForPosting::Linked,
            },
            instructions: self.instructions.clone().unwrap_or_default(),
            model: self.model.clone(),
            budget: self.budget,
            by: office.parts.who.to_string(),
            options: StartOptions {
                priority: self.priority.into(),
                tier: match (self.flex, self.economy) {
                    (_, true) => Tier::Economy,
                    (true, false) => Tier::Flex,
                    (false, false) => Tier::OnDemand,
                },
                second: self.also.clone(),
                reuse: if self.fresh { Reuse::Never } else { Reuse::Identical },
                price: self.price,
            },
        }
    }
}

fn interrupted(batch: &Batch) -> Stop {
    Error::user(format!("{} is not finished; nothing of it is lost.", batch.label()))
        .hint("`redraft worker` or the terminal application goes on with it.")
        .into()
}

/// Why a batch did not start; a filter is shown with a mark under what is wrong.
fn told(error: engine::StartError, filter: Option<&str>) -> Error {
    match (&error, filter) {
        (engine::StartError::Filter(wrong), Some(text)) => crate::cli::select::wrong_filter(text, wrong),
        (_, Some(_) | None) => error.into(),
    }
}

fn tell(office: &Office, estimate: &Estimate) -> Step {
    if office.out.form() == Form::Json {
        return office.out.json(&EstimateShape::from(estimate));
    }
    lines(estimate).iter().try_for_each(|line| office.out.say(format_args!("{line}")))
}

fn lines(estimate: &Estimate) -> Vec<String> {
    let count = |number: u64| grouped(usize::try_from(number).unwrap_or(usize::MAX));
    let mut lines = vec![
        format!("rewrites  {}, {} skipped", count(estimate.rewrites), count(estimate.skipped)),
        format!("postings  {} of them are for a posting", count(estimate.for_posting)),
        format!("model     {}", crate::text::Safe::line(&estimate.model).as_str()),
        format!("tokens    {} in, {} out", count(estimate.tokens_in), count(estimate.tokens_out)),
        format!(
            "cost      about {}; budget {}, this month {} left",
            estimate.cost, estimate.budget, estimate.month_left
        ),
    ];
    if estimate.tier == Tier::Economy {
        lines.push("time      economy, at half the price: the results come within 24 hours".to_owned());
    }
    if let Some(duration) = estimate.duration {
        lines.push(format!("time      about {} s", duration.as_secs()));
    }
    lines.push(format!("estimated from {} sources", count(estimate.sampled)));
    lines
}

impl Office {
    fn agree(&self, estimate: &Estimate) -> Step {
        for line in lines(estimate) {
            self.out.note(format_args!("{line}"));
        }
        let count = usize::try_from(estimate.rewrites).unwrap_or(usize::MAX);
        let what = format!("Start {} for about {}", counted(count, "rewrite"), estimate.cost);
        let consent = Consent::default();
        confirm(&self.out, &Question { what, count, weight: Weight::YesNo, consent: &consent })
    }

    async fn started(&self, batch: &Batch) -> Step {
        if self.out.form() == Form::Json {
            return self.out.json(&OneBatch::new(batch, &[]));
        }
        let total = counted(usize::try_from(batch.counts.total()).unwrap_or(usize::MAX), "rewrite");
        self.out.say(format_args!("{} is {}: {total}.", batch.label(), show::state(&batch.state)))?;
        self.hint_worker().await
    }
}
