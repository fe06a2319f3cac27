//! The author as a whole, on résumés of its own making and on any text at all.

use proptest::prelude::*;

use super::*;

const PROMPT: &str = "Rewrite the sections for this posting.\n\
[[posting]]\n\
Shift supervisor\n\
- Shift planning and stock control, cycle counting\n\
- Practical knowledge of a warehouse system; ours is SAP EWM\n\
[[/posting]]\n\
[[section:summary]]\n\
I am a hard working supervisor with 12 years of experience. I have good knowledge of stock control. I am a quick learner.\n\
[[/section:summary]]\n\
[[section:experience]]\n\
Shift Leader — Kestrel Logistics, Leeds\n\
03/2018 – present\n\
• Responsible for the night shift of 18 pickers\n\
• Was in charge of planning the rota and arranging cover for holidays\n\
• The picking error rate went down from 2.4% to 0.9% because of a checklist that I introduced\n\
• Worked closely with the office\n\
\n\
Warehouse Operative — Fairlight Cold Chain, Hull\n\
06/2012 – 02/2018\n\
• My duties included loading trailers and checking deliveries\n\
• The daily figures were sent by me to the manager\n\
• Trained 6 new starters on a regular basis\n\
[[/section:experience]]\n\
[[section:skills]]\n\
Teamwork, Stock control, Cycle counting, Forklifts\n\
[[/section:skills]]\n\
[[section:education]]\n\
[[/section:education]]\n";

fn sections(prompt: &str) -> &str {
    prompt.split_once("[[/posting]]\n").map_or(prompt, |(_, sections)| sections)
}

fn sorted_numbers(text: &str) -> Vec<&str> {
    let mut numbers: Vec<&str> =
        text.split(|sign: char| !sign.is_ascii_digit()).filter(|number| !number.is_empty()).collect();
    numbers.sort_unstable();
    numbers
}

fn bullets(text: &str) -> usize {
    text.lines().filter(|line| line.starts_with('•')).count()
}

fn innocent() -> impl Iterator<Item = u64> {
    (0..400).filter(|seed| flaws(PROMPT, *seed).is_empty())
}

#[test]
fn the_same_seed_gives_the_same_reply_and_another_one_another() {
    assert_eq!(compose(PROMPT, 3), compose(PROMPT, 3));
    let replies: HashSet<String> = (0..50).map(|seed| compose(PROMPT, seed)).collect();
    assert!(replies.len() > 40, "{}", replies.len());
}

#[test]
fn the_reply_is_the_sections_in_their_marks_and_nothing_else() {
    let marks = |text: &str| {
        text.lines().filter(|line| line.starts_with("[[")).map(str::to_owned).collect::<Vec<_>>()
    };
    for seed in 0..100 {
        let reply = compose(PROMPT, seed);
        assert_eq!(marks(&reply), marks(sections(PROMPT)));
        assert!(reply.starts_with("[[section:summary]]\n") && reply.ends_with("[[/section:education]]\n"));
        assert!(reply.contains("[[section:education]]\n[[/section:education]]\n"));
        assert!(!reply.contains("Rewrite the sections") && !reply.contains("[[posting]]"));
    }
}

#[test]
fn without_a_flaw_headings_dates_numbers_and_bullets_are_kept() {
    let mut seen = 0;
    for seed in innocent() {
        let reply = compose(PROMPT, seed);
        assert_eq!(sorted_numbers(&reply), sorted_numbers(sections(PROMPT)), "{reply}");
        assert_eq!(bullets(&reply), bullets(PROMPT), "{reply}");
        for line in PROMPT.lines().filter(|line| line.contains(" — ") || line.contains("/20")) {
            assert!(reply.lines().any(|kept| kept == line), "{line} in {reply}");
        }
        seen += 1;
    }
    assert!((250..=350).contains(&seen), "{seen}");
}

#[test]
fn wording_becomes_better() {
    let all: Vec<String> = innocent().map(|seed| compose(PROMPT, seed)).collect();
    let share = |words: &str| all.iter().filter(|reply| reply.contains(words)).count() * 100 / all.len();
    for words in [
        "Planned the rota and arranged cover for holidays",
        "after introducing a checklist",
        "Sent the daily figures to the manager",
        "on a regular basis",
    ] {
        assert!((10..=97).contains(&share(words)), "{words}: {}%", share(words));
    }
    assert!(share("Responsible for the night shift") < 45);
}

#[test]
fn flaws_come_as_often_as_they_should() {
    let mut counts = [0_usize; 5];
    for flaw in (0..2_000).flat_map(|seed| flaws(PROMPT, seed)) {
        let kind = match flaw {
            Flaw::InventedNumber { .. } | Flaw::InflatedNumber { .. } => 0,
            Flaw::InflatedTitle { .. } => 1,
            Flaw::DroppedBullet { .. } => 2,
            Flaw::AddedSkill { .. } => 3,
            Flaw::AddedAchievement { .. } => 4,
        };
        counts[kind] += 1;
    }
    let shares = [flaw::NUMBER, flaw::TITLE, flaw::DROP, flaw::SKILL, flaw::ACHIEVEMENT];
    for (count, share) in counts.into_iter().zip(shares) {
        // Two thousand throws stray by at most 1.7 % with these shares.
        let expected = share * 2;
        assert!(count.abs_diff(expected) <= 34, "{counts:?}");
    }
}

#[test]
fn a_flaw_tells_the_exact_words() {
    let source = sections(PROMPT);
    let mut seen = HashSet::new();
    for seed in 0..600 {
        let reply = compose(PROMPT, seed);
        for flaw in flaws(PROMPT, seed) {
            seen.insert(std::mem::discriminant(&flaw));
            let (new, old) = match &flaw {
                Flaw::InventedNumber { words } | Flaw::AddedAchievement { text: words } => {
                    (Some(words), None)
                }
                Flaw::AddedSkill { skill } => (Some(skill), None),
                Flaw::InflatedNumber { from, to } => (Some(to), Some(from)),
                Flaw::InflatedTitle { from, to } => {
                    assert!(source.contains(from.as_str()));
                    (Some(to), None)
                }
                Flaw::DroppedBullet { text } => (None, Some(text)),
            };
            assert!(
                new.is_none_or(|words| reply.contains(words.as_str()) && !source.contains(words.as_str())),
                "{flaw:?}"
            );
            assert!(old.is_none_or(|words| source.contains(words.as_str())), "{flaw:?}");
        }
    }
    assert_eq!(seen.len(), 6);
}

#[test]
fn a_dropped_bullet_is_gone_and_an_added_one_is_there() {
    for seed in 0..600 {
        let (added, dropped) = flaws(PROMPT, seed).iter().fold((0, 0), |(added, dropped), flaw| match flaw {
            Flaw::AddedAchievement { .. } => (added + 1, dropped),
            Flaw::DroppedBullet { .. } => (added, dropped + 1),
            Flaw::InventedNumber { .. }
            | Flaw::InflatedNumber { .. }
            | Flaw::InflatedTitle { .. }
            | Flaw::AddedSkill { .. } => (added, dropped),
        });
        assert_eq!(bullets(&compose(PROMPT, seed)) + dropped, bullets(PROMPT) + added);
    }
}

#[test]
fn other_languages_stay_what_they_are() {
    let prompt = "[[section:x]]\n\
        Pflegefachkraft — Klinikum Kestrel, Köln\n\
        03/2018 – heute\n\
        • Verantwortlich für die Versorgung von zwei Patienten mit dem Team der Station\n\
        • Die Prüfung wurde um 20 % verkürzt, und die Übergabe in der Nacht von mir geleitet\n\
        [[/section:x]]\n";
    let replies: String = (0..40).map(|seed| compose(prompt, seed)).collect();
    assert!(replies.contains("• Verantwortete die Versorgung"));
    for word in ["Led", "Managed", " the ", "Handled"] {
        assert!(!replies.contains(word), "{word}");
    }
}

#[test]
fn a_text_without_marks_is_rewritten_without_marks() {
    let reply = compose("• Responsible for planning the rota of 12 people\n• Led them", 1);
    assert!(!reply.contains("[[") && reply.contains("the rota of 12 people"), "{reply}");
    assert_eq!(compose("", 1), "There is no section to rewrite.");
    assert_eq!(compose(" \n", 1), "There is no section to rewrite.");
}

proptest! {
    #[test]
    fn no_text_is_too_odd(text in "(?s).{0,300}", seed: u64) {
        compose(&text, seed);
        let prompt = format!("[[posting]]\n{text}\n[[/posting]]\n[[section:a]]\n{text}\n[[/section:a]]\n");
        let reply = compose(&prompt, seed);
        let marked = reply.starts_with("[[section:a]]\n") && reply.contains("\n[[/section:a]]\n");
        prop_assert!(marked);
        flaws(&prompt, seed);
    }

    #[test]
    fn words_of_résumés_in_any_order_keep_their_numbers(
        words in prop::collection::vec(prop::sample::select(vec![
            "Responsible", "for", "the", "planning", "of", "I", "was", "by", "me", "and", "my", "12%", "40", "3,500", "•", "-",
            "\n", ",", ".", "training", "in", "order", "to", "03/2018 – 06/2021", "Led", "a", "team", "went", "down", "from",
            "because", "that", "introduced", "山田", "é", "\u{200b}", "\t", "😊", "—",
        ]), 0..60),
        seed: u64,
    ) {
        let text = words.join(" ");
        let prompt = format!("[[section:a]]\n{text}\n[[/section:a]]\n");
        if flaws(&prompt, seed).is_empty() {
            let reply = compose(&prompt, seed);
            prop_assert_eq!(sorted_numbers(&reply), sorted_numbers(&prompt));
        }
    }
}
