//! Where the candidate database is, and where its secrets are kept: from options, or asked for. A password is never an
//! argument, which every account of the machine can read, and never stands in the configuration.

use std::path::{Path, PathBuf, absolute};

use secrecy::{ExposeSecret, SecretString};

use super::Where;
use crate::{
    cli::{
        output::Output,
        prompt,
        stop::{Step, Stop},
    },
    config::{DatabaseSettings, Environment, Secret},
    error::{Error, Result},
    proposal::Value,
};

/// The candidate database as it is connected to, and as it is written down.
#[derive(Debug)]
pub struct Address {
    /// As it is connected to.
    pub database: DatabaseSettings,
    /// The keys of `[database]`.
    pub keys: Vec<(&'static str, Value)>,
    /// The URL as somebody typed it.
    pub asked: String,
    /// A secret that is to be written into a file of its own.
    pub secret: Option<(PathBuf, SecretString)>,
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Tls {
    /// Not at all.
    Off,
    /// Always, whoever answers.
    Require,
    /// Always, and the server must prove that it is the one.
    Verify,
}

/// From options alone; `None` if they do not say.
pub fn from_options(options: &Where, environment: &Environment) -> Result<Option<Address>> {
    let (url, keys) = match (&options.database, &options.url_env, &options.url_file) {
        (Some(url), ..) => {
            let url = plain_url(url)?;
            let url = with_tls(&url, options.tls, options.tls_ca.as_deref())?;
            (SecretString::from(url.as_str()), vec![("url", Value::from(url))])
        }
        (None, Some(name), _) => secret(Secret::Env { env: name.clone() }, environment, "url")?,
        (None, None, Some(file)) => secret(Secret::File { file: whole(file)? }, environment, "url")?,
        (None, None, None) => return Ok(None),
    };
    let mut address =
        Address { database: DatabaseSettings::at(url), keys, asked: String::new(), secret: None };
    let password = match (&options.password_env, &options.password_file) {
        (Some(name), _) => secret(Secret::Env { env: name.clone() }, environment, "password")?,
        (None, Some(file)) => secret(Secret::File { file: whole(file)? }, environment, "password")?,
        (None, None) => return Ok(Some(address)),
    };
    address.database.password = Some(password.0);
    address.keys.extend(password.1);
    Ok(Some(address))
}

/// A secret that is kept elsewhere: its value, and how the configuration names the place.
fn secret(
    secret: Secret,
    environment: &Environment,
    key: &'static str,
) -> Result<(SecretString, Vec<(&'static str, Value)>)> {
    let value = secret.resolve(environment, None)?;
    let place = match secret {
        Secret::Env { env } => Value::from([("env", env.as_str())]),
        Secret::File { file } => Value::from([("file", file.display().to_string().as_str())]),
        Secret::Inline(_) | Secret::Command { .. } => Value::from(""),
    };
    Ok((value, vec![(key, place)]))
}

fn whole(path: &Path) -> Result<PathBuf> {
    absolute(path).map_err(|error| {
        Error::user(format!("{} is no path that can be used.", path.display())).because(error)
    })
}

/// A URL without a password; the path of a file is one of SQLite.
fn plain_url(text: &str) -> Result<String> {
    let text = text.trim();
    let Some((scheme, rest)) = text.split_once(':').filter(|(scheme, _)| scheme.len() > 1) else {
        if Path::new(text).is_file() {
            return Ok(format!("sqlite:{}", whole(Path::new(text))?.display()));
        }
        return Err(no_url());
    };
    match scheme {
        "sqlite" => Ok(format!("sqlite:{}", whole(Path::new(rest.trim_start_matches("//")))?.display())),
        "postgres" | "postgresql" | "mysql" | "mariadb" if rest.starts_with("//") => {
            if has_password(rest) {
                return Err(Error::user(
                    "The URL has a password in it, which every account of this machine can read.",
                )
                .hint("Leave it out: on a terminal redraft asks for it.")
                .hint("Else name where it is kept: --password-env NAME or --password-file FILE."));
            }
            Ok(text.to_owned())
        }
        _ => Err(no_url()),
    }
}

fn no_url() -> Error {
    // The text may hold a password: it is not repeated.
    Error::user("That is no address of a database that redraft knows.")
        .hint("As in sqlite:FILE, postgres://USER@HOST/DATABASE or mysql://USER@HOST/DATABASE (MariaDB too).")
}

/// Whether what follows the scheme of a URL has a password in it.
pub fn has_password(rest: &str) -> bool {
    let rest = rest.trim_start_matches('/');
    let (authority, _) = rest.split_once(['/', '?', '#']).unwrap_or((rest, ""));
    // An unescaped `@` may stand in a password, so the last one counts.
    let inside = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    inside || query.split('&').any(|pair| pair.to_ascii_lowercase().starts_with("password="))
}

/// The host of a URL, if it is of a server and not on this machine.
fn remote_host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let (authority, query) = rest.split_once(['/', '?']).unwrap_or((rest, ""));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let near = host.is_empty()
        || ["localhost", "127.0.0.1", "[::1]"].iter().any(|near| host.starts_with(near))
        || query.contains("socket=")
        || query.contains("host=/");
    (!near).then_some(host)
}

fn asks_for_tls(url: &str) -> bool {
    let url = url.to_ascii_lowercase();
    url.contains("sslmode=") || url.contains("ssl-mode=")
}

/// An authority whose file is missing or something else would be told as one that did not sign the certificate.
fn is_certificate(ca: &Path) -> Result<()> {
    let told = |why: &str| {
        Error::user(format!("{} {why}", ca.display())).hint(
            "--tls-ca takes the certificate of the authority, in a file that has BEGIN CERTIFICATE in it.",
        )
    };
    match std::fs::read_to_string(ca) {
        Ok(text) if text.contains("-----BEGIN CERTIFICATE-----") => Ok(()),
        Ok(_) => Err(told("holds no certificate.")),
        Err(error) => Err(told("cannot be read.").because(error)),
    }
}

fn with_tls(url: &str, tls: Option<Tls>, ca: Option<&Path>) -> Result<String> {
    let mut url = url.to_owned();
    if tls.is_none() && ca.is_none() {
        return Ok(url);
    }
    let (mode, authority, words) = match url.split_once(':').map(|(scheme, _)| scheme) {
        Some("postgres" | "postgresql") => ("sslmode", "sslrootcert", ["disable", "require", "verify-full"]),
        Some("mysql" | "mariadb") => ("ssl-mode", "ssl-ca", ["DISABLED", "REQUIRED", "VERIFY_IDENTITY"]),
        Some(_) | None => {
            return Err(Error::user("--tls and --tls-ca are for servers; a SQLite file has no connection."));
        }
    };
    if asks_for_tls(&url) {
        return Err(Error::user("The URL says already how the connection is encrypted.")
            .hint("Leave --tls and --tls-ca out, or take it out of the URL."));
    }
    let mut add = |key: &str, value: &str| {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(key);
        url.push('=');
        url.push_str(value);
    };
    let [off, require, verify] = words;
    match tls {
        Some(Tls::Off) => add(mode, off),
        Some(Tls::Require) => add(mode, require),
        Some(Tls::Verify) | None => add(mode, verify),
    }
    if let Some(ca) = ca {
        if tls == Some(Tls::Off) {
            return Err(Error::user("--tls off and --tls-ca contradict one another.")
                .hint("Leave one of them out: --tls-ca alone means --tls verify."));
        }
        is_certificate(ca)?;
        add(authority, &whole(ca)?.display().to_string().replace('%', "%25").replace('&', "%26"));
    }
    Ok(url)
}

/// Asks for what the options do not say. A password that is typed is kept beside `config`, in a file of its own.
pub fn ask(out: &Output, options: &Where, (config, last): (&Path, Option<&str>)) -> Step<Address> {
    out.note(format_args!("Where is the candidate database? As in"));
    out.note(format_args!("  postgres://USER@HOST/DATABASE   mysql://USER@HOST/DATABASE   sqlite:FILE"));
    let asked = loop {
        match plain_url(&prompt::line(out, "URL, without the password:", last)?) {
            Ok(url) => break url,
            Err(error) => out.note_sentence(error.message()),
        }
    };
    let url = &asked;
    let mut tls = options.tls;
    if let (Some(host), None, None, false) = (remote_host(url), tls, &options.tls_ca, asks_for_tls(url)) {
        out.note(format_args!("The connection to {} can be encrypted:", out.safe_line(host)));
        out.note(format_args!("  1 always, and the server must prove who it is"));
        out.note(format_args!("  2 always, whoever answers"));
        out.note(format_args!("  3 not at all"));
        tls = Some(match prompt::choice(out, "Which?", 3)? {
            0 => Tls::Verify,
            1 => Tls::Require,
            _ => Tls::Off,
        });
    }
    let url = with_tls(url, tls, options.tls_ca.as_deref()).map_err(Stop::from)?;
    let mut address = Address {
        database: DatabaseSettings::at(SecretString::from(url.as_str())),
        keys: vec![("url", Value::from(&url))],
        asked,
        secret: None,
    };
    if url.starts_with("sqlite:") {
        return Ok(address);
    }
    let password = prompt::secret(out, "Password, empty for none:")?;
    if password.expose_secret().is_empty() {
        return Ok(address);
    }
    let file = config.with_file_name("database-password");
    let file = whole(&file).map_err(Stop::from)?;
    address.keys.push(("password", Value::from([("file", file.display().to_string().as_str())])));
    address.database.password = Some(password.clone());
    address.secret = Some((file, password));
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_an_argument_is_refused_and_not_repeated() {
        for url in [
            "postgres://ats:S3cr3tPw@db/ats",
            "mysql://ats:S3cr3tPw@db/ats?x=1",
            "postgres://ats:S3cr@3tPw/x@db/ats",
            "postgres://db/ats?user=ats&password=S3cr3tPw",
            "postgres://ats@db/ats?Password=S3cr3tPw",
        ] {
            let error = plain_url(url).unwrap_err();
            assert!(error.message().contains("password"), "{url}");
            assert!(!error.to_string().contains("S3cr"), "{error}");
        }
        for url in ["postgres://ats@db:5432/ats", "mysql://db/ats", "mariadb://ats@[::1]:3306/ats"] {
            assert_eq!(plain_url(url).unwrap(), url);
        }
        assert_eq!(plain_url("sqlite:/a/b.db").unwrap(), "sqlite:/a/b.db");
        assert_eq!(plain_url("sqlite:///a/b.db").unwrap(), "sqlite:/a/b.db");
        for text in ["oracle://db", "S3cr3tPw", "postgres:ats", ""] {
            assert!(!plain_url(text).unwrap_err().to_string().contains("S3cr"), "{text}");
        }
    }

    #[test]
    fn tls_is_written_as_each_engine_has_it() {
        let folder = tempfile::TempDir::new().unwrap();
        let (ca, key) = (folder.path().join("ca.pem"), folder.path().join("key.pem"));
        std::fs::write(&ca, "-----BEGIN CERTIFICATE-----\n").unwrap();
        std::fs::write(&key, "-----BEGIN PRIVATE KEY-----\n").unwrap();
        let with_ca = format!("mysql://a@db/x?ssl-mode=VERIFY_IDENTITY&ssl-ca={}", ca.display());
        for (url, tls, ca, expected) in [
            ("postgres://a@db/x", Some(Tls::Verify), None, "postgres://a@db/x?sslmode=verify-full"),
            ("postgres://a@db/x?a=b", Some(Tls::Off), None, "postgres://a@db/x?a=b&sslmode=disable"),
            ("mysql://a@db/x", Some(Tls::Require), None, "mysql://a@db/x?ssl-mode=REQUIRED"),
            ("mysql://a@db/x", None, Some(&ca), with_ca.as_str()),
            ("mysql://a@db/x", None, None, "mysql://a@db/x"),
        ] {
            assert_eq!(with_tls(url, tls, ca.map(PathBuf::as_path)).unwrap(), expected);
        }
        for (tls, file, words) in [
            (Some(Tls::Off), &ca, "contradict"),
            (None, &key, "holds no certificate"),
            (None, &folder.path().join("none.pem"), "cannot be read"),
        ] {
            let error = with_tls("mysql://a@db/x", tls, Some(file)).unwrap_err();
            assert!(error.message().contains(words), "{error}");
        }
        assert!(with_tls("sqlite:/x", Some(Tls::Off), None).is_err());
        assert!(with_tls("postgres://db/x?sslmode=prefer", Some(Tls::Off), None).is_err());
    }

    #[test]
    fn only_servers_elsewhere_are_asked_about() {
        for (url, host) in [
            ("postgres://a@db.example:5432/x", Some("db.example:5432")),
            ("mysql://db/x", Some("db")),
            ("mysql://root@localhost/x", None),
            ("mysql://root@db/x?socket=/run/s", None),
            ("postgres:///x?host=/run", None),
            ("sqlite:/x", None),
        ] {
            assert_eq!(remote_host(url), host, "{url}");
        }
    }
}
