//! Noticing that something changed: own commits at once, those of other processes by asking the file.

use std::{
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

use sqlx::{Row, SqliteConnection};
use tokio::{runtime::Handle, sync::watch};

use super::{Inner, SqliteStore, port::StoreResult};

/// How often the file is asked, while somebody watches.
const EVERY: Duration = Duration::from_millis(200);

impl SqliteStore {
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
pub(super) async fn version(connection: &mut SqliteConnection) -> StoreResult<i64> {
    Ok(sqlx::query("PRAGMA data_version").fetch_one(connection).await?.try_get(0)?)
}

/// Asks until nobody watches any more or the store is gone.
async fn ask(inner: Weak<Inner>) {
    loop {
        {
            let Some(inner) = inner.upgrade() else { return };
            if inner.commits.receiver_count() == 0 {
                inner.watching.store(false, Ordering::Release);
                // Somebody may have come between the two lines above and found the flag still set.
                if inner.commits.receiver_count() == 0 || inner.watching.swap(true, Ordering::AcqRel) {
                    return;
                }
            }
            if let Err(error) = ask_once(&SqliteStore { inner, actor: "".into() }).await {
                tracing::warn!(%error, "the store cannot be asked for changes");
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Compares with what was seen last, also before anybody watched: a commit is rather told twice than never. The
/// writer is asked because the number of a connection leaves out its own commits.
async fn ask_once(store: &SqliteStore) -> StoreResult<()> {
    let version = version(store.writer().await?.connection()?).await?;
    if store.inner.seen.swap(version, Ordering::AcqRel) != version {
        store.inner.commits.send_modify(|number| *number += 1);
    }
    Ok(())
}
