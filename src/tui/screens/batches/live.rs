//! The replies that are coming in: which one is under the cursor, and the text of the one that is followed.

use super::Answer;
use crate::{
    domain::RewriteId,
    llm::reply::partial,
    text::Safe,
    tui::{screens::reader::Reader, theme::Meaning, widgets::List},
};

/// How far the reply is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Coming {
    /// Nothing has come.
    #[default]
    Awaited,
    /// It comes in.
    Streaming,
    /// All of it is there.
    Ended,
    /// Another process receives it.
    Elsewhere,
}

/// A reply by its sections; as it is if there are none, so that nobody waits before an empty pane.
fn parts(text: &str) -> Vec<(Meaning, Safe<'static>)> {
    let sections = partial(text);
    if sections.is_empty() {
        return vec![(Meaning::Muted, Safe::new(text).into_owned())];
    }
    let mut parts = Vec::new();
    for section in sections {
        if !parts.is_empty() {
            parts.push((Meaning::Text, Safe::new("").into_owned()));
        }
        parts.push((Meaning::Title, Safe::line(&section.id.0.to_uppercase()).into_owned()));
        parts.push((Meaning::Text, Safe::new(section.text.trim_end()).into_owned()));
    }
    parts
}

/// The replies of the batch in focus.
#[derive(Debug, Default)]
pub struct Live {
    /// Their rows.
    pub list: List,
    /// The text of the one that is followed.
    pub reader: Reader,
    ids: Vec<RewriteId>,
    cursor: Option<RewriteId>,
    followed: Option<RewriteId>,
    /// Whose reply is followed, once that is known.
    pub name: Option<String>,
    coming: Coming,
}

impl Live {
    /// Takes the rewrites whose replies come in now; the cursor stays on its own while that is among them.
    pub fn put(&mut self, ids: Vec<RewriteId>) {
        self.list.set_len(ids.len());
        if let Some(at) = self.cursor.and_then(|id| ids.iter().position(|other| *other == id)) {
            self.list.select(at);
        }
        self.ids = ids;
        self.moved();
    }

    /// The cursor has moved.
    pub fn moved(&mut self) {
        self.cursor = self.list.selected().and_then(|row| self.ids.get(row).copied());
    }

    /// The rewrites whose replies come in now.
    pub fn ids(&self) -> &[RewriteId] {
        &self.ids
    }

    /// The rewrite of that row.
    pub fn id(&self, row: usize) -> Option<RewriteId> {
        self.ids.get(row).copied()
    }

    /// Whose reply is followed.
    pub const fn followed(&self) -> Option<RewriteId> {
        self.followed
    }

    /// How far it is.
    pub const fn coming(&self) -> Coming {
        self.coming
    }

    /// Turns to the reply under the cursor; returns it if it was not followed before.
    pub fn follow(&mut self) -> Option<RewriteId> {
        let id = self.cursor.filter(|id| self.followed != Some(*id))?;
        self.followed = Some(id);
        self.coming = Coming::Awaited;
        self.name = None;
        self.reader = Reader::growing();
        Some(id)
    }

    /// Takes what came of the reply of `id`.
    pub fn take(&mut self, id: RewriteId, answer: &Answer) {
        if self.followed != Some(id) {
            return;
        }
        match answer {
            Answer::Text(text) => {
                self.coming = Coming::Streaming;
                self.reader.put(parts(text));
            }
            Answer::End => self.coming = Coming::Ended,
            Answer::Elsewhere => self.coming = Coming::Elsewhere,
            Answer::Batches(_)
            | Answer::Details(_)
            | Answer::Moved(_)
            | Answer::Queued(_)
            | Answer::Budgeted(_) => {}
        }
    }
}
