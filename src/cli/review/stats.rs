//! `redraft review stats`

use clap::Args;
use serde::Serialize;

use crate::{
    cli::{
        Office,
        output::Form,
        report,
        stop::Step,
        table::{Align, Table},
    },
    review::tally::{Deeds, Tally, short, with_share},
};

/// How people decide: per reviewer and version of the prompt how many, how fast, how much was taken back, and what spot
/// checks and second opinions came to; and why rewrites were rejected.
///
/// Whoever asks comes first. In the application `review.stats` shows one's own.
#[derive(Debug, Args)]
pub struct Stats {
    /// Of what this filter matches.
    #[arg(long = "where", value_name = "FILTER", allow_hyphen_values = true, value_parser = crate::cli::select::filter_text)]
    filter: Option<String>,
    /// Of this batch: b38, 38 or its id.
    #[arg(long, value_name = "BATCH")]
    batch: Option<String>,
}

#[derive(Serialize)]
struct Shape<'t> {
    people: Vec<PersonShape<'t>>,
    reasons: Vec<ReasonShape<'t>>,
}

#[derive(Serialize)]
struct PersonShape<'t> {
    who: &'t str,
    prompt: &'t str,
    approved: u64,
    approved_unopened: u64,
    rejected: u64,
    edited: u64,
    taken_back: u64,
    approval_percent: Option<u64>,
    taken_back_percent: Option<u64>,
    median_seconds: Option<u64>,
    looks_agreed: u64,
    looks_disagreed: u64,
}

#[derive(Serialize)]
struct ReasonShape<'t> {
    prompt: &'t str,
    reason: &'t str,
    count: u64,
}

impl Stats {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let filter = office.filter_in(self.filter.as_deref(), self.batch.as_deref())?;
        let tally = report::gather(office, &filter, |_, _| {}).await?;
        let mut people: Vec<(&str, &str, &Deeds)> = tally
            .people
            .iter()
            .map(|((who, prompt), deeds)| (who.as_str(), prompt.as_str(), deeds))
            .collect();
        people.sort_by_key(|(who, ..)| *who != office.parts.who.0);
        if office.out.form() == Form::Json {
            return office
                .out
                .json(&Shape { people: people.into_iter().map(person).collect(), reasons: reasons(&tally) });
        }
        let mut table = Table::new(&[
            ("who", Align::Flexible),
            ("prompt", Align::Left),
            ("approved", Align::Right),
            ("rejected", Align::Right),
            ("taken back", Align::Right),
            ("median", Align::Right),
            ("looks held", Align::Right),
            ("did not", Align::Right),
        ]);
        for (who, prompt, deeds) in people {
            table.row([
                who.to_owned(),
                short(prompt).to_owned(),
                with_share(deeds.approved, deeds.approval_percent()),
                deeds.rejected.to_string(),
                with_share(deeds.undone, deeds.undo_percent()),
                deeds.median().map(|seconds| format!("{seconds} s")).unwrap_or_default(),
                deeds.agreed.to_string(),
                deeds.disagreed.to_string(),
            ]);
        }
        table.print(&office.out, "Nobody has decided anything.")?;
        if tally.reasons.is_empty() {
            return Ok(());
        }
        office.out.say(format_args!(""))?;
        let mut table =
            Table::new(&[("number", Align::Right), ("prompt", Align::Left), ("reason", Align::Flexible)]);
        for line in reasons(&tally) {
            table.row([line.count.to_string(), short(line.prompt).to_owned(), line.reason.to_owned()]);
        }
        table.print(&office.out, "")
    }
}

fn person<'t>((who, prompt, deeds): (&'t str, &'t str, &Deeds)) -> PersonShape<'t> {
    PersonShape {
        who,
        prompt,
        approved: deeds.approved,
        approved_unopened: deeds.unopened,
        rejected: deeds.rejected,
        edited: deeds.edited,
        taken_back: deeds.undone,
        approval_percent: deeds.approval_percent(),
        taken_back_percent: deeds.undo_percent(),
        median_seconds: deeds.median(),
        looks_agreed: deeds.agreed,
        looks_disagreed: deeds.disagreed,
    }
}

/// Version by version, the most frequent reason first.
fn reasons(tally: &Tally) -> Vec<ReasonShape<'_>> {
    let all = tally.reasons.iter();
    let mut reasons: Vec<_> =
        all.map(|((prompt, reason), count)| ReasonShape { prompt, reason, count: *count }).collect();
    reasons.sort_by_key(|line| (line.prompt, u64::MAX - line.count));
    reasons
}
