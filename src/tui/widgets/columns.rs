//! Columns of a table: widths that fit the screen, cells that are cut where they do not.

use super::Row;
use crate::tui::theme::Meaning;

/// At which end of its column a cell stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Right,
}

/// One column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    name: &'static str,
    width: usize,
    share: usize,
    align: Align,
}

impl Column {
    /// A column of exactly that width.
    pub const fn fixed(name: &'static str, width: usize) -> Self {
        Self { name, width, share: 0, align: Align::Left }
    }

    /// A column of at least that width that takes `share` parts of what is left over.
    pub const fn flexible(name: &'static str, width: usize, share: usize) -> Self {
        Self { name, width, share, align: Align::Left }
    }

    /// The same with its cells at the right end, for numbers.
    #[must_use]
    pub const fn right(mut self) -> Self {
        self.align = Align::Right;
        self
    }
}

/// Columns as wide as the screen allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Each column that is shown, with its width.
    shown: Vec<(Column, usize)>,
}

impl Columns {
    /// Spreads `columns` over `width` cells, one cell apart. Where not all have room, the last ones are left out.
    pub fn fit(columns: &[Column], width: usize) -> Self {
        let mut shown = Vec::new();
        let mut used = 0;
        for column in columns {
            let needed = column.width + usize::from(!shown.is_empty());
            if used + needed > width && !shown.is_empty() {
                break;
            }
            used += needed;
            shown.push((*column, column.width));
        }
        let shares: usize = shown.iter().map(|(column, _)| column.share).sum();
        let spare = width.saturating_sub(used);
        let mut given = 0;
        let mut passed = 0;
        for (column, width) in &mut shown {
            passed += column.share;
            // Each gets what brings the sum of shares so far to its exact part, so that no cell is lost.
            let due = (spare * passed).checked_div(shares).unwrap_or(0);
            *width += due - given;
            given = due;
        }
        Self { shown }
    }

    /// How many columns are shown.
    pub const fn len(&self) -> usize {
        self.shown.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }

    /// The width of a column, 0 if it is not shown.
    pub fn width(&self, index: usize) -> usize {
        self.shown.get(index).map_or(0, |(_, width)| *width)
    }

    /// The line with the names of the columns.
    pub fn head(&self) -> Row<'static> {
        self.row(self.shown.iter().map(|(column, _)| Row::of(Meaning::Muted, column.name)))
    }

    /// One line of the table from a cell for each column; cells of columns that are not shown are left out.
    pub fn row<'a>(&self, cells: impl IntoIterator<Item = Row<'a>>) -> Row<'a> {
        let mut row = Row::new();
        for (index, ((column, width), cell)) in self.shown.iter().zip(cells).enumerate() {
            if index > 0 {
                row.push(Meaning::Text, " ");
            }
            let cell = cell.fit(*width);
            let blanks = width - cell.width();
            match column.align {
                Align::Left => row.append(cell.pad(*width)),
                Align::Right => {
                    row.push(Meaning::Text, " ".repeat(blanks));
                    row.append(cell);
                }
            }
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TABLE: &[Column] = &[
        Column::fixed("id", 8),
        Column::flexible("candidate", 10, 1),
        Column::flexible("posting", 10, 2),
        Column::fixed("Δ%", 3).right(),
    ];

    fn cells() -> Vec<Row<'static>> {
        ["C-004871", "Jordan Müller-Lüdenscheidt", "Warehouse", "9"]
            .map(|text| Row::of(Meaning::Text, text))
            .to_vec()
    }

    #[test]
    fn what_is_left_over_goes_to_the_flexible_columns() {
        let columns = Columns::fit(TABLE, 40);
        assert_eq!([0, 1, 2, 3].map(|index| columns.width(index)), [8, 12, 14, 3]);
        assert_eq!(columns.row(cells()).plain(), "C-004871 Jordan Müll… Warehouse        9");
        assert_eq!(columns.head().plain(), "id       candidate    posting         Δ%");
    }

    #[test]
    fn the_last_columns_give_way() {
        let columns = Columns::fit(TABLE, 30);
        assert_eq!((columns.len(), columns.width(2), columns.width(3)), (3, 10, 0));
        let columns = Columns::fit(TABLE, 5);
        assert_eq!(columns.row(cells()).plain(), "C-004871", "the first stays, to be cut where it is drawn");
    }

    proptest! {
        #[test]
        fn rows_are_exactly_as_wide_as_the_screen(width in 34_usize..200, text in "\\PC{0,30}") {
            let columns = Columns::fit(TABLE, width);
            let row = columns.row((0..4).map(|_| Row::of(Meaning::Text, text.as_str())));
            prop_assert_eq!(row.width(), width);
        }
    }
}
