//! Questions before something that acts on many or costs money. Without a terminal nothing is asked: then the
//! command line itself must say that it is meant.

use std::io::{self, BufRead, IsTerminal};

use clap::Args;

use super::{
    output::Output,
    stop::{Step, Stop},
};
use crate::{
    error::Error,
    review::{counted, grouped},
};

/// What the command line says instead of an answer.
#[derive(Debug, Clone, Default, Args)]
pub struct Consent {
    /// Refuse unless exactly N rewrites are concerned.
    #[arg(long, value_name = "N")]
    pub expect_count: Option<usize>,
    /// Do not ask.
    #[arg(long, short = 'y')]
    pub yes: bool,
}

/// How strongly to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// Yes or no.
    YesNo,
    /// The number must be typed.
    Typed,
}

/// What is asked.
pub struct Question<'a> {
    /// What is to be done, as in `Approve 12 rewrites`.
    pub what: String,
    /// How many are concerned.
    pub count: usize,
    /// How strongly to ask.
    pub weight: Weight,
    /// What the command line said.
    pub consent: &'a Consent,
}

/// Makes sure that `question` is meant.
pub fn confirm(output: &Output, question: &Question<'_>) -> Step {
    let count = question.count;
    match question.consent.expect_count {
        Some(expected) if expected != count => {
            return Err(Error::user(format!(
                "This concerns {}, not {}. Nothing was done.",
                counted(count, "rewrite"),
                grouped(expected)
            ))
            .hint("Look at what is concerned now, then give that number.")
            .into());
        }
        Some(_) => return Ok(()),
        None if question.consent.yes => return Ok(()),
        None => {}
    }
    if !io::stdin().is_terminal() {
        return Err(Error::user(format!(
            "{} must be confirmed, but there is no terminal to ask at. Nothing was done.",
            question.what
        ))
        .hint(format!("Add --expect-count {count} if that is meant, or --yes for any number."))
        .into());
    }
    ask(output, question)
}

fn ask(output: &Output, question: &Question<'_>) -> Step {
    output.flush()?;
    let wanted = match question.weight {
        Weight::YesNo => {
            output.note_raw(&format!("{}? [y/N] ", question.what));
            None
        }
        Weight::Typed => {
            output.note_raw(&format!("{}? Type {} to confirm: ", question.what, question.count));
            Some(question.count.to_string())
        }
    };
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| Error::user("The answer cannot be read. Nothing was done.").because(error))?;
    let answer = answer.trim();
    let meant = match &wanted {
        None => answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes"),
        Some(number) => answer == number,
    };
    if meant {
        return Ok(());
    }
    output.note(format_args!("Nothing was done."));
    Err(Stop::Told)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::{Form, Texts};

    fn confirmed(consent: &Consent) -> Step {
        let output = Output::into(Box::new(io::sink()), Form::Human, Texts::Raw, None);
        let what = "Approve 1,204 rewrites".to_owned();
        confirm(&output, &Question { what, count: 1204, weight: Weight::Typed, consent })
    }

    #[test]
    fn the_expected_count_must_be_the_count() {
        assert!(confirmed(&Consent { expect_count: Some(1204), yes: false }).is_ok());
        assert!(confirmed(&Consent { expect_count: None, yes: true }).is_ok());
        let Err(Stop::Error(error)) = confirmed(&Consent { expect_count: Some(1200), yes: true }) else {
            panic!("a wrong count was let through");
        };
        assert_eq!(error.message(), "This concerns 1,204 rewrites, not 1,200. Nothing was done.");
    }
}
