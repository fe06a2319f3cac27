//! A piece of a text between two marks of redraft's own. All outside of them stays as it is, byte for byte.

use super::CodecError;

/// The marks of a kind of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marks {
    /// Two comments.
    Html,
    /// Two lines.
    Text,
}

const HTML: (&str, &str) = ("<!-- redraft: begin -->", "<!-- redraft: end -->");
const TEXT: (&str, &str) = ("----- redraft -----\n", "\n----- end of redraft -----\n");
/// What stands before the marks of a plain text that is not empty.
const GAP: &str = "\n\n";

impl Marks {
    const fn pair(self) -> (&'static str, &'static str) {
        match self {
            Self::Html => HTML,
            Self::Text => TEXT,
        }
    }

    /// What stands between the marks; `None` without marks.
    ///
    /// # Errors
    /// Somebody tore the marks apart.
    pub fn get(self, cell: &str) -> Result<Option<&str>, CodecError> {
        let (begin, end) = self.pair();
        let Some((_, behind)) = cell.split_once(begin) else {
            return if cell.contains(end.trim()) { Err(TORN) } else { Ok(None) };
        };
        let (inner, rest) = behind.split_once(end).ok_or(TORN)?;
        let torn = [inner, rest].iter().any(|part| part.contains(begin.trim())) || rest.contains(end.trim());
        if torn { Err(TORN) } else { Ok(Some(inner)) }
    }

    /// The whole with `inner` between the marks, which are made behind the rest if they are not there; with `None`,
    /// the whole without the marks and what is between them.
    ///
    /// # Errors
    /// Somebody tore the marks apart, or `inner` holds one.
    pub fn put(self, cell: &str, inner: Option<&str>) -> Result<String, CodecError> {
        let (begin, end) = self.pair();
        if inner.is_some_and(|inner| inner.contains(begin.trim()) || inner.contains(end.trim())) {
            return Err(CodecError("it holds a mark of redraft's own."));
        }
        // Torn marks end here.
        self.get(cell)?;
        let (before, behind) = cell.split_once(begin).unwrap_or((cell, ""));
        let after = behind.split_once(end).map_or("", |(_, after)| after);
        let gap = match self {
            Self::Html => "",
            Self::Text => GAP,
        };
        let own = cell.len() != before.len();
        let before = if own { before.strip_suffix(gap).unwrap_or(before) } else { before };
        Ok(match inner {
            None => format!("{before}{after}"),
            Some(inner) => {
                let gap = if before.is_empty() { "" } else { gap };
                format!("{before}{gap}{begin}{inner}{end}{after}")
            }
        })
    }
}

const TORN: CodecError = CodecError("the marks of redraft in it are torn apart.");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_outside_stays_and_everything_can_be_taken_out_again() {
        for marks in [Marks::Html, Marks::Text] {
            for cell in ["", "<p>Notes</p>", "Notes.", "Notes.\n\n", "\r\n x"] {
                assert_eq!(marks.get(cell), Ok(None));
                let put = marks.put(cell, Some("<p>one</p>")).unwrap();
                assert!(put.starts_with(cell), "{put:?}");
                assert_eq!(marks.get(&put), Ok(Some("<p>one</p>")));
                let twice = marks.put(&put, Some("two")).unwrap();
                assert_eq!(marks.get(&twice), Ok(Some("two")));
                let edited = format!("{}, and more", twice.replace("two", "2"));
                assert_eq!(marks.put(&edited, Some("two")).unwrap(), format!("{twice}, and more"));
                assert_eq!(marks.put(&twice, None).unwrap(), cell);
                assert_eq!(marks.put(cell, None).unwrap(), cell);
            }
        }
    }

    #[test]
    fn torn_marks_are_refused() {
        let put = Marks::Html.put("x", Some("y")).unwrap();
        for cell in [put.replace(HTML.1, ""), put.replace(HTML.0, ""), format!("{put}{put}")] {
            assert!(Marks::Html.get(&cell).is_err() && Marks::Html.put(&cell, Some("z")).is_err(), "{cell}");
        }
        assert!(Marks::Html.put("x", Some(HTML.1)).is_err());
    }
}
