//! Requests of Review, answered on the ports.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use jiff::tz::TimeZone;

use super::{
    Answer, Compared, Help, Loaded, Many, Request, Survey, Surveyed, again, others, queue::SAVED, stats,
};
use crate::{
    decide::Desk,
    domain::{Action, RewriteId, RewriteState},
    error::{Error, Result},
    review::{
        Bulk, Order, Outcome,
        filter::{self, Filter, Term},
        in_haste,
        session::{Hold, ListQuestion, Listing, Matching},
        spots_first,
    },
    store::port::{Claim, Leased, RewriteQuery, Sort, StoreResult},
    tui::backend::{More, Services},
};

/// How long a rewrite is held without being renewed.
const HELD: Duration = Duration::from_secs(90);
/// The most rows of one page.
const PAGE: usize = 1_000;
/// The most rewrites that a decision about many is about.
const MOST: u32 = 100_000;
/// So many are compared with the candidate database before the dialog; of more the write-back tells.
const COMPARED: usize = 300;
/// The states of an approved text that is not written yet.
const UNWRITTEN: [RewriteState; 2] = [RewriteState::Approved, RewriteState::Writing];
/// The most spot checks that come before the others.
const SPOTS: u32 = 500;
/// So many of the last decisions are looked at for whether they were made too fast.
const RECENT: u32 = 200;

/// Answers a request on the ports.
pub async fn answer(request: Request, services: &Services, _more: &More) -> Result<Answer> {
    match request {
        Request::List(question, sort) => list(question, sort, services).await.map_err(Error::from),
        Request::Load(id) => load(id, services).await,
        Request::Find(id) => {
            let rewrite = services.store.rewrite(id).await.map_err(Error::from)?;
            Ok(Answer::Found(Box::new(rewrite.head)))
        }
        Request::Ids(filter, sort) => {
            services.store.ids(&filter, sort, MOST).await.map(Answer::Ids).map_err(Error::from)
        }
        Request::Carry(order) => Ok(carry(&order, services).await),
        Request::Survey(survey) => {
            look(&survey, services).await.map(|found| Answer::Surveyed(Box::new(found))).map_err(Error::from)
        }
        Request::Portion(task, scope) => {
            let desk = desk(services).with_open(task.open);
            Ok(Answer::Portion(match task.many {
                Many::Approve => desk.approve_many(&scope, &|_, _| {}).await,
                Many::Reject => desk.reject_many(&scope, task.reason.as_deref(), &|_, _| {}).await,
            }))
        }
        Request::Hold(id, hold) => held(id, hold, services).await.map(Answer::Held).map_err(Error::from),
        Request::Release => {
            let released = services.store.release_lease(&services.session).await;
            released.map(|()| Answer::Done).map_err(Error::from)
        }
        Request::SaveFilter(name, text) => {
            let saved = services.store.save_filter(&name, &text, &services.who).await;
            saved.map(|()| Answer::Done).map_err(Error::from)
        }
        Request::Saved => saved(services).await.map(Answer::Saved).map_err(Error::from),
        Request::TakeBack(query) => {
            let found = desk(services).find(&query).await.map_err(Error::from)?;
            Ok(Answer::Undoable(Box::new(found), services.review.type_count_above))
        }
        Request::Help(ids, help) => Ok(Answer::Helped(helped(&ids, &help, &desk(services)).await)),
        Request::Stats => stats::look(services).await.map(Answer::Stats).map_err(Error::from),
        Request::KeepPlace(place) => {
            place.keep(services.place.as_deref()).await;
            Ok(Answer::Done)
        }
        Request::InOthers(search) => others::look(search, services).await,
        Request::Anew(id, note) => {
            services.policy.writes()?;
            again::start(id, note, services).await
        }
        Request::Batch(id) => again::batch(id, services).await,
        Request::Move(id, to) => {
            services.policy.writes()?;
            let moved = services.store.move_batch(id, &to).await;
            moved.map(|batch| Answer::Batch(Box::new(batch))).map_err(Error::from)
        }
        Request::Requeue(id) => {
            services.policy.writes()?;
            services.store.requeue(id).await.map(|()| Answer::Requeued).map_err(Error::from)
        }
    }
}

async fn carry(order: &Order, services: &Services) -> Answer {
    let outcome = desk(services).carry(order).await;
    let also = also_approved(&outcome, services).await;
    Answer::Carried(Box::new(outcome), also)
}

async fn helped(ids: &[RewriteId], help: &Help, desk: &Desk) -> Bulk {
    match help {
        Help::Assign(turns) => desk.assign_many(ids, turns).await,
        Help::Second => desk.ask_many(ids).await,
    }
}

/// The batches of other rewrites of the same candidate that are approved and not written, if one was approved now.
async fn also_approved(outcome: &Outcome, services: &Services) -> Vec<u64> {
    let head = match outcome {
        Outcome::Done { decision, head } if matches!(decision.action, Action::Approve { .. }) => head,
        Outcome::Done { .. } | Outcome::Undone { .. } | Outcome::Many(_) | Outcome::Not(_) => {
            return Vec::new();
        }
    };
    let candidate = Filter::Term(Term::Candidate(vec![head.candidate.0.clone()]));
    let filter = candidate.and(Filter::states(&UNWRITTEN));
    let query = RewriteQuery { filter, sort: Sort::Oldest, after: None, limit: 10 };
    // It is recorded: what cannot be told now, the write-back tells.
    let rows = services.store.rewrites(&query).await.unwrap_or_default();
    rows.into_iter().filter(|row| row.id != head.id).map(|row| row.batch_number).collect()
}

/// Opens a rewrite for this reviewer; returns who has it open instead.
async fn held(id: RewriteId, hold: Hold, services: &Services) -> StoreResult<Option<String>> {
    let claim = match hold {
        Hold::IfFree => Claim::IfFree,
        Hold::TakeOver => Claim::TakeOver,
    };
    let who = (&services.who, services.session.as_str());
    Ok(match services.store.lease(id, who, HELD, claim).await? {
        Leased::Mine => None,
        Leased::By(name) => Some(name),
    })
}

/// The saved filters with what they match now.
async fn saved(services: &Services) -> StoreResult<Vec<(String, String, u64)>> {
    let now = services.clock.now().to_zoned_datetime(TimeZone::UTC);
    let context = filter::Context { now, me: services.who.clone() };
    let mut saved = Vec::new();
    for (name, text) in SAVED {
        let Ok(filter) = filter::parse(text, &context) else { continue };
        saved.push((name.to_owned(), text.to_owned(), services.store.counts(&filter).await?.total()));
    }
    for own in services.store.saved_filters().await? {
        let Ok(filter) = filter::parse(&own.filter, &context) else { continue };
        saved.push((own.name, own.filter, services.store.counts(&filter).await?.total()));
    }
    Ok(saved)
}

fn desk(services: &Services) -> Desk {
    Desk::new(services.store.clone(), services.who.clone(), services.policy.clone())
}

async fn list(question: ListQuestion, sort: Sort, services: &Services) -> StoreResult<Answer> {
    let store = &services.store;
    let spots = match spots_first(&question.filter, &services.who) {
        Some(filter) => {
            let query = RewriteQuery { filter, sort: Sort::Oldest, after: None, limit: SPOTS };
            store.rewrites(&query).await?
        }
        None => Vec::new(),
    };
    let mut rows = Vec::new();
    loop {
        let limit = PAGE.min((question.want as usize).saturating_sub(rows.len()));
        let page = page(&question.filter, sort, (&rows, limit), services).await?;
        let complete = page.len() < limit;
        rows.extend(page);
        if complete || rows.len() >= question.want as usize {
            break;
        }
    }
    let total = store.counts(&question.filter).await?.total() + spots.len() as u64;
    let rows = spots.into_iter().chain(rows).collect();
    let all = store.counts(&Filter::ALL).await?;
    let matching = match question.matching {
        Matching::Rows => None,
        Matching::All => Some(store.ids(&question.filter, sort, MOST).await?),
    };
    let also = match question.also {
        Some(id) => store.rewrite(id).await.ok().map(|rewrite| rewrite.head),
        None => None,
    };
    let open = store.leases().await?.into_iter().filter(|lease| lease.by != services.who);
    let held = open.map(|lease| (lease.rewrite, lease.by.0)).collect();
    Ok(Answer::List(Box::new(Listing { rows, total, matching, also, held }), all))
}

/// The rows behind those that were read.
async fn page(
    filter: &Filter,
    sort: Sort,
    (read, limit): (&[crate::domain::RewriteHead], usize),
    services: &Services,
) -> StoreResult<Vec<crate::domain::RewriteHead>> {
    let after = read.last().map(|row| row.id);
    let limit = u32::try_from(limit.max(1)).unwrap_or(1);
    services.store.rewrites(&RewriteQuery { filter: filter.clone(), sort, after, limit }).await
}

async fn load(id: RewriteId, services: &Services) -> Result<Answer> {
    let rewrite = services.store.rewrite(id).await.map_err(Error::from)?;
    let history = services.store.history(id).await.map_err(Error::from)?;
    let open = services.review.open_changes;
    let compared = tokio::task::spawn_blocking(move || Loaded::new(rewrite, history, open)).await;
    let loaded = compared.map_err(|_| Error::internal("The comparison stopped in the middle."))?;
    Ok(Answer::Loaded(Arc::new(loaded)))
}

/// Counts what a decision about many would be about. The ids are a snapshot: what comes later is not in it.
async fn look(survey: &Survey, services: &Services) -> StoreResult<Surveyed> {
    let mut found = Surveyed::new(services.clock.now(), services.review.type_count_above);
    let ready = Filter::states(&[RewriteState::Ready]);
    let filter = match &survey.marked {
        Some(_) => ready,
        None => survey.filter.clone().and(ready),
    };
    let wants_warned = survey.marked.is_some() || names_findings(&survey.filter);
    let leases = services.store.leases().await?.into_iter().filter(|lease| lease.by != services.who);
    let others: BTreeMap<RewriteId, String> = leases.map(|lease| (lease.rewrite, lease.by.0)).collect();
    let mut last = Vec::new();
    loop {
        let page = page(&filter, survey.sort, (&last, PAGE), services).await?;
        for row in &page {
            if survey.marked.as_ref().is_none_or(|marked| marked.contains(&row.id)) {
                let holder = others.get(&row.id).map(String::as_str);
                found.add(survey.many, row, (wants_warned, holder));
            }
        }
        if page.len() < PAGE || found.ids.len() >= MOST as usize {
            break;
        }
        last = page;
    }
    let wanted = match &survey.marked {
        Some(marked) => marked.len() as u64,
        None => services.store.counts(&survey.filter).await?.total(),
    };
    found.unready = wanted.saturating_sub(found.met());
    match changed(&found.ids, services).await? {
        Some(changed) => found.leave_out(&changed),
        None => found.compared = Compared::No,
    }
    if survey.many == Many::Approve {
        let also = Filter::Term(Term::Also(UNWRITTEN.to_vec()));
        let also = services.store.ids(&filter.clone().and(also), survey.sort, MOST).await?;
        found.count_doubled(&also.into_iter().collect());
        let recent = services.store.activity(None, RECENT).await?.into_iter().map(|row| row.decision);
        let mine: Vec<_> = recent.filter(|decision| decision.by == services.who).collect();
        found.choose(services.review.spot_check_percent, in_haste(&mine, services.review.fast_seconds));
    }
    Ok(found)
}

/// Those of which another text stands in the candidate database by now; `None` if they are too many to be read one by
/// one, or it does not answer.
async fn changed(ids: &[RewriteId], services: &Services) -> StoreResult<Option<BTreeSet<RewriteId>>> {
    if ids.len() > COMPARED {
        return Ok(None);
    }
    let mut changed = BTreeSet::new();
    for id in ids {
        let rewrite = services.store.rewrite(*id).await?;
        let Ok(now) = services.source.read(&rewrite.head.candidate).await else { return Ok(None) };
        if now.is_none_or(|(_, document)| document != rewrite.before) {
            changed.insert(*id);
        }
    }
    Ok(Some(changed))
}

/// Whether a filter asks for findings on purpose.
fn names_findings(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(names_findings),
        Filter::Not(part) => names_findings(part),
        Filter::Term(term) => matches!(term, Term::Finding(_)),
    }
}
