//! Postings, and what is noted in the platform's own history.

use crate::config::{AuditMapping, Column, PostingMapping};

use super::{
    super::port::SourceError,
    AuditPlan, PartPlan, PostingPlan, TablePlan,
    looking::{Looking, RowsKeys, wrong},
};

pub(super) async fn posting(
    looking: &Looking<'_>,
    mapping: &PostingMapping,
) -> Result<PostingPlan, SourceError> {
    let table = looking
        .rows(&RowsKeys {
            table: &mapping.table,
            key: &mapping.key,
            condition: mapping.condition.as_deref(),
            tenant: mapping.tenant.as_ref(),
            who: "The posting's key reads",
            place: "mapping.posting",
        })
        .await?;
    if let Some(name) = &mapping.updated_at {
        looking.column(&table.info, name, "The mapping reads", "mapping.posting.updated_at")?;
    }
    let title = part(looking, &table, mapping, (&mapping.title, "mapping.posting.title")).await?;
    let mut text = Vec::new();
    for (index, column) in mapping.text.iter().enumerate() {
        let place = format!("mapping.posting.text[{index}]");
        text.push(part(looking, &table, mapping, (column, &place)).await?);
    }
    Ok(PostingPlan { table, title, text })
}

async fn part(
    looking: &Looking<'_>,
    table: &TablePlan,
    mapping: &PostingMapping,
    (column, place): (&Column, &str),
) -> Result<PartPlan, SourceError> {
    const WHO: &str = "The posting reads";
    let at = format!("{place}.column");
    let path = match &column.json_path {
        Some(path) => Some(looking.path(path, &format!("{place}.json_path"))?),
        None => None,
    };
    let expression = match &column.table {
        None => looking.engine.shown(looking.column(&table.info, &column.column, WHO, &at)?),
        Some(name) => {
            let info = looking.table(name, &format!("{place}.table")).await?;
            let shown = looking.engine.shown(looking.column(&info, &column.column, WHO, &at)?);
            if column.join.is_empty() {
                let message = format!("{place} does not say how its table is joined to the posting.");
                return Err(wrong(message, format!("{place}.join"), None));
            }
            let tenant = looking.tenant(&info, column.tenant.as_ref().or(mapping.tenant.as_ref()), place)?;
            looking.joined((&info, tenant), (&table.info, &column.join), &shown, &format!("{place}.join"))?
        }
    };
    Ok(PartPlan { expression, path, format: column.format })
}

pub(super) async fn audit(looking: &Looking<'_>, mapping: &AuditMapping) -> Result<AuditPlan, SourceError> {
    let info = looking.table(&mapping.table, "mapping.audit.table").await?;
    let from = looking.from(&info);
    let insert =
        looking.set((&info, &from), &mapping.insert, "The audit sets", "mapping.audit.insert").await?;
    Ok(AuditPlan { from, insert })
}
