//! Which mapping fits a database that nobody has described: known platforms by their tables, any other by points.
//!
//! Pure: it is given a [`Schema`] with measures of some rows, and answers with a mapping, its reasons and its TOML. It
//! reads no database and asks nobody; connecting is `source`'s job, asking `cli`'s.

mod draft;
mod entry;
mod generic;
mod jobs;
mod known;
mod lexicon;
mod mask;
mod measure;
mod names;
mod people;
mod prose;
mod schema;
mod sections;

pub use draft::{Draft, Section};
pub use entry::{Entry, Value, line, name};
pub use known::Platform;
pub use mask::mask;
pub use measure::Measure;
pub use people::Ranked;
pub use schema::{Column, Engine, Family, ForeignKey, Schema, Table};

/// What a column is worth looking at for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// How its texts look.
    Prose,
    /// Which few values it has.
    Values,
    /// It is not to be read.
    None,
}

/// What a column is worth looking at for, by its name and type alone. Private columns, names and ways to reach a person
/// are not.
pub fn use_of(column: &Column) -> Use {
    prose::use_of(column)
}

/// Which table of postings is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Postings {
    /// The likeliest, if there is one.
    #[default]
    Guess,
    /// None.
    None,
    /// This one.
    Table(String),
}

/// Whose rows are wanted, where several agencies share the tables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Agency {
    /// The only one, if there is only one.
    #[default]
    Guess,
    /// Everybody's.
    All,
    /// Those with this value.
    One(String),
}

/// Where approved texts go, where a platform has more than one place for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Into {
    /// Where they were read.
    #[default]
    Text,
    /// Into notes beside it, between marks.
    Notes,
}

/// What somebody said about the mapping; the rest is proposed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The platform.
    pub platform: Option<Platform>,
    /// The table of the candidates.
    pub candidates: Option<String>,
    /// The ids of the sections, in their order.
    pub sections: Option<Vec<String>>,
    /// The table of the postings.
    pub postings: Postings,
    /// Whose rows count.
    pub agency: Agency,
    /// redraft's own user in the platform.
    pub user: Option<String>,
    /// The locale of texts that exist in several.
    pub locale: Option<String>,
    /// Where approved texts go.
    pub into: Into,
}

/// A mapping with what else could have been proposed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The mapping.
    pub draft: Draft,
    /// The tables that may hold candidates, the likeliest first.
    pub tables: Vec<Ranked>,
    /// All sections that may be mapped.
    pub offered: Vec<Section>,
    /// The tables that may hold postings, the likeliest first.
    pub postings: Vec<Ranked>,
    /// The agencies that were seen.
    pub tenants: Vec<String>,
}

/// Why there is no mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// No table looks like one of candidates.
    NoCandidates,
    /// There is no table of that name.
    NoTable(String),
    /// The table has no key, so that no row of it can be named.
    NoKey(String),
    /// No column looks like the text of a résumé.
    NoSections,
    /// There is no section of that id; these there are.
    NoSection(String, Vec<String>),
    /// Several agencies share the tables, by this column with these values, and nobody said which is wanted.
    Agencies(String, Vec<String>),
}

/// Proposes the mapping of a database.
///
/// # Errors
/// [`Unfit`] tells what is missing; naming it in `wanted` helps.
pub fn propose(schema: &Schema, wanted: &Wanted) -> Result<Proposal, Unfit> {
    let platform = wanted.platform.or_else(|| Platform::recognise(schema).first().copied());
    // A table that is named by hand is no known platform's.
    let platform = platform.filter(|_| wanted.candidates.is_none());
    platform
        .and_then(|platform| known::propose(platform, schema, wanted))
        .unwrap_or_else(|| generic::propose(schema, wanted))
}

#[cfg(test)]
mod tests;
