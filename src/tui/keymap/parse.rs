//! From the words of the configuration to bindings.

use super::{Binding, Differences, Key, Problem};
use crate::tui::command::{Command, Scope, TABLE};

/// The preset with the differences in its place, in the order of the table.
pub(super) fn merge(preset: &Differences, differences: &Differences) -> Result<Vec<Binding>, Problem> {
    known(preset)?;
    known(differences)?;
    let mut bindings = Vec::new();
    for entry in TABLE {
        let (scope, name) = split(entry.name);
        let keys = [differences, preset].into_iter().find_map(|table| table.get(scope)?.get(name));
        for text in keys.into_iter().flatten() {
            bindings.push(Binding { keys: sequence(entry.command, text)?, command: entry.command });
        }
    }
    Ok(bindings)
}

/// Fails on the first scope or command that the table does not have.
fn known(table: &Differences) -> Result<(), Problem> {
    for (scope, commands) in table {
        let prefixes = || Scope::ALL.iter().map(|scope| scope.prefix());
        if !prefixes().any(|prefix| prefix == scope) {
            return Err(Problem::unknown_scope(scope, nearest(scope, prefixes())));
        }
        for name in commands.keys() {
            let full = format!("{scope}.{name}");
            if Command::named(&full).is_none() {
                return Err(Problem::unknown_command(&full, nearest(&full, TABLE.iter().map(|e| e.name))));
            }
        }
    }
    Ok(())
}

fn sequence(command: Command, text: &str) -> Result<Vec<Key>, Problem> {
    let keys = text.split(' ').filter(|word| !word.is_empty()).map(|word| {
        let key = Key::parse(word).ok_or_else(|| Problem::no_key(command, word))?;
        match key.same_as() {
            Some(other) => Err(Problem::indistinct(command, word, other)),
            None => Ok(key),
        }
    });
    let keys: Vec<Key> = keys.collect::<Result<_, _>>()?;
    match keys.first() {
        None => Err(Problem::no_key(command, text)),
        Some(first) if command.scope().is_text() && first.typed().is_some() => {
            Err(Problem::types_text(command, text))
        }
        Some(_) => Ok(keys),
    }
}

/// The two halves of a command's name.
pub(super) fn split(name: &'static str) -> (&'static str, &'static str) {
    name.split_once('.').unwrap_or((name, ""))
}

/// The known name that differs least, if it differs in at most a third of its letters.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| distance * 3 <= candidate.chars().count().max(3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The number of letters to insert, delete or replace (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, other) in b.iter().enumerate() {
            let cost = diagonal + usize::from(letter != *other);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_letters() {
        for (a, b, expected) in
            [("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("aprove", "approve", 1)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn the_nearest_name_is_near() {
        let known = ["review.approve", "review.reject"];
        assert_eq!(nearest("review.aprove", known.into_iter()), Some("review.approve"));
        assert_eq!(nearest("something", known.into_iter()), None);
    }
}
