//! The texts of a rewrite, which stand apart from its row, and what of them the row repeats for lists.

use super::{codec, connection::query, port::StoreResult, transaction::Tx};
use crate::domain::{Document, Failure, Finding, FindingKind, Section, Severity};

/// A bit for each kind, as the column `finding_kinds` has them. A kind never changes its bit.
pub(super) const fn bit(kind: FindingKind) -> i64 {
    match kind {
        FindingKind::Contact => 1,
        FindingKind::Number => 1 << 1,
        FindingKind::Date => 1 << 2,
        FindingKind::Name => 1 << 3,
        FindingKind::Degree => 1 << 4,
        FindingKind::Certificate => 1 << 5,
        FindingKind::Skill => 1 << 6,
        FindingKind::Title => 1 << 7,
        FindingKind::Lost => 1 << 8,
        FindingKind::Other => 1 << 9,
    }
}

/// Stores a new after text; nothing of an earlier one stays.
pub(super) async fn ready(tx: &mut Tx, seq: i64, after: &Document) -> StoreResult<()> {
    query(
        "INSERT INTO rewrite_text (rewrite, before_text, after_text) VALUES ($1, '[]', $2) \
         ON CONFLICT (rewrite) DO UPDATE SET after_text = excluded.after_text, approved = NULL, found = NULL, \
         choices = '{}', raw_reply = NULL",
    )
    .bind(seq)
    .bind(codec::json(after)?)
    .execute(tx)
    .await?;
    query("UPDATE rewrite SET edited = 0, look = NULL WHERE seq = $1").bind(seq).execute(tx).await?;
    let row = query("SELECT before_text FROM rewrite_text WHERE rewrite = $1").bind(seq);
    let before: Option<String> = row.fetch_optional(tx).await?.map(|row| row.try_get(0)).transpose()?;
    // There is a source wherever something was sent.
    let before = before.and_then(|text| codec::from_json::<Document>(&text).ok()).unwrap_or_default();
    sections(tx, seq, (&before, after)).await?;
    count(tx, seq, after).await
}

/// Writes which sections the after text changes.
pub(super) async fn sections(
    tx: &mut Tx,
    seq: i64,
    (before, after): (&Document, &Document),
) -> StoreResult<()> {
    let is_kept =
        |section: &Section| before.section(&section.id).is_some_and(|known| known.text == section.text);
    let changed = after.sections.iter().filter(|section| !is_kept(section));
    let names: Vec<String> = changed.map(|section| codec::key(&section.id.0)).collect();
    let list = if names.is_empty() { String::new() } else { format!("\n{}\n", names.join("\n")) };
    query("UPDATE rewrite SET sections = $2 WHERE seq = $1").bind(seq).bind(list).execute(tx).await?;
    Ok(())
}

/// Writes how long the after text is.
pub(super) async fn count(tx: &mut Tx, seq: i64, after: &Document) -> StoreResult<()> {
    let texts = after.sections.iter().filter_map(|section| section.text.as_deref());
    let words: usize = texts.map(|text| text.split_whitespace().count()).sum();
    query("UPDATE rewrite SET words = $2 WHERE seq = $1")
        .bind(seq)
        .bind(codec::signed(words as u64))
        .execute(tx)
        .await?;
    Ok(())
}

/// Stores what follows from the after text. The revision stays: it counts what people decide about.
pub(super) async fn assess(
    tx: &mut Tx,
    seq: i64,
    changed_percent: u8,
    findings: &[Finding],
) -> StoreResult<()> {
    let open = || findings.iter().filter(|finding| finding.dismissed.is_none());
    let number = open().count();
    let blocking = open().filter(|finding| finding.severity == Severity::Block).count();
    let kinds = open().fold(0, |bits, finding| bits | bit(finding.kind));
    query(
        "UPDATE rewrite SET changed_percent = $2, findings = $3, blocking = $4, finding_kinds = $5, risk = $6 \
         WHERE seq = $1",
    )
    .bind(seq)
    .bind(i64::from(changed_percent.min(100)))
    .bind(codec::signed(number as u64))
    .bind(codec::signed(blocking as u64))
    .bind(kinds)
    .bind(risk(blocking, number, changed_percent))
    .execute(tx)
    .await?;
    query("UPDATE rewrite_text SET findings = $2 WHERE rewrite = $1")
        .bind(seq)
        .bind(codec::json(findings)?)
        .execute(tx)
        .await?;
    Ok(())
}

/// One number that sorts by blocking findings, then by findings, then by the share of changed words.
fn risk(blocking: usize, findings: usize, changed_percent: u8) -> i64 {
    let part = |number: usize| i64::try_from(number.min(9_999)).unwrap_or(9_999);
    (part(blocking) * 10_000 + part(findings)) * 1_000 + i64::from(changed_percent.min(100))
}

/// Stores why a rewrite failed, was skipped or is in conflict.
pub(super) async fn failure(tx: &mut Tx, seq: i64, failure: &Failure) -> StoreResult<()> {
    let searched = format!("{}\n{}", failure.reason.words(), failure.detail);
    query("UPDATE rewrite SET failure_reason = $2, failure_detail = $3, failure_key = $4 WHERE seq = $1")
        .bind(seq)
        .bind(codec::word(failure.reason)?)
        .bind(&failure.detail)
        .bind(codec::key(&searched))
        .execute(tx)
        .await?;
    Ok(())
}

/// Stores a reply that does not map to the sections, or that there is none.
pub(super) async fn raw_reply(tx: &mut Tx, seq: i64, reply: Option<&str>) -> StoreResult<()> {
    query("UPDATE rewrite_text SET raw_reply = $2 WHERE rewrite = $1")
        .bind(seq)
        .bind(reply)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets what was made of a source: the rewrite is queued again. Its decisions stay on record.
pub(super) async fn forget(tx: &mut Tx, seq: i64) -> StoreResult<()> {
    query(
        "UPDATE rewrite_text SET after_text = NULL, approved = NULL, found = NULL, choices = '{}', findings = '[]', \
         raw_reply = NULL WHERE rewrite = $1",
    )
    .bind(seq)
    .execute(tx)
    .await?;
    query(
        "UPDATE rewrite SET changed_percent = NULL, findings = 0, blocking = 0, finding_kinds = 0, risk = 0, \
         edited = 0, opened_at = NULL, words = NULL, sections = NULL, look = NULL WHERE seq = $1",
    )
    .bind(seq)
    .execute(tx)
    .await?;
    Ok(())
}

/// Stores another source than the rewrite was made from, and what was found in its place.
pub(super) async fn rebase(
    tx: &mut Tx,
    seq: i64,
    (before, found): (&Document, Option<&Document>),
) -> StoreResult<()> {
    query("UPDATE rewrite_text SET before_text = $2, found = $3 WHERE rewrite = $1")
        .bind(seq)
        .bind(codec::json(before)?)
        .bind(found.map(codec::json).transpose()?)
        .execute(tx)
        .await?;
    Ok(())
}

/// Stores what stood in the candidate database instead of the source.
pub(super) async fn found(tx: &mut Tx, seq: i64, found: &Document) -> StoreResult<()> {
    query("UPDATE rewrite_text SET found = $2 WHERE rewrite = $1")
        .bind(seq)
        .bind(codec::json(found)?)
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes the approved text away: what was written was undone.
pub(super) async fn disapprove(tx: &mut Tx, seq: i64) -> StoreResult<()> {
    query("UPDATE rewrite_text SET approved = NULL WHERE rewrite = $1").bind(seq).execute(tx).await?;
    query("UPDATE rewrite SET decided_by = NULL, decided_at = NULL, look = NULL WHERE seq = $1")
        .bind(seq)
        .execute(tx)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn risk_sorts_by_blocking_then_findings_then_change() {
        let sorted = [(0, 0, 0), (0, 0, 100), (0, 1, 0), (0, 12, 3), (1, 1, 0), (1, 40, 2), (2, 2, 0)];
        for pair in sorted.windows(2) {
            let [(b1, f1, c1), (b2, f2, c2)] = [pair[0], pair[1]];
            assert!(risk(b1, f1, c1) < risk(b2, f2, c2), "{pair:?}");
        }
        assert!(risk(usize::MAX, usize::MAX, 100) > 0);
    }

    #[test]
    fn every_kind_has_a_bit_of_its_own() {
        use FindingKind::{Certificate, Contact, Date, Degree, Lost, Name, Number, Other, Skill, Title};
        let kinds = [Contact, Number, Date, Name, Degree, Certificate, Skill, Title, Lost, Other];
        let all = kinds.iter().fold(0, |bits, kind| bits | bit(*kind));
        assert_eq!(all.count_ones() as usize, kinds.len());
    }
}
