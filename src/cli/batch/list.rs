//! `redraft batch list`

use clap::Args;

use crate::{
    cli::{
        Office,
        output::Form,
        shape::{self, BatchShape},
        stop::Step,
        table::{Align, Table},
    },
    domain::{Batch, Postings},
    review::grouped,
};

/// List the batches, the newest first.
#[derive(Debug, Args)]
pub struct List {
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

impl List {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let batches = office.parts.store.batches(self.limit).await?;
        if office.out.form() == Form::Json {
            return office.out.json(&shape::List::whole(batches.iter().map(BatchShape::from)));
        }
        let mut table = Table::new(&[
            ("batch", Align::Left),
            ("state", Align::Left),
            ("done", Align::Right),
            ("of", Align::Right),
            ("spent", Align::Right),
            ("budget", Align::Right),
            ("posting", Align::Flexible),
            ("by", Align::Left),
            ("created", Align::Left),
        ]);
        for batch in &batches {
            table.row(row(batch));
        }
        table.print(&office.out, "There are no batches yet; `redraft batch start` starts one.")
    }
}

fn posting(batch: &Batch) -> String {
    match (&batch.spec.posting_title, batch.spec.options.postings) {
        (Some(title), _) => title.clone(),
        (None, Postings::Linked) => "each its own".to_owned(),
        (None, Postings::Batch) => "–".to_owned(),
    }
}

fn row(batch: &Batch) -> [String; 9] {
    let number = |number: u64| grouped(usize::try_from(number).unwrap_or(usize::MAX));
    [
        batch.label(),
        batch.state.name().to_owned(),
        number(batch.counts.done()),
        number(batch.counts.total()),
        batch.spent.to_string(),
        batch.spec.budget.to_string(),
        posting(batch),
        batch.spec.by.clone(),
        format!("{:.0}", batch.created_at),
    ]
}
