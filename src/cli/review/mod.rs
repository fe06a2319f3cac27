//! `redraft review`: decide about rewrites, one or many, without a terminal if need be.

mod approve;
mod assign;
mod choose;
mod edit;
mod history;
mod list;
mod look;
mod merge;
mod reject;
mod show;
mod skip;
mod stats;
mod undo;

use clap::{Args, Subcommand};

use super::{
    Office,
    output::Form,
    shape::BulkShape,
    stop::{Step, Stop},
};
use crate::{decide::Desk, review::Bulk};

/// List, show and decide rewrites.
#[derive(Debug, Args)]
pub struct Review {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::List),
    Show(show::Show),
    Approve(approve::Approve),
    Reject(reject::Reject),
    Skip(skip::Skip),
    Look(look::Look),
    Ask(look::Ask),
    LetWrite(look::LetWrite),
    Assign(assign::Assign),
    Choose(choose::Choose),
    Edit(edit::Edit),
    Merge(merge::Merge),
    Undo(undo::Undo),
    History(history::History),
    Stats(stats::Stats),
}

impl Review {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        match self.command {
            Command::List(list) => list.run(office).await,
            Command::Show(show) => show.run(office).await,
            Command::Approve(approve) => approve.run(office).await,
            Command::Reject(reject) => reject.run(office).await,
            Command::Skip(skip) => skip.run(office).await,
            Command::Look(look) => look.run(office).await,
            Command::Ask(ask) => ask.run(office).await,
            Command::LetWrite(go_on) => go_on.run(office).await,
            Command::Assign(assign) => assign.run(office).await,
            Command::Choose(choose) => choose.run(office).await,
            Command::Edit(edit) => edit.run(office).await,
            Command::Merge(merge) => merge.run(office).await,
            Command::Undo(undo) => undo.run(office).await,
            Command::History(history) => history.run(office).await,
            Command::Stats(stats) => stats.run(office).await,
        }
    }
}

impl Office {
    /// Where whoever runs the command decides.
    pub fn desk(&self) -> Desk {
        Desk::new(self.parts.store.clone(), self.parts.who.clone(), self.parts.policy.clone()).by_command()
    }

    /// Whether whoever runs the command may have something written or spent.
    pub fn may_write(&self) -> Step {
        Ok(self.parts.policy.writes()?)
    }

    /// Tells what came of a decision about many; status 1 if something could not be recorded, or nothing was.
    fn tell_bulk(&self, done: &'static str, bulk: &Bulk) -> Step {
        if self.out.form() == Form::Json {
            self.out.json(&BulkShape::new(done, bulk))?;
        } else {
            self.out.say(format_args!("{}", bulk.sentence(done)))?;
            if !bulk.looks.is_empty() {
                self.out.note(format_args!(
                    "{} of them are written only after a further look: `redraft review list --where look:spot,second`.",
                    bulk.looks.len()
                ));
            }
            let left = bulk.skipped.iter().map(|left| ("skipped", left));
            for (word, (id, why)) in left.chain(bulk.failed.iter().map(|left| ("failed", left))).take(20) {
                self.out.note(format_args!("{word} {id}: {}", self.out.line_of(why)));
            }
        }
        let nothing = bulk.done.is_empty() && !bulk.skipped.is_empty();
        if bulk.failed.is_empty() && !nothing { Ok(()) } else { Err(Stop::Told) }
    }
}
