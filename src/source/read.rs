//! Statements that read, and what their rows mean.

use crate::domain::{Candidate, CandidateId, Document, Posting, PostingId, Section};

use super::{
    db::{Row, Sql, Val},
    key,
    plan::{Plan, PostingPlan, SectionPlan, TablePlan},
    port::{PageQuery, SourceError},
};

/// Longer searches are cut off: nobody means them, and every row has to be looked at.
const LONGEST_SEARCH: usize = 200;

/// The most postings of a list.
const POSTINGS: usize = 1_000;

/// One candidate as a row has it: key, display, shown columns, in this order.
pub(super) fn candidate(plan: &Plan, row: &[Val]) -> Result<Candidate, SourceError> {
    let (key, rest) = row.split_at_checked(plan.candidates.key.len()).ok_or_else(short)?;
    let (display, rest) = rest.split_at_checked(plan.display.len()).ok_or_else(short)?;
    let names: Vec<String> = display.iter().map(Val::words).filter(|name| !name.is_empty()).collect();
    Ok(Candidate {
        id: CandidateId(key::encode(&plan.candidates.key, key)?),
        name: names.join(" "),
        shown: rest.iter().take(plan.shown.len()).map(Val::words).collect(),
    })
}

fn short() -> SourceError {
    SourceError::Engine("The database answered with too few columns.".to_owned())
}

/// The sections as a row has them, in the order of `sections`.
pub(super) fn document<'s>(
    sections: impl IntoIterator<Item = &'s SectionPlan>,
    row: &[Val],
) -> Result<Document, SourceError> {
    let sections = sections.into_iter().zip(row).map(|(section, value)| {
        Ok(Section {
            id: section.id.clone(),
            format: section.format,
            text: text(section, value)?,
            ..Section::default()
        })
    });
    Ok(Document { sections: sections.collect::<Result<_, SourceError>>()? })
}

/// The text of a cell, byte for byte. What is no text is not guessed at.
pub(super) fn text(section: &SectionPlan, value: &Val) -> Result<Option<String>, SourceError> {
    let odd = |what: &str| {
        SourceError::Unreadable(format!(
            "Section \"{}\" of this candidate holds {what}, not a text.",
            section.id
        ))
    };
    match value {
        Val::Null => Ok(None),
        Val::Text(text) => Ok(Some(text.clone())),
        Val::Bytes(bytes) => {
            String::from_utf8(bytes.clone()).map(Some).map_err(|_| odd("bytes that are no UTF-8"))
        }
        Val::Int(_) | Val::UInt(_) | Val::Real(_) => Err(odd("a number")),
    }
}

/// Adds ` WHERE` with the mapping's condition and the key not NULL.
pub(super) fn push_where(sql: &mut Sql, table: &TablePlan) {
    let mut word = " WHERE ";
    let nullable = table.key.iter().filter(|column| column.nullable);
    let parts = nullable.map(|column| format!("{} IS NOT NULL", column.quoted));
    for part in table.condition.iter().cloned().chain(parts) {
        sql.push(word).push(&part);
        word = " AND ";
    }
    if word == " WHERE " {
        sql.push(" WHERE 1 = 1");
    }
}

fn head(plan: &Plan) -> String {
    let rest = plan.display.iter().chain(&plan.shown).cloned();
    std::iter::once(key::selected(&plan.candidates.key)).chain(rest).collect::<Vec<_>>().join(", ")
}

/// The statement for a page; one row more than its limit tells whether more follow.
pub(super) fn page(plan: &Plan, query: &PageQuery, limit: u32) -> Option<Sql> {
    let table = &plan.candidates;
    let mut sql = Sql::new(plan.engine, format!("SELECT {} FROM {}", head(plan), table.from));
    push_where(&mut sql, table);
    if let Some(after) = &query.after {
        let values = key::decode(&table.key, &after.0)?;
        key::push_after(&mut sql, &table.key, &values);
    }
    push_search(&mut sql, plan, query.search.as_deref().unwrap_or_default());
    sql.push(&format!(" ORDER BY {} LIMIT {}", key::sorted(&table.key), u64::from(limit) + 1));
    Some(sql)
}

fn push_search(sql: &mut Sql, plan: &Plan, search: &str) {
    if search.is_empty() {
        return;
    }
    let search: String = search.chars().take(LONGEST_SEARCH).collect();
    let pattern = plan.engine.pattern(&search);
    let shown = plan.shown.iter().map(|column| plan.engine.as_text(column));
    let places = std::iter::once(format!("({})", plan.engine.joined(&plan.display))).chain(shown);
    for (index, expression) in places.enumerate() {
        let place = sql.place(Val::from(pattern.as_str()));
        sql.push(if index == 0 { " AND (" } else { " OR " });
        sql.push(&plan.engine.contains(&expression, &place));
    }
    sql.push(")");
}

/// The statement that counts candidates.
pub(super) fn count(plan: &Plan) -> Sql {
    let mut sql = Sql::new(plan.engine, format!("SELECT count(*) FROM {}", plan.candidates.from));
    push_where(&mut sql, &plan.candidates);
    sql
}

/// The statement that reads one candidate with the source.
pub(super) fn one(plan: &Plan, key: &[Val]) -> Sql {
    let sections: Vec<String> =
        plan.sections.iter().map(|section| plan.engine.selected(&section.info)).collect();
    let columns = format!("{}, {}", head(plan), sections.join(", "));
    let mut sql = Sql::new(plan.engine, format!("SELECT {columns} FROM {}", plan.candidates.from));
    push_where(&mut sql, &plan.candidates);
    key::push_equal(&mut sql, &plan.candidates.key, key);
    sql.push(" LIMIT 2");
    sql
}

/// The one row, or none; two candidates of the same key are an error.
pub(super) fn single(mut rows: Vec<Row>) -> Result<Option<Row>, SourceError> {
    if rows.len() > 1 {
        return Err(SourceError::Unreadable(
            "Two candidates have the same key; the mapping's key must name one row.".to_owned(),
        ));
    }
    Ok(rows.pop())
}

/// The statement for all postings, without their texts.
pub(super) fn postings(plan: &Plan, posting: &PostingPlan) -> Sql {
    let key = key::selected(&posting.table.key);
    let mut sql =
        Sql::new(plan.engine, format!("SELECT {key}, {} FROM {}", posting.title, posting.table.from));
    push_where(&mut sql, &posting.table);
    sql.push(&format!(" ORDER BY {} LIMIT {POSTINGS}", key::sorted(&posting.table.key)));
    sql
}

/// The statement for one posting with its text.
pub(super) fn posting(plan: &Plan, posting: &PostingPlan, key: &[Val]) -> Sql {
    let columns: Vec<String> = [key::selected(&posting.table.key), posting.title.clone()]
        .into_iter()
        .chain(posting.text.iter().cloned())
        .collect();
    let mut sql = Sql::new(plan.engine, format!("SELECT {} FROM {}", columns.join(", "), posting.table.from));
    push_where(&mut sql, &posting.table);
    key::push_equal(&mut sql, &posting.table.key, key);
    sql.push(" LIMIT 2");
    sql
}

/// A posting as a row has it: key, title, parts of the text.
pub(super) fn posting_of(plan: &PostingPlan, row: &[Val]) -> Result<Posting, SourceError> {
    let (key, rest) = row.split_at_checked(plan.table.key.len()).ok_or_else(short)?;
    let (title, parts) = rest.split_first().ok_or_else(short)?;
    let parts: Vec<String> = parts.iter().map(Val::words).filter(|part| !part.trim().is_empty()).collect();
    Ok(Posting {
        id: PostingId(key::encode(&plan.table.key, key)?),
        title: title.words(),
        text: parts.join("\n\n"),
    })
}
