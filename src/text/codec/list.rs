//! Items with a separator between them, shown an item a line.
//!
//! An item that stays keeps its own blanks; a new one gets those that most of the others have before them.

pub(super) fn get(separator: &str, stored: &str) -> String {
    stored.split(separator).map(str::trim).filter(|item| !item.is_empty()).collect::<Vec<_>>().join("\n")
}

pub(super) fn put(separator: &str, stored: &str, text: &str) -> String {
    let pieces: Vec<&str> = stored.split(separator).filter(|piece| !piece.trim().is_empty()).collect();
    let blank = usual_blank(&pieces, separator);
    let mut taken = vec![false; pieces.len()];
    let items = text.lines().map(str::trim).filter(|item| !item.is_empty());
    let mut out = String::with_capacity(text.len() + 16);
    for (index, item) in items.enumerate() {
        let free = |at: usize| !taken.get(at).copied().unwrap_or(true);
        let kept = pieces.iter().enumerate().position(|(at, piece)| free(at) && piece.trim() == item);
        if let Some(taken) = kept.and_then(|at| taken.get_mut(at)) {
            *taken = true;
        }
        // A new item stands as the one did that stood at its place.
        let like = if index == 0 { 0 } else { kept.filter(|at| *at > 0).unwrap_or(index) };
        let piece = kept.and_then(|at| pieces.get(at).copied());
        if index > 0 {
            out.push_str(separator);
        }
        out.push_str(
            pieces.get(like).map_or(if index == 0 { "" } else { blank.as_str() }, |piece| leading(piece)),
        );
        out.push_str(piece.map_or(item, str::trim_start));
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
