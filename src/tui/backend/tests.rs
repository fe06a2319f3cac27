use std::sync::Mutex;

use tokio::sync::Notify;

use super::*;

/// Answers when it is let, and remembers what it was asked.
#[derive(Default)]
struct Desk {
    asked: Mutex<Vec<Request>>,
    go: Notify,
}

#[async_trait]
impl Office for Desk {
    async fn answer(&self, request: Request, more: &More) -> Result<Answer> {
        self.asked.lock().unwrap().push(request.clone());
        self.go.notified().await;
        match request {
            Request::Dashboard(_) => Ok(Answer::Dashboard(dashboard::Answer::Capped)),
            Request::Candidates(_) => {
                more.send(Answer::Candidates(candidates::Answer::Count(3))).await;
                Ok(Answer::Candidates(candidates::Answer::Count(3)))
            }
            Request::Activity(_) => panic!("on purpose"),
            _ => Err(Error::user("No.").hint("Ask something else.")),
        }
    }
}

const DASHBOARD: Request = Request::Dashboard(dashboard::Request::Read);
const CANDIDATES: Request = Request::Candidates(candidates::Request::Count);
const BATCHES: Request = Request::Batches(batches::Request::Read);
const ACTIVITY: Request = Request::Activity(activity::Request::Newest(1));

fn backend() -> (Arc<Desk>, Backend) {
    let desk = Arc::new(Desk::default());
    let backend = Backend::new(desk.clone());
    (desk, backend)
}

/// Lets every task run until it waits.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

fn asked(desk: &Desk) -> Vec<Request> {
    desk.asked.lock().unwrap().clone()
}

fn ask(backend: &mut Backend, slot: Slot, request: Request) {
    backend.ask(Ask { slot, request });
}

#[tokio::test]
async fn an_answer_repeats_its_question() {
    let (desk, mut backend) = backend();
    ask(&mut backend, Slot::Newest("a"), DASHBOARD);
    desk.go.notify_one();
    let reply = backend.next().await;
    assert_eq!(reply.question, DASHBOARD);
    assert_eq!(reply.answer, Ok(Answer::Dashboard(dashboard::Answer::Capped)));
    assert!(!backend.is_busy());
}

#[tokio::test]
async fn one_runs_and_the_newest_waits() {
    let (desk, mut backend) = backend();
    for request in [DASHBOARD, BATCHES, CANDIDATES] {
        ask(&mut backend, Slot::Newest("a"), request);
    }
    settle().await;
    assert_eq!(asked(&desk), [DASHBOARD]);
    desk.go.notify_one();
    assert_eq!(backend.next().await.question, DASHBOARD);
    settle().await;
    assert_eq!(asked(&desk), [DASHBOARD, CANDIDATES], "the one in the middle was replaced");
}

#[tokio::test]
async fn a_newer_search_drops_the_running_one() {
    let (desk, mut backend) = backend();
    ask(&mut backend, Slot::Only("search"), DASHBOARD);
    settle().await;
    ask(&mut backend, Slot::Only("search"), BATCHES);
    settle().await;
    assert_eq!(asked(&desk), [DASHBOARD, BATCHES]);
    desk.go.notify_waiters();
    assert_eq!(backend.next().await.question, BATCHES);
    assert!(backend.next_now().is_none() && !backend.is_busy());
}

#[tokio::test]
async fn what_changes_something_runs_in_order_and_none_is_lost() {
    let (desk, mut backend) = backend();
    for request in [DASHBOARD, BATCHES, DASHBOARD] {
        ask(&mut backend, Slot::InOrder, request);
    }
    settle().await;
    assert_eq!((asked(&desk).len(), backend.unanswered()), (1, 3));
    let mut replies = Vec::new();
    for _ in 0..3 {
        desk.go.notify_one();
        replies.push(backend.next().await.question);
    }
    assert_eq!(replies, [DASHBOARD, BATCHES, DASHBOARD]);
    assert_eq!(backend.unanswered(), 0);
}

#[tokio::test]
async fn one_too_many_is_refused_at_once() {
    let (desk, mut backend) = backend();
    for _ in 0..1_026 {
        ask(&mut backend, Slot::InOrder, DASHBOARD);
    }
    let reply = backend.next().await;
    let failure = reply.answer.unwrap_err();
    assert_eq!(failure.message(), "Too much is waiting to be done; this was not taken up.");
    assert!(asked(&desk).is_empty(), "nothing had to run for that");
}

#[tokio::test]
async fn answers_before_the_last_are_told_as_such() {
    let (desk, mut backend) = backend();
    ask(&mut backend, Slot::Only("live"), CANDIDATES);
    desk.go.notify_one();
    assert_eq!(backend.next().await.more, Following::More);
    assert!(backend.is_busy());
    assert_eq!(backend.next().await.more, Following::Done);
    assert!(!backend.is_busy());
}

#[tokio::test]
async fn a_forgotten_task_answers_nothing() {
    let (desk, mut backend) = backend();
    ask(&mut backend, Slot::Newest("a"), DASHBOARD);
    ask(&mut backend, Slot::Newest("a"), BATCHES);
    settle().await;
    backend.forget("a");
    desk.go.notify_waiters();
    settle().await;
    assert!(backend.next_now().is_none() && !backend.is_busy());
}

#[tokio::test]
async fn a_failure_and_a_panic_are_answers() {
    let (desk, mut backend) = backend();
    ask(&mut backend, Slot::Newest("a"), BATCHES);
    desk.go.notify_one();
    let failure = backend.next().await.answer.unwrap_err();
    assert_eq!((failure.message(), failure.hint()), ("No.", Some("Ask something else.")));
    ask(&mut backend, Slot::InOrder, ACTIVITY);
    ask(&mut backend, Slot::InOrder, DASHBOARD);
    desk.go.notify_one();
    assert_eq!(backend.next().await.answer.unwrap_err().message(), "The work stopped in the middle.");
    desk.go.notify_one();
    assert!(backend.next().await.answer.is_ok(), "the next one runs all the same");
}

#[tokio::test(start_paused = true)]
async fn leaving_waits_for_what_is_in_order_but_not_for_ever() {
    let (desk, mut backend) = backend();
    ask(&mut backend, Slot::Newest("a"), CANDIDATES);
    ask(&mut backend, Slot::InOrder, DASHBOARD);
    settle().await;
    desk.go.notify_waiters();
    assert_eq!(backend.finish(std::time::Duration::from_secs(1)).await, 0);

    let (_desk, mut backend) = self::backend();
    ask(&mut backend, Slot::InOrder, DASHBOARD);
    assert_eq!(backend.finish(std::time::Duration::from_secs(1)).await, 1);
}
