//! A proxy in front of an EC2 that plays what it cannot: answers that are lost, refusals, states that take their time. It
//! keeps a log of the actions that pass.
#![allow(dead_code, reason = "each test file uses a part")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What happens to some of the requests with an action.
#[derive(Clone)]
pub enum Fault {
    /// The request arrives, and its answer is lost.
    Lost,
    /// The request does not arrive, and is refused with this status and code.
    Refused(u16, &'static str),
    /// In the answer, one text stands in the place of another.
    Told(&'static str, String),
}

struct Rule {
    action: &'static str,
    fault: Fault,
    /// How often it still happens.
    left: usize,
}

/// Listens until it is dropped.
pub struct Proxy {
    pub address: String,
    rules: Arc<Mutex<Vec<Rule>>>,
    actions: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    pub fn before(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let rules: Arc<Mutex<Vec<Rule>>> = Arc::default();
        let actions: Arc<Mutex<Vec<String>>> = Arc::default();
        let (server, kept) = (server.to_owned(), (rules.clone(), actions.clone()));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (server, (rules, actions)) = (server.clone(), kept.clone());
                std::thread::spawn(move || pass(stream, &server, &rules, &actions));
            }
        });
        Self { address, rules, actions }
    }

    /// The next `times` requests with the action go wrong.
    pub fn fault(&self, action: &'static str, times: usize, fault: Fault) {
        self.rules.lock().unwrap().push(Rule { action, fault, left: times });
    }

    pub fn heal(&self) {
        self.rules.lock().unwrap().clear();
    }

    /// The actions that change something since the last look.
    pub fn writes(&self) -> Vec<String> {
        let actions = std::mem::take(&mut *self.actions.lock().unwrap());
        actions.into_iter().filter(|a| !a.starts_with("Describe") && !a.starts_with("AssumeRole")).collect()
    }
}

/// Takes one request to the server, and its answer back.
fn pass(mut client: TcpStream, server: &str, rules: &Mutex<Vec<Rule>>, actions: &Mutex<Vec<String>>) {
    let Some((head, body)) = message(&mut client) else { return };
    let form = String::from_utf8_lossy(&body).into_owned();
    let action = form.split('&').find_map(|p| p.strip_prefix("Action=")).unwrap_or_default().to_owned();
    actions.lock().unwrap().push(action.clone());
    let mut faults = Vec::new();
    for rule in rules.lock().unwrap().iter_mut().filter(|r| r.action == action && r.left > 0) {
        rule.left -= 1;
        faults.push(rule.fault.clone());
    }
    for fault in &faults {
        if let Fault::Refused(status, code) = fault {
            let error = format!("<Error><Code>{code}</Code><Message>As the test wants it.</Message></Error>");
            let text = match action.as_str() {
                "AssumeRole" => format!("<ErrorResponse>{error}<RequestId>r-1</RequestId></ErrorResponse>"),
                _ => format!("<Response><Errors>{error}</Errors><RequestID>r-1</RequestID></Response>"),
            };
            return answer(&mut client, *status, text.as_bytes());
        }
    }
    let mut upstream = TcpStream::connect(server).expect("the server listens");
    // One request for each connection: the end of the answer is the end of the connection.
    let lines = head.lines().filter(|l| !l.to_ascii_lowercase().starts_with("connection:") && !l.is_empty());
    let head = lines.collect::<Vec<_>>().join("\r\n");
    upstream.write_all(format!("{head}\r\nconnection: close\r\n\r\n").as_bytes()).expect("sent");
    upstream.write_all(&body).expect("sent");
    let Some((head, body)) = message(&mut upstream) else { return };
    if faults.iter().any(|f| matches!(f, Fault::Lost)) {
        return;
    }
    let mut text = String::from_utf8_lossy(&body).into_owned();
    for fault in &faults {
        if let Fault::Told(from, to) = fault {
            text = text.replace(from, to);
        }
    }
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(500);
    answer(&mut client, status, text.as_bytes());
}

fn answer(client: &mut TcpStream, status: u16, body: &[u8]) {
    let head = format!(
        "HTTP/1.1 {status} -\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let _ = client.write_all(head.as_bytes());
    let _ = client.write_all(body);
}

/// Head and body of a message with a length, or up to the end of the connection.
fn message(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        head.push_str(&line);
    }
    let length = head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = Vec::new();
    match length {
        Some(length) => {
            body = vec![0; length];
            reader.read_exact(&mut body).ok()?;
        }
        None if head.starts_with("HTTP") => drop(reader.read_to_end(&mut body)),
        None => {}
    }
    Some((head, body))
}
