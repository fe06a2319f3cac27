//! Breaking text into lines of a number of cells, and cutting it to one.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::{Safe, part, width::grapheme_width};

/// One line of a wrapped text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its bytes in the text, without the blanks that the break swallowed.
    pub range: Range<usize>,
    /// Its cells.
    pub width: usize,
}

/// Breaks `text` into lines of at most `columns` cells, every line after a soft break of at most
/// `columns - hanging`.
///
/// Breaks come after blanks and between ideographs; a word that fits on no line is cut between grapheme clusters.
/// A line holds at least one cluster, however narrow the column. Line ends in the text always break; an empty text
/// is one empty line.
pub fn wrap(text: &str, columns: usize, hanging: usize) -> Vec<Line> {
    let mut wrapper = Wrapper { lines: Vec::new(), columns, hanging: hanging.min(columns.saturating_sub(1)) };
    let mut start = 0;
    for paragraph in text.split('\n') {
        wrapper.paragraph(paragraph, start);
        start += paragraph.len() + 1;
    }
    wrapper.lines
}

struct Wrapper {
    lines: Vec<Line>,
    columns: usize,
    hanging: usize,
}

/// Where the current line stands.
#[derive(Clone)]
struct Current {
    start: usize,
    /// End of what is on it, blanks at the end left out.
    end: usize,
    width: usize,
    /// Cells of the blanks after `end`.
    blanks: usize,
    room: usize,
}

impl Wrapper {
    fn paragraph(&mut self, text: &str, offset: usize) {
        let mut line = Current { start: offset, end: offset, width: 0, blanks: 0, room: self.columns };
        for piece in pieces(text) {
            let (from, to) = (offset + piece.range.start, offset + piece.range.end);
            if piece.blank {
                line.blanks += piece.width;
                continue;
            }
            if line.width + line.blanks + piece.width > line.room && line.end > line.start {
                self.close(&mut line, from);
            }
            if line.width + line.blanks + piece.width <= line.room {
                (line.width, line.end) = (line.width + line.blanks + piece.width, to);
                line.blanks = 0;
            } else {
                self.long_word(&mut line, part(text, piece.range), from);
            }
        }
        self.lines.push(Line { range: line.start..line.end, width: line.width });
    }

    /// Cuts a word that is longer than a line.
    fn long_word(&mut self, line: &mut Current, word: &str, from: usize) {
        if line.blanks > 0 && line.end == line.start {
            // Blanks at the start of a paragraph give way before the word is cut.
            *line = Current { start: from, end: from, blanks: 0, ..line.clone() };
        }
        for (at, cluster) in word.grapheme_indices(true) {
            let cells = grapheme_width(cluster);
            if line.width + cells > line.room && line.end > line.start {
                self.close(line, from + at);
            }
            line.width += cells;
            line.end = from + at + cluster.len();
        }
    }

    fn close(&mut self, line: &mut Current, next: usize) {
        self.lines.push(Line { range: line.start..line.end, width: line.width });
        *line = Current { start: next, end: next, width: 0, blanks: 0, room: self.columns - self.hanging };
    }
}

struct Piece {
    range: Range<usize>,
    width: usize,
    blank: bool,
}

/// Cuts a paragraph into blanks and into runs that must not be broken.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::with_capacity(text.len() / 4);
    let mut previous = Side::Blank;
    let mut push = |range: Range<usize>, width: usize, side: Side| {
        let joined = match (previous, side) {
            (Side::Blank, Side::Blank) => true,
            (Side::Blank, _)
            | (_, Side::Blank)
            | (Side::Wide, Side::Wide | Side::Letter | Side::Opening)
            | (Side::Letter | Side::Closing, Side::Wide) => false,
            (Side::Letter | Side::Opening | Side::Closing, _) | (Side::Wide, Side::Closing) => true,
        };
        previous = side;
        match pieces.last_mut().filter(|_| joined) {
            Some(last) => (last.range.end, last.width) = (range.end, last.width + width),
            None => pieces.push(Piece { range, width, blank: side == Side::Blank }),
        }
    };
    if text.is_ascii() {
        for (at, byte) in text.bytes().enumerate() {
            push(at..at + 1, 1, if byte == b' ' { Side::Blank } else { Side::Letter });
        }
    } else {
        for (at, cluster) in text.grapheme_indices(true) {
            let width = grapheme_width(cluster);
            push(at..at + cluster.len(), width, Side::of(cluster, width));
        }
    }
    pieces
}

/// How a cluster behaves at a possible break.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Blank,
    Letter,
    /// An ideograph or another wide cluster: lines break on both sides of it.
    Wide,
    /// A wide opening bracket: never the last of a line.
    Opening,
    /// A wide closing bracket or stop: never the first of a line.
    Closing,
}

impl Side {
    fn of(cluster: &str, width: usize) -> Self {
        match cluster {
            " " | "\u{3000}" => Self::Blank,
            "「" | "『" | "（" | "【" | "《" | "〈" | "〔" | "［" | "｛" => Self::Opening,
            "、" | "。" | "，" | "．" | "！" | "？" | "：" | "；" | "」" | "』" | "）" | "】" | "》"
            | "〉" | "〕" | "］" | "｝" | "ー" | "々" => Self::Closing,
            _ if width >= 2 => Self::Wide,
            _ => Self::Letter,
        }
    }
}

/// Cuts `text` to `columns` cells; what was cut is told by a final `…`.
pub fn truncate<'a>(text: &'a Safe<'_>, columns: usize) -> Safe<'a> {
    if text.width() <= columns {
        return Safe::trusted(text.as_str().into());
    }
    let (mut end, mut cells) = (0, 0);
    for (at, cluster) in text.grapheme_indices(true) {
        cells += grapheme_width(cluster);
        if cells >= columns {
            break;
        }
        end = at + cluster.len();
    }
    let mut cut = part(text, 0..end).to_owned();
    if columns > 0 {
        cut.push('…');
    }
    Safe::trusted(cut.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::width;

    fn lines(text: &str, columns: usize, hanging: usize) -> Vec<&str> {
        wrap(text, columns, hanging).into_iter().map(|line| part(text, line.range)).collect()
    }

    #[test]
    fn lines_break_at_words() {
        assert_eq!(lines("Led a team of 25 people", 10, 0), ["Led a team", "of 25", "people"]);
        assert_eq!(lines("Led a team of 25 people", 10, 2), ["Led a team", "of 25", "people"]);
        assert_eq!(lines("aaaa bb cc dddd", 7, 3), ["aaaa bb", "cc", "dddd"]);
        assert_eq!(lines("", 10, 0), [""]);
        assert_eq!(lines("one\n\ntwo", 10, 0), ["one", "", "two"]);
    }

    #[test]
    fn a_word_longer_than_the_line_is_cut_between_clusters() {
        assert_eq!(lines("x abcdefgh y", 4, 0), ["x", "abcd", "efgh", "y"]);
        assert_eq!(lines("e\u{301}e\u{301}e\u{301}", 2, 0), ["e\u{301}e\u{301}", "e\u{301}"]);
    }

    #[test]
    fn wide_characters_count_two_cells_and_break_anywhere_but_before_a_stop() {
        assert_eq!(lines("山田太郎です。", 6, 0), ["山田太", "郎で", "す。"]);
        assert_eq!(lines("山田「太郎」", 6, 0), ["山田", "「太", "郎」"]);
    }

    #[test]
    fn a_cut_is_told() {
        for (text, columns, expected) in [
            ("Jordan", 6, "Jordan"),
            ("Jordan M.", 6, "Jorda…"),
            ("山田太郎", 4, "山…"),
            ("山田太郎", 5, "山田…"),
            ("Jordan", 1, "…"),
            ("Jordan", 0, ""),
        ] {
            assert_eq!(truncate(&Safe::new(text), columns).as_str(), expected);
        }
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_only_blanks_are_lost(
            text in "[a-z山。「é\u{301} \n👩-]{0,60}", columns in 2usize..40, hanging in 0usize..10
        ) {
            let text = Safe::new(&text).into_string();
            let lines = wrap(&text, columns, hanging);
            let mut end = 0;
            for (index, line) in lines.iter().enumerate() {
                let shown = part(&text, line.range.clone());
                prop_assert_eq!(width(shown), line.width);
                prop_assert!(line.width <= columns || shown.graphemes(true).count() == 1);
                prop_assert!(index == 0 || part(&text, end..line.range.start).chars().all(|c| c == ' ' || c == '\n'));
                end = line.range.end;
            }
            prop_assert!(part(&text, end..text.len()).chars().all(|c| c == ' '));
        }

        #[test]
        fn a_cut_text_fits(text in any::<String>(), columns in 0usize..12) {
            let text = Safe::line(&text);
            prop_assert!(truncate(&text, columns).width() <= columns);
        }
    }
}
