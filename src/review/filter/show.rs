//! The text of a term: reading it back gives the same term.

use std::fmt;

use super::{
    FindingTest, MatchTest, Term, YesNo,
    lexer::quote,
    number,
    term::{DEAREST, Field, KINDS, LONGEST},
    time,
};
use crate::domain::{BatchRef, Look, Money, RewriteState};

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (field, value) = match self {
            Self::Word(word) => return f.write_str(&quote(word, |_| false)),
            Self::State(states) => {
                (Field::State, states.iter().copied().map(RewriteState::name).collect::<Vec<_>>().join(","))
            }
            Self::Batch(batches) => (Field::Batch, batches.iter().map(batch).collect::<Vec<_>>().join(",")),
            Self::Id(ids) => (Field::Id, ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
            Self::Noted(YesNo::Yes) => (Field::Note, "yes".to_owned()),
            Self::Noted(YesNo::No) => (Field::Note, "no".to_owned()),
            Self::Candidate(keys) => (Field::Candidate, list(keys, &[])),
            Self::Posting(titles) => (Field::Posting, list(titles, &[])),
            Self::Model(names) => (Field::Model, list(names, &[])),
            Self::By(names) if names.is_empty() => (Field::By, "none".to_owned()),
            Self::By(names) => (Field::By, list(names, &["me", "other"])),
            Self::Assigned(names) if names.is_empty() => (Field::Assigned, "none".to_owned()),
            Self::Assigned(names) => (Field::Assigned, list(names, &["me", "other"])),
            Self::Lease(names) if names.is_empty() => (Field::Lease, "none".to_owned()),
            Self::Lease(names) => (Field::Lease, list(names, &["me", "other"])),
            Self::Also(states) if states.is_empty() => (Field::Also, "none".to_owned()),
            Self::Also(states) => {
                (Field::Also, states.iter().copied().map(RewriteState::name).collect::<Vec<_>>().join(","))
            }
            Self::Look(looks) if looks.is_empty() => (Field::Look, "none".to_owned()),
            Self::Look(looks) => {
                (Field::Look, looks.iter().copied().map(Look::name).collect::<Vec<_>>().join(","))
            }
            Self::Section(names) if names.is_empty() => (Field::Section, "none".to_owned()),
            Self::Section(names) => (Field::Section, list(names, &[])),
            Self::Words(range) => (Field::Words, number::show(range, LONGEST, |number| number.to_string())),
            Self::Match(test) => (Field::Match, matching(test)),
            Self::Prompt(versions) => (Field::Prompt, list(versions, &[])),
            Self::Finding(test) => (Field::Finding, finding(test)),
            Self::Changed(range) => {
                let wide = u64::from(*range.start())..=u64::from(*range.end());
                (Field::Changed, number::show(&wide, 100, |number| number.to_string()))
            }
            Self::Cost(range) => (Field::Cost, number::show(range, DEAREST, dollars)),
            Self::Decided(when) => (Field::Decided, time::show(when)),
            Self::Opened(when) => (Field::Opened, time::show(when)),
            Self::Written(when) => (Field::Written, time::show(when)),
            Self::Edited(YesNo::Yes) => (Field::Edited, "yes".to_owned()),
            Self::Edited(YesNo::No) => (Field::Edited, "no".to_owned()),
            Self::Reason(text) => (Field::Reason, quote(text, |_| false)),
        };
        // One of no values holds for nothing.
        if value.is_empty() { f.write_str("-()") } else { write!(f, "{}:{value}", field.name()) }
    }
}

fn matching(test: &MatchTest) -> String {
    match test {
        MatchTest::None => "none".to_owned(),
        MatchTest::Any => "any".to_owned(),
        MatchTest::Score(range) => format!("{}..{}", range.start(), range.end()),
        MatchTest::Gain(range) => format!("{:+}..{:+}", range.start(), range.end()),
    }
}

fn list(values: &[String], keywords: &[&str]) -> String {
    values.iter().map(|value| quote(value, |word| keywords.contains(&word))).collect::<Vec<_>>().join(",")
}

fn batch(batch: &BatchRef) -> String {
    match batch {
        BatchRef::Number(number) => format!("b{number}"),
        BatchRef::Id(id) => id.to_string(),
    }
}

fn finding(test: &FindingTest) -> String {
    match test {
        FindingTest::None => "none".to_owned(),
        FindingTest::Any => "any".to_owned(),
        FindingTest::Block => "block".to_owned(),
        FindingTest::Warn => "warn".to_owned(),
        FindingTest::Kinds(kinds) => {
            let words = kinds.iter().filter_map(|kind| KINDS.iter().find(|(_, known)| known == kind));
            words.map(|(word, _)| *word).collect::<Vec<_>>().join(",")
        }
    }
}

/// Dollars with all the places that are needed and no more.
fn dollars(nanos: u64) -> String {
    let exact = Money::from_nanos(nanos).exact();
    exact.trim_end_matches('0').trim_end_matches('.').to_owned()
}
