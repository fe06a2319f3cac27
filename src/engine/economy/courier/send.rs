//! The way to the provider, and the search for what may have got there.

use super::{Courier, Rest, Way, in_vain};
use crate::{
    domain::ParcelStage,
    engine::carrier::Fate,
    llm::{economy::Remote, port::CallError},
};

impl Courier {
    /// Sends the file and hands it in.
    pub(super) async fn send(&mut self, lines: &str) -> Way {
        // From here on it may be at the provider.
        self.parcel.stage = ParcelStage::Sending;
        if self.keep().await == Way::Leave {
            return Way::Leave;
        }
        match self.upload(lines).await {
            Ok(()) => {}
            Err(Some(what)) => return self.withdraw(Some(what)).await,
            Err(None) => return self.leave_or_withdraw().await,
        }
        match self.hand_in().await {
            Ok(remote) => self.is_away(remote).await,
            Err(Some(what)) => self.withdraw(Some(what)).await,
            Err(None) => self.leave_or_withdraw().await,
        }
    }

    /// After a break: a cancelled batch is not sent, anything else is left to whoever comes next.
    async fn leave_or_withdraw(&mut self) -> Way {
        if self.is_cancelled().await { self.withdraw(None).await } else { Way::Leave }
    }

    /// Sends the file, as often as it takes. `Err` tells why it will never work, or that it was broken off.
    async fn upload(&mut self, lines: &str) -> Result<(), Option<String>> {
        let (name, mut pauses) = (self.name(), self.pauses());
        loop {
            let sent = self.economy().ok_or(None)?.upload(&name, lines).await;
            match sent {
                Ok(file) => {
                    self.parcel.input = Some(file.clone());
                    self.parcel.trouble = None;
                    if self.keep().await == Way::On {
                        return Ok(());
                    }
                    // Whoever has the parcel now may not have seen this file.
                    drop(self.economy().ok_or(None)?.delete(&file).await);
                    return Err(None);
                }
                Err(error) => self.again(&error, pauses.next()).await?,
            }
            // What was not answered may have arrived all the same; it is sent anew.
            while let Err(error) = self.remove_files().await {
                self.again(&error, pauses.next()).await?;
            }
        }
    }

    /// Has the file worked off. What was not answered is looked for before it is tried again.
    async fn hand_in(&mut self) -> Result<Remote, Option<String>> {
        let (name, mut pauses) = (self.name(), self.pauses());
        let Some(file) = self.parcel.input.clone() else { return Err(None) };
        loop {
            match self.economy().ok_or(None)?.submit(&name, &file).await {
                Ok(remote) => return Ok(remote),
                Err(error) => self.again(&error, pauses.next()).await?,
            }
            loop {
                match self.economy().ok_or(None)?.find(&name).await {
                    Ok(Some(remote)) => return Ok(remote),
                    Ok(None) => break,
                    Err(error) => self.again(&error, pauses.next()).await?,
                }
            }
        }
    }

    /// Waits before another try; `Err` if there is none.
    async fn again(&mut self, error: &CallError, pause: std::time::Duration) -> Result<(), Option<String>> {
        if let Some(what) = in_vain(error) {
            return Err(Some(what));
        }
        if self.trouble(error).await == Way::Leave {
            return Err(None);
        }
        match self.rest(pause, false).await {
            Rest::Over => Ok(()),
            Rest::Stop | Rest::Cancelled => Err(None),
        }
    }

    async fn is_away(&mut self, remote: Remote) -> Way {
        let now = self.office.shared.parts.clock.now();
        let parcel = &mut self.parcel;
        parcel.stage = ParcelStage::Away;
        parcel.remote = Some(remote.id.clone());
        parcel.submitted_at = parcel.submitted_at.or(Some(now));
        if self.told(&remote).await == Way::Leave {
            return Way::Leave;
        }
        let first = self.pauses().next();
        match self.rest(first, false).await {
            Rest::Over | Rest::Cancelled => Way::On,
            Rest::Stop => Way::Leave,
        }
    }

    /// Somebody who is gone may have sent it: looks for it, and if it is not there, makes sure that it never will be.
    pub(super) async fn search(&mut self) -> Way {
        let mut pauses = self.pauses();
        loop {
            let error = match self.search_once().await {
                Ok(Some(remote)) => return self.is_away(remote).await,
                Ok(None) => return self.withdraw(None).await,
                Err(error) => error,
            };
            if self.trouble(&error).await == Way::Leave || self.rest(pauses.next(), true).await == Rest::Stop
            {
                return Way::Leave;
            }
        }
    }

    async fn search_once(&self) -> Result<Option<Remote>, CallError> {
        let (Some(economy), name) = (self.economy(), self.name()) else { return Ok(None) };
        if let Some(remote) = economy.find(&name).await? {
            return Ok(Some(remote));
        }
        // Without its file it cannot be handed in any more, by whoever still tries; then it is there or it is not.
        self.remove_files().await?;
        economy.find(&name).await
    }

    /// Deletes the files of requests that were sent under its name.
    pub(super) async fn remove_files(&self) -> Result<(), CallError> {
        let Some(economy) = self.economy() else { return Ok(()) };
        for file in economy.files(&self.name()).await?.iter().chain(&self.parcel.input) {
            economy.delete(file).await?;
        }
        Ok(())
    }

    /// It is not handed in: its rewrites go back to the queue, and what was sent is deleted.
    async fn withdraw(&mut self, what: Option<String>) -> Way {
        if let Some(what) = what {
            self.pause_batch(what).await;
        }
        if self.lose_all(Fate::Unsent).await == Way::Leave {
            return Way::Leave;
        }
        self.parcel.stage = ParcelStage::Clearing;
        self.keep().await
    }
}
