//! Statements that read, and what their rows mean.

use crate::{
    domain::{Candidate, CandidateId, Format, Posting, PostingId},
    text::codec::{Codec, json::Node},
};

use super::{
    db::{Row, Sql, Val},
    key,
    plan::{PartPlan, Plan, PostingPlan, TablePlan},
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

pub(super) fn short() -> SourceError {
    SourceError::Engine("The database answered with too few columns.".to_owned())
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

/// The statement that reads one candidate with the columns of its own row that sections need.
pub(super) fn one(plan: &Plan, key: &[Val]) -> Sql {
    let own = plan.places.first().into_iter().flat_map(|place| &place.columns);
    let own = own.map(|column| plan.engine.selected(column));
    let columns = std::iter::once(head(plan)).chain(own).collect::<Vec<_>>().join(", ");
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
    let mut sql = Sql::new(
        plan.engine,
        format!("SELECT {key}, {} FROM {}", posting.title.expression, posting.table.from),
    );
    push_where(&mut sql, &posting.table);
    sql.push(&format!(" ORDER BY {} LIMIT {POSTINGS}", key::sorted(&posting.table.key)));
    sql
}

/// The statement for one posting with its text.
pub(super) fn posting(plan: &Plan, posting: &PostingPlan, key: &[Val]) -> Sql {
    let columns: Vec<String> = [key::selected(&posting.table.key), posting.title.expression.clone()]
        .into_iter()
        .chain(posting.text.iter().map(|part| part.expression.clone()))
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
    let parts = plan.text.iter().zip(parts).map(|(part, value)| words(part, value));
    let parts: Vec<String> = parts.filter(|part| !part.trim().is_empty()).collect();
    Ok(Posting {
        id: PostingId(key::encode(&plan.table.key, key)?),
        title: words(&plan.title, title),
        text: parts.join("\n\n"),
    })
}

/// A text of a posting as people read it. What is not in its document is not there.
pub(super) fn words(part: &PartPlan, value: &Val) -> String {
    let stored = value.words();
    let stored = match &part.path {
        None => stored,
        Some(path) => Node::parse(&stored)
            .ok()
            .and_then(|root| root.at(path).map(|node| node.words(&stored)))
            .unwrap_or_default(),
    };
    match part.format {
        Format::Text => stored,
        Format::Html => Codec::Html.get(&stored).unwrap_or_default(),
    }
}
