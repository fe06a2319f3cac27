//! What a column's character set can hold, and how it counts, known before anything is sent.

use super::ColumnInfo;

impl ColumnInfo {
    /// Whether the column's character set has a character. A set that is not known here is left to the server, which is
    /// asked to be strict.
    pub(in crate::source) fn holds(&self, character: char) -> bool {
        match self.charset.as_deref() {
            Some("utf8mb3" | "utf8") if self.is_mysql() => character <= '\u{ffff}',
            Some("ucs2") => character <= '\u{ffff}',
            // Such a database takes any bytes and does not know what they mean: others may read them otherwise.
            Some("ascii" | "sql_ascii") => character.is_ascii(),
            Some("latin1") if self.is_mysql() => windows_1252(character),
            Some("win1252") => windows_1252(character),
            Some("latin1") => character <= '\u{ff}',
            _ => true,
        }
    }

    /// How many bytes a text takes in the column.
    pub(in crate::source) fn bytes_of(&self, text: &str) -> u64 {
        let chars = text.chars();
        let bytes = match self.charset.as_deref() {
            Some("latin1" | "win1252" | "ascii") => chars.count(),
            Some("ucs2" | "utf16" | "utf16le") => chars.map(char::len_utf16).sum::<usize>() * 2,
            Some("utf32") => chars.count() * 4,
            _ => text.len(),
        };
        bytes as u64
    }

    /// How many characters the column counts in a text.
    pub(in crate::source) fn chars_of(&self, text: &str) -> u64 {
        let chars = match self.charset.as_deref() {
            // Who does not know what bytes mean counts them.
            Some("sql_ascii") => text.len(),
            _ => text.chars().count(),
        };
        chars as u64
    }

    /// The character set, as the subject of a sentence.
    pub(in crate::source) fn charset_named(&self) -> String {
        let charset = self.charset.as_deref().unwrap_or_default();
        if self.is_mysql() {
            format!("its character set {charset}")
        } else {
            format!("the database's encoding {}", charset.to_uppercase())
        }
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
    fn a_character_set_has_some_characters_and_not_others() {
        for (charset, held, missing) in [
            (Some("utf8mb4"), "na\u{ef}ve 😀", ""),
            (Some("utf8mb3"), "na\u{ef}ve \u{ffff}", "😀𠮷"),
            (Some("utf8"), "Łódź", "𠮷"),
            (Some("ucs2"), "Łódź", "😀"),
            (Some("latin1"), "caf\u{e9} € – “x”", "Łź\u{80}😀"),
            (Some("ascii"), "plain", "é"),
            (Some("koi8r"), "😀", ""),
            (None, "😀", ""),
        ] {
            let column = column(charset, "");
            for character in held.chars() {
                assert!(column.holds(character), "{charset:?} {character}");
            }
            for character in missing.chars() {
                assert!(!column.holds(character), "{charset:?} {character}");
            }
        }
        assert!(column(Some("utf8"), "text").holds('😀'), "PostgreSQL's is all of Unicode");
        assert!(!column(Some("latin1"), "text").holds('€'), "and its latin1 is ISO 8859-1");
        assert!(!column(Some("sql_ascii"), "text").holds('é'));
    }

    #[test]
    fn bytes_and_characters_are_counted_as_the_column_does() {
        for (charset, bytes, chars) in [
            (Some("utf8mb4"), 6, 3),
            (Some("latin1"), 3, 3),
            (Some("ucs2"), 6, 3),
            (Some("utf16"), 6, 3),
            (Some("utf32"), 12, 3),
            (Some("sql_ascii"), 6, 6),
        ] {
            let column = column(charset, "");
            assert_eq!((column.bytes_of("aé€"), column.chars_of("aé€")), (bytes, chars), "{charset:?}");
        }
        assert_eq!(column(Some("utf16"), "").bytes_of("😀"), 4);
    }
}
