//! From the parts to the running application.

use std::{path::PathBuf, sync::Arc};

use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::{
    backend::{Bulk, NoEngine, Running, Services, Usual},
    context::{Access, Context, Line, Provider, Voice},
    screens::review::Place,
    setup::{self, Surroundings},
    shell::{self, Exit, Feeds, Options},
    terminal::{self, Environment, Mouse, Multiplexer, Synchronized},
};
use crate::{
    config::{self, Provider as Configured},
    domain::hex,
    engine::port::Progress,
    error::Result,
    wiring::{self, Parts},
};

/// What the command line says about this session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// How the screen talks.
    pub voice: Voice,
    /// What the person may do beyond redraft.
    pub access: Access,
    /// How much may be sent.
    pub line: Line,
    /// Whether the mouse is listened to.
    pub mouse: Mouse,
}

/// Opens the application on the terminal of this process and returns when it has ended.
///
/// # Errors
/// There is no terminal, or keys or theme of the configuration are wrong.
pub async fn open(parts: Parts, session: Session) -> Result<Exit> {
    terminal::require_terminal()?;
    let around = Surroundings {
        environment: variables(&parts.environment),
        voice: session.voice,
        access: session.access,
        line: session.line,
        provider: match parts.config.model.provider {
            Configured::Groq => Provider::Real,
            Configured::Simulator => Provider::Simulated,
        },
        who: parts.who.clone(),
    };
    let dumb = around.environment.term.as_deref() == Some("dumb");
    let config = &parts.config;
    let mut context =
        setup::context(&config.terminal, &config.keys, &config.file.display().to_string(), around)?;
    tell_reviewing(&mut context, &parts);
    let running = Running::start(&parts);
    // Kept to the end: a closed channel would wake the loop for nothing.
    let (_keep, nothing) = watch::channel(Progress::default());
    let progress = running.as_ref().ok().and_then(Running::progress).unwrap_or(nothing);
    let editor = parts.environment.get("VISUAL").or_else(|| parts.environment.get("EDITOR"));
    let options = Options {
        context,
        synchronized: if dumb { Synchronized::Off } else { Synchronized::On },
        multiplexer: match parts.environment.get("TMUX") {
            Some(value) if !value.is_empty() => Multiplexer::Tmux,
            Some(_) | None => Multiplexer::None,
        },
        frames_per_second: match session.line {
            Line::Fast => config.terminal.fps,
            Line::Slow => 1,
        },
        mouse: session.mouse,
        editor: editor.map(str::to_owned),
        scratch: config.store.path.parent().map_or_else(Default::default, ToOwned::to_owned),
        clock: parts.clock.clone(),
        feeds: Feeds::new(parts.store.changed(), progress),
    };
    let usual = Usual { model: config.model.name.clone(), budget: config.batch.budget };
    let (engine, running): (Arc<dyn Bulk>, _) = match running {
        Ok(running) => {
            let running = Arc::new(running);
            (running.clone(), Some(running))
        }
        Err(error) => {
            let why = (error.message().to_owned(), error.hints().to_vec());
            (Arc::new(NoEngine { usual, why }), None)
        }
    };
    let exit = shell::run(options, Arc::new(services(&parts, engine))).await;
    // What nobody gives up is free again when its lease has run out.
    if let Err(error) = parts.store.release_lease(&parts.worker).await {
        tracing::debug!(%error, "a lease was not given up");
    }
    // A lost connection or a signal must end within two seconds: then what is in flight is given up, and run again.
    let left = matches!(exit, Ok(Exit::Left));
    if let Some(running) = running.and_then(Arc::into_inner).filter(|_| left) {
        running.stop().await;
    }
    exit
}

/// What Review has to know from the start.
fn tell_reviewing(context: &mut Context, parts: &Parts) {
    context.open_changes = parts.config.review.open_changes;
    context.fast_seconds = parts.config.review.fast_seconds;
    context.place = Place::read(&place(parts));
}

/// The file that keeps where this reviewer is in Review: one for each reviewer and store.
fn place(parts: &Parts) -> PathBuf {
    let whose = format!("{}\0{}", wiring::store_place(&parts.config), parts.who);
    let hash = Sha256::digest(whose.as_bytes());
    let name: String = hex(&hash).chars().take(16).collect();
    parts.config.log.dir.join(format!("review-{name}.json"))
}

/// What screens work on.
fn services(parts: &Parts, engine: Arc<dyn Bulk>) -> Services {
    Services {
        store: parts.store.clone(),
        source: parts.source.clone(),
        engine,
        write_back: parts.write_back(),
        clock: parts.clock.clone(),
        who: parts.who.clone(),
        session: parts.worker.clone(),
        policy: parts.policy.clone(),
        place: Some(place(parts)),
        review: parts.config.review.clone(),
    }
}

fn variables(environment: &config::Environment) -> Environment {
    let get = |name: &str| environment.get(name).map(str::to_owned);
    Environment {
        term: get("TERM"),
        colorterm: get("COLORTERM"),
        no_color: get("NO_COLOR"),
        colorfgbg: get("COLORFGBG"),
        locale: get("LC_ALL").or_else(|| get("LC_CTYPE")).or_else(|| get("LANG")),
    }
}
