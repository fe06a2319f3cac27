//! Which table holds the candidates: points for what speaks for it, with the reasons.

use super::{
    lexicon::Meaning,
    names::{first_of, means},
    prose,
    schema::{Column, Schema, Table},
};

/// A table with what speaks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// Its name.
    pub table: String,
    /// The more the likelier.
    pub points: i32,
    /// Why, in half sentences.
    pub why: Vec<String>,
}

/// Fewer points than this are no proposal.
pub(super) const ENOUGH: i32 = 45;

/// All tables that may hold candidates, the likeliest first.
pub(super) fn rank(schema: &Schema) -> Vec<Ranked> {
    let mut ranked: Vec<Ranked> = schema
        .tables
        .iter()
        .map(|table| points(schema, table))
        .filter(|ranked| ranked.points >= ENOUGH)
        .collect();
    ranked.sort_by(|left, right| right.points.cmp(&left.points).then_with(|| left.table.cmp(&right.table)));
    ranked
}

/// The points of one table.
pub(super) fn points(schema: &Schema, table: &Table) -> Ranked {
    let mut ranked = Ranked { table: table.name.clone(), points: 0, why: Vec::new() };
    let mut add = |points: i32, why: String| {
        ranked.points += points;
        if points > 0 {
            ranked.why.push(why);
        }
    };
    if means(&table.name, Meaning::Candidate) {
        add(35, "its name speaks of candidates".to_owned());
    }
    for (meaning, points) in [
        (Meaning::OtherPeople, -25),
        (Meaning::Aside, -30),
        (Meaning::Posting, -20),
        (Meaning::Application, -15),
    ] {
        if means(&table.name, meaning) {
            add(points, String::new());
        }
    }
    let names = display(table);
    if !names.is_empty() {
        let points = if names.len() > 1 { 20 } else { 12 };
        add(points, format!("{} {} people", listed(&names), if names.len() > 1 { "name" } else { "names" }));
    }
    let reach: Vec<&str> = [Meaning::Email, Meaning::Phone]
        .iter()
        .filter_map(|meaning| table.columns.iter().find(|column| means(&column.name, *meaning)))
        .map(|column| column.name.as_str())
        .collect();
    if !reach.is_empty() && !names.is_empty() {
        add(10, format!("they can be reached by {}", reach.join(" and ")));
    }
    if let Some((points, why)) = prose::best(schema, table) {
        add(points, why);
    }
    add(if table.key.is_empty() { -30 } else { 5 }, "each row has a key".to_owned());
    if table.rows == Some(0) {
        add(-15, String::new());
    }
    ranked
}

/// The columns that make the name of a person.
pub(super) fn display(table: &Table) -> Vec<String> {
    let of = |meaning| table.columns.iter().find(|column| column.is_text() && means(&column.name, meaning));
    let whole = |column: &&Column| {
        column.is_text()
            && first_of(&column.name, &[Meaning::FirstName, Meaning::LastName, Meaning::MiddleName]).is_none()
            && means(&column.name, Meaning::Name)
            && !means(&column.name, Meaning::OtherPeople)
    };
    match (of(Meaning::FirstName), of(Meaning::LastName)) {
        (Some(first), Some(last)) if first.name != last.name => vec![first.name.clone(), last.name.clone()],
        (first, last) => {
            let one = table.columns.iter().find(whole).or(last).or(first);
            one.map(|column| column.name.clone()).into_iter().collect()
        }
    }
}

/// Columns joined as in a sentence.
pub(super) fn listed(names: &[String]) -> String {
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
