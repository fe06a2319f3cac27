//! Aligned plain tables: a head and rows, columns two blanks apart.

use std::fmt::Write as _;

use super::{
    output::{Output, Texts},
    stop::Step,
};
use crate::text::{Safe, truncate, width};

/// How the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At the left.
    Left,
    /// At the right: numbers.
    Right,
    /// At the left, and cut first when the terminal is too narrow.
    Flexible,
}

/// A table on its way to the output.
pub struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
}

/// The narrowest that a column is cut to.
const NARROWEST: usize = 8;
/// Blanks between columns.
const GAP: usize = 2;

impl Table {
    /// A table with these columns.
    pub fn new(columns: &[(&'static str, Align)]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row; each cell is text from outside.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Writes it, if it has rows; else the line `empty`.
    pub fn print(&self, output: &Output, empty: &str) -> Step {
        if self.rows.is_empty() {
            return output.say(format_args!("{empty}"));
        }
        output.write(self.render(output).as_bytes())
    }

    fn render(&self, output: &Output) -> String {
        let head = self.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        let cells = |row: &Vec<String>| row.iter().map(|cell| output.line_of(cell)).collect();
        let rows: Vec<Vec<String>> = std::iter::once(head).chain(self.rows.iter().map(cells)).collect();
        let widths = self.widths(&rows, output.columns());
        let mut text = String::new();
        for row in &rows {
            let mut line = String::new();
            for ((cell, width), (_, align)) in row.iter().zip(&widths).zip(&self.columns) {
                let cut = match output.texts() {
                    Texts::Safe => truncate(&Safe::line(cell), *width).into_string(),
                    Texts::Raw => cell.clone(),
                };
                pad(&mut line, &cut, *width, *align);
            }
            let _ = writeln!(text, "{}", line.trim_end());
        }
        text
    }

    fn widths(&self, rows: &[Vec<String>], columns: Option<usize>) -> Vec<usize> {
        let wide = |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell)).max();
        let mut widths: Vec<usize> = (0..self.columns.len()).map(|at| wide(at).unwrap_or_default()).collect();
        let Some(columns) = columns else { return widths };
        let total = widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
        let mut over = total.saturating_sub(columns);
        while over > 0 {
            let flexible =
                widths.iter_mut().zip(&self.columns).filter(|(_, (_, align))| *align == Align::Flexible);
            let widest = flexible.map(|(width, _)| width).max_by_key(|width| **width);
            match widest.filter(|width| **width > NARROWEST) {
                Some(width) => *width -= 1,
                None => break,
            }
            over -= 1;
        }
        widths
    }
}

fn pad(line: &mut String, cell: &str, columns: usize, align: Align) {
    if !line.is_empty() {
        line.push_str("  ");
    }
    let blanks = " ".repeat(columns.saturating_sub(width(cell)));
    match align {
        Align::Right => {
            line.push_str(&blanks);
            line.push_str(cell);
        }
        Align::Left | Align::Flexible => {
            line.push_str(cell);
            line.push_str(&blanks);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::Form;

    fn rendered(texts: Texts, columns: Option<usize>) -> String {
        let output = Output::into(Box::new(std::io::sink()), Form::Human, texts, columns);
        let mut table = Table::new(&[("name", Align::Flexible), ("n", Align::Right), ("state", Align::Left)]);
        table.row(["山田 太郎 von und zu Hohenstein".to_owned(), "7".to_owned(), "ready".to_owned()]);
        table.row(["A\u{1b}[31m\nB".to_owned(), "1,204".to_owned(), "failed".to_owned()]);
        table.render(&output)
    }

    #[test]
    fn columns_stand_by_cells_and_hostile_text_is_shown_not_obeyed() {
        assert_eq!(
            rendered(Texts::Safe, None),
            "name                                 n  state\n\
             山田 太郎 von und zu Hohenstein      7  ready\n\
             A␛[31m B                         1,204  failed\n"
        );
    }

    #[test]
    fn a_narrow_terminal_cuts_the_flexible_column() {
        assert_eq!(
            rendered(Texts::Safe, Some(30)),
            "name                 n  state\n\
             山田 太郎 von …      7  ready\n\
             A␛[31m B         1,204  failed\n"
        );
    }

    #[test]
    fn a_pipe_gets_the_text_as_it_is_but_a_row_stays_a_line() {
        assert!(rendered(Texts::Raw, None).contains("A\u{1b}[31m B"));
    }
}
