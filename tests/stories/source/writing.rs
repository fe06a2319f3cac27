//! The compare-and-set.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use redraft::{
    domain::{Format, Section, SectionId},
    source::port::{SourceError, WriteOutcome},
};

use super::world::{World, id, source_of, with};

pub async fn a_write_replaces_what_was_read_and_nothing_else(world: &dyn World) {
    let source = world.open().await;
    let rest = world.dump("summary touched").await;
    let before = source_of(&*source, "de/1").await;
    let after = with(&before, "summary", "Chef.");
    assert_eq!(source.compare_and_set(&id("de/1"), &before, &after).await.unwrap(), WriteOutcome::Written);
    assert_eq!(source_of(&*source, "de/1").await, after);
    let again = source.compare_and_set(&id("de/1"), &before, &after).await.unwrap();
    assert_eq!(again, WriteOutcome::AlreadyThere);
    let same = source.compare_and_set(&id("de/1"), &after, &after).await.unwrap();
    assert_eq!(same, WriteOutcome::AlreadyThere, "nothing to write is nothing written");
    assert_eq!(
        world.value("SELECT CAST(touched AS CHAR) FROM people WHERE first = 'Ada'").await.unwrap(),
        "1"
    );
    assert_eq!(world.value("SELECT CAST(sum(touched) AS CHAR) FROM people").await.unwrap(), "1");
    assert_eq!(world.dump("summary touched").await, rest);
    let back = source.compare_and_set(&id("de/1"), &after, &before).await.unwrap();
    assert_eq!(back, WriteOutcome::Written, "and back again");
    assert_eq!(source_of(&*source, "de/1").await, before);
}

pub async fn every_text_comes_back_byte_for_byte(world: &dyn World) {
    let source = world.open().await;
    let mut before = source_of(&*source, "de/1").await;
    for text in [
        "line\r\nline\rline\n",
        " blanks \t around ",
        "naïve e\u{301} \u{e9} 😀 \u{202e}abc\u{200b}",
        "'; DROP TABLE people; --",
        "\\ % _ \" ` ? ?1 :x",
        "007",
        "1e5",
        "NULL",
        "",
    ] {
        let after = with(&before, "experience", text);
        let outcome = source.compare_and_set(&id("de/1"), &before, &after).await.unwrap();
        assert_eq!(outcome, WriteOutcome::Written, "{text:?}");
        assert_eq!(source_of(&*source, "de/1").await, after, "{text:?}");
        before = after;
    }
    let mut null = before.clone();
    null.sections[1].text = None;
    assert_eq!(source.compare_and_set(&id("de/1"), &before, &null).await.unwrap(), WriteOutcome::Written);
    assert_eq!(source_of(&*source, "de/1").await, null);
}

/// What `=` on such columns would not see: case, blanks at the end, NULL for empty, another way to write an accent.
pub async fn an_edit_that_a_collation_hides_is_a_conflict(world: &dyn World) {
    for (column, was, is) in [
        ("summary", "'Cook.'", "'COOK.'"),
        ("experience", "'Two years. '", "'Two years.'"),
        ("experience", "NULL", "''"),
        ("skills", "''", "NULL"),
        ("summary", "'caf\u{e9}'", "'cafe\u{301}'"),
        ("summary", "'caf\u{e9}'", "'cafe'"),
        ("summary", "'Straße'", "'Strasse'"),
        ("skills", "'a'", "'a '"),
    ] {
        world.run(&format!("UPDATE people SET {column} = {was} WHERE first = 'Ada'")).await;
        let source = world.open().await;
        let before = source_of(&*source, "de/1").await;
        world.run(&format!("UPDATE people SET {column} = {is} WHERE first = 'Ada'")).await;
        let found = source_of(&*source, "de/1").await;
        assert_ne!(found, before, "{was} {is}");
        for section in ["summary", "skills"] {
            let after = with(&before, section, "new");
            let outcome = source.compare_and_set(&id("de/1"), &before, &after).await.unwrap();
            assert_eq!(outcome, WriteOutcome::Changed(found.clone()), "{was} {is}");
        }
        assert_eq!(source_of(&*source, "de/1").await, found, "{was} {is}");
    }
}

pub async fn an_edit_of_a_section_that_is_not_written_is_a_conflict(world: &dyn World) {
    let source = world.open().await;
    let before = source_of(&*source, "de/1").await;
    world.run("UPDATE people SET education = 'Another school.' WHERE first = 'Ada'").await;
    let outcome = source.compare_and_set(&id("de/1"), &before, &with(&before, "summary", "Chef.")).await;
    assert!(matches!(outcome, Ok(WriteOutcome::Changed(_))), "{outcome:?}");
    let now = source_of(&*source, "de/1").await;
    let outcome = source.compare_and_set(&id("de/1"), &now, &with(&now, "education", "x")).await.unwrap();
    let WriteOutcome::Refused(why) = outcome else { panic!("{outcome:?}") };
    assert!(why.contains("write = false"), "{why}");
}

/// A time of change, or anything else that is no mapped text, is neither the lock nor in the way.
pub async fn a_change_of_what_is_no_text_is_no_conflict(world: &dyn World) {
    let mut mapping = world.mapping();
    mapping.candidate.updated_at = Some("touched".to_owned());
    let source = world.open_with(&mapping).await.unwrap();
    let before = source_of(&*source, "de/1").await;
    world.run("UPDATE people SET touched = 7, city = 'Ulm', last = 'Other' WHERE first = 'Ada'").await;
    let after = with(&before, "summary", "Chef.");
    assert_eq!(source.compare_and_set(&id("de/1"), &before, &after).await.unwrap(), WriteOutcome::Written);
    // And an edit that leaves it as it is, is one.
    world.run("UPDATE people SET summary = 'Mine.' WHERE first = 'Ada'").await;
    let outcome = source.compare_and_set(&id("de/1"), &after, &before).await.unwrap();
    assert!(matches!(outcome, WriteOutcome::Changed(_)), "{outcome:?}");
}

pub async fn several_sections_are_written_together_or_not_at_all(world: &dyn World) {
    let source = world.open().await;
    let before = source_of(&*source, "de/1").await;
    let after = with(&with(&before, "summary", "Chef."), "skills", "knives");
    world.run("UPDATE people SET skills = 'mine' WHERE first = 'Ada'").await;
    let outcome = source.compare_and_set(&id("de/1"), &before, &after).await.unwrap();
    let WriteOutcome::Changed(found) = outcome else { panic!("{outcome:?}") };
    assert_eq!(found.sections[2].text.as_deref(), Some("mine"));
    assert_eq!(source_of(&*source, "de/1").await, found);
    world.run("UPDATE people SET skills = 'a, b' WHERE first = 'Ada'").await;
    assert_eq!(source.compare_and_set(&id("de/1"), &before, &after).await.unwrap(), WriteOutcome::Written);
    assert_eq!(source_of(&*source, "de/1").await, after);
    // Half of it undone by a person is neither the old text nor the new one.
    world.run("UPDATE people SET skills = 'a, b' WHERE first = 'Ada'").await;
    let half = source.compare_and_set(&id("de/1"), &before, &after).await.unwrap();
    assert!(matches!(half, WriteOutcome::Changed(_)), "{half:?}");
}

pub async fn who_withdrew_consent_or_went_is_gone(world: &dyn World) {
    let source = world.open().await;
    let before = source_of(&*source, "de/1").await;
    let after = with(&before, "summary", "Chef.");
    world.run("UPDATE people SET consent = 0 WHERE first = 'Ada'").await;
    assert_eq!(source.compare_and_set(&id("de/1"), &before, &after).await.unwrap(), WriteOutcome::Gone);
    assert_eq!(world.value("SELECT summary FROM people WHERE first = 'Ada'").await.unwrap(), "Cook.");
    world.run("DELETE FROM people WHERE first = 'Ada'").await;
    assert_eq!(source.compare_and_set(&id("de/1"), &before, &after).await.unwrap(), WriteOutcome::Gone);
    assert_eq!(source.compare_and_set(&id("odd"), &before, &after).await.unwrap(), WriteOutcome::Gone);
}

pub async fn what_would_not_be_stored_as_it_is_is_refused(world: &dyn World) {
    world.shout().await;
    let source = world.open().await;
    let before = source_of(&*source, "de/2").await;
    let rows = world.dump("").await;
    for (section, text, why) in [
        ("skills", "x".repeat(21), "has 21 bytes; at most 20 are allowed (max_bytes)"),
        ("summary", "a\0b".to_owned(), "U+0000"),
        ("experience", "lower".to_owned(), "\"experience\" is stored differently: upper and lower case"),
    ] {
        match source.compare_and_set(&id("de/2"), &before, &with(&before, section, &text)).await.unwrap() {
            WriteOutcome::Refused(told) => assert!(told.contains(why) && !told.contains("LOWER"), "{told}"),
            other => panic!("{section}: {other:?}"),
        }
        assert_eq!(world.dump("").await, rows, "{section}");
    }
}

pub async fn a_text_of_another_mapping_is_refused(world: &dyn World) {
    let source = world.open().await;
    let mut before = source_of(&*source, "de/1").await;
    before.sections.push(Section {
        id: SectionId("hobbies".to_owned()),
        format: Format::Text,
        text: Some("Chess.".to_owned()),
        ..Section::default()
    });
    let error =
        source.compare_and_set(&id("de/1"), &before, &with(&before, "summary", "x")).await.unwrap_err();
    assert!(matches!(error, SourceError::Mapping { .. }), "{error}");
    assert!(error.to_string().contains("\"hobbies\"") && !error.to_string().contains("Chess"), "{error}");
}

pub async fn many_writers_lose_no_edit(world: &dyn World) {
    world.run("UPDATE people SET skills = '0' WHERE first = 'Ada'").await;
    let source = world.open().await;
    let writers = (0..8).map(|_| {
        let source = source.clone();
        tokio::spawn(async move {
            let mut done = 0;
            while done < 25 {
                let before = source_of(&*source, "de/1").await;
                let next = before.sections[2].text.as_deref().unwrap().parse::<u32>().unwrap() + 1;
                let after = with(&before, "skills", &next.to_string());
                match source.compare_and_set(&id("de/1"), &before, &after).await.unwrap() {
                    // Or somebody wrote before it was looked at again.
                    WriteOutcome::Written | WriteOutcome::Drifted(_) => done += 1,
                    // Another writer was faster: with the same number, or with another.
                    WriteOutcome::Changed(_) | WriteOutcome::AlreadyThere => {}
                    other => panic!("{other:?}"),
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(world.value("SELECT skills FROM people WHERE first = 'Ada'").await.unwrap(), "200");
}

/// A hundred people at once, each edit a statement of its own, while redraft writes: each edit is still there.
pub async fn no_edit_of_a_person_is_written_over(world: &dyn World) {
    const PEOPLE: usize = 100;
    const EDITS: usize = 2;
    const MOST: usize = 20_000;
    world.run("UPDATE people SET experience = '' WHERE first = 'Ada'").await;
    let source = world.open().await;
    let (written, over) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let writer = tokio::spawn({
        let (source, written, over) = (source.clone(), written.clone(), over.clone());
        async move {
            while !over.load(Ordering::Relaxed) {
                let before = source_of(&*source, "de/1").await;
                let text = before.sections[1].text.clone().unwrap();
                let after = with(&before, "experience", &format!("{text}r"));
                match source.compare_and_set(&id("de/1"), &before, &after).await {
                    // Or a person came right behind the commit.
                    Ok(WriteOutcome::Written | WriteOutcome::Drifted(_)) => {
                        written.fetch_add(1, Ordering::Relaxed);
                    }
                    // A person was faster, or a hundred of them stand before the same lock.
                    Ok(WriteOutcome::Changed(_)) | Err(SourceError::Busy(_)) => {}
                    other => panic!("{other:?}"),
                }
            }
        }
    });
    let edit = || world.run("UPDATE people SET experience = experience || 'p' WHERE first = 'Ada'");
    let people = (0..PEOPLE).map(|_| async {
        for _ in 0..EDITS {
            edit().await;
        }
    });
    futures_util::future::join_all(people).await;
    // On a busy machine the writer may get its first turn late: the edits go on until it had one.
    let mut edits = PEOPLE * EDITS;
    while written.load(Ordering::Relaxed) == 0 {
        assert!(edits < MOST, "the writer never got a turn");
        edit().await;
        edits += 1;
    }
    over.store(true, Ordering::Relaxed);
    writer.await.unwrap();
    let text = source_of(&*source, "de/1").await.sections[1].text.clone().unwrap();
    let count = |letter| text.matches(letter).count();
    assert_eq!(count('p'), edits);
    assert_eq!(count('r'), written.load(Ordering::Relaxed));
}
