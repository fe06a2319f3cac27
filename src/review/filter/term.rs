//! The fields of a rewrite, and what their values mean.

use std::{ops::RangeInclusive, str::FromStr};

use super::{
    Context, Filter, FindingTest, MatchTest, Term, YesNo,
    error::{FilterError, excerpt, nearest},
    lexer::{Atom, Value},
    number::{self, NoRange},
    time,
};
use crate::domain::{BatchRef, FindingKind, Look, Money, RewriteId, RewriteState};

/// A field that a filter can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The state.
    State,
    /// The batch.
    Batch,
    /// The rewrite's own id.
    Id,
    /// The candidate's key.
    Candidate,
    /// The posting's title.
    Posting,
    /// The model.
    Model,
    /// Findings.
    Finding,
    /// The match score.
    Match,
    /// The share of changed words.
    Changed,
    /// The sections that it changes.
    Section,
    /// The length of the after text.
    Words,
    /// The cost.
    Cost,
    /// Who decided last.
    By,
    /// Whose work it is.
    Assigned,
    /// Who has it open.
    Lease,
    /// A further look before it is written.
    Look,
    /// Another rewrite of the same candidate.
    Also,
    /// The version of the prompt.
    Prompt,
    /// When it was decided.
    Decided,
    /// When it was opened.
    Opened,
    /// When it was written.
    Written,
    /// Whether a person edited it.
    Edited,
    /// Whether somebody wrote a note.
    Note,
    /// Why it failed.
    Reason,
}

impl Field {
    /// All fields, in the order in which they are offered.
    pub const ALL: [Self; 24] = [
        Self::State,
        Self::Batch,
        Self::Finding,
        Self::Match,
        Self::Changed,
        Self::Section,
        Self::Words,
        Self::By,
        Self::Assigned,
        Self::Lease,
        Self::Look,
        Self::Also,
        Self::Candidate,
        Self::Id,
        Self::Posting,
        Self::Model,
        Self::Prompt,
        Self::Cost,
        Self::Decided,
        Self::Opened,
        Self::Written,
        Self::Edited,
        Self::Note,
        Self::Reason,
    ];

    /// The field's word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Batch => "batch",
            Self::Id => "id",
            Self::Candidate => "candidate",
            Self::Posting => "posting",
            Self::Model => "model",
            Self::Finding => "finding",
            Self::Match => "match",
            Self::Changed => "changed",
            Self::Section => "section",
            Self::Words => "words",
            Self::Assigned => "assigned",
            Self::Lease => "lease",
            Self::Look => "look",
            Self::Also => "also",
            Self::Prompt => "prompt",
            Self::Cost => "cost",
            Self::By => "by",
            Self::Decided => "decided",
            Self::Opened => "opened",
            Self::Written => "written",
            Self::Edited => "edited",
            Self::Note => "note",
            Self::Reason => "reason",
        }
    }

    /// What its values are, for help and hints.
    pub const fn values(self) -> &'static str {
        match self {
            Self::State => "a state: queued, running, ready, approved, written, rejected, failed, conflict …",
            Self::Batch => "a batch: b38, 38 or its id",
            Self::Id => "a rewrite's id: rwt_…",
            Self::Candidate => "the candidate's key",
            Self::Posting => "a part of the posting's title",
            Self::Model => "a part of the model's name",
            Self::Finding => "a kind (number, date, name …), block, warn, none or any",
            Self::Match => "the match score, or with a sign its gain: >=70, >=+10; none is not scored",
            Self::Words => "the number of words of the after text: <200",
            Self::Section => "a section that it changes: summary; none or any",
            Self::Lease => "who has it open: me, other, none or a name",
            Self::Look => "a look before the write-back: spot, second, passed, failed, disputed, none or any",
            Self::Also => "the state of another rewrite of the same candidate: approved, none or any",
            Self::Prompt => "a part of the prompt's version",
            Self::Changed => "the share of changed words in percent: <40, 10..20",
            Self::Cost => "US dollars: >0.01",
            Self::By | Self::Assigned => "me, other, none or a name",
            Self::Decided => "an age or a time: <2h, today, 2026-08-02, never",
            Self::Opened => "an age or a time: never, <1d",
            Self::Written => "an age or a time: >2d, today",
            Self::Edited | Self::Note => "yes or no",
            Self::Reason => "a part of the reason: timeout",
        }
    }
}

/// The words of all kinds of findings.
pub const KINDS: [(&str, FindingKind); 10] = [
    ("number", FindingKind::Number),
    ("date", FindingKind::Date),
    ("name", FindingKind::Name),
    ("title", FindingKind::Title),
    ("skill", FindingKind::Skill),
    ("degree", FindingKind::Degree),
    ("certificate", FindingKind::Certificate),
    ("contact", FindingKind::Contact),
    ("lost", FindingKind::Lost),
    ("other", FindingKind::Other),
];

/// The meaning of one atom.
pub fn parse(atom: &Atom, context: &Context) -> Result<Filter, FilterError> {
    let Some(name) = &atom.field else {
        return Ok(Filter::Term(Term::Word(atom.value().text)));
    };
    let field = field(name)?;
    let values = filled(field.name(), atom)?;
    let value = atom.value();
    match field {
        Field::State => Ok(Filter::Term(Term::State(each(&values, state)?))),
        Field::Batch => Ok(Filter::Term(Term::Batch(each(&values, batch)?))),
        Field::Id => Ok(Filter::Term(Term::Id(each(&values, id)?))),
        Field::Candidate => Ok(Filter::Term(Term::Candidate(texts(&values)))),
        Field::Posting => Ok(Filter::Term(Term::Posting(texts(&values)))),
        Field::Model => Ok(Filter::Term(Term::Model(texts(&values)))),
        Field::Reason => Ok(Filter::any_of(
            values.into_iter().map(|value| Filter::Term(Term::Reason(value.text))).collect(),
        )),
        Field::Finding => finding(&values),
        Field::Changed => alternatives(&values, changed),
        Field::Cost => alternatives(&values, cost),
        Field::By => Ok(people(&values, context, Term::By)),
        Field::Assigned => Ok(people(&values, context, Term::Assigned)),
        Field::Lease => Ok(people(&values, context, Term::Lease)),
        Field::Look => listed(&values, Term::Look, look),
        Field::Also => listed(&values, Term::Also, state),
        Field::Section => listed(&values, Term::Section, |value| Ok(value.text.clone())),
        Field::Prompt => Ok(Filter::Term(Term::Prompt(texts(&values)))),
        Field::Match => alternatives(&values, matching),
        Field::Words => alternatives(&values, words),
        Field::Decided => time::parse(&value, context, Term::Decided),
        Field::Opened => time::parse(&value, context, Term::Opened),
        Field::Written => time::parse(&value, context, Term::Written),
        Field::Edited => yes_no("edited", &value).map(|answer| Filter::Term(Term::Edited(answer))),
        Field::Note => yes_no("note", &value).map(|answer| Filter::Term(Term::Noted(answer))),
    }
}

fn field(name: &Value) -> Result<Field, FilterError> {
    let word = name.text.to_lowercase();
    if let Some(field) = Field::ALL.into_iter().find(|field| field.name() == word) {
        return Ok(field);
    }
    let error = FilterError::new(
        format!("There is no field \"{}\" to filter by.", excerpt(&name.text)),
        name.span.clone(),
    );
    Err(match nearest(&word, Field::ALL.map(Field::name)) {
        Some(near) => error.hint(format!("Did you mean \"{near}:\"?")),
        None => error.hint(format!(
            "The fields are {}. Put a text with a colon in quotes to search for it.",
            Field::ALL.map(Field::name).join(", ")
        )),
    })
}

/// The parts of the value, none of which is empty.
pub fn filled(field: &str, atom: &Atom) -> Result<Vec<Value>, FilterError> {
    let values = atom.list();
    match values.iter().find(|value| value.text.is_empty()) {
        Some(_) => {
            Err(FilterError::new(format!("A value is missing behind \"{field}:\"."), atom.span.clone()))
        }
        None => Ok(values),
    }
}

fn each<T>(values: &[Value], read: impl Fn(&Value) -> Result<T, FilterError>) -> Result<Vec<T>, FilterError> {
    values.iter().map(read).collect()
}

fn texts(values: &[Value]) -> Vec<String> {
    values.iter().map(|value| value.text.clone()).collect()
}

fn alternatives(
    values: &[Value],
    read: impl Fn(&Value) -> Result<Filter, FilterError>,
) -> Result<Filter, FilterError> {
    Ok(Filter::any_of(each(values, read)?))
}

fn state(value: &Value) -> Result<RewriteState, FilterError> {
    value.text.to_lowercase().parse().map_err(|_| {
        let error = FilterError::new(
            format!("\"{}\" is no state of a rewrite.", excerpt(&value.text)),
            value.span.clone(),
        );
        let names = RewriteState::ALL.map(RewriteState::name);
        match nearest(&value.text, names) {
            Some(near) => error.hint(format!("Did you mean \"{near}\"?")),
            None => error.hint(format!("The states are {}.", names.join(", "))),
        }
    })
}

fn id(value: &Value) -> Result<RewriteId, FilterError> {
    RewriteId::from_str(&value.text).map_err(|_| {
        FilterError::new(format!("\"{}\" names no rewrite.", excerpt(&value.text)), value.span.clone())
            .hint("Rewrites are named like rwt_01h….")
    })
}

fn batch(value: &Value) -> Result<BatchRef, FilterError> {
    BatchRef::from_str(&value.text).map_err(|_| {
        FilterError::new(format!("\"{}\" names no batch.", excerpt(&value.text)), value.span.clone())
            .hint("Batches are named like b38.")
    })
}

fn finding(values: &[Value]) -> Result<Filter, FilterError> {
    let mut tests = Vec::new();
    let mut kinds = Vec::new();
    for value in values {
        match value.text.to_lowercase().as_str() {
            "none" => tests.push(FindingTest::None),
            "any" => tests.push(FindingTest::Any),
            "block" => tests.push(FindingTest::Block),
            "warn" => tests.push(FindingTest::Warn),
            word => match KINDS.iter().find(|(name, _)| *name == word) {
                Some((_, kind)) => kinds.push(*kind),
                None => return Err(no_finding(value)),
            },
        }
    }
    if !kinds.is_empty() {
        tests.push(FindingTest::Kinds(kinds));
    }
    Ok(Filter::any_of(tests.into_iter().map(|test| Filter::Term(Term::Finding(test))).collect()))
}

fn no_finding(value: &Value) -> FilterError {
    let error = FilterError::new(
        format!("There are no findings of the kind \"{}\".", excerpt(&value.text)),
        value.span.clone(),
    );
    let words: Vec<&str> =
        KINDS.iter().map(|(name, _)| *name).chain(["block", "warn", "none", "any"]).collect();
    match nearest(&value.text, words.iter().copied()) {
        Some(near) => error.hint(format!("Did you mean \"{near}\"?")),
        None => error.hint(format!("Write one of {}.", words.join(", "))),
    }
}

/// The most that a share can be, in percent.
const WHOLE: u64 = 100;
/// The most that a cost can be, in nano-dollars.
pub const DEAREST: u64 = i64::MAX as u64;

fn changed(value: &Value) -> Result<Filter, FilterError> {
    let term = |range: RangeInclusive<u64>| {
        let percent = |number: u64| u8::try_from(number).unwrap_or(100);
        Filter::Term(Term::Changed(percent(*range.start())..=percent(*range.end())))
    };
    match value.keyword() {
        Some("any") => return Ok(term(0..=WHOLE)),
        Some("none") => return Ok(term(0..=WHOLE).negated()),
        Some(_) | None => {}
    }
    let percent = |text: &str| text.strip_suffix('%').unwrap_or(text).parse().ok();
    number::range(value, WHOLE, percent).map(term).map_err(|why| {
        wrong_number(value, why, "share of changed words", "Write percent as <40, 10..20 or >=50.")
    })
}

fn cost(value: &Value) -> Result<Filter, FilterError> {
    let term = |range| Filter::Term(Term::Cost(range));
    match value.keyword() {
        Some("any") => return Ok(term(0..=DEAREST)),
        Some("none") => return Ok(term(0..=0)),
        Some(_) | None => {}
    }
    let money = |text: &str| text.parse::<Money>().ok().map(Money::nanos);
    number::range(value, DEAREST, money)
        .map(term)
        .map_err(|why| wrong_number(value, why, "cost", "Write US dollars as >0.01 or 0.01..0.05."))
}

fn wrong_number(value: &Value, why: NoRange, what: &str, hint: &str) -> FilterError {
    let text = excerpt(&value.text);
    let message = match why {
        NoRange::NoNumber => format!("\"{text}\" is no {what}."),
        NoRange::Empty => format!("No {what} lies in \"{text}\"."),
    };
    FilterError::new(message, value.span.clone()).hint(hint)
}

/// Values of which one is enough, `none` for the empty list, and `any` for its opposite.
fn listed<T>(
    values: &[Value],
    term: impl Fn(Vec<T>) -> Term,
    read: impl Fn(&Value) -> Result<T, FilterError>,
) -> Result<Filter, FilterError> {
    let (mut named, mut others) = (Vec::new(), Vec::new());
    for value in values {
        match value.keyword() {
            Some("none") => others.push(Filter::Term(term(Vec::new()))),
            Some("any") => others.push(Filter::Term(term(Vec::new())).negated()),
            Some(_) | None => named.push(read(value)?),
        }
    }
    if !named.is_empty() {
        others.insert(0, Filter::Term(term(named)));
    }
    Ok(Filter::any_of(others))
}

fn look(value: &Value) -> Result<Look, FilterError> {
    value.text.to_lowercase().parse().map_err(|_| no_look(value))
}

fn no_look(value: &Value) -> FilterError {
    let error = FilterError::new(format!("\"{}\" is no look.", excerpt(&value.text)), value.span.clone());
    let words: Vec<&str> = Look::ALL.into_iter().map(Look::name).chain(["none", "any"]).collect();
    match nearest(&value.text, words.iter().copied()) {
        Some(near) => error.hint(format!("Did you mean \"{near}\"?")),
        None => error.hint(format!("Write one of {}.", words.join(", "))),
    }
}

/// The most words that a text can have.
pub const LONGEST: u64 = u32::MAX as u64;

fn words(value: &Value) -> Result<Filter, FilterError> {
    let term = |range| Filter::Term(Term::Words(range));
    match value.keyword() {
        Some("any") => return Ok(term(0..=LONGEST)),
        Some("none") => return Ok(term(0..=LONGEST).negated()),
        Some(_) | None => {}
    }
    number::range(value, LONGEST, |text| text.parse().ok())
        .map(term)
        .map_err(|why| wrong_number(value, why, "number of words", "Write <200, 100..300 or >=400."))
}

/// A score of 0 to 100, or with a sign a gain of -100 to +100.
fn matching(value: &Value) -> Result<Filter, FilterError> {
    let term = |test| Filter::Term(Term::Match(test));
    match value.keyword() {
        Some("any") => return Ok(term(MatchTest::Any)),
        Some("none") => return Ok(term(MatchTest::None)),
        Some(_) | None => {}
    }
    let hint = "Write a score as >=70 or 50..80, a gain with its sign as >=+10 or <-5.";
    let wrong = |why| wrong_number(value, why, "match score", hint);
    let signed = |text: &str| text.starts_with(['+', '-']);
    let (_, plain) = number::operator(value);
    let is_gain = number::ends(value).map_or(signed(plain), |(low, high)| signed(low) || signed(high));
    if !is_gain {
        let range = number::range(value, WHOLE, |text| text.parse().ok()).map_err(wrong)?;
        let score = |number: u64| u8::try_from(number).unwrap_or(100);
        return Ok(term(MatchTest::Score(score(*range.start())..=score(*range.end()))));
    }
    // Moved up, so that a range of whole numbers from zero on tells it.
    let moved = |text: &str| {
        let gain: i64 = text.strip_prefix('+').unwrap_or(text).parse().ok()?;
        u64::try_from(gain + 100).ok().filter(|_| signed(text) || gain == 0)
    };
    let range = number::range(value, 2 * WHOLE, moved).map_err(wrong)?;
    let gain = |number: u64| i8::try_from(i64::try_from(number).unwrap_or(200) - 100).unwrap_or(100);
    Ok(term(MatchTest::Gain(gain(*range.start())..=gain(*range.end()))))
}

/// A field whose values are people.
fn people(values: &[Value], context: &Context, term: fn(Vec<String>) -> Term) -> Filter {
    let term = |names: Vec<String>| Filter::Term(term(names));
    let mut names = Vec::new();
    let mut others = Vec::new();
    for value in values {
        match value.keyword() {
            Some("me") => names.push(context.me.0.clone()),
            Some("none") => others.push(term(Vec::new())),
            Some("any") => others.push(term(Vec::new()).negated()),
            Some("other") => others.push(Filter::And(vec![
                term(Vec::new()).negated(),
                term(vec![context.me.0.clone()]).negated(),
            ])),
            Some(_) | None => names.push(value.text.clone()),
        }
    }
    if !names.is_empty() {
        others.insert(0, term(names));
    }
    Filter::any_of(others)
}

fn yes_no(field: &str, value: &Value) -> Result<YesNo, FilterError> {
    match value.text.to_lowercase().as_str() {
        "yes" => Ok(YesNo::Yes),
        "no" => Ok(YesNo::No),
        _ => Err(FilterError::new(
            format!("\"{}\" is neither yes nor no.", excerpt(&value.text)),
            value.span.clone(),
        )
        .hint(format!("Write {field}:yes or {field}:no."))),
    }
}
