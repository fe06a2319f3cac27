//! How well the diff reads and how fast it is, beside `similar`'s inline diff and git's word diff on the same pairs:
//! `cargo bench --bench diff [-- --texts FILE]`.
//!
//! The pairs are those of `tests/diff/corpus.rs`, whose truth is known by construction: made-up résumés, a licence text
//! that nobody here wrote, and, with `--texts`, the texts of a file: one JSON object with a `text` a line.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::string_slice,
    reason = "a program for developers: it tells its figures, and stops when it cannot"
)]

#[path = "../tests/diff/corpus.rs"]
mod corpus;
#[path = "diff/exact.rs"]
mod exact;
#[path = "../tests/diff/measure.rs"]
mod measure;
#[path = "diff/speed.rs"]
mod speed;
#[path = "diff/tools.rs"]
mod tools;

use std::{env, fs, time::Duration};

use corpus::{Case, Scenario};
use exact::Exact;
use measure::Sums;
use tools::{Tool, Tools};

/// Made-up people of each scenario.
const PEOPLE: usize = 200;

/// A table's texts: their name and the cases of each scenario.
struct Texts {
    name: String,
    cases: Vec<(&'static str, Vec<Case>)>,
}

const SCENARIOS: [(&str, Scenario); 3] =
    [("A", Scenario::Edited), ("B", Scenario::Moved), ("C", Scenario::Wrapped)];

impl Texts {
    fn made_up() -> Self {
        let cases = SCENARIOS.map(|(name, scenario)| (name, corpus::cases(scenario, PEOPLE).collect()));
        Self { name: "made-up résumés".to_owned(), cases: cases.into() }
    }

    fn of(name: &str, texts: &[String]) -> Self {
        let cases = SCENARIOS.map(|(name, scenario)| {
            let cases =
                texts.iter().zip(1_000..).filter_map(|(text, seed)| corpus::case(text, seed, scenario));
            (name, cases.collect())
        });
        Self { name: name.to_owned(), cases: cases.into() }
    }
}

/// The licence in paragraphs of one line, once for each of forty ways to edit it.
fn licence() -> Vec<String> {
    let text = include_str!("../LICENSE");
    let paragraphs: Vec<String> =
        text.split("\n\n").map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    vec![paragraphs.join("\n"); 40]
}

fn texts_of(file: &str) -> Vec<String> {
    let lines = fs::read_to_string(file).unwrap_or_else(|error| panic!("{file}: {error}"));
    let texts = lines.lines().filter_map(|line| {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        value["text"].as_str().map(str::to_owned)
    });
    texts.collect()
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let given =
        arguments.iter().position(|argument| argument == "--texts").and_then(|at| arguments.get(at + 1));
    let tools = Tools::new();
    let mut all = vec![Texts::made_up(), Texts::of("a licence, as text that nobody here wrote", &licence())];
    all.extend(given.map(|file| Texts::of("the texts of the file", &texts_of(file))));
    for texts in &all {
        compare(&tools, texts);
    }
    speed::worst();
}

/// What a tool showed of the cases of one scenario.
#[derive(Default)]
struct Column {
    sums: Sums,
    exact: Exact,
    times: Vec<Duration>,
}

fn compare(tools: &Tools, texts: &Texts) {
    println!("\n## {}: {}\n", texts.name, sizes(texts));
    println!("| | criterion | target | redraft | similar, inline | git, words |");
    println!("| --- | --- | --- | --- | --- | --- |");
    let measured: Vec<(&str, [Column; 3])> = texts
        .cases
        .iter()
        .map(|(name, cases)| (*name, Tool::ALL.map(|tool| measured(tools, tool, cases))))
        .collect();
    for (name, columns) in &measured {
        words(name, columns);
    }
    exact(&measured);
}

fn line(id: &str, what: &str, target: &str, cells: impl AsRef<[String]>) {
    println!("| {id} | {what} | {target} | {} |", cells.as_ref().join(" | "));
}

/// The criteria on words, of one scenario.
fn words(name: &str, columns: &[Column; 3]) {
    let of = |part: fn(&Sums) -> f64, whole: fn(&Sums) -> f64| {
        columns.each_ref().map(|column| percent(part(&column.sums), whole(&column.sums)))
    };
    let (q, target) = if name == "B" { ("Q2", "≤ 0.5 %") } else { ("Q1", "0 %") };
    line(q, &format!("{name}: kept words highlighted"), target, of(|s| s.kept_shown, |s| s.kept));
    if name == "B" {
        let inside = of(|s| s.kept_in_moved_shown, |s| s.kept_in_moved);
        line("Q2", "B: the same inside moved bullets", "≤ 2 %", inside);
    }
    line("Q3", &format!("{name}: changed words not highlighted"), "≤ 0.2 %", of(|s| s.missed, |s| s.changed));
    let facts = columns.each_ref().map(|column| format!("{:.0}", column.sums.missed_facts));
    line("Q3", &format!("{name}: of these numbers, dates, names"), "0", facts);
    let fragments =
        columns.each_ref().map(|column| format!("{:.2}", column.sums.runs / column.sums.true_runs));
    line("Q4", &format!("{name}: fragments for each true edit"), "0.95–1.10", fragments);
    let islands =
        columns.each_ref().map(|column| format!("{:.1}", column.sums.islands / column.sums.documents));
    line("Q5", &format!("{name}: islands in a document"), "≤ 2", islands);
    let rows = of(|s| s.pairs_on_a_row, |s| s.pairs);
    line("Q6", &format!("{name}: true pairs on one row"), "≥ 95 %", side_by_side(rows));
    if name == "B" {
        let found = side_by_side(of(|s| s.moved_found, |s| s.moved));
        line("Q7", "B: moved bullets said to have moved", "≥ 95 %", found);
        let true_moves = side_by_side(of(|s| s.moved_found, |s| s.moved_said));
        line("Q7", "B: of those that are said to, truly", "≥ 98 %", true_moves);
    }
}

/// The criteria that are exact, and the time, of all scenarios together.
fn exact(measured: &[(&str, [Column; 3])]) {
    let columns = Tool::ALL.map(|tool| {
        let mut whole = (Exact::default(), Vec::new());
        for (_, columns) in measured {
            let column = &columns[tool as usize];
            whole.0.add(&column.exact);
            whole.1.extend(&column.times);
        }
        whole
    });
    let same = columns.each_ref().map(|(exact, _)| format!("{} of {}", exact.same_shapes, exact.shapes));
    line("Q8", "texts against themselves, rewrapped, other quotes: no change", "all", same);
    let apply = format!("{} of {}", columns[0].0.applied, columns[0].0.applications);
    line(
        "Q9",
        "all changes applied: after; none: before, byte for byte",
        "all",
        [apply, "–".into(), "–".into()],
    );
    let mirrored = columns.each_ref().map(|(exact, _)| format!("{} of {}", exact.mirrored, exact.documents));
    line("Q10", "sides swapped: the same highlights", "all", mirrored);
    let edges = columns.each_ref().map(|(exact, _)| format!("{} of {}", exact.cut, exact.edges));
    line("Q11", "edges within a grapheme or a word", "0", edges);
    let times = columns
        .each_ref()
        .map(|(_, times)| format!("{} / {}", speed::at(times, 0.5), speed::at(times, 0.99)));
    line("Q12", "milliseconds, median / p99", "≤ 5 / ≤ 20", times);
    let rows = format!("{} of {}", columns[0].0.unequal, columns[0].0.widths);
    line(
        "Q13",
        "widths 20 to 300 at which rows differ in height or text",
        "0",
        [rows, "–".into(), "–".into()],
    );
}

/// git's word diff and the lines of a text stand in no rows that could be compared.
fn side_by_side(mut cells: [String; 3]) -> [String; 3] {
    "–".clone_into(&mut cells[Tool::Git as usize]);
    cells
}

fn sizes(texts: &Texts) -> String {
    let cases = texts.cases.iter().map(|(name, cases)| format!("{name} {}", cases.len()));
    let words: Vec<f64> =
        texts.cases.iter().flat_map(|(_, cases)| cases).map(|case| case.before.words.len() as f64).collect();
    let mean = words.iter().sum::<f64>() / words.len() as f64;
    format!("{} pairs of {mean:.0} words", cases.collect::<Vec<_>>().join(", "))
}

fn measured(tools: &Tools, tool: Tool, cases: &[Case]) -> Column {
    let mut column = Column::default();
    for (at, case) in cases.iter().enumerate() {
        let (shown, time) = tools.shown(tool, &case.before.text, &case.after.text);
        column.sums.add(case, &shown);
        column.times.push(time);
        column.exact.judge((tools, tool), (at, case), &shown);
    }
    column
}

fn percent(part: f64, whole: f64) -> String {
    if whole == 0.0 { "–".to_owned() } else { format!("{:.1} %", 100.0 * part / whole) }
}
