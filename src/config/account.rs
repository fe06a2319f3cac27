//! Who decides: named on the command line, in the configuration, or by the account that runs the program.

use std::fs;

use super::{Config, Environment};
use crate::{
    domain::{Reviewer, Rights, Strength},
    error::{Error, Result},
};

/// The longest name that is kept, in characters.
const LONGEST: usize = 64;

impl Config {
    /// Who decides, and how that is known: by the file of reviewers if there is one, where nobody can say to be
    /// somebody else; without one as they say. And what they may do.
    pub fn identity(
        &self,
        named: Option<&str>,
        environment: &Environment,
    ) -> Result<(Reviewer, Strength, Rights)> {
        let Some(file) = &self.review.reviewers else {
            return Ok((self.reviewer(named, environment), Strength::Asserted, self.review.rights));
        };
        let uid = rustix::process::getuid().as_raw();
        let (who, strength, rights) = super::identity::identify(file, environment, uid)?;
        if let Some(other) = named.map(tidy).filter(|other| *other != who.0) {
            return Err(Error::user(format!("You are {who} here and cannot decide as {other}."))
                .hint("Leave out --as: review.reviewers names everybody by key or account."));
        }
        Ok((who, strength, rights.min(self.review.rights)))
    }

    /// Who decides: `named` on the command line, else `review.name`, else the name of the account.
    pub fn reviewer(&self, named: Option<&str>, environment: &Environment) -> Reviewer {
        let own = named.or(self.review.name.as_deref()).map(tidy).filter(|name| !name.is_empty());
        Reviewer(own.unwrap_or_else(|| account(environment)))
    }
}

/// The name of the account by the user id, which nobody can forge; the environment is asked only if the system has no
/// name for it.
fn account(environment: &Environment) -> String {
    let uid = rustix::process::getuid().as_raw();
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let by_variable = || environment.get("LOGNAME").or_else(|| environment.get("USER")).map(tidy);
    name_of(&passwd, uid)
        .or_else(|| by_variable().filter(|name| !name.is_empty()))
        .unwrap_or_else(|| format!("uid-{uid}"))
}

fn name_of(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(uid) && !name.is_empty()).then(|| tidy(name))
    })
}

/// A name without what does not belong into one: control characters and blanks around it.
pub(super) fn tidy(name: &str) -> String {
    let kept: String = name.trim().chars().filter(|char| !char.is_control()).take(LONGEST).collect();
    kept.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_its_name_by_its_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\nanna:x:1000:1000:Anna,,,:/home/anna:/bin/sh\nbroken\n";
        assert_eq!(name_of(passwd, 1000).as_deref(), Some("anna"));
        assert_eq!(name_of(passwd, 7), None);
    }

    #[test]
    fn a_name_is_tidied() {
        assert_eq!(tidy("  an\u{1b}na \n"), "anna");
        assert_eq!(tidy(&"x".repeat(100)).len(), LONGEST);
    }
}
