//! Filters as expressions over terms, whatever the terms are about: the shape that both filter languages share, and
//! its text.

use std::fmt;

/// A condition made from terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr<T> {
    /// All of these hold; without parts: everything.
    And(Vec<Self>),
    /// One of these holds; without parts: nothing.
    Or(Vec<Self>),
    /// This does not hold.
    Not(Box<Self>),
    /// This holds.
    Term(T),
}

impl<T> Expr<T> {
    /// Everything.
    pub const ALL: Self = Self::And(Vec::new());

    /// Whether this is the filter without any condition.
    pub const fn is_all(&self) -> bool {
        matches!(self, Self::And(parts) if parts.is_empty())
    }

    /// Both this and `other`.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::And(mut parts) => {
                parts.push(other);
                Self::And(parts)
            }
            first @ (Self::Or(_) | Self::Not(_) | Self::Term(_)) => Self::And(vec![first, other]),
        }
    }

    /// The opposite.
    pub(super) fn negated(self) -> Self {
        Self::Not(Box::new(self))
    }

    /// One of the parts, or the only one.
    pub(super) fn any_of(mut parts: Vec<Self>) -> Self {
        if parts.len() == 1 { parts.remove(0) } else { Self::Or(parts) }
    }

    /// All of the parts, or the only one.
    pub(super) fn all_of(mut parts: Vec<Self>) -> Self {
        if parts.len() == 1 { parts.remove(0) } else { Self::And(parts) }
    }

    /// Whether it holds, when `term` tells whether a term holds.
    pub fn holds(&self, term: &mut impl FnMut(&T) -> bool) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(term)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(term)),
            Self::Not(part) => !part.holds(term),
            Self::Term(one) => term(one),
        }
    }
}

impl<T: fmt::Display> Expr<T> {
    /// Writes it so that it can stand beside other terms.
    fn atom(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Term(term) => write!(f, "{term}"),
            Self::Not(part) => {
                f.write_str("-")?;
                part.atom(f)
            }
            Self::Or(parts) if parts.is_empty() => f.write_str("-()"),
            Self::And(_) | Self::Or(_) => write!(f, "({self})"),
        }
    }
}

/// The text that means this filter.
impl<T: fmt::Display> fmt::Display for Expr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, between) = match self {
            Self::And(parts) => (parts, " "),
            Self::Or(parts) if !parts.is_empty() => (parts, " or "),
            Self::Or(_) | Self::Not(_) | Self::Term(_) => return self.atom(f),
        };
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                f.write_str(between)?;
            }
            part.atom(f)?;
        }
        Ok(())
    }
}
