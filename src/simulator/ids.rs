//! Identifiers and seeds, all derived from numbers, so that a run can be repeated.

use std::{fmt, time::Duration};

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

/// Mixes numbers into one that looks random (the finalizer of splitmix64 over their sequence).
pub(super) fn mix(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |state, part| {
        let mut z = (state ^ part).wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

/// Returns a share from 0 up to 1, derived from `parts`.
pub(super) fn share(parts: &[u64]) -> f64 {
    let high = u32::try_from(mix(parts) >> 32).unwrap_or(u32::MAX);
    f64::from(high) / (f64::from(u32::MAX) + 1.0)
}

fn wide(parts: &[u64]) -> u128 {
    let low = mix(parts);
    u128::from(mix(&[low, 1])) << 64 | u128::from(low)
}

/// Stands for a prompt: the first half of the SHA-256 of its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PromptHash([u8; 16]);

impl PromptHash {
    /// Returns the hash of `messages`, given as role and content.
    pub fn of<'a>(messages: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut hasher = Sha256::new();
        for (role, content) in messages {
            for part in [role, content] {
                hasher.update(part.len().to_le_bytes());
                hasher.update(part.as_bytes());
            }
        }
        let mut half = [0; 16];
        half.copy_from_slice(&hasher.finalize()[..16]);
        Self(half)
    }

    pub(super) fn number(self) -> u64 {
        mix(&[u64::from_le_bytes(first_half(self.0)), 7])
    }
}

fn first_half(bytes: [u8; 16]) -> [u8; 8] {
    let mut half = [0; 8];
    half.copy_from_slice(&bytes[..8]);
    half
}

impl fmt::Display for PromptHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for PromptHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

const BASE32: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A ULID in lower case: 48 bits of milliseconds, 80 bits of noise.
fn ulid(millis: u64, noise: u128) -> String {
    let number = u128::from(millis) << 80 | noise & ((1 << 80) - 1);
    (0..26).rev().map(|place| char::from(BASE32[((number >> (place * 5)) & 31) as usize])).collect()
}

/// Returns `req_…` for the request of this number.
pub(super) fn request(seed: u64, number: u64, unix: Duration) -> String {
    let millis = u64::try_from(unix.as_millis()).unwrap_or(0);
    format!("req_{}", ulid(millis, wide(&[seed, number, 1])))
}

/// Returns `chatcmpl-…` for the request of this number.
pub(super) fn completion(seed: u64, number: u64) -> String {
    let uuid = uuid::Builder::from_random_bytes(wide(&[seed, number, 2]).to_le_bytes()).into_uuid();
    format!("chatcmpl-{uuid}")
}

/// Returns `org_…`, the organisation that a key belongs to: the key itself is never kept.
pub(super) fn organisation(key: &str) -> String {
    let hash = PromptHash::of([("key", key)].into_iter());
    format!("org_{}", ulid(0x0194_0000_0000, u128::from(hash.number())))
}

/// Returns `fp_…`, which stays the same for a model.
pub(super) fn fingerprint(model: &str) -> String {
    let hash = PromptHash::of([("model", model)].into_iter()).number();
    format!("fp_{:010x}", hash >> 24)
}

/// Returns `PREFIX_…` for the thing of this number.
pub(super) fn named(prefix: &str, seed: u64, number: u64) -> String {
    format!("{prefix}_{}", ulid(0x0194_0000_0000, wide(&[seed, number, 4])))
}

/// Returns a `cf-ray`.
pub(super) fn ray(seed: u64, number: u64) -> String {
    format!("{:016x}-FRA", mix(&[seed, number, 3]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_shape_of_groqs() {
        let unix = Duration::from_secs(1_786_530_508);
        let request = request(1, 1, unix);
        assert!(request.starts_with("req_01kzt") && request.len() == 30, "{request}");
        let completion = completion(1, 1);
        assert_eq!(completion.len(), "chatcmpl-".len() + 36);
        assert_eq!(completion.as_bytes()["chatcmpl-".len() + 14], b'4', "{completion}");
        assert_eq!(fingerprint("m").len(), 13);
        assert_ne!(organisation("gsk_a"), organisation("gsk_b"));
    }

    #[test]
    fn a_prompt_hash_tells_messages_apart() {
        let hash = |messages: &[(&'static str, &'static str)]| PromptHash::of(messages.iter().copied());
        assert_eq!(hash(&[("user", "a")]), hash(&[("user", "a")]));
        assert_ne!(hash(&[("user", "ab")]), hash(&[("user", "a"), ("", "b")]));
        assert_eq!(hash(&[("user", "a")]).to_string().len(), 32);
    }

    #[test]
    fn shares_are_spread_evenly() {
        let below = (0..10_000).filter(|number| share(&[1, *number]) < 0.3).count();
        assert!((2_800..3_200).contains(&below), "{below}");
    }
}
