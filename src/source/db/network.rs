//! What can go wrong between redraft and a server, in sentences; and addresses that hold no password.

use std::{error::Error as _, io};

use super::{DbError, Fault};
use crate::source::port::Check;

/// What is said of a URL that cannot be read; its own words may hold the password.
pub(super) const NO_URL: &str =
    "the URL cannot be read; characters like @ : / in names have to be written %40 %3A %2F";

/// Where a server is and who connects, for messages: everything of the URL but the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// `HOST:PORT`, or the path of the socket.
    pub(super) address: String,
    /// The host alone.
    pub(super) host: String,
    /// The account.
    pub(super) user: String,
    /// The database.
    pub(super) database: String,
}

/// Whether anybody on the way could read what is read here.
pub(super) fn encryption(place: &Place, encrypted: bool) -> Check {
    const SUBJECT: &str = "database.tls";
    let near = place.address.starts_with('/')
        || ["localhost", "127.0.0.1", "::1", "[::1]"].contains(&place.host.as_str());
    match (encrypted, near) {
        (true, _) => Check::ok(SUBJECT, "The connection is encrypted."),
        (false, true) => Check::ok(SUBJECT, "The connection does not leave this machine."),
        (false, false) => Check::warning(
            SUBJECT,
            "The connection is not encrypted: résumés and the password can be read on the way.",
            "Add ?sslmode=verify-full (PostgreSQL) or ?ssl-mode=VERIFY_IDENTITY (MySQL) to database.url.",
        ),
    }
}

/// Why a connection could not be made, as far as the network and TLS are the reason.
pub(super) fn unreached(error: &sqlx::Error, place: &Place) -> DbError {
    let at = &place.address;
    let message = match error {
        sqlx::Error::Io(error) => network(error, place),
        sqlx::Error::Tls(error) if error.to_string().contains("does not support TLS") => {
            format!("{at} offers no TLS, and the URL asks for it")
        }
        sqlx::Error::Tls(error) => format!("TLS with {at} failed: {error}"),
        sqlx::Error::Protocol(words) => protocol(words, place),
        sqlx::Error::Configuration(error) => format!("the URL cannot be used: {error}"),
        // Their words are the driver's, about the driver: no value of ours is in them.
        _ => format!("{at} cannot be used: {error}"),
    };
    DbError::new(Fault::Unreachable, message)
}

fn network(error: &io::Error, place: &Place) -> String {
    let at = &place.address;
    let words = error.to_string();
    match error.kind() {
        io::ErrorKind::ConnectionRefused => format!("nothing listens at {at}"),
        io::ErrorKind::NotFound if at.starts_with('/') => format!("there is no socket {at}"),
        io::ErrorKind::PermissionDenied if at.starts_with('/') => {
            format!("this account may not use the socket {at}")
        }
        // Beside sockets, only certificates and keys are files.
        io::ErrorKind::NotFound => {
            "the URL names a file that is not there; look at sslrootcert, sslcert and sslkey (PostgreSQL), or ssl-ca, \
             ssl-cert and ssl-key (MySQL)"
                .to_owned()
        }
        io::ErrorKind::PermissionDenied => {
            "the URL names a file that this account may not read; look at sslrootcert, sslcert and sslkey \
             (PostgreSQL), or ssl-ca, ssl-cert and ssl-key (MySQL)"
                .to_owned()
        }
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => {
            format!("{at} closed the connection while it was made")
        }
        // What the TLS library refuses, it says in its own words.
        io::ErrorKind::InvalidData => match error.get_ref().map(ToString::to_string) {
            Some(inner) if inner.contains("certificate") => certificate(&inner, place),
            Some(inner) => format!("TLS with {at} failed: {inner}"),
            None => format!("TLS with {at} failed"),
        },
        _ if words.contains("lookup") || words.contains("resolve") => {
            format!("there is no host named \"{}\"", place.host)
        }
        _ => format!("{at} cannot be reached: {words}"),
    }
}

/// Why a certificate is not accepted, in the words of whoever has to do something about it.
fn certificate(words: &str, place: &Place) -> String {
    let at = &place.address;
    let why = if words.contains("UnknownIssuer") {
        "no authority that this machine knows has signed it; if your company has one of its own, name the file with its \
         certificate: sslrootcert=FILE in the URL (PostgreSQL) or ssl-ca=FILE (MySQL), --tls-ca FILE of `redraft init`"
            .to_owned()
    } else if words.contains("not valid for name") {
        format!(
            "it is not made out to \"{}\" ({}); connect by a name that it holds",
            place.host,
            words.trim_start_matches("invalid peer certificate: ")
        )
    } else if words.to_lowercase().contains("expired") {
        "it has expired; whoever runs the server has to renew it, unless this machine's clock is wrong"
            .to_owned()
    } else {
        words.to_owned()
    };
    format!("the certificate of {at} is not accepted: {why}")
}

fn protocol(words: &str, place: &Place) -> String {
    let at = &place.address;
    if let Some((_, plugin)) = words.split_once("unknown authentication plugin: ") {
        let plugin: String =
            plugin.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
        return format!(
            "the account \"{}\" logs in with the plugin {plugin}, which redraft does not know; give it \
             mysql_native_password or caching_sha2_password",
            place.user
        );
    }
    if words.contains("RSA auth backend") {
        return format!(
            "the account \"{}\" may send its password to {at} only through TLS or a socket; add ?ssl-mode=REQUIRED",
            place.user
        );
    }
    format!("{at} does not speak as expected: {words}")
}

/// What broke a connection that was in use; `None` if the error is of another kind.
pub(super) fn broken(error: &sqlx::Error) -> Option<DbError> {
    let words = match error {
        sqlx::Error::Io(error) => error.source().map_or_else(|| error.to_string(), ToString::to_string),
        sqlx::Error::Tls(error) => error.to_string(),
        sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            "the server does not speak as expected".to_owned()
        }
        _ => return None,
    };
    Some(DbError::broken(format!("the connection broke: {words}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        let text = str::to_owned;
        Place {
            address: text("db.example:3306"),
            host: text("db.example"),
            user: text("ats"),
            database: text("ats"),
        }
    }

    #[test]
    fn each_reason_has_its_sentence() {
        let lookup = io::Error::other("failed to lookup address information: Name or service not known");
        for (error, words) in [
            (sqlx::Error::Io(io::ErrorKind::ConnectionRefused.into()), "nothing listens at db.example:3306"),
            (sqlx::Error::Io(lookup), "there is no host named \"db.example\""),
            (
                sqlx::Error::Tls("server does not support TLS".into()),
                "db.example:3306 offers no TLS, and the URL asks for it",
            ),
            (
                sqlx::Error::Io(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "invalid peer certificate: UnknownIssuer",
                )),
                "the certificate of db.example:3306 is not accepted: no authority that this machine knows has signed it; \
                 if your company has one of its own, name the file with its certificate: sslrootcert=FILE in the URL \
                 (PostgreSQL) or ssl-ca=FILE (MySQL), --tls-ca FILE of `redraft init`",
            ),
            (
                sqlx::Error::Io(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "invalid peer certificate: certificate not valid for name \"db.example\"; certificate is only \
                     valid for DnsName(\"db\")",
                )),
                "the certificate of db.example:3306 is not accepted: it is not made out to \"db.example\" (certificate not \
                 valid for name \"db.example\"; certificate is only valid for DnsName(\"db\")); connect by a name that \
                 it holds",
            ),
            (
                sqlx::Error::Io(io::ErrorKind::NotFound.into()),
                "the URL names a file that is not there; look at sslrootcert, sslcert and sslkey (PostgreSQL), or ssl-ca, \
                 ssl-cert and ssl-key (MySQL)",
            ),
        ] {
            assert_eq!(unreached(&error, &place()).message, words);
        }
        for (words, told) in [
            ("unknown authentication plugin: client_ed25519", "the plugin client_ed25519"),
            ("unknown authentication plugin: parsec", "the plugin parsec"),
            ("RSA auth backend disabled; enable feature", "only through TLS or a socket"),
        ] {
            let error = unreached(&sqlx::Error::Protocol(words.to_owned()), &place());
            assert!(error.message.contains(told) && error.fault == Fault::Unreachable, "{}", error.message);
        }
    }
}
