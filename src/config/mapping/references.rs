//! Every column and every piece of SQL that a mapping names, with the table that is meant and the key that names it.

use super::{Cells, Column, Mapping, SectionMapping, TenantOf};

/// A column that a mapping names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnRef {
    /// The table, as the mapping spells it.
    pub table: String,
    /// The column.
    pub column: String,
    /// The key that names it, as `mapping.section[0].column`.
    pub key: String,
}

/// SQL that a mapping holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlRef {
    /// The table over whose rows it is evaluated.
    pub table: String,
    /// The expression.
    pub sql: String,
    /// The key that holds it.
    pub key: String,
}

impl SqlRef {
    /// The names in it, quoted or not; texts in single quotes are passed over.
    pub fn words(&self) -> Vec<String> {
        let mut found = vec![String::new()];
        let mut text = false;
        for character in self.sql.chars() {
            if character == '\'' {
                text = !text;
            }
            match found.last_mut() {
                Some(last) if !text && (character.is_alphanumeric() || character == '_') => {
                    last.push(character);
                }
                Some(last) if !last.is_empty() => found.push(String::new()),
                Some(_) | None => {}
            }
        }
        found.retain(|word| !word.is_empty());
        found
    }
}

impl Mapping {
    /// The columns that are named, in the order of the configuration; a column may be named more than once.
    pub fn columns(&self) -> Vec<ColumnRef> {
        let mut all = Collect { mapping: self, columns: Vec::new(), sql: Vec::new() };
        all.run();
        all.columns
    }

    /// The columns that tell the tenant, each with its table.
    pub fn tenants(&self) -> Vec<(String, String)> {
        let candidate = &self.candidate;
        let mut all: Vec<(&String, Option<&TenantOf>)> = vec![(&candidate.table, candidate.tenant.as_ref())];
        all.extend(candidate.join.iter().map(|join| (&join.table, join.tenant.as_ref())));
        for section in &self.section {
            all.extend(section.table.iter().map(|table| (table, section.tenant.as_ref())));
            let target = section.target.as_ref();
            all.extend(target.and_then(|target| Some((target.table.as_ref()?, target.tenant.as_ref()))));
        }
        if let Some(posting) = &self.posting {
            all.push((&posting.table, posting.tenant.as_ref()));
            let parts = std::iter::once(&posting.title).chain(&posting.text);
            let joined = parts.filter_map(|part| {
                Some((part.table.as_ref()?, part.tenant.as_ref().or(posting.tenant.as_ref())))
            });
            all.extend(joined);
        }
        let link = self.link.as_ref();
        all.extend(link.and_then(|link| Some((link.table.as_ref()?, link.tenant.as_ref()))));
        let column = |own: Option<&TenantOf>| match own {
            Some(TenantOf::Own(tenant)) => Some(tenant.column.clone()),
            Some(TenantOf::Shared(false)) => None,
            Some(TenantOf::Shared(true)) | None => self.tenant.as_ref().map(|tenant| tenant.column.clone()),
        };
        all.into_iter().filter_map(|(table, own)| Some((table.clone(), column(own)?))).collect()
    }

    /// The columns that must not be read: table, column and the key that names it.
    pub fn forbidden(&self) -> Vec<(String, String, String)> {
        let of = |table: &str, names: &[String], place: &str| -> Vec<(String, String, String)> {
            let one = |(index, name): (usize, &String)| {
                let (table, column) = match name.rsplit_once('.') {
                    Some(("", _)) | None => (table, name.as_str()),
                    Some((table, column)) => {
                        let joined = self.candidate.join.iter().find(|join| join.name == table);
                        (joined.map_or(table, |join| join.table.as_str()), column)
                    }
                };
                (table.to_owned(), column.to_owned(), format!("{place}.never_read[{index}]"))
            };
            names.iter().enumerate().map(one).collect()
        };
        let candidate = &self.candidate;
        let mut all = of(&candidate.table, &candidate.never_read, "mapping.candidate");
        if let Some(posting) = &self.posting {
            all.extend(of(&posting.table, &posting.never_read, "mapping.posting"));
        }
        all
    }

    /// The pieces of SQL.
    pub fn sql(&self) -> Vec<SqlRef> {
        let mut all = Collect { mapping: self, columns: Vec::new(), sql: Vec::new() };
        all.run();
        all.sql
    }

    /// The table and the column that a name of the candidate's means: its own, or that of a joined table.
    pub fn resolve<'n>(&'n self, name: &'n str) -> (&'n str, &'n str) {
        name.split_once('.')
            .and_then(|(before, column)| {
                let join = self.candidate.join.iter().find(|join| join.name == before)?;
                Some((join.table.as_str(), column))
            })
            .unwrap_or((self.candidate.table.as_str(), name))
    }
}

/// A column without the sign of its order.
pub(super) fn unsigned(column: &str) -> &str {
    column.strip_prefix('-').unwrap_or(column)
}

struct Collect<'m> {
    mapping: &'m Mapping,
    columns: Vec<ColumnRef>,
    sql: Vec<SqlRef>,
}

impl Collect<'_> {
    fn column(&mut self, table: &str, column: &str, key: impl Into<String>) {
        self.columns.push(ColumnRef { table: table.to_owned(), column: column.to_owned(), key: key.into() });
    }

    fn expression(&mut self, table: &str, sql: Option<&String>, key: impl Into<String>) {
        let key = key.into();
        self.sql.extend(sql.map(|sql| SqlRef { table: table.to_owned(), sql: sql.clone(), key }));
    }

    fn own(&mut self, name: &str, key: impl Into<String>) {
        let (table, column) = self.mapping.resolve(name);
        let (table, column) = (table.to_owned(), column.to_owned());
        self.column(&table, &column, key);
    }

    fn run(&mut self) {
        self.candidate();
        for (index, section) in self.mapping.section.iter().enumerate() {
            self.section(section, &format!("mapping.section[{index}]"));
        }
        self.posting();
        self.link();
    }

    fn candidate(&mut self) {
        let candidate = &self.mapping.candidate;
        let lists = [("key", &candidate.key), ("display", &candidate.display), ("show", &candidate.show)];
        for (name, list) in lists {
            for (index, column) in list.iter().enumerate() {
                self.own(column, format!("mapping.candidate.{name}[{index}]"));
            }
        }
        if let Some(column) = &candidate.updated_at {
            self.own(column, "mapping.candidate.updated_at");
        }
        for (name, list) in candidate.personal.lists() {
            for (index, column) in list.iter().enumerate() {
                self.own(column, format!("mapping.candidate.personal.{name}[{index}]"));
            }
        }
        if let Some(json) = &candidate.personal.json {
            self.own(&json.column, "mapping.candidate.personal.json.column");
        }
        for (index, join) in candidate.join.iter().enumerate() {
            for (theirs, ours) in &join.on {
                let key = format!("mapping.candidate.join[{index}].on.{theirs}");
                self.column(&join.table, theirs, key.clone());
                self.column(&candidate.table, ours, key);
            }
        }
        self.expression(&candidate.table, candidate.condition.as_ref(), "mapping.candidate.where");
    }

    fn section(&mut self, section: &SectionMapping, place: &str) {
        let ours = &self.mapping.candidate.table;
        let table = section.table.as_ref().unwrap_or(ours);
        let one = |collect: &mut Self, column: &str, key: &str| match &section.table {
            Some(table) => collect.column(table, column, format!("{place}.{key}")),
            None => collect.own(column, format!("{place}.{key}")),
        };
        if let Some(column) = &section.column {
            one(self, column, "column");
        }
        for (name, list) in [("key", &section.key), ("pick", &section.pick), ("order", &section.order)] {
            for (index, column) in list.iter().enumerate() {
                one(self, unsigned(column), &format!("{name}[{index}]"));
            }
        }
        for (name, cells) in [("fixed", &section.fixed), ("writable", &section.writable)] {
            let Some(Cells::Columns(cells)) = cells else { continue };
            for (label, cell) in cells {
                one(self, &cell.written_out().column, &format!("{name}.{label}"));
            }
        }
        for (theirs, own) in &section.join {
            self.column(table, theirs, format!("{place}.join.{theirs}"));
            self.own(own, format!("{place}.join.{theirs}"));
        }
        self.expression(table, section.condition.as_ref(), format!("{place}.where"));
        for (column, value) in &section.set {
            self.column(table, column, format!("{place}.set.{column}"));
            self.expression(table, Some(value), format!("{place}.set.{column}"));
        }
        let Some(target) = &section.target else { return };
        let table = target.table.as_ref().unwrap_or(ours);
        self.column(table, &target.column, format!("{place}.target.column"));
        for (index, column) in target.key.iter().enumerate() {
            self.column(table, column, format!("{place}.target.key[{index}]"));
        }
        for (theirs, own) in &target.join {
            self.column(table, theirs, format!("{place}.target.join.{theirs}"));
            self.own(own, format!("{place}.target.join.{theirs}"));
        }
        self.expression(table, target.condition.as_ref(), format!("{place}.target.where"));
        for (column, value) in &target.set {
            self.column(table, column, format!("{place}.target.set.{column}"));
            self.expression(table, Some(value), format!("{place}.target.set.{column}"));
        }
    }

    fn posting(&mut self) {
        let Some(posting) = &self.mapping.posting else { return };
        for (index, column) in posting.key.iter().enumerate() {
            self.column(&posting.table, column, format!("mapping.posting.key[{index}]"));
        }
        let text = posting.text.iter().enumerate();
        let text = text.map(|(index, part)| (part, format!("mapping.posting.text[{index}]")));
        let title = std::iter::once((&posting.title, "mapping.posting.title".to_owned()));
        for (part, place) in title.chain(text).collect::<Vec<(&Column, String)>>() {
            let table = part.table.as_ref().unwrap_or(&posting.table);
            self.column(table, &part.column, format!("{place}.column"));
            for (theirs, own) in &part.join {
                self.column(table, theirs, format!("{place}.join.{theirs}"));
                self.column(&posting.table, own, format!("{place}.join.{theirs}"));
            }
        }
        if let Some(column) = &posting.updated_at {
            self.column(&posting.table, column, "mapping.posting.updated_at");
        }
        self.expression(&posting.table, posting.condition.as_ref(), "mapping.posting.where");
    }

    fn link(&mut self) {
        let mapping = self.mapping;
        if let Some(audit) = &mapping.audit {
            for (column, value) in &audit.insert {
                self.column(&audit.table, column, format!("mapping.audit.insert.{column}"));
                self.expression(&audit.table, Some(value), format!("mapping.audit.insert.{column}"));
            }
        }
        let Some(link) = &mapping.link else { return };
        if let Some(column) = &link.column {
            self.own(column, "mapping.link.column");
        }
        let table = link.table.as_ref().unwrap_or(&mapping.candidate.table);
        if let Some(column) = &link.stage {
            self.column(table, column, "mapping.link.stage");
        }
        for (index, column) in link.pick.iter().enumerate() {
            self.column(table, unsigned(column), format!("mapping.link.pick[{index}]"));
        }
        self.expression(table, link.condition.as_ref(), "mapping.link.where");
        for (theirs, own) in &link.candidate {
            self.column(table, theirs, format!("mapping.link.candidate.{theirs}"));
            self.own(own, format!("mapping.link.candidate.{theirs}"));
        }
        for (theirs, own) in &link.posting {
            self.column(table, theirs, format!("mapping.link.posting.{theirs}"));
            if let Some(posting) = &mapping.posting {
                self.column(&posting.table, own, format!("mapping.link.posting.{theirs}"));
            }
        }
    }
}
