//! SQL of the configuration (`where`, `set`): it must be one whole expression, so that it cannot change the meaning of
//! the statement around it by mistake.

/// What is wrong with an expression, as the end of a sentence.
pub(super) fn fault(sql: &str) -> Option<&'static str> {
    if sql.trim().is_empty() {
        return Some("is empty");
    }
    let mut depth = 0_i32;
    let mut rest = sql.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            // The condition moves on to the end of the quoted part.
            '\'' | '"' | '`' if !rest.by_ref().any(|next| next == character) => {
                return Some("has a quote without an end");
            }
            '(' => depth += 1,
            ')' => depth -= 1,
            ';' => return Some("has a semicolon, but must be one expression"),
            '?' | '@' | '$' => return Some("has a placeholder, which redraft would not fill in"),
            ':' if rest.peek().is_some_and(|next| next.is_alphanumeric() || *next == '_') => {
                return Some("has a placeholder, which redraft would not fill in");
            }
            '-' if rest.peek() == Some(&'-') => return Some("has a comment"),
            '/' if rest.peek() == Some(&'*') => return Some("has a comment"),
            _ => {}
        }
        if depth < 0 {
            return Some("closes a parenthesis that it did not open");
        }
    }
    (depth > 0).then_some("has a parenthesis without an end")
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
            "note <> 'a;b) -- ?'",
            "(a OR b) AND c - -1 > 0",
            "name <> 'O''Hara'",
            "\"a;b\" IS NULL",
        ] {
            assert_eq!(fault(sql), None, "{sql}");
        }
    }

    #[test]
    fn what_would_reach_beyond_it_is_refused() {
        for (sql, word) in [
            ("1 = 1) OR (1 = 1", "closes"),
            ("(1 = 1", "parenthesis"),
            ("1 = 1; DELETE FROM candidates", "semicolon"),
            ("consent = 1 -- AND x", "comment"),
            ("consent = 1 /* AND", "comment"),
            ("name = 'x", "quote"),
            ("site = :tenant", "placeholder"),
            ("site = ?", "placeholder"),
            (" ", "empty"),
        ] {
            assert!(fault(sql).is_some_and(|fault| fault.contains(word)), "{sql}");
        }
    }
}
