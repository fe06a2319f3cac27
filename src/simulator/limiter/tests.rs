//! The law against every published refusal, and its properties.

use proptest::prelude::*;

use super::*;
use crate::simulator::{
    duration::{ceil_seconds, go, go_millis},
    errors,
};

const START: Duration = Duration::ZERO;

fn limits(dimension: Dimension, limit: u64) -> Limits {
    let limit = Some(limit);
    match dimension {
        Dimension::Rpm => Limits { rpm: limit, ..Limits::NONE },
        Dimension::Rpd => Limits { rpd: limit, ..Limits::NONE },
        Dimension::Tpm => Limits { tpm: limit, ..Limits::NONE },
        Dimension::Tpd => Limits { tpd: limit, ..Limits::NONE },
        Dimension::Itpm => Limits { itpm: limit, ..Limits::NONE },
        Dimension::Otpm => Limits { otpm: limit, ..Limits::NONE },
    }
}

fn account(dimension: Dimension, limit: u64) -> Account {
    Account::new(&limits(dimension, limit), ReserveMode::PromptPlusCap)
}

fn prompt(tokens: u64) -> Demand {
    Demand { prompt: tokens, cap: 0 }
}

/// The refusal that `requested` meets when `used` has just been charged.
fn refused(dimension: Dimension, limit: u64, used: u64, requested: u64) -> Refusal {
    let mut account = account(dimension, limit);
    account.admit(START, prompt(used)).unwrap();
    account.admit(START, prompt(requested)).unwrap_err()
}

#[test]
fn the_published_token_refusals_are_exact() {
    use Dimension::{Tpd, Tpm};
    for (dimension, limit, used, requested, wait) in [
        (Tpm, 8_000, 5_536, 5_599, "23.5125s"),
        (Tpm, 6_000, 5_034, 1_443, "4.77s"),
        (Tpm, 100_000, 99_348, 1_968, "789.6ms"),
        (Tpm, 30_000, 29_007, 6_920, "11.854s"),
        (Tpm, 12_000, 10_655, 1_947, "3.01s"),
        (Tpm, 8_000, 6_670, 5_883, "34.1475s"),
        (Tpd, 200_000, 197_494, 4_035, "11m0.528s"),
        (Tpd, 100_000, 99_996, 484, "6m54.72s"),
    ] {
        let refusal = refused(dimension, limit, used, requested);
        assert_eq!(refusal.kind, RefusalKind::Reached);
        assert_eq!((refusal.used, refusal.requested), (used, requested));
        assert_eq!(go(refusal.wait), wait);
        let name = if dimension == Tpm { "tokens per minute (TPM)" } else { "tokens per day (TPD)" };
        assert_eq!(
            errors::rate_limit(&refusal, "openai/gpt-oss-20b", "org_x", "on_demand").body,
            format!(
                "{{\"error\":{{\"message\":\"Rate limit reached for model `openai/gpt-oss-20b` in organization \
                 `org_x` service tier `on_demand` on {name}: Limit {limit}, Used {used}, Requested {requested}. \
                 Please try again in {wait}. Need more tokens? Upgrade to Dev Tier today at \
                 https://console.groq.com/settings/billing\",\"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}}}"
            )
        );
    }
}

#[test]
fn the_published_body_with_a_header_waits_35_seconds() {
    assert_eq!(ceil_seconds(refused(Dimension::Tpm, 8_000, 6_670, 5_883).wait), 35);
}

#[test]
fn of_a_burst_of_forty_at_thirty_a_minute_the_last_ten_wait_two_seconds() {
    let mut account = account(Dimension::Rpm, 30);
    for _ in 0..30 {
        account.admit(START, prompt(1)).unwrap();
    }
    for _ in 30..40 {
        let refusal = account.admit(START, prompt(1)).unwrap_err();
        assert_eq!(
            errors::rate_limit(&refusal, "m", "org_x", "on_demand").body,
            "{\"error\":{\"message\":\"Rate limit reached for model `m` in organization `org_x` service tier \
             `on_demand` on requests per minute (RPM): Limit 30, Used 30, Requested 1. Please try again in 2s. \
             Need more tokens? Upgrade to Dev Tier today at https://console.groq.com/settings/billing\",\
             \"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}"
        );
    }
}

#[test]
fn the_published_series_of_daily_requests_is_exact() {
    let mut account = account(Dimension::Rpd, 1_000);
    // Between the requests a little time passes, as it did when the series was seen.
    for (millis, remaining, reset) in [(0, 999, "1m26.4s"), (300, 998, "2m52.8s"), (600, 997, "4m19.2s")] {
        let now = Duration::from_millis(millis);
        account.admit(now, prompt(1)).unwrap();
        let level = account.level(now, Dimension::Rpd).unwrap();
        assert_eq!((level.remaining, go_millis(level.reset).as_str()), (remaining, reset));
    }
}

#[test]
fn a_published_header_pair_is_exact() {
    let mut account = account(Dimension::Tpm, 8_000);
    account.admit(START, prompt(79)).unwrap();
    let level = account.level(START, Dimension::Tpm).unwrap();
    assert_eq!((level.remaining, go_millis(level.reset).as_str()), (7_921, "592ms"));
}

#[test]
fn what_can_never_fit_is_too_large_and_its_retry_after_misleads() {
    let refusal = refused(Dimension::Tpm, 6_000, 226, 12_089);
    assert_eq!((refusal.kind, ceil_seconds(refusal.wait)), (RefusalKind::TooLarge, 64));
    let refusal = refused(Dimension::Tpm, 8_000, 0, 11_176);
    let answer = errors::rate_limit(&refusal, "openai/gpt-oss-20b", "org_x", "on_demand");
    assert_eq!(answer.status, 413);
    assert_eq!(
        answer.body,
        "{\"error\":{\"message\":\"Request too large for model `openai/gpt-oss-20b` in organization `org_x` service \
         tier `on_demand` on tokens per minute (TPM): Limit 8000, Requested 11176, please reduce your message size \
         and try again. Need more tokens? Upgrade to Dev Tier today at https://console.groq.com/settings/billing\",\
         \"type\":\"tokens\",\"code\":\"rate_limit_exceeded\"}}"
    );
}

#[test]
fn a_refused_request_is_charged_in_no_dimension() {
    let limits = Limits { rpm: Some(10), tpm: Some(100), ..Limits::NONE };
    let mut account = Account::new(&limits, ReserveMode::PromptPlusCap);
    account.admit(START, prompt(60)).unwrap();
    let refusal = account.admit(START, prompt(60)).unwrap_err();
    assert_eq!(refusal.dimension, Dimension::Tpm);
    assert_eq!(account.level(START, Dimension::Rpm).unwrap().remaining, 9);
    assert_eq!(account.level(START, Dimension::Tpm).unwrap().remaining, 40);
}

#[test]
fn the_two_modes_meet_at_the_end() {
    let demand = Demand { prompt: 300, cap: 500 };
    let used = Used { cached: 100, completion: 200 };
    for (mode, at_admission) in [(ReserveMode::PromptPlusCap, 200), (ReserveMode::PromptOnly, 700)] {
        let mut account = Account::new(&limits(Dimension::Tpm, 1_000), mode);
        account.admit(START, demand).unwrap();
        assert_eq!(account.level(START, Dimension::Tpm).unwrap().remaining, at_admission);
        account.settle(START, demand, used);
        assert_eq!(account.level(START, Dimension::Tpm).unwrap().remaining, 600);
    }
}

#[test]
fn charging_the_output_late_can_take_the_level_below_zero() {
    let mut account = Account::new(&limits(Dimension::Tpm, 1_000), ReserveMode::PromptOnly);
    let demand = Demand { prompt: 900, cap: 5_000 };
    account.admit(START, demand).unwrap();
    account.settle(START, demand, Used { cached: 0, completion: 1_100 });
    let level = account.level(START, Dimension::Tpm).unwrap();
    assert_eq!((level.remaining, level.reset), (0, Duration::from_mins(2)));
    let refusal = account.admit(START, prompt(100)).unwrap_err();
    assert_eq!((refusal.used, refusal.wait), (2_000, Duration::from_secs(66)));
}

#[test]
fn without_limits_everything_is_admitted_and_nothing_is_told() {
    let mut account = Account::new(&Limits::NONE, ReserveMode::PromptPlusCap);
    account.admit(START, prompt(u64::MAX)).unwrap();
    assert_eq!(account.level(START, Dimension::Tpm), None);
}

fn dimensions() -> impl Strategy<Value = Dimension> {
    use Dimension::{Itpm, Otpm, Rpd, Rpm, Tpd, Tpm};
    prop_oneof![Just(Rpm), Just(Rpd), Just(Tpm), Just(Tpd), Just(Itpm), Just(Otpm)]
}

proptest! {
    /// Whoever waits as long as the refusal says is admitted, if nobody else asks.
    #[test]
    fn the_stated_wait_is_enough(
        dimension in dimensions(),
        limit in 1..500_000u64,
        asks in prop::collection::vec((0..90_000u64, 1..60_000u64), 1..40),
    ) {
        let mut account = account(dimension, limit);
        let mut now = START;
        for (pause, tokens) in asks {
            now += Duration::from_millis(pause);
            let demand = Demand { prompt: tokens, cap: tokens / 2 };
            if let Err(refusal) = account.admit(now, demand) {
                if refusal.kind == RefusalKind::TooLarge {
                    prop_assert!(refusal.requested > limit);
                    continue;
                }
                prop_assert!(refusal.wait > Duration::ZERO);
                prop_assert!(refusal.used + refusal.requested > limit);
                prop_assert_eq!(account.clone().admit(now + refusal.wait, demand), Ok(()));
            }
        }
    }

    /// No more is ever admitted within a time than the burst and the refill of that time.
    #[test]
    fn never_more_than_burst_and_refill(
        limit in 100..10_000u64,
        asks in prop::collection::vec((0..3_000u64, 1..900u64), 1..80),
    ) {
        let mut account = account(Dimension::Tpm, limit);
        let (mut now, mut admitted) = (0u64, 0u64);
        for (pause, tokens) in asks {
            now += pause;
            if account.admit(Duration::from_millis(now), prompt(tokens)).is_ok() {
                admitted += tokens;
            }
            prop_assert!(u128::from(admitted) * 60_000 <= u128::from(limit) * (60_000 + u128::from(now)));
        }
    }

    /// Settling gives back exactly what was not used, as long as the bucket did not fill up meanwhile.
    #[test]
    fn settling_at_once_leaves_only_what_was_used(
        prompt in 1..5_000u64, cap in 0..5_000u64, share in 0..=100u64, cached in 0..5_000u64,
        mode in prop_oneof![Just(ReserveMode::PromptPlusCap), Just(ReserveMode::PromptOnly)],
    ) {
        let demand = Demand { prompt, cap };
        let used = Used { cached: cached.min(prompt), completion: cap * share / 100 };
        let mut account = Account::new(&limits(Dimension::Tpm, 20_000), mode);
        account.admit(START, demand).unwrap();
        account.settle(START, demand, used);
        let left = account.level(START, Dimension::Tpm).unwrap().remaining;
        prop_assert_eq!(left, 20_000 - (prompt - used.cached) - used.completion);
    }
}
