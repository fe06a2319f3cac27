//! The compare-and-set: lock, read, compare in Rust, write under the same condition, read back, commit.
//!
//! The comparison is on bytes and done here, because every engine has collations under which different texts are equal.
//! It is made again inside the `UPDATE`, so that even an engine that does not lock cannot write over another text. What
//! was stored is read back before the commit: triggers, types and settings may alter it.

use crate::domain::{Document, SectionId};

use super::{
    db::{Db, DbError, Fault, Row, Sql, Tx, Val},
    difference, key,
    plan::{Plan, SectionPlan},
    port::{SourceError, WriteOutcome},
    read,
    receipts::Slip,
};

/// One section of a compare-and-set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell<'d> {
    pub(super) section: &'d SectionPlan,
    pub(super) before: Option<&'d str>,
    pub(super) after: Option<&'d str>,
}

impl Cell<'_> {
    fn changes(&self) -> bool {
        self.before != self.after
    }
}

/// Pairs the sections of both documents with the mapping.
pub(super) fn pair<'d>(
    plan: &'d Plan,
    before: &'d Document,
    after: &'d Document,
) -> Result<Vec<Cell<'d>>, SourceError> {
    let strange = |id: &dyn std::fmt::Display| SourceError::Mapping {
        message: format!("The text has a section \"{id}\", which the mapping does not have (any more)."),
        place: "mapping.section".to_owned(),
        hint: Some("Map the section again, or reject the rewrite.".to_owned()),
    };
    let mapped = |id: &SectionId| plan.sections.iter().find(|section| section.id == *id);
    if let Some(extra) = after.sections.iter().find(|section| before.section(&section.id).is_none()) {
        return Err(strange(&extra.id));
    }
    let cells = before.sections.iter().map(|section| {
        let plan = mapped(&section.id).ok_or_else(|| strange(&section.id))?;
        let after = after.section(&section.id).map_or(section.text.as_deref(), |after| after.text.as_deref());
        Ok(Cell { section: plan, before: section.text.as_deref(), after })
    });
    cells.collect()
}

/// Why the new texts cannot be stored, as far as that is known before anything is sent.
pub(super) fn objection(cells: &[Cell<'_>]) -> Option<String> {
    cells.iter().filter(|cell| cell.changes()).find_map(|cell| {
        let (id, text) = (&cell.section.id, cell.after.unwrap_or_default());
        if !cell.section.write {
            return Some(format!("Section \"{id}\" is not to be written (write = false)."));
        }
        if text.contains('\0') {
            return Some(format!("Section \"{id}\" holds the character U+0000."));
        }
        let (most, bytes) = (cell.section.max_bytes?, text.len() as u64);
        (bytes > most)
            .then(|| format!("Section \"{id}\" has {bytes} bytes; at most {most} are allowed (max_bytes)."))
    })
}

/// One write, to be tried as often as it takes.
pub(super) struct Attempt<'a> {
    pub(super) db: &'a Db,
    pub(super) plan: &'a Plan,
    pub(super) key: &'a [Val],
    pub(super) cells: &'a [Cell<'a>],
    pub(super) receipt: Option<Slip<'a>>,
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

fn refused(error: &DbError) -> WriteOutcome {
    WriteOutcome::Refused(format!("The database refuses the text: {}.", error.message))
}

impl Attempt<'_> {
    /// Tries once.
    pub(super) async fn run(&self) -> Result<WriteOutcome, Stop> {
        let mut tx = self.db.begin().await?;
        match self.inside(&mut tx).await {
            Ok(None) => match tx.commit().await {
                Ok(()) => Ok(self.look_again().await),
                Err(error) if error.fault == Fault::Constraint => Ok(refused(&error)),
                Err(error) => Err(error.into()),
            },
            // From here on nothing was written, so it does not matter how the transaction ends.
            Ok(Some(WriteOutcome::Earlier)) => {
                tx.rollback().await.ok();
                Ok(match self.look_again().await {
                    WriteOutcome::Written => WriteOutcome::Earlier,
                    other => other,
                })
            }
            Ok(Some(outcome)) => {
                tx.rollback().await.ok();
                Ok(outcome)
            }
            Err(stop) => {
                tx.rollback().await.ok();
                Err(stop)
            }
        }
    }

    /// Does all of a write but its commit; tells why the text would be refused, if it would.
    pub(super) async fn rehearse(&self) -> Result<Option<String>, Stop> {
        let mut tx = self.db.begin().await?;
        let outcome = self.inside(&mut tx).await;
        tx.rollback().await?;
        Ok(match outcome? {
            None
            | Some(
                WriteOutcome::AlreadyThere
                | WriteOutcome::Written
                | WriteOutcome::Earlier
                | WriteOutcome::Drifted(_),
            ) => None,
            Some(WriteOutcome::Refused(why) | WriteOutcome::Unknown(why)) => Some(why),
            Some(WriteOutcome::Changed(_) | WriteOutcome::Gone) => {
                Some("The candidate changed meanwhile.".to_owned())
            }
        })
    }

    /// What stands there after the commit: a trigger that is deferred until then may have altered it.
    async fn look_again(&self) -> WriteOutcome {
        match self.db.query(self.select(Scope::KeyAlone)).await {
            Ok(rows) if rows.is_empty() => WriteOutcome::Drifted("The candidate is gone since.".to_owned()),
            Ok(rows) => self.altered(rows).map_or(WriteOutcome::Written, WriteOutcome::Drifted),
            Err(error) => {
                tracing::warn!(%error, "what was written could not be looked at again");
                WriteOutcome::Written
            }
        }
    }

    /// All between begin and commit; `None` says that there is something to commit.
    async fn inside(&self, tx: &mut Tx<'_>) -> Result<Option<WriteOutcome>, Stop> {
        let row = read::single(tx.query(self.select(Scope::Mapping)).await?)?;
        // Only now, when nobody else can be between its write and its commit.
        if let Some(receipt) = &self.receipt
            && !tx.query(receipt.select(self.db)).await?.is_empty()
        {
            return Ok(Some(WriteOutcome::Earlier));
        }
        let Some(row) = row else { return Ok(Some(WriteOutcome::Gone)) };
        let found = read::document(self.cells.iter().map(|cell| cell.section), &row)?;
        let pairs = || self.cells.iter().zip(found.sections.iter().map(|section| section.text.as_deref()));
        if pairs().all(|(cell, found)| cell.after == found) {
            return Ok(Some(WriteOutcome::AlreadyThere));
        }
        if !pairs().all(|(cell, found)| cell.before == found) {
            return Ok(Some(WriteOutcome::Changed(found)));
        }
        if let Some(receipt) = &self.receipt {
            tx.exec(receipt.insert(self.db)).await?;
        }
        match tx.exec(self.update(&row)).await {
            Ok(1) => {}
            Ok(0) => return Ok(Some(WriteOutcome::Refused(
                "The database took the statement but wrote no row: a trigger, a rule or a view is in the way.".to_owned(),
            ))),
            Ok(rows) => {
                return Err(SourceError::Engine(format!("A write for one candidate met {rows} rows; it was undone.")).into());
            }
            Err(error) if error.fault == Fault::Constraint => return Ok(Some(refused(&error))),
            Err(error) => return Err(error.into()),
        }
        Ok(self.read_back(tx).await?.map(WriteOutcome::Refused))
    }

    /// What is stored differently from what was sent.
    async fn read_back(&self, tx: &mut Tx<'_>) -> Result<Option<String>, Stop> {
        Ok(self.altered(tx.query(self.select(Scope::KeyAlone)).await?))
    }

    /// How what stands there differs from what was sent.
    fn altered(&self, rows: Vec<Row>) -> Option<String> {
        let Ok(Some(row)) = read::single(rows) else {
            // Within the write's own transaction nobody else can have done it.
            return Some("After the write the candidate was gone: a trigger removes it.".to_owned());
        };
        for (cell, value) in self.cells.iter().zip(&row) {
            let id = &cell.section.id;
            let Ok(stored) = read::text(cell.section, value) else {
                return Some(format!("Section \"{id}\" is stored as something that is no text."));
            };
            if stored.as_deref() != cell.after {
                let how = difference::describe(cell.after, stored.as_deref());
                return Some(format!("Section \"{id}\" is stored differently: {how}."));
            }
        }
        None
    }

    fn select(&self, scope: Scope) -> Sql {
        let table = &self.plan.candidates;
        let columns: Vec<String> =
            self.cells.iter().map(|cell| self.plan.engine.selected(&cell.section.info)).collect();
        let columns = if columns.is_empty() { "1".to_owned() } else { columns.join(", ") };
        let mut sql = Sql::new(self.plan.engine, format!("SELECT {columns} FROM {}", table.from));
        match scope {
            Scope::Mapping => read::push_where(&mut sql, table),
            Scope::KeyAlone => drop(sql.push(" WHERE 1 = 1")),
        }
        key::push_equal(&mut sql, &table.key, self.key);
        sql.push(" LIMIT 2");
        match scope {
            Scope::Mapping => drop(sql.push(self.plan.engine.lock())),
            Scope::KeyAlone => {}
        }
        sql
    }

    fn update(&self, row: &Row) -> Sql {
        let (engine, table) = (self.plan.engine, &self.plan.candidates);
        let mut sql = Sql::new(engine, format!("UPDATE {} SET ", table.from));
        let mut comma = "";
        let mut along: Vec<&(String, String)> = Vec::new();
        for (cell, found) in self.cells.iter().zip(row).filter(|(cell, _)| cell.changes()) {
            let place = sql.place(stored_as(found, cell.after));
            let value = engine.assigned(&cell.section.info, &place);
            sql.push(comma).push(&cell.section.column).push(" = ").push(&value);
            comma = ", ";
            along.extend(cell.section.set.iter());
        }
        along.sort();
        along.dedup();
        for (column, value) in along {
            sql.push(", ").push(column).push(" = ").push(value);
        }
        read::push_where(&mut sql, table);
        key::push_equal(&mut sql, &table.key, self.key);
        for (cell, found) in self.cells.iter().zip(row) {
            let place = sql.place(stored_as(found, cell.before));
            sql.push(" AND ").push(&engine.byte_exact(&cell.section.info, &place));
        }
        sql
    }
}

/// Which condition a row must meet.
#[derive(Debug, Clone, Copy)]
enum Scope {
    /// Key and the mapping's `where`.
    Mapping,
    /// The key alone: the write may have changed a column that `where` looks at.
    KeyAlone,
}

/// A text as a value of the same kind as the one that stands there.
fn stored_as(found: &Val, text: Option<&str>) -> Val {
    match (text, found) {
        (None, _) => Val::Null,
        (Some(text), Val::Bytes(_)) => Val::Bytes(text.as_bytes().to_vec()),
        (Some(text), Val::Null | Val::Int(_) | Val::UInt(_) | Val::Real(_) | Val::Text(_)) => Val::from(text),
    }
}
