//! Says what is waited for, when it takes long: a server that is far away or a lock that somebody holds.

use std::{pin::pin, time::Duration};

use super::Output;

/// How long nothing is said.
const PATIENCE: Duration = Duration::from_millis(700);

/// Does `work`; says that the databases are waited for, once, if it takes longer than people wait without wondering.
pub async fn patiently<T>(out: &Output, work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
        return done;
    }
    out.note(format_args!("Waiting for the candidate database and the store …"));
    work.await
}
