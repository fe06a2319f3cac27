//! What `redraft check` proves about the candidate database, without changing anything in it.

use crate::{
    config::{SectionKind, nearest},
    domain::{CandidateId, Document, Role, Section, SectionId},
};

use super::{
    db::{Affinity, Fault, Rollback, Row, Sql, Val},
    found::Stop,
    keeping, key,
    mapped::Mapped,
    pair,
    plan::{self, Plan, SectionPlan, TablePlan},
    port::{CandidateDatabase, Check, CheckLevel, PageQuery, SourceError},
    privileges, read, rowwise, traps,
    write::Attempt,
    written,
};

/// How many candidates are read.
const SAMPLE: u32 = 50;

/// All checks, in the order in which somebody would repair things.
pub(super) async fn all(database: &Mapped) -> Vec<Check> {
    let mut checks = Vec::new();
    match database.db.facts().await {
        Ok(facts) => checks.extend(facts),
        Err(error) => {
            checks.push(failed("database", &error.into()));
            return checks;
        }
    }
    checks.extend(keys(database, &database.plan.candidates, "mapping.candidate").await);
    checks.push(number(database).await);
    checks.extend(columns(&database.plan));
    checks.extend(forbidden(database).await);
    checks.extend(Box::pin(of_postings(database)).await);
    // Each of these is a large future: on the heap it does not weigh on the stack of whoever asks.
    checks.extend(Box::pin(privileges_and_traps(database)).await);
    checks.extend(Box::pin(sample(database)).await);
    checks
}

impl Check {
    /// Something that is fine.
    pub(super) fn ok(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { subject: subject.into(), level: CheckLevel::Ok, message: message.into(), remedy: None }
    }

    /// Something that works, but somebody should look at it.
    pub(super) fn warning(subject: impl Into<String>, message: impl Into<String>, remedy: &str) -> Self {
        let remedy = Some(remedy.to_owned());
        Self { subject: subject.into(), level: CheckLevel::Warning, message: message.into(), remedy }
    }

    /// Something that does not work.
    pub(super) fn error(subject: impl Into<String>, message: impl Into<String>, remedy: &str) -> Self {
        Self { level: CheckLevel::Error, ..Self::warning(subject, message, remedy) }
    }
}

fn failed(subject: &str, error: &SourceError) -> Check {
    let (remedy, subject) = match error {
        SourceError::Mapping { hint, place, .. } => (hint.clone(), place.as_str()),
        SourceError::Busy(_) => {
            (Some("Close the program that holds it, then check again.".to_owned()), subject)
        }
        SourceError::ReadOnly(_) => {
            (Some("Let this account write there: a file with its directory, on a server UPDATE on the mapped columns.".to_owned()), subject)
        }
        SourceError::Unreachable(_) | SourceError::Unreadable(_) | SourceError::Engine(_) => (None, subject),
    };
    Check { subject: subject.to_owned(), level: CheckLevel::Error, message: error.to_string(), remedy }
}

/// The first integer of an answer.
fn first(rows: &[Row]) -> u64 {
    let first = rows.first().and_then(|row| row.first()).and_then(Val::int);
    first.and_then(|number| u64::try_from(number).ok()).unwrap_or(0)
}

async fn keys(database: &Mapped, table: &TablePlan, subject: &str) -> Vec<Check> {
    let names: Vec<String> = table.key.iter().map(|column| format!("\"{}\"", column.name)).collect();
    let what = if plan::is_view(table) { "View" } else { "Table" };
    let mut checks = vec![Check::ok(
        subject,
        format!("{what} \"{}\" is there, with the key {}.", table.info.name, names.join(", ")),
    )];
    let at = format!("{subject}.key");
    if !table.key_is_unique() {
        let columns: Vec<&str> = table.key.iter().map(|column| column.quoted.as_str()).collect();
        let mut sql =
            Sql::new(database.plan.engine, format!("SELECT count(*) FROM (SELECT 1 FROM {}", table.from));
        read::push_where(&mut sql, table);
        sql.push(&format!(" GROUP BY {} HAVING count(*) > 1) AS twice", columns.join(", ")));
        checks.push(match database.query(sql).await.map(|rows| first(&rows)) {
            Err(why) => failed(&at, &why),
            Ok(0) => Check::warning(
                at.clone(),
                "No two rows have the same key now, but nothing in the database forbids it.",
                "Add a unique index, or map columns that have one.",
            ),
            Ok(number) => Check::error(
                at.clone(),
                format!(
                    "{number} keys name more than one row; these candidates can be neither read nor written."
                ),
                "Map columns that together name one row.",
            ),
        });
    }
    if let Some(column) = table.key.iter().find(|column| column.nullable) {
        let sql = format!("SELECT count(*) FROM {} WHERE {} IS NULL", table.from, column.quoted);
        match database.query(Sql::new(database.plan.engine, sql)).await.map(|rows| first(&rows)) {
            Ok(0) => {}
            Ok(number) => checks.push(Check::warning(
                at,
                format!("{number} rows have NULL in \"{}\" and are left out.", column.name),
                "Give them a key if they are wanted.",
            )),
            Err(why) => checks.push(failed(&at, &why)),
        }
    }
    checks
}

async fn number(database: &Mapped) -> Check {
    match database.count().await {
        Ok(0) => Check::warning(
            "mapping.candidate",
            "The mapping sees no candidate.",
            "Look at mapping.candidate.where: it may leave out everybody.",
        ),
        Ok(number) => {
            Check::ok("mapping.candidate", format!("The mapping sees {}.", counted(number, "candidate")))
        }
        Err(why) => failed("mapping.candidate", &why),
    }
}

/// A column under `never_read` that is not there keeps nothing from being read.
async fn forbidden(database: &Mapped) -> Vec<Check> {
    let mut checks = Vec::new();
    for (table, column, place) in database.mapping.forbidden() {
        let Ok(Some(info)) = database.db.table(&table).await else { continue };
        let known = || info.columns.iter().map(|column| column.name.as_str());
        if known().any(|name| database.plan.engine.same_name(name, &column)) {
            continue;
        }
        // What the account may not read is not always listed, so that only a likely slip of the pen is told.
        let Some(near) = nearest(&column, known()) else { continue };
        checks.push(Check::warning(
            place,
            format!(
                "It names column \"{column}\", which table \"{}\" does not have: nothing is kept from being read.",
                info.name
            ),
            &format!("Did you mean \"{near}\"?"),
        ));
    }
    checks
}

/// Columns that alter what is written into them.
fn columns(plan: &Plan) -> Vec<Check> {
    let mut checks = Vec::new();
    for section in &plan.sections {
        for (place, cell) in section.written() {
            let column = plan.places.get(place).and_then(|place| place.columns.get(cell.column));
            if let Some(column) = column.filter(|column| column.affinity == Affinity::Number) {
                checks.push(Check::error(
                    format!("mapping.section.{}", section.id),
                    format!(
                        "Column {} turns texts that look like numbers into numbers.",
                        plan.engine.quote(&column.name)
                    ),
                    "Declare the column as TEXT, or say `write = false` for the section.",
                ));
            }
        }
    }
    checks
}

/// `1 candidate`, `2 candidates`.
fn counted(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

async fn of_postings(database: &Mapped) -> Vec<Check> {
    let postings = |number: usize| counted(number as u64, "posting");
    let Some(posting) = &database.plan.posting else {
        return vec![Check::ok("mapping.posting", "No postings are mapped: batches run without one.")];
    };
    let mut checks = keys(database, &posting.table, "mapping.posting").await;
    checks.push(match database.postings().await {
        Err(why) => failed("mapping.posting", &why),
        Ok(list) => match list.first() {
            None => Check::warning(
                "mapping.posting",
                "The mapping sees no posting.",
                "Look at mapping.posting.where: it may leave out every one.",
            ),
            Some(one) => match database.posting(&one.id).await {
                Ok(Some(one)) if one.text.is_empty() => Check::warning(
                    "mapping.posting.text",
                    format!("The mapping sees {}, and the first has no text.", postings(list.len())),
                    "Map the columns that describe the job.",
                ),
                Ok(Some(_)) => {
                    Check::ok("mapping.posting", format!("The mapping sees {}.", postings(list.len())))
                }
                Ok(None) => Check::warning(
                    "mapping.posting",
                    "The first posting went away while it was read.",
                    "Check again.",
                ),
                Err(why) => failed("mapping.posting", &why),
            },
        },
    });
    checks
}

/// What the account may do, and what the written tables do to texts.
async fn privileges_and_traps(database: &Mapped) -> Vec<Check> {
    let tables = match written::touched(&database.db, &database.mapping).await {
        Ok(tables) => tables,
        Err(why) => return vec![failed("database.privileges", &why)],
    };
    let mut checks = privileges::all(&database.db, &tables).await;
    let lasting = rowwise::without_transactions(&database.plan);
    checks.push(Box::pin(keeping::check(&database.db, database.receipts(), lasting)).await);
    checks.extend(traps::all(database.db.engine(), &tables));
    checks
}

/// The written table, if there is one, that cannot undo what a trial would write.
async fn cannot_undo(database: &Mapped) -> Result<Option<String>, SourceError> {
    let tables = written::touched(&database.db, &database.mapping).await?;
    let table = tables
        .iter()
        .find(|table| (table.added || !table.written().is_empty()) && table.info.rollback == Rollback::None);
    Ok(table.map(|table| table.info.name.clone()))
}

/// Reads some candidates, and writes one in a transaction that is undone.
async fn sample(database: &Mapped) -> Vec<Check> {
    const SUBJECT: &str = "mapping.section";
    let page = match database.page(&PageQuery { limit: SAMPLE, ..PageQuery::default() }).await {
        Ok(page) => page,
        Err(why) => return vec![failed("mapping.candidate", &why)],
    };
    let (mut documents, mut unreadable) = (Vec::new(), None);
    for candidate in page.candidates {
        match database.read(&candidate.id).await {
            Ok(found) => documents.extend(found.map(|(_, document)| (candidate.id, document))),
            Err(SourceError::Unreadable(why)) => unreadable = Some(named(&candidate.id, &why)),
            Err(why) => unreadable = Some(why),
        }
    }
    let Some((id, document)) = documents.first() else {
        return unreadable.iter().map(|why| failed(SUBJECT, why)).collect();
    };
    let has = |plan: &SectionPlan, document: &Document| {
        let own = document.sections.iter().filter(|section| plan.makes(&section.id));
        own.filter_map(|section| section.text.as_deref()).any(|text| !text.trim().is_empty())
    };
    let filled = |plan: &SectionPlan| documents.iter().filter(|(_, document)| has(plan, document)).count();
    let numbers: Vec<(&SectionId, usize)> =
        database.plan.sections.iter().map(|section| (&section.id, filled(section))).collect();
    let words: Vec<String> = numbers.iter().map(|(id, number)| format!("{id} {number}")).collect();
    let message = format!("Of the first {} candidates have text: {}.", documents.len(), words.join(", "));
    let mut checks = vec![if numbers.iter().any(|(_, number)| *number == 0) {
        Check::warning(SUBJECT, message, "A section without any text may read the wrong column.")
    } else {
        Check::ok(SUBJECT, message)
    }];
    if let Some(why) = unreadable {
        checks.push(Check::warning(SUBJECT, why.to_string(), "Such candidates are left out of batches."));
    }
    match Box::pin(cannot_undo(database)).await {
        Ok(None) => checks.extend(Box::pin(trial(database, id, document)).await),
        Ok(Some(table)) => checks.push(Check::warning(
            "write-back",
            format!("The trial of a write is left out: \"{table}\" could not undo it."),
            "Write one candidate back first, and look at it in the platform.",
        )),
        Err(why) => checks.push(failed("write-back", &why)),
    }
    checks
}

/// What cannot be read of a candidate, with its key.
fn named(id: &CandidateId, why: &str) -> SourceError {
    SourceError::Unreadable(format!("Candidate {id}: {why}"))
}

/// The whole write, with a text that nobody has, up to the commit that does not come.
async fn trial(database: &Mapped, id: &CandidateId, document: &Document) -> Option<Check> {
    const SUBJECT: &str = "write-back";
    let mut after = document.clone();
    let writable = |section: &Section| {
        let plan = database.plan.sections.iter().find(|plan| plan.makes(&section.id));
        // Where there is no row or value there is nothing to write to.
        plan.is_some_and(|plan| plan.write && (plan.place == 0 || section.text.is_some()))
            && section.role == Role::Rewritten
    };
    for section in after.sections.iter_mut().filter(|section| writable(section)) {
        let plan = database.plan.sections.iter().find(|plan| plan.makes(&section.id));
        let mapping = plan.and_then(|plan| database.mapping.section.iter().find(|one| one.id == plan.id));
        // The items of a list have no blanks around them; elsewhere they show what is cut off.
        let end = if mapping.is_some_and(|mapping| mapping.kind == SectionKind::List) { "" } else { " " };
        section.text = Some(format!("{} \u{270e} trial{end}", section.text.as_deref().unwrap_or_default()));
    }
    if after == *document {
        return Some(Check::ok(SUBJECT, "No section is to be written."));
    }
    let key = key::decode(&database.plan.candidates.key, &id.0)?;
    let pairs = match pair::pair(&database.plan, document, &after) {
        Ok(pairs) => pairs,
        Err(why) => return Some(failed(SUBJECT, &why)),
    };
    let (db, plan) = (&database.db, &database.plan);
    let attempt = Attempt { db, plan, key: &key, pairs: &pairs, receipt: None };
    Some(match attempt.rehearse().await {
        Ok(None) => Check::ok(SUBJECT, "A write went through and was undone."),
        Ok(Some(refusal)) => Check::warning(
            SUBJECT,
            format!("A trial text of a few bytes more was refused. {refusal}"),
            "Fine if the reason is the trial text; else change what stands in the way.",
        ),
        Err(Stop::Told(why)) => failed(SUBJECT, &why),
        Err(Stop::Db(why)) if why.fault == Fault::InDoubt => {
            failed(SUBJECT, &SourceError::Engine(why.message))
        }
        Err(Stop::Db(why)) => failed(SUBJECT, &why.into()),
    })
}
