//! Which rewrites a command is about: ids, or a filter.

use clap::Args;

use super::{
    Office,
    stop::{Step, or_missing},
};
use crate::{
    domain::{Batch, BatchRef, RewriteId, RewriteState},
    error::Error,
    review::filter::{self, Context, Filter, FilterError, Term},
    store::port::Sort,
};

/// Rewrites named one by one.
#[derive(Debug, Clone, Default, Args)]
pub struct Named {
    /// Rewrites by id (`rwt_…`), or candidates by key together with --batch.
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// The batch in which the candidates are meant, or to which the filter is narrowed: b38, 38 or its id.
    #[arg(long, value_name = "BATCH")]
    pub batch: Option<String>,
}

/// Rewrites named one by one or by a filter.
#[derive(Debug, Clone, Default, Args)]
pub struct Chosen {
    #[command(flatten)]
    pub named: Named,
    /// All rewrites that this filter matches, as `state:ready finding:none changed:<40`.
    #[arg(long = "where", value_name = "FILTER", allow_hyphen_values = true, value_parser = filter_text, conflicts_with = "ids")]
    pub filter: Option<String>,
}

/// How the rewrites of a command were chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// One by one.
    Named,
    /// By a filter, whose number of rewrites nobody has said.
    Filtered,
}

/// The most rewrites that one command is about.
const MOST: u32 = 1_000_000;

impl Office {
    /// What a filter's words depend on.
    pub fn filter_context(&self) -> Context {
        let zone = jiff::tz::TimeZone::system();
        Context { now: self.parts.clock.now().to_zoned_datetime(zone), me: self.parts.who.clone() }
    }

    /// Reads a filter; none: all.
    pub fn filter(&self, text: Option<&str>) -> Result<Filter, Error> {
        let Some(text) = text else { return Ok(Filter::ALL) };
        filter::parse(text, &self.filter_context()).map_err(|error| wrong_filter(text, &error))
    }

    /// Reads a filter that is narrowed to a batch, if there is one.
    pub fn filter_in(&self, text: Option<&str>, batch: Option<&str>) -> Result<Filter, Error> {
        let filter = self.filter(text)?;
        Ok(match batch {
            Some(batch) => Filter::Term(Term::Batch(vec![batch_ref(batch)?])).and(filter),
            None => filter,
        })
    }

    /// The batch that a person names.
    pub async fn batch(&self, name: &str) -> Step<Batch> {
        let batch = batch_ref(name)?;
        Ok(self.parts.store.batch(batch).await.map_err(|error| or_missing(error, || no_batch(name)))?)
    }

    /// The rewrites that a person names one by one.
    pub async fn named(&self, named: &Named) -> Step<Vec<RewriteId>> {
        let batch = match &named.batch {
            Some(name) => Some(self.batch(name).await?),
            None => None,
        };
        let mut found = Vec::with_capacity(named.ids.len());
        for text in &named.ids {
            found.push(self.one(text, batch.as_ref()).await?);
        }
        Ok(found)
    }

    /// One rewrite that a person names.
    pub async fn one(&self, text: &str, batch: Option<&Batch>) -> Step<RewriteId> {
        let Some(batch) = batch else {
            return Ok(text.parse::<RewriteId>().map_err(|error| {
                Error::user(error.to_string())
                    .hint("Candidates are named by key together with --batch.")
                    .hint("`redraft review list` shows the ids.")
            })?);
        };
        if let Ok(id) = text.parse::<RewriteId>() {
            return Ok(id);
        }
        let filter = Filter::And(vec![
            Filter::Term(Term::Batch(vec![BatchRef::Id(batch.id)])),
            Filter::Term(Term::Candidate(vec![text.to_owned()])),
        ]);
        let ids = self.ids(&filter, 2).await?;
        match ids.as_slice() {
            [id] => Ok(*id),
            _ => Err(Error::user(format!("Batch {} has no candidate {text}", batch.label()))
                .hint(format!("`redraft review list --batch {}` shows its candidates.", batch.label()))
                .into()),
        }
    }

    /// The ids that a filter matches, the most risky first.
    pub async fn ids(&self, filter: &Filter, limit: u32) -> Step<Vec<RewriteId>> {
        Ok(self.parts.store.ids(filter, Sort::Risk, limit).await?)
    }

    /// The rewrites that are meant, of those in one of `states`; named ones are taken whatever their state.
    pub async fn chosen(&self, chosen: &Chosen, states: &[RewriteState]) -> Step<(Vec<RewriteId>, How)> {
        if !chosen.named.ids.is_empty() {
            return Ok((self.named(&chosen.named).await?, How::Named));
        }
        if chosen.filter.is_none() && chosen.named.batch.is_none() {
            return Err(Error::user("It is not said which rewrites are meant. Nothing was done.")
                .hint("Name ids, a batch with --batch, or a filter with --where.")
                .into());
        }
        let filter = self.filter_in(chosen.filter.as_deref(), chosen.named.batch.as_deref())?;
        let filter = Filter::states(states).and(filter);
        Ok((self.ids(&filter, MOST).await?, How::Filtered))
    }
}

/// A filter as a value of an option: it may begin with `-`, which negates, but another option is no filter.
pub fn filter_text(text: &str) -> Result<String, String> {
    if text.starts_with("--") {
        return Err(format!("a filter is missing; \"{}\" looks like an option", excerpt(text)));
    }
    Ok(text.to_owned())
}

fn excerpt(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Reads the name of a batch.
pub fn batch_ref(name: &str) -> Result<BatchRef, Error> {
    name.parse().map_err(|_| no_batch(name))
}

fn no_batch(name: &str) -> Error {
    let name: String = name.chars().take(64).collect();
    Error::user(format!("There is no batch {name}")).hint("`redraft batch list` shows the batches.")
}

/// A filter that cannot be read, with a mark under what is wrong.
pub fn wrong_filter(text: &str, error: &FilterError) -> Error {
    let before = text.get(..error.span.start).unwrap_or_default();
    let marked = text.get(error.span.clone()).unwrap_or_default();
    let marks = "^".repeat(crate::text::width(marked).max(1));
    let line = crate::text::Safe::line(text).into_string();
    let place = format!("{line}\n  {}{marks}", " ".repeat(crate::text::width(before)));
    let told = Error::user(error.message.clone()).at(place);
    match &error.hint {
        Some(hint) => told.hint(hint.clone()),
        None => told,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_filter_is_shown_with_a_mark_under_what_is_wrong() {
        let text = "山 state:redy";
        let context = Context {
            now: jiff::Timestamp::UNIX_EPOCH.to_zoned_datetime(jiff::tz::TimeZone::UTC),
            me: crate::domain::Reviewer("anna".to_owned()),
        };
        let error = filter::parse(text, &context).unwrap_err();
        assert_eq!(
            wrong_filter(text, &error).to_string(),
            "\"redy\" is no state of a rewrite.\n  山 state:redy\n           ^^^^\nhint: Did you mean \"ready\"?"
        );
    }
}
