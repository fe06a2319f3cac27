//! The mapping, checked against what the database says about itself: from here on every name exists and is quoted.

mod fingerprint;
mod link;
mod looking;
mod posting;
mod section;

use crate::{
    config::Mapping,
    domain::{Format, SectionId},
    text::codec::{
        Codec,
        json::{Path, Step},
        marked::Marks,
    },
};

use super::{
    db::{ColumnInfo, Db, Engine, TableInfo, TableKind},
    expression::Piece,
    key::KeyColumn,
    port::SourceError,
};

use looking::Looking;

/// Where rows are, and which of them count.
#[derive(Debug, Clone)]
pub(super) struct TablePlan {
    /// The table, quoted.
    pub(super) from: String,
    /// What the database says about it.
    pub(super) info: TableInfo,
    /// The key.
    pub(super) key: Vec<KeyColumn>,
    /// The tenant and the mapping's `where`, each in parentheses.
    pub(super) condition: Option<String>,
}

/// How many rows a place has for one candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Many {
    /// One, or none.
    One,
    /// The first of them counts.
    First,
    /// Every one counts.
    All,
}

/// Rows that belong to a candidate.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) table: TablePlan,
    /// Its column = a column of the candidate's row, by its number among those that are selected there.
    pub(super) join: Vec<(ColumnInfo, usize)>,
    /// What its rows are sorted by.
    pub(super) sort: Option<String>,
    pub(super) many: Many,
    /// The columns that are selected.
    pub(super) columns: Vec<ColumnInfo>,
    /// Whether any of them is written.
    pub(super) writes: bool,
}

impl Place {
    /// The number of a column among those that are selected.
    fn select(&mut self, column: &ColumnInfo) -> usize {
        if let Some(known) = self.columns.iter().position(|known| known.name == column.name) {
            return known;
        }
        self.columns.push(column.clone());
        self.columns.len() - 1
    }
}

/// A column in which a text stands.
#[derive(Debug, Clone)]
pub(super) struct CellPlan {
    /// Its number among the columns of its place.
    pub(super) column: usize,
    /// Where in it, if it holds JSON.
    pub(super) path: Option<Vec<Step>>,
    pub(super) format: Format,
    pub(super) codecs: Vec<Codec>,
    pub(super) max_bytes: Option<u64>,
    pub(super) max_chars: Option<u64>,
}

/// A column that is written along, quoted, with its value in pieces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SetPlan {
    pub(super) column: String,
    pub(super) value: Vec<Piece>,
}

/// What a section is made from.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// One cell.
    One(CellPlan),
    /// A row each.
    Rows {
        fixed: Vec<(String, CellPlan)>,
        writable: Vec<(String, CellPlan)>,
        /// Which columns of the key tell a candidate's rows apart.
        own_key: Vec<usize>,
    },
    /// Paths of one JSON document.
    Json {
        cell: CellPlan,
        fixed: Vec<Vec<Step>>,
        writable: Vec<Vec<Step>>,
        /// What is personal, and left out.
        hidden: Vec<Path>,
    },
}

/// Where a text is written, if that is elsewhere.
#[derive(Debug, Clone)]
pub(super) struct TargetPlan {
    pub(super) place: usize,
    pub(super) cell: CellPlan,
    pub(super) marks: Option<Marks>,
    pub(super) set: Vec<SetPlan>,
}

/// One section of the mapping.
#[derive(Debug, Clone)]
pub(super) struct SectionPlan {
    pub(super) id: SectionId,
    pub(super) shape: Shape,
    pub(super) place: usize,
    /// Whether it may be written.
    pub(super) write: bool,
    /// Other columns of its row that are written along.
    pub(super) set: Vec<SetPlan>,
    pub(super) target: Option<TargetPlan>,
}

impl SectionPlan {
    /// Whether a section of a document is made from this one.
    pub(super) fn makes(&self, id: &SectionId) -> bool {
        match id.0.strip_prefix(&self.id.0) {
            Some("") => true,
            Some(rest) => rest.starts_with('-') && !matches!(self.shape, Shape::One(_)),
            None => false,
        }
    }

    /// The cells that may be written, with their places.
    pub(super) fn written(&self) -> Vec<(usize, &CellPlan)> {
        match (&self.target, &self.shape) {
            _ if !self.write => Vec::new(),
            (Some(target), _) => vec![(target.place, &target.cell)],
            (None, Shape::One(cell) | Shape::Json { cell, .. }) => vec![(self.place, cell)],
            (None, Shape::Rows { writable, .. }) => {
                writable.iter().map(|(_, cell)| (self.place, cell)).collect()
            }
        }
    }
}

/// A text of a posting.
#[derive(Debug, Clone)]
pub(super) struct PartPlan {
    /// What is selected.
    pub(super) expression: String,
    pub(super) path: Option<Vec<Step>>,
    pub(super) format: Format,
}

/// The postings.
#[derive(Debug, Clone)]
pub(super) struct PostingPlan {
    pub(super) table: TablePlan,
    pub(super) title: PartPlan,
    pub(super) text: Vec<PartPlan>,
}

/// How candidates and postings are linked.
#[derive(Debug, Clone)]
pub(super) struct LinkPlan {
    /// The candidates that the mapping sees, up to their keys: `SELECT … WHERE …`.
    pub(super) candidates: String,
    /// All behind the candidates' keys: `) AS c JOIN …`.
    pub(super) rest: String,
    /// Whether a stage is the last column.
    pub(super) staged: bool,
}

/// What is noted in the platform's own history.
#[derive(Debug, Clone)]
pub(super) struct AuditPlan {
    pub(super) from: String,
    pub(super) insert: Vec<SetPlan>,
}

/// All that statements are made from.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) engine: Engine,
    pub(super) candidates: TablePlan,
    /// The parts of the display name, as they are selected.
    pub(super) display: Vec<String>,
    /// What is shown, as it is selected.
    pub(super) shown: Vec<String>,
    /// Where rows are; the first is the candidate's own.
    pub(super) places: Vec<Place>,
    pub(super) sections: Vec<SectionPlan>,
    pub(super) posting: Option<PostingPlan>,
    pub(super) link: Option<LinkPlan>,
    pub(super) audit: Option<AuditPlan>,
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
    mapping.check().map_err(|fault| looking::wrong(fault.message, fault.key, fault.hint))?;
    let looking = Looking::new(db, mapping);
    let candidates = looking.candidates().await?;
    let display = looking.list("The display name reads", "display", &mapping.candidate.display).await?;
    let shown = looking.list("The list shows", "show", &mapping.candidate.show).await?;
    looking.others().await?;
    let (places, sections) = section::all(&looking, &candidates).await?;
    let posting = match &mapping.posting {
        Some(posting) => Some(posting::posting(&looking, posting).await?),
        None => None,
    };
    let link = match &mapping.link {
        Some(link) => Some(link::link(&looking, link, &candidates, posting.as_ref()).await?),
        None => None,
    };
    let audit = match &mapping.audit {
        Some(audit) => Some(posting::audit(&looking, audit).await?),
        None => None,
    };
    // Last: what is not there at all is told with the key that names it.
    fingerprint::compare(&looking).await?;
    let engine = looking.engine;
    Ok(Plan { engine, candidates, display, shown, places, sections, posting, link, audit })
}

pub(super) use fingerprint::{again as compare, expect, take as fingerprint};

/// Whether rows of the table can be written at all.
pub(super) fn is_view(table: &TablePlan) -> bool {
    match table.info.kind {
        TableKind::View => true,
        TableKind::Table => false,
    }
}
