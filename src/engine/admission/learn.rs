//! What the gate learns from answers: how wrong its estimates are, how long replies get, and what is charged.

use std::{collections::VecDeque, time::Duration};

use super::{
    Moment,
    log::{Mode, number},
};

/// How many of the last values count.
const WINDOW: usize = 50;
const OUTPUTS: usize = 200;
/// The output that is expected before any was seen.
const FIRST_OUTPUT: u64 = 1_800;
/// The smallest output cap.
const CAP_FLOOR: u64 = 1_500;

/// True prompt tokens for each estimated one: the mean of the last, and one percent.
#[derive(Debug, Default)]
pub(super) struct Ratio(VecDeque<f64>);

impl Ratio {
    pub(super) fn learn(&mut self, estimate: u64, actual: u64) {
        if estimate > 0 && actual > 0 {
            push(&mut self.0, number(actual) / number(estimate), WINDOW);
        }
    }

    pub(super) fn is_known(&self) -> bool {
        !self.0.is_empty()
    }

    pub(super) fn factor(&self) -> f64 {
        if self.0.is_empty() { 1.0 } else { mean(&self.0) * 1.01 }
    }

    pub(super) fn apply(&self, estimate: u64) -> u64 {
        whole(number(estimate) * self.factor())
    }

    /// What nearly no prompt of this estimate exceeds.
    pub(super) fn high(&self, estimate: u64) -> u64 {
        let middle = mean(&self.0);
        let squares = self.0.iter().map(|value| (value - middle).powi(2)).collect();
        whole(number(estimate) * 2.0f64.mul_add(mean(&squares).sqrt(), self.factor()))
    }
}

/// How long replies get.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    /// Tokens.
    last: VecDeque<f64>,
    /// Tokens for each one of the need that was reckoned from the source.
    shares: VecDeque<f64>,
}

impl Outputs {
    pub(super) fn learn(&mut self, source: u64, completion: u64) {
        push(&mut self.last, number(completion), WINDOW);
        push(&mut self.shares, number(completion) / need(source), OUTPUTS);
    }

    /// The mean of the last.
    pub(super) fn expected(&self) -> u64 {
        if self.last.is_empty() { FIRST_OUTPUT } else { whole(mean(&self.last)) }
    }

    /// The output cap for a source of so many tokens: 1.4 times what nearly all replies stay below. It doubles each
    /// time that a reply was cut off.
    pub(super) fn cap(&self, source: u64, raised: u32) -> u64 {
        let share = if self.shares.len() < 20 { 1.0 } else { (1.4 * high(&self.shares)).clamp(0.5, 2.0) };
        let cap = whole(need(source) * share).max(CAP_FLOOR).saturating_mul(1 << raised.min(4));
        cap.div_ceil(64) * 64
    }
}

/// The output cap for a source of so many tokens of which no other reply tells anything.
pub fn first_cap(source: u64) -> u64 {
    Outputs::default().cap(source, 0)
}

/// The fewest output tokens with which a source of so many tokens can be rewritten.
pub(super) fn floor(source: u64) -> u64 {
    whole(number(source) * 1.1) + 300
}

/// About what a rewrite takes: the source and more, and some reasoning.
fn need(source: u64) -> f64 {
    number(source).mul_add(1.6, 700.0)
}

fn push(values: &mut VecDeque<f64>, value: f64, most: usize) {
    if values.len() >= most {
        values.pop_front();
    }
    values.push_back(value);
}

fn mean(values: &VecDeque<f64>) -> f64 {
    let count = u32::try_from(values.len()).unwrap_or(u32::MAX);
    values.iter().sum::<f64>() / f64::from(count.max(1))
}

/// The value that 99 of 100 do not exceed.
fn high(values: &VecDeque<f64>) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get((sorted.len() * 99).div_ceil(100).saturating_sub(1)).copied().unwrap_or_default()
}

/// Rounded up, never negative.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
pub(super) fn whole(value: f64) -> u64 {
    value.ceil().clamp(0.0, 9e15) as u64
}

/// Which mode the provider's levels fit better: votes for the cap, or against it if negative.
#[derive(Debug, Default)]
pub(super) struct Evidence(i8);

impl Evidence {
    const SURE: i8 = 2;
    const MOST: i8 = 4;

    /// The likelier mode.
    pub(super) const fn mode(&self) -> Mode {
        if self.0 < 0 { Mode::PromptOnly } else { Mode::WithCap }
    }

    /// The modes that must be reckoned with.
    pub(super) const fn possible(&self) -> &'static [Mode] {
        match self.0 {
            Self::SURE.. => &[Mode::WithCap],
            ..=-2 => &[Mode::PromptOnly],
            _ => &[Mode::WithCap, Mode::PromptOnly],
        }
    }

    /// Learns from how far the reckoning of each mode was from what was told; `blur` is what else may be wrong with both.
    pub(super) fn learn(&mut self, with_cap: f64, prompt_only: f64, blur: f64) {
        let (with_cap, prompt_only) = (with_cap.abs(), prompt_only.abs());
        if with_cap + blur < prompt_only && with_cap < prompt_only / 2.0 {
            self.vote(1);
        } else if prompt_only + blur < with_cap && prompt_only < with_cap / 2.0 {
            self.vote(-1);
        }
    }

    /// A refusal told what it had charged.
    pub(super) fn told(&mut self, requested: u64, prompt: u64, cap: u64) {
        let (requested, prompt, cap) = (number(requested), number(prompt), number(cap));
        self.vote(if requested > cap.mul_add(0.5, prompt) { Self::MOST } else { -Self::MOST });
    }

    fn vote(&mut self, votes: i8) {
        self.0 = (self.0 + votes).clamp(-Self::MOST, Self::MOST);
    }
}

/// The share of a limit that is left alone, for what others take.
#[derive(Debug, Default)]
pub(super) struct Cushion {
    step: usize,
    moved_at: Moment,
}

impl Cushion {
    const STEPS: [f64; 3] = [0.005, 0.02, 0.04];
    /// After so long without trouble it shrinks a step.
    const CALM: Duration = Duration::from_mins(5);
    /// Troubles closer to one another than this are one.
    const ONE: Duration = Duration::from_secs(2);

    pub(super) fn share(&self) -> f64 {
        Self::STEPS.get(self.step).copied().unwrap_or(0.04)
    }

    /// A refusal, or a level below what was reckoned.
    pub(super) fn widen(&mut self, now: Moment) {
        if self.step == 0 || now >= self.moved_at + Self::ONE {
            self.step = (self.step + 1).min(Self::STEPS.len() - 1);
            self.moved_at = now;
        }
    }

    pub(super) fn relax(&mut self, now: Moment) {
        if self.step > 0 && now >= self.moved_at + Self::CALM {
            self.step -= 1;
            self.moved_at = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_are_corrected_by_what_was_true() {
        let mut ratio = Ratio::default();
        assert_eq!(ratio.apply(1_000), 1_000);
        for _ in 0..60 {
            ratio.learn(1_000, 1_300);
        }
        assert_eq!((ratio.apply(1_000), ratio.high(1_000)), (1_313, 1_314));
        for _ in 0..25 {
            ratio.learn(1_000, 1_500);
        }
        assert_eq!((ratio.apply(1_000), ratio.high(1_000)), (1_414, 1_614), "a tenth up or down");
    }

    #[test]
    fn the_cap_follows_source_and_replies_and_grows_after_a_cut() {
        let mut outputs = Outputs::default();
        assert_eq!(outputs.cap(100, 0), 1_536, "the floor, in steps of 64");
        assert_eq!(outputs.cap(1_500, 0), 3_136);
        assert_eq!(outputs.cap(1_500, 1), 6_208);
        for _ in 0..30 {
            outputs.learn(1_500, 1_550);
        }
        assert_eq!(outputs.expected(), 1_550);
        assert_eq!(outputs.cap(1_500, 0), 2_176, "1.4 times 1,550");
        assert!(floor(1_500) < outputs.cap(1_500, 0));
    }

    #[test]
    fn both_modes_are_reckoned_with_until_the_evidence_is_clear() {
        let mut evidence = Evidence::default();
        assert_eq!(evidence.possible().len(), 2);
        evidence.learn(4_000.0, 50.0, 800.0);
        assert_eq!(evidence.possible().len(), 2, "one may be chance");
        evidence.learn(90_000.0, 86_000.0, 800.0);
        evidence.learn(4_000.0, 3_000.0, 5_000.0);
        assert_eq!(evidence.possible().len(), 2, "others took the tokens, or it is a blur");
        evidence.learn(-4_000.0, 50.0, 800.0);
        assert_eq!(evidence.possible(), [Mode::PromptOnly]);
        for _ in 0..4 {
            evidence.learn(30.0, -3_900.0, 800.0);
        }
        assert_eq!(evidence.possible(), [Mode::WithCap]);
        evidence.told(2_450, 2_500, 4_096);
        assert_eq!(evidence.possible(), [Mode::PromptOnly], "a refusal says it");
        evidence.told(6_700, 2_500, 4_096);
        assert_eq!(evidence.possible(), [Mode::WithCap]);
    }

    #[test]
    fn the_cushion_grows_by_trouble_and_shrinks_by_time() {
        let mut cushion = Cushion::default();
        let at = Duration::from_secs;
        let shares: Vec<f64> = [10, 11, 13, 20]
            .map(|second| {
                cushion.widen(at(second));
                cushion.share()
            })
            .to_vec();
        assert_eq!(shares, [0.02, 0.02, 0.04, 0.04]);
        cushion.relax(at(310));
        assert!((cushion.share() - 0.04).abs() < 1e-9);
        cushion.relax(at(321));
        cushion.relax(at(322));
        assert!((cushion.share() - 0.02).abs() < 1e-9);
    }
}
