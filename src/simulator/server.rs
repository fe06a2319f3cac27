//! Accepts connections and leads each request to what answers it.

use std::{sync::Arc, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinSet,
    time::sleep,
};

use super::{
    catalog,
    depot::{self, Outcome},
    errors::{self, Answer},
    http::{Connection, Gone, Next, Request},
    request::Delivery,
    service::Service,
    stream, whole,
    wire::json,
};

/// Where the API begins.
pub(super) const BASE: &str = "/openai/v1";

/// Serves until it is dropped or told to stop; the connections end with it.
pub(super) async fn accept(listener: TcpListener, service: Arc<Service>, stopping: Arc<Notify>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, Arc::clone(&service)));
                }
                Err(error) => {
                    tracing::warn!(%error, "the simulator could not accept a connection");
                    // Most likely there are too many open files: some will be closed in a moment.
                    sleep(Duration::from_millis(10)).await;
                }
            },
            Some(_) = connections.join_next() => {}
            () = stopping.notified() => break,
        }
    }
    // Waits for each, so that all are settled in the ledger.
    connections.shutdown().await;
}

async fn serve(stream: TcpStream, service: Arc<Service>) {
    let mut connection = Connection::new(stream);
    let next = loop {
        let Ok(Some(request)) = connection.request().await else { break Next::Close };
        match answer(&mut connection, &service, request).await {
            Ok(Next::Keep) => {}
            Ok(next) => break next,
            Err(Gone) => break Next::Close,
        }
    };
    connection.end(next);
}

async fn answer(connection: &mut Connection, service: &Arc<Service>, request: Request) -> Result<Next, Gone> {
    let inside = request.path.strip_prefix(BASE).unwrap_or("");
    if request.method == "POST" && inside == "/chat/completions" {
        return complete(connection, service, request).await;
    }
    if request.method == "POST" && request.path == "/admin/claims" {
        let answer = take_claims(service, &request);
        whole::plain(connection, service, &answer).await?;
        return Ok(request.next());
    }
    match depot::answer(service, &request, inside) {
        Some(Outcome::Answer(answer)) => {
            whole::plain(connection, service, &answer).await?;
            return Ok(request.next());
        }
        Some(Outcome::Lost) => return Ok(Next::Close),
        Some(Outcome::Stall) => return Err(connection.gone().await),
        None => {}
    }
    whole::plain(connection, service, &look_up(service, &request, inside)).await?;
    Ok(request.next())
}

async fn complete(
    connection: &mut Connection,
    service: &Arc<Service>,
    request: Request,
) -> Result<Next, Gone> {
    let next = request.next();
    let received = service.receive(&request.key, &request.body);
    // Thousands of prompts would lie about while their answers are on the way.
    drop(request);
    match received {
        Ok(job) => match job.delivery {
            Delivery::Whole => whole::send(connection, job, next).await,
            Delivery::Stream | Delivery::StreamWithUsage => stream::send(connection, job, next).await,
        },
        Err(refusing) => {
            whole::refusal(connection, service, &refusing).await?;
            Ok(next)
        }
    }
}

/// Takes what a client says that requests cost it.
fn take_claims(service: &Service, request: &Request) -> Answer {
    match serde_json::from_slice(&request.body) {
        Ok(claims) => {
            service.books().ledger.claim(claims);
            whole::json(json(&service.report()))
        }
        Err(error) => errors::invalid(format!("These are no claims: {error}"), None),
    }
}

/// Answers what takes no time. `inside` is the path below the API's base, empty for other paths.
fn look_up(service: &Service, request: &Request, inside: &str) -> Answer {
    let unknown = || errors::unknown_url(&request.method, &request.path);
    if request.method != "GET" {
        return unknown();
    }
    match request.path.as_str() {
        "/admin/report" => return whole::json(json(&service.report())),
        "/admin/ledger" => return whole::json(json(&service.ledger())),
        _ => {}
    }
    let Some(rest) = inside.strip_prefix("/models") else { return unknown() };
    if !service.accepts(&request.key) {
        return errors::unauthorised();
    }
    match rest.strip_prefix('/') {
        None if rest.is_empty() => whole::json(catalog::list(service)),
        None => unknown(),
        Some(id) => {
            let id = id.replace("%2F", "/").replace("%2f", "/");
            let model = service.scenario.model(&id);
            model.map_or_else(
                || errors::model_not_found(&id),
                |model| whole::json(catalog::one(service, model)),
            )
        }
    }
}
