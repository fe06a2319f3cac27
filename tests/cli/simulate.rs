//! The simulator as a server of its own, and redraft as its client.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::run::{Place, Said, said};

/// A running simulator.
pub struct Server {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    /// Its base URL.
    pub base_url: String,
}

impl Server {
    /// Starts one with this scenario on a free port.
    pub fn start(place: &Place, scenario: &str) -> Self {
        let file = place.path("scenario.toml");
        fs::write(&file, scenario).unwrap();
        let file = file.display().to_string();
        let arguments = ["simulate", "--port", "0", "--scenario", &file, "--json"];
        let mut child = place.command(&arguments).stderr(Stdio::null()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}"));
        let base_url = ready["base_url"].as_str().unwrap().to_owned();
        Self { child, out, base_url }
    }

    /// The answer to `GET path`.
    pub fn get(&self, path: &str) -> Value {
        let address = self.base_url.trim_start_matches("http://").trim_end_matches("/openai/v1");
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error} in {answer:?}"))
    }

    /// Ends it as a service manager does, and returns its report.
    pub fn stop(mut self) -> Value {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success());
        serde_json::from_str(&rest).unwrap_or_else(|error| panic!("{error} in {rest:?}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already unless the test failed.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// A demo whose provider is the server.
pub fn client(candidates: usize, server: &Server) -> Place {
    let mut place = Place::demo(candidates);
    place.set("REDRAFT__MODEL__PROVIDER", "groq");
    place.set("REDRAFT__MODEL__BASE_URL", &server.base_url);
    place.set("GROQ_API_KEY", "gsk_test");
    place
}

#[test]
fn a_batch_runs_on_a_simulator_of_its_own() {
    let room = Place::empty();
    let server = Server::start(&room, "limits = \"none\"\nspeed = 100.0\n");
    let place = client(6, &server);
    place.on_demo(&["batch", "start", "--all", "--wait"]).ok();
    assert_eq!(place.json(&["batch", "show", "b1"])["state"], Value::from("finished"));
    let report = server.get("/admin/report");
    assert_eq!((&report["share_429"], &report["herds"]), (&Value::from(0.0), &Value::from(0)));
    let ready = server.get("/admin/ledger")["admitted"].as_array().unwrap().len();
    let last = server.stop();
    assert_eq!(last["admitted"], Value::from(ready));
    assert_eq!(last["paid_again"], Value::from(0));
}

#[test]
fn a_bad_scenario_and_a_taken_port_are_explained() {
    let place = Place::empty();
    fs::write(place.path("s.toml"), "sped = 2").unwrap();
    let words = ["cannot be read", "unknown field `sped`", "s.toml", "hint: docs/simulator.md"];
    place.run(&["simulate", "--scenario", "s.toml"]).fails(1, &words);
    place.run(&["simulate", "--scenario", "none.toml"]).fails(1, &["none.toml cannot be read"]);
    place.run(&["simulate", "--speed", "0"]).fails(1, &["speed must be above 0"]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let taken: Said = place.run(&["simulate", "--port", &port]);
    taken.fails(1, &["is taken", "hint: --port 0"]);
}

#[test]
fn for_people_it_tells_where_it_is_and_how_its_clients_behaved() {
    let place = Place::empty();
    let child = place.command(&["simulate", "--port", "0"]).spawn().unwrap();
    let pid = Pid::from_child(&child);
    let mut child = child;
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    assert!(line.starts_with("SIMULATED: http://127.0.0.1:") && line.ends_with("/openai/v1\n"), "{line}");
    kill_process(pid, Signal::INT).unwrap();
    let mut rest = String::new();
    out.read_to_string(&mut rest).unwrap();
    assert!(rest.contains("requests   0, 0 admitted, refused: none"), "{rest}");
    assert!(rest.ends_with("verdict    nothing to complain about\n"), "{rest}");
    assert_eq!(said(child.wait_with_output().unwrap()).status, 0);
}
