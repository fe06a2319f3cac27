//! Starting a batch: who is in it, what it would take, and the record of it.

mod gather;

use std::{collections::BTreeMap, time::Duration};

use thiserror::Error;

use super::{
    carrier,
    port::{Estimate, ForPosting, StartRequest},
    settings::{Parts, Settings},
    tokens,
};
use crate::{
    domain::{Batch, BatchOptions, BatchSpec, Posting, PostingId, Postings, Price, Second, Tier},
    error::Error as Told,
    llm::{
        port::{CallError, FailureClass},
        prices::{NotOffered, PriceBook},
        prompt::Material,
    },
    review::filter::FilterError,
    source::port::SourceError,
    store::port::{Member, StoreError},
};

/// Sources that an estimate is made from.
const SAMPLE: usize = 40;
/// The provider caches prompts in blocks of so many tokens.
const CACHE_BLOCK: u64 = 128;
/// Output tokens for each of the source, and for any: some reasoning.
const OUTPUT_SHARE: f64 = 1.1;
const OUTPUT_BASE: f64 = 80.0;

/// Why a batch does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Nobody is in it.
    #[error("No candidate matches.")]
    Nobody,
    /// These keys are not in the candidate database.
    #[error("There is no candidate {0} here.")]
    NoSuchCandidate(String),
    /// This posting is not in the candidate database.
    #[error("There is no posting {0} here.")]
    NoSuchPosting(String),
    /// The filter cannot be read.
    #[error(transparent)]
    Filter(#[from] FilterError),
    /// The model cannot be used.
    #[error(transparent)]
    Model(#[from] NotOffered),
    /// The provider does not answer, or refuses.
    #[error("{}", .0.message)]
    Provider(Box<CallError>),
    /// The candidate database.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a batch is made from.
struct Plan {
    members: Vec<Member>,
    posting: Option<Posting>,
    postings: Postings,
    model: String,
    price: Price,
    second: Option<Second>,
}

async fn plan(parts: &Parts, request: &StartRequest) -> Result<Plan, StartError> {
    let model = request.model.clone().unwrap_or_else(|| parts.settings.model.clone());
    let source = parts.source.as_ref();
    let (posting, postings) = match &request.posting {
        ForPosting::One(id) => {
            let found = source.posting(id).await?;
            (Some(found.ok_or_else(|| StartError::NoSuchPosting(id.0.clone()))?), Postings::Batch)
        }
        ForPosting::Linked if source.links() => (None, Postings::Linked),
        ForPosting::Linked | ForPosting::None => (None, Postings::Batch),
    };
    let mut members = gather::members(source, &request.who).await?;
    if postings == Postings::Linked {
        gather::link(source, &mut members).await?;
    }
    let book = PriceBook::fetch(parts.rewriter.as_ref()).await;
    let book = book.map_err(|error| StartError::Provider(Box::new(error)))?;
    let own = request.options.price.or(parts.settings.price);
    let price = book.price(&model, own)?;
    let second = match request.options.second.clone().filter(|second| *second != model) {
        Some(model) => Some(Second { price: book.price(&model, own)?, model }),
        None => None,
    };
    Ok(Plan { members, posting, postings, model, price, second })
}

/// What a batch would take: from a sample of the sources, without changing anything.
pub async fn estimate(parts: &Parts, request: &StartRequest) -> Result<Estimate, StartError> {
    let plan = plan(parts, request).await?;
    let sample = sample(parts, request, &plan).await?;
    let (all, seen) = (number(plan.members.len() as u64), number(sample.seen.max(1)));
    let total = |tokens: u64| whole(number(tokens) * all / seen);
    let (tokens_in, tokens_out) = (total(sample.tokens_in), total(sample.tokens_out));
    // What is the same for all is in the provider's cache after the first.
    let cached = total(sample.same).saturating_sub(sample.same / sample.seen.max(1));
    let skipped = total(sample.skipped);
    let tier = request.options.tier;
    let (price, cached) = match tier {
        Tier::Economy => (plan.price.half(), 0),
        Tier::OnDemand | Tier::Flex => (plan.price, cached),
    };
    let month = parts.store.month().await?;
    let for_posting = match plan.posting {
        Some(_) => plan.members.len(),
        None => plan.members.iter().filter(|member| member.posting.is_some()).count(),
    };
    Ok(Estimate {
        for_posting: for_posting as u64,
        rewrites: (plan.members.len() as u64).saturating_sub(skipped),
        skipped,
        sampled: sample.seen,
        cost: price.cost(tokens_in, cached, tokens_out),
        model: plan.model,
        tier,
        tokens_in,
        tokens_out,
        budget: request.budget.unwrap_or(parts.settings.budget),
        month_left: month.cap - month.spent - month.reserved,
        duration: None,
    })
}

/// How long a batch takes by a limit of tokens a minute, the first of which are there at once.
pub(super) fn duration(estimate: &Estimate, tokens_a_minute: u64) -> Duration {
    let beyond = (estimate.tokens_in + estimate.tokens_out).saturating_sub(tokens_a_minute);
    let minutes = number(beyond) / number(tokens_a_minute.max(1));
    // The last reply takes its own time.
    Duration::try_from_secs_f64(minutes * 60.0).unwrap_or(Duration::MAX / 2) + Duration::from_secs(5)
}

/// Records a batch with a rewrite for each candidate. An engine that runs takes it up at once.
pub async fn start_batch(parts: &Parts, request: &StartRequest) -> Result<Batch, StartError> {
    let plan = plan(parts, request).await?;
    let spec = BatchSpec {
        posting: plan.posting.as_ref().map(|posting| posting.id.clone()),
        posting_title: plan.posting.map(|posting| posting.title),
        instructions: request.instructions.clone(),
        model: plan.model,
        price: plan.price,
        budget: request.budget.unwrap_or(parts.settings.budget),
        prompt: parts.settings.prompt.version().to_owned(),
        by: request.by.clone(),
        options: BatchOptions {
            priority: request.options.priority,
            tier: request.options.tier,
            second: plan.second,
            reuse: request.options.reuse,
            postings: plan.postings,
        },
    };
    Ok(parts.store.create_batch(&spec, &plan.members).await?)
}

/// What a sample of the sources takes.
#[derive(Debug, Default)]
struct Sample {
    seen: u64,
    skipped: u64,
    tokens_in: u64,
    /// Those of the tokens that begin every prompt of the batch.
    same: u64,
    tokens_out: u64,
}

async fn sample(parts: &Parts, request: &StartRequest, plan: &Plan) -> Result<Sample, StartError> {
    let settings: &Settings = &parts.settings;
    let system = tokens::estimate(settings.prompt.text());
    let (mut sample, mut known) = (Sample::default(), BTreeMap::new());
    // Evenly over all, so that no part of the database stands for the rest.
    let step = plan.members.len().div_ceil(SAMPLE).max(1);
    for member in plan.members.iter().step_by(step) {
        sample.seen += 1;
        let source = match parts.source.read(&member.candidate).await {
            Ok(Some((_, source))) => source,
            Ok(None) | Err(SourceError::Unreadable(_)) => {
                sample.skipped += 1;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let own = own_posting(parts, member, &mut known).await?;
        let counted = parts.source.counted(&source);
        let material = Material {
            counted: &counted,
            posting: own.as_ref().or(plan.posting.as_ref()),
            instructions: &request.instructions,
            source: &source,
            context: &settings.context,
        };
        if carrier::fits(&material, settings.min_words, settings.max_words).is_err() {
            sample.skipped += 1;
            continue;
        }
        let texts = material.sent().filter_map(|section| section.text.as_deref());
        let text: u64 = texts.map(tokens::estimate).sum();
        let message = material.message();
        sample.tokens_in += system + tokens::estimate(&message) + 16;
        let beginning = message.split("[[section:").next().unwrap_or_default();
        sample.same += (system + tokens::estimate(beginning)) / CACHE_BLOCK * CACHE_BLOCK;
        sample.tokens_out += whole(number(text).mul_add(OUTPUT_SHARE, OUTPUT_BASE));
    }
    Ok(sample)
}

/// The posting of the member's own with its text; each is read once.
async fn own_posting(
    parts: &Parts,
    member: &Member,
    known: &mut BTreeMap<PostingId, Option<Posting>>,
) -> Result<Option<Posting>, StartError> {
    let Some((id, _)) = &member.posting else { return Ok(None) };
    if let Some(posting) = known.get(id) {
        return Ok(posting.clone());
    }
    let posting = parts.source.posting(id).await?;
    known.insert(id.clone(), posting.clone());
    Ok(posting)
}

#[allow(clippy::cast_precision_loss, reason = "tokens and candidates are far below 2^53")]
const fn number(tokens: u64) -> f64 {
    tokens as f64
}

fn whole(value: f64) -> u64 {
    super::admission::rounded(value)
}

impl From<StartError> for Told {
    fn from(error: StartError) -> Self {
        let sentence = error.to_string();
        match error {
            StartError::Nobody => Self::user(sentence)
                .hint("`--all` takes every candidate; a filter is written as name:miller city:Graz."),
            StartError::NoSuchCandidate(_) => {
                Self::user(sentence).hint("The keys are those of the candidate database.")
            }
            StartError::NoSuchPosting(_) => {
                Self::user(sentence).hint("The keys are those of the posting table.")
            }
            StartError::Filter(filter) => match filter.hint {
                Some(hint) => Self::user(sentence).hint(hint),
                None => Self::user(sentence),
            },
            StartError::Model(
                ref not @ (NotOffered::Unknown { ref known, .. } | NotOffered::NoPrice { ref known, .. }),
            ) => {
                let told = Self::user(sentence).hint("Choose another with --model, or set model.name.");
                let told = match not {
                    NotOffered::NoPrice { .. } => {
                        told.hint("Or say what it costs: --price 0.075,0.30 (US dollars a million tokens in and out), or model.price.")
                    }
                    NotOffered::Unknown { .. } => told,
                };
                if known.is_empty() { told } else { told.hint(format!("It has {}.", known.join(", "))) }
            }
            StartError::Provider(call) => match call.class {
                FailureClass::StopBatch(_) => Self::config(sentence),
                FailureClass::Limited(_)
                | FailureClass::TooLarge(_)
                | FailureClass::Transient
                | FailureClass::Timeout
                | FailureClass::TooLong
                | FailureClass::NoCapacity
                | FailureClass::BadOutput
                | FailureClass::Refused => {
                    Self::remote(sentence).hint("Nothing was started; try again later.")
                }
            },
            StartError::Source(error) => error.into(),
            StartError::Store(error) => error.into(),
        }
    }
}
