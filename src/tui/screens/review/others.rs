//! Finding words in the other rewrites of the filter: the next one that has them comes under the cursor.

use std::sync::Arc;

use super::{Answer, Pane, Request, Review};
use crate::{
    diff,
    domain::{Rewrite, RewriteId},
    error::{Error, Result},
    review::{filter::Filter, session::Event},
    store::port::{RewriteQuery, Sort},
    tui::{
        Context, Effect, Handled,
        backend::{Services, Slot},
        command,
        overlays::Prompt,
        widgets::Toast,
    },
};

/// How many rows are read at once.
const PAGE: u32 = 1_000;

/// Where words are looked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// The words.
    pub words: Arc<str>,
    /// Among which.
    pub filter: Filter,
    /// In which order.
    pub sort: Sort,
    /// Behind this one, which is the row of that number; from the first on behind the last.
    pub behind: (RewriteId, u64),
}

impl Review {
    /// Looks for the words that were found last, or asks for some.
    pub(super) fn find_in_others(&mut self, context: &Context) -> Handled {
        if let Some(words) = self.reader.query().map(str::to_owned) {
            self.look_in_others(&words, context).into()
        } else {
            let prompt = Prompt::new(command::Review::FindInOthers, "find in all of the filter");
            Effect::open(prompt.placeholder("words on either side")).into()
        }
    }

    pub(super) fn look_in_others(&mut self, words: &str, context: &Context) -> Vec<Effect> {
        let words = words.trim();
        let Some(behind) = self.row().map(|row| row.id).filter(|_| !words.is_empty()) else {
            return Vec::new();
        };
        let effects = self.search(words, context);
        let sort = self.sort;
        let session = self.session(context);
        let search = Search {
            words: words.into(),
            filter: session.filter().clone(),
            sort,
            behind: (behind, session.queue().cursor() as u64),
        };
        self.last = Some("looking through the other rewrites …".to_owned());
        let ask = Self::ask(Slot::Only("review.others"), Request::InOthers(search));
        effects.into_iter().chain([ask]).collect()
    }

    /// Goes to what was found; its first place with the words comes under the cursor when it is read.
    pub(super) fn found_in_others(
        &mut self,
        search: &Search,
        found: Option<(RewriteId, u64)>,
        context: &Context,
    ) -> Vec<Effect> {
        self.last = None;
        let Some((id, place)) = found else {
            let text = format!("No other rewrite of this filter has \"{}\".", search.words);
            return vec![Effect::Toast(Toast::plain(text))];
        };
        if *self.session(context).filter() != search.filter {
            return Vec::new();
        }
        self.pane = Pane::Document;
        self.seeks = true;
        self.tell(Event::Reach(id, usize::try_from(place).unwrap_or(usize::MAX)), context)
    }
}

/// Reads one rewrite after another until one has the words.
pub(super) async fn look(search: Search, services: &Services) -> Result<Answer> {
    let (from, at) = search.behind;
    for (mut after, mut place) in [(Some(from), at + 1), (None, 0)] {
        loop {
            let limit = PAGE;
            let query = RewriteQuery { filter: search.filter.clone(), sort: search.sort, after, limit };
            let page = services.store.rewrites(&query).await.map_err(Error::from)?;
            let ends = page.len() < PAGE as usize;
            for head in page {
                if head.id == from {
                    return Ok(Answer::InOthers(None));
                }
                let rewrite = services.store.rewrite(head.id).await.map_err(Error::from)?;
                if has(rewrite, search.words.clone()).await? {
                    return Ok(Answer::InOthers(Some((head.id, place))));
                }
                (after, place) = (Some(head.id), place + 1);
            }
            if ends {
                break;
            }
        }
    }
    Ok(Answer::InOthers(None))
}

/// Whether the comparison of a rewrite has the words, so that they can be shown.
async fn has(rewrite: Rewrite, words: Arc<str>) -> Result<bool> {
    let Some(after) = rewrite.after else { return Ok(false) };
    let before = rewrite.before;
    if ![&before, &after].into_iter().any(|text| diff::mentions(text, &words)) {
        return Ok(false);
    }
    let found = tokio::task::spawn_blocking(move || {
        !diff::compare(&before, &after, &|| false).find(&words).is_empty()
    });
    found.await.map_err(|_| Error::internal("The search stopped in the middle."))
}
