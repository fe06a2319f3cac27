//! SQL of the configuration (`where`, `set`, `insert`): it must be one whole expression, so that it cannot change the
//! meaning of the statement around it by mistake. Names after a colon stand for values.

/// A piece of an expression.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Piece {
    /// SQL as it is written.
    Sql(String),
    /// A name, without its colon.
    Name(String),
}

/// An expression in pieces; else what is wrong with it, as the end of a sentence. Only `names` may stand in it.
pub(super) fn pieces(sql: &str, names: &[&str]) -> Result<Vec<Piece>, &'static str> {
    if sql.trim().is_empty() {
        return Err("is empty");
    }
    let mut reader = Reader { rest: sql, depth: 0, plain: String::new(), pieces: Vec::new() };
    while let Some(character) = reader.next() {
        reader.take(character, names)?;
    }
    if reader.depth > 0 {
        return Err("has a parenthesis without an end");
    }
    reader.finish();
    Ok(reader.pieces)
}

struct Reader<'s> {
    rest: &'s str,
    depth: i32,
    plain: String,
    pieces: Vec<Piece>,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let character = self.rest.chars().next()?;
        self.rest = self.rest.get(character.len_utf8()..).unwrap_or_default();
        self.plain.push(character);
        Some(character)
    }

    fn take(&mut self, character: char, names: &[&str]) -> Result<(), &'static str> {
        match character {
            '\'' | '"' | '`' => {
                while let Some(next) = self.next() {
                    if next == character {
                        return Ok(());
                    }
                }
                return Err("has a quote without an end");
            }
            '(' => self.depth += 1,
            ')' => self.depth -= 1,
            ';' => return Err("has a semicolon, but must be one expression"),
            '?' | '@' | '$' => return Err("has a placeholder, which redraft would not fill in"),
            // A cast of PostgreSQL.
            ':' if self.rest.starts_with(':') => drop(self.next()),
            ':' => return self.name(names),
            '-' if self.rest.starts_with('-') => return Err("has a comment"),
            '/' if self.rest.starts_with('*') => return Err("has a comment"),
            '#' => return Err("has a comment"),
            _ => {}
        }
        if self.depth < 0 { Err("closes a parenthesis that it did not open") } else { Ok(()) }
    }

    fn name(&mut self, names: &[&str]) -> Result<(), &'static str> {
        let plain = |next: char| next.is_alphanumeric() || next == '_';
        let end = self.rest.find(|next| !plain(next)).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() {
            return Ok(());
        }
        if !names.contains(&name) {
            return Err("has a placeholder, which redraft would not fill in");
        }
        self.plain.pop();
        let name = name.to_owned();
        self.rest = rest;
        self.finish();
        self.pieces.push(Piece::Name(name));
        Ok(())
    }

    fn finish(&mut self) {
        let plain = std::mem::take(&mut self.plain);
        if !plain.is_empty() {
            self.pieces.push(Piece::Sql(plain));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_whole_expression_is_fine() {
        for sql in [
            "consent = 1",
            "status IN ('open', 'on hold')",
            "datetime('now')",
            "note <> 'a;b) -- ? :x'",
            "(a OR b) AND c - -1 > 0",
            "name <> 'O''Hara'",
            "\"a;b\" IS NULL",
            "now()::date",
        ] {
            assert_eq!(pieces(sql, &[]), Ok(vec![Piece::Sql(sql.to_owned())]), "{sql}");
        }
    }

    #[test]
    fn names_are_told_apart() {
        let found = pieces("md5(:stored) || ':stored' || :user", &["stored", "user"]).unwrap();
        let (sql, name) =
            (|text: &str| Piece::Sql(text.to_owned()), |text: &str| Piece::Name(text.to_owned()));
        assert_eq!(found, [sql("md5("), name("stored"), sql(") || ':stored' || "), name("user")]);
    }

    #[test]
    fn what_would_reach_beyond_it_is_refused() {
        for (sql, word) in [
            ("1 = 1) OR (1 = 1", "closes"),
            ("(1 = 1", "parenthesis"),
            ("1 = 1; DELETE FROM candidates", "semicolon"),
            ("consent = 1 -- AND x", "comment"),
            ("consent = 1 /* AND", "comment"),
            ("consent = 1 # AND", "comment"),
            ("name = 'x", "quote"),
            ("site = :tenant", "placeholder"),
            ("site = ?", "placeholder"),
            (" ", "empty"),
        ] {
            assert!(pieces(sql, &["stored"]).is_err_and(|fault| fault.contains(word)), "{sql}");
        }
    }
}
