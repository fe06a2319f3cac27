//! `redraft export`

use std::{
    collections::BTreeSet,
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::{
    Access, Office,
    progress::Progress,
    report,
    shape::{RowShape, Texts, by_section},
    stop::{Step, Stop},
};
use crate::{
    domain::{Rewrite, RewriteHead, RewriteId},
    error::Error,
    store::port::{RewriteQuery, Sort},
};

/// Write rewrites as CSV, JSON lines, or as a report in Markdown or HTML.
#[derive(Debug, Args)]
pub struct Export {
    /// Those that this filter matches.
    #[arg(long = "where", value_name = "FILTER", allow_hyphen_values = true, value_parser = crate::cli::select::filter_text)]
    filter: Option<String>,
    /// Those of this batch: b38, 38 or its id.
    #[arg(long, value_name = "BATCH")]
    batch: Option<String>,
    /// As what.
    #[arg(long, value_enum)]
    format: Format,
    /// With the texts before and after; a report has them always.
    #[arg(long)]
    texts: bool,
    /// Into this new file, which only you can read; without it to standard output.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table for spreadsheets; cells that one would take for a formula begin with an apostrophe.
    Csv,
    /// A JSON object a line.
    Jsonl,
    /// A report as Markdown: scope, counts, what was never opened, who approved what, and every difference.
    #[value(name = "md", alias = "markdown")]
    Markdown,
    /// The same as one page that needs nothing else, the texts side by side.
    Html,
}

/// Rewrites are read in pieces of this size.
const PIECE: u32 = 200;

#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    row: RowShape,
    #[serde(flatten)]
    texts: Option<Texts>,
}

impl Export {
    /// Runs the command.
    pub async fn run(self, office: &Office) -> Step {
        let Some(path) = &self.output else {
            return self.write(office, &mut Sink(office)).await;
        };
        if office.access == Access::Restricted {
            return Err(Error::user("Files cannot be written with --restricted.")
                .hint("Leave out --output to write to standard output.")
                .into());
        }
        let wrong = |error: io::Error| {
            let told = Error::user("The file cannot be written.").at(path.display().to_string());
            match error.kind() {
                io::ErrorKind::AlreadyExists => told.hint("A file of that name exists; choose another name."),
                _ => told.because(error),
            }
        };
        let mut file = io::BufWriter::new(create(path).map_err(wrong)?);
        self.write(office, &mut file).await?;
        Ok(file.flush().map_err(wrong)?)
    }

    async fn write(&self, office: &Office, to: &mut (dyn Write + Send)) -> Step {
        match self.format {
            Format::Csv | Format::Jsonl => self.lines(office, to).await,
            Format::Markdown => self.report(office, report::Form::Markdown, to).await,
            Format::Html => self.report(office, report::Form::Html, to).await,
        }
    }

    /// Writes a report. Rows and decisions are read to be counted, the texts to be written: each once, so that it needs
    /// little more memory than one rewrite.
    async fn report(&self, office: &Office, form: report::Form, to: &mut (dyn Write + Send)) -> Step {
        let filter = office.filter_in(self.filter.as_deref(), self.batch.as_deref())?;
        let store = &office.parts.store;
        let mut all = Vec::new();
        let tally = report::gather(office, &filter, |head, history| {
            all.push((head.id, report::Standing::of(history)));
        })
        .await?;
        let words = self.batch.as_ref().map(|batch| format!("batch:{batch}")).into_iter();
        let scope = report::Scope {
            filter: words.chain(self.filter.clone()).collect::<Vec<_>>().join(" "),
            by: office.parts.who.0.clone(),
            at: office.parts.clock.now(),
        };
        report::begin(form, &scope, &tally, to)?;
        let progress = Progress::new(&office.out);
        for (at, (id, standing)) in all.iter().enumerate() {
            report::rewrite(form, &store.rewrite(*id).await?, standing.as_ref(), to)?;
            if self.output.is_some() {
                progress.set(at as u64 + 1, all.len() as u64, "");
            }
        }
        report::end(form, to)
    }

    async fn lines(&self, office: &Office, to: &mut (dyn Write + Send)) -> Step {
        let mut sheet = Sheet { guard: office.guard(), sections: self.sections(office), texts: self.texts };
        if self.format == Format::Csv {
            to.write_all(&sheet.record(sheet.head())?)?;
        }
        let progress = Progress::new(&office.out);
        let filter = office.filter_in(self.filter.as_deref(), self.batch.as_deref())?;
        let total = office.parts.store.counts(&filter).await?.total();
        let (mut after, mut done) = (None, 0);
        loop {
            let query = RewriteQuery { filter: filter.clone(), sort: Sort::Oldest, after, limit: PIECE };
            let rows = office.parts.store.rewrites(&query).await?;
            for head in &rows {
                let rewrite = if self.texts { Some(office.rewrite(head.id).await?) } else { None };
                to.write_all(&self.line(&mut sheet, head, rewrite.as_ref())?)?;
                done += 1;
                if self.output.is_some() {
                    progress.set(done, total, "");
                }
            }
            match last(&rows) {
                Some(id) if rows.len() == PIECE as usize => after = Some(id),
                _ => return Ok(()),
            }
        }
    }

    /// The sections that the texts have, each a column.
    fn sections(&self, office: &Office) -> BTreeSet<String> {
        let all = office.parts.config.mapping.section.iter().map(|section| section.id.to_string());
        all.filter(|_| self.format == Format::Csv && self.texts).collect()
    }

    fn line(&self, sheet: &mut Sheet, head: &RewriteHead, rewrite: Option<&Rewrite>) -> Step<Vec<u8>> {
        match self.format {
            Format::Csv => sheet.record(sheet.cells(head, rewrite)),
            Format::Jsonl | Format::Markdown | Format::Html => {
                let line = Line { row: head.into(), texts: rewrite.map(Texts::from) };
                let mut text = serde_json::to_vec(&line).map_err(Stop::bug)?;
                text.push(b'\n');
                Ok(text)
            }
        }
    }
}

fn last(rows: &[RewriteHead]) -> Option<RewriteId> {
    rows.last().map(|row| row.id)
}

fn create(path: &Path) -> io::Result<std::fs::File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Standard output as a writer.
struct Sink<'a>(&'a Office);

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.out.write(bytes) {
            Ok(()) => Ok(bytes.len()),
            Err(Stop::Pipe) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(Stop::Error(error)) => Err(io::Error::other(error.to_string())),
            Err(Stop::Told) => Err(io::ErrorKind::Other.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether cells are kept from being taken for formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// They are.
    On,
    /// They are written as they are.
    Off,
}

struct Sheet {
    guard: Guard,
    sections: BTreeSet<String>,
    texts: bool,
}

impl Sheet {
    fn head(&self) -> Vec<String> {
        let names = [
            "id",
            "batch",
            "candidate",
            "name",
            "posting",
            "state",
            "changed_percent",
            "open_findings",
            "blocked",
            "edited",
            "decided_by",
            "cost_usd_nanos",
            "attempts",
            "failure",
            "updated_at",
        ];
        let texts = self.sections.iter().flat_map(|name| [format!("before:{name}"), format!("after:{name}")]);
        names.into_iter().map(str::to_owned).chain(texts).collect()
    }

    fn cells(&self, head: &RewriteHead, rewrite: Option<&Rewrite>) -> Vec<String> {
        let mut cells = vec![
            head.id.to_string(),
            format!("b{}", head.batch_number),
            head.candidate.to_string(),
            head.name.clone(),
            head.posting.clone().unwrap_or_default(),
            head.state.to_string(),
            head.changed_percent.map(|percent| percent.to_string()).unwrap_or_default(),
            head.findings.to_string(),
            head.blocked.to_string(),
            head.edited.to_string(),
            head.decided_by.clone().unwrap_or_default(),
            head.cost.nanos().to_string(),
            head.attempts.to_string(),
            head.failure.as_ref().map(|failure| failure.detail.clone()).unwrap_or_default(),
            head.updated_at.to_string(),
        ];
        if !self.texts {
            return cells;
        }
        let texts = |document| by_section(document);
        let before = rewrite.map(|rewrite| texts(&rewrite.before)).unwrap_or_default();
        let after = rewrite.and_then(|rewrite| rewrite.approved.as_ref().or(rewrite.after.as_ref()));
        let after = after.map(texts).unwrap_or_default();
        for name in &self.sections {
            cells.push(before.get(name).cloned().unwrap_or_default());
            cells.push(after.get(name).cloned().unwrap_or_default());
        }
        cells
    }

    fn record(&self, cells: Vec<String>) -> Step<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let guarded = cells.into_iter().map(|cell| match self.guard {
            Guard::On => guarded(cell),
            Guard::Off => cell,
        });
        writer.write_record(guarded).map_err(Stop::bug)?;
        writer.into_inner().map_err(|error| Stop::bug(error.into_error()))
    }
}

/// A cell that no spreadsheet takes for a formula; quoting alone does not help.
fn guarded(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_that_looks_like_a_formula_is_kept_from_being_one() {
        let sheet = |guard| Sheet { guard, sections: BTreeSet::new(), texts: false };
        let cells = || ["=1+1", "+4", "-x", "@a", "\tb", "plain", "a=b", "say \"hi\", twice"];
        let written = |guard| {
            let record = sheet(guard).record(cells().map(str::to_owned).to_vec()).unwrap_or_default();
            String::from_utf8(record).unwrap()
        };
        assert_eq!(written(Guard::On), "'=1+1,'+4,'-x,'@a,'\tb,plain,a=b,\"say \"\"hi\"\", twice\"\n");
        assert!(written(Guard::Off).starts_with("=1+1,+4,-x,"));
    }
}
