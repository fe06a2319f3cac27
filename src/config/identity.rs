//! Who decides on a shared host: a file that the system's owner keeps maps keys and accounts to reviewers, so that
//! nobody can say to be somebody else.
//!
//! ```toml
//! [[reviewer]]
//! name = "anna"
//! keys = ["SHA256:uNiVztksCsDhcc0u9e8BrrJXVGDgwKLmgpV3H+Yw3SU"]    # as `ssh-keygen -lf` prints them
//! uid = 1001
//! rights = "suggest"
//! ```

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Environment;
use crate::{
    domain::{Reviewer, Rights, Strength},
    error::{Error, Result},
};

/// The file of reviewers.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Reviewers {
    reviewer: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    #[serde(default)]
    keys: Vec<String>,
    #[serde(default)]
    uid: Option<u32>,
    #[serde(default)]
    rights: Rights,
}

/// Finds who decides in `file`: by the key that they logged in with, which sshd tells in the file that
/// `SSH_USER_AUTH` names, else by the user that runs the process.
///
/// # Errors
/// The file cannot be read or could be forged, or nobody in it has this key or user.
pub(super) fn identify(
    file: &Path,
    environment: &Environment,
    uid: u32,
) -> Result<(Reviewer, Strength, Rights)> {
    let place = file.display().to_string();
    let wrong = |message: String| Error::config(message).at(place.clone());
    let text = fs::read_to_string(file)
        .map_err(|error| wrong("The file of reviewers cannot be read.".to_owned()).because(error))?;
    let metadata = fs::metadata(file)
        .map_err(|error| wrong("The file of reviewers cannot be read.".to_owned()).because(error))?;
    if metadata.uid() != 0 || metadata.mode() & 0o022 != 0 {
        return Err(wrong("The file of reviewers could be changed by others than root.".to_owned())
            .hint(format!("chown root {place}; chmod 644 {place}")));
    }
    let known: Reviewers = toml::from_str(&text)
        .map_err(|error| wrong(format!("The file of reviewers is wrong: {}.", error.message())))?;
    let login = environment.get("SSH_USER_AUTH").map(|path| fs::read_to_string(path).unwrap_or_default());
    find(&known, login.as_deref(), uid).ok_or_else(|| {
        let error = wrong("You are not among the reviewers.".to_owned());
        match login.as_deref().map(fingerprints).and_then(|all| all.into_iter().next()) {
            Some(key) => error.hint(format!("Your key is {key}; whoever keeps the file can add it.")),
            None => error.hint(format!("Your user id is {uid}; whoever keeps the file can add it.")),
        }
    })
}

fn find(known: &Reviewers, login: Option<&str>, uid: u32) -> Option<(Reviewer, Strength, Rights)> {
    let named = |entry: &Entry| Reviewer(super::account::tidy(&entry.name));
    if let Some(login) = login {
        // Whoever came by SSH is known by the key alone: the account is everybody's.
        let keys = fingerprints(login);
        let entry = known.reviewer.iter().find(|entry| entry.keys.iter().any(|key| keys.contains(key)));
        return entry.map(|entry| (named(entry), Strength::SshKey, entry.rights));
    }
    let entry = known.reviewer.iter().find(|entry| entry.uid == Some(uid));
    entry.map(|entry| (named(entry), Strength::Kernel, entry.rights))
}

/// The fingerprints of the keys that sshd says somebody logged in with: lines `publickey ssh-ed25519 AAAA…`.
fn fingerprints(login: &str) -> Vec<String> {
    let key = |line: &str| {
        let mut words = line.split_whitespace();
        let blob = words.next().filter(|method| *method == "publickey").and_then(|_| words.nth(1))?;
        let digest = Sha256::digest(decoded(blob)?);
        Some(format!("SHA256:{}", encoded(&digest)))
    };
    login.lines().filter_map(key).collect()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The bytes that Base64 stands for; `None` if it is none.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for letter in text.trim_end_matches('=').bytes() {
        let value = u32::try_from(ALPHABET.iter().position(|known| *known == letter)?).ok()?;
        bits = (bits << 6) | value;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 255).ok()?);
        }
    }
    Some(bytes)
}

/// Base64 without padding, as fingerprints have it.
fn encoded(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |at: usize| u32::from(chunk.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for position in 0..=u32::try_from(chunk.len()).unwrap_or(0) {
            let index = usize::try_from((bits >> (18 - 6 * position)) & 63).unwrap_or(0);
            text.extend(ALPHABET.get(index).map(|letter| char::from(*letter)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    // A key made for this test; the fingerprint is what `ssh-keygen -lf` says about it.
    const LOGIN: &str =
        "publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMIN54NGHP7Ik99Xc8DxLmykRbfq0koOfKZj/qioIv5L\n";

    fn reviewers(text: &str) -> Reviewers {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn base64_is_read_and_written() {
        for (bytes, text) in
            [(&b""[..], ""), (b"f", "Zg"), (b"fo", "Zm8"), (b"foo", "Zm9v"), (b"foob", "Zm9vYg")]
        {
            assert_eq!(encoded(bytes), text);
            assert_eq!(decoded(text).as_deref(), Some(bytes));
        }
        assert_eq!(decoded("Zg==").as_deref(), Some(&b"f"[..]));
        assert_eq!(decoded("!"), None);
    }

    #[test]
    fn a_key_has_the_fingerprint_that_ssh_keygen_prints() {
        assert_eq!(fingerprints(LOGIN), ["SHA256:W5DknA8hl2pJoGjnWOgg85QyHtFi14ptwAtnQaRA6AU"]);
        assert!(fingerprints("password\npublickey\nhostbased ssh-ed25519 AAAA").is_empty());
    }

    #[test]
    fn whoever_came_by_ssh_is_known_by_the_key_alone() {
        let known = reviewers(
            "[[reviewer]]\nname = \"anna\"\nkeys = [\"SHA256:W5DknA8hl2pJoGjnWOgg85QyHtFi14ptwAtnQaRA6AU\"]\n[[reviewer]]\nname = \"ben\"\nuid = 1001\n",
        );
        let name =
            |found: Option<(Reviewer, Strength, Rights)>| found.map(|(who, strength, _)| (who.0, strength));
        assert_eq!(name(find(&known, Some(LOGIN), 1001)), Some(("anna".to_owned(), Strength::SshKey)));
        assert_eq!(name(find(&known, Some("password\n"), 1001)), None);
        assert_eq!(name(find(&known, None, 1001)), Some(("ben".to_owned(), Strength::Kernel)));
        assert_eq!(name(find(&known, None, 7)), None);
    }

    #[test]
    fn a_file_that_others_can_change_is_refused_and_a_stranger_is_told_what_to_ask_for() {
        if !rustix::process::getuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("reviewers.toml");
        fs::write(&file, "[[reviewer]]\nname = \"anna\"\nuid = 0\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        let none = Environment::default();
        let error = identify(&file, &none, 0).unwrap_err().to_string();
        assert!(error.starts_with("The file of reviewers could be changed by others than root."), "{error}");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(identify(&file, &none, 0).unwrap().0.0, "anna");
        let error = identify(&file, &none, 5).unwrap_err().to_string();
        assert!(error.contains("Your user id is 5;"), "{error}");
        let login = folder.path().join("login");
        fs::write(&login, LOGIN).unwrap();
        let environment = Environment::from([("SSH_USER_AUTH", login.to_str().unwrap())]);
        let error = identify(&file, &environment, 0).unwrap_err().to_string();
        assert!(error.contains("Your key is SHA256:W5DknA8hl2pJoGjnWOgg85QyHtFi14ptwAtnQaRA6AU;"), "{error}");
    }
}
