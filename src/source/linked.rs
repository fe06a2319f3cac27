//! Which postings candidates are linked to, as the statement of the mapping's link tells.

use std::collections::BTreeMap;

use crate::domain::{CandidateId, LinkedPosting, PostingId};

use super::{
    db::{Row, Sql, Val},
    key,
    plan::{LinkPlan, Plan, PostingPlan},
    port::SourceError,
    read,
};

/// How many candidates are asked about at once.
pub(super) const CHUNK: usize = 200;

/// The statement for some candidates; `None` if none of the keys can be one.
pub(super) fn statement(plan: &Plan, link: &LinkPlan, ids: &[CandidateId]) -> Option<Sql> {
    const AND: &str = " AND ";
    let key = &plan.candidates.key;
    let mut sql = Sql::new(plan.engine, link.candidates.clone());
    let mut word = " AND (";
    for values in ids.iter().filter_map(|id| key::decode(key, &id.0)) {
        sql.push(word);
        word = " OR ";
        let at = sql.text.len();
        key::push_equal(&mut sql, key, &values);
        sql.text.replace_range(at..at + AND.len(), "(");
        sql.push(")");
    }
    (word != " AND (").then(|| {
        sql.push(")").push(&link.rest);
        sql
    })
}

/// The first posting of each candidate.
pub(super) fn collect(
    (plan, link, posting): (&Plan, &LinkPlan, &PostingPlan),
    rows: &[Row],
    found: &mut BTreeMap<CandidateId, LinkedPosting>,
) -> Result<(), SourceError> {
    let (candidate, own) = (&plan.candidates.key, &posting.table.key);
    for row in rows {
        let (key, rest) = row.split_at_checked(candidate.len()).ok_or_else(read::short)?;
        let (id, rest) = rest.split_at_checked(own.len()).ok_or_else(read::short)?;
        let (title, rest) = rest.split_first().ok_or_else(read::short)?;
        let stage = rest.first().filter(|_| link.staged).map(Val::words).filter(|stage| !stage.is_empty());
        let linked = || {
            Ok::<_, SourceError>(LinkedPosting {
                id: PostingId(key::encode(own, id)?),
                title: read::words(&posting.title, title),
                stage,
            })
        };
        if let std::collections::btree_map::Entry::Vacant(free) =
            found.entry(CandidateId(key::encode(candidate, key)?))
        {
            free.insert(linked()?);
        }
    }
    Ok(())
}
