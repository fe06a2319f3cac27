//! Sections: which rows and columns they are made from.

use crate::{
    config::{Cell, CellColumn, Cells, Join, Merge, SectionKind, SectionMapping, TargetMapping},
    domain::Format,
    text::codec::{Codec, json::Path, marked::Marks},
};

use super::{
    super::{db::ColumnInfo, expression::Piece, key, port::SourceError},
    CellPlan, Many, Place, SectionPlan, SetPlan, Shape, TablePlan, TargetPlan,
    looking::{Looking, RowsKeys, codecs, wrong},
};

/// All sections, and the places of their rows; the first place is the candidate's own row.
pub(super) async fn all(
    looking: &Looking<'_>,
    candidates: &TablePlan,
) -> Result<(Vec<Place>, Vec<SectionPlan>), SourceError> {
    let own = Place {
        table: candidates.clone(),
        join: Vec::new(),
        sort: None,
        many: Many::One,
        columns: Vec::new(),
        writes: false,
    };
    let mut making = Making { looking, places: vec![own], sections: Vec::new() };
    for (index, section) in looking.mapping.section.iter().enumerate() {
        let plan = making.section(section, &format!("mapping.section[{index}]")).await?;
        making.sections.push(plan);
    }
    making.apart()?;
    for section in &making.sections {
        for (place, _) in section.written() {
            making.places.get_mut(place).into_iter().for_each(|place| place.writes = true);
        }
    }
    Ok((making.places, making.sections))
}

struct Making<'l, 'a> {
    looking: &'l Looking<'a>,
    places: Vec<Place>,
    sections: Vec<SectionPlan>,
}

/// Whose cell is looked for.
struct Of<'s> {
    who: &'s str,
    place: usize,
    /// The key of the configuration.
    at: String,
    /// Whether it is to be written.
    write: bool,
}

impl Making<'_, '_> {
    async fn section(&mut self, mapping: &SectionMapping, place: &str) -> Result<SectionPlan, SourceError> {
        let who = format!("Section \"{}\"", mapping.id);
        let rows = self.place_of(mapping, place).await?;
        let write = mapping.write && mapping.target.is_none();
        let of = |key: &str| Of { who: &who, place: rows, at: format!("{place}.{key}"), write };
        let shape = match (mapping.kind, &mapping.writable) {
            (SectionKind::Rows, Some(Cells::Columns(writable))) => {
                let fixed = match &mapping.fixed {
                    Some(Cells::Columns(fixed)) => {
                        self.labelled(fixed, &Of { write: false, ..of("fixed") })?
                    }
                    Some(Cells::Paths(_)) | None => Vec::new(),
                };
                let writable = self.labelled(writable, &of("writable"))?;
                Shape::Rows { fixed, writable, own_key: self.own_key(rows) }
            }
            (SectionKind::Json, Some(Cells::Paths(writable))) => {
                let cell = self.cell(&whole(mapping), &of("column"))?;
                let fixed = match &mapping.fixed {
                    Some(Cells::Paths(fixed)) => fixed.as_slice(),
                    Some(Cells::Columns(_)) | None => &[],
                };
                let paths = |list: &[String], key: &str| {
                    let path = |(index, path): (usize, &String)| {
                        self.looking.path(path, &format!("{place}.{key}[{index}]"))
                    };
                    list.iter().enumerate().map(path).collect::<Result<Vec<_>, _>>()
                };
                let hidden = self.hidden(mapping)?;
                self.may_be_sent((fixed, &format!("{place}.fixed")), &hidden)?;
                self.may_be_sent((writable, &format!("{place}.writable")), &hidden)?;
                Shape::Json {
                    cell,
                    fixed: paths(fixed, "fixed")?,
                    writable: paths(writable, "writable")?,
                    hidden,
                }
            }
            (SectionKind::Text | SectionKind::List | SectionKind::Rows | SectionKind::Json, _) => {
                let mut cell = self.cell(&whole(mapping), &of("column"))?;
                if let (SectionKind::List, Some(separator)) = (mapping.kind, &mapping.separator) {
                    cell.codecs.push(Codec::List(separator.clone()));
                }
                Shape::One(cell)
            }
        };
        let set = self.set(&mapping.set, &Of { write: true, ..of("set") }).await?;
        let target = match &mapping.target {
            Some(target) => Some(self.target(mapping, target, place).await?),
            None => None,
        };
        let plan =
            SectionPlan { id: mapping.id.clone(), shape, place: rows, write: mapping.write, set, target };
        self.sets_itself(&plan, &who, place)?;
        Ok(plan)
    }

    /// What is personal must not be sent to the model, and all of a section is.
    fn may_be_sent(&self, (list, key): (&[String], &str), hidden: &[Path]) -> Result<(), SourceError> {
        for (index, text) in list.iter().enumerate() {
            let place = format!("{key}[{index}]");
            let path = self.looking.path(text, &place)?;
            if hidden.iter().any(|hidden| hidden.covers(&path)) {
                let message =
                    format!("A section holds {text}, which is personal and must not be sent to the model.");
                let hint = "Take it out here, or out of mapping.candidate.personal.json.";
                return Err(wrong(message, place, Some(hint.to_owned())));
            }
        }
        Ok(())
    }

    /// What is personal in the document of a section.
    fn hidden(&self, section: &SectionMapping) -> Result<Vec<Path>, SourceError> {
        let mapping = self.looking.mapping;
        let Some(json) = mapping.candidate.personal.json.as_ref().filter(|_| section.table.is_none()) else {
            return Ok(Vec::new());
        };
        let column = section.column.as_deref().unwrap_or_default();
        if mapping.resolve(column) != mapping.resolve(&json.column) {
            return Ok(Vec::new());
        }
        let path = |(index, path): (usize, &String)| {
            self.looking.path(path, &format!("mapping.candidate.personal.json.paths[{index}]")).map(Path)
        };
        json.paths.iter().enumerate().map(path).collect()
    }

    /// What a section writes it does not also set.
    fn sets_itself(&self, plan: &SectionPlan, who: &str, place: &str) -> Result<(), SourceError> {
        let (set, key) = match &plan.target {
            Some(target) => (&target.set, "target.set"),
            None => (&plan.set, "set"),
        };
        for (at, cell) in plan.written() {
            let Some(column) = self.places.get(at).and_then(|place| place.columns.get(cell.column)) else {
                continue;
            };
            let quoted = self.looking.engine.quote(&column.name);
            if set.iter().any(|set| set.column == quoted) {
                let message =
                    format!("{who} sets column \"{}\", which is its own or the key's.", column.name);
                return Err(wrong(message, format!("{place}.{key}.{}", column.name), None));
            }
        }
        Ok(())
    }

    /// The place of a section's rows.
    async fn place_of(&mut self, mapping: &SectionMapping, place: &str) -> Result<usize, SourceError> {
        let candidate = &self.looking.mapping.candidate;
        if let Some((before, _)) =
            mapping.column.as_deref().filter(|_| mapping.table.is_none()).and_then(|c| c.split_once('.'))
            && let Some((index, join)) =
                candidate.join.iter().enumerate().find(|(_, join)| join.name == before)
        {
            if mapping.write && mapping.target.is_none() {
                return Err(wrong(
                    format!(
                        "Section \"{}\" is in the joined table \"{before}\", which is only read.",
                        mapping.id
                    ),
                    format!("{place}.column"),
                    Some("Name the section's own table, key and join, or say `write = false`.".to_owned()),
                ));
            }
            let keys = RowsKeys {
                table: &join.table,
                key: &[],
                condition: None,
                tenant: join.tenant.as_ref(),
                who: "The join reads",
                place: &format!("mapping.candidate.join[{index}]"),
            };
            return self.rows((&keys, &join.on), None, Many::First).await;
        }
        let own =
            mapping.table.as_ref().is_none_or(|table| *table == candidate.table && mapping.join.is_empty());
        if own {
            return Ok(0);
        }
        let many = match mapping.kind {
            SectionKind::Rows => Many::All,
            SectionKind::Text | SectionKind::List | SectionKind::Json if mapping.pick.is_empty() => Many::One,
            SectionKind::Text | SectionKind::List | SectionKind::Json => Many::First,
        };
        let keys = RowsKeys {
            table: mapping.table.as_deref().unwrap_or_default(),
            key: &mapping.key,
            condition: mapping.condition.as_deref(),
            tenant: mapping.tenant.as_ref(),
            who: &format!("Section \"{}\" reads", mapping.id),
            place,
        };
        let order = if mapping.pick.is_empty() { ("order", &mapping.order) } else { ("pick", &mapping.pick) };
        self.rows((&keys, &mapping.join), Some(order), many).await
    }

    /// A place, which is the same as an earlier one if they mean the same rows.
    async fn rows(
        &mut self,
        (keys, join): (&RowsKeys<'_>, &Join),
        order: Option<(&str, &Vec<String>)>,
        many: Many,
    ) -> Result<usize, SourceError> {
        let table = self.looking.rows(keys).await?;
        let mut pairs = Vec::new();
        for (theirs, ours) in join {
            let at = format!("{}.join.{theirs}", keys.place);
            let theirs = self.looking.column(&table.info, theirs, keys.who, &at)?.clone();
            let own = self.places.first_mut().ok_or_else(nowhere)?;
            let ours = self.looking.column(&own.table.info, ours, keys.who, &at)?.clone();
            pairs.push((theirs, own.select(&ours)));
        }
        let mut sort = Vec::new();
        for (index, name) in order.iter().flat_map(|(_, names)| names.iter().enumerate()) {
            let (name, down) = name.strip_prefix('-').map_or((name.as_str(), ""), |name| (name, " DESC"));
            let at = format!("{}.{}[{index}]", keys.place, order.map_or("order", |(key, _)| key));
            let column = self.looking.column(&table.info, name, keys.who, &at)?;
            sort.push(format!("{}{down}", self.looking.engine.quote(&column.name)));
        }
        if !table.key.is_empty() {
            sort.push(key::sorted(&table.key));
        }
        let sort = (!sort.is_empty()).then(|| sort.join(", "));
        let same = |place: &Place| {
            place.table.from == table.from
                && place.table.key == table.key
                && place.table.condition == table.condition
                && (&place.join, &place.sort, place.many) == (&pairs, &sort, many)
        };
        if let Some(known) = self.places.iter().skip(1).position(same) {
            return Ok(known + 1);
        }
        self.places.push(Place { table, join: pairs, sort, many, columns: Vec::new(), writes: false });
        Ok(self.places.len() - 1)
    }

    /// The columns of a place's key that its join does not settle.
    fn own_key(&self, place: usize) -> Vec<usize> {
        let Some(place) = self.places.get(place) else { return Vec::new() };
        let joined = |name: &str| place.join.iter().any(|(theirs, _)| theirs.name == *name);
        let key = place.table.key.iter().enumerate();
        key.filter(|(_, column)| !joined(&column.name)).map(|(index, _)| index).collect()
    }

    fn labelled(
        &mut self,
        cells: &std::collections::BTreeMap<String, Cell>,
        of: &Of<'_>,
    ) -> Result<Vec<(String, CellPlan)>, SourceError> {
        let mut plans = Vec::new();
        for (label, cell) in cells {
            let at = format!("{}.{label}", of.at);
            plans.push((
                label.clone(),
                self.cell(&cell.written_out(), &Of { at, who: of.who, place: of.place, write: of.write })?,
            ));
        }
        Ok(plans)
    }

    fn cell(&mut self, mapping: &CellColumn, of: &Of<'_>) -> Result<CellPlan, SourceError> {
        let (who, at) = (of.who, of.at.as_str());
        let place = self.places.get_mut(of.place).ok_or_else(nowhere)?;
        // Of `person.notes` the table is settled.
        let joined = place.table.key.is_empty();
        let name = mapping
            .column
            .split_once('.')
            .filter(|_| joined)
            .map_or(mapping.column.as_str(), |(_, name)| name);
        let column = self.looking.column(&place.table.info, name, &format!("{who} reads"), at)?.clone();
        let fixed = if place.table.key.iter().any(|key| key.name == column.name) {
            Some(if of.place == 0 { "is part of the candidate's key" } else { "is part of the key" })
        } else {
            column.generated.then_some("is computed by the database")
        };
        if let (true, Some(reason)) = (of.write, fixed) {
            let message =
                format!("{who} writes column \"{}\", which cannot be written: it {reason}.", column.name);
            return Err(wrong(message, at, Some("Map another column, or say `write = false`.".to_owned())));
        }
        let path = match &mapping.json_path {
            Some(path) => Some(self.looking.path(path, at)?),
            None => None,
        };
        Ok(CellPlan {
            column: place.select(&column),
            path,
            format: mapping.format,
            codecs: codecs(&mapping.codec),
            max_bytes: mapping.max_bytes,
            max_chars: mapping.max_chars,
        })
    }

    async fn set(
        &self,
        set: &std::collections::BTreeMap<String, String>,
        of: &Of<'_>,
    ) -> Result<Vec<SetPlan>, SourceError> {
        let place = self.places.get(of.place).ok_or_else(nowhere)?;
        let (table, engine) = (&place.table, self.looking.engine);
        let plans =
            self.looking.set((&table.info, &table.from), set, &format!("{} sets", of.who), &of.at).await?;
        for (plan, name) in plans.iter().zip(set.keys()) {
            if let Some(key) = table.key.iter().find(|key| key.quoted == plan.column) {
                let message =
                    format!("{} sets column \"{}\", which is its own or the key's.", of.who, key.name);
                return Err(wrong(message, format!("{}.{name}", of.at), None));
            }
            let same = |column: &&ColumnInfo| engine.quote(&column.name) == plan.column;
            if let Some(column) = table.info.columns.iter().find(same).filter(|column| column.generated) {
                let message =
                    format!("{} sets column \"{}\", which the database computes.", of.who, column.name);
                return Err(wrong(message, format!("{}.{name}", of.at), None));
            }
        }
        Ok(plans)
    }

    async fn target(
        &mut self,
        section: &SectionMapping,
        mapping: &TargetMapping,
        place: &str,
    ) -> Result<TargetPlan, SourceError> {
        let at = format!("{place}.target");
        let who = format!("The target of section \"{}\"", section.id);
        let ours = &self.looking.mapping.candidate.table;
        let own = mapping.table.as_ref().is_none_or(|table| table == ours && mapping.join.is_empty());
        let rows = if own {
            0
        } else {
            let keys = RowsKeys {
                table: mapping.table.as_deref().unwrap_or_default(),
                key: &mapping.key,
                condition: mapping.condition.as_deref(),
                tenant: mapping.tenant.as_ref(),
                who: &format!("{who} reads"),
                place: &at,
            };
            self.rows((&keys, &mapping.join), None, Many::One).await?
        };
        let column = CellColumn {
            column: mapping.column.clone(),
            json_path: None,
            format: mapping.format,
            codec: mapping.codec.clone(),
            max_bytes: mapping.max_bytes,
            max_chars: mapping.max_chars,
        };
        let cell =
            self.cell(&column, &Of { who: &who, place: rows, at: format!("{at}.column"), write: true })?;
        let set = self
            .set(&mapping.set, &Of { who: &who, place: rows, at: format!("{at}.set"), write: true })
            .await?;
        let marks = match (mapping.merge, mapping.format) {
            (Merge::Replace, _) => None,
            (Merge::MarkedSection, Format::Html) => Some(Marks::Html),
            (Merge::MarkedSection, Format::Text) => Some(Marks::Text),
        };
        Ok(TargetPlan { place: rows, cell, marks, set })
    }

    /// No two sections write the same column, and what they set along agrees.
    fn apart(&self) -> Result<(), SourceError> {
        for (index, section) in self.sections.iter().enumerate() {
            for other in self.sections.iter().take(index) {
                let place = format!("mapping.section[{index}]");
                if let Some(message) = self.clash(other, section) {
                    let key = if message.ends_with("the same column.") { "column" } else { "set" };
                    return Err(wrong(message, format!("{place}.{key}"), None));
                }
            }
        }
        Ok(())
    }

    fn clash(&self, one: &SectionPlan, two: &SectionPlan) -> Option<String> {
        let cells = |section: &SectionPlan| -> Vec<(String, String, bool, usize)> {
            let own = match &section.shape {
                Shape::One(cell) if cell.path.is_none() => vec![(section.place, cell.column)],
                Shape::One(_) | Shape::Rows { .. } | Shape::Json { .. } => Vec::new(),
            };
            let written = section.written().into_iter().map(|(place, cell)| (place, cell.column));
            let all = written.map(|at| (at, true)).chain(own.into_iter().map(|at| (at, false)));
            all.filter_map(|((at, column), written)| {
                let place = self.places.get(at)?;
                Some((
                    place.table.from.clone(),
                    self.looking.engine.quote(&place.columns.get(column)?.name),
                    written,
                    at,
                ))
            })
            .collect()
        };
        let (left, right) = (cells(one), cells(two));
        // What is only read may stand in other rows of the same column.
        let same = |a: &(String, String, bool, usize), b: &(String, String, bool, usize)| {
            a.0 == b.0 && a.1 == b.1 && (a.2 || b.2 || a.3 == b.3)
        };
        let jsons = |section: &SectionPlan| matches!(&section.shape, Shape::One(cell) if cell.path.is_some());
        let paths = jsons(one) && jsons(two);
        if !paths && left.iter().any(|a| right.iter().any(|b| same(a, b))) {
            return Some(format!("Sections \"{}\" and \"{}\" are the same column.", one.id, two.id));
        }
        let sets = |section: &SectionPlan| -> Vec<(String, SetPlan)> {
            let place = section.target.as_ref().map_or(section.place, |target| target.place);
            let from = self.places.get(place).map(|place| place.table.from.clone()).unwrap_or_default();
            let set = section.target.as_ref().map_or(&section.set, |target| &target.set);
            set.iter().map(|set| (from.clone(), set.clone())).collect()
        };
        let own = |set: &SetPlan| set.value.iter().any(|piece| *piece == Piece::Name("stored".to_owned()));
        let (set_left, set_right) = (sets(one), sets(two));
        let written = |cells: &[(String, String, bool, usize)], from: &str, column: &str| {
            cells.iter().any(|cell| cell.0 == *from && cell.1 == *column && cell.2)
        };
        let clash = set_left.iter().any(|(from, set)| {
            written(&right, from, &set.column)
                || set_right.iter().any(|(other, with)| {
                    other == from && with.column == set.column && (with.value != set.value || own(set))
                })
        }) || set_right.iter().any(|(from, set)| written(&left, from, &set.column));
        clash.then(|| {
            format!("Sections \"{}\" and \"{}\" set the same column to different values.", one.id, two.id)
        })
    }
}

fn whole(mapping: &SectionMapping) -> CellColumn {
    CellColumn {
        column: mapping.column.clone().unwrap_or_default(),
        json_path: mapping.json_path.clone(),
        format: mapping.format,
        codec: mapping.codec.clone(),
        max_bytes: mapping.max_bytes,
        max_chars: mapping.max_chars,
    }
}

fn nowhere() -> SourceError {
    SourceError::Engine("A section has no rows of its own; this is a bug.".to_owned())
}
