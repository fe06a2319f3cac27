//! What a request is answered with: reasoning and text, as tokens, cut at the output cap.

use rand::{Rng, RngExt};

use super::{
    author,
    fault::ReplyFault,
    request::Form,
    scenario::Reasoning,
    tokens,
    wire::{Delta, FinishReason},
};

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    pub reasoning: String,
    pub content: String,
    pub reasoning_tokens: u64,
    pub content_tokens: u64,
    pub finish: FinishReason,
}

/// How hard the model is asked to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effort {
    None,
    Low,
    Medium,
    High,
}

/// What a reply depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Assignment<'a> {
    /// The last message of the user.
    pub prompt: &'a str,
    pub seed: u64,
    pub reasoning: Option<Reasoning>,
    pub effort: Effort,
    pub cap: u64,
    pub fault: Option<ReplyFault>,
    pub form: Form,
}

impl Reply {
    /// Writes the reply; `random` decides how long the reasoning is.
    pub(super) fn write(assignment: &Assignment<'_>, random: &mut impl Rng) -> Self {
        let cap = assignment.cap;
        let wanted = match assignment.fault {
            Some(ReplyFault::EmptyLength) => cap,
            Some(_) | None => thinking(assignment, random),
        };
        let (reasoning, reasoning_tokens) = first_tokens(&thoughts(wanted), wanted.min(cap));
        let text = author::compose(assignment.prompt, assignment.seed);
        let (text, early_end) = spoil(text, assignment.prompt, assignment.fault);
        let text = match (assignment.form, assignment.fault) {
            (Form::Json, None | Some(ReplyFault::WrongLanguage | ReplyFault::Fabricated)) => as_json(&text),
            (Form::Json | Form::Text, _) => text,
        };
        let (content, content_tokens) = first_tokens(&text, cap - reasoning_tokens);
        let cut = content.len() < text.len() || reasoning_tokens < wanted;
        let finish = early_end.unwrap_or(if cut { FinishReason::Length } else { FinishReason::Stop });
        Self { reasoning, content, reasoning_tokens, content_tokens, finish }
    }

    /// Returns the number of tokens.
    pub(super) const fn tokens(&self) -> u64 {
        self.reasoning_tokens + self.content_tokens
    }

    /// Returns the token events in their order.
    pub(super) fn deltas(&self) -> impl Iterator<Item = Delta<'_>> {
        tokens::split(&self.reasoning)
            .map(Delta::Reasoning)
            .chain(tokens::split(&self.content).map(Delta::Content))
    }
}

fn thinking(assignment: &Assignment<'_>, random: &mut impl Rng) -> u64 {
    let factor = match assignment.effort {
        Effort::None => 0,
        Effort::Low => 1,
        Effort::Medium => 3,
        Effort::High => 8,
    };
    assignment.reasoning.map_or(0, |range| factor * u64::from(random.random_range(range.min..=range.max)))
}

const THOUGHTS: &str = "We need to rewrite the résumé sections so that they fit the posting. Keep every number, date, \
    employer and degree as it stands. Use strong verbs, shorten long sentences, keep the order of the roles. Do not \
    add what the source does not say. Check each bullet against the source once more. ";

/// At least `wanted` tokens of thoughts.
fn thoughts(wanted: u64) -> String {
    let rounds = wanted.div_ceil(tokens::count(THOUGHTS).max(1));
    THOUGHTS.repeat(usize::try_from(rounds).unwrap_or(1))
}

/// The first `most` tokens of a text, and their number.
fn first_tokens(text: &str, most: u64) -> (String, u64) {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let mut count = 0;
    let kept = tokens::split(text).take(most).inspect(|_| count += 1).collect();
    (kept, count)
}

/// Makes the text useless in the way asked for, and tells the finish reason if it is not the natural one.
fn spoil(text: String, prompt: &str, fault: Option<ReplyFault>) -> (String, Option<FinishReason>) {
    match fault {
        None => (text, None),
        Some(ReplyFault::EmptyStop) => (String::new(), Some(FinishReason::Stop)),
        Some(ReplyFault::EmptyLength) => (String::new(), Some(FinishReason::Length)),
        Some(ReplyFault::HalfLength) => {
            (first_tokens(&text, tokens::count(&text) / 2).0, Some(FinishReason::Length))
        }
        Some(ReplyFault::NoMarks) => {
            let lines = text.lines().filter(|line| !line.starts_with("[["));
            (lines.collect::<Vec<_>>().join("\n"), None)
        }
        Some(ReplyFault::CodeFence) => (format!("```\n{text}\n```"), None),
        Some(ReplyFault::Refusal) => ("I'm sorry, but I can't help with that.".to_owned(), None),
        Some(ReplyFault::ContentFilter) => {
            (first_tokens(&text, tokens::count(&text) / 2).0, Some(FinishReason::ContentFilter))
        }
        Some(ReplyFault::Echo) => (prompt.to_owned(), None),
        Some(ReplyFault::WrongLanguage) => (in_each_section(&text, |_| FINNISH.to_owned()), None),
        Some(ReplyFault::Fabricated) => {
            (in_each_section(&text, |lines| format!("{lines}\n{FABRICATED}")), None)
        }
    }
}

/// The sections as one JSON object: the text of each under its name.
fn as_json(text: &str) -> String {
    let (mut object, mut lines) = (serde_json::Map::new(), Vec::new());
    for line in text.lines() {
        if let Some(id) = line.strip_prefix("[[/section:").and_then(|rest| rest.strip_suffix("]]")) {
            object.insert(id.to_owned(), lines.join("\n").into());
            lines.clear();
        } else if !line.starts_with("[[section:") {
            lines.push(line);
        }
    }
    serde_json::Value::Object(object).to_string()
}

/// No source says it.
const FABRICATED: &str =
    "- Senior Vice President at Initech Global Holdings, 2017-2019, with 1,250 employees";

/// A language that no demonstration has.
const FINNISH: &str = "Kokenut työntekijä, joka on vastannut monista tehtävistä ja joka on aina ollut luotettava. Hän on \
    tehnyt työtä usean vuoden ajan ja hän osaa myös johtaa muita, kun se on tarpeen, sekä suunnitella työn hyvin.";

/// Replaces the lines between the marks of each section.
fn in_each_section(text: &str, change: impl Fn(&str) -> String) -> String {
    let (mut out, mut inside) = (Vec::new(), Vec::new());
    for line in text.lines() {
        if line.starts_with("[[/section") {
            out.push(change(&inside.join("\n")));
            inside.clear();
            out.push(line.to_owned());
        } else if line.starts_with("[[") {
            out.push(line.to_owned());
        } else {
            inside.push(line);
        }
    }
    out.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const PROMPT: &str = "[[posting]]\nA nurse\n[[/posting]]\n[[section:summary]]\nA nurse of long standing who \
                          leads the night shift.\n[[/section:summary]]\n";

    fn assignment() -> Assignment<'static> {
        Assignment {
            prompt: PROMPT,
            seed: 1,
            reasoning: Some(Reasoning { min: 30, max: 80 }),
            effort: Effort::Low,
            cap: 4_000,
            fault: None,
            form: Form::Text,
        }
    }

    fn write(assignment: &Assignment<'_>) -> Reply {
        Reply::write(assignment, &mut ChaCha8Rng::seed_from_u64(1))
    }

    fn texts(reply: &Reply) -> (String, String) {
        let (mut reasoning, mut content) = (String::new(), String::new());
        for delta in reply.deltas() {
            match delta {
                Delta::Reasoning(text) => reasoning.push_str(text),
                Delta::Content(text) => content.push_str(text),
            }
        }
        (reasoning, content)
    }

    #[test]
    fn a_reply_is_some_reasoning_and_the_sections() {
        let reply = write(&assignment());
        assert!((30..=80).contains(&reply.reasoning_tokens));
        assert!(reply.content.starts_with("[[section:summary]]\n"), "{}", reply.content);
        assert_eq!(reply.finish, FinishReason::Stop);
        assert_eq!(reply.deltas().count() as u64, reply.tokens());
        assert_eq!(texts(&reply), (reply.reasoning.clone(), reply.content.clone()));
    }

    #[test]
    fn a_reply_can_be_one_object() {
        let plain = write(&assignment()).content;
        let object = write(&Assignment { form: Form::Json, ..assignment() }).content;
        let object: serde_json::Value = serde_json::from_str(&object).unwrap();
        assert!(plain.contains(object["summary"].as_str().unwrap()), "{object}");
    }

    #[test]
    fn the_output_cap_is_kept_to_the_token() {
        for cap in [1, 20, 60, 85] {
            let reply = write(&Assignment { cap, ..assignment() });
            assert_eq!((reply.tokens(), reply.finish), (cap, FinishReason::Length), "cap {cap}");
            assert_eq!(reply.deltas().count() as u64, cap);
        }
    }

    #[test]
    fn more_effort_is_more_reasoning() {
        let low = write(&assignment()).reasoning_tokens;
        assert_eq!(write(&Assignment { effort: Effort::High, ..assignment() }).reasoning_tokens, 8 * low);
        assert_eq!(write(&Assignment { effort: Effort::None, ..assignment() }).reasoning_tokens, 0);
        assert_eq!(write(&Assignment { reasoning: None, ..assignment() }).reasoning_tokens, 0);
    }

    #[test]
    fn spoiled_replies_end_as_they_say() {
        let spoiled = |fault| write(&Assignment { fault: Some(fault), cap: 300, ..assignment() });
        let empty = spoiled(ReplyFault::EmptyStop);
        assert_eq!((empty.content.as_str(), empty.finish), ("", FinishReason::Stop));
        let spent = spoiled(ReplyFault::EmptyLength);
        assert_eq!((spent.content.as_str(), spent.finish), ("", FinishReason::Length));
        assert_eq!((spent.reasoning_tokens, spent.tokens()), (300, 300));
        let half = spoiled(ReplyFault::HalfLength);
        assert_eq!(half.finish, FinishReason::Length);
        assert!(!half.content.is_empty() && half.content.len() < write(&assignment()).content.len());
        let filtered = spoiled(ReplyFault::ContentFilter);
        assert_eq!((filtered.finish, filtered.content.is_empty()), (FinishReason::ContentFilter, false));
        assert!(spoiled(ReplyFault::Echo).content.starts_with("[[posting]]"));
        let foreign = spoiled(ReplyFault::WrongLanguage).content;
        assert!(foreign.contains("vastannut") && !foreign.contains("night"), "{foreign}");
        let made_up = spoiled(ReplyFault::Fabricated).content;
        assert!(made_up.contains("Initech") && made_up.contains("night"), "{made_up}");
        let bare = spoiled(ReplyFault::NoMarks);
        assert!(!bare.content.contains("[[") && bare.content.contains("night shift"));
    }
}
