//! The three that are compared: what each highlights, as bytes of both texts.

use std::{
    fs,
    ops::Range,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use redraft::{
    diff::{self, Diff, RowKind, SegmentKind, Side},
    domain::{Document, Format, Section, SectionId},
};
use similar::{ChangeTag, DiffTag, TextDiff};

use super::measure::{Shown, ShownRow};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    Redraft,
    Similar,
    Git,
}

impl Tool {
    pub const ALL: [Self; 3] = [Self::Redraft, Self::Similar, Self::Git];
}

/// A place for git's files.
pub struct Tools {
    folder: tempfile::TempDir,
}

impl Tools {
    pub fn new() -> Self {
        Self { folder: tempfile::TempDir::new().unwrap() }
    }

    /// What a tool shows, and how long it took.
    pub fn shown(&self, tool: Tool, before: &str, after: &str) -> (Shown, Duration) {
        match tool {
            Tool::Redraft => {
                let (left, right) = (document(before), document(after));
                let start = Instant::now();
                let diff = diff::compare(&left, &right, &|| false);
                let time = start.elapsed();
                (of_diff(&diff), time)
            }
            Tool::Similar => {
                let start = Instant::now();
                let shown = by_similar(before, after);
                (shown, start.elapsed())
            }
            Tool::Git => self.by_git(before, after),
        }
    }

    fn by_git(&self, before: &str, after: &str) -> (Shown, Duration) {
        let files: [PathBuf; 2] = ["before", "after"].map(|name| self.folder.path().join(name));
        for (file, text) in files.iter().zip([before, after]) {
            fs::write(file, text).unwrap();
        }
        let mut command = Command::new("git");
        command.args([
            "diff",
            "--no-index",
            "--no-color",
            "--no-ext-diff",
            "-U1000000",
            "--word-diff=porcelain",
        ]);
        command.args(&files).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        let start = Instant::now();
        let output = command.output().unwrap();
        let time = start.elapsed();
        let text = String::from_utf8(output.stdout).unwrap();
        if text.is_empty() {
            assert_eq!(before, after, "git says nothing of two texts");
            return (Shown::default(), time);
        }
        let body = text.lines().skip_while(|line| !line.starts_with("@@")).skip(1);
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for line in body {
            let (sign, words) = line.split_at_checked(1).unwrap_or(("~", ""));
            let count = words.split_ascii_whitespace().count();
            match sign {
                " " => (left.extend(vec![false; count]), right.extend(vec![false; count])).0,
                "-" => left.extend(vec![true; count]),
                "+" => right.extend(vec![true; count]),
                "~" | "\\" => {}
                _ => panic!("git says {line:?}"),
            }
        }
        let shown = Shown { before: flagged(before, &left), after: flagged(after, &right), rows: Vec::new() };
        (shown, time)
    }
}

/// The words of a text that are flagged, joined where they follow one another.
fn flagged(text: &str, flags: &[bool]) -> Vec<Range<usize>> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    assert_eq!(words.len(), flags.len(), "git has other words");
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut follows = false;
    for (word, flag) in words.into_iter().zip(flags) {
        let start = word.as_ptr() as usize - text.as_ptr() as usize;
        let range = start..start + word.len();
        match ranges.last_mut() {
            Some(last) if follows && *flag => last.end = range.end,
            _ if *flag => ranges.push(range),
            _ => {}
        }
        follows = *flag;
    }
    ranges
}

/// `similar` as it comes: lines, and within those that were replaced its own inline diff.
fn by_similar(before: &str, after: &str) -> Shown {
    let diff = TextDiff::from_lines(before, after);
    let [lines_before, lines_after] = [before, after].map(lines);
    let mut shown = Shown::default();
    for op in diff.ops() {
        let (old, new) = (op.old_range(), op.new_range());
        match op.tag() {
            DiffTag::Equal | DiffTag::Replace => {
                for at in 0..old.len().max(new.len()) {
                    let line = |range: &Range<usize>, lines: &[Range<usize>]| {
                        range.clone().nth(at).and_then(|at| lines.get(at).cloned())
                    };
                    let (before, after) = (line(&old, &lines_before), line(&new, &lines_after));
                    shown.rows.push(ShownRow { before, after, moved: false });
                }
            }
            DiffTag::Delete | DiffTag::Insert => {
                let before = old.clone().map(|at| ShownRow {
                    before: lines_before.get(at).cloned(),
                    after: None,
                    moved: false,
                });
                let after = new.clone().map(|at| ShownRow {
                    before: None,
                    after: lines_after.get(at).cloned(),
                    moved: false,
                });
                shown.rows.extend(before.chain(after));
            }
        }
        if op.tag() == DiffTag::Equal {
            continue;
        }
        let changes: Vec<_> = diff.iter_inline_changes(op).collect();
        // Nothing stands out: the lines are too little alike, and are shown whole.
        let whole = !changes.iter().any(|change| change.values().iter().any(|(emphasised, _)| *emphasised));
        for change in changes {
            let (side, lines, index) = match change.tag() {
                ChangeTag::Equal => continue,
                ChangeTag::Delete => (&mut shown.before, &lines_before, change.old_index()),
                ChangeTag::Insert => (&mut shown.after, &lines_after, change.new_index()),
            };
            let mut at = lines[index.unwrap()].start;
            for (emphasised, part) in change.values() {
                let range = at..at + part.trim_end_matches(['\n', '\r']).len();
                if (*emphasised || whole) && !range.is_empty() {
                    side.push(range);
                }
                at += part.len();
            }
        }
    }
    shown
}

fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for line in text.split_inclusive('\n') {
        lines.push(start..start + line.len());
        start += line.len();
    }
    lines
}

pub fn document(text: &str) -> Document {
    let id = SectionId("experience".to_owned());
    let section = Section { id, format: Format::Text, text: Some(text.to_owned()), ..Section::default() };
    Document { sections: vec![section] }
}

fn of_diff(diff: &Diff) -> Shown {
    let section = &diff.sections[0];
    let mut shown = Shown::default();
    for segment in section.rows.iter().flat_map(|row| &row.segments) {
        if matches!(segment.kind, SegmentKind::Changed(_)) {
            let parts = [(Side::Before, &segment.before), (Side::After, &segment.after)];
            for (side, range) in parts {
                let shown = if side == Side::Before { &mut shown.before } else { &mut shown.after };
                shown.extend(trimmed(section.text(side), range));
            }
        }
    }
    shown.rows.extend(section.rows.iter().map(|row| ShownRow {
        before: section.block(row, Side::Before).map(|block| block.range.clone()),
        after: section.block(row, Side::After).map(|block| block.range.clone()),
        moved: row.kind == RowKind::Moved,
    }));
    shown
}

/// A range without the white space around it; none if there is nothing else.
fn trimmed(text: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let part = &text[range.clone()];
    let start = range.end - part.trim_start().len();
    let end = range.start + part.trim_end().len();
    (start < end).then_some(start..end)
}
