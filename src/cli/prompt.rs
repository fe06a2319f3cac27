//! Questions that are answered with a line. They are asked only where somebody can answer: on a terminal.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::SecretString;

use super::{
    output::Output,
    stop::{Step, Stop},
};
use crate::error::Error;

/// Whether somebody can be asked.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a line; an empty one is `default`.
pub fn line(output: &Output, question: &str, default: Option<&str>) -> Step<String> {
    output.flush()?;
    match default {
        Some(default) => output.note_raw(&format!("{question} [{}] ", output.safe_line(default))),
        None => output.note_raw(&format!("{question} ")),
    }
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer).map_err(unread)?;
    if read == 0 {
        return gone(output);
    }
    let answer = answer.trim();
    Ok(if answer.is_empty() { default.unwrap_or_default().to_owned() } else { answer.to_owned() })
}

/// Asks until an answer is one of `1..=most`; returns it counted from 0.
pub fn choice(output: &Output, question: &str, most: usize) -> Step<usize> {
    loop {
        let answer = line(output, question, Some("1"))?;
        match answer.parse::<usize>() {
            Ok(number) if (1..=most).contains(&number) => return Ok(number - 1),
            Ok(_) | Err(_) => output.note(format_args!("Type a number from 1 to {most}.")),
        }
    }
}

/// Asks until an answer is a list of different numbers of `1..=most`; returns them counted from 0.
pub fn several(output: &Output, question: &str, most: usize) -> Step<Vec<usize>> {
    let all: Vec<String> = (1..=most).map(|number| number.to_string()).collect();
    loop {
        let answer = line(output, question, Some(&all.join(",")))?;
        match numbers(&answer, most) {
            Some(numbers) => return Ok(numbers),
            None => output.note(format_args!("Type numbers from 1 to {most}, parted by commas.")),
        }
    }
}

fn numbers(answer: &str, most: usize) -> Option<Vec<usize>> {
    let mut found = Vec::new();
    for word in answer.split([',', ' ']).filter(|word| !word.is_empty()) {
        let number = word.parse::<usize>().ok().filter(|number| (1..=most).contains(number))?;
        if found.contains(&(number - 1)) {
            return None;
        }
        found.push(number - 1);
    }
    (!found.is_empty()).then_some(found)
}

/// Asks yes or no; an empty answer is yes.
pub fn agrees(output: &Output, question: &str) -> Step<bool> {
    loop {
        let answer = line(output, question, Some("Y/n"))?;
        match answer.to_ascii_lowercase().as_str() {
            "y/n" | "y" | "yes" => return Ok(true),
            "n" | "no" => return Ok(false),
            _ => output.note(format_args!("Type y or n.")),
        }
    }
}

/// Asks for a secret, which the terminal does not show.
pub fn secret(output: &Output, question: &str) -> Step<SecretString> {
    output.flush()?;
    // Before the question: whoever types at once must not see it either.
    let quiet = Quiet::begin().map_err(unread)?;
    output.note_raw(&format!("{question} (not shown) "));
    let typed = hidden(&mut io::stdin().lock());
    drop(quiet);
    output.note_raw("\n");
    match typed.map_err(unread)? {
        Some(secret) => Ok(SecretString::from(secret)),
        None => gone(output),
    }
}

/// Reads keys up to Enter; `None` if the person gave up (Ctrl-C, Ctrl-D on nothing, end of input).
fn hidden(input: &mut impl Read) -> io::Result<Option<String>> {
    let mut typed = Vec::new();
    let mut key = [0];
    loop {
        if input.read(&mut key)? == 0 {
            return Ok(None);
        }
        match key[0] {
            b'\r' | b'\n' => return Ok(Some(String::from_utf8_lossy(&typed).into_owned())),
            0x03 => return Ok(None),
            0x04 if typed.is_empty() => return Ok(None),
            0x15 => typed.clear(),
            0x08 | 0x7f => {
                // The bytes of one character.
                while typed.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
            }
            byte if byte < 0x20 => {}
            byte => typed.push(byte),
        }
    }
}

/// The terminal shows nothing and hands on every key, Ctrl-C too, until this is dropped.
struct Quiet(Termios);

impl Quiet {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        tcsetattr(io::stdin(), OptionalActions::Drain, &quiet)?;
        Ok(Self(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        tcsetattr(io::stdin(), OptionalActions::Drain, &self.0).ok();
        io::stderr().flush().ok();
    }
}

fn gone<T>(output: &Output) -> Step<T> {
    output.note(format_args!("\nNothing was written."));
    Err(Stop::Told)
}

fn unread(error: io::Error) -> Error {
    Error::user("The answer cannot be read. Nothing was written.").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_typed_with_second_thoughts() {
        for (keys, typed) in [
            ("pässword\r", Some("pässword")),
            ("wrong\u{15}right\n", Some("right")),
            ("aäb\u{7f}\u{7f}c\n", Some("ac")),
            ("\u{7f}\n", Some("")),
            ("half\u{3}", None),
            ("\u{4}", None),
            ("no end", None),
        ] {
            let read = hidden(&mut keys.as_bytes()).unwrap();
            assert_eq!(read.as_deref(), typed, "{keys:?}");
        }
    }

    #[test]
    fn numbers_are_of_the_list_and_each_once() {
        for (answer, expected) in [
            ("1,3", Some(vec![0, 2])),
            ("3 1", Some(vec![2, 0])),
            ("1, 2,", Some(vec![0, 1])),
            ("0", None),
            ("4", None),
            ("1,1", None),
            ("all", None),
            ("", None),
        ] {
            assert_eq!(numbers(answer, 3), expected, "{answer}");
        }
    }
}
