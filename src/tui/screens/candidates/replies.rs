//! What Candidates makes of answers.

use super::{Answer, Candidates, End, Listed, Load, Opened, Page, Request, Roster};
use crate::{
    domain::{Candidate, CandidateId, Document, LinkedPosting},
    text::Safe,
    tui::{
        Context, Effect, Handled,
        backend::{self, Failure, Following, Reply},
        command::Global,
        screens::words,
        theme::Meaning,
        widgets::Toast,
    },
};

impl Candidates {
    pub(super) fn reply(&mut self, reply: &Reply, context: &Context) -> Handled {
        let backend::Request::Candidates(question) = &reply.question else { return Handled::Ignored };
        let answer = match &reply.answer {
            Ok(backend::Answer::Candidates(answer)) => answer,
            Ok(_) => return Handled::Ignored,
            Err(failure) => {
                self.searching &= !matches!(question, Request::Search(_) | Request::Find(_));
                return self.failed(question, failure, context);
            }
        };
        match (question, answer) {
            (Request::List, Answer::Shown(shown)) => {
                self.shown.clone_from(shown);
                Handled::done()
            }
            (Request::List, Answer::Page(rows)) => self.page(rows.clone()),
            (Request::List, Answer::End(end)) => self.end(*end, context),
            (Request::Count, Answer::Count(number)) => {
                self.total = Some(*number);
                Handled::done()
            }
            (Request::Search(search), Answer::Hits(hits)) if search.text == self.text => {
                let stale = search.roster != self.roster;
                // Of other words the best match comes into focus; of the same words the candidate stays.
                let focus = self.focus().filter(|_| self.hits_of == self.text);
                if focus.is_none() {
                    self.list.select(0);
                }
                self.hits = Some(hits.clone());
                self.found = None;
                self.hits_of.clone_from(&self.text);
                self.searching = false;
                self.rows_changed(focus.as_ref());
                if stale { self.search().into() } else { Handled::done() }
            }
            (Request::Find(text), _) if *text == self.text.trim() => self.found(answer, reply.more),
            (Request::Open(id), Answer::Opened(found, linked)) => {
                self.opened(id, found.as_ref(), linked.as_ref());
                Handled::done()
            }
            (Request::Start(_), Answer::Started(batch)) => {
                Effect::Toast(Toast::good(format!("Batch {} was started.", batch.label()))).into()
            }
            _ => Handled::done(),
        }
    }

    fn failed(&mut self, question: &Request, failure: &Failure, context: &Context) -> Handled {
        match question {
            Request::List => {
                self.load = Load::Failed(failure.clone());
                // Without rows the reason stands in their place.
                if self.roster.is_empty() {
                    return Handled::done();
                }
            }
            Request::Open(id) => {
                if let Some(opened) = self.opened.as_mut().filter(|opened| opened.id == *id) {
                    let hint = failure.hint().unwrap_or_default();
                    let again = format!("{} tries again.", words::key(Global::Candidates, context));
                    let said = [failure.message(), hint, &again].map(|text| Safe::new(text).into_owned());
                    opened.failed = true;
                    opened.reader.put(said.into_iter().map(|text| (Meaning::Bad, text)).collect());
                    return Handled::done();
                }
            }
            Request::Count
            | Request::Search(_)
            | Request::Find(_)
            | Request::Terms
            | Request::Estimate(_)
            | Request::Start(_) => {}
        }
        Effect::Toast(Toast::from(failure)).into()
    }

    /// The candidate in focus, unless it is only in focus because it is the first.
    fn focus(&self) -> Option<CandidateId> {
        self.list.selected().filter(|row| *row > 0)?;
        self.selected().map(Listed::key)
    }

    fn page(&mut self, rows: Page) -> Handled {
        let Load::Reading(coming) = &mut self.load else { return Handled::done() };
        coming.push(rows);
        // A list that is read for the first time shows as it comes; one that is read again replaces the old
        // one when it is complete.
        if coming.extends(&self.roster) {
            self.roster = coming.clone();
            if self.text.trim().is_empty() {
                self.rows_changed(None);
            } else if !self.searching {
                return self.search().into();
            }
        }
        Handled::done()
    }

    fn end(&mut self, end: End, context: &Context) -> Handled {
        let done = Load::Read(context.instant);
        let Load::Reading(roster) = std::mem::replace(&mut self.load, done) else { return Handled::done() };
        let focus = self.focus();
        self.roster = roster;
        self.bounded = end == End::Bounded;
        if self.text.trim().is_empty() {
            self.rows_changed(focus.as_ref());
            return Handled::done();
        }
        // The old hits are places in the old list.
        self.hits = None;
        self.hits_of.clear();
        self.rows_changed(None);
        self.search().into()
    }

    fn found(&mut self, answer: &Answer, more: Following) -> Handled {
        match answer {
            Answer::Page(rows) => {
                let first = self.searching && self.hits_of != self.text;
                let mut found = if first { Roster::default() } else { self.found.take().unwrap_or_default() };
                found.push(rows.clone());
                self.found = Some(found);
                self.hits = None;
                self.hits_of.clone_from(&self.text);
                self.rows_changed(None);
            }
            Answer::Shown(_)
            | Answer::End(_)
            | Answer::Count(_)
            | Answer::Hits(_)
            | Answer::Opened(..)
            | Answer::Terms(_)
            | Answer::Estimate(_)
            | Answer::Started(_) => {}
        }
        self.searching = more == Following::More;
        Handled::done()
    }

    fn opened(
        &mut self,
        id: &CandidateId,
        found: Option<&(Candidate, Document)>,
        linked: Option<&LinkedPosting>,
    ) {
        let Some(opened) = self.opened.as_mut().filter(|opened| opened.id == *id) else { return };
        opened.reader.put(match found {
            Some((_, document)) => parts(document, linked),
            None => vec![(
                Meaning::Caution,
                Safe::new("This candidate is no longer in the candidate database.").into_owned(),
            )],
        });
    }

    /// Whether the text of that candidate has been asked for and not come.
    pub(super) fn awaits_text(opened: &Opened) -> bool {
        opened.reader.is_empty()
    }
}

/// The posting that the candidate is linked to, and the sections with their names above.
fn parts(document: &Document, linked: Option<&LinkedPosting>) -> Vec<(Meaning, Safe<'static>)> {
    let mut parts = Vec::new();
    if let Some(posting) = linked {
        parts.push((Meaning::Title, Safe::new("POSTING").into_owned()));
        let stage = posting.stage.as_ref().map_or_else(String::new, |stage| format!(" · {stage}"));
        let line = format!("{}{stage} · {}", posting.title.trim(), posting.id);
        parts.push((Meaning::Muted, Safe::line(&line).into_owned()));
    }
    for section in &document.sections {
        if !parts.is_empty() {
            parts.push((Meaning::Text, Safe::new("").into_owned()));
        }
        parts.push((Meaning::Title, Safe::line(&section.id.0.to_uppercase()).into_owned()));
        parts.push(match section.text.as_deref() {
            None => (Meaning::Muted, Safe::new("(no text)").into_owned()),
            Some("") => (Meaning::Muted, Safe::new("(empty)").into_owned()),
            Some(text) => (Meaning::Text, Safe::new(text).into_owned()),
        });
    }
    if parts.is_empty() {
        parts.push((Meaning::Muted, Safe::new("(no mapped text)").into_owned()));
    }
    parts
}
