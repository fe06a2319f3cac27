//! Items with a separator between them, shown an item a line.
//!
//! An item that stays keeps its own blanks; a new one gets those that most of the others have before them.

pub(super) fn get(separator: &str, stored: &str) -> String {
    stored.split(separator).map(str::trim).filter(|item| !item.is_empty()).collect::<Vec<_>>().join("\n")
}

pub(super) fn put(separator: &str, stored: &str, text: &str) -> String {
    let mut pieces: Vec<&str> = stored.split(separator).filter(|piece| !piece.trim().is_empty()).collect();
    let blank = usual_blank(&pieces, separator);
    let first = pieces.first().map_or("", |piece| leading(piece)).to_owned();
    let items = text.lines().map(str::trim).filter(|item| !item.is_empty());
    let mut out = String::with_capacity(text.len() + 16);
    for (index, item) in items.enumerate() {
        let kept = pieces.iter().position(|piece| piece.trim() == item).map(|at| pieces.remove(at));
        let before = match (index, kept) {
            (0, _) => first.as_str(),
            (_, Some(piece)) if !leading(piece).is_empty() => leading(piece),
            (_, Some(_) | None) => blank.as_str(),
        };
        if index > 0 {
            out.push_str(separator);
        }
        out.push_str(before);
        out.push_str(kept.map_or(item, str::trim_start));
    }
    out
}

fn leading(piece: &str) -> &str {
    piece.split_at(piece.len() - piece.trim_start().len()).0
}

/// The white space before most of the items but the first.
fn usual_blank(pieces: &[&str], separator: &str) -> String {
    let blanks: Vec<&str> = pieces.iter().skip(1).map(|piece| leading(piece)).collect();
    let count = |blank: &&str| blanks.iter().filter(|other| *other == blank).count();
    match blanks.iter().max_by_key(|blank| count(blank)) {
        Some(blank) => (*blank).to_owned(),
        None if separator.ends_with(char::is_whitespace) => String::new(),
        None => " ".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Codec;

    #[test]
    fn items_keep_their_blanks_and_new_ones_get_the_usual() {
        for (separator, stored, text, put) in [
            (",", "Java,  Python ,SQL", "Java\nPython\nSQL", "Java,  Python ,SQL"),
            (",", "Java, Python", "Java\nGo\nPython", "Java, Go, Python"),
            (",", "Java,Python,SQL", "Python\nJava", "Python,Java"),
            (";", "one", "one\ntwo", "one; two"),
            ("\n", "one\ntwo", "one\n2", "one\n2"),
            (",", "", "a\nb", "a, b"),
            (",", ", a,,b ,", "a\nb", ", a,,b ,"),
        ] {
            let list = Codec::List(separator.to_owned());
            assert_eq!(list.put(stored, text).unwrap(), put);
            assert_eq!(list.get(put).unwrap(), text);
        }
        let refused = Codec::List(",".to_owned()).put("a, b", "a, x\nb").unwrap_err();
        assert!(refused.0.contains("separator"), "{refused}");
    }
}
