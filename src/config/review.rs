//! `[review]`, checked.

use super::{ReviewSettings, check::Checked};
use crate::error::Result;

impl Checked<'_> {
    pub(super) fn review(&self) -> Result<ReviewSettings> {
        let (raw, usual) = (&self.raw.review, ReviewSettings::default());
        let percent = raw.spot_check_percent.unwrap_or(usual.spot_check_percent);
        Ok(ReviewSettings {
            name: raw.name.clone().filter(|name| !name.is_empty()),
            reviewers: raw.reviewers.as_deref().map(|path| self.relative(path)),
            open_changes: raw.open_changes.unwrap_or(usual.open_changes),
            type_count_above: raw.type_count_above.unwrap_or(usual.type_count_above),
            spot_check_percent: self.in_range("review.spot_check_percent", percent, (0, 100))?,
            fast_seconds: raw.fast_seconds.unwrap_or(usual.fast_seconds),
            second_opinion: raw.second_opinion.clone().filter(|text| !text.trim().is_empty()),
            own_edits: raw.own_edits.unwrap_or_default(),
            rights: raw.rights.unwrap_or_default(),
        })
    }
}
