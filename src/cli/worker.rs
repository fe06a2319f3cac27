//! `redraft worker`

use std::time::Duration;

use clap::Args;
use tokio::time::{MissedTickBehavior, interval};

use super::{
    Office,
    batch::DRAIN,
    signals::Signals,
    stop::{Step, Stop},
};
use crate::engine::Engine;

/// How often it looks for write-backs that others have left unfinished.
const RECOVER_EVERY: Duration = Duration::from_secs(30);

/// Run batches until told to stop (SIGTERM, SIGINT), then let requests in flight come in. A second signal ends at once.
#[derive(Debug, Args)]
pub struct Worker;

impl Worker {
    /// Runs the command.
    pub async fn run(office: &Office) -> Step {
        let mut signals = Signals::listen()?;
        let model = office.parts.model()?;
        let engine = Engine::start(office.parts.engine(&model)?);
        office.out.note(format_args!("At work as {}. Stop with Ctrl-C or SIGTERM.", office.parts.worker));
        let troubles = office.tell_troubles(engine.troubles());
        tokio::pin!(troubles);
        let mut recover = interval(RECOVER_EVERY);
        recover.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = signals.next() => break,
                () = &mut troubles => {}
                _ = recover.tick() => {
                    if let Err(error) = office.parts.recover_write_backs().await {
                        office.out.note(format_args!("warning: {}", office.out.safe_line(error.message())));
                    }
                }
            }
        }
        office.out.note(format_args!("Stopping; requests in flight come in."));
        tokio::select! {
            () = engine.stop(DRAIN) => Ok(()),
            () = signals.next() => Err(Stop::Told),
        }
    }
}
