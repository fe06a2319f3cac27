//! Whether receipts are kept, for `redraft check`: what `writeback.receipts` comes to with this database and this account.

use super::{
    db::{Db, DbError, DbResult, Engine, Rollback, Sql, Val},
    port::Check,
    privileges,
    receipts::{PLACE, TABLE, TRANSACTIONS, quoted},
};
use crate::config::ReceiptSettings;

/// What there is of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    /// It is there, and rows can be added and found.
    Usable(String),
    /// It is there, but the account may not add and find rows.
    Forbidden(String),
    /// It is there, but knows no transactions.
    Lasting,
    /// It is there, but is another table.
    Foreign,
    /// It is not there, and the first write makes it.
    Creatable,
    /// It is not there, and the account may not make it.
    Missing,
    /// It is not there, and nobody can tell whether the account may make it.
    Unclear,
}

/// What is open without receipts.
const LEFT: &str = "Without receipts, a write whose answer is lost and that somebody undoes by hand before it is looked \
                    at again is made once more.";

/// What becomes of the setting; `without_transactions` is a written table that knows none.
pub(super) async fn check(db: &Db, settings: ReceiptSettings, without_transactions: Option<&str>) -> Check {
    let name = match settings {
        ReceiptSettings::Auto => "auto",
        ReceiptSettings::On => "on",
        ReceiptSettings::Off => "off",
    };
    if let Some(table) = without_transactions {
        return Check::ok(
            PLACE,
            format!(
                "\"{name}\": no receipts are kept, because \"{table}\" knows no transactions, and a receipt that is \
                 not undone with its write proves nothing."
            ),
        );
    }
    if settings == ReceiptSettings::Off {
        let remedy = Some("Say receipts = \"auto\" under [writeback] to close that gap.".to_owned());
        return Check { remedy, ..Check::ok(PLACE, format!("\"off\": no receipts are kept. {LEFT}")) };
    }
    match look(db).await {
        Ok(found) => told(name, settings, &found, db.engine().receipt_table()),
        Err(error) => {
            let message = format!("\"{name}\": the table cannot be looked at: {}.", error.message);
            Check::warning(PLACE, message, "The first write tells.")
        }
    }
}

/// What was found, in words; `make` is the statement that makes the table.
fn told(name: &str, settings: ReceiptSettings, found: &Found, make: &str) -> Check {
    let ok = |what: &str| Check::ok(PLACE, format!("\"{name}\": {what}"));
    let stops = |what: &str, remedy: &str| {
        Check::error(PLACE, format!("\"{name}\": {what}: no write will get through."), remedy)
    };
    // What "on" insists on, "auto" does without.
    let without = |why: &str, remedy: &str| match settings {
        ReceiptSettings::On => {
            Check::error(PLACE, format!("\"on\": {why}. Nothing is written until that is mended."), remedy)
        }
        ReceiptSettings::Auto | ReceiptSettings::Off => {
            Check::warning(PLACE, format!("\"{name}\": no receipts are kept: {why}. {LEFT}"), remedy)
        }
    };
    match found {
        Found::Usable(table) => ok(&format!("receipts are kept in {table}.")),
        Found::Creatable => ok(&format!("the table {TABLE} is not there yet; the first write makes it.")),
        Found::Unclear => ok(&format!(
            "the table {TABLE} is not there yet; the first write makes it, if the account's role may."
        )),
        Found::Missing => without(
            &format!("the account sees no table {TABLE} and may not make one"),
            &format!("Let an administrator say: {make}; GRANT SELECT, INSERT ON {TABLE} TO …;"),
        ),
        Found::Lasting => without(
            &format!("the table {TABLE} knows no transactions"),
            &format!("Let an administrator say: {TRANSACTIONS}"),
        ),
        Found::Forbidden(table) => stops(
            &format!("the table {table} is there, but the account may not read and add rows"),
            &format!("GRANT SELECT, INSERT ON {table} TO …; or say receipts = \"off\" under [writeback]."),
        ),
        Found::Foreign => stops(
            &format!("there is a table {TABLE} without the column intent_id, so it is not redraft's"),
            "Rename it, or say receipts = \"off\" under [writeback].",
        ),
    }
}

async fn look(db: &Db) -> DbResult<Found> {
    let engine = db.engine();
    let Some(info) = db.table(TABLE).await? else { return creatable(db).await };
    if !info.columns.iter().any(|column| engine.same_name(&column.name, "intent_id")) {
        return Ok(Found::Foreign);
    }
    if info.rollback == Rollback::None {
        return Ok(Found::Lasting);
    }
    let table = quoted(db, &info);
    let usable = match engine {
        Engine::Sqlite => true,
        Engine::Postgres => {
            let held = "SELECT CAST(CAST(has_table_privilege(CAST(";
            let of = |word: &str| format!(" AS text), '{word}') AS int) AS int8)");
            let sql =
                [held, &format!("{}, CAST(CAST(has_table_privilege(CAST(", of("SELECT")), &of("INSERT")];
            let rows = db.query(privileges::statement(engine, &sql, &table)).await?;
            rows.first().is_some_and(|row| privileges::yes(row, 0) && privileges::yes(row, 1))
        }
        Engine::MySql => {
            let held = privileges::mysql_held(db, (&info.schema, TABLE)).await?;
            held.is_none_or(|held| held.contains("SELECT") && held.contains("INSERT"))
        }
    };
    Ok(if usable { Found::Usable(table) } else { Found::Forbidden(table) })
}

/// Whether the account may make the table. Nothing is left of a trial.
async fn creatable(db: &Db) -> DbResult<Found> {
    let engine = db.engine();
    let may = match engine {
        Engine::Sqlite => {
            let mut tx = db.begin().await?;
            let made: Result<u64, DbError> = tx.exec(Sql::new(engine, engine.receipt_table())).await;
            tx.rollback().await?;
            made.is_ok()
        }
        Engine::Postgres => {
            let sql = "SELECT CAST(CAST(coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS int) AS int8)";
            let rows = db.query(Sql::new(engine, sql)).await?;
            rows.first().is_some_and(|row| privileges::yes(row, 0))
        }
        Engine::MySql => {
            let schema = db.query(Sql::new(engine, "SELECT CONVERT(DATABASE() USING utf8mb4)")).await?;
            let schema = schema.first().and_then(|row| row.first()).map(Val::words).unwrap_or_default();
            match privileges::mysql_held(db, (&schema, TABLE)).await? {
                None => return Ok(Found::Unclear),
                Some(held) => ["CREATE", "SELECT", "INSERT"].iter().all(|word| held.contains(*word)),
            }
        }
    };
    Ok(if may { Found::Creatable } else { Found::Missing })
}
