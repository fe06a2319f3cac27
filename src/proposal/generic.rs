//! The likeliest mapping of a database that is no known platform's.

use super::{
    Agency, Postings, Proposal, Unfit, Wanted,
    draft::{Draft, Section},
    entry::{Entry, Value},
    jobs,
    known::Platform,
    lexicon::Meaning,
    names::{first_of, means},
    people::{self, Ranked},
    prose,
    schema::{Column, Engine, Family, Schema, Table},
    sections,
};

/// How many further columns a list shows.
const SHOWN: usize = 2;

/// Proposes a mapping by points, or with the tables that are wanted.
pub(super) fn propose(schema: &Schema, wanted: &Wanted) -> Result<Proposal, Unfit> {
    let tables = people::rank(schema);
    let candidates = candidates(schema, wanted, &tables)?;
    if candidates.key.is_empty() {
        return Err(Unfit::NoKey(candidates.name.clone()));
    }
    let postings = jobs::rank(schema, candidates);
    let posting = posting(schema, wanted, &postings)?;
    let shared = shared_by(candidates, posting.map(|(table, _)| table));
    let tenants =
        shared.and_then(|column| column.measure.as_ref()).map_or(&[][..], |measure| &measure.values);
    let tenant = match (shared, &wanted.agency, tenants) {
        (None, ..) | (_, Agency::All, _) | (_, Agency::Guess, []) => None,
        (Some(column), Agency::One(value), _) => Some((column.name.as_str(), value.as_str())),
        (Some(column), Agency::Guess, [only]) => Some((column.name.as_str(), only.as_str())),
        (Some(column), Agency::Guess, several) => {
            return Err(Unfit::Agencies(column.name.clone(), several.to_vec()));
        }
    };
    let offered = sections::offered(schema, candidates, tenant.map(|(column, _)| column));
    let taken = match &wanted.sections {
        Some(ids) => chosen(&offered, ids)?,
        None if offered.is_empty() => return Err(Unfit::NoSections),
        None => offered.clone(),
    };
    let why = people::points(schema, candidates).why;
    let entry = candidate(schema.engine, candidates, &taken, &why);
    let draft = Draft {
        platform: Platform::Other,
        expect: Vec::new(),
        head: head(tenant, wanted),
        candidate: entry,
        personal: personal(candidates),
        sections: taken,
        posting: posting.and_then(|(table, why)| jobs::entry(table, why)),
        link: posting.and_then(|(table, _)| jobs::link(schema, candidates, table)),
    };
    Ok(Proposal { draft, tables, offered, postings, tenants: tenants.to_vec() })
}

fn candidates<'s>(schema: &'s Schema, wanted: &Wanted, tables: &[Ranked]) -> Result<&'s Table, Unfit> {
    let name = match &wanted.candidates {
        Some(name) => name.clone(),
        None => tables.first().ok_or(Unfit::NoCandidates)?.table.clone(),
    };
    schema.table(&name).ok_or(Unfit::NoTable(name))
}

fn posting<'s, 'r>(
    schema: &'s Schema,
    wanted: &Wanted,
    ranked: &'r [Ranked],
) -> Result<Option<(&'s Table, &'r [String])>, Unfit> {
    match &wanted.postings {
        Postings::None => Ok(None),
        Postings::Guess => {
            Ok(ranked.first().and_then(|best| Some((schema.table(&best.table)?, best.why.as_slice()))))
        }
        Postings::Table(name) => {
            let table = schema.table(name).ok_or_else(|| Unfit::NoTable(name.clone()))?;
            let why = ranked.iter().find(|ranked| ranked.table == table.name);
            Ok(Some((table, why.map_or(&[], |ranked| ranked.why.as_slice()))))
        }
    }
}

/// The column that tells one agency from another, if candidates and postings both have it.
fn shared_by<'s>(candidates: &'s Table, posting: Option<&Table>) -> Option<&'s Column> {
    candidates.columns.iter().find(|column| {
        // It may be part of the key, but not all of it.
        means(&column.name, Meaning::Tenant)
            && candidates.key != [column.name.as_str()]
            && posting.is_some_and(|table| table.column(&column.name).is_some())
    })
}

fn head(tenant: Option<(&str, &str)>, wanted: &Wanted) -> Entry {
    let entry = Entry::default();
    let entry = match tenant {
        Some((column, value)) => entry.because("Only rows of this agency are read or written.").with(
            "tenant",
            Value::table(vec![("column", Value::from(column)), ("value", Value::typed(value))]),
        ),
        None => entry,
    };
    entry.maybe("locale", wanted.locale.as_deref())
}

/// The sections of these ids, in this order.
pub(super) fn chosen(offered: &[Section], ids: &[String]) -> Result<Vec<Section>, Unfit> {
    let find = |id: &String| offered.iter().find(|section| section.id == *id).cloned();
    let known = || offered.iter().map(|section| section.id.clone()).collect();
    ids.iter().map(|id| find(id).ok_or_else(|| Unfit::NoSection(id.clone(), known()))).collect()
}

fn candidate(engine: Engine, table: &Table, sections: &[Section], why: &[String]) -> Entry {
    let of_sections = |name: &String| {
        sections.iter().any(|section| section.table.is_none() && section.columns.contains(name))
    };
    let display = people::display(table);
    let display = if display.is_empty() { table.key.clone() } else { display };
    let shown = table.columns.iter().filter(|column| {
        column.is_text()
            && means(&column.name, Meaning::Shown)
            && !prose::is_private(&column.name)
            && !of_sections(&column.name)
            && !display.contains(&column.name)
            && column.measure.as_ref().is_none_or(|measure| measure.average() <= 60)
    });
    let shown: Vec<String> = shown.take(SHOWN).map(|column| column.name.clone()).collect();
    let updated = table.columns.iter().find(|column| {
        means(&column.name, Meaning::Updated) && (column.family == Family::Time || column.is_text())
    });
    let never = table.columns.iter().filter(|column| {
        prose::is_private(&column.name)
            && !of_sections(&column.name)
            && !display.contains(&column.name)
            && !table.key.contains(&column.name)
    });
    let never: Vec<String> = never.map(|column| column.name.clone()).collect();
    Entry::default()
        .because(format!("{}: {}.", table.name, why.join("; ")))
        .with("table", &table.name)
        .with("key", table.key.clone())
        .with("display", display)
        .maybe("show", Some(shown))
        .maybe("where", condition(engine, table))
        .maybe("updated_at", updated.map(|column| &column.name))
        .maybe("never_read", Some(never))
}

/// Which rows count: those of people who agreed, that are active and not thrown away.
fn condition(engine: Engine, table: &Table) -> Option<String> {
    let mut parts = Vec::new();
    for column in &table.columns {
        let meaning = first_of(&column.name, &[Meaning::Consent, Meaning::Active, Meaning::Deleted]);
        let Some(meaning) = meaning else { continue };
        let name = identifier(engine, &column.name);
        let thrown_away = meaning == Meaning::Deleted;
        parts.push(match (column.family, thrown_away) {
            (Family::Truth, false) if engine == Engine::Postgres => name,
            (Family::Truth, true) if engine == Engine::Postgres => format!("NOT {name}"),
            (Family::Number | Family::Truth, false) => format!("{name} = 1"),
            (Family::Number | Family::Truth, true) => format!("{name} = 0"),
            (Family::Time, true) => format!("{name} IS NULL"),
            (Family::Time | Family::Text | Family::Json | Family::Other, _) => continue,
        });
    }
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// A name in SQL of the configuration: quoted only if it must be.
fn identifier(engine: Engine, name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_lowercase());
    if plain {
        return name.to_owned();
    }
    match engine {
        Engine::MySql => format!("`{}`", name.replace('`', "``")),
        Engine::Sqlite | Engine::Postgres => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}

/// What tells who somebody is: read to be masked, never sent.
fn personal(table: &Table) -> Entry {
    const KINDS: [(&str, &[Meaning]); 6] = [
        ("name", &[Meaning::FirstName, Meaning::MiddleName, Meaning::LastName, Meaning::Name]),
        ("email", &[Meaning::Email]),
        ("phone", &[Meaning::Phone]),
        ("address", &[Meaning::Address]),
        ("url", &[Meaning::Url]),
        ("birth", &[]),
    ];
    let mut entry = Entry::default();
    let mut taken: Vec<&str> = Vec::new();
    for (kind, meanings) in KINDS {
        let of = table.columns.iter().filter(|column| {
            column.is_text()
                && !prose::is_private(&column.name)
                && first_of(&column.name, meanings).is_some()
                && !(kind == "name" && means(&column.name, Meaning::Employer))
        });
        let names: Vec<&str> =
            of.map(|column| column.name.as_str()).filter(|name| !taken.contains(name)).collect();
        taken.extend(&names);
        entry = entry.maybe(kind, (!names.is_empty()).then(|| Value::from(names.as_slice())));
    }
    entry
}
