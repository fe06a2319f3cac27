//! When somebody worked where: roles without gaps that could not be, in months.

use crate::dice::Dice;

/// The month that the demo takes for the present: March 2026, counted from the year 0.
pub const PRESENT: usize = 2026 * 12 + 2;

/// One role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stint {
    /// The first month, counted from the year 0.
    pub from: usize,
    /// The last month; `None` while it lasts.
    pub to: Option<usize>,
    /// How high, 0 to 4.
    pub level: usize,
}

/// The roles of somebody with so many years of experience, the newest first.
pub fn stints(years: usize, count: usize, dice: &mut Dice) -> Vec<Stint> {
    let months = years.max(1) * 12;
    let top = match years {
        0..3 => dice.between(0, 1),
        3..7 => dice.between(1, 2),
        7..14 => dice.between(2, 3),
        _ => dice.between(2, 4),
    };
    let mut shares: Vec<usize> = (0..count.max(1)).map(|_| dice.between(3, 10)).collect();
    // Nobody is a beginner for long.
    if let [first, _, _, ..] = shares.as_mut_slice() {
        *first = dice.between(1, 3);
    }
    let sum: usize = shares.iter().sum();
    for share in &mut shares {
        *share = (*share * months / sum).max(4);
    }
    let mut from = PRESENT.saturating_sub(shares.iter().sum());
    let last = shares.len() - 1;
    let mut stints: Vec<Stint> = Vec::with_capacity(shares.len());
    for (index, share) in shares.iter().enumerate() {
        let end = from + share - 1;
        // A month or two between jobs, taken from the end of the older one.
        let gap = dice.below(3).min(share - 3);
        let ongoing = index == last && dice.chance(720);
        let level = (top * index + last / 2).checked_div(last).unwrap_or(top);
        stints.push(Stint { from, to: (!ongoing).then_some(end - gap), level });
        from = end + 1;
    }
    stints.reverse();
    stints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_follow_one_another_up_to_the_present() {
        for seed in 0..500 {
            let mut dice = Dice::new(seed);
            let years = dice.between(1, 35);
            let count = dice.between(1, 6);
            let stints = stints(years, count, &mut dice);
            assert_eq!(stints.len(), count);
            for pair in stints.windows(2) {
                assert!(pair[1].to.unwrap() < pair[0].from, "{pair:?}");
                assert!(pair[1].level <= pair[0].level, "{pair:?}");
            }
            for stint in &stints {
                assert!(stint.from <= stint.to.unwrap_or(PRESENT) && stint.level <= 4, "{stint:?}");
                assert!(stint.to.is_none_or(|to| to < PRESENT), "{stint:?}");
            }
        }
    }
}
