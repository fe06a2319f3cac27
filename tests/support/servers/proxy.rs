//! A network between redraft and a server that breaks at a chosen byte.

use std::{
    io::{Read, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
    thread,
};

use super::Database;

/// Which bytes count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// What the program sends.
    ToServer,
    /// What the server answers.
    FromServer,
}

/// No cut.
const WHOLE: i64 = i64::MAX;

/// Loopback connections to a server, all of which end when so many bytes went one way; new ones are not let through
/// until it is mended. Its threads end with the test binary.
pub struct Proxy {
    port: u16,
    line: Arc<Line>,
}

#[derive(Default)]
struct Line {
    broken: AtomicBool,
    left: [AtomicI64; 2],
    passed: [AtomicU64; 2],
}

impl Proxy {
    /// In front of a database's server.
    pub fn before(database: &Database) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, server) = (listener.local_addr().unwrap().port(), database.server().port());
        let line = Arc::new(Line::default());
        let proxy = Self { port, line: Arc::clone(&line) };
        proxy.mend();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Some(server) = line.open(server) else { continue };
                let (client_too, server_too) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (one, other) = (Arc::clone(&line), Arc::clone(&line));
                thread::spawn(move || one.pump(Way::ToServer, client, &server));
                thread::spawn(move || other.pump(Way::FromServer, server_too, &client_too));
            }
        });
        proxy
    }

    /// Where it listens on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a database by this way.
    pub fn url(&self, url: &str, database: &Database) -> String {
        url.replace(&format!(":{}/", database.server().port()), &format!(":{}/", self.port))
    }

    /// Breaks after so many more bytes one way.
    pub fn break_after(&self, bytes: u64, way: Way) {
        self.line.left[way as usize].store(i64::try_from(bytes).unwrap(), Ordering::SeqCst);
    }

    /// Lets everything through again.
    pub fn mend(&self) {
        self.line.left.iter().for_each(|left| left.store(WHOLE, Ordering::SeqCst));
        self.line.broken.store(false, Ordering::SeqCst);
    }

    /// Whether it broke.
    pub fn is_broken(&self) -> bool {
        self.line.broken.load(Ordering::SeqCst)
    }

    /// How many bytes have gone one way.
    pub fn passed(&self, way: Way) -> u64 {
        self.line.passed[way as usize].load(Ordering::SeqCst)
    }
}

impl Line {
    fn open(&self, port: u16) -> Option<TcpStream> {
        if self.broken.load(Ordering::SeqCst) { None } else { TcpStream::connect(("127.0.0.1", port)).ok() }
    }

    fn pump(&self, way: Way, mut from: TcpStream, mut to: &TcpStream) {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = from.read(&mut buffer) {
            let left = self.left[way as usize].load(Ordering::SeqCst);
            let pass = usize::try_from(left.max(0)).unwrap().min(read);
            // First: whoever got an answer may look how much has passed.
            self.passed[way as usize].fetch_add(pass as u64, Ordering::SeqCst);
            if to.write_all(&buffer[..pass]).is_err() {
                break;
            }
            if left != WHOLE {
                self.left[way as usize].fetch_sub(i64::try_from(pass).unwrap(), Ordering::SeqCst);
            }
            if pass < read || self.broken.load(Ordering::SeqCst) {
                self.broken.store(true, Ordering::SeqCst);
                break;
            }
        }
        // The other side may be gone already.
        drop(from.shutdown(Shutdown::Both));
        drop(to.shutdown(Shutdown::Both));
    }
}
