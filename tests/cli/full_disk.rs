//! The disk of the store is full: the program says so, loses nothing, and goes on by itself when there is room again.

use std::io::{BufRead, BufReader};

use rustix::process::{Pid, Resource, Rlimit, Signal, kill_process, prlimit};

use super::run::Place;

#[test]
fn a_full_disk_delays_results_and_loses_none() {
    let place = Place::demo(25);
    place.on_demo(&["batch", "start", "--all"]).ok();
    let mut worker = place.start_on_full_disk(256, &["worker"]);
    let pid = Pid::from_child(&worker);
    let mut lines = BufReader::new(worker.stderr.take().unwrap()).lines().map(Result::unwrap);
    let warning = lines.find(|line| line.starts_with("warning: ")).expect("it says why nothing goes on");
    assert!(warning.contains("Results cannot be recorded yet. The store is full"), "{warning}");
    prlimit(Some(pid), Resource::Fsize, Rlimit { current: None, maximum: None }).unwrap();
    place.on_demo(&["batch", "watch", "b1"]).ok();
    let batch = place.json(&["batch", "show", "b1"]);
    assert_eq!(batch["state"], "finished", "{batch}");
    assert_eq!(batch["reserved_usd_nanos"], 0, "{batch}");
    kill_process(pid, Signal::TERM).unwrap();
    let rest: Vec<String> = lines.collect();
    assert!(rest.iter().any(|line| line == "It goes on."), "{rest:?}");
    assert_eq!(worker.ended().status, 0);
}

#[test]
fn a_disk_that_is_full_from_the_first_is_told_and_starts_nothing() {
    let place = Place::demo(25);
    place.json(&["batch", "list"]);
    let start = place.start_on_full_disk(4, &["batch", "start", "--all", "--json"]);
    let ended = start.ended();
    assert!(ended.status == 1 && ended.err.contains("The store is full"), "{ended:?}");
    assert!(place.json(&["batch", "list"])["data"].as_array().unwrap().is_empty());
    place.on_demo(&["batch", "start", "--all"]).ok();
}
