//! Which columns hold texts that are worth rewriting: by name, by length, by look, with the reasons.

use super::{
    Use,
    lexicon::Meaning,
    names::{first_of, means, words},
    schema::{Column, Family, Schema, Table},
};

/// Fewer points than this are no proposal.
pub(super) const ENOUGH: i32 = 40;

/// What a text is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Letter,
    Education,
    Skills,
    Experience,
    Summary,
    Resume,
    Anything,
}

impl About {
    /// In the order in which a name is asked: the first that it has counts.
    const ALL: [Self; 7] = [
        Self::Letter,
        Self::Education,
        Self::Skills,
        Self::Experience,
        Self::Summary,
        Self::Resume,
        Self::Anything,
    ];

    const fn meaning(self) -> Meaning {
        match self {
            Self::Letter => Meaning::Letter,
            Self::Education => Meaning::Education,
            Self::Skills => Meaning::Skills,
            Self::Experience => Meaning::Experience,
            Self::Summary => Meaning::Summary,
            Self::Resume => Meaning::Resume,
            Self::Anything => Meaning::Body,
        }
    }

    /// What a name says.
    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|about| means(name, about.meaning()))
    }

    /// How much a name that says so counts.
    const fn points(self) -> i32 {
        match self {
            Self::Resume | Self::Summary | Self::Experience | Self::Skills => 45,
            Self::Education => 40,
            Self::Letter => 25,
            Self::Anything => 15,
        }
    }

    /// In a sentence.
    pub(super) const fn topic(self) -> &'static str {
        match self {
            Self::Resume => "a résumé",
            Self::Summary => "a summary",
            Self::Experience => "experience",
            Self::Skills => "skills",
            Self::Education => "education",
            Self::Letter => "a letter",
            Self::Anything => "text",
        }
    }

    /// The id of a section about it; `None` if the column's name serves better.
    pub(super) const fn id(self) -> Option<&'static str> {
        match self {
            Self::Resume => Some("resume"),
            Self::Summary => Some("summary"),
            Self::Experience => Some("experience"),
            Self::Skills => Some("skills"),
            Self::Education => Some("education"),
            Self::Letter => Some("letter"),
            Self::Anything => None,
        }
    }
}

/// A column with what speaks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prose<'s> {
    /// The column.
    pub(super) column: &'s Column,
    /// What its name says it is about.
    pub(super) about: Option<About>,
    /// The more the likelier.
    pub(super) points: i32,
    /// Why, in half sentences.
    pub(super) why: Vec<String>,
}

/// The columns of a table that are worth rewriting, in the table's order.
pub(super) fn columns(table: &Table) -> Vec<Prose<'_>> {
    table
        .columns
        .iter()
        .filter_map(|column| points(table, column))
        .filter(|prose| prose.points >= ENOUGH)
        .collect()
}

/// The points of one column; `None` if it cannot be a section at all.
pub(super) fn points<'s>(table: &Table, column: &'s Column) -> Option<Prose<'s>> {
    let in_key = table.key.contains(&column.name);
    if !column.is_text() || column.generated || in_key || is_private(&column.name) || is_pointer(&column.name)
    {
        return None;
    }
    let about = About::of(&column.name);
    let mut prose = Prose { column, about, points: about.map_or(0, About::points), why: Vec::new() };
    match about {
        Some(About::Anything) | None => {}
        Some(about) => prose.why.push(format!("its name speaks of {}", about.topic())),
    }
    let Some(measure) = column.measure.as_ref().filter(|measure| measure.rows > 0) else {
        return Some(prose);
    };
    let (average, words) = (measure.average(), measure.average_words());
    prose.points += if measure.filled == 0 {
        -15
    } else if measure.is_json() {
        10
    } else if words < 2 {
        // Paths, numbers and codes are long words, prose is many.
        -30
    } else {
        match average {
            400.. => 30,
            120..400 => 20,
            40..120 => 5,
            _ => -5,
        }
    };
    prose.points += match measure.share() {
        50.. => 10,
        10..50 => 5,
        _ => 0,
    };
    if measure.filled > 0 {
        prose.why.push(format!(
            "{} of {} rows have text, {average} characters on average",
            measure.filled, measure.rows
        ));
    }
    if measure.is_html() {
        prose.why.push("it looks like HTML".to_owned());
    }
    if column.family == Family::Json || measure.is_json() {
        prose.why.push("it is JSON".to_owned());
    }
    Some(prose)
}

/// What the best text in reach of a table adds to it as a table of candidates.
pub(super) fn best(schema: &Schema, table: &Table) -> Option<(i32, String)> {
    let own = columns(table).into_iter().max_by_key(|prose| prose.points);
    if let Some(prose) = own {
        let why = prose.why.last().map(|why| format!(": {why}")).unwrap_or_default();
        return Some((30, format!("column {} holds text{why}", prose.column.name)));
    }
    let child = schema.tables.iter().find(|child| {
        child.name != table.name && !columns(child).is_empty() && child.refers_to(table).is_some()
    })?;
    Some((20, format!("table {} holds text that belongs to it", child.name)))
}

/// Whether a column must not be read: protected attributes, pay, notes of others, secrets.
pub(super) fn is_private(name: &str) -> bool {
    first_of(name, &[Meaning::Protected, Meaning::Pay, Meaning::Notes, Meaning::Secret]).is_some()
}

/// What a column is worth looking at for.
pub(super) fn use_of(column: &Column) -> Use {
    const PERSON: [Meaning; 7] = [
        Meaning::FirstName,
        Meaning::MiddleName,
        Meaning::LastName,
        Meaning::Email,
        Meaning::Phone,
        Meaning::Address,
        Meaning::Url,
    ];
    if is_private(&column.name) {
        return Use::None;
    }
    let values = means(&column.name, Meaning::Tenant) || means(&column.name, Meaning::Stage);
    match column.family {
        Family::Text | Family::Number if values => Use::Values,
        Family::Text | Family::Json if first_of(&column.name, &PERSON).is_none() => Use::Prose,
        Family::Text | Family::Json | Family::Number | Family::Truth | Family::Time | Family::Other => {
            Use::None
        }
    }
}

/// Whether a name says that the text is elsewhere.
fn is_pointer(name: &str) -> bool {
    const ELSEWHERE: [&str; 16] = [
        "file", "filename", "path", "url", "uri", "link", "id", "hash", "md", "mime", "mimetype", "lang",
        "locale", "at", "date", "key",
    ];
    words(name).last().is_some_and(|last| ELSEWHERE.contains(&last.as_str())) || means(name, Meaning::Url)
}

/// The id of a section made from a column.
pub(super) fn id(about: Option<About>, column: &str) -> String {
    if let Some(id) = about.and_then(About::id) {
        return id.to_owned();
    }
    let id: String = words(column).join("_").chars().take(32).collect();
    if id.is_empty() { "text".to_owned() } else { id }
}
