//! What the columns were when the mapping was made: a change stops the writes.

use redraft::source::port::SourceError;

use super::{
    mapping::{JOBS, SKILLS, TABLES, mapping},
    world::{World, id, source_of, with},
};

pub async fn a_column_that_is_no_longer_what_it_was_stops_everything(world: &dyn World) {
    for sql in TABLES {
        world.run(sql).await;
    }
    let mut mapping = mapping(&[SKILLS, JOBS]);
    mapping.fingerprint = redraft::source::fingerprint(&world.settings(), &mapping).await.unwrap();
    assert!(mapping.fingerprint.contains_key("job.body"), "{:?}", mapping.fingerprint);
    world.open_with(&mapping).await.unwrap();
    mapping.fingerprint.insert("job.body".to_owned(), "text".to_owned());
    let Err(SourceError::Mapping { message, place, .. }) = world.open_with(&mapping).await else {
        panic!("a changed column was taken")
    };
    assert!(
        message.starts_with("Column \"job.body\" was \"text\" when the mapping was made, and is \""),
        "{message}"
    );
    assert_eq!(place, "mapping.fingerprint.job.body");
}

pub async fn a_column_that_changes_while_the_application_runs_stops_its_writes(world: &dyn World) {
    for sql in TABLES {
        world.run(sql).await;
    }
    let mut mapping = mapping(&[SKILLS, JOBS]);
    mapping.fingerprint = redraft::source::fingerprint(&world.settings(), &mapping).await.unwrap();
    let source = world.open_with(&mapping).await.unwrap();
    let before = source_of(&*source, "1").await;
    world.run("ALTER TABLE job RENAME COLUMN body TO old_body").await;
    world.run("ALTER TABLE job ADD COLUMN body VARCHAR(77)").await;
    world.run("UPDATE job SET body = old_body").await;
    // It is looked at now and then, not before each statement.
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(11)).await;
    tokio::time::resume();
    let outcome = source.compare_and_set(&id("1"), &before, &with(&before, "skills", "x")).await;
    match outcome {
        Err(SourceError::Mapping { place, .. }) => assert_eq!(place, "mapping.fingerprint.job.body"),
        other => panic!("{other:?}"),
    }
}
