//! TLS with a company's own certificate authority: accepted where it is named, refused where it is not.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::Path,
    process::{Command, Stdio},
};

use redraft::{
    config::DatabaseSettings,
    source::{self, port::SourceError},
};

use super::{servers, world::World};
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

#[tokio::test]
async fn a_certificate_of_an_authority_that_is_named_is_accepted_and_no_other() {
    let folder = tempfile::TempDir::new().unwrap();
    if !certificates(folder.path()) {
        return;
    }
    let Some(world) = servers::own(Kind::Postgres).await else { return };
    let data = world.database.server().folder().join("data");
    let owner = fs::metadata(&data).unwrap();
    for name in ["server.key", "server.crt"] {
        let file = data.join(name);
        fs::copy(folder.path().join(name), &file).unwrap();
        chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    world.run("ALTER SYSTEM SET ssl = on").await;
    world.database.server().stop();
    world.database.server().restart();
    let url = world.database.url().replace("127.0.0.1", "localhost");
    let authority = folder.path().join("ca.crt");
    for mode in ["require".to_owned(), format!("verify-full&sslrootcert={}", authority.display())] {
        let settings = DatabaseSettings::at(format!("{url}?sslmode={mode}"));
        let source =
            source::open(&settings, &world.mapping()).await.unwrap_or_else(|error| panic!("{mode}: {error}"));
        let checks = source.check().await;
        assert!(
            checks.iter().any(|check| check.message == "The connection is encrypted."),
            "{mode}: {checks:#?}"
        );
    }
    for (url, words) in [
        (format!("{url}?sslmode=verify-full"), "the certificate of localhost"),
        (
            format!("{}?sslmode=verify-full&sslrootcert={}", world.database.url(), authority.display()),
            "the certificate of 127.0.0.1",
        ),
    ] {
        let error = source::open(&DatabaseSettings::at(url), &world.mapping()).await.err().unwrap();
        assert!(matches!(error, SourceError::Unreachable(_)), "{error:?}");
        assert!(error.to_string().contains(words), "{error}");
    }
}
