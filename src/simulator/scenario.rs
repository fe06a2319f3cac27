//! A scenario: everything that decides how the simulator behaves, as data that can be read from a file.
//!
//! Two runs of one scenario give the same replies to the same prompts, whatever the order in which they arrive.

use serde::Deserialize;
use thiserror::Error;

use super::{depot::Economy, fault::Fault, latency::Latency, limiter::ReserveMode, limits::Limits};
use crate::domain::Price;

/// How the simulator behaves. Keys that are left out have the values of [`Scenario::default`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scenario {
    /// The TCP port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Where all pseudo-randomness starts.
    pub seed: u64,
    /// How many times faster than Groq: latencies are divided by it and limits multiplied, so that every number that
    /// a client is told holds on the client's own clock.
    pub speed: f64,
    /// The wall time at the start, in Unix seconds: the simulator has no clock of its own.
    pub epoch: i64,
    /// The only key that is accepted; `None` accepts any, and none.
    pub required_key: Option<String>,
    /// Limits of every model that states none of its own.
    pub limits: Limits,
    /// What is charged at admission.
    pub reserve_mode: ReserveMode,
    /// The output cap of a request that sets none.
    pub default_output_cap: u64,
    /// By how many percent prompts have more tokens than the plain rule counts; negative for fewer.
    pub prompt_skew_percent: i32,
    /// Whether prefixes of prompts are cached.
    pub prompt_cache: PromptCache,
    /// What a request costs whose client did not get its end.
    pub broken_billing: BrokenBilling,
    /// How long things take.
    pub latency: Latency,
    /// The models.
    pub models: Vec<ModelSpec>,
    /// What goes wrong, and when. The first that applies to a request is taken.
    pub faults: Vec<Fault>,
    /// Limits that come into force later, of all models without their own.
    pub limit_changes: Vec<LimitChange>,
    /// Requests of others in the same organisation; `None` for none.
    pub foreign: Option<Foreign>,
    /// Whether answers in a form (`response_format`) can be streamed.
    pub structured_stream: StructuredStream,
    /// How files of requests are treated.
    pub economy: Economy,
}

/// Limits that come into force during the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitChange {
    /// When, in milliseconds from the start.
    pub at_ms: u64,
    /// The limits.
    pub limits: Limits,
}

/// What others in the same organisation ask for, in chance's own time.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Foreign {
    /// Tokens of each of their requests.
    pub tokens: u32,
    /// Their share of the tokens a minute, 0 to 1.
    pub share: f64,
}

/// Whether answers in a form can be streamed. Groq's documentation and what was seen differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StructuredStream {
    /// They can.
    Works,
    /// 400.
    Refused,
}

/// Whether prefixes of prompts are cached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptCache {
    /// In blocks of 128 tokens, for two hours after the last use.
    On,
    /// Never.
    Off,
}

/// What a request costs whose client did not get its end. Groq does not publish it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokenBilling {
    /// As if it had been completed.
    Full,
    /// The prompt and what was generated so far.
    Generated,
    /// Nothing.
    Nothing,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// Its name, such as `openai/gpt-oss-20b`.
    pub id: String,
    /// The most tokens of prompt and completion together.
    #[serde(default = "default_context")]
    pub context_window: u64,
    /// The most tokens of a completion.
    #[serde(default = "default_completion")]
    pub max_completion_tokens: u64,
    /// Decoding speed; 0 takes no time at all.
    pub tokens_per_second: f64,
    /// Dollars for a prompt token, as text: `"0.000000075"`.
    pub prompt_price: String,
    /// Dollars for a prompt token from the cache; `None` for the full price.
    pub cached_price: Option<String>,
    /// Dollars for a completion token.
    pub completion_price: String,
    /// Reasoning before the reply; `None` for a model that does not reason.
    pub reasoning: Option<Reasoning>,
    /// Limits of this model alone.
    pub limits: Option<Limits>,
}

/// How much a model reasons at low effort, in tokens; medium takes three times, high eight times as many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reasoning {
    /// The fewest tokens.
    pub min: u32,
    /// The most tokens.
    pub max: u32,
}

const fn default_context() -> u64 {
    131_072
}

const fn default_completion() -> u64 {
    65_536
}

/// A scenario that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScenarioError {
    /// The text is no scenario.
    #[error("The scenario cannot be read: {0}")]
    Syntax(String),
    /// A value is out of range.
    #[error("The scenario's {key} must be {rule}.")]
    Value {
        /// The key, as `models.prompt_price`.
        key: &'static str,
        /// What it must be.
        rule: &'static str,
    },
}

impl Default for Scenario {
    /// Both gpt-oss models as Groq runs them, with the limits of its first paid plan, and without faults.
    fn default() -> Self {
        Self {
            port: 0,
            seed: 1,
            speed: 1.0,
            epoch: 1_786_530_508,
            required_key: None,
            limits: Limits::DEVELOPER,
            reserve_mode: ReserveMode::PromptPlusCap,
            default_output_cap: 1_024,
            prompt_skew_percent: 0,
            prompt_cache: PromptCache::On,
            broken_billing: BrokenBilling::Generated,
            latency: Latency::default(),
            models: vec![ModelSpec::gpt_oss_120b(), ModelSpec::gpt_oss_20b()],
            faults: Vec::new(),
            limit_changes: Vec::new(),
            foreign: None,
            structured_stream: StructuredStream::Works,
            economy: Economy::default(),
        }
    }
}

impl Scenario {
    /// Returns what the demonstration runs on: a batch of 400 takes about a minute.
    pub fn demo() -> Self {
        Self { speed: 1.5, ..Self::default() }
    }

    /// Returns a scenario for tests: no limits, and nothing takes any time.
    pub fn instant() -> Self {
        let (limits, latency) = (Limits::NONE, Latency::NONE);
        let mut scenario = Self { limits, latency, economy: Economy::instant(), ..Self::default() };
        for model in &mut scenario.models {
            model.tokens_per_second = 0.0;
        }
        scenario
    }

    /// Reads a scenario from TOML.
    pub fn from_toml(text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self =
            toml::from_str(text).map_err(|error| ScenarioError::Syntax(error.to_string()))?;
        scenario.check()?;
        Ok(scenario)
    }

    /// Tells the first value that is out of range.
    pub fn check(&self) -> Result<(), ScenarioError> {
        let rules = [
            (self.speed > 0.0 && self.speed <= 10_000.0, "speed", "above 0 and at most 10000"),
            (!self.models.is_empty(), "models", "at least one"),
            (
                self.models.iter().all(|model| model.price().is_some()),
                "models prices",
                "dollars a token, as text",
            ),
            (
                self.models.iter().all(|model| (0.0..=1e9).contains(&model.tokens_per_second)),
                "models.tokens_per_second",
                "0 or more",
            ),
            (
                self.models.iter().filter_map(|model| model.reasoning).all(|range| range.min <= range.max),
                "models.reasoning",
                "a range with min at most max",
            ),
            (self.latency.is_sound(), "latency", "numbers of 0 or more, the minimum at most the maximum"),
            (
                self.foreign.is_none_or(|foreign| foreign.tokens > 0 && (0.0..=1.0).contains(&foreign.share)),
                "foreign",
                "tokens from 1 and a share from 0 to 1",
            ),
            (
                self.faults.iter().all(Fault::is_sound),
                "faults.when",
                "a probability from 0 to 1, or counts from 1",
            ),
        ];
        match rules.into_iter().find(|(holds, ..)| !holds) {
            Some((_, key, rule)) => Err(ScenarioError::Value { key, rule }),
            None => Ok(()),
        }
    }

    /// Returns the model of that name.
    pub fn model(&self, id: &str) -> Option<&ModelSpec> {
        self.models.iter().find(|model| model.id == id)
    }

    /// Returns the limits that hold for `model`, speed included.
    pub fn limits_of(&self, model: &ModelSpec) -> Limits {
        model.limits.unwrap_or(self.limits).times(self.speed)
    }
}

impl ModelSpec {
    /// Returns openai/gpt-oss-120b as Groq offers it.
    pub fn gpt_oss_120b() -> Self {
        Self {
            id: "openai/gpt-oss-120b".to_owned(),
            context_window: default_context(),
            max_completion_tokens: default_completion(),
            tokens_per_second: 480.0,
            prompt_price: "0.00000015".to_owned(),
            cached_price: Some("0.000000075".to_owned()),
            completion_price: "0.0000006".to_owned(),
            reasoning: Some(Reasoning { min: 30, max: 80 }),
            limits: None,
        }
    }

    /// Returns openai/gpt-oss-20b as Groq offers it.
    pub fn gpt_oss_20b() -> Self {
        Self {
            id: "openai/gpt-oss-20b".to_owned(),
            tokens_per_second: 950.0,
            prompt_price: "0.000000075".to_owned(),
            cached_price: Some("0.0000000375".to_owned()),
            completion_price: "0.0000003".to_owned(),
            ..Self::gpt_oss_120b()
        }
    }

    /// Returns what the model costs, if the texts are prices.
    pub fn price(&self) -> Option<Price> {
        Price::per_token(&self.prompt_price, self.cached_price.as_deref(), &self.completion_price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::fault::{Cut, Effect, How, Point, Trigger};

    #[test]
    fn the_built_in_scenarios_are_sound() {
        for scenario in [Scenario::default(), Scenario::demo(), Scenario::instant()] {
            assert_eq!(scenario.check(), Ok(()));
        }
        assert_eq!(Scenario::from_toml(""), Ok(Scenario::default()));
    }

    #[test]
    fn a_scenario_is_read_from_a_file() {
        let scenario = Scenario::from_toml(
            r#"
            seed = 7
            limits = { rpm = 30, tpm = 8000 }
            reserve_mode = "prompt_only"
            [latency]
            queue_median_ms = 10.0
            [[models]]
            id = "tiny"
            tokens_per_second = 50.0
            prompt_price = "0.000001"
            completion_price = "0.000002"
            limits = "none"
            [[faults]]
            when = { nth = [3, 7] }
            effect = { cut = { at = { tokens = 12 }, how = "reset" } }
            "#,
        )
        .unwrap();
        assert_eq!((scenario.seed, scenario.reserve_mode), (7, ReserveMode::PromptOnly));
        assert_eq!(scenario.limits_of(&scenario.models[0]), Limits::NONE);
        assert_eq!(scenario.models[0].price().unwrap().cached, 1_000_000_000);
        assert_eq!(scenario.faults[0].when, Trigger::Nth(vec![3, 7]));
        assert_eq!(scenario.faults[0].effect, Effect::Cut(Cut { at: Point::Tokens(12), how: How::Reset }));
    }

    #[test]
    fn a_bad_scenario_is_refused_with_a_sentence() {
        for (text, reason) in [
            ("sped = 2", "unknown field `sped`"),
            ("speed = 0.0", "The scenario's speed must be above 0 and at most 10000."),
            ("models = []", "The scenario's models must be at least one."),
            ("faults = [{ when = { probability = 2.0 }, effect = { answer = 'internal' } }]", "faults.when"),
            ("latency = { queue_min_ms = 9.0, queue_max_ms = 1.0 }", "The scenario's latency"),
        ] {
            let error = Scenario::from_toml(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn speed_multiplies_limits() {
        let scenario = Scenario { speed: 4.0, ..Scenario::default() };
        assert_eq!(scenario.limits_of(&scenario.models[0]).tpm, Some(1_000_000));
    }
}
