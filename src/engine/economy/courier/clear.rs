//! Nothing of a parcel stays at the provider: résumés are in its files.

use super::{Courier, Rest, Way};
use crate::{domain::ParcelStage, llm::port::CallError};

impl Courier {
    /// Deletes the files of the parcel, as often as it takes.
    pub(super) async fn clear(&mut self) -> Way {
        if !self.clear_all().await {
            return Way::Leave;
        }
        // Of one that was never known to have arrived, something may still have been on its way.
        if self.parcel.remote.is_none() {
            let first = self.pauses().next();
            if self.rest(first, true).await == Rest::Stop || !self.clear_all().await {
                return Way::Leave;
            }
        }
        self.parcel.stage = ParcelStage::Cleared;
        self.parcel.trouble = None;
        self.keep().await
    }

    async fn clear_all(&mut self) -> bool {
        let mut pauses = self.pauses();
        while let Err(error) = self.clear_once().await {
            if self.trouble(&error).await == Way::Leave || self.rest(pauses.next(), true).await == Rest::Stop
            {
                return false;
            }
        }
        true
    }

    async fn clear_once(&self) -> Result<(), CallError> {
        let Some(economy) = self.economy() else { return Ok(()) };
        self.remove_files().await?;
        for file in self.parcel.output.iter().chain(&self.parcel.errors) {
            economy.delete(file).await?;
        }
        if self.parcel.remote.is_none()
            && let Some(remote) = economy.find(&self.name()).await?
        {
            economy.cancel(&remote.id).await?;
            for file in remote.output.iter().chain(&remote.errors) {
                economy.delete(file).await?;
            }
        }
        Ok(())
    }
}
