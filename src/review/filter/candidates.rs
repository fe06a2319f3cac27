//! The same grammar about candidates: bare words over name, key and shown columns; `FIELD:value` with a shown column,
//! `id` or `name` as the field.

use std::{cmp::Ordering, fmt};

use jiff::civil::Date;

use super::{
    complete::{self, Place, Suggestion},
    error::{FilterError, excerpt, nearest},
    expr::Expr,
    lexer::{Atom, Value, quote},
    number::{Operator, ends, operator},
    parser,
    term::filled,
};
use crate::domain::Candidate;

/// Which candidates: the meaning of a filter text.
pub type CandidateFilter = Expr<CandidateTerm>;

/// A single condition on a candidate.
#[derive(Debug, Clone, PartialEq)]
pub enum CandidateTerm {
    /// The key, the name or a shown column contains it, without regard to case.
    Word(String),
    /// The column's text passes the test.
    Field(Column, Test),
}

/// What a candidate's list row has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// The key.
    Id,
    /// The display name.
    Name,
    /// The shown column of that name.
    Shown(String),
}

/// A test on one text.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// Blank.
    Empty,
    /// Not blank.
    Filled,
    /// Contains it, without regard to case.
    Contains(String),
    /// Is it, without regard to case.
    Is(String),
    /// Compares so with a number or a date; a text that is neither does not pass.
    Compares(Operator, Amount),
}

/// A number or a date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// A number.
    Number(f64),
    /// A date.
    Date(Date),
}

/// Reads a filter about candidates of whom the columns `shown` are known.
pub fn parse(text: &str, shown: &[String]) -> Result<CandidateFilter, FilterError> {
    parser::parse(text, &mut |atom| term(atom, shown))
}

/// Whether the candidate, with the columns `shown`, is meant.
pub fn matches(filter: &CandidateFilter, candidate: &Candidate, shown: &[String]) -> bool {
    let columns: Vec<&str> = candidate.shown.iter().map(String::as_str).collect();
    matches_columns(filter, (&candidate.id.0, &candidate.name, &columns), shown)
}

/// The same of a candidate whose key, name and shown columns are these.
pub fn matches_columns(
    filter: &CandidateFilter,
    (id, name, columns): (&str, &str, &[&str]),
    shown: &[String],
) -> bool {
    filter.holds(&mut |term| match term {
        CandidateTerm::Word(word) => [id, name].iter().chain(columns).any(|text| contains(text, word)),
        CandidateTerm::Field(column, test) => {
            let found = match column {
                Column::Id => Some(id),
                Column::Name => Some(name),
                Column::Shown(sought) => {
                    let at = shown.iter().position(|known| known == sought);
                    at.and_then(|at| columns.get(at)).copied()
                }
            };
            test.passes(found.unwrap_or_default())
        }
    })
}

/// What could stand at `cursor`.
pub fn complete(text: &str, cursor: usize, shown: &[String]) -> Vec<Suggestion> {
    match Place::at(text, cursor) {
        Some(place) if place.field.is_none() => complete::fields(&place, names(shown).map(|name| (name, ""))),
        Some(_) | None => Vec::new(),
    }
}

fn names(shown: &[String]) -> impl Iterator<Item = &str> {
    ["id", "name"].into_iter().chain(shown.iter().map(String::as_str))
}

fn contains(text: &str, part: &str) -> bool {
    if text.is_ascii() && part.is_ascii() {
        let (text, part) = (text.as_bytes(), part.as_bytes());
        part.is_empty() || text.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part))
    } else {
        text.to_lowercase().contains(&part.to_lowercase())
    }
}

impl Test {
    fn passes(&self, text: &str) -> bool {
        match self {
            Self::Empty => text.trim().is_empty(),
            Self::Filled => !text.trim().is_empty(),
            Self::Contains(part) => contains(text, part),
            Self::Is(whole) => text.trim().to_lowercase() == whole.to_lowercase(),
            Self::Compares(operator, amount) => amount.order(text).is_some_and(|order| match operator {
                Operator::Less => order == Ordering::Less,
                Operator::AtMost => order != Ordering::Greater,
                Operator::More => order == Ordering::Greater,
                Operator::AtLeast => order != Ordering::Less,
                Operator::Equal => order == Ordering::Equal,
            }),
        }
    }
}

impl Amount {
    fn read(text: &str) -> Option<Self> {
        if let Ok(number) = text.parse::<f64>() {
            return number.is_finite().then_some(Self::Number(number));
        }
        text.parse().ok().filter(|_| text.len() == 10).map(Self::Date)
    }

    /// How `text` compares with it; `None` if it is of another kind.
    fn order(self, text: &str) -> Option<Ordering> {
        let text = text.trim();
        match self {
            Self::Number(number) => text.parse::<f64>().ok()?.partial_cmp(&number),
            Self::Date(date) => Some(text.get(..10)?.parse::<Date>().ok()?.cmp(&date)),
        }
    }
}

fn term(atom: &Atom, shown: &[String]) -> Result<CandidateFilter, FilterError> {
    let Some(name) = &atom.field else {
        return Ok(Expr::Term(CandidateTerm::Word(atom.value().text)));
    };
    let column = column(name, shown)?;
    let tests = filled(&name.text, atom)?.into_iter().map(|value| test(&column, &value));
    Ok(Expr::any_of(tests.collect::<Result<_, _>>()?))
}

fn column(name: &Value, shown: &[String]) -> Result<Column, FilterError> {
    let word = name.text.to_lowercase();
    let exact = shown.iter().find(|known| **known == name.text);
    if let Some(known) = exact.or_else(|| shown.iter().find(|known| known.to_lowercase() == word)) {
        return Ok(Column::Shown(known.clone()));
    }
    match word.as_str() {
        "id" => return Ok(Column::Id),
        "name" => return Ok(Column::Name),
        _ => {}
    }
    let error = FilterError::new(
        format!("Candidates have no field \"{}\" to filter by.", excerpt(&name.text)),
        name.span.clone(),
    );
    Err(match nearest(&word, names(shown)) {
        Some(near) => error.hint(format!("Did you mean \"{near}:\"?")),
        None => error.hint(format!(
            "The fields are {}. More columns can be listed in mapping.candidate.show.",
            names(shown).collect::<Vec<_>>().join(", ")
        )),
    })
}

fn test(column: &Column, value: &Value) -> Result<CandidateFilter, FilterError> {
    let term = |test| Expr::Term(CandidateTerm::Field(column.clone(), test));
    match value.keyword() {
        Some("none") => return Ok(term(Test::Empty)),
        Some("any") => return Ok(term(Test::Filled)),
        Some(_) | None => {}
    }
    let amount = |text: &str| {
        Amount::read(text).ok_or_else(|| {
            FilterError::new(
                format!("\"{}\" is neither a number nor a date.", excerpt(text)),
                value.span.clone(),
            )
            .hint("Compare with a number (>40) or a date (>=2026-08-02), or put the text in quotes.")
        })
    };
    if let Some((low, high)) = ends(value) {
        let mut parts = Vec::new();
        for (text, operator) in [(low, Operator::AtLeast), (high, Operator::AtMost)] {
            if !text.is_empty() {
                parts.push(term(Test::Compares(operator, amount(text)?)));
            }
        }
        return Ok(if parts.is_empty() { term(Test::Filled) } else { Expr::all_of(parts) });
    }
    Ok(term(match operator(value) {
        (Some(Operator::Equal), text) => match Amount::read(text) {
            Some(amount) if *column != Column::Id && !value.quoted => Test::Compares(Operator::Equal, amount),
            Some(_) | None => Test::Is(text.to_owned()),
        },
        (Some(operator), text) => Test::Compares(operator, amount(text)?),
        (None, text) if *column == Column::Id => Test::Is(text.to_owned()),
        (None, text) => Test::Contains(text.to_owned()),
    }))
}

impl fmt::Display for CandidateTerm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(&quote(word, |_| false)),
            Self::Field(column, test) => {
                let name = match column {
                    Column::Id => "id".to_owned(),
                    Column::Name => "name".to_owned(),
                    Column::Shown(name) => field_name(name),
                };
                write!(f, "{name}:{}", test.show(*column == Column::Id))
            }
        }
    }
}

fn field_name(name: &str) -> String {
    let plain = name.starts_with(|char: char| char.is_alphabetic() || char == '_')
        && name.chars().all(|char| char.is_alphanumeric() || "_.-".contains(char));
    if plain { name.to_owned() } else { quote(name, |_| true) }
}

impl Test {
    fn show(&self, exact: bool) -> String {
        match self {
            Self::Empty => "none".to_owned(),
            Self::Filled => "any".to_owned(),
            Self::Contains(text) => quote(text, |_| false),
            Self::Is(text) if exact => quote(text, |_| false),
            Self::Is(text) => format!("={}", quote(text, |word| Amount::read(word).is_some())),
            Self::Compares(operator, amount) => {
                let sign = match operator {
                    Operator::Less => "<",
                    Operator::AtMost => "<=",
                    Operator::More => ">",
                    Operator::AtLeast => ">=",
                    Operator::Equal => "=",
                };
                match amount {
                    Amount::Number(number) => format!("{sign}{number}"),
                    Amount::Date(date) => format!("{sign}{date}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
