//! The name of this process in leases, and which processes of this machine are gone.
//!
//! A name is `host:pid:start`. The start is the kernel's, in clock ticks since boot: a process that gets the number of
//! a dead one is not taken for it.

use std::fs;

/// The name of this process.
pub fn name() -> String {
    let pid = std::process::id();
    format!("{}:{pid}:{}", host(), started(pid).unwrap_or(0))
}

/// Those of `names` that are processes of this machine and no longer run.
pub fn gone(names: &[String]) -> Vec<String> {
    names.iter().filter(|name| is_gone(name)).cloned().collect()
}

fn is_gone(name: &str) -> bool {
    let mut parts = name.rsplitn(3, ':');
    let (Some(start), Some(pid), Some(machine)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let (Ok(start), Ok(pid)) = (start.parse::<u64>(), pid.parse::<u32>()) else { return false };
    machine == host() && started(pid) != Some(start)
}

/// The name of the machine; machines that share a store must have different ones.
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().replace(':', "-")
}

/// When a process was started: field 22 of `/proc/PID/stat`, counted behind the name, which may hold blanks.
fn started(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    // Field 3 is the first behind the name. A zombie no longer works.
    let mut fields = fields.split_ascii_whitespace();
    let state = fields.next()?;
    (state != "Z" && state != "X").then_some(())?;
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn this_process_lives_and_a_finished_one_is_gone() {
        let own = name();
        let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let pid = child.id();
        let theirs = format!("{}:{pid}:{}", host(), started(pid).unwrap());
        assert!(gone(&[own.clone(), theirs.clone()]).is_empty());
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!(gone(&[own, theirs.clone()]), [theirs]);
    }

    #[test]
    fn a_process_that_got_an_old_number_is_another_one() {
        let other = format!("{}:{}:1", host(), std::process::id());
        assert!(is_gone(&other));
    }

    #[test]
    fn nobody_is_declared_dead_from_afar() {
        for name in ["other-host:1:1", "nonsense", "", "a:b:c"] {
            assert!(!is_gone(name), "{name}");
        }
    }
}
