//! `redraft check`

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::{
    fail,
    output::{Form, Output},
    stop::{Step, Stop},
};
use crate::{
    config::{Config, Environment},
    source::port::{Check as Checked, CheckLevel},
    text::{part, wrap},
    wiring::check::{Reach, check},
};

/// Prove configuration, database, mapping, privileges, model and budget, without changing anything.
#[derive(Debug, Args)]
pub struct Check {
    /// Leave the model provider out.
    #[arg(long)]
    offline: bool,
}

#[derive(Serialize)]
struct Shape<'a> {
    ok: bool,
    data: Vec<One<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    subject: &'a str,
    level: CheckLevel,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<&'a str>,
}

impl Check {
    /// Runs the command and returns its status: 1 if something does not work.
    pub async fn run(self, out: &Output, config: &Config, environment: &Environment) -> ExitCode {
        let reach = if self.offline { Reach::Offline } else { Reach::All };
        let checks = check(config, environment, reach).await;
        fail::ended(out, tell(out, &checks))
    }
}

fn tell(out: &Output, checks: &[Checked]) -> Step {
    let ok = checks.iter().all(|check| check.level != CheckLevel::Error);
    if out.form() == Form::Json {
        let data = checks.iter().map(shape).collect();
        out.json(&Shape { ok, data })?;
    } else {
        for check in checks {
            let level = match check.level {
                CheckLevel::Ok => "ok     ",
                CheckLevel::Warning => "warning",
                CheckLevel::Error => "error  ",
            };
            paragraph(out, level, &format!("{}: {}", check.subject, check.message))?;
            if let Some(remedy) = &check.remedy {
                paragraph(out, "  →    ", remedy)?;
            }
        }
        let count = |level| checks.iter().filter(|check| check.level == level).count();
        let (fine, warnings, errors) =
            (count(CheckLevel::Ok), count(CheckLevel::Warning), count(CheckLevel::Error));
        out.say(format_args!("{fine} fine, warnings: {warnings}, errors: {errors}."))?;
    }
    if ok { Ok(()) } else { Err(Stop::Told) }
}

/// A finding beside its level; on a terminal in lines that fit, else in one, which can be searched.
fn paragraph(out: &Output, level: &str, text: &str) -> Step {
    const INDENT: usize = 9;
    let text = out.line_of(text);
    let columns = out.columns().map_or(usize::MAX, |columns| columns.saturating_sub(INDENT).max(30));
    for (index, line) in wrap(&text, columns, 0).into_iter().enumerate() {
        let before = if index == 0 { level } else { "" };
        out.say(format_args!("{before:7}  {}", part(&text, line.range)))?;
    }
    Ok(())
}

fn shape(check: &Checked) -> One<'_> {
    One {
        subject: &check.subject,
        level: check.level,
        message: &check.message,
        remedy: check.remedy.as_deref(),
    }
}
