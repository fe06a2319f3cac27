//! TLS with a company's own certificate authority: accepted where it is named, refused where it is not.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
    process::{Command, Stdio},
};

use redraft::{
    config::DatabaseSettings,
    source::{
        self,
        port::{SourceError, WriteOutcome},
    },
};

use super::{
    servers::{self, Server},
    world::{World, id, source_of, with},
};
use crate::support::servers::Kind;

/// An authority and a certificate of `localhost` in a folder; `false` where there is no openssl.
fn certificates(folder: &Path) -> bool {
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n").unwrap();
    let made = [
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=company \
         -addext keyUsage=keyCertSign",
        "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj /CN=localhost",
        "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -out server.crt -days 2 -extfile names",
    ];
    made.iter().all(|arguments| {
        let mut command = Command::new("openssl");
        command.args(arguments.split_whitespace()).current_dir(folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    })
}

/// How each engine's URL asks for TLS: for it alone, for a certificate that holds, and where the authority's is.
fn words(kind: Kind) -> [&'static str; 3] {
    match kind {
        Kind::Postgres => ["sslmode=require", "sslmode=verify-full", "sslrootcert"],
        Kind::Mariadb => ["ssl-mode=REQUIRED", "ssl-mode=VERIFY_IDENTITY", "ssl-ca"],
    }
}

/// A server of its own with a certificate of the company's authority.
async fn with_tls(kind: Kind, certificates: &Path) -> Option<Server> {
    let world = servers::own(kind).await?;
    let folder = world.database.server().folder().to_owned();
    let owner = fs::metadata(folder.join("data")).unwrap();
    for name in ["server.key", "server.crt"] {
        let file = folder.join(name);
        fs::copy(certificates.join(name), &file).unwrap();
        chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    world.database.server().stop();
    world.database.server().restart();
    Some(world)
}

async fn refused(world: &Server, url: String, expected: &[&str]) {
    let error = source::open(&DatabaseSettings::at(url), &world.mapping()).await.err().unwrap();
    assert!(matches!(error, SourceError::Unreachable(_)), "{error:?}");
    for words in expected {
        assert!(error.to_string().contains(words), "no {words:?} in {error}");
    }
}

#[tokio::test]
async fn a_certificate_of_an_authority_that_is_named_is_accepted_and_no_other() {
    let folder = tempfile::TempDir::new().unwrap();
    if !certificates(folder.path()) {
        return;
    }
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let Some(world) = with_tls(kind, folder.path()).await else { continue };
        let there = world.database.url();
        let url = there.replace("127.0.0.1", "localhost");
        let [require, verify, authority] = words(kind);
        let ours = format!("{authority}={}", folder.path().join("ca.crt").display());
        for mode in [require.to_owned(), format!("{verify}&{ours}")] {
            let settings = DatabaseSettings::at(format!("{url}?{mode}"));
            let source = source::open(&settings, &world.mapping())
                .await
                .unwrap_or_else(|error| panic!("{kind:?} {mode}: {error}"));
            let checks = source.check().await;
            assert!(
                checks.iter().any(|check| check.message == "The connection is encrypted."),
                "{kind:?} {mode}: {checks:#?}"
            );
            let before = source_of(&*source, "de/1").await;
            let after = with(&before, "summary", mode.as_str());
            let outcome = source.compare_and_set(&id("de/1"), &before, &after).await.unwrap();
            assert_eq!(outcome, WriteOutcome::Written);
        }
        let stranger = format!("{authority}={}", folder.path().join("server.crt").display());
        let nowhere = format!("{authority}={}", folder.path().join("none.crt").display());
        for (url, expected) in [
            (
                format!("{url}?{verify}"),
                ["the certificate of localhost", "no authority that this machine knows"],
            ),
            (format!("{url}?{verify}&{stranger}"), ["the certificate of localhost", "is not accepted"]),
            (format!("{url}?{verify}&{nowhere}"), ["names a file that is not there", authority]),
            (
                format!("{there}?{verify}&{ours}"),
                ["the certificate of 127.0.0.1", "it is not made out to \"127.0.0.1\""],
            ),
        ] {
            refused(&world, url, &expected).await;
        }
    }
}
