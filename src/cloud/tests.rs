use std::sync::Mutex;

use super::*;
use crate::clock::{BoxFuture, VirtualClock};

/// Answers from a list, and remembers what was asked.
struct Script {
    answers: Mutex<Vec<Answer>>,
    asked: Mutex<Vec<String>>,
}

impl Transport for Script {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        self.asked.lock().expect("one thread").push(format!("{} {}", request.method.as_str(), request.url));
        let answer = self.answers.lock().expect("one thread").remove(0);
        Box::pin(async move {
            answer.map(|(status, headers, body)| HttpResponse {
                status,
                headers: headers.split_once(": ").map(|(n, v)| (n.to_owned(), v.to_owned())).into_iter().collect(),
                body: body.as_bytes().to_vec(),
            })
        })
    }
}

type Answer = Result<(u16, &'static str, &'static str), TransportError>;

/// A client whose requests get these answers, one after the other.
fn scripted(answers: Vec<Answer>) -> (Client, Arc<Script>, VirtualClock) {
    let clock = VirtualClock::new(jiff::Timestamp::UNIX_EPOCH, Duration::ZERO);
    let script = Arc::new(Script { answers: Mutex::new(answers), asked: Mutex::default() });
    let client = Client {
        transport: script.clone(),
        clock: Arc::new(clock.clone()),
        limiter: Arc::new(Limiter::new(Some(Limit::default()))),
        credentials: Credentials { key_id: "id".into(), key_secret: "secret".to_owned().into() },
        api: normal_api("https://api.example/v1/"),
        observer: Arc::new(|_| {}),
    };
    (client, script, clock)
}

/// What came of one request, how many were sent, and how many seconds passed.
fn ask(method: Method, answers: Vec<Answer>) -> (Result<Json, CloudError>, usize, i64) {
    let (client, script, clock) = scripted(answers);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let result = runtime.block_on(
        clock.drive(async { client.write("o", method, "/v1/organizations/{organizationId}/services", None).await }),
    );
    let asked = script.asked.lock().expect("one thread");
    assert!(asked.iter().all(|a| a.ends_with(" https://api.example/v1/organizations/o/services")), "{asked:?}");
    (result, asked.len(), crate::clock::Clock::now(&clock).as_second())
}

const OK: Answer = Ok((200, "", r#"{"status":200,"result":{"a":1}}"#));

fn lost() -> Answer {
    Err(TransportError { sent: true, message: "connection reset".into() })
}

fn refused() -> Answer {
    Err(TransportError { sent: false, message: "connection refused".into() })
}

#[test]
fn a_rate_limit_is_obeyed_and_never_reaches_the_caller() {
    let limited = || Ok((429, "x-ratelimit-reset: 3.5", r#"{"status":429,"error":"slow down"}"#));
    let (result, sent, seconds) = ask(Method::Post, vec![limited(), limited(), OK]);
    assert!(result.is_ok());
    assert_eq!((sent, seconds), (3, 7));
}

#[test]
fn what_may_have_taken_effect_is_not_posted_twice() {
    for answer in [lost(), Ok((500, "", r#"{"status":500,"error":"INTERNAL"}"#)), Ok((502, "", "<html>"))] {
        let (result, sent, _) = ask(Method::Post, vec![answer]);
        assert_eq!(result.map_err(|e| e.kind), Err(ErrorKind::Ambiguous));
        assert_eq!(sent, 1);
    }
}

#[test]
fn what_was_never_sent_and_what_is_idempotent_is_tried_again() {
    assert_eq!(ask(Method::Post, vec![refused(), refused(), OK]).1, 3);
    assert_eq!(ask(Method::Patch, vec![lost(), Ok((503, "", "")), OK]).1, 3);
    let (result, sent, seconds) = ask(Method::Patch, (0..4).map(|_| refused()).collect());
    assert_eq!(result.map_err(|e| e.kind), Err(ErrorKind::NotSent));
    assert_eq!((sent, seconds), (4, 7));
    assert_eq!(ask(Method::Patch, (0..6).map(|_| lost()).collect()).2, 31);
}

#[test]
fn refusals_are_final_and_sorted() {
    let refusal = |status| Ok((status, "", r#"{"requestId":"r-1","error":"BAD_REQUEST: no","status":400}"#));
    for (status, kind) in [
        (400, ErrorKind::Rejected),
        (401, ErrorKind::Unauthorized),
        (403, ErrorKind::Forbidden),
        (404, ErrorKind::NotFound),
        (409, ErrorKind::Conflict),
    ] {
        let (result, sent, _) = ask(Method::Patch, vec![refusal(status)]);
        let error = result.expect_err("a refusal");
        assert_eq!((error.kind, sent, error.request_id.as_deref()), (kind, 1, Some("r-1")));
    }
    let (result, ..) = ask(Method::Patch, vec![Ok((404, "content-type: text/html", "<html>")); 6]);
    assert_eq!(result.map_err(|e| e.kind), Err(ErrorKind::NotJson));
}

/// What came of reading a list, and the queries that were sent for it.
fn list(answers: Vec<Answer>) -> (Result<Option<Json>, ErrorKind>, Vec<String>) {
    let (client, script, clock) = scripted(answers);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let result = runtime.block_on(clock.drive(async { client.read_list("o", "/v1/list").await }));
    let asked = script.asked.lock().expect("one thread");
    let query = |asked: &String| asked.strip_prefix("GET https://api.example/v1/list").expect("the list").to_owned();
    (result.map(|told| told.map(|told| told.json())).map_err(|e| e.kind), asked.iter().map(query).collect())
}

#[test]
fn a_list_is_read_with_all_its_pages() {
    let pages = vec![
        Ok((200, "", r#"{"result":[1,2],"nextCursor":"a=1&b"}"#)),
        Ok((200, "", r#"{"result":[3],"nextCursor":"c"}"#)),
        Ok((200, "", r#"{"result":[4],"nextCursor":null}"#)),
    ];
    let (all, asked) = list(pages);
    assert_eq!(all, Ok(Some(serde_json::json!([1, 2, 3, 4]))));
    assert_eq!(asked, ["", "?cursor=a%3D1%26b", "?cursor=c"]);
    // A page that is missing must not make the rest of the list look gone.
    let broken = vec![Ok((200, "", r#"{"result":[1],"nextCursor":"a"}"#)), Ok((200, "", r#"{"nextCursor":null}"#))];
    assert_eq!(list(broken).0, Err(ErrorKind::NotJson));
    let circle = Ok((200, "", r#"{"result":[1],"nextCursor":"a"}"#));
    assert_eq!(list(vec![circle; 3]).0, Err(ErrorKind::NotJson));
    assert_eq!(list(vec![Ok((404, "", r#"{"error":"NOT_FOUND: no"}"#))]).0, Ok(None));
}
