//! The prompt cache: prefixes in blocks of 128 tokens, kept for two hours after their last use.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hasher},
    time::Duration,
};

use super::tokens;

const BLOCK: usize = 128;
const KEPT: Duration = Duration::from_hours(2);

#[derive(Debug, Clone, Copy)]
struct Block {
    /// When the request that brought it had been read.
    from: Duration,
    until: Duration,
}

/// The prefixes that were read lately.
#[derive(Debug, Default)]
pub(super) struct PromptCache {
    blocks: HashMap<u64, Block>,
}

/// The hashes of all whole blocks of a prompt, each with everything before it. Computed outside the lock.
#[derive(Debug, Default)]
pub(super) struct Prefixes(Vec<u64>);

impl Prefixes {
    /// Returns the prefixes of `messages` as read by `model` for `organisation`.
    pub(super) fn of<'a>(organisation: &str, model: &str, messages: impl Iterator<Item = &'a str>) -> Self {
        let mut hasher = DefaultHasher::new();
        for part in [organisation, model] {
            hasher.write(part.as_bytes());
            hasher.write_u8(0xff);
        }
        let (mut found, mut count) = (Vec::new(), 0);
        for token in messages.flat_map(tokens::split) {
            hasher.write(token.as_bytes());
            count += 1;
            if count % BLOCK == 0 {
                found.push(hasher.finish());
            }
        }
        Self(found)
    }
}

impl PromptCache {
    /// Returns how many tokens of the prompt are known at `now`.
    pub(super) fn known(&self, prefixes: &Prefixes, now: Duration) -> u64 {
        let fresh =
            |hash: &u64| self.blocks.get(hash).is_some_and(|block| block.from <= now && now < block.until);
        (prefixes.0.iter().take_while(|hash| fresh(hash)).count() * BLOCK) as u64
    }

    /// Remembers a prompt that arrived at `now` and will have been read at `read`.
    pub(super) fn remember(&mut self, prefixes: &Prefixes, now: Duration, read: Duration) {
        for hash in &prefixes.0 {
            let block = self.blocks.entry(*hash).or_insert(Block { from: read, until: Duration::ZERO });
            if block.until <= now {
                block.from = read;
            }
            block.until = now + KEPT;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_up(cache: &mut PromptCache, prefixes: &Prefixes, now: u64, read: u64) -> u64 {
        let known = cache.known(prefixes, seconds(now));
        cache.remember(prefixes, seconds(now), seconds(read));
        known
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_common_beginning_is_read_once() {
        let long = "word ".repeat(300);
        let prefixes = |tail: &str| Prefixes::of("org", "m", [long.as_str(), tail].into_iter());
        let mut cache = PromptCache::default();
        assert_eq!(look_up(&mut cache, &prefixes("one"), 0, 1), 0);
        assert_eq!(look_up(&mut cache, &prefixes("two"), 0, 1), 0, "not read yet");
        assert_eq!(look_up(&mut cache, &prefixes("three"), 1, 2), 256);
        assert_eq!(look_up(&mut cache, &Prefixes::of("org", "n", [long.as_str()].into_iter()), 1, 2), 0);
    }

    #[test]
    fn what_is_not_used_for_two_hours_is_forgotten() {
        let text = "word ".repeat(200);
        let prefixes = Prefixes::of("org", "m", [text.as_str()].into_iter());
        let mut cache = PromptCache::default();
        look_up(&mut cache, &prefixes, 0, 0);
        assert_eq!(look_up(&mut cache, &prefixes, 7_000, 7_000), 128);
        assert_eq!(look_up(&mut cache, &prefixes, 14_000, 14_000), 128, "used meanwhile");
        assert_eq!(look_up(&mut cache, &prefixes, 22_000, 22_000), 0);
    }

    #[test]
    fn short_prompts_are_not_cached() {
        let prefixes = Prefixes::of("org", "m", ["a few words"].into_iter());
        let mut cache = PromptCache::default();
        look_up(&mut cache, &prefixes, 0, 0);
        assert_eq!(look_up(&mut cache, &prefixes, 1, 1), 0);
    }
}
