//! Noticing that something changed: own commits at once, those of other processes by being told and by asking.
//!
//! A file is asked for its version when its log looks different: to look costs no thread and no lock. A server tells by
//! NOTIFY, which is only a hint: it is lost with its connection, so the same connection also asks for the number that
//! every commit makes grow.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Weak, atomic::Ordering},
    time::{Duration, SystemTime},
};

use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::{runtime::Handle, sync::watch};

use super::{
    Inner, Site, Store,
    connection::{Connection, Engine, query},
    port::{StoreError, StoreResult},
    postgres::Server,
};

/// How often the file is looked at, while somebody watches: where something happens, and where nothing does.
const EVERY: Duration = Duration::from_millis(200);
const SELDOM: Duration = Duration::from_millis(500);
/// After so many looks that saw nothing it is looked at seldom.
const QUIET: u32 = 25;
/// After so many looks it is asked, whatever it looks like: times of files may be coarse, or wrong.
const PATIENCE: u32 = 20;
/// How often a server is asked that tells by itself.
const EVERY_SERVER: Duration = Duration::from_millis(750);

impl Store {
    /// A number that grows with every commit; see [`super::port::Store::changed`].
    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        let receiver = self.inner.commits.subscribe();
        if let Ok(runtime) = Handle::try_current()
            && !self.inner.watching.swap(true, Ordering::AcqRel)
        {
            runtime.spawn(ask(Arc::downgrade(&self.inner)));
        }
        receiver
    }
}

/// A number that changes with every commit of another connection than the one asked.
pub(super) async fn version(connection: &mut Connection) -> StoreResult<i64> {
    let version = match connection.engine() {
        Engine::Sqlite => "PRAGMA data_version",
        Engine::Postgres => "SELECT last_value FROM redraft.pulse",
    };
    query(version).fetch_one(connection).await?.try_get(0)
}

/// Asks until nobody watches any more or the store is gone.
async fn ask(inner: Weak<Inner>) {
    let (mut ear, mut eye) = (Ear::default(), Eye::default());
    loop {
        let Some(inner) = inner.upgrade() else { return };
        if inner.commits.receiver_count() == 0 {
            inner.watching.store(false, Ordering::Release);
            // Somebody may have come between the two lines above and found the flag still set.
            if inner.commits.receiver_count() == 0 || inner.watching.swap(true, Ordering::AcqRel) {
                return;
            }
        }
        match &inner.site {
            Site::File(options) => {
                if eye.sees_change(options.get_filename())
                    && let Err(error) = ask_file(&inner).await
                {
                    tracing::warn!(%error, "the store cannot be asked for changes");
                    eye = Eye::default();
                }
                drop(inner);
                tokio::time::sleep(eye.pause()).await;
            }
            Site::Server(server) => ear.listen(&inner, server).await,
        }
    }
}

/// Compares with what was seen last, also before anybody watched: a commit is rather told twice than never. The
/// writer is asked because the number of a connection leaves out its own commits.
async fn ask_file(inner: &Arc<Inner>) -> StoreResult<()> {
    let version = inner.writer.version(&inner.site).await?;
    if inner.seen.swap(version, Ordering::AcqRel) != version {
        inner.commits.send_modify(|number| *number += 1);
    }
    Ok(())
}

/// Size and time of the last change.
type Looks = Option<(u64, SystemTime)>;

/// Looks at a store's file and its log, to which every commit writes.
#[derive(Default)]
struct Eye {
    seen: Option<[Looks; 2]>,
    /// Whether it had just changed: a commit may have come after the file was asked, within one tick of its clock.
    just_changed: bool,
    /// Looks since it was asked, and since it changed.
    unasked: u32,
    unchanged: u32,
}

impl Eye {
    /// Whether the file is to be asked.
    fn sees_change(&mut self, file: &Path) -> bool {
        let now = [looks(file), looks(&log(file))];
        let changed = self.seen.replace(now).as_ref() != Some(&now);
        let is_due = changed || self.just_changed || self.unasked >= PATIENCE;
        self.just_changed = changed;
        self.unasked = if is_due { 0 } else { self.unasked + 1 };
        self.unchanged = if changed { 0 } else { self.unchanged.saturating_add(1) };
        is_due
    }

    /// How long until the next look.
    const fn pause(&self) -> Duration {
        if self.unchanged < QUIET { EVERY } else { SELDOM }
    }
}

fn looks(file: &Path) -> Looks {
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.len(), metadata.modified().ok()?))
}

fn log(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push("-wal");
    name.into()
}

/// Listens to a server.
#[derive(Default)]
struct Ear {
    listener: Option<PgListener>,
    /// Whether the number had just grown when it was asked: its commit may have come a moment later.
    just_grew: bool,
    is_deaf: bool,
}

impl Ear {
    /// Waits for the next notice or the next time to ask, and passes on what there is.
    async fn listen(&mut self, inner: &Inner, server: &Server) {
        let heard = match self.hear(server).await {
            Ok(heard) => {
                if self.is_deaf {
                    tracing::info!("the server of the store is back");
                }
                self.is_deaf = false;
                heard
            }
            Err(error) => {
                if !self.is_deaf {
                    tracing::warn!(%error, "the store cannot be asked for changes");
                }
                (self.listener, self.is_deaf) = (None, true);
                tokio::time::sleep(EVERY_SERVER).await;
                return;
            }
        };
        let is_new = match heard {
            Heard::Notice => true,
            Heard::Version(version) => {
                let grew = inner.seen.swap(version, Ordering::AcqRel) != version;
                std::mem::replace(&mut self.just_grew, grew) || grew
            }
        };
        if is_new {
            inner.commits.send_modify(|number| *number += 1);
        }
    }

    async fn hear(&mut self, server: &Server) -> StoreResult<Heard> {
        let Some(listener) = &mut self.listener else {
            self.listener = Some(connect(server).await?);
            // What happened meanwhile, nobody told.
            return Ok(Heard::Notice);
        };
        if let Ok(notice) = tokio::time::timeout(EVERY_SERVER, listener.try_recv()).await {
            // Without a notice, the connection was lost: whatever happened then, nobody told.
            return notice.map(|_| Heard::Notice).map_err(StoreError::from);
        }
        let row = sqlx::query("SELECT last_value FROM redraft.pulse").fetch_one(listener);
        let row = super::connection::answered(row).await?;
        Ok(Heard::Version(sqlx::Row::try_get(&row, 0)?))
    }
}

enum Heard {
    Notice,
    Version(i64),
}

async fn connect(server: &Server) -> StoreResult<PgListener> {
    // A pool of one, because the listener wants one.
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(5));
    let pool = pool.connect_lazy_with(server.options().clone());
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.ignore_pool_close_event(true);
    listener.listen("redraft").await?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_asked_when_it_looks_different_and_once_more_and_then_now_and_then() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("store.db");
        fs::write(&file, "a").unwrap();
        let mut eye = Eye::default();
        let mut looks = |number: u32| (0..number).filter(|_| eye.sees_change(&file)).count();
        assert_eq!((looks(1), looks(1), looks(5)), (1, 1, 0));
        fs::write(log(&file), "b").unwrap();
        assert_eq!((looks(1), looks(1), looks(5)), (1, 1, 0));
        fs::write(log(&file), "bc").unwrap();
        assert_eq!((looks(1), looks(1), looks(PATIENCE)), (1, 1, 0));
        assert_eq!((looks(1), looks(1)), (1, 0), "not seen, and asked for all that");
        assert_eq!((looks(QUIET), eye.pause()), (1, SELDOM));
        fs::write(&file, "ab").unwrap();
        assert!(eye.sees_change(&file));
        assert_eq!(eye.pause(), EVERY);
    }
}
