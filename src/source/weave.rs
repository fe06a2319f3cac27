//! A new piece in the place of the one that stands in a cell; all else in the cell stays, byte for byte.

use crate::text::codec::{CodecError, json::Node};

use super::part::Piece;

/// The whole cell with the new piece in it.
pub(super) fn weave(
    piece: &Piece,
    cell: Option<&str>,
    new: Option<String>,
) -> Result<Option<String>, CodecError> {
    match piece {
        Piece::Whole => Ok(new),
        Piece::Marked(marks) => {
            let rest = |cell: &str| marks.put(cell, new.as_deref().filter(|inner| !inner.is_empty()));
            let woven = rest(cell.unwrap_or_default())?;
            // Where NULL stood before, it does again if nothing else is there.
            Ok((new.is_some() || !woven.is_empty()).then_some(woven))
        }
        Piece::Json(path) => {
            const LOST: CodecError = CodecError("its place in the document is gone.");
            let (cell, new) = (cell.ok_or(LOST)?, new.ok_or(LOST)?);
            let bytes = Node::parse(cell)?.at(path).ok_or(LOST)?.bytes.clone();
            let mut woven = cell.to_owned();
            woven.replace_range(bytes, &new);
            Ok(Some(woven))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::codec::{json::Path, marked::Marks};

    #[test]
    fn only_the_piece_changes() {
        let path = Piece::Json(Path::parse("$.a[1]").unwrap().0);
        let woven = weave(&path, Some("{ \"b\": 1.0, \"a\":[ 1,\"x\" ] }"), Some("\"y\"".to_owned()));
        assert_eq!(woven.unwrap().unwrap(), "{ \"b\": 1.0, \"a\":[ 1,\"y\" ] }");
        assert!(weave(&path, Some("{}"), Some("\"y\"".to_owned())).is_err());
        assert!(weave(&path, None, Some("\"y\"".to_owned())).is_err());
        assert_eq!(weave(&Piece::Whole, Some("x"), None), Ok(None));
    }

    #[test]
    fn what_was_put_between_marks_can_be_taken_out_again() {
        let marked = Piece::Marked(Marks::Html);
        for (cell, gone, left) in [
            (None, None, None),
            (Some(""), Some(String::new()), Some("")),
            (Some("<p>x</p>"), Some(String::new()), Some("<p>x</p>")),
        ] {
            let put = weave(&marked, cell, Some("<p>new</p>".to_owned())).unwrap();
            assert!(put.as_deref().unwrap().contains("<p>new</p>"));
            assert_eq!(weave(&marked, put.as_deref(), gone).unwrap().as_deref(), left);
        }
    }
}
