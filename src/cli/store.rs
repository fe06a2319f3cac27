//! `redraft store`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    init::has_password,
    output::{Form, Output},
    stop::Step,
};
use crate::{
    config::{Config, Environment},
    error::Error,
    review::{counted, grouped},
    wiring::moving::{Moved, copy},
};

/// Look after redraft's own tables.
#[derive(Debug, Args)]
pub struct Store {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Copy the embedded store to a shared one on PostgreSQL, all of it or nothing.
    ///
    /// Nobody may be working with the embedded store, and the shared one must have no batches yet. The embedded store
    /// stays as it is: change `[store]` in the configuration afterwards, on every machine.
    Copy(Copy),
}

#[derive(Debug, Args)]
struct Copy {
    /// Where to: `postgres://USER@HOST/DATABASE`, or the variable or the file that holds it, with a password perhaps.
    #[arg(long, value_name = "URL|env:NAME|file:PATH")]
    to: String,
    /// The file of the embedded store; without it that of the configuration.
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

#[derive(Serialize)]
struct Shape<'a> {
    from: &'a str,
    to: &'a str,
    rows: Map<String, Value>,
}

impl Store {
    /// Runs the command.
    pub async fn run(self, out: &Output, config: &Config, environment: &Environment) -> Step {
        let Action::Copy(Copy { to, from }) = self.action;
        if to.split_once("://").is_some_and(|(_, rest)| has_password(rest)) {
            let error =
                Error::user("The URL has a password in it, which every account of this machine can read.");
            return Err(error
                .hint("Keep it in a variable or a file: --to env:NAME or --to file:PATH.")
                .into());
        }
        tell(out, &copy(config, environment, (from, &to)).await?)
    }
}

fn tell(out: &Output, moved: &Moved) -> Step {
    if out.form() == Form::Json {
        let rows = moved.copied.iter().map(|(table, rows)| ((*table).to_owned(), (*rows).into())).collect();
        return out.json(&Shape { from: &moved.from, to: &moved.to, rows });
    }
    let of = |table: &str| {
        let rows = moved.copied.iter().find(|(known, _)| *known == table).map_or(0, |(_, rows)| *rows);
        usize::try_from(rows).unwrap_or(0)
    };
    let batches = of("batch");
    out.say(format_args!(
        "Copied {} batch{}, {}, {} and {} to {}.",
        grouped(batches),
        if batches == 1 { "" } else { "es" },
        counted(of("rewrite"), "rewrite"),
        counted(of("attempt"), "attempt"),
        counted(of("decision"), "decision"),
        out.line_of(&moved.to)
    ))?;
    out.note(format_args!(
        "hint: Write its URL as [store] url into the configuration, in the place of path; then keep {} as a backup.",
        out.line_of(&moved.from)
    ));
    Ok(())
}
