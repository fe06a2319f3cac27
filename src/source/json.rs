//! Which pieces of a JSON document are sections: strings and lists of strings that are rewritten, each with what is
//! said about it before it.

use std::collections::BTreeSet;

use crate::text::codec::{
    Codec, CodecError,
    json::{Found, Node, Path, Step, Value},
};

use super::part::push_line;

/// A section of a JSON document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// What follows the name of the mapping's section.
    pub(super) name: String,
    pub(super) what: What,
}

/// What is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// Lines that are only shown.
    Fixed(String),
    /// A value that is rewritten.
    Writable { path: Vec<Step>, codec: Codec, stored: String },
}

/// The stored form of the string at a path; `None` if there is none. An empty cell is no document.
pub(super) fn string_at(document: Option<&str>, path: &[Step]) -> Result<Option<String>, CodecError> {
    let Some(text) = document.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let root = Node::parse(text)?;
    let node = root.at(path).filter(|node| node.value == Value::String);
    Ok(node.and_then(|node| text.get(node.bytes.clone())).map(str::to_owned))
}

/// The sections of a document, in its order, without what is hidden.
pub(super) fn pieces(
    text: &str,
    (fixed, writable): (&[Vec<Step>], &[Vec<Step>]),
    hidden: &[Path],
) -> Result<Vec<Piece>, CodecError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let root = Node::parse(text)?;
    // By where they stand; what is said about an object stands before what is in it.
    let mut found: Vec<(usize, u8, Piece)> = Vec::new();
    for (at, path, lines) in said((&root, text), fixed, hidden) {
        found.push((at, 0, Piece { name: name(&path), what: What::Fixed(lines) }));
    }
    let mut seen = BTreeSet::new();
    for path in writable {
        for (node, path, codec) in values(&root, text, path) {
            let personal = hidden.iter().any(|hidden| hidden.covers(&path));
            if personal || !seen.insert(node.bytes.start) {
                continue;
            }
            let stored = text.get(node.bytes.clone()).unwrap_or_default().to_owned();
            let piece = Piece { name: name(&path), what: What::Writable { path, codec, stored } };
            found.push((node.bytes.start, 1, piece));
        }
    }
    found.sort_by_key(|(at, rank, _)| (*at, *rank));
    let mut names = BTreeSet::new();
    Ok(found
        .into_iter()
        .map(|(_, _, piece)| Piece { name: unique(&mut names, &piece.name), ..piece })
        .collect())
}

/// A line about an object: where its value stands, its label, the value.
type Line = (usize, String, String);

/// What is said about each object: where it begins, the way to it, a line for each fixed value.
fn said(
    (root, text): (&Node, &str),
    fixed: &[Vec<Step>],
    hidden: &[Path],
) -> Vec<(usize, Vec<Step>, String)> {
    let mut all: Vec<(usize, Vec<Step>, Vec<Line>)> = Vec::new();
    for top in fixed.iter().flat_map(|path| root.find(path)) {
        for leaf in top.node.leaves() {
            let path: Vec<Step> = top.path.iter().chain(&leaf.path).cloned().collect();
            if hidden.iter().any(|hidden| hidden.covers(&path)) {
                continue;
            }
            let key = path.iter().rposition(|step| matches!(step, Step::Key(_))).unwrap_or(0);
            let (owner, label) = path.split_at(key);
            let label = match label.first() {
                Some(Step::Key(key)) => key.clone(),
                Some(Step::Item(_) | Step::Each) | None => "value".to_owned(),
            };
            let start = root.at(owner).map_or(0, |node| node.bytes.start);
            let line = (leaf.node.bytes.start, label, leaf.node.words(text));
            match all.iter_mut().find(|(at, _, _)| *at == start) {
                Some((_, _, lines)) => lines.push(line),
                None => all.push((start, owner.to_vec(), vec![line])),
            }
        }
    }
    let lines = |mut lines: Vec<Line>| {
        lines.sort();
        lines.dedup();
        let mut words = String::new();
        for (_, label, value) in &lines {
            push_line(&mut words, label, value);
        }
        words
    };
    let all = all.into_iter().map(|(at, owner, found)| (at, owner, lines(found)));
    all.filter(|(_, _, words)| !words.is_empty()).collect()
}

/// The strings at a path. The items of a list of strings are one value, if each of them is one line.
fn values<'d>(root: &'d Node, text: &str, path: &[Step]) -> Vec<(&'d Node, Vec<Step>, Codec)> {
    let string = |found: Found<'d>| {
        (found.node.value == Value::String).then_some((found.node, found.path, Codec::JsonString))
    };
    let Some((Step::Each, before)) = path.split_last() else {
        return root.find(path).into_iter().filter_map(string).collect();
    };
    let mut all = Vec::new();
    for list in root.find(before) {
        let stored = text.get(list.node.bytes.clone()).unwrap_or_default();
        match Codec::JsonStrings.get(stored) {
            Ok(items) if !items.is_empty() => all.push((list.node, list.path, Codec::JsonStrings)),
            Ok(_) | Err(_) => {
                let base = list.path.clone();
                let items = list.node.find(&[Step::Each]).into_iter().filter_map(string);
                all.extend(
                    items
                        .map(|(node, path, codec)| (node, base.iter().cloned().chain(path).collect(), codec)),
                );
            }
        }
    }
    all
}

/// A path as the end of a section's name.
fn name(path: &[Step]) -> String {
    let parts = path.iter().map(|step| match step {
        Step::Key(key) => {
            let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
            key.chars().take(24).map(plain).collect::<String>()
        }
        Step::Item(at) => at.to_string(),
        Step::Each => "each".to_owned(),
    });
    let name = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    if name.is_empty() { "document".to_owned() } else { name }
}

/// The name, with a number if it was taken.
fn unique(names: &mut BTreeSet<String>, name: &str) -> String {
    let numbered = (2..).map(|number| format!("{name}-n{number}"));
    let mut all = std::iter::once(name.to_owned()).chain(numbered);
    let free = all.find(|name| !names.contains(name)).unwrap_or_default();
    names.insert(free.clone());
    free
}

#[cfg(test)]
mod tests {
    use super::*;
    fn paths(texts: &[&str]) -> Vec<Vec<Step>> {
        texts.iter().map(|text| Path::parse(text).unwrap().0).collect()
    }

    #[test]
    fn what_is_said_stands_before_what_is_rewritten() {
        let text = r#"{"basics":{"email":"a@b.c","summary":"Cook."},
            "work":[{"summary":"Led.","name":"Post","startDate":"2015","highlights":["one","two"]},
                    {"name":"Inn","highlights":["a\nb","c"],"n":1}],
            "education":[{"area":"Cooking","courses":["x","y"]}]}"#;
        let found = pieces(
            text,
            (
                &paths(&["$.work[*].name", "$.work[*].startDate", "$.education[*]"]),
                &paths(&["$.basics.summary", "$.work[*].summary", "$.work[*].highlights[*]", "$.nothing"]),
            ),
            &[],
        )
        .unwrap();
        let told: Vec<String> = found
            .iter()
            .map(|piece| match &piece.what {
                What::Fixed(lines) => format!("{} ({})", piece.name, lines.replace('\n', ", ")),
                What::Writable { stored, .. } => format!("{} {stored}", piece.name),
            })
            .collect();
        assert_eq!(
            told,
            [
                r#"basics-summary "Cook.""#,
                "work-0 (name: Post, startDate: 2015)",
                r#"work-0-summary "Led.""#,
                r#"work-0-highlights ["one","two"]"#,
                "work-1 (name: Inn)",
                r#"work-1-highlights-0 "a\nb""#,
                r#"work-1-highlights-1 "c""#,
                "education-0 (area: Cooking, courses: x, courses: y)",
            ]
        );
    }

    #[test]
    fn what_is_personal_is_left_out_of_all_that_is_said() {
        let text = r#"{"basics":{"name":"Ada","email":"a@b.c","label":"Cook","summary":"Cook."},
            "references":[{"name":"Ben","reference":"Good."}]}"#;
        let hidden = |paths: &[&str]| paths.iter().map(|text| Path::parse(text).unwrap()).collect::<Vec<_>>();
        let (fixed, writable) = (paths(&["$.basics", "$.references[*]"]), paths(&["$.basics.summary"]));
        let lines = |hidden: &[Path]| -> Vec<String> {
            let found = pieces(text, (&fixed, &writable), hidden).unwrap();
            let fixed = found.into_iter().filter_map(|piece| match piece.what {
                What::Fixed(lines) => Some(lines.replace('\n', ", ")),
                What::Writable { .. } => None,
            });
            fixed.collect()
        };
        assert_eq!(
            lines(&[]),
            ["name: Ada, email: a@b.c, label: Cook, summary: Cook.", "name: Ben, reference: Good."]
        );
        let personal = hidden(&["$.basics.name", "$.basics.email", "$.references[*]"]);
        assert_eq!(lines(&personal), ["label: Cook, summary: Cook."]);
    }

    #[test]
    fn names_are_apart_and_a_document_may_be_missing() {
        let found = pieces(r#"{"a b":"x","a_b":"y"}"#, (&[], &paths(&["$[\"a b\"]", "$.a_b"])), &[]).unwrap();
        assert_eq!(found.iter().map(|piece| piece.name.as_str()).collect::<Vec<_>>(), ["a_b", "a_b-n2"]);
        assert_eq!(pieces(" ", (&[], &[]), &[]), Ok(Vec::new()));
        assert!(pieces("{", (&[], &[]), &[]).is_err());
        assert_eq!(string_at(Some("{\"a\":1}"), &paths(&["$.a"])[0]), Ok(None));
        assert_eq!(string_at(None, &paths(&["$.a"])[0]), Ok(None));
    }
}
