//! `redraft review list`

use clap::{Args, ValueEnum};

use crate::{
    cli::{
        Office,
        output::Form,
        shape::{self, RowShape},
        stop::Step,
        table::{Align, Table},
    },
    domain::{RewriteHead, RewriteId},
    error::Error,
    store::port::{RewriteQuery, Sort},
};

/// List rewrites.
#[derive(Debug, Args)]
pub struct List {
    /// Those that this filter matches, as `state:ready finding:none changed:<40`.
    #[arg(long = "where", value_name = "FILTER", allow_hyphen_values = true, value_parser = crate::cli::select::filter_text)]
    filter: Option<String>,
    /// Those of this batch: b38, 38 or its id.
    #[arg(long, value_name = "BATCH")]
    batch: Option<String>,
    /// In this order.
    #[arg(long, value_enum, default_value_t = Order::Risk)]
    sort: Order,
    /// At most so many.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Those behind this rewrite, as the list before named it with `next`.
    #[arg(long, value_name = "ID")]
    after: Option<String>,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Order {
    /// Most risky first.
    Risk,
    /// Last changed first.
    Recent,
    /// By name.
    Name,
    /// Oldest first.
    Oldest,
}

impl From<Order> for Sort {
    fn from(order: Order) -> Self {
        match order {
            Order::Risk => Self::Risk,
            Order::Recent => Self::Recent,
            Order::Name => Self::Name,
            Order::Oldest => Self::Oldest,
        }
    }
}

impl List {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let filter = office.filter_in(self.filter.as_deref(), self.batch.as_deref())?;
        let after = self.after.as_deref().map(str::parse::<RewriteId>).transpose();
        let after = after.map_err(|error| Error::user(error.to_string()))?;
        let query = RewriteQuery { filter: filter.clone(), sort: self.sort.into(), after, limit: self.limit };
        let rows = office.parts.store.rewrites(&query).await?;
        let full = rows.len() == self.limit as usize;
        let next = rows.last().filter(|_| full).map(|row| row.id.to_string());
        if office.out.form() == Form::Json {
            return office.out.json(&shape::List { data: rows.iter().map(RowShape::from).collect(), next });
        }
        let mut table = Table::new(&[
            ("id", Align::Left),
            ("batch", Align::Left),
            ("candidate", Align::Left),
            ("name", Align::Flexible),
            ("state", Align::Left),
            ("changed", Align::Right),
            ("findings", Align::Right),
            ("by", Align::Left),
        ]);
        for head in &rows {
            table.row(row(head));
        }
        table.print(&office.out, "No rewrite matches.")?;
        if let Some(next) = next {
            let counts = office.parts.store.counts(&filter).await?;
            office
                .out
                .note(format_args!("{} match; the next are listed with --after {next}", counts.total()));
        }
        Ok(())
    }
}

fn row(head: &RewriteHead) -> [String; 8] {
    [
        head.id.to_string(),
        format!("b{}", head.batch_number),
        head.candidate.to_string(),
        head.name.clone(),
        head.state.name().to_owned(),
        head.changed_percent.map_or_else(|| "–".to_owned(), |percent| format!("{percent}%")),
        match (head.findings, head.blocked) {
            (0, _) => "–".to_owned(),
            (number, true) => format!("{number} block"),
            (number, false) => number.to_string(),
        },
        head.decided_by.clone().unwrap_or_else(|| "–".to_owned()),
    ]
}
