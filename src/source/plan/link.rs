//! Which posting the platform links a candidate to: by a table, or by a column of the candidate's.
//!
//! The three tables are put together as tables of their own (`c`, `l`, `p`), so that the conditions of the mapping, which
//! name columns without their table, each see the columns of one table alone.

use crate::config::{Join, LinkMapping};

use super::{
    super::{db::Sql, key::KeyColumn, port::SourceError, read},
    LinkPlan, PostingPlan, TablePlan,
    looking::{Looking, RowsKeys, wrong},
};

const WHO: &str = "The link reads";

pub(super) async fn link(
    looking: &Looking<'_>,
    mapping: &LinkMapping,
    candidates: &TablePlan,
    posting: Option<&PostingPlan>,
) -> Result<LinkPlan, SourceError> {
    let Some(posting) = posting else {
        return Err(wrong(
            "The mapping links candidates to postings, but has no postings.".to_owned(),
            "mapping.link",
            Some("Add [mapping.posting].".to_owned()),
        ));
    };
    let plan = match &mapping.table {
        Some(table) => by_table(looking, (mapping, table), candidates, posting).await?,
        None => by_column(looking, mapping, candidates, posting)?,
    };
    looking.probe(Sql::new(looking.engine, plan.probe()), "mapping.link").await?;
    Ok(plan)
}

impl LinkPlan {
    /// The statement over no row at all: the database reads it, and tells where two columns cannot be compared.
    fn probe(&self) -> String {
        format!("{}{} LIMIT 0", self.candidates, self.rest)
    }
}

/// The columns of a table under names of ours, with all that the mapping demands of its rows.
fn table(looking: &Looking<'_>, table: &TablePlan, columns: &[(String, String)]) -> String {
    let columns: Vec<String> = columns.iter().map(|(what, name)| format!("{what} AS {name}")).collect();
    let mut sql = Sql::new(looking.engine, format!("SELECT {} FROM {}", columns.join(", "), table.from));
    read::push_where(&mut sql, table);
    sql.text
}

/// `c0`, `c1` … for these.
fn named(letter: &str, columns: impl Iterator<Item = String>) -> Vec<(String, String)> {
    columns.enumerate().map(|(index, column)| (column, format!("{letter}{index}"))).collect()
}

fn keys(letter: &str, key: &[KeyColumn]) -> Vec<(String, String)> {
    named(letter, key.iter().map(|column| column.selected.clone()))
}

fn selected(of: &str, columns: &[(String, String)]) -> String {
    columns.iter().map(|(_, name)| format!("{of}.{name}")).collect::<Vec<_>>().join(", ")
}

/// The posting's own part: its key, its title, and the columns by which it is found and sorted.
fn postings(looking: &Looking<'_>, posting: &PostingPlan, joined: &[String]) -> (String, String) {
    let own = keys("k", &posting.table.key);
    let sorted = named("s", posting.table.key.iter().map(|column| column.quoted.clone()));
    let joined = named("j", joined.iter().cloned());
    let title = (posting.title.expression.clone(), "title".to_owned());
    let all: Vec<_> = own.iter().cloned().chain([title]).chain(sorted).chain(joined).collect();
    (format!("{}, p.title", selected("p", &own)), table(looking, &posting.table, &all))
}

/// The newest posting first, as far as its key tells.
fn newest(posting: &PostingPlan) -> impl Iterator<Item = String> {
    (0..posting.table.key.len()).map(|index| format!("p.s{index} DESC"))
}

fn quoted(looking: &Looking<'_>, table: &TablePlan, name: &str, place: &str) -> Result<String, SourceError> {
    looking.column(&table.info, name, WHO, place).map(|column| looking.engine.quote(&column.name))
}

/// The columns of the link on one side, and those that they are joined to.
fn side(
    looking: &Looking<'_>,
    (join, side): (&Join, &str),
    links: &TablePlan,
    other: &TablePlan,
) -> Result<(Vec<String>, Vec<String>), SourceError> {
    let pairs = join.iter().map(|(from, to)| {
        let place = format!("mapping.link.{side}.{from}");
        Ok((quoted(looking, links, from, &place)?, quoted(looking, other, to, &place)?))
    });
    pairs.collect()
}

/// The column that tells how far the candidate is, as it is shown, under a name of ours.
fn stage(
    looking: &Looking<'_>,
    mapping: &LinkMapping,
    table: &TablePlan,
) -> Result<Option<(String, String)>, SourceError> {
    let Some(name) = &mapping.stage else { return Ok(None) };
    let column = looking.column(&table.info, name, WHO, "mapping.link.stage")?;
    Ok(Some((looking.engine.shown(column), "stage".to_owned())))
}

async fn by_table(
    looking: &Looking<'_>,
    (mapping, name): (&LinkMapping, &str),
    candidates: &TablePlan,
    posting: &PostingPlan,
) -> Result<LinkPlan, SourceError> {
    let links = looking
        .rows(&RowsKeys {
            table: name,
            key: &[],
            condition: mapping.condition.as_deref(),
            tenant: mapping.tenant.as_ref(),
            who: WHO,
            place: "mapping.link",
        })
        .await?;
    let (ours, of_candidates) = side(looking, (&mapping.candidate, "candidate"), &links, candidates)?;
    let (theirs, of_postings) = side(looking, (&mapping.posting, "posting"), &links, &posting.table)?;
    let mut picks = Vec::new();
    for (index, name) in mapping.pick.iter().enumerate() {
        let (name, down) = name.strip_prefix('-').map_or((name.as_str(), ""), |name| (name, " DESC"));
        picks.push((quoted(looking, &links, name, &format!("mapping.link.pick[{index}]"))?, down));
    }
    let stage = stage(looking, mapping, &links)?;
    let order: Vec<String> =
        picks.iter().enumerate().map(|(at, (_, down))| format!("l.o{at}{down}")).collect();
    let of_link: Vec<_> = named("c", ours.iter().cloned())
        .into_iter()
        .chain(named("p", theirs.iter().cloned()))
        .chain(named("o", picks.into_iter().map(|(column, _)| column)))
        .chain(stage.clone())
        .collect();
    let key = keys("k", &candidates.key);
    let of_candidate: Vec<_> = key.iter().cloned().chain(named("j", of_candidates.iter().cloned())).collect();
    let (told, postings) = postings(looking, posting, &of_postings);
    let on = |letter: &str, to: &str, number: usize| {
        let each = (0..number).map(|at| format!("l.{letter}{at} = {to}.j{at}"));
        each.collect::<Vec<_>>().join(" AND ")
    };
    let order: Vec<String> = order.into_iter().chain(newest(posting)).collect();
    let stage_told = if stage.is_some() { ", l.stage" } else { "" };
    Ok(LinkPlan {
        candidates: format!(
            "SELECT {}, {told}{stage_told} FROM ({}",
            selected("c", &key),
            table(looking, candidates, &of_candidate)
        ),
        rest: format!(
            ") AS c JOIN ({}) AS l ON {} JOIN ({postings}) AS p ON {} ORDER BY {}",
            table(looking, &links, &of_link),
            on("c", "c", ours.len()),
            on("p", "p", theirs.len()),
            order.join(", ")
        ),
        staged: stage.is_some(),
    })
}

fn by_column(
    looking: &Looking<'_>,
    mapping: &LinkMapping,
    candidates: &TablePlan,
    posting: &PostingPlan,
) -> Result<LinkPlan, SourceError> {
    const PLACE: &str = "mapping.link.column";
    let engine = looking.engine;
    let name = mapping.column.as_deref().unwrap_or_default();
    let column = looking.column(&candidates.info, name, WHO, PLACE)?;
    let [own] = posting.table.key.as_slice() else {
        let message = format!("Column \"{name}\" cannot hold the posting's key, which has several columns.");
        return Err(wrong(message, PLACE, Some("Name the table that links.".to_owned())));
    };
    let stage = stage(looking, mapping, candidates)?;
    let key = keys("k", &candidates.key);
    let joined = named("j", std::iter::once(engine.quote(&column.name)));
    let all: Vec<_> = key.iter().cloned().chain(joined).chain(stage.clone()).collect();
    let (told, postings) = postings(looking, posting, std::slice::from_ref(&own.quoted));
    let stage_told = if stage.is_some() { ", c.stage" } else { "" };
    Ok(LinkPlan {
        candidates: format!(
            "SELECT {}, {told}{stage_told} FROM ({}",
            selected("c", &key),
            table(looking, candidates, &all)
        ),
        rest: format!(
            ") AS c JOIN ({postings}) AS p ON c.j0 = p.j0 ORDER BY {}",
            newest(posting).collect::<Vec<_>>().join(", ")
        ),
        staged: stage.is_some(),
    })
}
