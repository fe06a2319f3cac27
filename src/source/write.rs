//! The compare-and-set: lock, read, compare in Rust, write under the same condition, read back, commit.
//!
//! The comparison is on bytes and done here, because every engine has collations under which different texts are equal.
//! It is made again inside the `UPDATE`, so that even an engine that does not lock cannot write over another text. What
//! was stored is read back before the commit: triggers, types and settings may alter it. All rows of a candidate are
//! written in one transaction, each by one statement.

use std::collections::BTreeMap;

use crate::{
    domain::{Document, SectionId},
    text::codec::get,
};

use super::{
    db::{Db, DbError, Engine, Fault, Sql, Tx, Val},
    difference,
    expression::Piece as SqlPiece,
    found::{self, Asked, Found, Stop},
    key,
    pair::Pair,
    part::{self, Form, Part, Piece},
    plan::{Plan, SetPlan},
    port::{SourceError, WriteOutcome},
    read,
    receipts::Slip,
    unfit,
    weave::weave,
};

/// One write, to be tried as often as it takes.
pub(super) struct Attempt<'a> {
    pub(super) db: &'a Db,
    pub(super) plan: &'a Plan,
    pub(super) key: &'a [Val],
    pub(super) pairs: &'a [Pair<'a>],
    pub(super) receipt: Option<Slip<'a>>,
}

fn refused(error: &DbError) -> WriteOutcome {
    WriteOutcome::Refused(format!("The database refuses the text: {}.", error.message))
}

/// What all between begin and commit came to.
enum Inside {
    /// There is nothing to commit.
    Over(WriteOutcome),
    /// An earlier try of the same intent got through.
    Earlier(Option<Found>),
    /// What was written stands in the transaction.
    Written(Found),
}

/// What stands in the database now, compared with both texts.
pub(super) enum Judged {
    Before,
    After,
    Other,
    Refused(String),
}

/// What one row gets.
#[derive(Debug, Default)]
pub(super) struct Update<'p> {
    /// New cells, by the number of the column.
    pub(super) cells: BTreeMap<usize, Option<String>>,
    /// What is set along, and the cell that `:stored` is.
    along: Vec<(&'p SetPlan, usize)>,
}

impl Attempt<'_> {
    /// Tries once.
    pub(super) async fn run(&self) -> Result<WriteOutcome, Stop> {
        let mut tx = self.db.begin().await?;
        match self.inside(&mut tx).await {
            Ok(Inside::Written(found)) => match tx.commit().await {
                Ok(()) => Ok(self.look_again(&found).await),
                Err(error) if error.fault == Fault::Constraint => Ok(refused(&error)),
                Err(error) => Err(error.into()),
            },
            // From here on nothing was written, so it does not matter how the transaction ends.
            Ok(Inside::Earlier(found)) => {
                tx.rollback().await.ok();
                Ok(match found {
                    None => WriteOutcome::Drifted("The candidate is gone since.".to_owned()),
                    Some(found) => match self.look_again(&found).await {
                        WriteOutcome::Written => WriteOutcome::Earlier,
                        other => other,
                    },
                })
            }
            Ok(Inside::Over(outcome)) => {
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
        let Inside::Over(outcome) = outcome? else { return Ok(None) };
        Ok(match outcome {
            WriteOutcome::AlreadyThere
            | WriteOutcome::Written
            | WriteOutcome::Earlier
            | WriteOutcome::Drifted(_) => None,
            WriteOutcome::Refused(why) | WriteOutcome::Unknown(why) => Some(why),
            WriteOutcome::Changed(_) | WriteOutcome::Gone => {
                Some("The candidate changed meanwhile.".to_owned())
            }
        })
    }

    /// What stands there after the commit: a trigger that is deferred until then may have altered it.
    pub(super) async fn look_again(&self, found: &Found) -> WriteOutcome {
        match found::again(Asked::Db(self.db), self.plan, found).await {
            Ok(None) => WriteOutcome::Drifted("The candidate is gone since.".to_owned()),
            Ok(Some(now)) => self.altered(found, &now).map_or(WriteOutcome::Written, WriteOutcome::Drifted),
            Err(error) => {
                tracing::warn!(%error, "what was written could not be looked at again");
                WriteOutcome::Written
            }
        }
    }

    /// All between begin and commit.
    async fn inside(&self, tx: &mut Tx<'_>) -> Result<Inside, Stop> {
        let found = found::read(Asked::Tx(tx), self.plan, self.key).await?;
        // Only now, when nobody else can be between its write and its commit.
        if let Some(receipt) = &self.receipt
            && !tx.query(receipt.select(self.db)).await?.is_empty()
        {
            return Ok(Inside::Earlier(found));
        }
        let Some(found) = found else {
            self.kept_out(tx).await?;
            return Ok(Inside::Over(WriteOutcome::Gone));
        };
        let parts = part::parts(self.plan, &found)?;
        match self.judge(&parts) {
            Judged::After => return Ok(Inside::Over(WriteOutcome::AlreadyThere)),
            Judged::Other => {
                self.kept_out(tx).await?;
                return Ok(Inside::Over(WriteOutcome::Changed(self.mentioned(&parts))));
            }
            Judged::Refused(why) => return Ok(Inside::Over(WriteOutcome::Refused(why))),
            Judged::Before => {}
        }
        let updates = match self.updates(&parts, &found) {
            Ok(updates) => updates,
            Err(why) => return Ok(Inside::Over(WriteOutcome::Refused(why))),
        };
        if let Some(receipt) = &self.receipt {
            tx.exec(receipt.insert(self.db)).await?;
        }
        for (at, update) in &updates {
            if let Some(outcome) = self.apply(tx, &found, (*at, update), &parts).await? {
                return Ok(Inside::Over(outcome));
            }
        }
        if let Some(sql) = self.audit(&found) {
            match tx.exec(sql).await {
                Ok(_) => {}
                Err(error) if error.fault == Fault::Constraint => return Ok(Inside::Over(refused(&error))),
                Err(error) => return Err(error.into()),
            }
        }
        let now = found::again(Asked::Tx(tx), self.plan, &found).await?;
        let altered = match &now {
            Some(now) => self.altered(&found, now),
            // Within the write's own transaction nobody else can have done it.
            None => Some("After the write the candidate was gone: a trigger removes it.".to_owned()),
        };
        Ok(altered.map_or(Inside::Written(found), |why| Inside::Over(WriteOutcome::Refused(why))))
    }

    /// Whether the text before stands there for whoever only reads: then rows are kept from an account that locks them,
    /// as PostgreSQL's row-level security does, and nothing is gone or changed.
    async fn kept_out(&self, tx: &mut Tx<'_>) -> Result<(), Stop> {
        if self.plan.engine != Engine::Postgres {
            return Ok(());
        }
        let Some(found) = found::read(Asked::Reader(tx), self.plan, self.key).await? else { return Ok(()) };
        match self.judge(&part::parts(self.plan, &found)?) {
            Judged::Before => Err(SourceError::ReadOnly(
                "row-level security shows this candidate to the account, but does not let it change the row"
                    .to_owned(),
            )
            .into()),
            Judged::After | Judged::Other | Judged::Refused(_) => Ok(()),
        }
    }

    /// Writes one row.
    pub(super) async fn apply(
        &self,
        tx: &mut Tx<'_>,
        found: &Found,
        (at, update): ((usize, usize), &Update<'_>),
        parts: &[Part<'_>],
    ) -> Result<Option<WriteOutcome>, Stop> {
        let Some(sql) = self.update(found, (at, update), parts) else {
            return Err(
                SourceError::Engine("A row to be written was not read; this is a bug.".to_owned()).into()
            );
        };
        match tx.exec(sql).await {
            Ok(1) => Ok(None),
            Ok(0) => Ok(Some(WriteOutcome::Refused(
                "The database took the statement but wrote no row: a trigger, a rule or a view is in the way.".to_owned(),
            ))),
            Ok(rows) => {
                Err(SourceError::Engine(format!("A write for one candidate met {rows} rows; it was undone.")).into())
            }
            Err(error) if error.fault == Fault::Constraint => Ok(Some(refused(&error))),
            Err(error) => Err(error.into()),
        }
    }

    /// The sections that the write is about, and others made from the same sections of the mapping.
    pub(super) fn mentioned(&self, parts: &[Part<'_>]) -> Document {
        let meant = parts.iter().filter(|part| self.is_meant(part));
        Document { sections: meant.map(|part| part.section.clone()).collect() }
    }

    fn is_meant(&self, part: &Part<'_>) -> bool {
        self.pairs.iter().any(|pair| pair.plan.id == part.plan.id)
    }

    /// Whether a row or a piece came since.
    pub(super) fn came_since(&self, parts: &[Part<'_>]) -> bool {
        let known = |part: &Part<'_>| self.pairs.iter().any(|pair| *pair.id() == part.section.id);
        parts.iter().any(|part| self.is_meant(part) && !known(part))
    }

    /// Whether the text before stands there, and whether the one after does, or why it cannot; nothing if it is another
    /// row, or made from another source.
    pub(super) fn standing(pair: &Pair<'_>, parts: &[Part<'_>]) -> Option<(bool, Result<bool, String>)> {
        let part = find(parts, pair.id())?;
        let row = &pair.section.origin.row;
        let other_row = row.is_some() && *row != part.section.origin.row;
        // Of a text that is written elsewhere, the source must be what it was.
        let source = part.section.text.as_deref();
        let other_source = pair.plan.target.is_some() && source != pair.before && source != pair.after;
        if other_row || other_source {
            return None;
        }
        let is = |text| match wanted(pair, part, text) {
            Ok(wanted) => Ok(stands(part, wanted.as_deref())),
            Err(why) => Err(format!("Section \"{}\" cannot be stored: {why}", pair.id())),
        };
        Some((is(pair.before).unwrap_or(false), is(pair.after)))
    }

    pub(super) fn judge(&self, parts: &[Part<'_>]) -> Judged {
        if self.came_since(parts) {
            return Judged::Other;
        }
        let (mut before, mut after, mut refusal) = (true, true, None);
        for pair in self.pairs {
            let Some((was, is)) = Self::standing(pair, parts) else { return Judged::Other };
            before &= was;
            match is {
                Ok(is) => after &= is,
                Err(why) => {
                    after = false;
                    refusal.get_or_insert(why);
                }
            }
        }
        match (before, after, refusal) {
            (_, true, _) => Judged::After,
            (true, false, Some(why)) => Judged::Refused(why),
            (true, false, None) => Judged::Before,
            (false, false, _) => Judged::Other,
        }
    }

    /// What each row gets; else why a text cannot be stored.
    pub(super) fn updates<'p>(
        &self,
        parts: &[Part<'p>],
        found: &Found,
    ) -> Result<BTreeMap<(usize, usize), Update<'p>>, String> {
        let mut updates: BTreeMap<(usize, usize), Update<'p>> = BTreeMap::new();
        for pair in self.pairs.iter().filter(|pair| pair.changes()) {
            let id = pair.id();
            let told = |why: &dyn std::fmt::Display| format!("Section \"{id}\" cannot be stored: {why}");
            let part = find(parts, id).ok_or_else(|| told(&"it is no longer there."))?;
            let Some(spot) = &part.spot else {
                return Err(told(&"the database has no row or value for it."));
            };
            let wanted = wanted(pair, part, pair.after).map_err(|why| told(&why))?;
            let update = updates.entry((spot.place, spot.line)).or_default();
            let column = spot.cell.column;
            let value =
                found.lines.get(spot.place).and_then(|lines| lines.get(spot.line)?.values.get(column));
            let stands = value.and_then(|value| part::text(id, value).ok().flatten());
            let cell = update.cells.get(&column).cloned().unwrap_or(stands);
            let woven = weave(&spot.piece, cell.as_deref(), wanted).map_err(|why| told(&why))?;
            let info = self.plan.places.get(spot.place).and_then(|place| place.columns.get(column));
            if let (Some(info), Some(text)) = (info, &woven)
                && let Some(why) = unfit::why(pair, (spot.cell, info), text)
            {
                return Err(why);
            }
            update.cells.insert(column, woven);
            update.along.extend(spot.set.iter().map(|set| (set, column)));
        }
        Ok(updates)
    }

    fn update(
        &self,
        found: &Found,
        ((place_at, line_at), update): ((usize, usize), &Update<'_>),
        parts: &[Part<'_>],
    ) -> Option<Sql> {
        let (engine, place) = (self.plan.engine, self.plan.places.get(place_at)?);
        let line = found.lines.get(place_at)?.get(line_at)?;
        let mut sql = Sql::new(engine, format!("UPDATE {} SET ", place.table.from));
        let mut comma = "";
        for (column, text) in &update.cells {
            let (info, value) = (place.columns.get(*column)?, line.values.get(*column)?);
            let bound = sql.place(stored_as(value, text.as_deref()));
            let value = engine.assigned(info, &bound);
            sql.push(comma).push(&engine.quote(&info.name)).push(" = ").push(&value);
            comma = ", ";
        }
        let mut along = update.along.clone();
        along.sort();
        along.dedup_by(|left, right| left.0 == right.0);
        for (set, column) in along {
            sql.push(", ").push(&set.column).push(" = (");
            self.push_value(&mut sql, set, update.cells.get(&column).and_then(Option::as_deref));
            sql.push(")");
        }
        read::push_where(&mut sql, &place.table);
        key::push_equal(&mut sql, &place.table.key, &line.key);
        found::push_join(&mut sql, self.plan, place, found.lines.first()?.first()?)?;
        let mut columns: Vec<usize> = self
            .pairs
            .iter()
            .filter_map(|pair| find(parts, pair.id())?.spot.as_ref())
            .filter(|spot| (spot.place, spot.line) == (place_at, line_at))
            .map(|spot| spot.cell.column)
            .collect();
        columns.sort_unstable();
        columns.dedup();
        for column in columns {
            let (info, value) = (place.columns.get(column)?, line.values.get(column)?);
            let bound = sql.place(value.clone());
            sql.push(" AND ").push(&engine.byte_exact(info, &bound));
        }
        Some(sql)
    }

    /// Adds a value of the configuration's SQL.
    fn push_value(&self, sql: &mut Sql, set: &SetPlan, stored: Option<&str>) {
        for piece in &set.value {
            match piece {
                SqlPiece::Sql(text) => drop(sql.push(text)),
                SqlPiece::Name(name) if name == "stored" => {
                    sql.bind(stored.map_or(Val::Null, Val::from));
                }
                SqlPiece::Name(_) => {
                    sql.bind(self.key.first().cloned().unwrap_or(Val::Null));
                }
            }
        }
    }

    fn audit(&self, found: &Found) -> Option<Sql> {
        let audit = self.plan.audit.as_ref()?;
        found.lines.first()?;
        let columns: Vec<&str> = audit.insert.iter().map(|set| set.column.as_str()).collect();
        let mut sql = Sql::new(
            self.plan.engine,
            format!("INSERT INTO {} ({}) VALUES (", audit.from, columns.join(", ")),
        );
        for (index, set) in audit.insert.iter().enumerate() {
            sql.push(if index == 0 { "" } else { ", " });
            self.push_value(&mut sql, set, None);
        }
        sql.push(")");
        Some(sql)
    }

    /// How what stands there now differs from what was sent.
    fn altered(&self, found: &Found, now: &Found) -> Option<String> {
        let Ok(old) = part::parts(self.plan, found) else { return None };
        let new = match part::parts(self.plan, now) {
            Ok(new) => new,
            Err(why) => return Some(format!("What was sent is stored as something else. {why}")),
        };
        for pair in self.pairs {
            let id = pair.id();
            let Some(part) = find(&new, id) else {
                return Some(format!("Section \"{id}\" is no longer there."));
            };
            // What was sent was made from what stood there before.
            let Ok(sent) = find(&old, id).map_or(Ok(None), |old| wanted(pair, old, pair.after)) else {
                continue;
            };
            if !stands(part, sent.as_deref()) {
                let stored =
                    part.spot.as_ref().map_or(part.section.text.as_deref(), |spot| spot.stored.as_deref());
                let how = difference::describe(sent.as_deref(), stored);
                return Some(format!("Section \"{id}\" is stored differently: {how}."));
            }
        }
        None
    }
}

fn find<'f, 'p>(parts: &'f [Part<'p>], id: &SectionId) -> Option<&'f Part<'p>> {
    parts.iter().find(|part| part.section.id == *id)
}

/// What a text of the pair is where the section stands; the text itself where nothing could be written.
fn wanted(
    pair: &Pair<'_>,
    part: &Part<'_>,
    text: Option<&str>,
) -> Result<Option<String>, crate::text::codec::CodecError> {
    match &part.spot {
        None => Ok(text.map(str::to_owned)),
        Some(spot) => {
            let base = if pair.base.is_some() { pair.stood() } else { spot.stored.as_deref() };
            spot.form.stored(text, part.section.text.as_deref(), base)
        }
    }
}

/// Whether this is what stands there. Of a text that is written elsewhere, the source must also be what it was.
fn stands(part: &Part<'_>, wanted: Option<&str>) -> bool {
    let Some(spot) = &part.spot else { return part.section.text.as_deref() == wanted };
    let there = spot.stored.as_deref();
    match (&spot.piece, &spot.form) {
        (Piece::Marked(_), _) => there.unwrap_or_default() == wanted.unwrap_or_default(),
        // Engines that know JSON write the same string in their own way.
        (Piece::Json(_), Form::Codecs(codecs)) => {
            let shown = |stored: Option<&str>| stored.map(|stored| get(codecs, stored));
            there == wanted || shown(there) == shown(wanted)
        }
        (Piece::Whole | Piece::Json(_), _) => there == wanted,
    }
}

/// A text as a value of the same kind as the one that stands there.
fn stored_as(found: &Val, text: Option<&str>) -> Val {
    match (text, found) {
        (None, _) => Val::Null,
        (Some(text), Val::Bytes(_)) => Val::Bytes(text.as_bytes().to_vec()),
        (Some(text), Val::Null | Val::Int(_) | Val::UInt(_) | Val::Real(_) | Val::Text(_)) => Val::from(text),
    }
}
