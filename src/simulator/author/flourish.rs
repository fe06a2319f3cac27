//! What a wordy model hangs on lines: words that sound well and say nothing.

use super::{token::tokens, verb};
use crate::dice::Dice;

const LINES: &str = include_str!("../../../assets/demo/phrases/flourish.txt");

/// A wordy reply hangs something on this many lines in 1,000, if they are short.
const SHARE: usize = 550;

/// The longest line that gets something hung on, in characters.
const LONGEST: usize = 95;

/// Flourishes that a reply has not used yet.
pub struct Flourishes {
    left: Vec<&'static str>,
}

impl Flourishes {
    /// All of them, in a thrown order.
    pub fn new(dice: &mut Dice) -> Self {
        let mut left: Vec<&str> =
            LINES.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
        dice.shuffle(&mut left);
        Self { left }
    }

    /// The line with something hung on, or as it was.
    pub fn hang_on(&mut self, line: String, dice: &mut Dice) -> String {
        if !dice.chance(SHARE) || !is_plain_deed(&line) {
            return line;
        }
        let words = self.left.pop().unwrap_or_default();
        match line.strip_suffix('.') {
            Some(body) => format!("{body}{words}."),
            None => line + words,
        }
    }
}

/// Whether it tells of a deed, without numbers and clauses.
fn is_plain_deed(line: &str) -> bool {
    let deed = tokens(line).first().and_then(|token| verb::any(&token.key)).is_some();
    let closed = [',', ':', ';', '(', '!', '?'];
    let plain =
        !line.contains(closed) && !line.contains(". ") && !line.contains(|sign: char| sign.is_ascii_digit());
    deed && plain && line.chars().count() <= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_deeds_get_something_hung_on_and_never_the_same() {
        let mut dice = Dice::new(1);
        let mut flourishes = Flourishes::new(&mut dice);
        let mut seen = Vec::new();
        for _ in 0..20 {
            let line = flourishes.hang_on("Planned the rota.".to_owned(), &mut dice);
            assert!(line.starts_with("Planned the rota") && line.ends_with('.'), "{line}");
            if line.len() > 17 {
                assert!(!seen.contains(&line), "{line}");
                seen.push(line);
            }
        }
        assert!(seen.len() > 5, "{}", seen.len());
        for line in ["A rota", "Planned 3 rotas", "Planned this, and that", ""] {
            assert_eq!(flourishes.hang_on(line.to_owned(), &mut dice), line);
        }
    }
}
