//! Lists of rewrites: keyset pages in four orders, in a time that hangs on the page and not on the store.
//!
//! Each order has an index that begins with the state. So a list walks one index for each state that can occur, all of
//! them merged, and stops when the page is full. Only when few rewrites are meant (the counts of the batches tell,
//! before anything is read) it is faster to take all of them and sort.

use super::{
    Store, batches, codec,
    connection::{Connection, Row, query},
    filter::{self, Subject},
    port::{RewriteQuery, Sort, StoreError, StoreResult},
    rewrites,
    sql::Sql,
};
use crate::{
    domain::{Counts, RewriteHead, RewriteId, RewriteState},
    review::filter::Filter,
};

/// What a list holds at the most.
const LONGEST: u32 = 1_000;

/// So many rewrites are sorted faster than found by walking an index that holds others as well.
const FEW: u64 = 2_000;

impl Sort {
    /// The rewrites with their place in this order.
    const fn select(self) -> &'static str {
        match self {
            Self::Risk => "SELECT r.seq, r.risk AS place FROM rewrite r",
            Self::Recent => "SELECT r.seq, r.updated_at AS place FROM rewrite r",
            Self::Name => "SELECT r.seq, r.name_key AS place FROM rewrite r",
            Self::Oldest => "SELECT r.seq, r.seq AS place FROM rewrite r",
        }
    }

    /// The index that has the rewrites of a state in this order.
    const fn index(self) -> &'static str {
        match self {
            Self::Risk => " INDEXED BY rewrite_risk",
            Self::Recent => " INDEXED BY rewrite_recent",
            Self::Name => " INDEXED BY rewrite_name",
            Self::Oldest => " INDEXED BY rewrite_oldest",
        }
    }

    const fn order(self) -> &'static str {
        match self {
            Self::Risk => " ORDER BY place DESC, seq",
            Self::Recent => " ORDER BY place DESC, seq DESC",
            Self::Name | Self::Oldest => " ORDER BY place, seq",
        }
    }

    /// The same once more for the rows that are joined to a page.
    const fn order_of_page(self) -> &'static str {
        match self {
            Self::Risk => " ORDER BY page.place DESC, page.seq",
            Self::Recent => " ORDER BY page.place DESC, page.seq DESC",
            Self::Name | Self::Oldest => " ORDER BY page.place, page.seq",
        }
    }
}

/// Where a list goes on: the place of the last rewrite before, as it is now.
struct Behind {
    seq: i64,
    number: i64,
    name: String,
}

impl Behind {
    async fn find(connection: &mut Connection, sort: Sort, id: RewriteId) -> StoreResult<Self> {
        let row = query("SELECT seq, risk, updated_at, name_key FROM rewrite WHERE id = $1")
            .bind(id.to_string())
            .fetch_optional(connection)
            .await?
            .ok_or_else(|| StoreError::NotFound(format!("rewrite {id}")))?;
        let number = match sort {
            Sort::Risk => row.try_get("risk")?,
            Sort::Recent => row.try_get("updated_at")?,
            Sort::Name | Sort::Oldest => 0,
        };
        Ok(Self { seq: row.try_get("seq")?, number, name: row.try_get("name_key")? })
    }

    /// Adds the condition. Its first half is one that an index can begin at.
    fn put(&self, sql: &mut Sql, sort: Sort) {
        match sort {
            Sort::Risk => {
                sql.put(" AND r.risk <= ").number(self.number).put(" AND (r.risk < ").number(self.number);
                sql.put(" OR r.seq > ").number(self.seq).put(")");
            }
            Sort::Recent => {
                sql.put(" AND (r.updated_at, r.seq) < (").number(self.number);
                sql.put(", ").number(self.seq).put(")");
            }
            Sort::Name => {
                sql.put(" AND (r.name_key, r.seq) > (").text(self.name.as_str());
                sql.put(", ").number(self.seq).put(")");
            }
            Sort::Oldest => {
                sql.put(" AND r.seq > ").number(self.seq);
            }
        }
    }
}

/// Which rewrites a list holds, and in which order.
struct Query<'q> {
    filter: &'q Filter,
    sort: Sort,
    behind: Option<Behind>,
    limit: u32,
    now: i64,
}

/// Adds that a column is one of these numbers, a JSON list.
fn of_batches(sql: &mut Sql, column: &'static str, numbers: &str) {
    sql.put(column).put(" IN (SELECT CAST(atom AS BIGINT) FROM json_each(").text(numbers).put("))");
}

/// How a list is come by.
enum Plan {
    /// Nothing can match.
    Nothing,
    /// Walk the index of the order for each of these states.
    Walk(Vec<RewriteState>),
    /// Take all of these batches (numbers, as JSON) and states, then sort.
    Take(String, Vec<RewriteState>),
}

impl Plan {
    async fn of(connection: &mut Connection, wanted: &Filter) -> StoreResult<Self> {
        let mut numbers = None;
        if let Some(batches) = filter::batches(wanted) {
            let mut found = Vec::with_capacity(batches.len());
            for batch in batches {
                match batches::number(connection, *batch).await {
                    Ok(number) => found.push(number),
                    Err(StoreError::NotFound(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            numbers = Some(codec::json(&found)?);
        }
        let mut sql =
            Sql::new(connection.engine(), "SELECT state, CAST(SUM(n) AS BIGINT) AS n FROM batch_count");
        if let Some(numbers) = &numbers {
            sql.put(" WHERE ");
            of_batches(&mut sql, "batch", numbers);
        }
        sql.put(" GROUP BY state");
        let counts = counts(&sql.rows(connection).await?)?;
        let states = filter::states(wanted).into_iter().filter(|state| counts.of(*state) > 0);
        let states: Vec<RewriteState> = states.collect();
        let matching: u64 = states.iter().map(|state| counts.of(*state)).sum();
        Ok(match numbers {
            _ if matching == 0 => Self::Nothing,
            Some(numbers) if matching <= FEW => Self::Take(numbers, states),
            _ => Self::Walk(states),
        })
    }
}

impl Query<'_> {
    /// Adds `seq` and `place` of the rewrites that match, in order.
    fn put(&self, sql: &mut Sql, plan: &Plan) {
        match plan {
            Plan::Nothing => {
                sql.put("SELECT 0 AS seq, 0 AS place WHERE FALSE");
            }
            Plan::Walk(states) => {
                for (index, state) in states.iter().enumerate() {
                    sql.put(if index > 0 { " UNION ALL " } else { "" });
                    sql.put(self.sort.select()).hint(self.sort.index());
                    sql.put(" WHERE r.state = ").text(state.name());
                    self.rest(sql);
                }
            }
            Plan::Take(numbers, states) => {
                sql.put(self.sort.select()).hint(" INDEXED BY rewrite_queue").put(" WHERE ");
                of_batches(sql, "r.batch", numbers);
                sql.put(" AND r.state IN ");
                sql.each(states, (", ", "(NULL)"), |sql, state| {
                    sql.text(state.name());
                });
                self.rest(sql);
            }
        }
        sql.put(self.sort.order()).put(" LIMIT ").number(i64::from(self.limit));
    }

    /// Adds what holds beside batch and state.
    fn rest(&self, sql: &mut Sql) {
        sql.put(" AND (");
        filter::put(sql, self.filter);
        sql.put(")");
        if let Some(behind) = &self.behind {
            behind.put(sql, self.sort);
        }
    }

    /// Runs it for columns of `rewrite r` and `batch b`, which `select` names up to the word FROM.
    async fn rows(&self, connection: &mut Connection, select: &'static str) -> StoreResult<Vec<Row>> {
        let plan = Plan::of(connection, self.filter).await?;
        let mut sql = Sql::new(connection.engine(), select).at(self.now);
        sql.put(" FROM (");
        self.put(&mut sql, &plan);
        sql.put(
            ") page CROSS JOIN rewrite r CROSS JOIN batch b WHERE r.seq = page.seq AND b.number = r.batch",
        );
        sql.put(self.sort.order_of_page());
        sql.rows(connection).await
    }
}

impl Store {
    pub(super) async fn list(&self, query: &RewriteQuery) -> StoreResult<Vec<RewriteHead>> {
        let mut snapshot = self.snapshot().await?;
        let behind = match query.after {
            Some(id) => Some(Behind::find(&mut snapshot, query.sort, id).await?),
            None => None,
        };
        let limit = query.limit.clamp(1, LONGEST);
        let now = snapshot.now;
        let query = Query { filter: &query.filter, sort: query.sort, behind, limit, now };
        query.rows(&mut snapshot, rewrites::HEAD).await?.iter().map(rewrites::head).collect()
    }

    pub(super) async fn list_ids(
        &self,
        filter: &Filter,
        sort: Sort,
        limit: u32,
    ) -> StoreResult<Vec<RewriteId>> {
        let mut snapshot = self.snapshot().await?;
        let now = snapshot.now;
        let query = Query { filter, sort, behind: None, limit, now };
        let rows = query.rows(&mut snapshot, "SELECT r.id").await?;
        rows.iter().map(|row| codec::parsed(row, "id")).collect()
    }

    pub(super) async fn count(&self, wanted: &Filter) -> StoreResult<Counts> {
        let mut snapshot = self.snapshot().await?;
        let (engine, now) = (snapshot.engine(), snapshot.now);
        let mut sql = match filter::subject(wanted) {
            Subject::Counts => {
                Sql::new(engine, "SELECT r.state, CAST(SUM(r.n) AS BIGINT) AS n FROM batch_count r WHERE ")
            }
            Subject::Rewrites => Sql::new(engine, "SELECT r.state, COUNT(*) AS n FROM rewrite r WHERE "),
        }
        .at(now);
        if filter::subject(wanted) == Subject::Rewrites {
            sql.put("r.state IN ");
            sql.each(&filter::states(wanted), (", ", "(NULL)"), |sql, state| {
                sql.text(state.name());
            });
            sql.put(" AND ");
        }
        sql.put("(");
        filter::put(&mut sql, wanted);
        sql.put(") GROUP BY r.state");
        counts(&sql.rows(&mut snapshot).await?)
    }
}

fn counts(rows: &[Row]) -> StoreResult<Counts> {
    let mut counts = Counts::default();
    for row in rows {
        counts.add(codec::parsed(row, "state")?, codec::unsigned(row.try_get("n")?));
    }
    Ok(counts)
}
