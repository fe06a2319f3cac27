//! Whose work it is, where several take turns.

use crate::domain::Reviewer;

/// Who takes turns, each as often as their weight says, spread out: `ben=2`, `anna` is ben, anna, ben. A text that names
/// nobody is the error.
pub fn turns<T: AsRef<str>>(names: &[T]) -> Result<Vec<Reviewer>, String> {
    let mut weighted = Vec::with_capacity(names.len());
    for text in names.iter().map(AsRef::as_ref) {
        let (name, weight) = text.split_once('=').unwrap_or((text, "1"));
        let weight = weight.trim().parse::<u8>().ok().filter(|weight| *weight > 0);
        match weight {
            Some(weight) if !name.trim().is_empty() => weighted.push((name.trim(), usize::from(weight))),
            _ => return Err(text.chars().take(40).collect()),
        }
    }
    let most = weighted.iter().map(|(_, weight)| *weight).max().unwrap_or(0);
    let round = |turn: usize| weighted.iter().filter(move |(_, weight)| turn < *weight);
    Ok((0..most).flat_map(round).map(|(name, _)| Reviewer((*name).to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_take_turns_by_their_weights() {
        let names = |text: &str| {
            let list: Vec<&str> = text.split(',').collect();
            turns(&list).map(|turns| turns.into_iter().map(|who| who.0).collect::<Vec<_>>().join(" "))
        };
        for (text, expected) in [("ben", "ben"), ("ben,anna", "ben anna"), ("ben=2, anna", "ben anna ben")] {
            assert_eq!(names(text).unwrap(), expected, "{text}");
        }
        for wrong in ["ben=0", "=2", "ben=many", ""] {
            assert_eq!(names(wrong), Err(wrong.to_owned()));
        }
    }
}
