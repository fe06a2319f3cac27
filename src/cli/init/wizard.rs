//! The questions of `redraft init`: few, each with an answer that Enter takes, none that an option has answered.

use super::{What, told};
use crate::{
    cli::{
        output::Output,
        prompt,
        stop::{Step, Stop},
    },
    proposal::{Agency, Into, Platform, Postings, Proposal, Ranked, Schema, Unfit, Wanted, propose},
};

/// How many tables are offered.
const TABLES: usize = 5;

/// Asks until there is a mapping.
pub fn answered(out: &Output, schema: &Schema, mut wanted: Wanted, said: &What) -> Step<Proposal> {
    if said.platform.is_none() && said.candidates.is_none() {
        platform(out, schema, &mut wanted)?;
    }
    if wanted.platform == Some(Platform::OpenCats) && said.into.is_none() {
        out.note(format_args!("Where do approved résumés go?"));
        out.note(format_args!(
            "  1 into the text that OpenCATS searches; the file that people open stays old"
        ));
        out.note(format_args!(
            "  2 into the candidate's notes, between marks; redraft then reads the notes too"
        ));
        wanted.into = match prompt::choice(out, "Which?", 2)? {
            0 => Into::Text,
            _ => Into::Notes,
        };
    }
    let mut proposal = fitting(out, schema, &mut wanted)?;
    if said.candidates.is_none() && proposal.tables.len() > 1 {
        let chosen = table(out, "Which table holds the candidates?", &proposal.tables, None)?;
        if let Some(name) =
            chosen.filter(|name| Some(name.as_str()) != proposal.draft.candidate.text("table"))
        {
            wanted.candidates = Some(name);
            proposal = fitting(out, schema, &mut wanted)?;
        }
    }
    if said.sections.is_none() && proposal.offered.len() > 1 {
        out.note(format_args!("Which texts make up a résumé?"));
        for (index, section) in proposal.offered.iter().enumerate() {
            let why = section.entry.why.first().map_or("", String::as_str);
            told::numbered(out, index + 1, &format!("{} – {why}", section.id));
        }
        let chosen = prompt::several(out, "Which, in which order?", proposal.offered.len())?;
        let ids =
            chosen.iter().filter_map(|index| proposal.offered.get(*index)).map(|section| section.id.clone());
        wanted.sections = Some(ids.collect());
    }
    if said.postings.is_none() && !proposal.postings.is_empty() {
        let none = "none: batches run without a posting";
        wanted.postings =
            match table(out, "Which table holds the job postings?", &proposal.postings, Some(none))? {
                Some(name) => Postings::Table(name),
                None => Postings::None,
            };
    }
    fitting(out, schema, &mut wanted)
}

/// Known platforms are offered; one's own tables may still be others'.
fn platform(out: &Output, schema: &Schema, wanted: &mut Wanted) -> Step {
    let known = Platform::recognise(schema);
    if known.is_empty() {
        wanted.platform = Some(Platform::Other);
        return Ok(());
    }
    out.note(format_args!("These are tables of a platform that redraft knows:"));
    for (index, platform) in known.iter().enumerate() {
        told::numbered(out, index + 1, platform.title());
    }
    told::numbered(out, known.len() + 1, "something else: propose a mapping from the tables");
    let chosen = prompt::choice(out, "Which?", known.len() + 1)?;
    wanted.platform = Some(known.get(chosen).copied().unwrap_or(Platform::Other));
    Ok(())
}

/// A mapping, with questions about what it cannot do without.
fn fitting(out: &Output, schema: &Schema, wanted: &mut Wanted) -> Step<Proposal> {
    loop {
        let unfit = match propose(schema, wanted) {
            Ok(proposal) => return Ok(proposal),
            Err(unfit) => unfit,
        };
        match &unfit {
            Unfit::Agencies(column, values) => {
                out.note(format_args!(
                    "Several agencies share the tables, told apart by {}:",
                    out.safe_line(column)
                ));
                for (index, value) in values.iter().enumerate() {
                    told::numbered(out, index + 1, value);
                }
                told::numbered(out, values.len() + 1, "all of them");
                let chosen = prompt::choice(out, "Whose candidates?", values.len() + 1)?;
                wanted.agency = values.get(chosen).map_or(Agency::All, |value| Agency::One(value.clone()));
            }
            Unfit::NoCandidates | Unfit::NoTable(_) | Unfit::NoKey(_) | Unfit::NoSections => {
                told::unfit(schema, &unfit).to_string().lines().for_each(|line| out.note_sentence(line));
                let named = prompt::line(out, "Which table holds the candidates? (empty: give up)", None)?;
                if named.is_empty() {
                    out.note(format_args!("Nothing was written."));
                    return Err(Stop::Told);
                }
                wanted.candidates = Some(named);
                wanted.sections = None;
            }
            Unfit::NoSection(..) => return Err(told::unfit(schema, &unfit).into()),
        }
    }
}

/// Offers tables, and `none` if that is an answer.
fn table(out: &Output, question: &str, tables: &[Ranked], none: Option<&str>) -> Step<Option<String>> {
    out.note(format_args!("{question}"));
    let offered = tables.get(..tables.len().min(TABLES)).unwrap_or_default();
    for (index, ranked) in offered.iter().enumerate() {
        told::numbered(out, index + 1, &format!("{} – {}", ranked.table, ranked.why.join("; ")));
    }
    let mut most = offered.len();
    if let Some(none) = none {
        most += 1;
        told::numbered(out, most, none);
    }
    let chosen = prompt::choice(out, "Which?", most)?;
    Ok(offered.get(chosen).map(|ranked| ranked.table.clone()))
}
