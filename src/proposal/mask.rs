//! Texts made unreadable with their look kept, to show what would be read without showing whose it is.

/// The text with every letter as `x` or `X` and every digit as `9`; signs, blanks and line ends stay.
pub fn mask(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            c if c.is_numeric() => '9',
            c if c.is_uppercase() => 'X',
            c if c.is_alphabetic() => 'x',
            c if c.is_ascii() || c.is_whitespace() || is_sign(c) => c,
            // Emoji, joiners and marks may tell a person too.
            _ => '·',
        })
        .collect()
}

/// Typographic signs that résumés are built with.
const fn is_sign(c: char) -> bool {
    matches!(c, '•' | '–' | '—' | '…' | '‘' | '’' | '“' | '”' | '«' | '»' | '·' | '●' | '▪' | '◦')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_look_stays_and_nothing_can_be_read() {
        for (text, masked) in [
            ("Zoë O’Brien, +49 (0)30 1234", "Xxx X’Xxxxx, +99 (9)99 9999"),
            ("• C++ & SQL\r\n– 10 %", "• X++ & XXX\r\n– 99 %"),
            ("<p>Köchin</p>", "<x>Xxxxxx</x>"),
            ("日本語 😀", "xxx ·"),
            ("½ Ⅻ", "9 9"),
            ("", ""),
        ] {
            assert_eq!(mask(text), masked, "{text}");
        }
    }
}
