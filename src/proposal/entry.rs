//! A table of the configuration in the making: keys with values in their order, reasons as comments, TOML at the end.

use std::fmt::Write as _;

/// Lists longer than this stand on several lines.
const WIDTH: usize = 108;

/// A value of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A number as it is to be written.
    Number(String),
    /// True or false.
    Truth(bool),
    /// Texts.
    List(Vec<String>),
    /// A table on one line.
    Table(Vec<(String, Self)>),
    /// Tables on one line each.
    Tables(Vec<Vec<(String, Self)>>),
}

/// Keys with their values, and why they are as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Comments above it, a line each.
    pub why: Vec<String>,
    /// Keys and values, in the order in which they are written.
    pub keys: Vec<(&'static str, Value)>,
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&[&str]> for Value {
    fn from(list: &[&str]) -> Self {
        Self::List(list.iter().map(|&text| text.to_owned()).collect())
    }
}

impl<const N: usize> From<[&str; N]> for Value {
    fn from(list: [&str; N]) -> Self {
        Self::from(list.as_slice())
    }
}

impl From<Vec<String>> for Value {
    fn from(list: Vec<String>) -> Self {
        Self::List(list)
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Value {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self::Table(pairs.iter().map(|&(key, value)| (key.to_owned(), Self::from(value))).collect())
    }
}

impl From<Vec<(String, String)>> for Value {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self::Table(pairs.into_iter().map(|(key, value)| (key, Self::Text(value))).collect())
    }
}

impl Value {
    /// A value as somebody typed it: a number if it is one, else a text.
    pub fn typed(text: &str) -> Self {
        match text.parse::<i64>() {
            Ok(number) => Self::Number(number.to_string()),
            Err(_) => Self::from(text),
        }
    }

    /// A table on one line from pairs.
    pub fn table(pairs: Vec<(&str, Self)>) -> Self {
        Self::Table(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
    }

    /// The text, if it is one.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Truth(_) | Self::List(_) | Self::Table(_) | Self::Tables(_) => None,
        }
    }

    /// The texts, if it is a list.
    pub fn list(&self) -> &[String] {
        match self {
            Self::List(list) => list,
            Self::Text(_) | Self::Number(_) | Self::Truth(_) | Self::Table(_) | Self::Tables(_) => &[],
        }
    }

    /// As TOML.
    pub fn toml(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Number(number) => number.clone(),
            Self::Truth(truth) => truth.to_string(),
            Self::List(list) => {
                let items: Vec<String> = list.iter().map(|text| quoted(text)).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Table(pairs) => inline(pairs),
            Self::Tables(tables) => {
                let tables: Vec<String> = tables.iter().map(|pairs| inline(pairs)).collect();
                format!("[{}]", tables.join(", "))
            }
        }
    }
}

impl Entry {
    /// The entry with one more key.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.keys.push((key, value.into()));
        self
    }

    /// The entry with one more key, if there is a value and it is not empty.
    #[must_use]
    pub fn maybe(mut self, key: &'static str, value: Option<impl Into<Value>>) -> Self {
        let value = value.map(Into::into).filter(|value| *value != Value::List(Vec::new()));
        self.keys.extend(value.map(|value| (key, value)));
        self
    }

    /// The entry with one more reason.
    #[must_use]
    pub fn because(mut self, why: impl Into<String>) -> Self {
        self.why.push(why.into());
        self
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.keys.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The text of a key.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::text)
    }

    /// Appends reasons, the header and the keys as TOML.
    pub fn write(&self, header: &str, out: &mut String) {
        out.push('\n');
        for why in &self.why {
            comment(why, out);
        }
        out.push_str(header);
        out.push('\n');
        for (key, value) in &self.keys {
            line(key, value, out);
        }
    }
}

/// Appends a comment in lines that can be read.
fn comment(text: &str, out: &mut String) {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut line = String::from("#");
    for word in plain.split(' ') {
        if line.len() > 1 && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(out, "{line}").ok();
            line.truncate(1);
        }
        line.push(' ');
        line.push_str(word);
    }
    writeln!(out, "{line}").ok();
}

/// Appends a key and its value.
pub fn line(key: &str, value: &Value, out: &mut String) {
    let text = value.toml();
    if key.len() + 3 + text.chars().count() <= WIDTH {
        writeln!(out, "{key} = {text}").ok();
        return;
    }
    let items: Vec<String> = match value {
        Value::List(list) => list.iter().map(|text| quoted(text)).collect(),
        Value::Tables(tables) => tables.iter().map(|pairs| inline(pairs)).collect(),
        Value::Text(_) | Value::Number(_) | Value::Truth(_) | Value::Table(_) => {
            writeln!(out, "{key} = {text}").ok();
            return;
        }
    };
    writeln!(out, "{key} = [").ok();
    let mut row = String::new();
    for item in items {
        if !row.is_empty() && row.chars().count() + item.chars().count() + 6 > WIDTH {
            writeln!(out, "    {}", row.trim_end()).ok();
            row.clear();
        }
        write!(row, "{item}, ").ok();
    }
    writeln!(out, "    {}\n]", row.trim_end()).ok();
}

fn inline(pairs: &[(String, Value)]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(key, value)| format!("{} = {}", name(key), value.toml())).collect();
    format!("{{ {} }}", pairs.join(", "))
}

/// A key, quoted if it must be.
pub fn name(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            // Hidden characters too: whoever reads the file should see them.
            c if c.is_control()
                || matches!(u32::from(c), 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x2069 | 0xfeff) =>
            {
                write!(out, "\\u{:04X}", u32::from(c)).ok();
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn keys_are_written_in_their_order_with_their_reasons() {
        let entry = Entry::default()
            .because("its name\nsays so")
            .with("table", "tabJob Applicant")
            .with("key", ["name"])
            .with("set", [("modified by", "'x'"), ("n", "now()")])
            .with("tenant", Value::Truth(false))
            .maybe("where", None::<&str>)
            .maybe("show", Some(Vec::<String>::new()));
        let mut out = String::new();
        entry.write("[mapping.candidate]", &mut out);
        assert_eq!(
            out,
            "\n# its name says so\n[mapping.candidate]\ntable = \"tabJob Applicant\"\nkey = [\"name\"]\n\
             set = { \"modified by\" = \"'x'\", n = \"now()\" }\ntenant = false\n"
        );
    }

    #[test]
    fn a_long_list_stands_on_several_lines() {
        let list: Vec<String> = (0..30).map(|number| format!("column_{number}")).collect();
        let mut out = String::new();
        line("never_read", &Value::List(list.clone()), &mut out);
        assert!(out.lines().all(|line| line.chars().count() <= WIDTH), "{out}");
        let table: toml::Table = toml::from_str(&out).unwrap();
        assert_eq!(table["never_read"].as_array().unwrap().len(), list.len());
    }

    proptest! {
        #[test]
        fn any_text_comes_back_from_toml(key in "\\PC{1,8}", text in any::<String>()) {
            let mut out = String::new();
            line("a", &Value::from(vec![(key.clone(), text.clone())]), &mut out);
            let table: toml::Table = toml::from_str(&out).unwrap();
            prop_assert_eq!(table["a"][key.as_str()].as_str(), Some(text.as_str()));
        }
    }
}
