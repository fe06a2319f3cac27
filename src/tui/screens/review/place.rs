//! Where somebody was in Review, kept for the next start: the filter, the order, the cursor, and what was open.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Pane, Request, Review, queue::SORTS};
use crate::{
    domain::RewriteId,
    review::session::Event,
    tui::{Context, Effect, backend::Slot, widgets::Toast},
};

/// Where somebody was.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    filter: String,
    sort: String,
    rewrite: Option<RewriteId>,
    row: usize,
    open: bool,
}

impl Place {
    /// What was kept in this file; nothing if that cannot be read.
    pub fn read(file: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(file).ok()?).ok()
    }

    /// Keeps it in this file, which only its owner can read. Nobody fails because it cannot be kept.
    pub async fn keep(&self, file: Option<&Path>) {
        let Some(file) = file else { return };
        let Ok(text) = serde_json::to_vec(self) else { return };
        let new = file.with_extension("new");
        let mut options = tokio::fs::OpenOptions::new();
        let opened = options.write(true).create(true).truncate(true).mode(0o600).open(&new).await;
        let Ok(mut opened) = opened else { return };
        let written = async {
            tokio::io::AsyncWriteExt::write_all(&mut opened, &text).await?;
            tokio::io::AsyncWriteExt::flush(&mut opened).await?;
            tokio::fs::rename(&new, file).await
        };
        if let Err(error) = written.await {
            tracing::debug!(%error, "the place in Review was not kept");
        }
    }
}

impl Review {
    /// Goes to where the reviewer was when redraft ended, if that is known and this is the first look at the screen.
    pub(super) fn restore(&mut self, context: &Context) -> Option<Vec<Effect>> {
        let place = context.place.clone().filter(|_| self.session.is_none())?;
        self.session(context);
        if let Some((sort, ..)) = SORTS.iter().find(|(_, name, _)| *name == place.sort) {
            self.sort = *sort;
        }
        let mut effects = self.set_filter(&place.filter, context);
        if let Some(id) = place.rewrite {
            self.restoring = Some((id, place.row));
            self.pane = if place.open { Pane::Document } else { Pane::Queue };
            effects.extend(self.tell(Event::Reach(id, place.row), context));
        }
        Some(effects)
    }

    /// The rows are there: what was open is among them, or it is nowhere.
    pub(super) fn restored(&mut self, rows: usize) -> Option<Effect> {
        let (id, _) = self.restoring.take_if(|(_, row)| rows > *row)?;
        if self.row().is_some_and(|row| row.id == id) || self.pane == Pane::Queue {
            return None;
        }
        self.pane = Pane::Queue;
        Some(Effect::Toast(Toast::plain("What you had open last is not in this filter any more.")))
    }

    fn place(&self) -> Option<Place> {
        let queue = self.session.as_ref()?.queue();
        Some(Place {
            filter: self.filter_text.clone(),
            sort: self.sort_name().to_owned(),
            rewrite: queue.current().map(|row| row.id),
            row: queue.cursor(),
            open: self.pane == Pane::Document,
        })
    }

    /// Keeps where the reviewer is, each time that it has changed: a line may be cut at any moment.
    pub(super) fn keep_place(&mut self, leaving: bool) -> Option<Effect> {
        let place = self.place().filter(|place| self.restoring.is_none() && place.rewrite.is_some())?;
        if !leaving && self.kept.as_ref() == Some(&place) {
            return None;
        }
        self.kept = Some(place.clone());
        let slot = if leaving { Slot::InOrder } else { Slot::Newest("review.place") };
        Some(Self::ask(slot, Request::KeepPlace(place)))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[tokio::test]
    async fn a_place_is_kept_in_a_file_that_only_its_owner_reads() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("review-1.json");
        assert_eq!(Place::read(&file), None);
        let place = Place { filter: "state:ready".to_owned(), row: 3, ..Place::default() };
        for row in [9, 3] {
            Place { row, ..place.clone() }.keep(Some(&file)).await;
        }
        assert_eq!(Place::read(&file), Some(place));
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&file, "{").unwrap();
        assert_eq!(Place::read(&file), None, "what cannot be read is no place");
        Place::default().keep(Some(&directory.path().join("gone/review.json"))).await;
    }
}
