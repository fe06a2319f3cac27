use std::sync::atomic::AtomicBool;

use insta::assert_snapshot;
use uuid::Uuid;

use super::*;
use crate::{
    domain::{
        Batch, BatchId, BatchSpec, BatchState, Candidate, Counts, Document, Format, LinkedPosting, Money,
        Posting, PostingId, Price, Section, SectionId,
    },
    engine::port::{Estimate, ForPosting, Who},
    error::Error,
    llm::port::Model,
    tui::{
        backend::{Following, Reply, Usual},
        screens::ScreenId,
        testing::{Stage, context},
    },
};

const PEOPLE: [(&str, &str, &str, &str); 8] = [
    ("C-000914", "Adaeze Okafor", "Payroll Analyst", "Columbus OH"),
    ("C-001120", "Priya Sharma", "ICU Nurse", "Dayton OH"),
    ("C-002208", "Mei Lin", "Store Manager", "Toledo OH"),
    ("C-003377", "Tomás Rey", "Backend Developer", "Columbus OH"),
    ("C-004404", "Paulo Vieira da Silva e Sousa de Albuquerque", "Welder", "São Paulo"),
    ("C-004871", "Jordan Müller", "Warehouse Supervisor", "Columbus OH"),
    ("C-005512", "山田 花子", "Interpreter", "東京都"),
    ("C-006001", "Eve\u{202e}\u{1b}[31m Mallory", "Penetration Tester", "Akron OH"),
];

fn people() -> Vec<Candidate> {
    PEOPLE
        .map(|(id, name, title, city)| Candidate {
            id: CandidateId(id.to_owned()),
            name: name.to_owned(),
            shown: vec![title.to_owned(), city.to_owned()],
        })
        .to_vec()
}

fn ask_of(request: Request) -> backend::Request {
    backend::Request::Candidates(request)
}

fn tell(stage: &mut Stage, question: Request, answer: Answer) {
    stage.reply(ask_of(question), backend::Answer::Candidates(answer));
}

fn more(stage: &mut Stage, question: Request, answer: Answer) {
    stage.deliver(Reply {
        question: ask_of(question),
        answer: Ok(backend::Answer::Candidates(answer)),
        more: Following::More,
    });
}

/// The screen with all that it asked for answered.
fn stage(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::at(columns, rows);
    stage.orders();
    stage.key("2");
    assert_eq!(stage.asked(), [ask_of(Request::List), ask_of(Request::Count)]);
    more(&mut stage, Request::List, Answer::Shown(vec!["title".to_owned(), "city".to_owned()]));
    more(&mut stage, Request::List, Answer::Page(Page::new(&people())));
    tell(&mut stage, Request::List, Answer::End(End::Complete));
    tell(&mut stage, Request::Count, Answer::Count(8));
    stage
}

/// Answers searches as the backend does.
fn search(stage: &mut Stage) {
    stage.answer_all(|request| match request {
        backend::Request::Candidates(Request::Search(search)) => {
            let shown = ["title".to_owned(), "city".to_owned()];
            let hits = search::run(search, &shown, &AtomicBool::new(false)).unwrap();
            Some(backend::Answer::Candidates(Answer::Hits(hits)))
        }
        _ => None,
    });
}

fn document() -> Document {
    let section = |id: &str, text: &str| Section {
        id: SectionId(id.to_owned()),
        format: Format::Text,
        text: Some(text.to_owned()),
        ..Section::default()
    };
    Document {
        sections: vec![
            section(
                "summary",
                "Warehouse supervisor with 8 years experience. I have managed teams up to 25.",
            ),
            section("experience", "Northwind, 2018–2023\n• Day shift\u{1b}[2J\n• SAP WM"),
        ],
    }
}

#[test]
fn all_candidates_at_80() {
    let mut stage = stage(80, 24);
    stage.key("space j space");
    assert_snapshot!(stage.shot(), @"
     Candidates │ 8 in the candidate database
     1 Dashboard [2]Candidates 3 Batches 4 Review 5 Write-back 6 Activity
    ── all ────────────────────────────────────────────────────────────────── 4 of 8
       id           name                         title             city
     ● C-000914     Adaeze Okafor                Payroll Analyst   Columbus OH
       C-001120     Priya Sharma                 ICU Nurse         Dayton OH
     ● C-002208     Mei Lin                      Store Manager     Toledo OH
    >  C-003377     Tomás Rey                    Backend Developer Columbus OH
       C-004404     Paulo Vieira da Silva e Sou… Welder            São Paulo
       C-004871     Jordan Müller                Warehouse Superv… Columbus OH
       C-005512     山田 花子                    Interpreter       東京都
       C-006001     Eve‹RLO›␛[31m Mallory        Penetration Test… Akron OH









    ────────────────────────────────────────────────────────────────────────────────
     2 marked: 2 in filter, none hidden
     ␣ mark v range * all in filter R rewrite ↵ open / search - unmark all
    ");
}

#[test]
fn a_text_beside_the_list_at_120() {
    let mut stage = stage(120, 40);
    stage.key("enter");
    let id = CandidateId("C-000914".to_owned());
    assert_eq!(stage.asked(), [ask_of(Request::Open(id.clone()))]);
    tell(&mut stage, Request::Open(id), Answer::Opened(Some((people()[0].clone(), document())), None));
    assert_snapshot!(stage.shot(), @"
     Candidates │ 8 in the candidate database
     1 Dashboard [2]Candidates 3 Batches 4 Review 5 Write-back 6 Activity
    ── all ────────────────────────────────────────────── 1 of 8│── C-000914 Adaeze Okafor ─────────────────────────────────
       id         name                 title        city        │ SUMMARY
    >  C-000914   Adaeze Okafor        Payroll Ana… Columbus OH │ Warehouse supervisor with 8 years experience. I have
       C-001120   Priya Sharma         ICU Nurse    Dayton OH   │ managed teams up to 25.
       C-002208   Mei Lin              Store Manag… Toledo OH   │
       C-003377   Tomás Rey            Backend Dev… Columbus OH │ EXPERIENCE
       C-004404   Paulo Vieira da Sil… Welder       São Paulo   │ Northwind, 2018–2023
       C-004871   Jordan Müller        Warehouse S… Columbus OH │ • Day shift␛[2J
       C-005512   山田 花子            Interpreter  東京都      │ • SAP WM
       C-006001   Eve‹RLO›␛[31m Mallo… Penetration… Akron OH    │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
                                                                │
    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     nothing marked
     j/k scroll  / find  h list  R rewrite  : commands  ? help  q back
    ");
    stage.key("h j");
    let next = CandidateId("C-001120".to_owned());
    assert_eq!(stage.asked(), [ask_of(Request::Open(next))], "the text follows the row");
}

#[test]
fn a_text_over_the_list_at_80() {
    let mut stage = stage(80, 24);
    stage.key("j enter");
    let id = CandidateId("C-001120".to_owned());
    tell(&mut stage, Request::Open(id), Answer::Opened(Some((people().remove(1), document())), None));
    let shot = stage.shot();
    assert!(shot.contains("managed teams up to 25") && !shot.contains('\u{1b}'), "{shot}");
    stage.key("/").text("sap").key("enter");
    assert!(stage.shot().contains("»• SAP WM"), "{}", stage.shot());
    stage.key("esc");
    assert!(stage.shot().contains("Mei Lin"), "the list is back");
}

#[test]
fn all_candidates_at_200() {
    assert_snapshot!(stage(200, 60).shot(), @"
     Candidates │ 8 in the candidate database
     1 Dashboard [2]Candidates 3 Batches 4 Review 5 Write-back 6 Activity
    ── all ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────── 1 of 8
       id                          name                                                                      title                                           city
    >  C-000914                    Adaeze Okafor                                                             Payroll Analyst                                 Columbus OH
       C-001120                    Priya Sharma                                                              ICU Nurse                                       Dayton OH
       C-002208                    Mei Lin                                                                   Store Manager                                   Toledo OH
       C-003377                    Tomás Rey                                                                 Backend Developer                               Columbus OH
       C-004404                    Paulo Vieira da Silva e Sousa de Albuquerque                              Welder                                          São Paulo
       C-004871                    Jordan Müller                                                             Warehouse Supervisor                            Columbus OH
       C-005512                    山田 花子                                                                 Interpreter                                     東京都
       C-006001                    Eve‹RLO›␛[31m Mallory                                                     Penetration Tester                              Akron OH













































    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     nothing marked
     ␣ mark  v range  * all in filter  R rewrite  ↵ open  / search  : commands  ? help  q back
    ");
}

#[test]
fn words_are_searched_as_one_types_and_marks_stay_with_ids() {
    let mut stage = stage(80, 24);
    stage.key("space").key("/").text("clmbs");
    search(&mut stage);
    stage.key("enter");
    assert_snapshot!(stage.shot(), @"
     Candidates │ 8 in the candidate database
     1 Dashboard [2]Candidates 3 Batches 4 Review 5 Write-back 6 Activity
    ── clmbs ─────────────────────────────────────────────────────── 1 of 8, 3 match
       id           name                         title             city
    >● C-000914     Adaeze Okafor                Payroll Analyst   Columbus OH
       C-003377     Tomás Rey                    Backend Developer Columbus OH
       C-004871     Jordan Müller                Warehouse Superv… Columbus OH














    ────────────────────────────────────────────────────────────────────────────────
     1 marked: 1 in filter, none hidden
     ␣ mark v range * all in filter R rewrite ↵ open / search - unmark all
    ");
    stage.key("*");
    assert!(stage.shot().contains("3 marked: 3 in filter, none hidden"), "{}", stage.shot());
    stage.key("/ ctrl-u").text("city:dayton");
    search(&mut stage);
    stage.key("enter");
    let shot = stage.shot();
    assert!(shot.contains("Priya") && !shot.contains("Jordan"), "{shot}");
    assert!(shot.contains("3 marked: 0 in filter, 3 hidden by the filter"), "{shot}");
    stage.key("\\");
    assert!(stage.shot().contains("3 marked: 3 in filter, none hidden"), "{}", stage.shot());
    stage.key("-");
    assert!(stage.shot().contains("nothing marked"));
}

#[test]
fn a_longer_word_is_looked_for_among_the_hits() {
    let mut stage = stage(80, 24);
    stage.key("/").text("c");
    search(&mut stage);
    stage.text("l");
    let asked = stage.asked();
    let [backend::Request::Candidates(Request::Search(search))] = &asked[..] else { panic!("{asked:?}") };
    assert!(search.within.is_some());
}

#[test]
fn an_answer_to_what_is_no_longer_typed_is_dropped() {
    let mut stage = stage(80, 24);
    stage.key("/").text("a");
    let old = stage.asked().remove(0);
    stage.text("b");
    stage.reply(old, backend::Answer::Candidates(Answer::Hits(Hits::new(vec![3]))));
    assert!(stage.shot().contains("Adaeze"), "{}", stage.shot());
}

#[test]
fn a_wrong_filter_is_told_and_the_rows_stay() {
    let mut stage = stage(80, 24);
    stage.key("/").text("town:x").key("enter");
    let shot = stage.shot();
    assert!(shot.contains("! ") && shot.contains("town") && shot.contains("Adaeze"), "{shot}");
}

#[test]
fn a_range_is_marked_between_two_presses() {
    let mut stage = stage(80, 24);
    stage.key("j v");
    assert!(stage.shot().contains("range from C-001120"), "{}", stage.shot());
    stage.key("j j v");
    assert!(stage.shot().contains("3 marked"), "{}", stage.shot());
}

#[test]
fn a_list_beyond_the_bound_is_searched_in_the_candidate_database() {
    let mut stage = Stage::at(80, 24);
    stage.key("2");
    stage.orders();
    more(&mut stage, Request::List, Answer::Page(Page::new(&people())));
    tell(&mut stage, Request::List, Answer::End(End::Bounded));
    tell(&mut stage, Request::Count, Answer::Count(1_200_000));
    assert!(
        stage.line(0).contains("1,200,000") && stage.line(0).contains("/ searches all"),
        "{}",
        stage.shot()
    );
    stage.key("/").text("zed");
    let question = Request::Find("zed".to_owned());
    assert_eq!(stage.asked().pop(), Some(ask_of(question.clone())));
    let zed = Candidate { id: CandidateId("Z-1".to_owned()), name: "Zed".to_owned(), shown: Vec::new() };
    more(&mut stage, question.clone(), Answer::Page(Page::new(&[zed])));
    tell(&mut stage, question, Answer::End(End::Complete));
    let shot = stage.shot();
    assert!(shot.contains("Zed") && !shot.contains("Adaeze"), "{shot}");
    stage.key("esc");
    assert!(stage.shot().contains("Adaeze"), "what was typed is given up");
}

#[test]
fn an_empty_database_and_one_that_is_away_are_told_in_sentences() {
    let mut stage = Stage::at(80, 24);
    stage.key("2");
    more(&mut stage, Request::List, Answer::Page(Page::new(&[])));
    tell(&mut stage, Request::List, Answer::End(End::Complete));
    assert!(stage.shot().contains("The candidate database has no candidates"), "{}", stage.shot());
    let error = Error::remote("The candidate database cannot be reached: no such file.")
        .hint("Look whether it runs.");
    stage.fail(ask_of(Request::List), error);
    let shot = stage.shot();
    assert!(shot.contains("cannot be reached") && shot.contains("Look whether it runs."), "{shot}");
    stage.orders();
    stage.key("2");
    assert_eq!(stage.asked().first(), Some(&ask_of(Request::List)), "it is tried again");
}

fn terms() -> Terms {
    let price = Price { input: 75_000_000, cached: 37_500_000, output: 300_000_000 };
    let model = |name: &str, price| Model {
        name: name.to_owned(),
        price,
        context_window: 131_072,
        max_completion: 65_536,
    };
    Terms {
        linked: Linked::No,
        postings: vec![Posting {
            id: PostingId("311".to_owned()),
            title: "Warehouse Supervisor".to_owned(),
            text: String::new(),
        }],
        models: vec![model("openai/gpt-oss-20b", Some(price)), model("openai/gpt-oss-120b", None)],
        usual: Usual { model: "openai/gpt-oss-20b".to_owned(), budget: Money::from_dollars(10) },
    }
}

fn estimate(rewrites: u64) -> Estimate {
    Estimate {
        rewrites,
        for_posting: 0,
        skipped: 3,
        sampled: 40,
        model: "openai/gpt-oss-20b".to_owned(),
        tier: crate::domain::Tier::OnDemand,
        tokens_in: 9_100_000,
        tokens_out: 2_200_000,
        cost: Money::from_nanos(3_120_000_000),
        budget: Money::from_dollars(10),
        month_left: Money::from_nanos(2_000_000_000),
        duration: Some(Duration::from_secs(760)),
    }
}

fn estimating(stage: &mut Stage) -> Arc<StartRequest> {
    match stage.asked().pop() {
        Some(backend::Request::Candidates(Request::Estimate(request))) => request,
        other => panic!("{other:?}"),
    }
}

/// The form over two marked candidates, with its first estimate.
fn form(columns: u16, rows: u16) -> Stage {
    let mut stage = stage(columns, rows);
    stage.key("space space R");
    assert_eq!(stage.asked(), [ask_of(Request::Terms)]);
    tell(&mut stage, Request::Terms, Answer::Terms(terms()));
    let request = estimating(&mut stage);
    assert_eq!(
        request.who,
        Who::Ids(vec![CandidateId("C-000914".to_owned()), CandidateId("C-001120".to_owned())])
    );
    tell(&mut stage, Request::Estimate(request), Answer::Estimate(estimate(2)));
    stage
}

#[test]
fn the_form_at_80() {
    assert_snapshot!(form(80, 24).shot(), @"
     Candidates │ 8 in the candidate database
     1┌─ Start a batch ──────────────────────────────────────────────────────────┐
    ──│  who            2 the marked candidates                                  │ 8
      │ >posting        none  1 to choose from                                 ▾ │
     ●│  model          openai/gpt-oss-20b  as configured                      ▾ │
     ●│  budget         $10.00  as configured                                    │
    > │  economy        no  at once                                            ▾ │
      │  instructions   what to add to the standing instructions                 │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │                                                                          │
      │ ── ESTIMATE ──────────────────────────────────────────────────────────── │
      │  2 rewrites   about 3 skipped for their length   from 40 samples         │
      │  tokens 9.1M in · 2.2M out   about 13m                                   │
      │  cost about $3.12   budget $10.00   left this month $2.00                │
      │  ! the month's cap pays for about 64% of it; the batch stops there       │
      │                                                                          │
      │  [ Start … ]  [ Cancel ]                                                 │
    ──│  Tab next field  ↵ choose  Esc cancel                                    │──
     2└──────────────────────────────────────────────────────────────────────────┘
     ␣ mark v range * all in filter R rewrite ↵ open / search - unmark all
    ");
}

#[test]
fn the_form_at_200() {
    let mut stage = form(200, 60);
    stage.key("tab tab tab tab").text("Keep it short.").key("enter").text("No jargon.");
    assert_snapshot!(stage.shot(), @"
     Candidates │ 8 in the candidate database
     1 Dashboard [2]Candidates 3 Batches 4 Review 5 Write-back 6 Activity
    ── all ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────── 3 of 8
       id                          name                                                                      title                                           city
     ● C-000914                    Adaeze Okafor                                                             Payroll Analyst                                 Columbus OH
     ● C-001120                    Priya Sharma                                                              ICU Nurse                                       Dayton OH
    >  C-002208                    Mei Lin                                                                   Store Manager                                   Toledo OH
       C-003377                    Tomás Rey                                                                 Backend Developer                               Columbus OH
       C-004404                    Paulo Vieira da Silva e Sousa de Albuquerque                              Welder                                          São Paulo
       C-004871                    Jordan Müller                                                             Warehouse Supervisor                            Columbus OH
       C-005512                    山田 花子                                                                 Interpreter                                     東京都
       C-006001                    Eve‹RLO›␛[31m Mallory                                                     Penetration Tester                              Akron OH





                                                      ┌─ Start a batch ──────────────────────────────────────────────────────────────────────────────────┐
                                                      │  who            2 the marked candidates                                                          │
                                                      │  posting        none  1 to choose from                                                         ▾ │
                                                      │  model          openai/gpt-oss-20b  as configured                                              ▾ │
                                                      │  budget         $10.00  as configured                                                            │
                                                      │  economy        no  at once                                                                    ▾ │
                                                      │ >instructions                                                                                    │
                                                      │   Keep it short.                                                                                 │
                                                      │   No jargon.                                                                                     │
                                                      │                                                                                                  │
                                                      │                                                                                                  │
                                                      │                                                                                                  │
                                                      │                                                                                                  │
                                                      │                                                                                                  │
                                                      │                                                                                                  │
                                                      │                                                                                                  │
                                                      │                                                                                                  │
                                                      │ ── ESTIMATE ──────────────────────────────────────────────────────────────────────────────────── │
                                                      │  estimating …                                                                                    │
                                                      │                                                                                                  │
                                                      │                                                                                                  │
                                                      │                                                                                                  │
                                                      │                                                                                                  │
                                                      │  [ Start … ]  [ Cancel ]                                                                         │
                                                      │  Tab next field  ↵ choose  Esc cancel                                                            │
                                                      └──────────────────────────────────────────────────────────────────────────────────────────────────┘














    ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
     2 marked: 2 in filter, none hidden
     ␣ mark  v range  * all in filter  R rewrite  ↵ open  / search  - unmark all  : commands  ? help  q back
    ");
}

#[test]
fn each_candidate_gets_the_posting_that_the_platform_links_it_to_unless_another_is_chosen() {
    let mut stage = stage(80, 24);
    stage.key("space space R").asked();
    let terms = Terms { linked: Linked::Yes, ..terms() };
    tell(&mut stage, Request::Terms, Answer::Terms(terms));
    let request = estimating(&mut stage);
    assert_eq!(request.posting, ForPosting::Linked);
    let one_of_two = Estimate { for_posting: 1, ..estimate(2) };
    tell(&mut stage, Request::Estimate(request), Answer::Estimate(one_of_two));
    let shot = stage.shot();
    assert!(shot.contains(">posting        each candidate's own  1 to choose from"), "{shot}");
    assert!(shot.contains("2 rewrites   1 with a posting"), "{shot}");
    stage.key("enter down enter");
    let request = estimating(&mut stage);
    assert_eq!(request.posting, ForPosting::None);
    tell(&mut stage, Request::Estimate(request), Answer::Estimate(estimate(2)));
    let shot = stage.shot();
    assert!(shot.contains(">posting        none  1 to choose from"), "{shot}");
    assert!(!shot.contains("with a posting"), "{shot}");
    stage.key("enter down enter");
    assert_eq!(estimating(&mut stage).posting, ForPosting::One(PostingId("311".to_owned())));
    assert!(stage.shot().contains("Warehouse Supervisor  311"));
    stage.key("enter up up enter");
    assert_eq!(estimating(&mut stage).posting, ForPosting::Linked);
}

#[test]
fn an_open_candidate_shows_the_posting_that_it_is_linked_to() {
    let mut stage = stage(80, 24);
    stage.key("enter");
    let id = people()[0].id.clone();
    let linked = LinkedPosting {
        id: PostingId("311".to_owned()),
        title: "Warehouse\u{1b}[2J Supervisor".to_owned(),
        stage: Some("interview".to_owned()),
    };
    let answer = Answer::Opened(Some((people()[0].clone(), document())), Some(linked));
    tell(&mut stage, Request::Open(id), answer);
    let shot = stage.shot();
    assert!(shot.contains("POSTING") && shot.contains("Supervisor · interview · 311"), "{shot}");
    assert!(!shot.contains('\u{1b}'));
}

#[test]
fn what_is_chosen_and_typed_is_estimated_again() {
    let mut stage = form(80, 24);
    stage.key("enter down enter");
    let request = estimating(&mut stage);
    assert_eq!(request.posting, ForPosting::One(PostingId("311".to_owned())));
    stage.key("tab tab").text("2.50");
    assert!(stage.asked().is_empty(), "not at every key");
    stage.pass(Duration::from_secs(1));
    let request = estimating(&mut stage);
    assert_eq!(request.budget, Some(Money::from_nanos(2_500_000_000)));
    stage.key("tab enter");
    assert_eq!(estimating(&mut stage).options.tier, crate::domain::Tier::Economy);
    stage.key("tab").text("Short.");
    stage.pass(Duration::from_secs(1));
    assert_eq!(estimating(&mut stage).instructions, "Short.");
    tell(&mut stage, Request::Estimate(request), Answer::Estimate(estimate(999)));
    assert!(!stage.shot().contains("999"), "an estimate of what was asked before is dropped");
}

#[test]
fn a_batch_can_go_by_the_file_at_half_the_price() {
    let mut stage = form(80, 24);
    stage.key("tab tab tab enter");
    let request = estimating(&mut stage);
    assert_eq!(request.options.tier, crate::domain::Tier::Economy);
    let half = Estimate { tier: request.options.tier, duration: None, ..estimate(2) };
    tell(&mut stage, Request::Estimate(request), Answer::Estimate(half));
    let shot = stage.shot();
    assert!(
        shot.contains("> │ >economy        yes  half the price; the results come within 24 hours"),
        "{shot}"
    );
    assert!(shot.contains("tokens 9.1M in · 2.2M out   within 24 hours"), "{shot}");
    stage.key("tab tab enter");
    assert!(stage.shot().contains("time  economy: the results come within 24 hours"), "{}", stage.shot());
    stage.key("esc tab tab tab tab tab enter");
    assert_eq!(estimating(&mut stage).options.tier, crate::domain::Tier::OnDemand);
}

#[test]
fn a_batch_starts_only_after_a_yes_and_then_shows() {
    let mut stage = form(80, 24);
    stage.key("tab tab tab tab tab enter");
    assert_snapshot!(stage.shot(), @"
     Candidates │ 8 in the candidate database
     1┌─ Start a batch ──────────────────────────────────────────────────────────┐
    ──│  who            2 the marked candidates                                  │ 8
      │  posting        none  1 to choose from                                 ▾ │
     ●│  model          openai/gpt-oss-20b  as configured                      ▾ │
     ●│  budget         $10.00  as configured                                    │
    > │  economy        no  at once                                            ▾ │
      │  instructions   what to add to the standing instructions                 │
      │   ┌─ Start a batch of 2 rewrites? ───────────────────────────────────┐   │
      │   │ who   the marked candidates                                      │   │
      │   │ model openai/gpt-oss-20b                                         │   │
      │   │ cost  about $3.12 of a budget of $10.00                          │   │
      │   │ month $2.00 left                                                 │   │
      │   │                                                                  │   │
      │ ──│ [>cancel<]  [ start ]   y start   Esc cancel                     │── │
      │  2└──────────────────────────────────────────────────────────────────┘   │
      │  tokens 9.1M in · 2.2M out   about 13m                                   │
      │  cost about $3.12   budget $10.00   left this month $2.00                │
      │  ! the month's cap pays for about 64% of it; the batch stops there       │
      │                                                                          │
      │  [ Start … ]  [ Cancel ]                                                 │
    ──│  Tab next field  ↵ choose  Esc cancel                                    │──
     2└──────────────────────────────────────────────────────────────────────────┘
     ␣ mark v range * all in filter R rewrite ↵ open / search - unmark all
    ");
    assert!(stage.asked().is_empty());
    stage.key("y");
    let asked = stage.asked();
    let [backend::Request::Candidates(question @ Request::Start(_))] = &asked[..] else {
        panic!("{asked:?}")
    };
    tell(&mut stage, question.clone(), Answer::Started(Box::new(batch())));
    assert_eq!(stage.app().current(), ScreenId::Batches);
}

#[test]
fn many_rewrites_want_their_number_typed() {
    let mut stage = form(80, 24);
    stage.key("enter down enter");
    let request = estimating(&mut stage);
    tell(&mut stage, Request::Estimate(request), Answer::Estimate(estimate(211)));
    stage.key("tab tab tab tab tab enter y enter");
    assert!(stage.asked().is_empty());
    stage.text("211").key("enter");
    assert!(matches!(stage.asked()[..], [backend::Request::Candidates(Request::Start(_))]));
}

#[test]
fn a_failed_estimate_is_told_and_nothing_starts() {
    let mut stage = form(80, 24);
    stage.key("enter down enter");
    let request = estimating(&mut stage);
    stage.fail(
        ask_of(Request::Estimate(request)),
        Error::config("The provider refused the key, as it does with keys that somebody took back long ago.")
            .hint("Set GROQ_API_KEY."),
    );
    stage.key("tab tab tab tab tab enter y");
    let shot = stage.shot();
    let told = ["somebody took", "back long ago.", "Set GROQ_API_KEY."];
    assert!(told.iter().all(|words| shot.contains(words)), "nothing is cut off: {shot}");
    assert!(stage.asked().is_empty());
}

fn batch() -> Batch {
    Batch {
        id: BatchId::new(Uuid::from_u128(9)),
        number: 39,
        spec: BatchSpec {
            posting: None,
            posting_title: None,
            instructions: String::new(),
            model: "openai/gpt-oss-20b".to_owned(),
            price: Price { input: 75, cached: 37, output: 300 },
            budget: Money::from_dollars(10),
            prompt: "7f3a".to_owned(),
            by: "anna".to_owned(),
            options: crate::domain::BatchOptions::default(),
        },
        state: BatchState::Queued,
        counts: Counts::default(),
        spent: Money::ZERO,
        reserved: Money::ZERO,
        tokens_in: 0,
        tokens_out: 0,
        created_at: context(80, 24).now,
        started_at: None,
        ended_at: None,
        away: None,
    }
}
