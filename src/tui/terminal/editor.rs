//! Hands a text over to the person's own editor. The caller has given the terminal back before.
//!
//! The text lies in a file that only this user can read, in a folder of its own that is deleted afterwards together
//! with whatever the editor left beside it.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use crate::error::{Error, Result};

/// The most that is read back, in bytes.
const CAP: u64 = 4 << 20;

/// A folder that goes with everything in it.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// Runs `editor` (a shell command) on `text` and returns what was saved. Blocks until the editor has ended. The
/// folder is made in `scratch`.
pub fn edit(editor: &str, text: &str, scratch: &Path) -> Result<String> {
    let folder = folder(scratch).map_err(|error| failed("no file for it could be made", error))?;
    let path = folder.0.join("rewrite.txt");
    write(&path, text).map_err(|error| failed("its file could not be written", error))?;
    let status = run(editor, &path).map_err(|error| failed("the shell could not be started", error))?;
    if !status.success() {
        return Err(Error::user(format!(
            "The editor ended with an error ({status}); the text is unchanged."
        ))
        .hint("Set VISUAL or EDITOR to a command that works, or edit in place."));
    }
    read(&path).map_err(|error| failed("what it saved could not be read", error))
}

fn failed(what: &str, error: io::Error) -> Error {
    Error::user(format!("The editor was of no use: {what}.")).because(error).hint("Edit in place instead.")
}

fn folder(scratch: &Path) -> io::Result<Folder> {
    let path = scratch.join(format!("redraft-{:016x}", rand::random::<u64>()));
    DirBuilder::new().mode(0o700).create(&path)?;
    Ok(Folder(path))
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    // Editors expect a last line end; it is taken away again.
    file.write_all(b"\n")
}

fn run(editor: &str, path: &Path) -> io::Result<ExitStatus> {
    // As git does: the setting may hold arguments, which the shell splits.
    Command::new("/bin/sh").arg("-c").arg(format!("{editor} \"$@\"")).arg(editor).arg(path).status()
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(CAP).read_to_string(&mut text)?;
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn with(editor: &str, text: &str) -> Result<String> {
        let scratch = tempfile::tempdir().unwrap();
        let result = edit(editor, text, scratch.path());
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0, "something was left behind");
        result
    }

    #[test]
    fn the_saved_text_comes_back_byte_for_byte() {
        for text in ["", "one line", "two\nlines", "ends with a line end\n", "山田\n\n"] {
            assert_eq!(with("true", text).unwrap(), text);
        }
        assert_eq!(with("sh -c 'printf new > \"$0\"'", "old").unwrap(), "new");
    }

    #[test]
    fn an_editor_that_fails_changes_nothing_and_says_so() {
        let error = with("false", "text").unwrap_err();
        assert!(error.to_string().contains("the text is unchanged"), "{error}");
        assert!(with("/no/such/editor", "text").is_err());
    }

    #[test]
    fn nobody_else_can_read_the_file() {
        let scratch = tempfile::tempdir().unwrap();
        let folder = folder(scratch.path()).unwrap();
        let path = folder.0.join("x");
        write(&path, "secret").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&folder.0).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(write(&path, "again").is_err());
    }
}
