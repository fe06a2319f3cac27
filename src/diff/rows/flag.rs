//! Findings and hits brought to the rows and the bytes that they are about.

use std::ops::Range;

use crate::{
    diff::{Hit, Row, SectionDiff, Segment, SegmentKind, Side},
    domain::{Finding, FindingKind},
};

use super::{
    column::{Flag, What},
    view::View,
};

/// The word in capitals that opens the line of a finding.
pub(super) const fn label(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::Contact => "CONTACT",
        FindingKind::Number => "NUMBER",
        FindingKind::Date => "DATE",
        FindingKind::Name => "NAME",
        FindingKind::Degree => "DEGREE",
        FindingKind::Certificate => "CERTIFICATE",
        FindingKind::Skill => "SKILL",
        FindingKind::Title => "TITLE",
        FindingKind::Lost => "LOST",
        FindingKind::Other => "NOTE",
    }
}

const fn side_of(finding: &Finding) -> Side {
    match finding.kind {
        FindingKind::Lost => Side::Before,
        FindingKind::Contact
        | FindingKind::Number
        | FindingKind::Date
        | FindingKind::Name
        | FindingKind::Degree
        | FindingKind::Certificate
        | FindingKind::Skill
        | FindingKind::Title
        | FindingKind::Other => Side::After,
    }
}

/// Every finding of a section with the row that its words are in.
pub(super) fn findings(section: &SectionDiff, findings: &[Finding]) -> Vec<(Option<usize>, usize)> {
    let mine = findings.iter().enumerate().filter(|(_, finding)| finding.span.section == section.id);
    mine.map(|(number, finding)| {
        let side = side_of(finding);
        let holds = |row: &Row| {
            section.block(row, side).is_some_and(|block| {
                block.range.start < finding.span.end.max(finding.span.start + 1)
                    && finding.span.start < block.range.end
            })
        };
        (section.rows.iter().position(holds), number)
    })
    .collect()
}

/// What is to be marked on one side of a section.
pub(super) fn flags(section: &SectionDiff, (index, side): (usize, Side), view: &View<'_>) -> Vec<Flag> {
    let findings = view
        .findings
        .iter()
        .enumerate()
        .filter(|(_, finding)| finding.span.section == section.id && side_of(finding) == side);
    let findings = findings
        .map(|(at, finding)| Flag { range: finding.span.start..finding.span.end, what: What::Finding(at) });
    let hits = view.hits.iter().enumerate().filter(|(_, hit)| hit.section == index);
    let hits =
        hits.filter_map(|(at, hit)| Some(Flag { range: on_side(section, hit, side)?, what: What::Hit(at) }));
    let mut flags: Vec<Flag> = findings.chain(hits).collect();
    flags.sort_by_key(|flag| flag.range.start);
    flags
}

/// The bytes of a hit on one side: what is kept is found in the after text and stands in the before text as well.
fn on_side(section: &SectionDiff, hit: &Hit, side: Side) -> Option<Range<usize>> {
    if hit.side == side {
        return Some(hit.range.clone());
    }
    let row = section.rows.get(hit.row).filter(|_| hit.side == Side::After)?;
    let holds = |segment: &&Segment| {
        segment.kind == SegmentKind::Same
            && segment.after.start <= hit.range.start
            && hit.range.end <= segment.after.end
    };
    let kept = row.segments.iter().find(holds)?;
    let start = kept.before.start + (hit.range.start - kept.after.start);
    Some(start..start + hit.range.len())
}
