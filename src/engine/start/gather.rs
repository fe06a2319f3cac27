//! Who is in a batch: the candidates that a request means, in the order of their keys.

use std::collections::BTreeSet;

use super::StartError;
use crate::{
    domain::{Candidate, CandidateId},
    engine::port::Who,
    review::filter::candidates::{self, CandidateFilter},
    source::port::{CandidateDatabase, PageQuery, SourceError},
    store::port::Member,
};

/// Candidates a page.
const PAGE: u32 = 1_000;

pub(super) async fn members(source: &dyn CandidateDatabase, who: &Who) -> Result<Vec<Member>, StartError> {
    let members = match who {
        Who::All => listed(source, None).await?,
        Who::Where(text) => {
            let filter = candidates::parse(text, source.shown())?;
            listed(source, Some(&filter)).await?
        }
        Who::Ids(ids) => named(source, ids).await?,
    };
    if members.is_empty() { Err(StartError::Nobody) } else { Ok(members) }
}

async fn listed(
    source: &dyn CandidateDatabase,
    filter: Option<&CandidateFilter>,
) -> Result<Vec<Member>, StartError> {
    let mut members = Vec::new();
    let mut query = PageQuery { after: None, limit: PAGE, search: None };
    loop {
        let page = source.page(&query).await?;
        query.after = page.candidates.last().map(|candidate| candidate.id.clone());
        let meant = |candidate: &Candidate| {
            filter.is_none_or(|filter| candidates::matches(filter, candidate, source.shown()))
        };
        members.extend(page.candidates.into_iter().filter(meant).map(member));
        if !page.more || query.after.is_none() {
            return Ok(members);
        }
    }
}

/// Gives each member the posting that the platform links it to.
pub(super) async fn link(source: &dyn CandidateDatabase, members: &mut [Member]) -> Result<(), StartError> {
    for chunk in members.chunks_mut(PAGE as usize) {
        let ids: Vec<CandidateId> = chunk.iter().map(|member| member.candidate.clone()).collect();
        let mut linked = source.linked(&ids).await?;
        for member in chunk {
            member.posting = linked.remove(&member.candidate).map(|linked| (linked.id, linked.title));
        }
    }
    Ok(())
}

/// Those of these keys, each once, in their order.
async fn named(source: &dyn CandidateDatabase, ids: &[CandidateId]) -> Result<Vec<Member>, StartError> {
    let mut seen = BTreeSet::new();
    let mut members = Vec::new();
    for id in ids.iter().filter(|id| seen.insert(*id)) {
        match source.read(id).await {
            Ok(Some((candidate, _))) => members.push(member(candidate)),
            // It is skipped with its reason when its turn comes, and stops nobody else.
            Err(SourceError::Unreadable(_)) => {
                members.push(Member { candidate: id.clone(), name: id.0.clone(), posting: None });
            }
            Ok(None) => return Err(StartError::NoSuchCandidate(id.0.clone())),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(members)
}

fn member(candidate: Candidate) -> Member {
    Member { candidate: candidate.id, name: candidate.name, posting: None }
}
