//! The questions of `redraft init` in a real terminal of 80 columns.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use tempfile::TempDir;

use crate::{
    cli::run::Place,
    support::{pty::Terminal, servers},
};

fn start(home: &Path, arguments: &[&str]) -> Terminal {
    Terminal::start(80, 40, arguments, &[("HOME", home.to_str().unwrap()), ("LANG", "C.UTF-8")])
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_file_is_mapped_by_a_few_answers() {
    let place = Place::demo(12);
    let home = place.path("home");
    fs::create_dir(&home).unwrap();
    let mut terminal = start(&home, &["init"]);
    terminal.sees("URL, without the password:").press("nonsense<Enter>").sees("no address of a database");
    let url = format!("sqlite:{}", place.path("demo/candidates.db").display());
    terminal.press(&format!("{url}<Enter>"));
    terminal.sees("Which texts make up a résumé?").sees("Which, in which order? [1,2,3,4]").press("7<Enter>");
    terminal.sees("Type numbers from 1 to 4").press("2,1<Enter>");
    terminal.sees("Which table holds the job postings?").sees("Which? [1]").press("<Enter>");
    terminal.sees("letters and digits masked").sees("config.toml? [Y/n]").press("<Enter>");
    terminal.sees("Next: redraft check");
    assert!(terminal.ends().success());
    let file = home.join(".config/redraft/config.toml");
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(mode(&file), 0o600);
    let (first, second) = (text.find("id = \"experience\"").unwrap(), text.find("id = \"summary\"").unwrap());
    assert!(first < second && !text.contains("id = \"skills\""), "{text}");
}

#[test]
fn whoever_says_no_or_leaves_gets_no_file() {
    let place = Place::demo(12);
    let url = format!("sqlite:{}", place.path("demo/candidates.db").display());
    let folder = TempDir::new().unwrap();
    let options = ["init", "--database", &url, "--sections", "summary", "--postings", "none"];
    let mut terminal = start(folder.path(), &options);
    terminal.sees("config.toml? [Y/n]").press("n<Enter>").sees("Nothing was written.");
    assert_eq!(terminal.ends().exit_code(), 1);
    let mut terminal = start(folder.path(), &options);
    terminal.sees("config.toml? [Y/n]").press("<C-d>").sees("Nothing was written.");
    assert_eq!(terminal.ends().exit_code(), 1);
    assert!(!folder.path().join(".config").exists());
}

#[test]
fn a_password_is_asked_for_never_shown_and_kept_apart() {
    let Some(database) = servers::mariadb() else { return };
    database.run(
        "CREATE TABLE candidates (id int PRIMARY KEY, name varchar(80), email varchar(80), cv text) CHARSET utf8mb4; \
         INSERT INTO candidates VALUES (1, 'Ann Lee', 'ann@example.org', 'Cooked for many people for many years.')",
    );
    let (user, password) = database.role("init");
    database.run(&format!("GRANT SELECT, UPDATE ON {}.candidates TO {user}@localhost", database.name()));
    let url = database.url_as(&user, "").replace(":@", "@");
    let folder = TempDir::new().unwrap();
    let mut terminal = start(folder.path(), &["init"]);
    terminal.sees("URL, without the password:").press(&format!("{url}<Enter>"));
    terminal.sees("Password, empty for none: (not shown)").press("mistyped<Enter>");
    // The sentence breaks between words, and the address need not be typed again.
    terminal.sees("hint: Nothing was written.").sees("Once more, please; Ctrl-C gives up.");
    terminal.sees(&format!("URL, without the password: [{}", url.split_at(20).0)).press("<Enter>");
    terminal
        .until("it asks again", |screen| screen.matches("(not shown)").count() == 2)
        .press("wrong<C-u>")
        .press(&password)
        .press("<Enter>");
    terminal.sees("config.toml? [Y/n]").press("<Enter>").sees("Next: redraft check");
    assert!(!terminal.screen().contains(&password));
    assert!(terminal.ends().success());
    let config = folder.path().join(".config/redraft/config.toml");
    let kept = config.with_file_name("database-password");
    assert_eq!((mode(&config), mode(&kept)), (0o600, 0o600));
    assert_eq!(fs::read_to_string(&kept).unwrap(), password);
    let text = fs::read_to_string(&config).unwrap();
    assert!(text.contains("password = { file = ") && !text.contains(&password), "{text}");
    // Ctrl-C at the secret gives the terminal back and ends.
    let elsewhere = TempDir::new().unwrap();
    let mut terminal = start(elsewhere.path(), &["init"]);
    terminal.sees("URL, without the password:").press(&format!("{url}<Enter>"));
    terminal.sees("(not shown)").press("half<C-c>").sees("Nothing was written.");
    assert_eq!(terminal.ends().exit_code(), 1);
}
