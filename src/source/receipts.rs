//! Receipts: a one-column table in the candidate database that says which intents were carried out.
//!
//! A receipt is recorded in the transaction of its write, so that a write whose answer was lost is told from one that
//! never came about, whatever people did with the text since. Nothing but the name of the intent is stored. The table is
//! the one thing in the candidate database that is redraft's own; without it the write-back works too, and what it then
//! cannot know is told as unknown.

use tokio::sync::OnceCell;

use super::{
    db::{Db, Fault, Rollback, Sql, TableInfo, Val},
    port::SourceError,
};
use crate::{config::ReceiptSettings, domain::IntentId};

/// The table's name; it is looked for, and made, where the database puts an unqualified name.
pub(super) const TABLE: &str = "redraft_receipt";

/// The configuration key.
pub(super) const PLACE: &str = "writeback.receipts";

/// What gives the table transactions.
pub(super) const TRANSACTIONS: &str = "ALTER TABLE redraft_receipt ENGINE=InnoDB;";

/// Where receipts are kept, if they are.
#[derive(Debug)]
pub(super) struct Receipts {
    settings: ReceiptSettings,
    /// The table, quoted; looked for at the first write.
    table: OnceCell<Option<String>>,
}

/// The receipt of one write.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slip<'r> {
    pub(super) table: &'r str,
    pub(super) intent: IntentId,
}

impl Receipts {
    pub(super) fn new(settings: ReceiptSettings) -> Self {
        Self { settings, table: OnceCell::new() }
    }

    /// What the configuration says.
    pub(super) const fn settings(&self) -> ReceiptSettings {
        self.settings
    }

    /// The receipt that the write of `intent` is to leave, if it is to leave one.
    pub(super) async fn of(
        &self,
        db: &Db,
        intent: Option<IntentId>,
    ) -> Result<Option<Slip<'_>>, SourceError> {
        let Some(intent) = intent else { return Ok(None) };
        let table = self.table.get_or_try_init(|| self.find_or_make(db)).await?;
        Ok(table.as_deref().map(|table| Slip { table, intent }))
    }

    async fn find_or_make(&self, db: &Db) -> Result<Option<String>, SourceError> {
        match self.settings {
            ReceiptSettings::Off => return Ok(None),
            ReceiptSettings::Auto | ReceiptSettings::On => {}
        }
        if let Some(info) = db.table(TABLE).await? {
            return match (info.rollback, self.settings) {
                (Rollback::Full, _) => Ok(Some(quoted(db, &info))),
                // A receipt that stays when its write is undone would be a lie.
                (Rollback::None, ReceiptSettings::On) => Err(SourceError::Mapping {
                    message: format!(
                        "The table {TABLE} knows no transactions, so its receipts prove nothing."
                    ),
                    place: PLACE.to_owned(),
                    hint: Some(format!("Let an administrator say: {TRANSACTIONS}")),
                }),
                (Rollback::None, ReceiptSettings::Auto | ReceiptSettings::Off) => Ok(None),
            };
        }
        match (db.define(db.engine().receipt_table()).await, self.settings) {
            (Ok(()), _) => Ok(db.table(TABLE).await?.map(|info| quoted(db, &info))),
            // Somebody else is at work there: what can be known a moment later is not decided for good now.
            (Err(error), _) if matches!(error.fault, Fault::Busy | Fault::Unreachable | Fault::InDoubt) => {
                Err(error.into())
            }
            (Err(error), ReceiptSettings::On) => Err(SourceError::Mapping {
                message: format!("The table {TABLE} is not there and cannot be made: {}.", error.message),
                place: PLACE.to_owned(),
                hint: Some(format!("Let an administrator make it: {};", db.engine().receipt_table())),
            }),
            (Err(error), ReceiptSettings::Auto | ReceiptSettings::Off) => {
                tracing::info!(why = %error, "no receipts are kept in the candidate database");
                Ok(None)
            }
        }
    }
}

/// The table, quoted.
pub(super) fn quoted(db: &Db, info: &TableInfo) -> String {
    let engine = db.engine();
    format!("{}.{}", engine.quote(&info.schema), engine.quote(&info.name))
}

impl Slip<'_> {
    /// The statement that looks for it.
    pub(super) fn select(&self, db: &Db) -> Sql {
        let mut sql = Sql::new(db.engine(), format!("SELECT 1 FROM {} WHERE intent_id = ", self.table));
        sql.bind(Val::Text(self.intent.to_string()));
        sql
    }

    /// The statement that leaves it.
    pub(super) fn insert(&self, db: &Db) -> Sql {
        let mut sql = Sql::new(db.engine(), format!("INSERT INTO {} (intent_id) VALUES (", self.table));
        sql.bind(Val::Text(self.intent.to_string())).push(")");
        sql
    }
}
