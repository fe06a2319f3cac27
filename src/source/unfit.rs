//! Why a text does not fit into its column: characters that the column does not have, by name and place, or its length.

use std::collections::BTreeMap;

use super::{db::ColumnInfo, pair::Pair, plan::CellPlan};

/// The most characters that are named.
const NAMED: usize = 5;

/// Why the stored form of a pair's new text does not fit into a cell: by its characters or its length, of which the
/// narrower limit of mapping and schema counts.
pub(super) fn why(pair: &Pair<'_>, (cell, column): (&CellPlan, &ColumnInfo), stored: &str) -> Option<String> {
    let id = pair.id();
    if let Some(which) = missing(column, stored, pair) {
        return Some(format!(
            "Section \"{id}\" does not fit into column \"{}\": {} does not have {which}.",
            column.name,
            column.charset_named(),
        ));
    }
    let (bytes, chars) = (stored.len() as u64, stored.chars().count() as u64);
    let limits = [
        (bytes, cell.max_bytes, "bytes", "are allowed (max_bytes)".to_owned()),
        (chars, cell.max_chars, "characters", "are allowed (max_chars)".to_owned()),
        (column.bytes_of(stored), column.max_bytes, "bytes", format!("fit into column \"{}\"", column.name)),
        (
            column.chars_of(stored),
            column.max_chars,
            // A database that does not know characters counts bytes.
            if column.chars_of(stored) == chars { "characters" } else { "bytes" },
            format!("fit into column \"{}\"", column.name),
        ),
    ];
    limits.into_iter().find_map(|(has, most, what, why)| {
        let most = most.filter(|most| has > *most)?;
        Some(format!("Section \"{id}\" has {has} {what}; at most {most} {why}."))
    })
}

/// The characters that the column does not have, each with the place where it is met first. What the platform has stored
/// there itself can be stored.
fn missing(column: &ColumnInfo, stored: &str, pair: &Pair<'_>) -> Option<String> {
    let stood = pair.before.unwrap_or_default();
    let mut found: BTreeMap<char, usize> = BTreeMap::new();
    // A codec may have moved it: people know their text, not what it becomes.
    let shown = pair.after.unwrap_or_default();
    for text in [shown, stored] {
        for (at, character) in text.chars().enumerate() {
            let is_missing =
                !column.holds(character) && stored.contains(character) && !stood.contains(character);
            if is_missing && !found.contains_key(&character) {
                found.insert(character, at + 1);
            }
        }
    }
    let mut places: Vec<(usize, char)> = found.into_iter().map(|(character, at)| (at, character)).collect();
    places.sort_unstable();
    let named: Vec<String> =
        places.iter().take(NAMED).map(|(at, character)| named(*character, *at)).collect();
    let more = places.len().saturating_sub(NAMED);
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    (!named.is_empty()).then(|| format!("{}{rest}", named.join(", ")))
}

/// `"é" (U+00E9) at character 4`; what cannot be seen is told by its number alone.
fn named(character: char, at: usize) -> String {
    let number = u32::from(character);
    // Other than letters, digits, signs and pictures are shown by the terminal as nothing, or steer it.
    if character.escape_debug().count() == 1 {
        format!("\"{character}\" (U+{number:04X}) at character {at}")
    } else {
        format!("U+{number:04X} at character {at}")
    }
}
