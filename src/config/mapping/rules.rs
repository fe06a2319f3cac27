//! What a mapping must not say, as far as that can be told without the database.

use super::{
    Cells, Codec, ColumnRef, Mapping, Merge, SectionKind, SectionMapping, TenantOf, references::unsigned,
};

/// What is wrong, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingFault {
    /// The key.
    pub key: String,
    /// The sentence.
    pub message: String,
    /// The remedy.
    pub hint: Option<String>,
}

type Verdict = Result<(), Fault>;

use MappingFault as Fault;

fn fault(key: impl Into<String>, message: impl Into<String>) -> Fault {
    Fault { key: key.into(), message: message.into(), hint: None }
}

impl Fault {
    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

impl Mapping {
    /// Checks the mapping for itself.
    ///
    /// # Errors
    /// The first thing that it must not say.
    pub fn check(&self) -> Result<(), MappingFault> {
        check(self)
    }
}

fn check(mapping: &Mapping) -> Verdict {
    let lists = [("key", &mapping.candidate.key), ("display", &mapping.candidate.display)];
    for (name, list) in lists {
        if list.is_empty() {
            let key = format!("mapping.candidate.{name}");
            return Err(fault(&key, format!("{key} names no column.")));
        }
    }
    if mapping.section.is_empty() {
        return Err(fault("mapping.section", "The mapping has no section, so there is nothing to rewrite."));
    }
    joins(mapping)?;
    for (index, section) in mapping.section.iter().enumerate() {
        let place = format!("mapping.section[{index}]");
        name(mapping, index, &place)?;
        kind(section, &place)?;
        row(section, &place)?;
        target(mapping, section, &place)?;
    }
    link(mapping)?;
    tenants(mapping)?;
    never_read(mapping)?;
    never_sent(mapping)?;
    values(mapping)
}

fn joins(mapping: &Mapping) -> Verdict {
    for (index, join) in mapping.candidate.join.iter().enumerate() {
        let place = format!("mapping.candidate.join[{index}]");
        if join.on.is_empty() {
            return Err(fault(format!("{place}.on"), format!("{place}.on names no column."))
                .hint("Write on = { their_column = \"the candidate's column\" }."));
        }
        let plain = |character: char| character.is_ascii_alphanumeric() || character == '_';
        if join.name.is_empty() || !join.name.chars().all(plain) {
            let message = format!("\"{}\" is no name for a joined table.", join.name.escape_default());
            return Err(fault(format!("{place}.as"), message).hint("Use letters, digits and _."));
        }
        if mapping.candidate.join.iter().take(index).any(|other| other.name == join.name) {
            return Err(fault(format!("{place}.as"), format!("Two joins are called \"{}\".", join.name)));
        }
    }
    Ok(())
}

fn name(mapping: &Mapping, index: usize, place: &str) -> Verdict {
    let key = format!("{place}.id");
    let Some(section) = mapping.section.get(index) else { return Ok(()) };
    let id = &section.id.0;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if id.is_empty() || id.len() > 40 || !id.chars().all(plain) {
        return Err(fault(key, format!("\"{}\" is no name for a section.", id.escape_default()))
            .hint("Use up to 40 of: lower-case letters, digits, _ and -."));
    }
    for other in mapping.section.iter().take(index) {
        if other.id == section.id {
            return Err(fault(key, format!("Two sections are called \"{id}\".")));
        }
        let parts = |one: &SectionMapping, two: &SectionMapping| {
            matches!(one.kind, SectionKind::Rows | SectionKind::Json)
                && two.id.0.strip_prefix(&one.id.0).is_some_and(|rest| rest.starts_with('-'))
        };
        if parts(other, section) || parts(section, other) {
            let message = format!("\"{id}\" and \"{}\" could be taken for parts of one another.", other.id);
            return Err(fault(key, message).hint("Use _ in the place of -."));
        }
    }
    Ok(())
}

/// Each kind has keys that it needs and others that mean nothing to it.
fn kind(section: &SectionMapping, place: &str) -> Verdict {
    let word = section.kind.word();
    for (key, written, meant, needed) in keys(section) {
        let at = format!("{place}.{key}");
        if written && !meant {
            let message =
                format!("Section \"{}\" is of kind \"{word}\", for which {key} means nothing.", section.id);
            return Err(fault(at, message));
        }
        if needed && !written {
            let message = format!("Section \"{}\" is of kind \"{word}\", but has no {key}.", section.id);
            return Err(fault(at, message));
        }
    }
    if section.kind != SectionKind::Rows && section.column.is_none() {
        let message = format!("Section \"{}\" names no column.", section.id);
        return Err(fault(format!("{place}.column"), message));
    }
    if section
        .separator
        .as_ref()
        .is_some_and(|separator| separator.trim().is_empty() && !separator.contains('\n'))
    {
        let message = format!("The separator of section \"{}\" is empty.", section.id);
        return Err(
            fault(format!("{place}.separator"), message).hint("Write what stands between items, as \",\".")
        );
    }
    cells(section, place)
}

/// Keys that not every kind has: whether each is written, means something, is needed.
fn keys(section: &SectionMapping) -> [(&'static str, bool, bool, bool); 9] {
    let kind = section.kind;
    let (rows, list) = (kind == SectionKind::Rows, kind == SectionKind::List);
    let parts = matches!(kind, SectionKind::Rows | SectionKind::Json);
    [
        ("column", section.column.is_some(), !rows, false),
        ("separator", section.separator.is_some(), list, list),
        ("writable", section.writable.is_some(), parts, parts),
        ("fixed", section.fixed.is_some(), parts, false),
        ("table", section.table.is_some(), true, rows),
        ("order", !section.order.is_empty(), rows, false),
        ("pick", !section.pick.is_empty(), !rows, false),
        ("json_path", section.json_path.is_some(), !parts, false),
        ("target", section.target.is_some(), !parts, false),
    ]
}

fn cells(section: &SectionMapping, place: &str) -> Verdict {
    for (key, cells) in [("fixed", &section.fixed), ("writable", &section.writable)] {
        let at = format!("{place}.{key}");
        match (cells, section.kind) {
            (Some(Cells::Columns(_)), SectionKind::Json) => {
                return Err(fault(at, format!("{key} of a section of kind \"json\" is a list of paths."))
                    .hint("As [\"$.work[*].summary\"]."));
            }
            (Some(Cells::Paths(_)), SectionKind::Rows) => {
                return Err(fault(at, format!("{key} of a section of kind \"rows\" names columns."))
                    .hint("As { body = \"comments\" }."));
            }
            (Some(Cells::Columns(columns)), _) => labels(columns.keys(), &at)?,
            (Some(Cells::Paths(_)) | None, _) => {}
        }
    }
    Ok(())
}

fn labels<'l>(labels: impl Iterator<Item = &'l String>, at: &str) -> Verdict {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    for label in labels {
        if label.is_empty() || label.len() > 40 || !label.chars().all(plain) {
            let message = format!("\"{}\" is no name for a part of a section.", label.escape_default());
            return Err(fault(format!("{at}.{label}"), message).hint("Use lower-case letters, digits and _."));
        }
    }
    Ok(())
}

/// A row of another table is found by its join and written by its key.
fn row(section: &SectionMapping, place: &str) -> Verdict {
    let id = &section.id;
    if section.table.is_some() {
        if section.join.is_empty() {
            return Err(fault(
                format!("{place}.join"),
                format!("Section \"{id}\" does not say how its table is joined to the candidate."),
            )
            .hint("Write join = { their_column = \"the candidate's column\" }."));
        }
        if section.key.is_empty() {
            return Err(fault(
                format!("{place}.key"),
                format!("Section \"{id}\" does not name the key of its table."),
            )
            .hint("Its rows are written by that key."));
        }
        return Ok(());
    }
    let stray = [
        ("key", !section.key.is_empty()),
        ("join", !section.join.is_empty()),
        ("where", section.condition.is_some()),
        ("pick", !section.pick.is_empty()),
        ("tenant", section.tenant.is_some()),
    ];
    match stray.into_iter().find(|(_, written)| *written) {
        Some((key, _)) => Err(fault(
            format!("{place}.{key}"),
            format!("Section \"{id}\" is in the candidate's row, for which {key} means nothing."),
        )
        .hint("Name the table of the section, or take the key out.")),
        None => Ok(()),
    }
}

fn target(mapping: &Mapping, section: &SectionMapping, place: &str) -> Verdict {
    let Some(target) = &section.target else { return Ok(()) };
    let id = &section.id;
    if !section.write {
        return Err(fault(
            format!("{place}.target"),
            format!("Section \"{id}\" is not written, but has a target."),
        ));
    }
    if !section.set.is_empty() {
        return Err(fault(
            format!("{place}.set"),
            format!("Section \"{id}\" is written to its target; set belongs there."),
        )
        .hint("Move it to [mapping.section.target]."));
    }
    let elsewhere = target.table.as_ref().is_some_and(|table| *table != mapping.candidate.table);
    if elsewhere && (target.join.is_empty() || target.key.is_empty()) {
        let key = if target.join.is_empty() { "join" } else { "key" };
        return Err(fault(
            format!("{place}.target.{key}"),
            format!("The target of section \"{id}\" has a table, but no {key}."),
        ));
    }
    if target.merge == Merge::MarkedSection && target.codec.contains(&Codec::Html) {
        return Err(fault(
            format!("{place}.target.codec"),
            "A marked section stands in the HTML itself.".to_owned(),
        )
        .hint("Write format = \"html\" in the place of the codec."));
    }
    Ok(())
}

fn link(mapping: &Mapping) -> Verdict {
    let Some(link) = &mapping.link else { return Ok(()) };
    let by_table = link.table.is_some();
    if by_table == link.column.is_some() {
        return Err(fault("mapping.link", "The link is either a table or a column.")
            .hint("Write table, candidate and posting; or column alone."));
    }
    let stray = [("where", link.condition.is_some()), ("pick", !link.pick.is_empty())];
    if let Some((key, _)) = stray.into_iter().find(|(_, written)| *written && !by_table) {
        let message = format!("The link is a column, for which {key} means nothing.");
        return Err(fault(format!("mapping.link.{key}"), message)
            .hint("A candidate has one such posting at the most: take the key out."));
    }
    let sides = [("candidate", &link.candidate), ("posting", &link.posting)];
    match sides.into_iter().find(|(_, join)| join.is_empty() == by_table) {
        Some((side, _)) if by_table => Err(fault(
            format!("mapping.link.{side}"),
            format!("The link's table is not joined to the {side}."),
        )),
        Some((side, _)) => Err(fault(
            format!("mapping.link.{side}"),
            format!("The link is a column, for which {side} means nothing."),
        )),
        None => Ok(()),
    }
}

fn tenants(mapping: &Mapping) -> Verdict {
    let own = |tenant: &Option<TenantOf>| match tenant {
        Some(TenantOf::Own(tenant)) => Some(tenant.clone()),
        Some(TenantOf::Shared(_)) | None => None,
    };
    let sections = mapping.section.iter().enumerate();
    let mut all: Vec<_> = sections
        .flat_map(|(index, section)| {
            let target = section.target.as_ref().and_then(|target| own(&target.tenant));
            [
                (own(&section.tenant), format!("mapping.section[{index}].tenant")),
                (target, format!("mapping.section[{index}].target.tenant")),
            ]
        })
        .collect();
    all.push((mapping.tenant.clone(), "mapping.tenant".to_owned()));
    all.push((own(&mapping.candidate.tenant), "mapping.candidate.tenant".to_owned()));
    all.push((
        mapping.posting.as_ref().and_then(|posting| own(&posting.tenant)),
        "mapping.posting.tenant".to_owned(),
    ));
    let empty = |(tenant, _): &(Option<super::Tenant>, String)| {
        tenant.as_ref().is_some_and(|tenant| tenant.value.values().is_empty())
    };
    match all.into_iter().find(empty) {
        Some((_, key)) => {
            Err(fault(format!("{key}.value"), "The tenant has no value, so that nobody would be seen."))
        }
        None => Ok(()),
    }
}

/// What must not be read is named nowhere, not even in SQL.
fn never_read(mapping: &Mapping) -> Verdict {
    let forbidden = mapping.forbidden();
    let hit = |table: &str, column: &str| {
        forbidden
            .iter()
            .any(|(of, name, _)| of.eq_ignore_ascii_case(table) && name.eq_ignore_ascii_case(column))
    };
    if let Some(ColumnRef { column, key, .. }) =
        mapping.columns().into_iter().find(|named| hit(&named.table, unsigned(&named.column)))
    {
        return Err(fault(key, format!("The mapping reads column \"{column}\", which never_read forbids."))
            .hint("Take it out here, or out of never_read."));
    }
    for piece in mapping.sql() {
        if let Some(word) = piece.words().into_iter().find(|word| hit(&piece.table, word)) {
            let message =
                format!("The SQL of {} names column \"{word}\", which never_read forbids.", piece.key);
            return Err(fault(piece.key, message).hint("Take it out here, or out of never_read."));
        }
    }
    Ok(())
}

/// What is personal is in no section: the texts of sections are what the model is sent.
fn never_sent(mapping: &Mapping) -> Verdict {
    let personal = &mapping.candidate.personal;
    let lists = personal.lists().into_iter().flat_map(|(_, names)| names);
    let columns: Vec<(&str, &str)> = lists.map(|name| mapping.resolve(name)).collect();
    let sent = |key: &str| {
        let of_section = key.strip_prefix("mapping.section[").and_then(|rest| rest.split_once("]."));
        let part = of_section.map_or("", |(_, part)| part);
        part == "column" || part.starts_with("fixed.") || part.starts_with("writable.")
    };
    let own = |named: &ColumnRef| {
        columns.iter().any(|(table, column)| {
            named.table.eq_ignore_ascii_case(table) && named.column.eq_ignore_ascii_case(column)
        })
    };
    match mapping.columns().into_iter().find(|named| sent(&named.key) && own(named)) {
        None => Ok(()),
        Some(named) => {
            let message = format!(
                "A section holds column \"{}\", which is personal and must not be sent to the model.",
                named.column
            );
            Err(fault(named.key, message).hint("Take it out here, or out of [mapping.candidate.personal]."))
        }
    }
}

/// What SQL and paths stand for must be written down.
fn values(mapping: &Mapping) -> Verdict {
    for piece in mapping.sql() {
        let names = |name: &str| piece.sql.contains(&format!(":{name}"));
        if names("user") && mapping.user.is_none() {
            return Err(fault(
                piece.key.clone(),
                format!("The SQL of {} has :user, but mapping.user is not set.", piece.key),
            ));
        }
        let one = mapping.tenant.as_ref().is_some_and(|tenant| tenant.value.values().len() == 1);
        if names("tenant") && !one {
            return Err(fault(
                piece.key.clone(),
                format!("The SQL of {} has :tenant, but mapping.tenant is not one value.", piece.key),
            ));
        }
    }
    match paths(mapping).into_iter().find(|(_, path)| path.contains("{locale}")) {
        Some((key, _)) if mapping.locale.is_none() => {
            Err(fault(key, "A JSON path has {locale}, but mapping.locale is not set.")
                .hint("Write locale = \"en_US\" under [mapping]."))
        }
        Some(_) | None => Ok(()),
    }
}

/// The JSON paths with their keys.
fn paths(mapping: &Mapping) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (index, section) in mapping.section.iter().enumerate() {
        let place = format!("mapping.section[{index}]");
        found.extend(section.json_path.iter().map(|path| (format!("{place}.json_path"), path.clone())));
        for (key, cells) in [("fixed", &section.fixed), ("writable", &section.writable)] {
            let paths = match cells {
                None => Vec::new(),
                Some(Cells::Paths(paths)) => paths.clone(),
                Some(Cells::Columns(columns)) => {
                    columns.values().filter_map(|cell| cell.written_out().json_path).collect()
                }
            };
            found.extend(paths.into_iter().map(|path| (format!("{place}.{key}"), path)));
        }
    }
    if let Some(posting) = &mapping.posting {
        let parts = std::iter::once(&posting.title).chain(&posting.text);
        found.extend(parts.filter_map(|part| Some(("mapping.posting".to_owned(), part.json_path.clone()?))));
    }
    found
}
