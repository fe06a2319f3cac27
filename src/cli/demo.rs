//! `redraft demo`

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::output::{Form, Output};
use crate::{
    config,
    error::Result,
    wiring::demo::{Made, Prepared, prepare},
};

/// Try redraft without anybody's data: made-up candidates, a simulated model, no network.
///
/// Makes the demo's directory once and opens the terminal application on it. Every other command works on it with
/// `--config DIR/config.toml`.
#[derive(Debug, Args)]
pub struct Demo {
    /// How many candidates a new demo has; 400 if it is not said.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    candidates: Option<u32>,
    /// Where it is; by default in your data directory.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Only make the files and print the directory.
    #[arg(long)]
    prepare: bool,
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// Open the terminal application with this configuration.
    Open(PathBuf),
    /// Nothing.
    End,
}

#[derive(Serialize)]
struct Shape {
    dir: String,
    config: String,
    made: bool,
}

impl Demo {
    /// Makes the files, if they are not there yet.
    pub async fn run(self, out: &Output) -> Result<Then> {
        let dir = match self.dir {
            Some(dir) => dir,
            None => config::project_dirs()?.data_dir().join("demo"),
        };
        let candidates = self.candidates.and_then(|number| usize::try_from(number).ok());
        let prepared = prepare(&dir, candidates).await?;
        if prepared.made == Made::Before && candidates.is_some() {
            out.note(format_args!(
                "hint: This demo was made before; its candidates stay. Name a new directory for another number."
            ));
        }
        if self.prepare {
            drop(tell(out, &prepared));
            return Ok(Then::End);
        }
        Ok(Then::Open(prepared.config))
    }
}

fn tell(out: &Output, prepared: &Prepared) -> super::stop::Step {
    if out.form() == Form::Json {
        out.json(&Shape {
            dir: prepared.dir.display().to_string(),
            config: prepared.config.display().to_string(),
            made: prepared.made == Made::Now,
        })?;
    } else {
        out.say(format_args!("{}", prepared.dir.display()))?;
    }
    out.flush()
}
