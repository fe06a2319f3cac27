//! ASCII forms of the signs that screens are drawn with, for terminals that show nothing else.
//!
//! Letters stay as they are: a name in another script is worth more than a tidy screen.

use ratatui::buffer::Buffer;

/// Each sign and what stands for it; all take one cell.
const FORMS: &[(&str, &str)] = &[
    ("─", "-"),
    ("━", "-"),
    ("│", "|"),
    ("┃", "|"),
    ("┄", "-"),
    ("┌", "+"),
    ("┐", "+"),
    ("└", "+"),
    ("┘", "+"),
    ("├", "+"),
    ("┤", "+"),
    ("┬", "+"),
    ("┴", "+"),
    ("┼", "+"),
    ("▓", "#"),
    ("█", "#"),
    ("░", "."),
    ("▏", "_"),
    ("▁", "_"),
    ("▂", "."),
    ("▃", ":"),
    ("▄", "-"),
    ("▅", "="),
    ("▆", "+"),
    ("▇", "*"),
    ("…", "~"),
    ("⋯", "~"),
    ("·", "."),
    ("•", "*"),
    ("●", "*"),
    ("○", "o"),
    ("✓", "y"),
    ("✗", "n"),
    ("×", "x"),
    ("→", ">"),
    ("←", "<"),
    ("↑", "^"),
    ("↓", "v"),
    ("↵", "<"),
    ("␣", "_"),
    ("⇄", "="),
    ("–", "-"),
    ("—", "-"),
    ("−", "-"),
    ("‹", "<"),
    ("›", ">"),
    ("“", "\""),
    ("”", "\""),
    ("‘", "'"),
    ("’", "'"),
    ("≥", ">"),
    ("≤", "<"),
    ("±", "~"),
    ("≈", "~"),
    ("\u{a0}", " "),
];

/// Replaces the signs of a drawn frame.
pub fn replace(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if let Some((_, ascii)) = FORMS.iter().find(|(sign, _)| *sign == cell.symbol()) {
            #[allow(clippy::disallowed_methods, reason = "what is set here is a constant of this file")]
            cell.set_symbol(ascii);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::width;

    #[test]
    fn each_sign_and_its_form_take_one_cell() {
        for (sign, ascii) in FORMS {
            assert_eq!((width(sign), ascii.len()), (1, 1), "{sign}");
            assert!(ascii.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{sign}");
        }
    }

    #[test]
    fn signs_are_replaced_and_letters_stay() {
        let mut buffer = Buffer::with_lines(["│ Łódź … 61→78 │"]);
        replace(&mut buffer);
        assert_eq!(buffer, Buffer::with_lines(["| Łódź ~ 61>78 |"]));
    }
}
