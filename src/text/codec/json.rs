//! Places in the text of a JSON document, found by path and changed byte for byte: keys, order, blanks, numbers and
//! everything else that is not asked for stay as they are written.

use std::ops::Range;

use serde::de::IgnoredAny;

use super::CodecError;

/// Documents are no deeper than this.
const DEEPEST: usize = 100;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The value of a key.
    Key(String),
    /// The item at a place, from 0.
    Item(usize),
    /// Every item.
    Each,
}

/// A path, as `$.work[*].summary`; keys with other signs than letters, digits, `_` and `-` are written `$["a b"]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// Reads a path; `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim().strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(behind) = rest.strip_prefix('.') {
                let plain = |character: char| character.is_alphanumeric() || matches!(character, '_' | '-');
                let end = behind.find(|character| !plain(character)).unwrap_or(behind.len());
                let (key, after) = behind.split_at(end);
                if key.is_empty() {
                    return None;
                }
                steps.push(Step::Key(key.to_owned()));
                rest = after;
            } else if let Some(behind) = rest.strip_prefix("[\"") {
                let (key, after) = behind.split_once("\"]")?;
                steps.push(Step::Key(key.to_owned()));
                rest = after;
            } else {
                let (inside, after) = rest.strip_prefix('[')?.split_once(']')?;
                steps.push(if inside == "*" { Step::Each } else { Step::Item(inside.parse().ok()?) });
                rest = after;
            }
        }
        Some(Self(steps))
    }

    /// Whether a way leads to what this path means, or to something inside of it.
    pub fn covers(&self, way: &[Step]) -> bool {
        let same = |(mine, theirs): (&Step, &Step)| {
            mine == theirs || (*mine == Step::Each && matches!(theirs, Step::Item(_)))
        };
        self.0.len() <= way.len() && self.0.iter().zip(way).all(same)
    }
}

/// What stands somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Keys with their values, in their order.
    Object(Vec<(String, Node)>),
    /// Items.
    Array(Vec<Node>),
    /// A string.
    String,
    /// A number, a truth value.
    Plain,
    /// `null`.
    Null,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its bytes, quotes and brackets included.
    pub bytes: Range<usize>,
    /// What it is.
    pub value: Value,
}

/// A value that a path leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<'d> {
    /// The way there, without [`Step::Each`].
    pub path: Vec<Step>,
    /// What stands there.
    pub node: &'d Node,
}

impl Node {
    /// Reads a document.
    ///
    /// # Errors
    /// It is no JSON, or deeper than redraft reads.
    pub fn parse(text: &str) -> Result<Self, CodecError> {
        const NONE: CodecError = CodecError("it is no JSON.");
        serde_json::from_str::<IgnoredAny>(text).map_err(|_| NONE)?;
        let mut parser = Parser { text, at: 0 };
        parser.node(0).ok_or(CodecError("it is JSON that is deeper than redraft reads."))
    }

    /// All that a path leads to, in the order of the document. Of a key that is there twice, the last counts.
    pub fn find(&self, path: &[Step]) -> Vec<Found<'_>> {
        let mut found = vec![Found { path: Vec::new(), node: self }];
        for step in path {
            found = found.into_iter().flat_map(|here| here.step(step)).collect();
        }
        found
    }

    /// What stands at a path without [`Step::Each`].
    pub fn at(&self, path: &[Step]) -> Option<&Self> {
        self.find(path).first().map(|found| found.node)
    }

    /// The values inside that have none inside of themselves, with the way there from here.
    pub fn leaves(&self) -> Vec<Found<'_>> {
        let mut found = Vec::new();
        self.collect(&mut Vec::new(), &mut found);
        found
    }

    fn collect<'d>(&'d self, way: &mut Vec<Step>, found: &mut Vec<Found<'d>>) {
        match &self.value {
            Value::Object(pairs) => {
                for (key, node) in pairs {
                    way.push(Step::Key(key.clone()));
                    node.collect(way, found);
                    way.pop();
                }
            }
            Value::Array(items) => {
                for (at, node) in items.iter().enumerate() {
                    way.push(Step::Item(at));
                    node.collect(way, found);
                    way.pop();
                }
            }
            Value::String | Value::Plain | Value::Null => found.push(Found { path: way.clone(), node: self }),
        }
    }

    /// The value as people read it; objects and arrays are empty.
    pub fn words(&self, text: &str) -> String {
        let bytes = text.get(self.bytes.clone()).unwrap_or_default();
        match self.value {
            Value::String => get_string(bytes).unwrap_or_default(),
            Value::Plain => bytes.to_owned(),
            Value::Null | Value::Object(_) | Value::Array(_) => String::new(),
        }
    }
}

impl<'d> Found<'d> {
    fn step(self, step: &Step) -> Vec<Self> {
        let go = |step: Step, node: &'d Node| Self {
            path: self.path.iter().cloned().chain(std::iter::once(step)).collect(),
            node,
        };
        match (step, &self.node.value) {
            (Step::Key(key), Value::Object(pairs)) => {
                let last = pairs.iter().rev().find(|(known, _)| known == key);
                last.into_iter().map(|(key, node)| go(Step::Key(key.clone()), node)).collect()
            }
            (Step::Item(at), Value::Array(items)) => {
                items.get(*at).into_iter().map(|node| go(Step::Item(*at), node)).collect()
            }
            (Step::Each, Value::Array(items)) => {
                items.iter().enumerate().map(|(at, node)| go(Step::Item(at), node)).collect()
            }
            (Step::Key(_) | Step::Item(_) | Step::Each, _) => Vec::new(),
        }
    }
}

/// Goes through a text that is known to be JSON.
struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Takes the byte if it is the next one.
    fn takes(&mut self, byte: u8) -> bool {
        self.blanks();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn string(&mut self) -> Range<usize> {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
        start..self.at
    }

    fn node(&mut self, depth: usize) -> Option<Node> {
        self.blanks();
        let start = self.at;
        let value = match self.peek()? {
            _ if depth > DEEPEST => return None,
            b'"' => {
                self.string();
                Value::String
            }
            b'{' => Value::Object(self.pairs(depth)?),
            b'[' => Value::Array(self.items(depth)?),
            first => {
                while self.peek().is_some_and(|byte| !byte.is_ascii_whitespace() && !b",]}".contains(&byte)) {
                    self.at += 1;
                }
                if first == b'n' { Value::Null } else { Value::Plain }
            }
        };
        Some(Node { bytes: start..self.at, value })
    }

    fn pairs(&mut self, depth: usize) -> Option<Vec<(String, Node)>> {
        let mut pairs = Vec::new();
        self.takes(b'{');
        while !self.takes(b'}') {
            self.takes(b',');
            self.blanks();
            let key = self.string();
            let key = get_string(self.text.get(key)?).ok()?;
            self.takes(b':');
            pairs.push((key, self.node(depth + 1)?));
        }
        Some(pairs)
    }

    fn items(&mut self, depth: usize) -> Option<Vec<Node>> {
        let mut items = Vec::new();
        self.takes(b'[');
        while !self.takes(b']') {
            self.takes(b',');
            items.push(self.node(depth + 1)?);
        }
        Some(items)
    }
}

pub(super) fn get_string(stored: &str) -> Result<String, CodecError> {
    serde_json::from_str(stored).map_err(|_| CodecError("it is no JSON string."))
}

pub(super) fn put_string(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The items, each a line.
pub(super) fn get_strings(stored: &str) -> Result<String, CodecError> {
    let items = items(stored)?;
    let items: Vec<String> = items.iter().map(|item| item.words(stored)).collect();
    if items.iter().any(|item| item.trim().is_empty() || item.contains(['\n', '\r'])) {
        return Err(CodecError("an item of it is empty or has several lines."));
    }
    Ok(items.join("\n"))
}

pub(super) fn put_strings(stored: &str, text: &str) -> Result<String, CodecError> {
    let items = items(stored)?;
    let lines: Vec<&str> = text.split('\n').collect();
    if lines.len() != items.len() {
        return Err(CodecError("it has another number of items than before."));
    }
    let mut out = stored.to_owned();
    for (item, line) in items.iter().zip(lines).rev() {
        if item.words(stored) != line {
            out.replace_range(item.bytes.clone(), &put_string(line));
        }
    }
    Ok(out)
}

fn items(stored: &str) -> Result<Vec<Node>, CodecError> {
    match Node::parse(stored)?.value {
        Value::Array(items) if items.iter().all(|item| item.value == Value::String) => Ok(items),
        Value::Array(_) | Value::Object(_) | Value::String | Value::Plain | Value::Null => {
            Err(CodecError("it is no JSON array of strings."))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Codec;
    use super::*;

    const RESUME: &str = r#"{ "basics": {"name":"Ada", "summary" : "Caf\u00e9 \"x\""},
        "work":[{"name":"A","highlights":["one", "two"]},{"name":"B","summary":"s","n":1.50,"n":2}], "a b": null }"#;

    fn path(text: &str) -> Vec<Step> {
        Path::parse(text).unwrap().0
    }

    #[test]
    fn paths_lead_to_bytes() {
        let root = Node::parse(RESUME).unwrap();
        let bytes = |text: &str| -> Vec<&str> {
            root.find(&path(text)).iter().map(|found| RESUME.get(found.node.bytes.clone()).unwrap()).collect()
        };
        assert_eq!(bytes("$.basics.summary"), [r#""Caf\u00e9 \"x\"""#]);
        assert_eq!(bytes("$.work[*].name"), ["\"A\"", "\"B\""]);
        assert_eq!(bytes("$.work[0].highlights[*]"), ["\"one\"", "\"two\""]);
        assert_eq!(bytes("$.work[1].n"), ["2"], "the last of two");
        assert_eq!(bytes("$[\"a b\"]"), ["null"]);
        assert!(bytes("$.work[7].name").is_empty() && bytes("$.basics[*]").is_empty());
        assert_eq!(bytes("$"), [RESUME.trim()]);
        let summary = root.at(&path("$.basics.summary")).unwrap();
        assert_eq!(summary.words(RESUME), "Caf\u{e9} \"x\"");
        let leaves = root.at(&path("$.work[0]")).unwrap().leaves();
        let ways: Vec<Vec<Step>> = leaves.into_iter().map(|found| found.path).collect();
        assert_eq!(ways, [path("$.name"), path("$.highlights[0]"), path("$.highlights[1]")]);
    }

    #[test]
    fn what_is_no_path_and_no_document_is_refused() {
        for text in ["", "work", "$work", "$.", "$[x]", "$.a[", "$[\"a]"] {
            assert_eq!(Path::parse(text), None, "{text}");
        }
        for text in ["", "{", "{\"a\":}", "[1,]", "\"a\" b"] {
            assert!(Node::parse(text).is_err(), "{text}");
        }
        assert!(Node::parse(&format!("{}{}", "[".repeat(110), "]".repeat(110))).is_err());
    }

    #[test]
    fn strings_keep_their_escapes_until_they_change() {
        let stored = r#"["caf\u00e9",  "b"]"#;
        assert_eq!(Codec::JsonStrings.get(stored).unwrap(), "caf\u{e9}\nb");
        assert_eq!(Codec::JsonStrings.put(stored, "caf\u{e9}\nc\"").unwrap(), r#"["caf\u00e9",  "c\""]"#);
        assert!(Codec::JsonStrings.put(stored, "one").is_err());
        assert!(Codec::JsonStrings.get("[\"a\\nb\"]").is_err() && Codec::JsonStrings.get("[1]").is_err());
        assert_eq!(Codec::JsonString.put("\"a\"", "line\n\u{1}").unwrap(), r#""line\n\u0001""#);
    }
}
