//! What the mapped columns are, to notice when they become something else.
//!
//! A mapping that was made for one version of a platform may fit another by its names and no longer by what they hold.

use std::collections::BTreeMap;

use super::{
    super::{db::ColumnInfo, db::Db, db::TableInfo, port::SourceError},
    looking::{Looking, wrong},
};
use crate::config::{Expected, Mapping};

/// Type, character set, collation and storage engine of a column, as far as the engine has them.
fn words(table: &TableInfo, column: &ColumnInfo) -> String {
    let parts = [
        Some(column.declared.as_str()),
        column.charset.as_deref(),
        column.collation.as_deref(),
        table.storage.as_deref(),
    ];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The fingerprint of a mapping now, for its configuration.
pub(in crate::source) async fn take(
    db: &Db,
    mapping: &Mapping,
) -> Result<BTreeMap<String, String>, SourceError> {
    now(&Looking::new(db, mapping)).await
}

async fn now(looking: &Looking<'_>) -> Result<BTreeMap<String, String>, SourceError> {
    let mut found = BTreeMap::new();
    for named in looking.mapping.columns() {
        let info = looking.table(&named.table, &named.key).await?;
        let column = looking.column(&info, &named.column, "The mapping reads", &named.key)?;
        found.insert(format!("{}.{}", named.table, named.column), words(&info, column));
    }
    Ok(found)
}

/// Stops at the first mapped table or column that is not what `database.expect` says.
pub(in crate::source) async fn expect(
    db: &Db,
    mapping: &Mapping,
    expected: &Expected,
) -> Result<(), SourceError> {
    let looking = Looking::new(db, mapping);
    if let Some(wanted) = &expected.version {
        let facts = db.facts().await?;
        let told = facts.iter().filter(|fact| fact.subject == "database").map(|fact| fact.message.as_str());
        let told = told.collect::<Vec<_>>().join(" ");
        if !told.split([' ', ',', ';']).any(|word| word.starts_with(wanted.as_str())) {
            return Err(wrong(
                format!("The configuration expects version \"{wanted}\" of the server. {told}"),
                "database.expect.version",
                Some("Look whether the mapping still fits, then correct the expectation.".to_owned()),
            ));
        }
    }
    if (&expected.storage, &expected.charset) == (&None, &None) {
        return Ok(());
    }
    for named in mapping.columns() {
        let info = looking.table(&named.table, &named.key).await?;
        let column = looking.column(&info, &named.column, "The mapping reads", &named.key)?;
        let is = [
            ("storage", &expected.storage, info.storage.as_deref(), format!("Table \"{}\"", info.name)),
            (
                "charset",
                &expected.charset,
                column.charset.as_deref(),
                format!("Column \"{}\" of table \"{}\"", column.name, info.name),
            ),
        ];
        for (key, wanted, is, what) in is {
            let (Some(wanted), Some(is)) = (wanted, is) else { continue };
            if !alike(wanted, is) {
                return Err(wrong(
                    format!("{what} has the {key} \"{is}\", but the configuration expects \"{wanted}\"."),
                    format!("database.expect.{key}"),
                    Some("Look whether this is the right database, then correct the expectation.".to_owned()),
                ));
            }
        }
    }
    Ok(())
}

/// Whether two names mean the same; `utf8` is what older servers call `utf8mb3`.
fn alike(left: &str, right: &str) -> bool {
    let plain = |name: &str| {
        if name.eq_ignore_ascii_case("utf8") { "utf8mb3".to_owned() } else { name.to_lowercase() }
    };
    plain(left) == plain(right)
}

/// [`compare`] with what the database says now.
pub(in crate::source) async fn again(db: &Db, mapping: &Mapping) -> Result<(), SourceError> {
    compare(&Looking::new(db, mapping)).await
}

/// Stops at the first column that is no longer what it was when the mapping was made.
pub(super) async fn compare(looking: &Looking<'_>) -> Result<(), SourceError> {
    let recorded = &looking.mapping.fingerprint;
    if recorded.is_empty() {
        return Ok(());
    }
    let found = now(looking).await?;
    let differs = recorded.iter().find_map(|(name, was)| {
        let is = found.get(name)?;
        (is != was).then_some((name, was, is))
    });
    match differs {
        None => Ok(()),
        Some((name, was, is)) => Err(wrong(
            format!("Column \"{name}\" was \"{was}\" when the mapping was made, and is \"{is}\" now."),
            format!("mapping.fingerprint.{name}"),
            Some("Look whether the mapping still fits, then take the new words over, or remove the fingerprint.".to_owned()),
        )),
    }
}
