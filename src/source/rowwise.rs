//! Writing to tables that know no transactions, if the configuration insists.
//!
//! Nothing can be rolled back there and no row is locked. So each row is one statement that compares and sets, and what
//! was announced in the journal of the store is the way back: if a later row cannot be written, those before it are put
//! back, again by comparing and setting. A repeated call goes on where an earlier one stopped. What is stored differently
//! from what was sent stays and is told, because by then it may be somebody's edit.

use super::{
    db::{DbError, Fault, Rollback, Tx, Val},
    found::{self, Asked, Found, Stop},
    part::{self, Part},
    plan::Plan,
    port::{SourceError, WriteOutcome},
    write::{Attempt, Judged, Update},
};

/// Whether an earlier try of the same intent may have written some of the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tries {
    /// This is the first.
    First,
    /// There was one.
    Again,
}

/// A table that would be written and knows no transactions.
pub(super) fn without_transactions(plan: &Plan) -> Option<&str> {
    let written = plan.places.iter().filter(|place| place.writes);
    let table = written.map(|place| &place.table.info).find(|info| info.rollback == Rollback::None)?;
    Some(&table.name)
}

/// Why nothing is written to such a table.
pub(super) fn refusal(table: &str) -> SourceError {
    SourceError::Mapping {
        message: format!(
            "Table \"{table}\" knows no transactions, so a write that breaks off midway could not be undone by the \
             database."
        ),
        place: "writeback.without_transactions".to_owned(),
        hint: Some(
            "Move the table to an engine with transactions (InnoDB), or say `without_transactions = \"write\"` under \
             [writeback]: then redraft writes row by row and puts back what it must."
                .to_owned(),
        ),
    }
}

/// A row by its place.
type At = (usize, usize);

impl Attempt<'_> {
    /// [`Attempt::run`], row by row.
    pub(super) async fn run_rowwise(&self, tries: Tries) -> Result<WriteOutcome, Stop> {
        let mut tx = self.db.begin().await?;
        let outcome = Box::pin(self.rows(&mut tx, tries)).await;
        // It holds nothing together; other tables of the database may hang on it.
        tx.commit().await.ok();
        match outcome? {
            (WriteOutcome::Written, Some(found)) => Ok(self.look_again(&found).await),
            (outcome, _) => Ok(outcome),
        }
    }

    async fn rows(&self, tx: &mut Tx<'_>, tries: Tries) -> Result<(WriteOutcome, Option<Found>), Stop> {
        let Some(found) = found::read(Asked::Tx(tx), self.plan, self.key).await? else {
            return Ok((WriteOutcome::Gone, None));
        };
        let parts = part::parts(self.plan, &found)?;
        let other = match self.judge(&parts) {
            Judged::After => return Ok((WriteOutcome::AlreadyThere, None)),
            Judged::Refused(why) => return Ok((WriteOutcome::Refused(why), None)),
            Judged::Before => false,
            Judged::Other => true,
        };
        if other && tries == Tries::First {
            return Ok((WriteOutcome::Changed(self.mentioned(&parts)), None));
        }
        let updates = match self.updates(&parts, &found) {
            Ok(updates) => updates,
            Err(why) => return Ok((WriteOutcome::Refused(why), None)),
        };
        if other && !self.each_is_one_of_both(&parts) {
            return Box::pin(self.put_back(tx)).await.map(|(outcome, _)| (outcome, None));
        }
        for (at, update) in &updates {
            if stands_already(&found, *at, update) {
                continue;
            }
            match self.apply(tx, &found, (*at, update), &parts).await {
                Ok(None) => {}
                Ok(Some(outcome)) => {
                    // No row was written: somebody was faster, or the database refuses the text.
                    let (changed, as_before) = Box::pin(self.put_back(tx)).await?;
                    return Ok((if as_before { outcome } else { changed }, None));
                }
                Err(stop) => return Err(in_doubt(stop)),
            }
        }
        Ok((WriteOutcome::Written, Some(found)))
    }

    /// Whether every section is what it was or what it is to be.
    fn each_is_one_of_both(&self, parts: &[Part<'_>]) -> bool {
        !self.came_since(parts)
            && self.pairs.iter().all(|pair| {
                Self::standing(pair, parts).is_some_and(|(before, after)| before || after == Ok(true))
            })
    }

    /// Puts back what stands there of the new text; returns what is found then, and whether that is the text before.
    async fn put_back(&self, tx: &mut Tx<'_>) -> Result<(WriteOutcome, bool), Stop> {
        let Some(found) = found::read(Asked::Tx(tx), self.plan, self.key).await? else {
            return Ok((WriteOutcome::Gone, false));
        };
        let parts = part::parts(self.plan, &found)?;
        let ours = self.pairs.iter().filter(|pair| {
            pair.changes()
                && Self::standing(pair, &parts).is_some_and(|(before, after)| !before && after == Ok(true))
        });
        let back: Vec<_> = ours.map(super::pair::Pair::swapped).collect();
        let back = Attempt { pairs: &back, ..*self };
        let updates = back.updates(&parts, &found).map_err(SourceError::Engine)?;
        for (at, update) in &updates {
            // Whoever changed it since has the last word.
            back.apply(tx, &found, (*at, update), &parts).await.map_err(in_doubt)?;
        }
        let Some(now) = found::read(Asked::Tx(tx), self.plan, self.key).await? else {
            return Ok((WriteOutcome::Gone, false));
        };
        let parts = part::parts(self.plan, &now)?;
        let as_before = matches!(self.judge(&parts), Judged::Before);
        Ok((WriteOutcome::Changed(self.mentioned(&parts)), as_before))
    }
}

/// Whether a row has all its new cells.
fn stands_already(found: &Found, (place, line): At, update: &Update<'_>) -> bool {
    let line = found.lines.get(place).and_then(|lines| lines.get(line));
    line.is_some_and(|line| {
        update.cells.iter().all(|(column, text)| {
            line.values.get(*column).is_some_and(|value| match text {
                None => matches!(value, Val::Null),
                Some(text) => value.text() == Some(text),
            })
        })
    })
}

/// Some rows may be written: only the same statements again can tell.
fn in_doubt(stop: Stop) -> Stop {
    match stop {
        Stop::Db(error) => Stop::Db(DbError::new(Fault::InDoubt, error.message)),
        Stop::Told(error) => Stop::Db(DbError::new(Fault::InDoubt, error.to_string())),
    }
}
