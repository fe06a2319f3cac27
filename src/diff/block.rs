//! A text as blocks: headings, paragraphs, bullets, each with its bytes in the original.
//!
//! Résumés come hard-wrapped and not, with bullet marks and without, and nothing in the text says which. Whether a
//! line goes on the one before is decided here from the text alone; `breaks` corrects it from the other side.

use std::ops::Range;

use crate::text::{part, width};

use super::token::{Sort, Token};

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum BlockKind {
    /// A title of a part of the text.
    Heading,
    /// The line that opens a job or a school: it holds a year.
    Role,
    /// Running text.
    Paragraph,
    /// A line with a bullet mark, and what goes on from it.
    Bullet,
}

impl BlockKind {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Heading => "heading",
            Self::Role => "role",
            Self::Paragraph => "paragraph",
            Self::Bullet => "bullet",
        }
    }

    /// Whether it names what follows instead of saying something itself.
    pub const fn is_title(self) -> bool {
        matches!(self, Self::Heading | Self::Role)
    }
}

/// One block of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its bytes, from the bullet mark to its last word.
    pub range: Range<usize>,
    /// Where the words begin: behind the bullet mark.
    pub content: usize,
    /// Its tokens without the bullet mark: indices into the tokens of the section.
    pub(super) tokens: Range<usize>,
}

/// A line with words on it.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Its bytes without the blanks around.
    pub range: Range<usize>,
    /// Blanks before it.
    pub indent: usize,
    /// Its cells, indentation included.
    pub width: usize,
    /// Cells of its first word.
    pub first_word: usize,
    /// Whether it begins with a lower-case letter.
    pub lower: bool,
    /// Whether its last mark ends a sentence or a title.
    pub ended: bool,
    /// Whether a blank line, or nothing, comes before.
    pub after_blank: bool,
    pub kind: BlockKind,
    /// Where its words begin: behind the bullet mark.
    pub content: usize,
    /// Its tokens without the bullet mark.
    pub tokens: Range<usize>,
}

impl Line {
    /// Whether it begins with a bullet mark.
    pub fn has_mark(&self) -> bool {
        self.kind == BlockKind::Bullet
    }

    fn take_mark_for_word(&mut self) {
        (self.kind, self.content) = (BlockKind::Paragraph, self.range.start);
        self.tokens.start -= 1;
    }
}

/// How a line stands to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// Begins a block, whatever the words are.
    Hard,
    /// Begins a block unless the other side proves that it does not: the line before had room for more.
    Deliberate,
    /// Begins a block as far as this side can tell.
    Split,
    /// Goes on.
    Joined,
}

/// The lines of a text, and how each follows the one before.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub list: Vec<Line>,
    pub breaks: Vec<Break>,
}

/// The column at which a text is wrapped, if it is.
#[derive(Debug, Default, Clone, Copy)]
struct Measure {
    width: usize,
    wrapped: bool,
}

/// Lines longer than this are not the work of somebody who wraps.
const WIDEST: usize = 180;
/// Nobody wraps text narrower than this; shorter lines are items.
const NARROWEST: usize = 40;

impl Lines {
    /// Reads the lines of `text`, whose tokens are given.
    pub fn read(text: &str, tokens: &[Token]) -> Self {
        Self::of(lines(text, tokens))
    }

    /// Takes the bullet marks of these lines for words: how lines follow one another may change with that.
    pub fn unmark(&mut self, lines: &[usize]) {
        if lines.is_empty() {
            return;
        }
        for at in lines {
            let Some(line) = self.list.get_mut(*at) else { continue };
            line.take_mark_for_word();
        }
        *self = Self::of(std::mem::take(&mut self.list));
    }

    fn of(lines: Vec<Line>) -> Self {
        let width = lines.iter().map(|line| line.width).filter(|width| *width <= WIDEST).max().unwrap_or(0);
        let mut measure = Measure { width, wrapped: false };
        measure.wrapped = lines.windows(2).any(|pair| match pair {
            [a, b] => soft(a, b) && b.lower && measure.is_full(a, b),
            _ => false,
        });
        let mut breaks = Vec::with_capacity(lines.len());
        let mut bullet = None;
        for (at, line) in lines.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|before| lines.get(before));
            let found = match before {
                Some(before) if !line.has_mark() && !line.after_blank => {
                    match (measure.joins(before, line, bullet), measure.has_room(before, line)) {
                        (true, _) => Break::Joined,
                        (false, true) => Break::Deliberate,
                        (false, false) => Break::Split,
                    }
                }
                Some(_) | None => Break::Hard,
            };
            if found != Break::Joined {
                bullet = line.has_mark().then_some(line.indent);
            }
            breaks.push(found);
        }
        Self { list: lines, breaks }
    }

    /// The blocks that the lines form.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::with_capacity(self.list.len());
        for (line, found) in self.list.iter().zip(&self.breaks) {
            match blocks.last_mut().filter(|_| *found == Break::Joined) {
                Some(block) => {
                    (block.range.end, block.tokens.end) = (line.range.end, line.tokens.end);
                    if block.kind.is_title() {
                        block.kind = BlockKind::Paragraph;
                    }
                }
                None => blocks.push(Block {
                    kind: line.kind,
                    range: line.range.clone(),
                    content: line.content,
                    tokens: line.tokens.clone(),
                }),
            }
        }
        blocks
    }
}

/// Whether there is a doubt at all: two lines in a row, the second without a mark, neither a title.
fn soft(a: &Line, b: &Line) -> bool {
    !b.has_mark() && !b.after_blank && !a.kind.is_title() && !b.kind.is_title()
}

impl Measure {
    /// Whether the first word of `b` had no room on `a`.
    fn is_full(self, a: &Line, b: &Line) -> bool {
        self.width >= NARROWEST && a.width + 1 + b.first_word > self.width
    }

    /// Whether there was so much room on `a` that nobody who wraps would have ended it there.
    const fn has_room(self, a: &Line, b: &Line) -> bool {
        self.width >= NARROWEST && !b.lower && a.width + 1 + b.first_word < self.width - self.width / 8
    }

    /// Whether `b` goes on the line `a`; `bullet` is the indentation of the bullet that `a` belongs to.
    fn joins(self, a: &Line, b: &Line, bullet: Option<usize>) -> bool {
        if !soft(a, b) {
            return false;
        }
        if bullet.is_some_and(|mark| b.indent > mark || b.lower) {
            return true;
        }
        let prose = b.lower && !a.ended && a.tokens.len() >= 4;
        prose || (self.wrapped && self.is_full(a, b))
    }
}

fn lines(text: &str, tokens: &[Token]) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    let (mut start, mut next, mut after_blank) = (0, 0, true);
    for raw in text.split_inclusive('\n') {
        let end = start + raw.len();
        let first = next;
        while tokens.get(next).is_some_and(|token| token.range.start < end) {
            next += 1;
        }
        if let Some(line) = line(text, tokens, first..next, start) {
            out.push(Line { after_blank, ..line });
            after_blank = false;
        } else {
            after_blank = true;
        }
        start = end;
    }
    for at in 1..out.len() {
        let Some([before, line]) = out.get_mut(at - 1..=at) else { continue };
        if line.has_mark()
            && !line.after_blank
            && is_range(part(text, before.range.clone()), text, tokens, line)
        {
            line.take_mark_for_word();
        }
    }
    for at in 0..out.len() {
        let followed = out.get(at + 1).map(|next| (next.after_blank, next.has_mark()));
        if let Some(line) = out.get_mut(at).filter(|line| !line.has_mark()) {
            let tokens = tokens.get(line.tokens.clone()).unwrap_or_default();
            line.kind = title(part(text, line.range.clone()), tokens, line, followed);
        }
    }
    out
}

fn line(text: &str, all: &[Token], tokens: Range<usize>, start: usize) -> Option<Line> {
    let words = all.get(tokens.clone()).unwrap_or_default();
    let (first, last) = (words.first()?, words.last()?);
    let range = first.range.start..last.range.end;
    let indent = width(part(text, start..range.start).trim_matches(['\r', '\n']));
    let mark = is_mark(text, words);
    let content = words.get(usize::from(mark)).unwrap_or(first);
    let shown = part(text, content.range.clone());
    Some(Line {
        indent,
        width: indent + width(part(text, range.clone())),
        first_word: part(text, content.range.start..range.end).split_whitespace().next().map_or(0, width),
        lower: shown.starts_with(char::is_lowercase),
        ended: part(text, last.range.clone()).ends_with(['.', '!', '?', ':', '。', '！', '？']),
        after_blank: false,
        content: content.range.start,
        kind: if mark { BlockKind::Bullet } else { BlockKind::Paragraph },
        tokens: tokens.start + usize::from(mark)..tokens.end,
        range,
    })
}

/// Whether the dash at the start of a line is no bullet mark but the middle of a range or of a bracket that was begun
/// on the line before: `(05/2022` and `– present)`.
fn is_range(before: &str, text: &str, tokens: &[Token], line: &Line) -> bool {
    let dash = part(text, line.range.start..line.content).trim_end();
    let next = tokens.get(line.tokens.start).map_or("", |token| part(text, token.range.clone()));
    let open = before.matches('(').count() > before.matches(')').count()
        && part(text, line.range.clone()).contains(')');
    let dates = before.ends_with(|c: char| c.is_ascii_digit())
        && (next.starts_with(|c: char| c.is_ascii_digit()) || next.eq_ignore_ascii_case("present"));
    matches!(dash, "-" | "–" | "—") && (open || dates)
}

/// Whether a line begins with a bullet mark and has something behind it.
fn is_mark(text: &str, words: &[Token]) -> bool {
    let [mark, next, ..] = words else { return false };
    let glued = mark.range.end == next.range.start;
    mark.sort == Sort::Punctuation
        && match part(text, mark.range.clone()) {
            "•" | "●" | "○" | "■" | "▪" | "◦" | "‣" => true,
            "-" | "*" | "–" => !glued || next.is_word(),
            "·" | "—" | "+" | ">" => !glued,
            _ => false,
        }
}

/// Names of parts that stand on a line of their own, in lower case, sorted.
const PARTS: [&str; 28] = [
    "about",
    "accomplishments",
    "achievements",
    "awards",
    "berufserfahrung",
    "career overview",
    "certifications",
    "core competencies",
    "education",
    "education and training",
    "employment history",
    "experience",
    "highlights",
    "interests",
    "kenntnisse",
    "languages",
    "licences",
    "licenses",
    "objective",
    "professional experience",
    "professional summary",
    "profile",
    "projects",
    "qualifications",
    "references",
    "skills",
    "summary",
    "work history",
];

/// What a line without a mark is; `followed` tells of the next line whether a blank one parts them and whether it
/// has a mark.
fn title(shown: &str, tokens: &[Token], line: &Line, followed: Option<(bool, bool)>) -> BlockKind {
    let words = tokens.iter().filter(|token| token.is_word()).count();
    let sentence = shown.ends_with(['.', ',', ';', '!', '?', '。', '-']) || words == 0;
    if sentence || words > 14 || line.width > 110 {
        return BlockKind::Paragraph;
    }
    let year =
        tokens.iter().any(|token| token.sort == Sort::Digit && has_year(part(shown, local(token, line))));
    let bullet_next = followed == Some((false, true));
    if year && !line.lower && (bullet_next || line.after_blank || words <= 10) {
        return BlockKind::Role;
    }
    let letters = shown.chars().filter(|c| c.is_alphabetic());
    let shouted = letters.clone().count() >= 4
        && !letters.clone().any(char::is_lowercase)
        && letters.clone().any(char::is_uppercase);
    let lower = shown.trim_end_matches(':').to_lowercase();
    let heading = shown.starts_with('#')
        || (shouted && words <= 8)
        || (shown.ends_with(':') && words <= 5)
        || (bullet_next && words <= 8 && !line.lower)
        || (words <= 3 && PARTS.binary_search(&lower.as_str()).is_ok());
    if heading { BlockKind::Heading } else { BlockKind::Paragraph }
}

const fn local(token: &Token, line: &Line) -> Range<usize> {
    token.range.start.saturating_sub(line.range.start)..token.range.end.saturating_sub(line.range.start)
}

/// Whether a number like `2018` is in `word`.
fn has_year(word: &str) -> bool {
    word.split(|c: char| !c.is_ascii_digit())
        .any(|number| number.len() == 4 && (number.starts_with("19") || number.starts_with("20")))
}

#[cfg(test)]
mod tests {
    use super::{
        BlockKind::{Bullet, Heading, Paragraph, Role},
        *,
    };
    use crate::diff::token::Lexicon;

    fn blocks(text: &str) -> Vec<(BlockKind, String)> {
        let tokens = Lexicon::default().tokens(text);
        let lines = Lines::read(text, &tokens);
        let blocks = lines.blocks();
        blocks.into_iter().map(|block| (block.kind, part(text, block.range).to_owned())).collect()
    }

    fn owned(blocks: &[(BlockKind, &str)]) -> Vec<(BlockKind, String)> {
        blocks.iter().map(|(kind, text)| (*kind, (*text).to_owned())).collect()
    }

    #[test]
    fn a_resume_with_marks_falls_into_its_blocks() {
        let text = "SUMMARY\r\n\r\nWarehouse supervisor. Good knowledge.\r\n\r\nShift Supervisor · Northwind · 2018–2023\r\n\
                    • Led 25 people\r\n  in two shifts\r\n- Cut costs\r\n\r\nEnd.\r\n";
        assert_eq!(
            blocks(text),
            owned(&[
                (Heading, "SUMMARY"),
                (Paragraph, "Warehouse supervisor. Good knowledge."),
                (Role, "Shift Supervisor · Northwind · 2018–2023"),
                (Bullet, "• Led 25 people\r\n  in two shifts"),
                (Bullet, "- Cut costs"),
                (Paragraph, "End."),
            ])
        );
    }

    #[test]
    fn wrapped_lines_are_one_paragraph() {
        let text = "Warehouse supervisor with 8 years of experience. I have managed teams up\n\
                    to 25 persons in two distribution centers. Good knowledge of SAP WM and\n\
                    RF scanners. Punctual.\n\nSecond.";
        assert_eq!(blocks(text).len(), 2);
    }

    #[test]
    fn items_on_lines_of_their_own_stay_apart() {
        let text = "Project scheduling\nEstimating\nBudget planning\nValue engineering and contract coordination\nOSHA";
        assert_eq!(blocks(text).len(), 5);
        assert_eq!(blocks("python\njava\nsql").len(), 3);
        assert_eq!(
            blocks("Answer phone.\nDeliver mail for the whole department, twice a day.\nOrganize papers.")
                .len(),
            3
        );
    }

    #[test]
    fn a_dash_within_dates_is_no_mark() {
        assert_eq!(
            blocks("Cook (05/2022\n– present)\n- Cooked"),
            owned(&[(Role, "Cook (05/2022"), (Paragraph, "– present)"), (Bullet, "- Cooked")])
        );
    }

    #[test]
    fn a_mark_needs_something_behind_it() {
        assert_eq!(
            blocks("•\n-Led\n-5% cost"),
            owned(&[(Paragraph, "•"), (Bullet, "-Led"), (Paragraph, "-5% cost")])
        );
    }
}
