//! A résumé in work: its sections, their roles and bullets.

use std::ops::Range;

use super::{
    layout::{self, Kind, Line},
    marks::Block,
    polish::Place,
    token::tokens,
    verb::{self, Form},
};
use crate::dice::Dice;

/// What a section is about, as its name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// The person.
    Summary,
    /// Skills and tools.
    Skills,
    /// Degrees and certificates; hardly touched.
    Education,
    /// Anything else: experience, or all in one.
    Body,
}

/// Whether lines may come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// They may.
    Free,
    /// Each is an item, and stays in its place.
    Counted,
}

/// A section in work.
pub struct Draft {
    /// Whether its lines may come and go.
    pub counted: Lines,
    /// What it is about.
    pub topic: Topic,
    /// Its lines.
    pub lines: Vec<Line>,
}

impl Draft {
    /// The section of a prompt.
    pub fn new(block: &Block<'_>, counted: Lines) -> Self {
        let id = block.id.to_lowercase();
        let is = |names: &[&str]| names.iter().any(|name| id.contains(name));
        let topic = if is(&["summary", "profile", "objective", "about", "headline"]) {
            Topic::Summary
        } else if is(&["skill", "competenc", "tools", "technolog"]) {
            Topic::Skills
        } else if is(&["educat", "certif", "qualif", "degree", "language", "course"]) {
            Topic::Education
        } else {
            Topic::Body
        };
        let lines = match counted {
            Lines::Free => layout::read(&block.lines),
            Lines::Counted => layout::items(&block.lines),
        };
        Self { counted, topic, lines }
    }

    /// Runs of bullets, at least `least` long, in which one more or less is nothing to notice.
    pub fn groups(&self, least: usize) -> Vec<Range<usize>> {
        match self.counted {
            Lines::Free => self.runs(least),
            Lines::Counted => Vec::new(),
        }
    }

    fn runs(&self, least: usize) -> Vec<Range<usize>> {
        let mut out = Vec::new();
        let mut start = None;
        for at in 0..=self.lines.len() {
            let bullet = self.lines.get(at).is_some_and(|line| line.kind == Kind::Bullet);
            match (start, bullet) {
                (None, true) => start = Some(at),
                (Some(from), false) => {
                    if at - from >= least {
                        out.push(from..at);
                    }
                    start = None;
                }
                (None, false) | (Some(_), true) => {}
            }
        }
        out
    }

    /// Where a line stands: what the heading above and the other bullets say about its tense.
    pub fn place(&self, at: usize) -> Place {
        let Some(line) = self.lines.get(at) else { return Place::Paragraph };
        if line.kind == Kind::Prose && (self.topic == Topic::Summary || is_paragraph(&line.text)) {
            return Place::Paragraph;
        }
        let above = self.lines.iter().take(at).rev();
        let heading = above.clone().skip_while(|line| !matches!(line.kind, Kind::Dated | Kind::Fixed));
        let current = heading.take(3).any(|line| line.kind == Kind::Dated && ends_open(&line.text));
        let neighbours = self.runs(1).into_iter().find(|group| group.contains(&at)).unwrap_or(at..at + 1);
        let told_now = self
            .lines
            .get(neighbours)
            .into_iter()
            .flatten()
            .filter(|line| begins_in_base(&line.text))
            .count();
        if current && told_now > 0 { Place::Present } else { Place::Past }
    }

    /// Puts bullets with numbers before the others, in some runs.
    pub fn reorder(&mut self, permille: usize, dice: &mut Dice) {
        for group in self.groups(3) {
            if !dice.chance(permille) {
                continue;
            }
            if let Some(lines) = self.lines.get_mut(group) {
                // White space at the ends stays where it was: it belongs to the place and not to the text.
                let tails: Vec<String> = lines.iter().map(|line| line.tail.clone()).collect();
                lines.sort_by_key(|line| !line.text.chars().any(|sign| sign.is_ascii_digit()));
                lines.iter_mut().zip(tails).for_each(|(line, tail)| line.tail = tail);
            }
        }
    }

    /// The section as it is written.
    pub fn write(&self) -> Vec<String> {
        self.lines.iter().map(Line::write).collect()
    }
}

/// Several sentences, or one that is long.
fn is_paragraph(text: &str) -> bool {
    let ends = text.matches(". ").count();
    ends > 0 || text.chars().count() > 220
}

fn ends_open(text: &str) -> bool {
    let words = ["present", "current", "now", "today", "date", "ongoing"];
    tokens(text).iter().any(|token| words.contains(&token.key.as_str()))
}

fn begins_in_base(text: &str) -> bool {
    tokens(text).first().and_then(|token| verb::any(&token.key)).is_some_and(|(_, form)| form == Form::Base)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(id: &str, text: &str) -> Draft {
        Draft::new(
            &Block { open: "", id, lines: text.split('\n').collect(), close: String::new() },
            Lines::Free,
        )
    }

    #[test]
    fn names_tell_what_a_section_is_about() {
        assert_eq!(draft("Professional_Summary", "").topic, Topic::Summary);
        assert_eq!(draft("key-skills", "").topic, Topic::Skills);
        assert_eq!(draft("education", "").topic, Topic::Education);
        assert_eq!(draft("resume", "").topic, Topic::Body);
    }

    #[test]
    fn a_role_that_lasts_and_is_told_so_is_in_the_present() {
        let draft = draft(
            "x",
            "Cook — The Pier, Cork\n03/2018 – present\n• Plan menus\n• Responsible for stock\n\nCook — Inn, Cork\n\
             03/2012 – 02/2018\n• Plan menus\n• Responsible for stock",
        );
        assert_eq!([draft.place(3), draft.place(8)], [Place::Present, Place::Past]);
        assert_eq!(draft.groups(2), [2..4, 7..9]);
    }

    #[test]
    fn bullets_with_numbers_come_first() {
        let mut draft = draft("x", "• a \n• b\n• c 3\n\n• d\n• e 5");
        draft.reorder(1_000, &mut Dice::new(1));
        assert_eq!(draft.write().join("\n"), "• c 3 \n• a\n• b\n\n• d\n• e 5");
    }
}
