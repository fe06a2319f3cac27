//! The sections of a résumé: from the candidate's own columns, from JSON, and from tables that belong to a candidate.

use super::{
    Measure,
    draft::Section,
    entry::{Entry, Value},
    lexicon::Meaning,
    names::{compact, means, words},
    prose::{self, About, Prose},
    schema::{Column, Family, Schema, Table},
};

/// All sections that may be mapped, the likeliest mapping of each, in the order of the tables.
pub(super) fn offered(schema: &Schema, candidates: &Table, tenant: Option<&str>) -> Vec<Section> {
    let mut sections: Vec<Section> =
        prose::columns(candidates).iter().map(|prose| column(candidates, prose)).collect();
    for child in schema.tables.iter().filter(|table| table.name != candidates.name && !table.view) {
        if means(&child.name, Meaning::Aside) || means(&child.name, Meaning::Application) {
            continue;
        }
        if let Some(join) = child.refers_to(candidates) {
            sections.extend(of_child(candidates, child, &join));
        }
    }
    if let Some(tenant) = tenant {
        for section in &mut sections {
            let lacks =
                |name: &String| schema.table(name).is_some_and(|table| table.column(tenant).is_none());
            if section.table.as_ref().is_some_and(lacks) {
                section.entry.keys.push(("tenant", Value::Truth(false)));
            }
        }
    }
    apart(&mut sections);
    sections
}

/// No two sections have the same id.
fn apart(sections: &mut [Section]) {
    for index in 1..sections.len() {
        let (others, rest) = sections.split_at_mut(index);
        let Some(section) = rest.first_mut() else { return };
        let taken = |id: &str| others.iter().any(|other| other.id == id);
        if !taken(&section.id) {
            continue;
        }
        let base = section.id.clone();
        if let Some(free) =
            (2..=others.len() + 2).map(|number| format!("{base}-{number}")).find(|id| !taken(id))
        {
            section.id.clone_from(&free);
            if let Some((_, id)) = section.entry.keys.iter_mut().find(|(key, _)| *key == "id") {
                *id = Value::Text(free);
            }
        }
    }
}

/// A column of the candidate's row.
pub(super) fn column(table: &Table, prose: &Prose<'_>) -> Section {
    let column = prose.column;
    let id = prose::id(prose.about, &column.name);
    let why = format!("{}.{}: {}.", table.name, column.name, prose.why.join("; "));
    let entry = Entry::default().because(why).with("id", &id);
    let json = column.measure.as_ref().filter(|measure| measure.is_json());
    let entry = match json {
        Some(measure) => in_json(entry, column, measure),
        None => plain(entry.with("kind", "text"), column),
    };
    let entry = match prose.about {
        Some(About::Education) => entry
            .because("Context for the model; remove `write = false` if it may be rewritten too.")
            .with("write", Value::Truth(false)),
        Some(
            About::Letter
            | About::Skills
            | About::Experience
            | About::Summary
            | About::Resume
            | About::Anything,
        )
        | None => entry,
    };
    Section { id, table: None, columns: vec![column.name.clone()], entry, target: None }
}

fn plain(entry: Entry, column: &Column) -> Entry {
    let entry = entry.with("column", &column.name);
    if column.measure.as_ref().is_some_and(Measure::is_html) { entry.with("format", "html") } else { entry }
}

/// A document in JSON: prose may be written, the rest of its texts is shown to the model.
fn in_json(entry: Entry, column: &Column, measure: &Measure) -> Entry {
    let (mut writable, mut fixed) = (Vec::new(), Vec::new());
    for (path, (number, chars)) in &measure.paths {
        let last = path.rsplit('.').next().unwrap_or(path).trim_end_matches("[*]");
        let average = chars / number.max(&1);
        if path.contains("references") || prose::is_private(last) || is_contact(last) {
            continue;
        }
        let speaks = About::of(last).is_some_and(|about| about != About::Education)
            || means(last, Meaning::Description)
            || ["highlight", "highlights", "achievements", "tasks"].contains(&compact(last).as_str());
        let fact = means(last, Meaning::Employer)
            || means(last, Meaning::JobTitle)
            || means(last, Meaning::From)
            || means(last, Meaning::To)
            || means(last, Meaning::Name);
        if !fact && (average >= 60 || (speaks && average >= 20)) {
            writable.push(path.clone());
        } else if fact && path.contains("[*]") {
            fixed.push(path.clone());
        }
    }
    entry
        .with("kind", "json")
        .with("column", &column.name)
        .with("writable", writable)
        .maybe("fixed", Some(fixed))
}

fn is_contact(name: &str) -> bool {
    [Meaning::Email, Meaning::Phone, Meaning::Url, Meaning::Address]
        .iter()
        .any(|meaning| means(name, *meaning))
}

/// Rows that belong to a candidate: a job each, or a document each.
fn of_child(candidates: &Table, child: &Table, join: &[(String, String)]) -> Option<Section> {
    let joined = |column: &Column| join.iter().any(|(own, _)| *own == column.name);
    let named = About::of(&child.name);
    let mut texts: Vec<Prose<'_>> = child
        .columns
        .iter()
        .filter(|column| !joined(column))
        .filter_map(|column| prose::points(child, column))
        .map(|mut prose| {
            let described = means(&prose.column.name, Meaning::Description);
            prose.points += if described { 20 } else { 0 } + if named.is_some() { 20 } else { 0 };
            prose
        })
        .filter(|prose| prose.points >= prose::ENOUGH)
        .collect();
    texts.sort_by_key(|prose| std::cmp::Reverse(prose.points));
    let best = texts.first()?;
    let facts = facts(child, best.column);
    let about = best.about.filter(|about| *about != About::Anything).or(named);
    let is_job = facts.iter().any(|(name, _)| *name != "title") && about != Some(About::Resume);
    // `candidate_document` is the candidate's `document`.
    let owner = words(&candidates.name);
    let own: Vec<String> = words(&child.name).into_iter().filter(|word| !owner.contains(word)).collect();
    let id = prose::id(about, if own.is_empty() { child.name.clone() } else { own.join("_") }.as_str());
    let why = format!(
        "{}.{}: rows of {} belong to a candidate; {}.",
        child.name,
        best.column.name,
        child.name,
        best.why.join("; ")
    );
    let entry =
        Entry::default().because(why).with("id", &id).with("kind", if is_job { "rows" } else { "text" });
    let entry = entry.with("table", &child.name).with("key", child.key.clone()).with("join", join.to_vec());
    let newest: Vec<String> = child.key.iter().map(|key| format!("-{key}")).collect();
    let entry = if is_job {
        rows(entry, child, best.column, facts)
    } else {
        plain(entry.because("Of several the newest counts.").with("pick", newest), best.column)
    };
    let columns = vec![best.column.name.clone()];
    (!child.key.is_empty()).then_some(Section {
        id,
        table: Some(child.name.clone()),
        columns,
        entry,
        target: None,
    })
}

fn rows(entry: Entry, child: &Table, body: &Column, facts: Vec<(&'static str, String)>) -> Entry {
    let begun = facts.iter().find(|(name, _)| *name == "from").map(|(_, column)| format!("-{column}"));
    let order: Vec<String> = begun.into_iter().chain(child.key.first().cloned()).collect();
    let facts = facts.into_iter().map(|(name, column)| (name, Value::Text(column))).collect();
    let mut body_of = vec![("column", Value::from(&body.name))];
    if body.measure.as_ref().is_some_and(Measure::is_html) {
        body_of.push(("format", Value::from("html")));
    }
    entry
        .with("order", order)
        .with("fixed", Value::table(facts))
        .with("writable", Value::table(vec![("body", Value::table(body_of))]))
}

/// What is told about a job beside its text: shown to the model, never written.
fn facts(child: &Table, body: &Column) -> Vec<(&'static str, String)> {
    const FACTS: [(&str, Meaning); 4] = [
        ("employer", Meaning::Employer),
        ("title", Meaning::JobTitle),
        ("from", Meaning::From),
        ("to", Meaning::To),
    ];
    let mut taken: Vec<&str> = vec![&body.name];
    let mut found = Vec::new();
    for (name, meaning) in FACTS {
        let fits = |column: &&Column| {
            !taken.contains(&column.name.as_str())
                && !matches!(column.family, Family::Json | Family::Other)
                && !prose::is_private(&column.name)
                && !column.name.ends_with("id")
                && means(&column.name, meaning)
        };
        if let Some(column) = child.columns.iter().find(fits) {
            taken.push(&column.name);
            found.push((name, column.name.clone()));
        }
    }
    found
}
