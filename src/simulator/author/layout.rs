//! The lines of a section: which are headings and dates that must stay, which are bullets and prose to be rewritten, and
//! which only continue the line before.

use super::{
    token::{Token, tokens},
    verb,
};

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing on it.
    Blank,
    /// It holds dates; stays as it is.
    Dated,
    /// A heading, a name, an item of a list; stays as it is.
    Fixed,
    /// It has a bullet.
    Bullet,
    /// Sentences.
    Prose,
}

/// A line, or several that were one before somebody wrapped them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: Kind,
    /// Indent and bullet.
    pub lead: String,
    /// The text.
    pub text: String,
    /// White space at the end.
    pub tail: String,
    /// The text as the prompt has it.
    pub source: String,
}

impl Line {
    /// The line as it is written.
    pub fn write(&self) -> String {
        format!("{}{}{}", self.lead, self.text, self.tail)
    }
}

const MARKERS: &[&str] = &["â€¢", "•", "●", "▪", "◦", "·", "‣", "∙", "*", "–", "—", "-", "o"];

/// Reads lines each of which is an item, whatever it looks like.
pub fn items(lines: &[&str]) -> Vec<Line> {
    let mut parsed: Vec<Line> = lines.iter().map(|line| parse(line)).collect();
    fix_headings(&mut parsed);
    parsed
}

/// Reads the lines of a section.
pub fn read(lines: &[&str]) -> Vec<Line> {
    let parsed = items(lines);
    if is_wrapped(&parsed) { joined(parsed) } else { parsed }
}

fn is_hidden(sign: char) -> bool {
    matches!(sign, '\u{feff}' | '\u{200b}' | '\u{2060}' | '\u{ad}')
}

fn parse(line: &str) -> Line {
    let body = line.trim_end();
    let tail = line.strip_prefix(body).unwrap_or_default();
    let text = body.trim_start_matches(|sign: char| sign.is_whitespace() || is_hidden(sign));
    let (text, kind) = match bullet(text) {
        Some(text) => (text, Kind::Bullet),
        None if text.is_empty() => (text, Kind::Blank),
        None if is_dated(text) => (text, Kind::Dated),
        None if is_heading(text) || text.starts_with("\\[[") => (text, Kind::Fixed),
        None => (text, Kind::Prose),
    };
    let lead = body.strip_suffix(text).unwrap_or_default();
    Line {
        kind,
        lead: lead.to_owned(),
        text: text.to_owned(),
        tail: tail.to_owned(),
        source: text.to_owned(),
    }
}

/// The text behind a bullet.
fn bullet(text: &str) -> Option<&str> {
    let (marker, behind) = MARKERS.iter().find_map(|marker| Some((*marker, text.strip_prefix(marker)?)))?;
    let spaced = behind.starts_with(char::is_whitespace);
    let round = ["â€¢", "•", "●", "▪"].contains(&marker);
    let text = behind.trim_start_matches(|sign: char| sign.is_whitespace() || is_hidden(sign));
    ((spaced || round) && !text.is_empty()).then_some(text)
}

/// Words that end a range of dates.
const OPEN_ENDS: &[&str] = &[
    "present",
    "current",
    "now",
    "today",
    "date",
    "ongoing",
    "heute",
    "aujourd'hui",
    "actualidad",
    "obecnie",
];

fn is_year(word: &str) -> bool {
    let last = word.rsplit(['/', '.', '-']).next().unwrap_or_default();
    let full = last.len() == 4 && (last.starts_with("19") || last.starts_with("20"));
    full && word.chars().all(|sign| sign.is_ascii_digit() || "/.-".contains(sign))
}

/// Whether it tells from when to when, or is a short line with a year.
pub fn is_dated(text: &str) -> bool {
    let spaced = text.replace(['–', '—'], " – ").replace(" - ", " – ");
    let words: Vec<String> = tokens(&spaced).into_iter().map(|token| token.key).collect();
    let years: Vec<usize> =
        (0..words.len()).filter(|at| words.get(*at).is_some_and(|word| is_year(word))).collect();
    let ranges = years.iter().any(|&year| {
        let behind: Vec<&str> = words.iter().skip(year + 1).take(4).map(String::as_str).collect();
        let joins =
            behind.first().is_some_and(|word| ["–", "-", "to", "until", "till", "bis"].contains(word));
        joins && behind.iter().any(|word| is_year(word) || OPEN_ENDS.contains(word))
            || words.get(year).is_some_and(|word| word.len() == 9 && word.contains('-'))
    });
    let sentence = text.ends_with('.') && words.len() > 12;
    !sentence
        && (ranges && words.len() <= 30 || !years.is_empty() && words.len() <= 7 && !text.ends_with('.'))
}

/// Whether a line without a bullet is no sentence.
fn is_heading(text: &str) -> bool {
    let words: Vec<Token<'_>> = tokens(text).into_iter().filter(Token::is_word).collect();
    let ends = text.ends_with(['.', '!', '?', ';']);
    let letters = || text.chars().filter(|sign| sign.is_alphabetic());
    let shouted = letters().count() > 0 && letters().all(|sign| !sign.is_lowercase());
    let capitals = words.iter().filter(|word| word.is_capital()).count();
    let parted = [" — ", " – ", " | ", "\t"].iter().any(|mark| text.contains(mark)) && words.len() <= 16;
    shouted
        || parted
        || text.ends_with(':')
        || words.len() < 4
        || !ends && (words.len() <= 4 || capitals * 2 > words.len() && words.len() <= 12)
}

/// Lines beside dates are headings too, unless they are long or sentences.
fn fix_headings(lines: &mut [Line]) {
    let dated: Vec<bool> = lines.iter().map(|line| line.kind == Kind::Dated).collect();
    for (at, line) in lines.iter_mut().enumerate() {
        let beside = dated.get(at + 1).is_some_and(|dated| *dated)
            || at.checked_sub(1).and_then(|before| dated.get(before)).is_some_and(|dated| *dated);
        let short = tokens(&line.text).len() <= 12 && !line.text.ends_with(['.', '!', '?']);
        if line.kind == Kind::Prose && beside && short {
            line.kind = Kind::Fixed;
        }
    }
}

fn width(line: &Line) -> usize {
    line.lead.chars().count() + line.text.chars().count()
}

fn goes_on_small(line: &Line) -> bool {
    let may = matches!(line.kind, Kind::Prose | Kind::Fixed);
    may && line.text.chars().next().is_some_and(char::is_lowercase)
}

/// Whether somebody broke the lines by hand: some begin with a small letter behind a line that is nearly full.
fn is_wrapped(lines: &[Line]) -> bool {
    let widest = lines.iter().map(width).max().unwrap_or_default();
    let filled = lines.iter().filter(|line| width(line) * 10 >= widest * 6).count();
    let broken = lines.windows(2).filter(|pair| match pair {
        [before, after] => {
            width(before) * 10 >= widest * 6
                && goes_on_small(after)
                && !before.text.ends_with(['.', ':', ';', '!', '?'])
        }
        _ => false,
    });
    (40..=170).contains(&widest) && broken.count() * 6 >= filled.max(1)
}

/// The lines with what was broken put together again.
fn joined(lines: Vec<Line>) -> Vec<Line> {
    let widest = lines.iter().map(width).max().unwrap_or_default();
    let mut out: Vec<Line> = Vec::with_capacity(lines.len());
    let mut last_width = 0;
    for line in lines {
        let here = width(&line);
        match out.last_mut() {
            Some(before) if continues(before, &line, last_width * 10 >= widest * 7) => {
                before.text.push(' ');
                before.text.push_str(&line.text);
                before.source.clone_from(&before.text);
                before.tail = line.tail;
            }
            _ => out.push(line),
        }
        last_width = here;
    }
    out
}

/// Whether `line` continues `before`, whose last piece may have been as long as a line gets.
fn continues(before: &Line, line: &Line, was_full: bool) -> bool {
    let host = matches!(before.kind, Kind::Bullet | Kind::Prose);
    let guest = matches!(line.kind, Kind::Prose | Kind::Fixed);
    let ended = before.text.ends_with(['.', '!', '?', ':', ';']);
    let indented = !line.lead.is_empty() && before.kind == Kind::Bullet;
    // Dashes part headings; a backslash hides a mark, which has to stand at the beginning of a line.
    let parted = line.kind == Kind::Fixed
        && [" — ", " – ", " | "].iter().any(|mark| line.text.contains(mark))
        || line.text.starts_with("\\[[");
    let prose = before.kind == Kind::Prose && line.kind == Kind::Prose;
    let flows = line.kind == Kind::Prose && !begins_with_verb(&line.text) && (!ended || prose);
    host && guest
        && !parted
        && (indented || goes_on_small(line) || is_open(&before.text) || was_full && flows)
}

/// Whether the line could be an item of its own.
fn begins_with_verb(text: &str) -> bool {
    tokens(text).first().is_some_and(|token| verb::any(&token.key).is_some())
}

/// Words after which no line ends.
const LINKS: &[&str] = &[
    "a", "an", "and", "as", "at", "between", "by", "for", "from", "in", "into", "of", "on", "or", "that",
    "the", "their", "to", "und", "von", "with", "de", "la", "et", "y",
];

/// Whether the text breaks off in the middle.
fn is_open(text: &str) -> bool {
    tokens(text).last().is_some_and(|token| LINKS.contains(&token.key.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{
        Kind::{Blank, Bullet, Dated, Fixed, Prose},
        *,
    };

    fn kinds(text: &str) -> Vec<Kind> {
        read(&text.split('\n').collect::<Vec<_>>()).iter().map(|line| line.kind).collect()
    }

    #[test]
    fn headings_dates_bullets_and_prose_are_told_apart() {
        let text = "Shift Leader — Kestrel Logistics, Leeds\n03/2018 – 06/2021\n• Led the night shift\n-\tChecked it\n\n\
                    EXPERIENCE\nCook , 01/2016 to 04/2017\nCompany Name - City , State\n\
                    I was the one who planned the rota for the team.\nSkills:";
        let expected = [Fixed, Dated, Bullet, Bullet, Blank, Fixed, Dated, Fixed, Prose, Fixed];
        assert_eq!(kinds(text), expected);
    }

    #[test]
    fn dates_come_in_many_forms() {
        for text in [
            "03/2018 – 06/2021",
            "Mar 2018 - Jun 2021",
            "2018–2021",
            "08/2014 to Current",
            "May 1996 – present",
            "Site Engineer, Dunmore Construction, Gyumri | Mar 2025 - Aug 2025",
            "06/2024 – aujourd'hui",
            "June 2009",
        ] {
            assert!(is_dated(text), "{text}");
        }
        for text in [
            "Trained 2000 people in the use of forklifts",
            "Cut costs by 18% from 2019 onwards, year after year.",
            "",
        ] {
            assert!(!is_dated(text), "{text}");
        }
    }

    #[test]
    fn wrapped_lines_become_one_again() {
        let text = "• I was in charge of the unit on most night shifts, and this\n  included decisions about admissions.\n\
                    • Short one\n• Responsible for working on weekly reports with Microsoft\nExcel and other tools of the kind, on a\ndaily basis";
        let lines = read(&text.split('\n').collect::<Vec<_>>());
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "I was in charge of the unit on most night shifts, and this included decisions about admissions.",
                "Short one",
                "Responsible for working on weekly reports with Microsoft Excel and other tools of the kind, on a daily basis"
            ]
        );
    }

    #[test]
    fn a_hidden_mark_stays_at_the_beginning_of_its_line() {
        let text = "I was in charge of the whole unit on most of the shifts, and this\nincluded the\n\\[[section:x]] of it all.";
        let lines = read(&text.split('\n').collect::<Vec<_>>());
        assert!(lines.iter().any(|line| line.write().starts_with("\\[[section:x]]")), "{lines:?}");
    }

    #[test]
    fn what_was_not_rewritten_is_written_as_it_was() {
        for text in ["\u{feff}• one two \r", "  ", "", "\t* x", "Ünïcode — ok\u{a0}", "-no bullet", "• "]
        {
            assert_eq!(parse(text).write(), text);
        }
    }
}
