//! Words as reviewers see them: a run between blanks with the punctuation around it peeled off.
//!
//! `S/4HANA`, `99.95%`, `$1.2M`, `time-to-fill` and an e-mail address are one word each, because half of a number or
//! of an address is never what changed. Scripts without blanks are cut by the rules of Unicode (UAX #29).

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::part;

/// What a word is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WordKind {
    /// Letters, digits, symbols.
    Word,
    /// A mark before, after or between words.
    Punctuation,
}

/// One word of a text. Its edges are edges of grapheme clusters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// What it is made of.
    pub kind: WordKind,
}

/// Returns the words of `text` in order. What lies between them is white space.
pub fn words(text: &str) -> Vec<Word> {
    let mut out = Vec::with_capacity(text.len() / 5);
    if text.is_ascii() {
        let mut start = None;
        for (at, byte) in text.bytes().enumerate() {
            match (start, is_blank(char::from(byte))) {
                (None, false) => start = Some(at),
                (Some(from), true) => {
                    ascii_run(text, from..at, &mut out);
                    start = None;
                }
                (None, true) | (Some(_), false) => {}
            }
        }
        if let Some(from) = start {
            ascii_run(text, from..text.len(), &mut out);
        }
        return out;
    }
    let mut run: Vec<(usize, &str)> = Vec::new();
    for (at, cluster) in text.grapheme_indices(true) {
        if cluster.chars().all(is_blank) {
            split_run(text, &run, &mut out);
            run.clear();
        } else {
            run.push((at, cluster));
        }
    }
    split_run(text, &run, &mut out);
    out
}

/// White space, and the controls that end a line.
const fn is_blank(c: char) -> bool {
    c.is_whitespace()
}

fn ascii_run(text: &str, range: Range<usize>, out: &mut Vec<Word>) {
    let run = part(text, range.clone());
    if run.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        out.push(Word { range, kind: WordKind::Word });
        return;
    }
    let clusters: Vec<(usize, &str)> =
        run.split_terminator("").skip(1).enumerate().map(|(at, c)| (range.start + at, c)).collect();
    split_run(text, &clusters, out);
}

/// Cuts one run without blanks, given by its clusters.
fn split_run(text: &str, run: &[(usize, &str)], out: &mut Vec<Word>) {
    let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
    let range = first.0..last.0 + last.1.len();
    if run.iter().any(|(_, cluster)| cluster.chars().next().is_some_and(has_no_blanks)) {
        by_unicode_rules(part(text, range.clone()), range.start, run, out);
        return;
    }
    let marks = run.iter().filter(|(_, cluster)| is_mark(cluster)).count();
    if marks == run.len() {
        out.push(Word { range, kind: WordKind::Punctuation });
        return;
    }
    let mut rest = run;
    while let Some(at) = inner_break(rest) {
        peel(rest.split_at(at).0, out);
        push(rest.split_at(at).1.split_at(1).0, WordKind::Punctuation, out);
        rest = rest.split_at(at + 1).1;
    }
    peel(rest, out);
}

/// Where a mark separates two words that were written without a blank: a dash, or a comma not inside a number.
fn inner_break(run: &[(usize, &str)]) -> Option<usize> {
    let is = |at: usize, test: fn(char) -> bool| {
        run.get(at).and_then(|(_, cluster)| cluster.chars().next()).is_some_and(test)
    };
    (1..run.len().saturating_sub(1)).find(|&at| match run.get(at).map(|(_, cluster)| *cluster) {
        Some("—" | "…" | "•" | "|") => true,
        Some("," | ";") => {
            is(at - 1, char::is_alphanumeric)
                && is(at + 1, char::is_alphanumeric)
                && !(is(at - 1, char::is_numeric) && is(at + 1, char::is_numeric))
        }
        Some(_) | None => false,
    })
}

fn peel(run: &[(usize, &str)], out: &mut Vec<Word>) {
    let mut start = 0;
    while let Some((_, cluster)) = run.get(start).filter(|(_, cluster)| is_mark(cluster)) {
        let begins = run.get(start + 1).and_then(|(_, next)| next.chars().next());
        // `.NET`, `-5%`
        let belongs = match *cluster {
            "." => begins.is_some_and(char::is_alphanumeric),
            "-" | "−" => begins.is_some_and(char::is_numeric),
            _ => false,
        };
        if belongs {
            break;
        }
        start += 1;
    }
    let mut end = run.len();
    while end > start && run.get(end - 1).is_some_and(|(_, cluster)| is_mark(cluster)) {
        // `employee(s)`
        let core = run.get(start..end - 1).unwrap_or_default();
        let closes = run.get(end - 1).is_some_and(|(_, cluster)| *cluster == ")");
        if closes && core.iter().rev().find(|(_, c)| matches!(*c, "(" | ")")).is_some_and(|(_, c)| *c == "(")
        {
            break;
        }
        end -= 1;
    }
    for cluster in run.get(..start).unwrap_or_default() {
        push(std::slice::from_ref(cluster), WordKind::Punctuation, out);
    }
    push(run.get(start..end).unwrap_or_default(), WordKind::Word, out);
    for cluster in run.get(end..).unwrap_or_default() {
        push(std::slice::from_ref(cluster), WordKind::Punctuation, out);
    }
}

fn push(run: &[(usize, &str)], kind: WordKind, out: &mut Vec<Word>) {
    if let (Some(first), Some(last)) = (run.first(), run.last()) {
        out.push(Word { range: first.0..last.0 + last.1.len(), kind });
    }
}

/// Whether a cluster is punctuation that does not belong to a word that it stands beside. `$ % + # @ & _ ~` do.
fn is_mark(cluster: &str) -> bool {
    cluster.chars().next().is_some_and(|c| {
        matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '"' | '\'' | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>'
            | '*' | '-' | '/' | '\\' | '|' | '`' | '^' | '='
            | '«' | '»' | '¿' | '¡' | '·' | '■' | '●' | '○' | '▪' | '◦' | '؟' | '،' | '؛'
            | '\u{2010}'..='\u{2027}' | '\u{2039}' | '\u{203A}' | '\u{2212}'
            | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301F}'
            | '\u{FF01}'..='\u{FF03}' | '\u{FF08}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF1F}')
    })
}

/// Scripts that put no blanks between words.
const fn has_no_blanks(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{2E80}'..='\u{2FDF}'
        | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FF9F}' | '\u{20000}'..='\u{3FFFD}')
}

fn by_unicode_rules(text: &str, offset: usize, clusters: &[(usize, &str)], out: &mut Vec<Word>) {
    let mut start = offset;
    let mut known = clusters.iter().map(|(at, _)| *at).peekable();
    let bounds =
        text.split_word_bound_indices().map(|(at, _)| offset + at).skip(1).chain([offset + text.len()]);
    for bound in bounds {
        while known.next_if(|at| *at < bound).is_some() {}
        // A bound inside a cluster is none.
        if bound != offset + text.len() && known.peek() != Some(&bound) {
            continue;
        }
        let word = part(text, start - offset..bound - offset);
        let kind = if is_mark(word) { WordKind::Punctuation } else { WordKind::Word };
        out.push(Word { range: start..bound, kind });
        start = bound;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        words(text).into_iter().map(|word| part(text, word.range)).collect()
    }

    #[test]
    fn what_belongs_together_stays_together() {
        for word in [
            "S/4HANA",
            "99.95%",
            "$1.2M",
            "time-to-fill",
            "jordan.m@example.com",
            "C++",
            "C#",
            ".NET",
            "-5%",
            "1,000",
            "2018–2023",
            "03/2016",
            "employee(s)",
            "don't",
            "don’t",
            "U.S",
            "AT&T",
            "https://example.com/a?b=c",
            "@jm",
        ] {
            assert_eq!(cut(word), [word]);
            assert_eq!(cut(&format!("({word}),")), ["(", word, ")", ","]);
            assert_eq!(cut(&format!("“{word}”;")), ["“", word, "”", ";"]);
        }
    }

    #[test]
    fn runs_of_marks_are_one_word_and_dashes_part_words() {
        assert_eq!(cut("teams — and  won..."), ["teams", "—", "and", "won", ".", ".", "."]);
        assert_eq!(cut("teams—and won"), ["teams", "—", "and", "won"]);
        assert_eq!(cut("sales,marketing, 1,000;x"), ["sales", ",", "marketing", ",", "1,000", ";", "x"]);
        assert_eq!(cut(" \n\t"), [""; 0]);
    }

    #[test]
    fn scripts_without_blanks_are_cut_by_unicode_rules() {
        assert_eq!(cut("東京で99.95%です。"), ["東", "京", "で", "99.95", "%", "で", "す", "。"]);
        assert_eq!(cut("データ 山田"), ["データ", "山", "田"]);
    }

    proptest! {
        #[test]
        fn words_and_white_space_are_the_text(text in prop_oneof![
            any::<String>(), "[a-zA-Z0-9 .,;:()$%\n-]{0,60}", "[山田ー。で\u{301}\u{200d}\u{e33} a.—,👩\u{1f3fd}]{0,30}"
        ]) {
            let mut end = 0;
            let edges: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
            for word in words(&text) {
                prop_assert!(part(&text, end..word.range.start).chars().all(char::is_whitespace));
                prop_assert!(!word.range.is_empty() && text.is_char_boundary(word.range.end));
                prop_assert!(edges.binary_search(&word.range.start).is_ok());
                prop_assert!(edges.binary_search(&word.range.end).is_ok());
                end = word.range.end;
            }
            prop_assert!(part(&text, end..text.len()).chars().all(char::is_whitespace));
        }
    }
}
