use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::conformance::sample;
use crate::model::{Fields, OutputContent, OutputState, ResourceState, Salt, World};

fn text(state: &State) -> String {
    String::from_utf8(encode(state).expect("encodable")).expect("JSON is UTF-8")
}

#[test]
fn the_file_looks_as_documented() {
    let mut state = State::new(Uuid::from_u128(1), Salt([0xab; 16]));
    state.serial = 7;
    state.worlds.insert(String::new(), World { api: "https://x".into(), organization: "o".into() });
    let content = OutputContent::Sensitive { fingerprint: "f00".into() };
    state.outputs.insert("key".into(), OutputState { ty: json!("string"), content });
    let expected = r#"{
  "format": "housewright-state",
  "version": 1,
  "checksum": "sha256:CHECKSUM",
  "state": {
    "lineage": "00000000-0000-0000-0000-000000000001",
    "serial": 7,
    "salt": "abababababababababababababababab",
    "worlds": {
      "": {
        "api": "https://x",
        "organization": "o"
      }
    },
    "resources": {},
    "outputs": {
      "key": {
        "type": "string",
        "sensitive": true,
        "fingerprint": "f00"
      }
    }
  }
}
"#;
    // The checksum as another program would compute it.
    let canonical = concat!(
        r#"{"lineage":"00000000-0000-0000-0000-000000000001","outputs":{"key":{"fingerprint":"f00","sensitive":true,"#,
        r#""type":"string"}},"resources":{},"salt":"abababababababababababababababab","serial":7,"#,
        r#""worlds":{"":{"api":"https://x","organization":"o"}}}"#
    );
    let digest: String = {
        use sha2::Digest as _;
        sha2::Sha256::digest(canonical).iter().map(|b| format!("{b:02x}")).collect()
    };
    assert_eq!(text(&state), expected.replace("CHECKSUM", &digest));
}

#[test]
fn formatting_does_no_harm_but_changes_do() {
    let written = text(&sample(1));
    let value: Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!(decode(value.to_string().as_bytes()), Ok(sample(1)));

    let edited = written.replace("\"protected\": true", "\"protected\": false");
    assert_ne!(edited, written);
    let error = decode(edited.as_bytes()).expect_err("edited");
    assert!(matches!(error, DecodeError::Checksum { .. }), "{error}");
    assert!(error.next("Restore it.").contains("remove the line with \"checksum\""));

    let on_purpose: String = edited.lines().filter(|l| !l.contains("\"checksum\"")).collect();
    let state = decode(on_purpose.as_bytes()).expect("accepted without a checksum");
    assert!(state.resources.values().all(|r| !r.protected));
}

#[test]
fn every_truncation_is_noticed() {
    let written = encode(&sample(1)).expect("encodable");
    for length in 0..written.len() - 2 {
        let error = decode(&written[..length]).expect_err("cut off");
        // A number cut off after its sign or exponent is a mistake to the reader rather than an end.
        let expected = match error {
            DecodeError::Empty => length == 0,
            DecodeError::Syntax { ref reason, .. } => reason == "invalid number",
            DecodeError::Truncated { .. } => true,
            _ => false,
        };
        assert!(expected, "cut at {length}: {error}");
    }
}

#[test]
fn every_changed_byte_is_noticed_or_harmless() {
    let written = encode(&sample(1)).expect("encodable");
    for position in 0..written.len() {
        for bit in [0x01, 0x20, 0x80] {
            let mut damaged = written.clone();
            damaged[position] ^= bit;
            if let Ok(state) = decode(&damaged) {
                assert_eq!(state, sample(1), "bit {bit} at {position}");
            }
        }
    }
}

#[test]
fn what_is_not_a_state_is_named() {
    let cases: [(&str, &str); 14] = [
        ("", "it is empty"),
        (" \n\t", "it is empty"),
        ("{\n  \"format\"", "it ends too early, at line 2, column 10"),
        ("hello", "it is not valid JSON at line 1, column 1: expected value"),
        ("\0\0\0\0", "it is not valid JSON at line 1, column 1: expected value"),
        ("[]", "it is JSON, but not a state written by housewright: its `format` is not \"housewright-state\""),
        ("{}", "it is JSON, but not a state written by housewright: its `format` is not \"housewright-state\""),
        (
            r#"{"format":"housewright-state","version":"1"}"#,
            "it is JSON, but not a state written by housewright: its `format` is not \"housewright-state\"",
        ),
        (
            r#"{"version":4,"terraform_version":"1.9.5","serial":3}"#,
            "it is a Terraform state (written by version 1.9.5), which has another format",
        ),
        (
            r#"{"format":"housewright-state","version":99,"anything":1}"#,
            "it has format version 99, and this housewright reads versions up to 1",
        ),
        (
            "{\n<<<<<<< HEAD\n  \"format\": 1\n=======",
            "it contains the conflict markers of a version control merge, at line 2",
        ),
        (
            r#"{"format":"housewright-state","version":1,"state":{"lineage":"secret"}}"#,
            "its content is wrong at line 1, column 69: UUID parsing failed: invalid character: found `s` at 0",
        ),
        (
            r#"{"format":"housewright-state","version":1,"state":{"serial":"private \"text\""}}"#,
            "its content is wrong at line 1, column 78: invalid type: string \"…\", expected u64",
        ),
        (
            r#"{"format":"housewright-state","version":1,"state":{},"more":1}"#,
            "its content is wrong at line 1, column 52: missing field `lineage`",
        ),
    ];
    for (bytes, message) in cases {
        assert_eq!(decode(bytes.as_bytes()).expect_err(bytes).to_string(), message, "{bytes}");
    }
    assert!(matches!(decode(b"\xff\xfe{}"), Err(DecodeError::Syntax { .. })));
}

#[test]
fn an_output_is_either_shown_or_fingerprinted() {
    let written = text(&sample(1));
    let both = written.replace("\"fingerprint\": \"f00\"", "\"fingerprint\": \"f00\", \"value\": 1");
    assert_eq!(decode(strip_checksum(&both).as_bytes()), Err(DecodeError::Output { name: "password".into() }));
    let neither = written.replace("\"sensitive\": false,", "\"sensitive\": true,");
    assert_eq!(decode(strip_checksum(&neither).as_bytes()), Err(DecodeError::Output { name: "host".into() }));
}

fn strip_checksum(text: &str) -> String {
    text.lines().filter(|l| !l.contains("\"checksum\"")).collect()
}

#[test]
fn nothing_is_written_that_could_not_be_read() {
    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    let state = |depth: usize| {
        let mut state = sample(1);
        for resource in state.resources.values_mut() {
            let mut observed = resource.observed.fields();
            observed.insert("deep".into(), nested(depth));
            resource.observed = observed.into();
        }
        state
    };
    let deepest = state(MAX_DEPTH);
    assert_eq!(decode(text(&deepest).as_bytes()), Ok(deepest));
    let place = "module.eu.service.main[\"a\"]".to_owned();
    assert_eq!(encode(&state(MAX_DEPTH + 1)), Err(EncodeError::TooDeep { place }));

    let bomb = [b"{\"a\":\n".as_slice(), &b"[".repeat(1_000_000)].concat();
    assert_eq!(decode(&bomb), Err(DecodeError::TooDeep { line: 2 }));
    let text = [b"\"".as_slice(), &b"[".repeat(1_000_000), b"\""].concat();
    assert_eq!(decode(&text), Err(DecodeError::Foreign));

    let mut state = sample(1);
    let content = OutputContent::Plain(nested(MAX_DEPTH + 1));
    state.outputs.insert("x".into(), OutputState { ty: json!("number"), content });
    assert_eq!(encode(&state), Err(EncodeError::TooDeep { place: "output x".into() }));
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no others", |f| f.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            any_fields(inner).prop_map(Value::Object),
        ]
    })
}

fn any_fields(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Fields> {
    prop::collection::vec((any::<String>(), value), 0..6).prop_map(|pairs| pairs.into_iter().collect())
}

prop_compose! {
    fn any_resource()(
        kind in any::<String>(),
        schema_version in any::<u32>(),
        cloud in any::<String>(),
        identity in prop::collection::btree_map(any::<String>(), any::<String>(), 0..3),
        applied in any_fields(any_value()),
        observed in any_fields(any_value()),
        dependencies in prop::collection::vec(any::<String>(), 0..3),
        (protected, settled) in any::<(bool, bool)>(),
        (creating, sensitive) in any::<(Option<String>, Vec<String>)>(),
    ) -> ResourceState {
        let (applied, observed) = (applied.into(), observed.into());
        let identity = identity.into_iter().collect();
        ResourceState { kind, schema_version, cloud, identity, applied, observed, dependencies, protected, settled, creating, sensitive }
    }
}

fn any_output() -> impl Strategy<Value = OutputState> {
    let content = prop_oneof![
        any_value().prop_map(OutputContent::Plain),
        any::<String>().prop_map(|fingerprint| OutputContent::Sensitive { fingerprint }),
    ];
    (any_value(), content).prop_map(|(ty, content)| OutputState { ty, content })
}

prop_compose! {
    fn any_state()(
        lineage in any::<u128>(),
        serial in any::<u64>(),
        salt in any::<[u8; 16]>(),
        worlds in prop::collection::btree_map(any::<String>(), any::<(String, String)>(), 0..3),
        resources in prop::collection::btree_map(any::<String>(), any_resource(), 0..4),
        outputs in prop::collection::btree_map(any::<String>(), any_output(), 0..4),
    ) -> State {
        let worlds = worlds.into_iter().map(|(l, (api, organization))| (l, World { api, organization })).collect();
        let calls = sample(1).calls;
        State { lineage: Uuid::from_u128(lineage), serial, salt: Salt(salt), worlds, resources, outputs, calls }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_back(state in any_state()) {
        let bytes = encode(&state).expect("encodable");
        prop_assert_eq!(bytes.last(), Some(&b'\n'));
        let read = decode(&bytes).expect("decodable");
        prop_assert_eq!(&read, &state);
        prop_assert_eq!(encode(&read).expect("encodable"), bytes);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(decode(&bytes).is_err());
    }
}

/// A creation whose answer is not known: nothing is known of what it made.
const UNANSWERED: &str = r#"{
  "format": "housewright-state",
  "version": 1,
  "checksum": "sha256:5edbfefb4cfad9557908c1fce8f81eb1f3956f80912181142aa486c8d5372751",
  "state": {
    "lineage": "00000000-0000-0000-0000-000000000001",
    "serial": 3,
    "salt": "00000000000000000000000000000000",
    "worlds": {},
    "resources": {
      "service.x": {
        "kind": "service",
        "schema_version": 1,
        "cloud": "",
        "identity": {},
        "applied": {},
        "observed": {},
        "dependencies": [],
        "protected": false,
        "settled": false,
        "creating": "mark"
      }
    },
    "outputs": {}
  }
}
"#;

#[test]
fn an_identity_of_which_nothing_is_known_is_an_object() {
    let state = decode(UNANSWERED.as_bytes()).expect("its checksum is right");
    assert!(state.resources["service.x"].identity.is_empty());
    let written = encode(&state).expect("it is not deep");
    assert_eq!(String::from_utf8(written).expect("text"), UNANSWERED);
}
