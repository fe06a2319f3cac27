//! Which table holds the postings, and how candidates and postings come together.

use super::{
    Measure,
    entry::{Entry, Value},
    lexicon::Meaning,
    names::means,
    people::Ranked,
    prose,
    schema::{Column, Family, Schema, Table},
};

/// Fewer points than this are no proposal.
const ENOUGH: i32 = 40;

/// All tables that may hold postings, the likeliest first.
pub(super) fn rank(schema: &Schema, candidates: &Table) -> Vec<Ranked> {
    let mut ranked: Vec<Ranked> = schema
        .tables
        .iter()
        .filter(|table| table.name != candidates.name)
        .map(|table| points(schema, table, candidates))
        .filter(|ranked| ranked.points >= ENOUGH)
        .collect();
    ranked.sort_by(|left, right| right.points.cmp(&left.points).then_with(|| left.table.cmp(&right.table)));
    ranked
}

fn points(schema: &Schema, table: &Table, candidates: &Table) -> Ranked {
    let mut ranked = Ranked { table: table.name.clone(), points: 0, why: Vec::new() };
    let mut add = |points: i32, why: &str| {
        ranked.points += points;
        if points > 0 {
            ranked.why.push(why.to_owned());
        }
    };
    if means(&table.name, Meaning::Posting) {
        add(30, "its name speaks of jobs");
    }
    for (meaning, points) in [(Meaning::Aside, -20), (Meaning::Application, -20), (Meaning::Candidate, -10)] {
        if means(&table.name, meaning) {
            add(points, "");
        }
    }
    match title(table) {
        Some(column) if means(&column.name, Meaning::JobTitle) => add(20, "it has a job title"),
        Some(_) => add(10, "it has a title"),
        None => {}
    }
    let linked = schema.tables.iter().any(|between| {
        between.name != table.name
            && between.refers_to(candidates).is_some()
            && between.refers_to(table).is_some()
    });
    if linked {
        add(20, "candidates are linked to it");
    }
    if !parts(table).is_empty() {
        add(15, "it has a description");
    }
    if table.refers_to(candidates).is_some() {
        add(-30, "");
    }
    if table.key.is_empty() {
        add(-30, "");
    }
    ranked
}

fn title(table: &Table) -> Option<&Column> {
    let fits = |meaning| {
        move |column: &&Column| {
            column.is_text() && !table.key.contains(&column.name) && means(&column.name, meaning)
        }
    };
    let own = |column: &&Column| means(&column.name, Meaning::Posting) && fits(Meaning::Posting)(column);
    let mut columns = table.columns.iter();
    columns
        .clone()
        .find(fits(Meaning::JobTitle))
        .or_else(|| columns.clone().find(fits(Meaning::Name)))
        .or_else(|| columns.find(own))
}

/// The columns that describe a job.
fn parts(table: &Table) -> Vec<&Column> {
    let title = title(table).map(|column| column.name.as_str());
    table
        .columns
        .iter()
        .filter(|column| {
            column.is_text()
                && Some(column.name.as_str()) != title
                && !table.key.contains(&column.name)
                && !prose::is_private(&column.name)
                && (means(&column.name, Meaning::Description)
                    || prose::points(table, column).is_some_and(|prose| prose.points >= prose::ENOUGH))
                && column.measure.as_ref().is_none_or(|measure| measure.rows == 0 || measure.average() >= 20)
        })
        .collect()
}

/// Where no column looks like a description, the one with the longest texts.
fn longest(table: &Table) -> Option<&Column> {
    let title = title(table).map(|column| column.name.as_str());
    let average = |column: &&Column| column.measure.as_ref().map_or(0, Measure::average);
    let texts = table.columns.iter().filter(|column| {
        column.is_text()
            && Some(column.name.as_str()) != title
            && !table.key.contains(&column.name)
            && !prose::is_private(&column.name)
    });
    texts.max_by_key(average).filter(|column| average(column) >= 20)
}

/// The mapping of a table of postings; `None` if it has no title.
pub(super) fn entry(table: &Table, why: &[String]) -> Option<Entry> {
    let title = title(table)?;
    let title_of = match title.measure.as_ref().filter(|measure| measure.is_json()) {
        Some(_) => Value::from([("column", title.name.as_str()), ("json_path", "$.{locale}")]),
        None => Value::from([("column", title.name.as_str())]),
    };
    let part = |column: &&Column| {
        let mut keys = vec![("column".to_owned(), Value::from(&column.name))];
        if column.measure.as_ref().is_some_and(Measure::is_html) {
            keys.push(("format".to_owned(), Value::from("html")));
        }
        keys
    };
    let found = parts(table);
    let longest = longest(table).filter(|_| found.is_empty());
    let parts: Vec<_> = found.iter().chain(&longest).map(part).collect();
    let why = if why.is_empty() { "it was named".to_owned() } else { why.join("; ") };
    let entry = Entry::default().because(format!("{}: {why}.", table.name));
    Some(
        entry
            .with("table", &table.name)
            .with("key", table.key.clone())
            .maybe("where", open(table))
            .with("title", title_of)
            .with("text", Value::Tables(parts)),
    )
}

/// Which postings are still open, if a column says so in a word that is known.
fn open(table: &Table) -> Option<String> {
    const WORDS: [&str; 8] = ["open", "active", "published", "offen", "aktiv", "ouvert", "abierto", "aberto"];
    let column = stage(table)?;
    let values = &column.measure.as_ref()?.values;
    let open = values.iter().find(|value| WORDS.contains(&value.to_lowercase().as_str()))?;
    let name = column.name.chars().all(|c| c.is_ascii_lowercase() || c == '_').then_some(&column.name)?;
    Some(format!("{name} = '{}'", open.replace('\'', "''")))
}

/// The column that tells where a row stands.
fn stage(table: &Table) -> Option<&Column> {
    table.columns.iter().find(|column| {
        matches!(column.family, Family::Text | Family::Number)
            && !table.key.contains(&column.name)
            && means(&column.name, Meaning::Stage)
    })
}

/// How candidates and postings come together.
pub(super) fn link(schema: &Schema, candidates: &Table, postings: &Table) -> Option<Entry> {
    let between = schema.tables.iter().filter(|table| {
        table.name != candidates.name && table.name != postings.name && !means(&table.name, Meaning::Aside)
    });
    let mut found: Vec<_> = between
        .filter_map(|table| Some((table, table.refers_to(candidates)?, table.refers_to(postings)?)))
        .collect();
    found.sort_by_key(|(table, ..)| (table.columns.len(), table.name.clone()));
    if let Some((table, candidate, posting)) = found.into_iter().next() {
        let entry =
            Entry::default().because(format!("Rows of {} name a candidate and a posting.", table.name));
        return Some(
            entry
                .with("table", &table.name)
                .with("candidate", candidate)
                .with("posting", posting)
                .maybe("stage", stage(table).map(|column| &column.name)),
        );
    }
    let own = candidates.refers_to(postings)?;
    let [(column, _)] = own.as_slice() else { return None };
    Some(
        Entry::default()
            .because(format!("{}.{column} names the posting.", candidates.name))
            .with("column", column.as_str()),
    )
}
