//! What goes wrong between redraft and a server: a sentence each, no password in it, and on it goes when the cause is
//! gone.

use redraft::{
    config::DatabaseSettings,
    domain::PostingId,
    source::{
        self,
        port::{CheckLevel, PageQuery, SourceError, WriteOutcome},
    },
};

use super::{
    servers::{self, Server},
    world::{World, id, ids, source_of, with},
};
use crate::support::servers::Kind;

/// A password that must show up nowhere.
const PASSWORD: &str = "S3cr3tPw";

async fn both() -> Vec<Server> {
    [servers::postgres().await, servers::mariadb().await].into_iter().flatten().collect()
}

/// What is said when `settings` cannot be opened.
async fn refusal(world: &Server, settings: &DatabaseSettings) -> String {
    let error = source::open(settings, &world.mapping()).await.err().expect("it cannot be opened");
    let (said, debugged) = (error.to_string(), format!("{error:?} {settings:?}"));
    for words in [&said, &debugged] {
        assert!(!words.contains(PASSWORD), "{words}");
    }
    assert!(matches!(error, SourceError::Unreachable(_)), "{debugged}");
    said
}

#[tokio::test]
async fn each_reason_not_to_get_in_has_its_sentence_without_the_password() {
    for world in both().await {
        let (database, port) = (&world.database, world.database.server().port());
        let user = database.kind().administrator();
        let here = format!("127.0.0.1:{port}");
        let good = database.url_as(user, PASSWORD);
        let tls = match database.kind() {
            Kind::Postgres => "?sslmode=require",
            Kind::Mariadb => "?ssl-mode=REQUIRED",
        };
        for (url, words) in [
            (good.clone(), format!("{here} refuses the password of \"{user}\"")),
            (
                good.replace(&here, "no-such-host.invalid"),
                "no host named \"no-such-host.invalid\"".to_owned(),
            ),
            (good.replace(&here, "127.0.0.1:1"), "nothing listens at 127.0.0.1:1".to_owned()),
            (format!("{good}{tls}"), format!("{here} offers no TLS, and the URL asks for it")),
            (
                format!("{good}#{PASSWORD} {PASSWORD}").replace(&here, "[no"),
                "the URL cannot be read".to_owned(),
            ),
        ] {
            let said = refusal(&world, &DatabaseSettings::at(url.clone())).await;
            assert!(said.contains(&words), "{said}, not {words}");
        }
        let (role, password) = database.role("stranger");
        let other = database.url_as(&role, &password).replace(database.name(), "elsewhere");
        let other = other.replace("//elsewhere_stranger", &format!("//{role}"));
        let said = refusal(&world, &DatabaseSettings::at(other)).await;
        assert!(said.contains("elsewhere"), "{said}");
    }
}

#[tokio::test]
async fn a_password_apart_from_the_url_is_taken_and_never_shown() {
    for world in both().await {
        let user = format!("{}_apart", world.database.name());
        let password = format!("{PASSWORD}'/ü@1");
        match world.database.kind() {
            Kind::Postgres => {
                let quoted = password.replace('\'', "''");
                world.run(&format!("CREATE ROLE {user} LOGIN SUPERUSER PASSWORD '{quoted}'")).await;
            }
            Kind::Mariadb => {
                let quoted = password.replace('\'', "''");
                world.run(&format!("CREATE USER {user}@localhost IDENTIFIED BY '{quoted}'")).await;
                world.run(&format!("GRANT ALL ON *.* TO {user}@localhost")).await;
            }
        }
        let url = world.database.url_as(&user, "x").replace(":x@", "@");
        let settings =
            DatabaseSettings { password: Some(password.clone().into()), ..DatabaseSettings::at(url.clone()) };
        assert!(!format!("{settings:?}").contains(PASSWORD));
        assert_eq!(source::open(&settings, &world.mapping()).await.unwrap().count().await.unwrap(), 4);
        let wrong =
            DatabaseSettings { password: Some(format!("{password}x").into()), ..DatabaseSettings::at(url) };
        assert!(refusal(&world, &wrong).await.contains("refuses the password"));
        world
            .run(&match world.database.kind() {
                Kind::Postgres => format!("DROP ROLE {user}"),
                Kind::Mariadb => format!("DROP USER {user}@localhost"),
            })
            .await;
    }
}

#[tokio::test]
async fn an_account_that_may_read_and_change_the_mapped_columns_alone_is_enough() {
    for world in both().await {
        let (role, password) = world.database.role("narrow");
        let to = if world.is_postgres() { role.clone() } else { format!("{role}@localhost") };
        let read =
            "country, number, first, last, city, consent, summary, experience, skills, education, touched";
        world
            .run(&format!(
                "GRANT SELECT ({read}), UPDATE (summary, experience, skills, touched) ON people TO {to}"
            ))
            .await;
        world.run(&format!("GRANT SELECT ON jobs TO {to}")).await;
        let settings = DatabaseSettings::at(world.database.url_as(&role, &password));
        let source = source::open(&settings, &world.mapping()).await.unwrap();
        let before = source_of(&*source, "de/1").await;
        let after = with(&with(&before, "summary", "Chef."), "skills", "knives");
        assert_eq!(
            source.compare_and_set(&id("de/1"), &before, &after).await.unwrap(),
            WriteOutcome::Written
        );
        assert_eq!(source_of(&*source, "de/1").await, after);
        let rows = world.dump("").await;
        let checks = source.check().await;
        assert!(checks.iter().all(|check| check.level != CheckLevel::Error), "{checks:#?}");
        assert_eq!(world.dump("").await, rows);
    }
}

#[tokio::test]
async fn an_account_that_may_only_read_is_told_so_and_writes_nothing() {
    for world in both().await {
        let (role, password) = world.database.role("reader");
        let to = if world.is_postgres() { role.clone() } else { format!("{role}@localhost") };
        world.run(&format!("GRANT SELECT ON people TO {to}")).await;
        world.run(&format!("GRANT SELECT ON jobs TO {to}")).await;
        let settings = DatabaseSettings::at(world.database.url_as(&role, &password));
        let source = source::open(&settings, &world.mapping()).await.unwrap();
        let before = source_of(&*source, "de/1").await;
        let error = source
            .compare_and_set(&id("de/1"), &before, &with(&before, "summary", "Chef."))
            .await
            .unwrap_err();
        assert!(matches!(error, SourceError::ReadOnly(_)), "{error}");
        let checks = source.check().await;
        assert!(
            checks.iter().any(|check| check.subject == "write-back" && check.level == CheckLevel::Error),
            "{checks:#?}"
        );
        assert_eq!(source_of(&*source, "de/1").await, before);
    }
}

#[tokio::test]
async fn somebody_elses_lock_is_busy_readers_are_not_kept_out_and_the_write_goes_on_when_it_is_gone() {
    for world in both().await {
        let source = world.open().await;
        let before = source_of(&*source, "de/1").await;
        let after = with(&before, "summary", "Chef.");
        let mut other = world.database.session();
        other.run("BEGIN; SELECT * FROM people WHERE country = 'de' FOR UPDATE");
        let busy = source.compare_and_set(&id("de/1"), &before, &after).await.unwrap_err();
        assert!(matches!(busy, SourceError::Busy(_)), "{busy}");
        assert!(busy.to_string().contains("lock"), "{busy}");
        // Any lock that a reader asked for would have to wait for these.
        other.run("SELECT * FROM people FOR UPDATE; SELECT * FROM jobs FOR UPDATE");
        assert_eq!(source_of(&*source, "de/1").await, before, "readers are not kept out");
        let query = PageQuery { limit: 10, search: Some("a".to_owned()), after: None };
        assert_eq!(ids(&*source, query).await.0, ["de/1", "fr/2"]);
        assert_eq!(source.count().await.unwrap(), 4);
        assert_eq!(source.postings().await.unwrap().len(), 2);
        assert!(source.posting(&PostingId("j1".to_owned())).await.unwrap().is_some());
        other.run("COMMIT");
        assert_eq!(
            source.compare_and_set(&id("de/1"), &before, &after).await.unwrap(),
            WriteOutcome::Written
        );
    }
}

/// Redraft's reads keep nobody out either: a person's edit of a row goes through while pages are read.
#[tokio::test]
async fn reading_keeps_nobody_from_writing() {
    for world in both().await {
        let source = world.open().await;
        let reads = async {
            for _ in 0..50 {
                ids(&*source, PageQuery { limit: 10, ..PageQuery::default() }).await;
                source_of(&*source, "de/1").await;
            }
        };
        let edits = async {
            for number in 0..10 {
                world.run(&format!("UPDATE people SET skills = '{number}' WHERE country = 'de'")).await;
            }
        };
        futures_util::future::join(reads, edits).await;
        assert_eq!(source_of(&*source, "de/1").await.sections[2].text.as_deref(), Some("9"));
    }
}

#[tokio::test]
async fn a_server_that_went_away_is_told_and_used_again_when_it_is_back() {
    for world in [servers::own(Kind::Postgres).await, servers::own(Kind::Mariadb).await].into_iter().flatten()
    {
        let source = world.open().await;
        let before = source_of(&*source, "de/1").await;
        let after = with(&before, "summary", "Chef.");
        world.database.server().kill();
        let gone = source.count().await.unwrap_err();
        assert!(matches!(gone, SourceError::Unreachable(_)), "{gone:?}");
        assert!(gone.to_string().contains("nothing listens at 127.0.0.1"), "{gone}");
        let gone = source.compare_and_set(&id("de/1"), &before, &after).await.unwrap_err();
        assert!(matches!(gone, SourceError::Unreachable(_)), "{gone:?}");
        world.database.server().restart();
        assert_eq!(source.count().await.unwrap(), 4);
        assert_eq!(
            source.compare_and_set(&id("de/1"), &before, &after).await.unwrap(),
            WriteOutcome::Written
        );
        // Stopped and started behind its back, with connections that nobody used meanwhile.
        world.database.server().stop();
        world.database.server().restart();
        assert_eq!(
            source.compare_and_set(&id("de/1"), &after, &before).await.unwrap(),
            WriteOutcome::Written
        );
        assert_eq!(source_of(&*source, "de/1").await, before);
    }
}

#[tokio::test]
async fn a_column_renamed_under_a_running_application_gets_the_sentence_it_would_have_got_at_the_start() {
    for world in both().await {
        let source = world.open().await;
        let before = source_of(&*source, "de/1").await;
        world.run("ALTER TABLE people RENAME COLUMN skills TO abilities").await;
        for _ in 0..2 {
            let gone = source.read(&id("de/1")).await.unwrap_err();
            assert_eq!(
                gone.to_string(),
                "Section \"skills\" reads column \"skills\", which table \"people\" does not have."
            );
        }
        let write =
            source.compare_and_set(&id("de/1"), &before, &with(&before, "summary", "x")).await.unwrap_err();
        assert!(matches!(write, SourceError::Mapping { .. }), "{write}");
        world.run("ALTER TABLE people RENAME COLUMN abilities TO skills").await;
        assert_eq!(source_of(&*source, "de/1").await, before);
        // A column of another type: a statement that was prepared for the old one must not fail for ever.
        world.run("ALTER TABLE people ADD extra int").await;
        world
            .run(match world.database.kind() {
                Kind::Postgres => "ALTER TABLE people ALTER COLUMN city TYPE varchar(50)",
                Kind::Mariadb => "ALTER TABLE people MODIFY city varchar(50)",
            })
            .await;
        assert_eq!(source_of(&*source, "de/1").await, before);
        assert_eq!(
            source.compare_and_set(&id("de/1"), &before, &with(&before, "summary", "x")).await.unwrap(),
            WriteOutcome::Written
        );
    }
}

#[tokio::test]
async fn a_text_that_does_not_fit_is_refused_whatever_the_servers_mode() {
    for world in both().await {
        world.run("ALTER TABLE people DROP COLUMN education").await;
        world
            .run(match world.database.kind() {
                Kind::Postgres => "ALTER TABLE people ADD education varchar(20)",
                Kind::Mariadb => "ALTER TABLE people ADD education varchar(20) CHARACTER SET latin1",
            })
            .await;
        let mut mapping = world.mapping();
        mapping.section.last_mut().unwrap().write = true;
        let source = world.open_with(&mapping).await.unwrap();
        let before = source_of(&*source, "de/1").await;
        let mut texts = vec!["x".repeat(21), "é".repeat(21)];
        if !world.is_postgres() {
            texts.push("snow \u{2603}".to_owned());
            texts.push("😀".to_owned());
        }
        for text in texts {
            let outcome = source
                .compare_and_set(&id("de/1"), &before, &with(&before, "education", &text))
                .await
                .unwrap();
            assert!(matches!(outcome, WriteOutcome::Refused(_)), "{text}: {outcome:?}");
            assert_eq!(source_of(&*source, "de/1").await, before, "{text}");
        }
        let fits = with(&before, "education", &"é".repeat(20));
        assert_eq!(source.compare_and_set(&id("de/1"), &before, &fits).await.unwrap(), WriteOutcome::Written);
    }
}
