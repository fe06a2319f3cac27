//! Keeps the screen clean behind characters that are made of several.
//!
//! Terminals do not agree on them: where one shows a joined emoji or an Indian conjunct as one picture two cells wide,
//! another shows its parts beside one another, over the cells that follow. So those cells are marked: they are drawn
//! again when such a character comes, and when it goes.

use std::num::NonZeroU16;

use ratatui::buffer::{Buffer, CellDiffOption};

use crate::text::grapheme_width;

/// Marks the cells of a drawn frame over which a cluster may spread.
pub fn mark(buffer: &mut Buffer) {
    let columns = usize::from(buffer.area.width);
    for at in 0..buffer.content.len() {
        let end = (at + spread(buffer.content[at].symbol())).min((at / columns + 1) * columns);
        for cell in buffer.content.get_mut(at + 1..end).into_iter().flatten() {
            let own = u16::try_from(grapheme_width(cell.symbol())).ok().and_then(NonZeroU16::new);
            cell.diff_option = CellDiffOption::ForcedWidth(own.unwrap_or(NonZeroU16::MIN));
        }
    }
}

/// The most cells that a cluster of several characters may take on some terminal; 0 for other characters.
fn spread(cluster: &str) -> usize {
    // The shortest cluster of two characters of which one is not ASCII has three bytes.
    if cluster.len() < 3 || cluster.chars().nth(1).is_none() {
        return 0;
    }
    cluster.chars().map(|character| grapheme_width(character.encode_utf8(&mut [0; 4]))).sum()
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    fn changed(before: &str, after: &str) -> Vec<u16> {
        let frame = |text: &str| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
            buffer.set_string(0, 0, text, ratatui::style::Style::new());
            mark(&mut buffer);
            buffer
        };
        frame(before).diff(&frame(after)).into_iter().map(|(x, ..)| x).collect()
    }

    #[test]
    fn what_a_cluster_may_cover_is_drawn_when_it_comes_and_goes() {
        assert_eq!(changed("👩\u{200d}💻", ""), [0, 1, 2, 3]);
        assert_eq!(changed("ab", "👩\u{200d}💻b"), [0, 2, 3]);
        assert_eq!(changed("e\u{301}x", "ex"), [0]);
        assert_eq!(changed("山", "x"), [0], "the terminal clears the other half itself");
        assert!(changed("क्षि", "क्षि").is_empty());
    }
}
