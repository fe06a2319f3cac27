//! Writes replies: an imitation of a language model that rewrites a résumé.
//!
//! It keeps headings, dates, bullets and numbers, and betters the wording by rules: weak openings become verbs, the first
//! person and filler go, short sentences are joined, bullets with numbers come first, skills that the posting asks for
//! and the résumé has are named. How much it changes differs from seed to seed. In known shares it does what models do
//! wrong, and [`flaws`] tells what. It understands nothing: it is good enough to be looked at in a demonstration, and no
//! judge of what a good résumé is.

mod bank;
mod draft;
mod flaw;
mod flourish;
mod language;
mod layout;
mod marks;
mod opening;
mod polish;
mod posting;
mod rule;
mod skills;
mod summary;
#[cfg(test)]
mod tests;
mod token;
mod verb;
mod voice;

use std::collections::HashSet;

pub use flaw::Flaw;

use self::{
    draft::{Draft, Lines, Topic},
    flourish::Flourishes,
    language::Language,
    layout::Kind,
    marks::{Block, Prompt},
    polish::{Place, Polish, shaped_like},
    posting::Wanted,
};
use crate::dice::Dice;

/// Returns the reply to a user message: its section blocks, rewritten, in the same marks and order.
///
/// A message without marks is rewritten as one text without marks.
pub fn compose(prompt: &str, seed: u64) -> String {
    written(prompt, seed).0
}

/// Returns what [`compose`] does wrong in the reply to that message.
pub fn flaws(prompt: &str, seed: u64) -> Vec<Flaw> {
    written(prompt, seed).1
}

fn written(text: &str, seed: u64) -> (String, Vec<Flaw>) {
    let mut prompt = marks::read(text);
    let marked = !prompt.sections.is_empty();
    if !marked {
        let lines = text.split('\n').collect();
        prompt.sections.push(Block { open: "", id: "", lines, close: String::new() });
    }
    let counted = |block: &Block<'_>| {
        if prompt.counted.contains(&block.id) { Lines::Counted } else { Lines::Free }
    };
    let mut drafts: Vec<Draft> =
        prompt.sections.iter().map(|block| Draft::new(block, counted(block))).collect();
    let flaws = rewrite(&prompt, &mut drafts, &Dice::new(seed));
    let mut reply: Vec<String> = Vec::new();
    for (block, draft) in prompt.sections.iter().zip(&drafts) {
        if marked {
            reply.push(block.open.to_owned());
        }
        reply.extend(draft.write());
        if marked {
            reply.push(block.close.clone());
        }
    }
    let mut reply = reply.join("\n");
    if marked {
        reply.push('\n');
    } else if reply.trim().is_empty() {
        "There is no section to rewrite.".clone_into(&mut reply);
    }
    (reply, flaws)
}

/// Of the seeds that change much this many in 1,000 also add words that say nothing.
const WORDY: usize = 400;

/// Of the seeds this many in 1,000 put bullets with numbers first, in half of the roles.
const REORDER: usize = 550;

/// How a résumé is to be rewritten, and for what.
struct Job<'a> {
    polish: Polish<'a>,
    style: Style,
    skills: Vec<String>,
    wanted: Wanted,
}

/// Whether lines get words that say nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Terse,
    Wordy,
}

fn rewrite(prompt: &Prompt<'_>, drafts: &mut [Draft], dice: &Dice) -> Vec<Flaw> {
    let lines = || prompt.sections.iter().flat_map(|block| block.lines.iter().copied());
    let names: HashSet<String> = lines().chain(prompt.posting.lines()).flat_map(names).collect();
    let is_name = |word: &str| PRODUCTS.split(' ').any(|product| product == word) || names.contains(word);
    let mut fate = dice.fork(0);
    let effort = fate.between(300, 1_150);
    let wordy = effort > 700 && fate.chance(WORDY);
    let lists = drafts.iter().filter(|draft| draft.topic == Topic::Skills);
    let job = Job {
        polish: Polish { effort, language: language::detect(lines()), is_name: &is_name },
        style: if wordy { Style::Wordy } else { Style::Terse },
        skills: lists.flat_map(|draft| skills::items(&draft.lines)).collect(),
        wanted: Wanted::new(&prompt.posting),
    };
    for (index, draft) in (1..).zip(drafts.iter_mut()) {
        edit(draft, &job, dice.fork(index));
    }
    let source = lines().collect::<Vec<_>>().join("\n").to_lowercase();
    let mut work = flaw::Work { drafts, language: job.polish.language, wanted: &job.wanted, source: &source };
    let flaws = flaw::put(&mut work, &dice.fork(u64::MAX));
    if fate.chance(REORDER) {
        for draft in drafts.iter_mut().filter(|draft| draft.topic == Topic::Body) {
            draft.reorder(500, &mut fate);
        }
    }
    flaws
}

/// Names that a line may begin with.
const PRODUCTS: &str = "adobe canva docker excel fidelio git go google java javascript kafka kotlin kubernetes linux \
    microsoft opera oracle outlook personio python redis salesforce snowflake spring tableau terraform windows word workday \
    zendesk";

/// The words of a line, in lower case, that have a capital behind a word without one: no beginning, so a name.
fn names(line: &str) -> Vec<String> {
    let tokens = token::tokens(line);
    let pairs = tokens.windows(2).filter_map(|pair| match pair {
        [before, name] if before.text.starts_with(char::is_lowercase) && name.is_capital() => {
            Some(name.key.clone())
        }
        _ => None,
    });
    pairs.collect()
}

fn edit(draft: &mut Draft, job: &Job<'_>, mut dice: Dice) {
    match draft.topic {
        Topic::Skills if dice.chance(job.polish.effort + 200) => {
            skills::reorder(&mut draft.lines, &|skill| job.wanted.names(skill));
        }
        Topic::Skills | Topic::Education => {}
        Topic::Summary | Topic::Body => edit_sentences(draft, job, &mut dice),
    }
}

fn edit_sentences(draft: &mut Draft, job: &Job<'_>, dice: &mut Dice) {
    let places: Vec<Place> = (0..draft.lines.len()).map(|at| draft.place(at)).collect();
    let mut flourishes = (job.style == Style::Wordy && job.polish.language == Language::English)
        .then(|| Flourishes::new(dice));
    let mut is_first = draft.topic == Topic::Summary;
    for (line, place) in draft.lines.iter_mut().zip(places) {
        let mut text = match line.kind {
            Kind::Blank | Kind::Dated | Kind::Fixed => continue,
            Kind::Prose if is_first => {
                is_first = false;
                summary::rewritten(&line.text, &job.polish, &job.skills, &job.wanted, dice)
            }
            Kind::Prose | Kind::Bullet => job.polish.line(&line.text, place, dice),
        };
        if place != Place::Paragraph
            && let Some(flourishes) = &mut flourishes
        {
            text = flourishes.hang_on(text, dice);
        }
        // A line that the rules would leave nothing of stays.
        if text.chars().any(char::is_alphanumeric) {
            line.text = shaped_like(&text, &line.text);
        }
    }
}
