//! How many cells of a terminal a text takes.
//!
//! Measured by grapheme clusters, as the terminal library lays them out, so that no row is longer than planned.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Returns the cells of one grapheme cluster; 0 for a line end.
pub fn grapheme_width(cluster: &str) -> usize {
    match cluster.as_bytes() {
        [b'\n' | b'\r', ..] => 0,
        [_] => 1,
        // The terminal library reserves one more cell for each half-width sound mark; so does this.
        _ => cluster.width() + cluster.matches(['\u{FF9E}', '\u{FF9F}']).count(),
    }
}

/// Returns the cells that `text` takes on one line; line ends count nothing.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).count();
    }
    text.graphemes(true).map(grapheme_width).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_counted_by_cluster() {
        for (text, cells) in [
            ("", 0),
            ("abc", 3),
            ("a\r\nb\n", 2),
            ("é", 1),
            ("e\u{301}", 1),
            ("山田", 4),
            ("👩\u{200D}💻", 2),
            ("❤\u{FE0F}", 2),
            ("ｶ\u{FF9E}", 3),
            ("–…•", 3),
        ] {
            assert_eq!(width(text), cells, "{text:?}");
        }
    }
}
