//! The rows of one candidate: its own and those of other tables, as they stand in the database.

use super::{
    db::{Db, DbError, Row, Sql, Tx, Val},
    key,
    plan::{Many, Place, Plan},
    port::SourceError,
    read,
};

/// The most child rows of one candidate and place.
const MOST_ROWS: usize = 500;

/// Whom the statements are put to.
pub(super) enum Asked<'a, 't> {
    /// The database, each statement for itself.
    Db(&'a Db),
    /// A transaction, which keeps others from the rows that it may write.
    Tx(&'a mut Tx<'t>),
    /// The same, but it keeps nobody from anything.
    Reader(&'a mut Tx<'t>),
}

impl Asked<'_, '_> {
    async fn query(&mut self, sql: Sql) -> Result<Vec<Row>, DbError> {
        match self {
            Self::Db(db) => db.query(sql).await,
            Self::Tx(tx) | Self::Reader(tx) => tx.query(sql).await,
        }
    }

    fn lock(&self, plan: &Plan, place: &Place) -> &'static str {
        match self {
            Self::Tx(_) if place.writes => plan.engine.lock(),
            Self::Tx(_) | Self::Reader(_) | Self::Db(_) => "",
        }
    }
}

/// Why a try ended without an outcome.
#[derive(Debug)]
pub(super) enum Stop {
    /// The database failed.
    Db(DbError),
    /// What it answered makes no sense.
    Told(SourceError),
}

impl From<DbError> for Stop {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<SourceError> for Stop {
    fn from(error: SourceError) -> Self {
        Self::Told(error)
    }
}

/// One row: its key, and the columns that its place selects.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) key: Vec<Val>,
    pub(super) values: Vec<Val>,
}

/// All rows of one candidate.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// Key, display and shown columns of the candidate.
    pub(super) head: Row,
    /// The rows of each place.
    pub(super) lines: Vec<Vec<Line>>,
}

/// Reads all rows that the mapping sees for a candidate; `None` if it does not see the candidate.
pub(super) async fn read(mut asked: Asked<'_, '_>, plan: &Plan, key: &[Val]) -> Result<Option<Found>, Stop> {
    let mut lines: Vec<Vec<Line>> = Vec::new();
    let mut head = None;
    for place in &plan.places {
        let Some(own) = lines.first().and_then(|own| own.first()) else {
            let lock = asked.lock(plan, place);
            let mut sql = read::one(plan, key);
            sql.push(lock);
            let Some(row) = read::single(asked.query(sql).await?)? else { return Ok(None) };
            let (first, values) = row.split_at(row.len().saturating_sub(place.columns.len()));
            head = Some(first.to_vec());
            lines.push(vec![Line { key: key.to_vec(), values: values.to_vec() }]);
            continue;
        };
        let lock = asked.lock(plan, place);
        let rows = match children(plan, place, own) {
            Some(mut sql) => {
                sql.push(lock);
                asked.query(sql).await?
            }
            None => Vec::new(),
        };
        too_many(place, rows.len())?;
        lines.push(rows.iter().map(|row| line(place, row)).collect());
    }
    Ok(head.map(|head| Found { head, lines }))
}

fn line(place: &Place, row: &Row) -> Line {
    let (key, values) = row.split_at(place.table.key.len().min(row.len()));
    Line { key: key.to_vec(), values: values.to_vec() }
}

fn too_many(place: &Place, rows: usize) -> Result<(), SourceError> {
    let table = &place.table.info.name;
    match place.many {
        Many::One if rows > 1 => Err(SourceError::Unreadable(format!(
            "This candidate has several rows in \"{table}\"; the mapping's `pick` must say which of them counts."
        ))),
        Many::All if rows > MOST_ROWS => Err(SourceError::Unreadable(format!(
            "This candidate has more than {MOST_ROWS} rows in \"{table}\"."
        ))),
        Many::One | Many::First | Many::All => Ok(()),
    }
}

fn select(plan: &Plan, place: &Place) -> Sql {
    let key = place.table.key.iter().map(|column| column.selected.clone());
    let columns = place.columns.iter().map(|column| plan.engine.selected(column));
    let all: Vec<String> = key.chain(columns).collect();
    let all = if all.is_empty() { "1".to_owned() } else { all.join(", ") };
    Sql::new(plan.engine, format!("SELECT {all} FROM {}", place.table.from))
}

/// The statement for child rows; `None` if nothing can be joined to NULL.
fn children(plan: &Plan, place: &Place, own: &Line) -> Option<Sql> {
    let mut sql = select(plan, place);
    read::push_where(&mut sql, &place.table);
    push_join(&mut sql, plan, place, own)?;
    if let Some(sort) = &place.sort {
        sql.push(" ORDER BY ").push(sort);
    }
    let limit = match place.many {
        Many::One => 2,
        Many::First => 1,
        Many::All => MOST_ROWS + 1,
    };
    sql.push(&format!(" LIMIT {limit}"));
    Some(sql)
}

/// Adds ` AND child = …` with the values of the candidate's own row.
pub(super) fn push_join(sql: &mut Sql, plan: &Plan, place: &Place, own: &Line) -> Option<()> {
    for (theirs, ours) in &place.join {
        let value = own.values.get(*ours).filter(|value| **value != Val::Null)?;
        let bound = sql.place(value.clone());
        let quoted = plan.engine.quote(&theirs.name);
        sql.push(&format!(" AND {quoted} = {}", plan.engine.compared(theirs, &bound)));
    }
    Some(())
}

/// Reads the same rows again by their keys alone: a write may have changed what conditions look at.
pub(super) async fn again(
    mut asked: Asked<'_, '_>,
    plan: &Plan,
    found: &Found,
) -> Result<Option<Found>, DbError> {
    let mut lines = Vec::new();
    for (place, before) in plan.places.iter().zip(&found.lines) {
        let mut now = Vec::new();
        for known in before {
            if place.table.key.is_empty() {
                now.push(known.clone());
                continue;
            }
            let mut sql = select(plan, place);
            sql.push(" WHERE 1 = 1");
            key::push_equal(&mut sql, &place.table.key, &known.key);
            sql.push(" LIMIT 2");
            let rows = asked.query(sql).await?;
            let [row] = rows.as_slice() else { return Ok(None) };
            now.push(line(place, row));
        }
        lines.push(now);
    }
    Ok(Some(Found { head: found.head.clone(), lines }))
}
