//! The price book: what the provider says its models cost now.
//!
//! A model without a known price is not used: a budget could not be kept.

use thiserror::Error;

use super::port::{CallError, Model, Rewriter};
use crate::domain::Price;

/// The most names in a sentence.
const NAMED: usize = 12;

/// The provider's models, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceBook(Vec<Model>);

/// Why a model cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotOffered {
    /// The provider has none of that name.
    #[error("The provider has no model \"{model}\".")]
    Unknown {
        /// The name asked for.
        model: String,
        /// Those that could be used; untrusted text.
        known: Vec<String>,
    },
    /// The provider does not say what it costs.
    #[error("The provider does not say what \"{model}\" costs, so that no budget could be kept.")]
    NoPrice {
        /// The name asked for.
        model: String,
        /// Those that could be used; untrusted text.
        known: Vec<String>,
    },
}

impl PriceBook {
    /// Asks the provider.
    pub async fn fetch(rewriter: &dyn Rewriter) -> Result<Self, CallError> {
        rewriter.models().await.map(Self)
    }

    /// Returns the book of these models.
    pub const fn new(models: Vec<Model>) -> Self {
        Self(models)
    }

    /// All models, those without a price too.
    pub fn models(&self) -> &[Model] {
        &self.0
    }

    /// What a model costs: as the provider says, else `own`.
    pub fn price(&self, name: &str, own: Option<Price>) -> Result<Price, NotOffered> {
        match (self.offer(name), own) {
            (Ok((_, price)), _) | (Err(NotOffered::NoPrice { .. }), Some(price)) => Ok(price),
            (Err(error), _) => Err(error),
        }
    }

    /// The model of that name and its price.
    pub fn offer(&self, name: &str) -> Result<(&Model, Price), NotOffered> {
        let known = || {
            let priced = self.0.iter().filter(|model| model.price.is_some());
            priced.map(|model| model.name.clone()).take(NAMED).collect()
        };
        let Some(model) = self.0.iter().find(|model| model.name == name) else {
            return Err(NotOffered::Unknown { model: name.to_owned(), known: known() });
        };
        match model.price {
            Some(price) => Ok((model, price)),
            None => Err(NotOffered::NoPrice { model: name.to_owned(), known: known() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_without_a_price_is_not_offered() {
        let price = Price { input: 1, cached: 1, output: 2 };
        let model = |name: &str, price| Model {
            name: name.to_owned(),
            price,
            context_window: 100,
            max_completion: 50,
        };
        let book = PriceBook::new(vec![model("a", Some(price)), model("b", None)]);
        assert_eq!(book.offer("a").map(|(model, price)| (model.name.as_str(), price)), Ok(("a", price)));
        let known = vec!["a".to_owned()];
        assert_eq!(book.offer("b"), Err(NotOffered::NoPrice { model: "b".to_owned(), known: known.clone() }));
        let own = Price { input: 7, cached: 7, output: 7 };
        assert_eq!((book.price("b", Some(own)), book.price("a", Some(own))), (Ok(own), Ok(price)));
        assert!(book.price("b", None).is_err() && book.price("c", Some(own)).is_err());
        assert_eq!(book.offer("c"), Err(NotOffered::Unknown { model: "c".to_owned(), known }));
    }
}
