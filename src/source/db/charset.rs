//! Which characters a column cannot hold, known before anything is sent.

use std::collections::BTreeSet;

use super::ColumnInfo;

/// The most characters that are named.
const NAMED: usize = 5;

impl ColumnInfo {
    /// The characters of a text that the column's character set does not have, as the end of a sentence. A character set
    /// that is not known here is left to the server, which is asked to be strict.
    pub(in crate::source) fn unstorable(&self, text: &str) -> Option<String> {
        let charset = self.charset.as_deref()?;
        let holds: fn(char) -> bool = match charset {
            "utf8mb3" | "utf8" if self.is_mysql() => |c| c <= '\u{ffff}',
            "ucs2" => |c| c <= '\u{ffff}',
            "ascii" => |c| c.is_ascii(),
            "latin1" if self.is_mysql() => windows_1252,
            "win1252" => windows_1252,
            "latin1" => |c| c <= '\u{ff}',
            _ => return None,
        };
        let missing: BTreeSet<char> = text.chars().filter(|c| !holds(*c)).collect();
        if missing.is_empty() {
            return None;
        }
        let named: Vec<String> =
            missing.iter().take(NAMED).map(|c| format!("{c} (U+{:04X})", u32::from(*c))).collect();
        let more = missing.len().saturating_sub(NAMED);
        let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
        Some(format!("its character set {charset} does not have {}{rest}", named.join(", ")))
    }

    /// PostgreSQL's columns have a type for casts, and its `utf8` is all of Unicode.
    fn is_mysql(&self) -> bool {
        self.cast.is_empty()
    }
}

/// What MySQL calls latin1: Windows-1252, with control characters in the places that it leaves open.
fn windows_1252(character: char) -> bool {
    const BEYOND: &str = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ";
    character < '\u{80}'
        || ('\u{a0}'..='\u{ff}').contains(&character)
        || matches!(character, '\u{81}' | '\u{8d}' | '\u{8f}' | '\u{90}' | '\u{9d}')
        || BEYOND.contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::db::{Affinity, Equality, Kind};

    fn column(charset: Option<&str>, cast: &str) -> ColumnInfo {
        ColumnInfo {
            name: "cv".to_owned(),
            declared: "text".to_owned(),
            kind: Kind::Text,
            cast: cast.to_owned(),
            affinity: Affinity::Text,
            max_chars: None,
            max_bytes: None,
            charset: charset.map(str::to_owned),
            collation: None,
            equality: Equality::Coarse,
            nullable: true,
            generated: false,
        }
    }

    #[test]
    fn what_a_character_set_does_not_have_is_named() {
        for (charset, text, missing) in [
            (Some("utf8mb4"), "naïve 😀", None),
            (Some("utf8mb3"), "naïve \u{ffff}", None),
            (Some("utf8mb3"), "a 😀 b 😀", Some("character set utf8mb3 does not have 😀 (U+1F600)")),
            (Some("utf8"), "𠮷", Some("(U+20BB7)")),
            (Some("latin1"), "caf\u{e9} € – “x”", None),
            (Some("latin1"), "Łódź", Some("Ł (U+0141), ź (U+017A)")),
            (Some("latin1"), "\u{80}", Some("U+0080")),
            (Some("ascii"), "é", Some("U+00E9")),
            (Some("koi8r"), "😀", None),
            (None, "😀", None),
        ] {
            let found = column(charset, "").unstorable(text);
            match missing {
                None => assert_eq!(found, None, "{charset:?} {text}"),
                Some(words) => {
                    assert!(found.as_deref().is_some_and(|found| found.contains(words)), "{found:?}");
                }
            }
        }
        assert_eq!(column(Some("utf8"), "text").unstorable("😀"), None, "PostgreSQL's is all of Unicode");
        assert!(column(Some("latin1"), "text").unstorable("€").is_some(), "and its latin1 is ISO 8859-1");
        let many = column(Some("ascii"), "").unstorable("äöüßéèê").unwrap();
        assert!(many.ends_with("and 2 more"), "{many}");
    }
}
