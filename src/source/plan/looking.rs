//! The database, looked at for a mapping: tables, columns, conditions.

use std::collections::BTreeMap;

use tokio::sync::Mutex;

use crate::{
    config::{Join, Mapping, Scalar, SqlRef, Tenant, TenantOf, nearest},
    text::codec::{Codec, json},
};

use super::{
    super::{
        db::{ColumnInfo, Db, Engine, Fault, Sql, TableInfo, Val},
        expression::{self, Piece},
        key,
        port::SourceError,
    },
    SetPlan, TablePlan,
};

pub(super) fn wrong(message: String, place: impl Into<String>, hint: Option<String>) -> SourceError {
    SourceError::Mapping { message, place: place.into(), hint }
}

/// The database, looked at for a mapping.
pub(super) struct Looking<'a> {
    db: &'a Db,
    pub(super) engine: Engine,
    pub(super) mapping: &'a Mapping,
    /// The tables that were looked at already, by the mapping's name.
    known: Mutex<BTreeMap<String, TableInfo>>,
}

/// The keys that describe rows, as several tables of the configuration have them.
pub(super) struct RowsKeys<'m> {
    pub(super) table: &'m str,
    pub(super) key: &'m [String],
    pub(super) condition: Option<&'m str>,
    pub(super) tenant: Option<&'m TenantOf>,
    /// Who reads, for sentences.
    pub(super) who: &'m str,
    /// The key of the configuration that holds these keys.
    pub(super) place: &'m str,
}

impl<'a> Looking<'a> {
    pub(super) fn new(db: &'a Db, mapping: &'a Mapping) -> Self {
        Self { db, engine: db.engine(), mapping, known: Mutex::default() }
    }

    pub(super) async fn table(&self, name: &str, place: &str) -> Result<TableInfo, SourceError> {
        let mut known = self.known.lock().await;
        if let Some(info) = known.get(name) {
            return Ok(info.clone());
        }
        if let Some(info) = self.db.table(name).await? {
            known.insert(name.to_owned(), info.clone());
            return Ok(info);
        }
        let tables = self.db.tables().await?;
        let hint = match nearest(name, tables.iter().map(String::as_str)) {
            Some(near) => format!("Did you mean \"{near}\"?"),
            None if tables.is_empty() => "The database has no tables at all; is it the right one?".to_owned(),
            None => format!("The database has {}.", listed(&tables)),
        };
        Err(wrong(format!("The candidate database has no table \"{name}\"."), place, Some(hint)))
    }

    pub(super) fn column<'t>(
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

    pub(super) fn from(&self, info: &TableInfo) -> String {
        format!("{}.{}", self.engine.quote(&info.schema), self.engine.quote(&info.name))
    }

    pub(super) async fn rows(&self, keys: &RowsKeys<'_>) -> Result<TablePlan, SourceError> {
        let (who, place) = (keys.who, keys.place);
        let info = self.table(keys.table, &format!("{place}.table")).await?;
        let mut columns = Vec::new();
        for (index, name) in keys.key.iter().enumerate() {
            columns.push(self.column(&info, name, who, &format!("{place}.key[{index}]"))?);
        }
        let columns = key::columns(self.engine, &info, &columns).map_err(|(name, why)| {
            wrong(format!("{who} column \"{name}\", which {why}."), format!("{place}.key"), None)
        })?;
        let from = self.from(&info);
        let mut conditions = Vec::from_iter(self.tenant(&info, keys.tenant, place)?);
        if let Some(sql) = keys.condition {
            let at = format!("{place}.where");
            let pieces = self.expression((&info, &from), sql, &at, &[]).await?;
            let plain = pieces.iter().map(|piece| match piece {
                Piece::Sql(text) | Piece::Name(text) => text.as_str(),
            });
            conditions.push(format!("({})", plain.collect::<String>()));
        }
        let condition = (!conditions.is_empty()).then(|| conditions.join(" AND "));
        Ok(TablePlan { from, info, key: columns, condition })
    }

    pub(super) async fn candidates(&self) -> Result<TablePlan, SourceError> {
        let mapping = &self.mapping.candidate;
        self.rows(&RowsKeys {
            table: &mapping.table,
            key: &mapping.key,
            condition: mapping.condition.as_deref(),
            tenant: mapping.tenant.as_ref(),
            who: "The candidate's key reads",
            place: "mapping.candidate",
        })
        .await
    }

    /// The predicate that keeps to the tenant's rows, if there is a tenant.
    pub(super) fn tenant(
        &self,
        info: &TableInfo,
        own: Option<&TenantOf>,
        place: &str,
    ) -> Result<Option<String>, SourceError> {
        let tenant: &Tenant = match (own, &self.mapping.tenant) {
            (Some(TenantOf::Shared(false)), _) | (None | Some(TenantOf::Shared(true)), None) => {
                return Ok(None);
            }
            (Some(TenantOf::Own(tenant)), _) | (None | Some(TenantOf::Shared(true)), Some(tenant)) => tenant,
        };
        let at = if own.is_some() { format!("{place}.tenant") } else { "mapping.tenant".to_owned() };
        let same = |column: &&ColumnInfo| self.engine.same_name(&column.name, &tenant.column);
        let Some(column) = info.columns.iter().find(same) else {
            return Err(wrong(
                format!(
                    "Table \"{}\" has no column \"{}\" that would tell the tenant.",
                    info.name, tenant.column
                ),
                at,
                Some(format!("If the join to the candidate carries it, write `tenant = false` at {place}.")),
            ));
        };
        let column = self.engine.quote(&column.name);
        let mut any = Vec::new();
        for value in tenant.value.values() {
            any.push(format!("{column} = {}", literal(value, &at)?));
        }
        if tenant.or_null {
            any.push(format!("{column} IS NULL"));
        }
        Ok(Some(format!("({})", any.join(" OR "))))
    }

    /// Lets the database read an expression of the configuration, over no row at all. What stands for one value for
    /// good is filled in; of the other names only `names` may stand in it.
    pub(super) async fn expression(
        &self,
        (info, from): (&TableInfo, &str),
        sql: &str,
        place: &str,
        names: &[&str],
    ) -> Result<Vec<Piece>, SourceError> {
        let told = |fault: &str| wrong(format!("The SQL of {place} {fault}."), place, None);
        let known: Vec<&str> = names.iter().copied().chain(["user", "tenant"]).collect();
        let pieces = expression::pieces(sql, &known).map_err(told)?;
        let mut filled: Vec<Piece> = Vec::new();
        for piece in pieces {
            filled.push(match piece {
                Piece::Name(name) if name == "user" => match &self.mapping.user {
                    Some(user) => Piece::Sql(literal(user, "mapping.user")?),
                    None => return Err(told("has :user, but mapping.user is not set")),
                },
                Piece::Name(name) if name == "tenant" => {
                    match self.mapping.tenant.as_ref().map(|tenant| tenant.value.values()) {
                        Some([one]) => Piece::Sql(literal(one, "mapping.tenant.value")?),
                        Some(_) | None => {
                            return Err(told("has :tenant, but mapping.tenant is not one value"));
                        }
                    }
                }
                piece @ (Piece::Sql(_) | Piece::Name(_)) => piece,
            });
        }
        let mut probe = Sql::new(self.engine, "SELECT (");
        for piece in &filled {
            match piece {
                Piece::Sql(text) => drop(probe.push(text)),
                Piece::Name(_) => drop(probe.bind(Val::from("1"))),
            }
        }
        probe.push(&format!(") FROM {from} LIMIT 0"));
        match self.probe(probe, place).await {
            Ok(()) => Ok(filled),
            Err(SourceError::Mapping { message, place, hint }) => {
                let hint = hint.or_else(|| meant(info, sql));
                Err(SourceError::Mapping { message, place, hint })
            }
            Err(error) => Err(error),
        }
    }

    /// Lets the database read a statement that finds no row.
    pub(super) async fn probe(&self, probe: Sql, place: &str) -> Result<(), SourceError> {
        match self.db.query(probe).await {
            Ok(_) => Ok(()),
            Err(error) if matches!(error.fault, Fault::Schema | Fault::Other) => Err(wrong(
                format!("{} cannot read the SQL of {place}: {}.", self.engine.name(), error.message),
                place,
                None,
            )),
            Err(error) => Err(error.into()),
        }
    }

    /// Columns that are written along.
    pub(super) async fn set(
        &self,
        table: (&TableInfo, &str),
        set: &BTreeMap<String, String>,
        who: &str,
        place: &str,
    ) -> Result<Vec<SetPlan>, SourceError> {
        let (info, from) = table;
        let mut plans = Vec::new();
        for (name, value) in set {
            let at = format!("{place}.{name}");
            let column = self.column(info, name, who, &at)?;
            let value = self.expression((info, from), value, &at, &["stored", "candidate"]).await?;
            plans.push(SetPlan { column: self.engine.quote(&column.name), value });
        }
        Ok(plans)
    }

    /// Columns of the candidate's that are shown: its own, or those of joined tables.
    pub(super) async fn list(
        &self,
        who: &str,
        key: &str,
        names: &[String],
    ) -> Result<Vec<String>, SourceError> {
        let mut expressions = Vec::new();
        for (index, name) in names.iter().enumerate() {
            expressions.push(self.own(name, who, &format!("mapping.candidate.{key}[{index}]")).await?);
        }
        Ok(expressions)
    }

    /// A column of the candidate's row or of a joined one, as it is shown.
    async fn own(&self, name: &str, who: &str, place: &str) -> Result<String, SourceError> {
        let candidate = &self.mapping.candidate;
        let ours = self.table(&candidate.table, "mapping.candidate.table").await?;
        let joined = name.split_once('.').and_then(|(before, column)| {
            Some((candidate.join.iter().enumerate().find(|(_, join)| join.name == before)?, column))
        });
        let Some(((index, join), column)) = joined else {
            return self.column(&ours, name, who, place).map(|info| self.engine.shown(info));
        };
        let at = format!("mapping.candidate.join[{index}]");
        let info = self.table(&join.table, &format!("{at}.table")).await?;
        let shown = self.engine.shown(self.column(&info, column, who, place)?);
        let tenant = self.tenant(&info, join.tenant.as_ref(), &at)?;
        self.joined((&info, tenant), (&ours, &join.on), &shown, &format!("{at}.on"))
    }

    /// A column of the one row of another table, as an expression over rows of `ours`.
    pub(super) fn joined(
        &self,
        (info, tenant): (&TableInfo, Option<String>),
        (ours, on): (&TableInfo, &Join),
        shown: &str,
        place: &str,
    ) -> Result<String, SourceError> {
        const NAME: &str = "redraft_joined";
        let (name, outer) = (self.engine.quote(NAME), self.from(ours));
        let mut conditions = Vec::new();
        for (theirs, own) in on {
            let at = format!("{place}.{theirs}");
            let theirs = self.column(info, theirs, "The join reads", &at)?;
            let own = self.column(ours, own, "The join reads", &at)?;
            let (theirs, own) = (self.engine.quote(&theirs.name), self.engine.quote(&own.name));
            conditions.push(format!("{name}.{theirs} = {outer}.{own}"));
        }
        conditions.extend(tenant);
        let (from, conditions) = (self.from(info), conditions.join(" AND "));
        Ok(format!("(SELECT {shown} FROM {from} AS {name} WHERE {conditions} LIMIT 1)"))
    }

    /// Looks at the columns that no statement selects yet.
    pub(super) async fn others(&self) -> Result<(), SourceError> {
        let candidate = &self.mapping.candidate;
        let mut all: Vec<(&String, String)> = Vec::new();
        if let Some(name) = &candidate.updated_at {
            all.push((name, "mapping.candidate.updated_at".to_owned()));
        }
        for (key, list) in candidate.personal.lists() {
            for (index, name) in list.iter().enumerate() {
                all.push((name, format!("mapping.candidate.personal.{key}[{index}]")));
            }
        }
        if let Some(json) = &candidate.personal.json {
            all.push((&json.column, "mapping.candidate.personal.json.column".to_owned()));
        }
        for (name, place) in all {
            self.own(name, "The mapping reads", &place).await?;
        }
        Ok(())
    }

    /// A JSON path, with the mapping's locale in its place.
    pub(super) fn path(&self, text: &str, place: &str) -> Result<Vec<json::Step>, SourceError> {
        let filled = text.replace("{locale}", self.mapping.locale.as_deref().unwrap_or_default());
        json::Path::parse(&filled).map(|path| path.0).ok_or_else(|| {
            wrong(
                format!("\"{}\" is no path into a JSON document.", text.escape_default()),
                place,
                Some("Write it as $.work[*].summary.".to_owned()),
            )
        })
    }
}

/// Which column somebody probably meant by a word of SQL that the database does not know.
fn meant(info: &TableInfo, sql: &str) -> Option<String> {
    let piece = SqlRef { table: String::new(), sql: sql.to_owned(), key: String::new() };
    let known = || info.columns.iter().map(|column| column.name.as_str());
    piece.words().iter().find_map(|word| {
        let near = nearest(word, known())?;
        (!near.eq_ignore_ascii_case(word)).then(|| format!("\"{word}\": did you mean \"{near}\"?"))
    })
}

/// The codecs of the configuration.
pub(super) fn codecs(names: &[crate::config::Codec]) -> Vec<Codec> {
    use crate::config::Codec as Named;
    names
        .iter()
        .map(|name| match name {
            Named::Plain => Codec::Plain,
            Named::Html => Codec::Html,
            Named::JsonString => Codec::JsonString,
            Named::OpencatsFulltext => Codec::OpencatsFulltext,
        })
        .collect()
}

/// A value of the configuration as SQL. Texts that no engine could take for more than a text are all there is.
fn literal(value: &Scalar, place: &str) -> Result<String, SourceError> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | ':' | '/' | '{' | '}');
    match value {
        Scalar::Number(number) => Ok(number.to_string()),
        Scalar::Text(text) if text.chars().all(plain) => Ok(format!("'{text}'")),
        Scalar::Text(_) => Err(wrong(
            format!("{place} holds a sign that redraft does not put into statements."),
            place,
            Some("Letters, digits, blanks and _ - . : / are fine.".to_owned()),
        )),
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
