//! Where the figures stand, each beside its bound.

use std::{
    env, fs,
    process::{Command, ExitCode},
    time::Duration,
};

/// Runs the parts that the arguments name, else all, each in a process of its own: a single part is run here, by `run`.
/// `parts` are their names, with about how long each takes.
pub fn main(parts: &[(&str, &str)], run: impl FnOnce(&str)) -> ExitCode {
    let asked: Vec<String> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if let [part] = asked.as_slice() {
        run(part);
        return ExitCode::SUCCESS;
    }
    let mut broken = Vec::new();
    for (part, time) in
        parts.iter().filter(|(part, _)| asked.is_empty() || asked.iter().any(|one| one == part))
    {
        println!("── {part} (about {time})");
        let ended = Command::new(env::current_exe().unwrap()).arg(part).status().unwrap();
        if !ended.success() {
            broken.push(*part);
        }
    }
    if broken.is_empty() {
        return ExitCode::SUCCESS;
    }
    println!("these parts broke off: {}", broken.join(", "));
    ExitCode::FAILURE
}

/// Tells a figure and whether it keeps its bound. `goal` is its number in the table of goals.
pub fn tell(goal: &str, what: &str, figure: f64, unit: &str, most: f64) {
    let mark = if figure <= most { "holds" } else { "MISSED" };
    println!("{goal:<4}{what:<66} {figure:>9.3} {unit:<4} ≤ {most:<8} {mark}");
}

/// The same for a figure that must not be below its bound.
pub fn tell_at_least(goal: &str, what: &str, figure: f64, unit: &str, least: f64) {
    let mark = if figure >= least { "holds" } else { "MISSED" };
    println!("{goal:<4}{what:<66} {figure:>9.3} {unit:<4} ≥ {least:<8} {mark}");
}

/// The same for a time.
pub fn tell_time(goal: &str, what: &str, time: Duration, most: Duration) {
    tell(goal, what, time.as_secs_f64(), "s", most.as_secs_f64());
}

/// Processor time of this process, in seconds.
pub fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks: Vec<f64> =
        fields.split_whitespace().skip(11).take(2).map(|field| field.parse().unwrap()).collect();
    ticks.iter().sum::<f64>() / 100.0
}

/// Memory of this process that is in the machine's, in MiB.
pub fn memory() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1_024.0
}
