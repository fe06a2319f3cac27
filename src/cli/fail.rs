//! How a command tells that it failed, and with which status it ends.

use std::process::ExitCode;

use serde::Serialize;

use super::{
    output::{Form, Output},
    stop::{Step, Stop},
};
use crate::error::{Error, Kind};

#[derive(Serialize)]
struct Shape {
    error: Inner,
}

#[derive(Serialize)]
struct Inner {
    kind: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hints: Vec<String>,
}

/// Tells how a command ended, and returns its status.
pub fn ended(out: &Output, result: Step) -> ExitCode {
    let result = match result {
        Ok(()) => out.flush(),
        Err(Stop::Told) => out.flush().and(Err(Stop::Told)),
        error => error,
    };
    match result {
        // Whoever has read enough is no failure.
        Ok(()) | Err(Stop::Pipe) => ExitCode::SUCCESS,
        Err(Stop::Told) => ExitCode::FAILURE,
        Err(Stop::Error(error)) => {
            // What was said before the failure is still worth having.
            drop(out.flush());
            told(out, &error)
        }
    }
}

/// Tells an error, and returns the status it ends with.
pub fn told(out: &Output, error: &Error) -> ExitCode {
    match out.form() {
        Form::Human => {
            let lines = error.to_string();
            let mut lines = lines.lines();
            out.note_sentence(&format!("error: {}", lines.next().unwrap_or_default()));
            lines.for_each(|line| out.note_sentence(line));
        }
        Form::Json => {
            let shape = Shape {
                error: Inner {
                    kind: match error.kind() {
                        Kind::User => "user",
                        Kind::Config => "config",
                        Kind::Remote => "remote",
                        Kind::Internal => "internal",
                    },
                    message: error.message().to_owned(),
                    place: error.place().map(str::to_owned),
                    causes: error.causes().collect(),
                    hints: error.hints().to_vec(),
                },
            };
            let text = serde_json::to_string(&shape).unwrap_or_default();
            out.note(format_args!("{text}"));
        }
    }
    error.exit_code()
}
