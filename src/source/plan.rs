//! The mapping, checked against what the database says about itself: from here on every name exists and is quoted.

use crate::{
    config::{
        CandidateMapping, Column, LinkMapping, Mapping, PostingMapping, SectionKind, SectionMapping, nearest,
    },
    domain::{Format, SectionId},
};

use super::{
    db::{ColumnInfo, Db, Engine, Fault, Sql, TableInfo, TableKind},
    expression,
    key::{self, KeyColumn},
    port::SourceError,
};

/// Where rows are, and which of them count.
#[derive(Debug, Clone)]
pub(super) struct TablePlan {
    /// The table, quoted.
    pub(super) from: String,
    /// What the database says about it.
    pub(super) info: TableInfo,
    /// The key.
    pub(super) key: Vec<KeyColumn>,
    /// The mapping's `where`, in parentheses.
    pub(super) condition: Option<String>,
}

/// One section.
#[derive(Debug, Clone)]
pub(super) struct SectionPlan {
    pub(super) id: SectionId,
    pub(super) format: Format,
    /// The column, quoted.
    pub(super) column: String,
    /// What the database says about the column.
    pub(super) info: ColumnInfo,
    /// Whether it may be written.
    pub(super) write: bool,
    pub(super) max_bytes: Option<u64>,
    /// Other columns, quoted, with their values in SQL.
    pub(super) set: Vec<(String, String)>,
}

/// The postings.
#[derive(Debug, Clone)]
pub(super) struct PostingPlan {
    pub(super) table: TablePlan,
    pub(super) title: String,
    pub(super) text: Vec<String>,
}

/// All that statements are made from.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) engine: Engine,
    pub(super) candidates: TablePlan,
    /// The columns of the display name, quoted.
    pub(super) display: Vec<String>,
    /// The columns to show, quoted.
    pub(super) shown: Vec<String>,
    pub(super) sections: Vec<SectionPlan>,
    pub(super) posting: Option<PostingPlan>,
}

impl TablePlan {
    /// Whether the database itself forbids two rows of the same key.
    pub(super) fn key_is_unique(&self) -> bool {
        let names: Vec<&str> = self.key.iter().map(|key| key.name.as_str()).collect();
        self.info.keeps_apart(&names)
    }
}

/// Checks the mapping against the database.
pub(super) async fn build(db: &Db, mapping: &Mapping) -> Result<Plan, SourceError> {
    let looking = Looking { db, engine: db.engine() };
    let candidate = &mapping.candidate;
    not_forbidden(candidate)?;
    let candidates = looking.candidates(candidate).await?;
    let list = |what: &str, key: &str, names: &[String]| {
        names
            .iter()
            .enumerate()
            .map(|(index, name)| {
                let place = format!("mapping.candidate.{key}[{index}]");
                looking.column(&candidates.info, name, what, &place).map(|info| looking.engine.shown(info))
            })
            .collect::<Result<Vec<_>, _>>()
    };
    let display = list("The display name reads", "display", &candidate.display)?;
    let shown = list("The list shows", "show", &candidate.show)?;
    if let Some(name) = &candidate.updated_at {
        looking.column(&candidates.info, name, "The mapping reads", "mapping.candidate.updated_at")?;
    }
    let mut sections = Vec::new();
    for (index, section) in mapping.section.iter().enumerate() {
        let plan = looking.section(&candidates, section, index).await?;
        apart(&sections, &plan, index)?;
        sections.push(plan);
    }
    let posting = match &mapping.posting {
        Some(posting) => Some(looking.posting(posting).await?),
        None => None,
    };
    if let Some(link) = &mapping.link {
        looking.link(link, &candidates, posting.as_ref()).await?;
    }
    Ok(Plan { engine: looking.engine, candidates, display, shown, sections, posting })
}

fn wrong(message: String, place: impl Into<String>, hint: Option<String>) -> SourceError {
    SourceError::Mapping { message, place: place.into(), hint }
}

/// Columns that must not be selected are selected nowhere.
fn not_forbidden(mapping: &CandidateMapping) -> Result<(), SourceError> {
    let lists = [("key", &mapping.key), ("display", &mapping.display), ("show", &mapping.show)];
    for (key, names) in lists {
        for (index, name) in names.iter().enumerate() {
            if mapping.never_read.iter().any(|forbidden| forbidden.eq_ignore_ascii_case(name)) {
                return Err(wrong(
                    format!("The mapping reads column \"{name}\", which never_read forbids."),
                    format!("mapping.candidate.{key}[{index}]"),
                    None,
                ));
            }
        }
    }
    Ok(())
}

/// No two sections write the same column.
fn apart(others: &[SectionPlan], section: &SectionPlan, index: usize) -> Result<(), SourceError> {
    for other in others {
        if other.column == section.column {
            return Err(wrong(
                format!("Sections \"{}\" and \"{}\" are the same column.", other.id, section.id),
                format!("mapping.section[{index}].column"),
                None,
            ));
        }
        let clash = |one: &SectionPlan, two: &SectionPlan| {
            one.set.iter().any(|(column, value)| {
                *column == two.column || two.set.iter().any(|(other, with)| other == column && with != value)
            })
        };
        if clash(other, section) || clash(section, other) {
            return Err(wrong(
                format!(
                    "Sections \"{}\" and \"{}\" set the same column to different values.",
                    other.id, section.id
                ),
                format!("mapping.section[{index}].set"),
                None,
            ));
        }
    }
    Ok(())
}

/// The database, looked at for a mapping.
struct Looking<'a> {
    db: &'a Db,
    engine: Engine,
}

impl Looking<'_> {
    fn quote(&self, column: &ColumnInfo) -> String {
        self.engine.quote(&column.name)
    }

    async fn table(&self, name: &str, place: &str) -> Result<TableInfo, SourceError> {
        if let Some(info) = self.db.table(name).await? {
            return Ok(info);
        }
        let known = self.db.tables().await?;
        let hint = match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("Did you mean \"{near}\"?"),
            None if known.is_empty() => "The database has no tables at all; is it the right one?".to_owned(),
            None => format!("The database has {}.", listed(&known)),
        };
        Err(wrong(format!("The candidate database has no table \"{name}\"."), place, Some(hint)))
    }

    fn column<'t>(
        &self,
        table: &'t TableInfo,
        name: &str,
        who: &str,
        place: &str,
    ) -> Result<&'t ColumnInfo, SourceError> {
        if let Some(found) = table.columns.iter().find(|column| self.engine.same_name(&column.name, name)) {
            return Ok(found);
        }
        let known: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        let hint = nearest(name, known.iter().map(String::as_str)).map_or_else(
            || format!("The table has {}.", listed(&known)),
            |near| format!("Did you mean \"{near}\"?"),
        );
        let message = format!("{who} column \"{name}\", which table \"{}\" does not have.", table.name);
        Err(wrong(message, place, Some(hint)))
    }

    async fn rows(
        &self,
        (name, key, condition): (&str, &[String], Option<&str>),
        who: &str,
        place: &str,
    ) -> Result<TablePlan, SourceError> {
        let info = self.table(name, &format!("{place}.table")).await?;
        let mut columns = Vec::new();
        for (index, name) in key.iter().enumerate() {
            let column = self.column(&info, name, who, &format!("{place}.key[{index}]"))?;
            columns.push(column);
        }
        let columns = key::columns(self.engine, &info, &columns).map_err(|(name, why)| {
            wrong(format!("{who} column \"{name}\", which {why}."), format!("{place}.key"), None)
        })?;
        let from = format!("{}.{}", self.engine.quote(&info.schema), self.engine.quote(&info.name));
        if let Some(condition) = condition {
            self.expression(&from, condition, &format!("{place}.where")).await?;
        }
        let condition = condition.map(|condition| format!("({condition})"));
        Ok(TablePlan { from, info, key: columns, condition })
    }

    async fn candidates(&self, mapping: &CandidateMapping) -> Result<TablePlan, SourceError> {
        let rows = (mapping.table.as_str(), mapping.key.as_slice(), mapping.condition.as_deref());
        self.rows(rows, "The candidate's key reads", "mapping.candidate").await
    }

    /// Lets the database read an expression of the configuration, over no row at all.
    async fn expression(&self, from: &str, sql: &str, place: &str) -> Result<(), SourceError> {
        if let Some(fault) = expression::fault(sql) {
            return Err(wrong(format!("The SQL of {place} {fault}."), place, None));
        }
        match self.db.query(Sql::new(self.engine, format!("SELECT ({sql}) FROM {from} LIMIT 0"))).await {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.fault, Fault::Schema | Fault::Other) => Err(wrong(
                format!("{} cannot read the SQL of {place}: {}.", self.engine.name(), error.message),
                place,
                None,
            )),
            Err(error) => Err(error.into()),
        }
    }

    async fn section(
        &self,
        table: &TablePlan,
        mapping: &SectionMapping,
        index: usize,
    ) -> Result<SectionPlan, SourceError> {
        let place = format!("mapping.section[{index}]");
        let who = format!("Section \"{}\"", mapping.id);
        let at = format!("{place}.column");
        let plain = mapping.kind == SectionKind::Text && mapping.table.is_none() && mapping.target.is_none();
        let (true, Some(name)) = (plain && mapping.codec.is_empty(), &mapping.column) else {
            return Err(wrong(format!("{who} is of a kind that redraft cannot read yet."), place, None));
        };
        let column = self.column(&table.info, name, &format!("{who} reads"), &at)?;
        let fixed = if table.key.iter().any(|key| key.name == column.name) {
            Some("is part of the candidate's key")
        } else {
            column.generated.then_some("is computed by the database")
        };
        if let (true, Some(reason)) = (mapping.write, fixed) {
            let message =
                format!("{who} writes column \"{}\", which cannot be written: it {reason}.", column.name);
            return Err(wrong(message, at, Some("Map another column, or say `write = false`.".to_owned())));
        }
        let mut set = Vec::new();
        for (name, value) in &mapping.set {
            let at = format!("{place}.set.{name}");
            let other = self.column(&table.info, name, &format!("{who} sets"), &at)?;
            if other.name == column.name || table.key.iter().any(|key| key.name == other.name) {
                let message = format!("{who} sets column \"{}\", which is its own or the key's.", other.name);
                return Err(wrong(message, at, None));
            }
            self.expression(&table.from, value, &at).await?;
            set.push((self.quote(other), format!("({value})")));
        }
        Ok(SectionPlan {
            id: mapping.id.clone(),
            format: mapping.format,
            column: self.quote(column),
            info: column.clone(),
            write: mapping.write,
            max_bytes: mapping.max_bytes,
            set,
        })
    }

    async fn posting(&self, mapping: &PostingMapping) -> Result<PostingPlan, SourceError> {
        let rows = (mapping.table.as_str(), mapping.key.as_slice(), mapping.condition.as_deref());
        let table = self.rows(rows, "The posting's key reads", "mapping.posting").await?;
        let part = |column: &Column, place: &str| {
            self.column(&table.info, &column.column, "The posting reads", place)
                .map(|info| self.engine.shown(info))
        };
        let title = part(&mapping.title, "mapping.posting.title.column")?;
        let text = mapping.text.iter().enumerate();
        let text = text
            .map(|(index, column)| part(column, &format!("mapping.posting.text[{index}].column")))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(PostingPlan { table, title, text })
    }

    async fn link(
        &self,
        mapping: &LinkMapping,
        candidates: &TablePlan,
        posting: Option<&PostingPlan>,
    ) -> Result<(), SourceError> {
        let Some(table) = &mapping.table else { return Ok(()) };
        let info = self.table(table, "mapping.link.table").await?;
        let Some(posting) = posting else {
            return Err(wrong(
                "The mapping links candidates to postings, but has no postings.".to_owned(),
                "mapping.link",
                Some("Add [mapping.posting].".to_owned()),
            ));
        };
        let sides = [
            ("candidate", &mapping.candidate, &candidates.info),
            ("posting", &mapping.posting, &posting.table.info),
        ];
        for (side, columns, target) in sides {
            for (from, to) in columns {
                let place = format!("mapping.link.{side}.{from}");
                self.column(&info, from, "The link reads", &place)?;
                self.column(target, to, "The link reads", &place)?;
            }
        }
        Ok(())
    }
}

/// Whether rows of the table can be written at all.
pub(super) fn is_view(table: &TablePlan) -> bool {
    match table.info.kind {
        TableKind::View => true,
        TableKind::Table => false,
    }
}

/// `"a", "b" and "c"`; at most twelve.
fn listed(names: &[String]) -> String {
    const MOST: usize = 12;
    let quoted: Vec<String> = names.iter().take(MOST).map(|name| format!("\"{name}\"")).collect();
    if names.len() > MOST {
        return format!("{} and {} more", quoted.join(", "), names.len() - MOST);
    }
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "nothing".to_owned(),
    }
}
