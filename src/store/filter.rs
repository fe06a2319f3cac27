//! A filter as a condition in SQL.
//!
//! Every term is true or false, never NULL: so *not* and *or* mean what they say also for what has not happened yet.

use std::ops::RangeInclusive;

use super::{codec, sql::Sql, texts};
use crate::{
    domain::{BatchRef, RewriteState},
    review::filter::{Filter, FindingTest, MatchTest, Term, When, YesNo},
};

/// Which rows a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// `rewrite r`.
    Rewrites,
    /// `batch_count r`: only states and batches are known.
    Counts,
}

/// What the counts of the batches can tell, as far as all of the filter hangs on it.
pub(super) fn subject(filter: &Filter) -> Subject {
    match filter {
        Filter::And(parts) | Filter::Or(parts) => {
            if parts.iter().all(|part| subject(part) == Subject::Counts) {
                Subject::Counts
            } else {
                Subject::Rewrites
            }
        }
        Filter::Not(part) => subject(part),
        Filter::Term(term) => match term {
            Term::State(_) | Term::Batch(_) | Term::Model(_) | Term::Prompt(_) => Subject::Counts,
            Term::Word(_)
            | Term::Posting(_)
            | Term::Candidate(_)
            | Term::Id(_)
            | Term::Noted(_)
            | Term::Finding(_)
            | Term::Lease(_)
            | Term::Assigned(_)
            | Term::Look(_)
            | Term::Also(_)
            | Term::Section(_)
            | Term::Words(_)
            | Term::Match(_)
            | Term::Changed(_)
            | Term::Cost(_)
            | Term::By(_)
            | Term::Decided(_)
            | Term::Opened(_)
            | Term::Written(_)
            | Term::Edited(_)
            | Term::Reason(_) => Subject::Rewrites,
        },
    }
}

/// The terms that must hold whatever the others say.
fn demands(filter: &Filter) -> Vec<&Term> {
    match filter {
        Filter::And(parts) => parts.iter().flat_map(demands).collect(),
        Filter::Term(term) => vec![term],
        Filter::Or(_) | Filter::Not(_) => Vec::new(),
    }
}

/// The states that a rewrite of the filter can be in.
pub(super) fn states(filter: &Filter) -> Vec<RewriteState> {
    let mut states = RewriteState::ALL.to_vec();
    for term in demands(filter) {
        if let Term::State(wanted) = term {
            states.retain(|state| wanted.contains(state));
        }
    }
    states
}

/// The batches that a rewrite of the filter can be in; `None`: in any.
pub(super) fn batches(filter: &Filter) -> Option<&[BatchRef]> {
    demands(filter).into_iter().find_map(|term| match term {
        Term::Batch(batches) => Some(batches.as_slice()),
        _ => None,
    })
}

/// Adds the condition to a statement about `r`.
pub(super) fn put(sql: &mut Sql, filter: &Filter) {
    match filter {
        Filter::And(parts) => sql.each(parts, (" AND ", "TRUE"), put),
        Filter::Or(parts) => sql.each(parts, (" OR ", "FALSE"), put),
        Filter::Not(part) => {
            sql.put("NOT ");
            sql.each(&[part], ("", ""), |sql, part| put(sql, part));
        }
        Filter::Term(one) => term(sql, one),
    }
}

fn term(sql: &mut Sql, term: &Term) {
    match term {
        Term::Word(word) => contains(sql, "r.search", word),
        Term::State(states) => sql.each(states, (" OR ", "FALSE"), |sql, state| {
            sql.put("r.state = ").text(state.name());
        }),
        Term::Batch(batches) => batch(sql, batches, |sql, batch| match batch {
            BatchRef::Id(id) => {
                sql.put("b.id = ").text(id.to_string());
            }
            BatchRef::Number(number) => {
                sql.put("b.number = ").number(codec::signed(*number));
            }
        }),
        Term::Posting(words) => posting(sql, words),
        Term::Model(words) => batch(sql, words, |sql, word| contains(sql, "b.model_key", word)),
        Term::Id(ids) => {
            one_of(sql, "r.id", &ids.iter().map(ToString::to_string).collect::<Vec<_>>());
        }
        Term::Noted(answer) => {
            sql.put(if *answer == YesNo::Yes { "" } else { "NOT " });
            sql.put(
                "EXISTS (SELECT 1 FROM decision n WHERE n.rewrite = r.seq AND n.action = 'note' \
                 AND NOT EXISTS (SELECT 1 FROM decision u WHERE u.undoes = n.seq))",
            );
        }
        Term::Candidate(ids) => one_of(sql, "r.candidate", ids),
        Term::Finding(test) => findings(sql, test),
        Term::Changed(range) => {
            sql.put("r.changed_percent IS NOT NULL AND ");
            between(sql, "r.changed_percent", range, |percent| i64::from(*percent));
        }
        Term::Cost(range) => between(sql, "r.cost", range, |nanos| codec::signed(*nanos)),
        Term::Prompt(versions) => batch(sql, versions, |sql, version| contains(sql, "b.prompt", version)),
        Term::Section(names) => section(sql, names),
        Term::Words(range) => {
            sql.put("r.words IS NOT NULL AND ");
            between(sql, "r.words", range, |words| codec::signed(*words));
        }
        Term::Match(test) => matching(sql, test),
        Term::Lease(names) => lease(sql, names),
        Term::Look(looks) => {
            let words: Vec<String> = looks.iter().map(|look| look.name().to_owned()).collect();
            somebody(sql, "r.look", &words);
        }
        Term::Also(states) => also(sql, states),
        Term::Assigned(names) => somebody(sql, "r.assigned_to", names),
        Term::By(names) => somebody(sql, "r.decided_by", names),
        Term::Decided(at) => when(sql, "r.decided_at", *at),
        Term::Opened(at) => when(sql, "r.opened_at", *at),
        Term::Written(at) => when(sql, "r.written_at", *at),
        Term::Edited(answer) => {
            sql.put(if *answer == YesNo::Yes { "r.edited = 1" } else { "r.edited = 0" });
        }
        Term::Reason(words) => {
            sql.put("r.failure_key IS NOT NULL AND ");
            contains(sql, "r.failure_key", words);
        }
    }
}

/// The column is one of these; without any of them it is empty.
fn somebody(sql: &mut Sql, column: &'static str, names: &[String]) {
    if names.is_empty() {
        sql.put(column).put(" IS NULL");
    } else {
        sql.put(column).put(" IS NOT NULL AND ");
        one_of(sql, column, names);
    }
}

/// Another rewrite of the candidate is in one of these states; without any of them there is no other.
fn also(sql: &mut Sql, states: &[RewriteState]) {
    sql.put(if states.is_empty() { "NOT " } else { "" });
    sql.put("EXISTS (SELECT 1 FROM rewrite o WHERE o.candidate = r.candidate AND o.seq <> r.seq");
    if !states.is_empty() {
        let names: Vec<String> = states.iter().map(|state| state.name().to_owned()).collect();
        sql.put(" AND ");
        one_of(sql, "o.state", &names);
    }
    sql.put(")");
}

/// It changes one of these sections; without any of them none.
fn section(sql: &mut Sql, names: &[String]) {
    if names.is_empty() {
        sql.put("COALESCE(r.sections, '') = ''");
    } else {
        sql.each(names, (" OR ", "FALSE"), |sql, name| contains(sql, "r.sections", &format!("\n{name}\n")));
    }
}

/// No text is scored yet.
fn matching(sql: &mut Sql, test: &MatchTest) {
    sql.put(match test {
        MatchTest::None => "TRUE",
        MatchTest::Any | MatchTest::Score(_) | MatchTest::Gain(_) => "FALSE",
    });
}

/// One of these has it open now; without any of them nobody does.
fn lease(sql: &mut Sql, names: &[String]) {
    sql.put(if names.is_empty() { "NOT " } else { "" });
    sql.put("EXISTS (SELECT 1 FROM review_lease l WHERE l.rewrite = r.seq AND l.lease_until > ").now();
    if !names.is_empty() {
        sql.put(" AND ");
        one_of(sql, "l.holder", names);
    }
    sql.put(")");
}

/// One value for the whole list: a long one would be too deep an expression.
fn one_of(sql: &mut Sql, column: &'static str, texts: &[String]) {
    let list = serde_json::Value::from(texts).to_string();
    sql.put(column).put(" IN (SELECT atom FROM json_each(").text(list).put("))");
}

/// A condition on the batch of `r`, without a join: the batches are few.
fn batch<T>(sql: &mut Sql, any_of: &[T], put: impl FnMut(&mut Sql, &T)) {
    sql.put("r.batch IN (SELECT b.number FROM batch b WHERE ");
    sql.each(any_of, (" OR ", "FALSE"), put);
    sql.put(")");
}

/// The posting of the batch, or the candidate's own, which the platform links it to.
fn posting(sql: &mut Sql, words: &[String]) {
    sql.put("(");
    batch(sql, words, |sql, word| {
        sql.put("b.posting = ").text(word.as_str()).put(" OR ");
        contains(sql, "b.posting_key", word);
    });
    sql.put(" OR ");
    sql.each(words, (" OR ", "FALSE"), |sql, word| {
        sql.put("COALESCE(r.posting, '') = ").text(word.as_str()).put(" OR ");
        contains(sql, "r.posting_key", word);
    });
    sql.put(")");
}

/// The column holds lower-case text.
fn contains(sql: &mut Sql, column: &'static str, words: &str) {
    let mut pattern = String::from("%");
    for character in codec::key(words).chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    sql.put("COALESCE(").put(column).put(", '') LIKE ").text(pattern).put(" ESCAPE '\\'");
}

fn between<T>(sql: &mut Sql, column: &'static str, range: &RangeInclusive<T>, number: impl Fn(&T) -> i64) {
    sql.put(column).put(" BETWEEN ").number(number(range.start())).put(" AND ").number(number(range.end()));
}

fn when(sql: &mut Sql, column: &'static str, when: When) {
    let (compare, at) = match when {
        When::Never => {
            sql.put(column).put(" IS NULL");
            return;
        }
        When::Ever => {
            sql.put(column).put(" IS NOT NULL");
            return;
        }
        When::Since(at) => (" >= ", at),
        When::Before(at) => (" < ", at),
    };
    sql.put("(").put(column).put(" IS NOT NULL AND ").put(column).put(compare);
    sql.number(codec::micros(at)).put(")");
}

fn findings(sql: &mut Sql, test: &FindingTest) {
    match test {
        FindingTest::None => {
            sql.put("r.findings = 0");
        }
        FindingTest::Any => {
            sql.put("r.findings > 0");
        }
        FindingTest::Block => {
            sql.put("r.blocking > 0");
        }
        FindingTest::Warn => {
            sql.put("(r.findings > 0 AND r.blocking = 0)");
        }
        FindingTest::Kinds(kinds) => {
            let bits = kinds.iter().fold(0, |bits, kind| bits | texts::bit(*kind));
            sql.put("(r.finding_kinds & ").number(bits).put(") <> 0");
        }
    }
}
