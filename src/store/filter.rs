//! A filter as a condition in SQL. Values are bound; the text holds only what stands here.

use std::ops::RangeInclusive;

use sqlx::{Sqlite, query::Query, sqlite::SqliteArguments};

use super::{codec, texts};
use crate::{
    domain::BatchRef,
    review::filter::{Filter, FindingTest, Term, When, YesNo},
};

/// A condition on `rewrite r JOIN batch b`, with what it binds.
#[derive(Debug, Default)]
pub(super) struct Condition {
    pub(super) sql: String,
    binds: Vec<Bind>,
}

#[derive(Debug, Clone)]
enum Bind {
    Number(i64),
    Text(String),
}

impl Condition {
    /// What `filter` says.
    pub(super) fn of(filter: &Filter) -> Self {
        let mut condition = Self::default();
        condition.filter(filter);
        condition
    }

    /// The values, in their order.
    pub(super) fn bind<'q>(
        &self,
        mut query: Query<'q, Sqlite, SqliteArguments>,
    ) -> Query<'q, Sqlite, SqliteArguments> {
        for bind in &self.binds {
            query = match bind {
                Bind::Number(number) => query.bind(*number),
                Bind::Text(text) => query.bind(text.clone()),
            };
        }
        query
    }

    /// One more part, all of which must hold.
    pub(super) fn and(&mut self, sql: &str, numbers: &[i64], text: Option<&str>) {
        self.sql.push_str(" AND ");
        self.sql.push_str(sql);
        self.binds.extend(text.map(|text| Bind::Text(text.to_owned())));
        self.binds.extend(numbers.iter().copied().map(Bind::Number));
    }

    fn put(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    fn number(&mut self, number: i64) {
        self.put("?");
        self.binds.push(Bind::Number(number));
    }

    fn text(&mut self, text: String) {
        self.put("?");
        self.binds.push(Bind::Text(text));
    }

    fn filter(&mut self, filter: &Filter) {
        match filter {
            Filter::And(parts) if parts.is_empty() => self.put("1"),
            Filter::Or(parts) if parts.is_empty() => self.put("0"),
            Filter::And(parts) => self.list(parts, " AND ", Self::filter),
            Filter::Or(parts) => self.list(parts, " OR ", Self::filter),
            // What is unknown does not hold, so its opposite does.
            Filter::Not(part) => {
                self.put("NOT coalesce(");
                self.filter(part);
                self.put(", 0)");
            }
            Filter::Term(term) => self.term(term),
        }
    }

    fn list<T>(&mut self, parts: &[T], between: &str, mut put: impl FnMut(&mut Self, &T)) {
        if parts.is_empty() {
            return self.put("0");
        }
        self.put("(");
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.put(between);
            }
            put(self, part);
        }
        self.put(")");
    }

    fn term(&mut self, term: &Term) {
        match term {
            Term::Word(word) => self.contains("r.search", word),
            Term::State(states) => {
                self.put("r.state IN ");
                self.list(states, ", ", |this, state| this.text(state.name().to_owned()));
            }
            Term::Batch(batches) => self.list(batches, " OR ", |this, batch| match batch {
                BatchRef::Id(id) => this.equals("b.id", id.to_string()),
                BatchRef::Number(number) => {
                    this.put("r.batch = ");
                    this.number(codec::signed(*number));
                }
            }),
            Term::Candidate(ids) => self.list(ids, " OR ", |this, id| this.equals("r.candidate", id.clone())),
            Term::Posting(words) => self.list(words, " OR ", |this, word| {
                this.put("(");
                this.equals("b.posting", word.clone());
                this.put(" OR ");
                this.contains("b.posting_key", word);
                this.put(")");
            }),
            Term::Model(words) => self.list(words, " OR ", |this, word| this.contains("b.model_key", word)),
            Term::Finding(test) => self.findings(test),
            Term::Changed(range) => self.between("r.changed_percent", range, |percent| i64::from(*percent)),
            Term::Cost(range) => self.between("r.cost", range, |nanos| codec::signed(*nanos)),
            Term::By(names) if names.is_empty() => self.put("r.decided_by IS NULL"),
            Term::By(names) => {
                self.list(names, " OR ", |this, name| this.equals("r.decided_by", name.clone()))
            }
            Term::Decided(when) => self.when("r.decided_at", *when),
            Term::Opened(when) => self.when("r.opened_at", *when),
            Term::Written(when) => self.when("r.written_at", *when),
            Term::Edited(YesNo::Yes) => self.put("r.edited = 1"),
            Term::Edited(YesNo::No) => self.put("r.edited = 0"),
            Term::Reason(words) => self.contains("r.failure_key", words),
        }
    }

    fn equals(&mut self, column: &str, text: String) {
        self.put(column);
        self.put(" = ");
        self.text(text);
    }

    /// The column holds lower-case text.
    fn contains(&mut self, column: &str, words: &str) {
        self.put(column);
        self.put(" LIKE ");
        let mut pattern = String::from("%");
        for character in codec::key(words).chars() {
            if matches!(character, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            pattern.push(character);
        }
        pattern.push('%');
        self.text(pattern);
        self.put(" ESCAPE '\\'");
    }

    fn between<T>(&mut self, column: &str, range: &RangeInclusive<T>, number: impl Fn(&T) -> i64) {
        self.put(column);
        self.put(" BETWEEN ");
        self.number(number(range.start()));
        self.put(" AND ");
        self.number(number(range.end()));
    }

    fn when(&mut self, column: &str, when: When) {
        self.put(column);
        match when {
            When::Never => self.put(" IS NULL"),
            When::Ever => self.put(" IS NOT NULL"),
            When::Since(at) => {
                self.put(" >= ");
                self.number(codec::micros(at));
            }
            When::Before(at) => {
                self.put(" < ");
                self.number(codec::micros(at));
            }
        }
    }

    fn findings(&mut self, test: &FindingTest) {
        match test {
            FindingTest::None => self.put("r.findings = 0"),
            FindingTest::Any => self.put("r.findings > 0"),
            FindingTest::Block => self.put("r.blocking > 0"),
            FindingTest::Warn => self.put("(r.findings > 0 AND r.blocking = 0)"),
            FindingTest::Kinds(kinds) => {
                self.put("(r.finding_kinds & ");
                self.number(kinds.iter().fold(0, |bits, kind| bits | texts::bit(*kind)));
                self.put(") <> 0");
            }
        }
    }
}
