//! Which decisions a query takes back: `12:00`, `2h`, `today by:me batch:b38`, `by:ben`.

use jiff::Timestamp;

use super::filter::{self, Context, Filter, FilterError, Term, When};

/// Which decisions are to be taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct TakeBack {
    /// All since then; `None`: the last approval or rejection of each rewrite.
    pub since: Option<Timestamp>,
    /// Of these rewrites.
    pub filter: Filter,
    /// Whose.
    pub whose: Whose,
}

/// Whose decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those of whoever asks.
    Mine,
    /// Anybody's: the filter says whose.
    Anybody,
}

/// Reads a query: a point in time, a filter, or a point in time and a filter behind it.
pub fn parse(text: &str, context: &Context) -> Result<TakeBack, FilterError> {
    let text = text.trim();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let since = since(first, context);
    let words = if since.is_some() { rest.trim() } else { text };
    let filter = if words.is_empty() { Filter::ALL } else { filter::parse(words, context)? };
    let whose = if names_somebody(&filter) { Whose::Anybody } else { Whose::Mine };
    Ok(TakeBack { since, filter, whose })
}

/// The point in time that a word names.
fn since(word: &str, context: &Context) -> Option<Timestamp> {
    if !word.starts_with(|first: char| first.is_ascii_digit()) && !["today", "yesterday"].contains(&word) {
        return None;
    }
    match filter::parse(&format!("decided:{word}"), context).ok()? {
        Filter::Term(Term::Decided(When::Since(at))) => Some(at),
        Filter::And(parts) => parts.into_iter().find_map(|part| match part {
            Filter::Term(Term::Decided(When::Since(at))) => Some(at),
            _ => None,
        }),
        Filter::Or(_) | Filter::Not(_) | Filter::Term(_) => None,
    }
}

fn names_somebody(filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => parts.iter().any(names_somebody),
        Filter::Not(part) => names_somebody(part),
        Filter::Term(term) => matches!(term, Term::By(_)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Reviewer;

    fn context() -> Context {
        let now: Timestamp = "2026-08-02T12:34:56Z".parse().unwrap();
        Context { now: now.to_zoned_datetime(jiff::tz::TimeZone::UTC), me: Reviewer("anna".to_owned()) }
    }

    #[test]
    fn a_query_is_a_time_a_filter_or_both() {
        let cases = [
            ("12:00", Some("2026-08-02T12:00:00Z"), "", Whose::Mine),
            ("2h", Some("2026-08-02T10:34:56Z"), "", Whose::Mine),
            ("today batch:b38", Some("2026-08-02T00:00:00Z"), "batch:b38", Whose::Mine),
            ("batch:b38", None, "batch:b38", Whose::Mine),
            ("by:ben batch:b38", None, "by:ben batch:b38", Whose::Anybody),
            ("", None, "", Whose::Mine),
        ];
        for (text, since, filter, whose) in cases {
            let wanted = TakeBack {
                since: since.map(|at| at.parse().unwrap()),
                filter: if filter.is_empty() {
                    Filter::ALL
                } else {
                    filter::parse(filter, &context()).unwrap()
                },
                whose,
            };
            assert_eq!(parse(text, &context()).unwrap(), wanted, "{text:?}");
        }
        assert!(parse("colour:red", &context()).is_err());
    }
}
