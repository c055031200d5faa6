use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::lang::value::{Data, Marks, Number, Type};

/// Files in memory; a name that ends with a slash is not needed for directories.
struct Memory(BTreeMap<&'static str, &'static [u8]>);

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let content = self.0.get(path.to_string_lossy().as_ref());
        content.map(|c| c.to_vec()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn kind(&self, path: &Path) -> io::Result<FileKind> {
        let text = path.to_string_lossy();
        if self.0.contains_key(text.as_ref()) {
            return Ok(FileKind::File);
        }
        let inside = |name: &&'static str| Path::new(name).starts_with(path);
        self.0.keys().any(inside).then_some(FileKind::Directory).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let below = self.0.keys().filter_map(|name| Path::new(name).strip_prefix(path).ok());
        let mut names: Vec<String> =
            below.filter_map(|p| p.components().next()).map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
        names.dedup();
        Ok(names)
    }
}

struct Counting;

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.iter_mut().zip(0..).for_each(|(b, i)| *b = i);
    }
}

/// Renders to the text itself.
struct Verbatim;

impl Templates for Verbatim {
    fn render(&self, _: &str, text: &str, _: &Value) -> Result<Value, (Option<usize>, String)> {
        Ok(Value::from(text))
    }

    fn read_variables(&self, text: &str) -> Result<Value, String> {
        Err(format!("cannot read {text}"))
    }
}

fn context() -> Context {
    let files: [(&str, &[u8]); 6] = [
        ("/module/a.txt", b"hello"),
        ("/module/b.md", b"b"),
        ("/module/bin", &[0xff, 0]),
        ("/module/sub/c.txt", b"c"),
        ("/module/sub/deep/d.txt", b"d"),
        ("/home/me/key", b"k"),
    ];
    Context {
        files: Arc::new(Memory(BTreeMap::from(files))),
        random: Arc::new(Counting),
        module_dir: PathBuf::from("/module"),
        cwd: PathBuf::from("/work"),
        home: Some(PathBuf::from("/home/me")),
        now: jiff::Timestamp::UNIX_EPOCH,
        planning: false,
    }
}

fn number(text: &str) -> Value {
    Value::number(Number::parse(text).unwrap_or_else(Number::zero))
}

/// A value written as JSON: arrays are tuples, objects are objects.
fn json(text: &str) -> Value {
    Value::parse_json(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn run(name: &str, args: &[Value]) -> Result<Value, FunctionError> {
    call(name, args, &context(), &Verbatim)
}

/// The result as JSON, or the message with the parameter to blame.
fn shown(name: &str, args: &[Value]) -> String {
    match run(name, args) {
        Ok(value) => value.to_json_text().unwrap_or_else(|e| e.to_string()),
        Err(e) if e.parameter.is_empty() => e.message,
        Err(e) => format!("{}: {}", e.parameter, e.message),
    }
}

/// Calls with the elements of a JSON array and compares with the JSON or the message wanted.
fn check(cases: &[(&str, &str, &str)]) {
    for (name, args, wanted) in cases {
        let args: Vec<Value> = json(args).elements().cloned().collect();
        assert_eq!(shown(name, &args), *wanted, "{name}({args:?})");
    }
}

#[test]
fn names_are_sorted_and_have_signatures() {
    assert!(names().is_sorted());
    assert!(names().len() > 110, "{}", names().len());
    for name in names() {
        assert_eq!(signature(name).map(|s| s.name), Some(*name));
    }
    assert_eq!(signature("core::upper"), signature("upper"));
    assert_eq!(signature("no_such"), None);
}

#[test]
fn arguments_are_checked_before_the_function_sees_them() {
    check(&[
        ("upper", "[]", "wrong number of arguments (1 required; 0 given)"),
        ("join", "[]", "wrong number of arguments (at least 1 required; 0 given)"),
        ("upper", "[null]", "str: argument must not be null"),
        ("upper", "[[]]", "str: string required"),
        ("abs", "[\"x\"]", "num: a number is required"),
        ("upper", "[1]", "\"1\""),
        ("alltrue", "[[\"true\", 1]]", "list: element 1: bool required"),
    ]);
}

#[test]
fn an_unknown_argument_makes_an_unknown_result_of_the_right_type() {
    let result = run("length", &[Value::unknown(Type::list(Type::String))]).unwrap();
    assert_eq!(result.ty(), Type::Number);
    assert!(!result.is_known() && result.is_not_null());
    let result = run("upper", &[Value::unknown(Type::Any)]).unwrap();
    assert_eq!((result.is_known(), result.ty()), (false, Type::String));
    // A type that depends on what is not known is not known either.
    let result = run("values", &[Value::unknown(Type::Any)]).unwrap();
    assert_eq!(result.ty(), Type::Any);
}

#[test]
fn marks_pass_to_the_result() {
    let secret = Value::from("s").with_marks(Marks::SENSITIVE);
    assert_eq!(run("upper", std::slice::from_ref(&secret)).unwrap().marks, Marks::SENSITIVE);
    // Of a list only the marked element stays marked.
    let list = Value::tuple(vec![Value::from("a"), secret.clone()]);
    let reversed = run("reverse", std::slice::from_ref(&list)).unwrap();
    assert!(!reversed.has_marks() && reversed.contains_marks());
    assert_eq!(run("length", &[list]).unwrap().marks, Marks::NONE);
    assert_eq!(run("nonsensitive", std::slice::from_ref(&secret)).unwrap().marks, Marks::NONE);
    assert_eq!(run("issensitive", &[secret]).unwrap(), Value::bool(true));
}

#[test]
fn messages_do_not_show_what_is_sensitive() {
    let secret = Value::from("top").with_marks(Marks::SENSITIVE);
    assert_eq!(
        shown("parseint", &[secret.clone(), number("10")]),
        "number: cannot parse (sensitive value) as a base 10 integer"
    );
    assert_eq!(shown("tonumber", std::slice::from_ref(&secret)), "v: cannot convert this sensitive string to number");
    assert!(!shown("file", &[secret]).contains("top"));
}

#[test]
fn ephemeral_values_become_null() {
    let value = Value::tuple(vec![Value::from("a").with_marks(Marks::EPHEMERAL), Value::from("b")]);
    let result = run("ephemeralasnull", &[value]).unwrap();
    assert_eq!(result, Value::tuple(vec![Value::null(Type::String), Value::from("b")]));
}

#[test]
fn numbers() {
    check(&[
        ("ceil", "[1.2]", "2"),
        ("floor", "[-1.2]", "-2"),
        ("log", "[1000, 10]", "2.9999999999999996"),
        ("log", "[-1, 10]", "the result is not a number"),
        ("pow", "[2, 64]", "18446744073709550000"),
        ("pow", "[2, 0.5]", "1.4142135623730951"),
        ("parseint", "[\"aA\", 62]", "656"),
        ("parseint", "[\"0x1\", 16]", "number: cannot parse \"0x1\" as a base 16 integer"),
        ("signum", "[-7]", "-1"),
        ("max", "[1, \"3\", 2]", "3"),
        ("min", "[]", "must pass at least one number"),
        ("sum", "[[0.1, 0.2]]", "0.3"),
    ]);
}

#[test]
fn strings() {
    check(&[
        ("upper", "[\"straße\"]", "\"STRAßE\""),
        ("title", "[\"hello wor_ld\"]", "\"Hello Wor_ld\""),
        ("strrev", "[\"e\\u0301a\"]", "\"aé\""),
        ("substr", "[\"hello\", -3, 2]", "\"ll\""),
        ("split", "[\",\", \"a,,b\"]", "[\"a\",\"\",\"b\"]"),
        ("join", "[\"-\", [\"a\"], [\"b\"]]", "\"a-b\""),
        ("join", "[\"-\", [null]]", "lists: element 0 is null; cannot concatenate null values"),
        ("indent", "[2, \"a\\nb\"]", "\"a\\n  b\""),
        ("chomp", "[\"a\\r\\n\\n\"]", "\"a\""),
        ("sort", "[[\"b\", \"B\", \"é\", \"a\"]]", "[\"B\",\"a\",\"b\",\"é\"]"),
        ("trim", "[\"xxaxx\", \"x\"]", "\"a\""),
        ("length", "[\"नमस्ते\"]", "4"),
    ]);
}

#[test]
fn formats() {
    check(&[
        (
            "format",
            "[\"%5d|%-5d|%05d|%+d|%x|%#o|%b\", 42, 42, 42, 42, 255, 8, 5]",
            "\"   42|42   |00042|+42|ff|010|101\"",
        ),
        ("format", "[\"%.2f %e %g %v\", 2.675, 1234.5, 1000000, 1000000]", "\"2.67 1.234500e+03 1e+06 1e+06\""),
        ("format", "[\"%q %s %t\", \"a<\", 1.5, \"true\"]", "\"\\\"a\\\\u003c\\\" 1.5 true\""),
        ("format", "[\"%[2]s%[1]s%%\", \"a\", \"b\"]", "\"ba%\""),
        ("format", "[\"%d\", 1.5]", "unsupported value for \"%d\" at 0: an integer is required"),
        ("format", "[\"%s %s\", \"a\"]", "not enough arguments for \"%s\" at 3: need index 2 but have 1 total"),
        ("format", "[\"a\", 1]", "args: too many arguments; no verbs in format string"),
        ("format", "[\"%\", 1]", "invalid format string starting at offset 1"),
        ("formatlist", "[\"%s-%s\", [\"a\", \"b\"], \"x\"]", "[\"a-x\",\"b-x\"]"),
        (
            "formatlist",
            "[\"%s-%s\", [\"a\", \"b\"], [\"x\"]]",
            "args: argument 2 has length 1, which is inconsistent with argument 1 of length 2",
        ),
    ]);
}

#[test]
fn what_a_text_starts_with_is_known_before_the_rest() {
    let result = run("format", &[Value::from("abc-%s"), Value::unknown(Type::String)]).unwrap();
    assert_eq!(run("startswith", &[result.clone(), Value::from("abc-")]).unwrap(), Value::bool(true));
    assert_eq!(run("startswith", &[result, Value::from("x")]).unwrap(), Value::bool(false));
}

#[test]
fn collections() {
    check(&[
        ("chunklist", "[[1, 2, 3], 2]", "[[1,2],[3]]"),
        ("coalesce", "[\"\", null, \"b\"]", "\"b\""),
        ("coalesce", "[\"\"]", "no non-null, non-empty-string arguments"),
        ("compact", "[[\"a\", \"\", null]]", "[\"a\"]"),
        ("concat", "[[1], [\"a\"]]", "[1,\"a\"]"),
        ("distinct", "[[1, 1, 2]]", "[1,2]"),
        ("element", "[[\"a\", \"b\"], 3]", "\"b\""),
        ("flatten", "[[[1, [2]], 3]]", "[1,2,3]"),
        ("index", "[[\"a\", \"b\"], \"b\"]", "1"),
        ("keys", "[{\"b\": 1, \"a\": 2}]", "[\"a\",\"b\"]"),
        ("lookup", "[{\"a\": 1}, \"b\", 2]", "2"),
        ("lookup", "[{\"a\": 1}, \"b\"]", "inputMap: the given object has no attribute \"b\""),
        ("merge", "[{\"a\": 1}, null, {\"a\": 2, \"b\": 3}]", "{\"a\":2,\"b\":3}"),
        ("one", "[[1, 2]]", "list: must be a list, set, or tuple value with either zero or one elements"),
        ("range", "[1, 4]", "[1,2,3]"),
        ("setintersection", "[[1, 2], [2, 3]]", "[2]"),
        ("setproduct", "[[\"a\", \"b\"], [1]]", "[[\"a\",1],[\"b\",1]]"),
        ("setsubtract", "[[1, 2], [2]]", "[1]"),
        ("slice", "[[1, 2, 3], 1, 2]", "[2]"),
        ("slice", "[[1], 0, 2]", "end_index: end index must not be greater than the length of the list"),
        ("transpose", "[{\"a\": [\"1\", \"2\"], \"b\": [\"2\"]}]", "{\"1\":[\"a\"],\"2\":[\"a\",\"b\"]}"),
        ("zipmap", "[[\"a\"], [1, 2]]", "number of keys (1) does not match number of values (2)"),
    ]);
}

#[test]
fn a_large_range_is_refused() {
    assert!(shown("range", &[number("1025")]).starts_with("more than 1024 values were generated"));
    assert!(shown("range", &[number("0"), number("1"), number("0")]).starts_with("more than 1024 values"));
}

#[test]
fn regular_expressions_have_the_meaning_of_re2() {
    check(&[
        ("regex", "[\"(\\\\d+)-(\\\\w+)\", \"12-ab\"]", "[\"12\",\"ab\"]"),
        ("regex", "[\"(?P<a>x)?(?P<b>y)\", \"y\"]", "{\"a\":null,\"b\":\"y\"}"),
        ("regex", "[\"\\\\d+\", \"१२12\"]", "\"12\""),
        ("regex", "[\"[[a]]\", \"[]\"]", "\"[]\""),
        ("regex", "[\"[a&&b]+\", \"a&b\"]", "\"a\\u0026b\""),
        ("regex", "[\"\\\\Qa.b\\\\E+\", \"a.bbb\"]", "\"a.bbb\""),
        ("regex", "[\"a{,2}\", \"a{,2}\"]", "\"a{,2}\""),
        ("regex", "[\"a**\", \"a\"]", "pattern: invalid regexp pattern: invalid nested repetition operator in **"),
        ("regex", "[\"(?=a)\", \"a\"]", "pattern: invalid regexp pattern: invalid or unsupported Perl syntax in (?="),
        ("regex", "[\"(\", \"a\"]", "pattern: invalid regexp pattern: missing closing ) in ("),
        ("regex", "[\"a\", \"b\"]", "pattern did not match any part of the given string"),
        ("regexall", "[\"a*\", \"baac\"]", "[\"\",\"aa\",\"\"]"),
        ("replace", "[\"hello\", \"/(l+)/\", \"[$1]\"]", "\"he[ll]o\""),
        ("replace", "[\"a.b\", \".\", \"-\"]", "\"a-b\""),
        ("replace", "[\"hello\", \"/l/\", \"$$x$\"]", "\"he$x$$x$o\""),
    ]);
}

#[test]
fn encodings() {
    check(&[
        ("base64decode", "[\"SGVs\\nbG8=\"]", "\"Hello\""),
        ("base64decode", "[\"/w==\"]", "the result of decoding the provided string is not valid UTF-8"),
        ("base64gzip", "[\"hello\"]", "\"H4sIAAAAAAAA/8pIzcnJBwAAAP//AQAA//+GphA2BQAAAA==\""),
        ("urlencode", "[\"a b&é\"]", "\"a+b%26%C3%A9\""),
        ("jsonencode", "[{\"b\": \"<\", \"a\": null}]", "\"{\\\"a\\\":null,\\\"b\\\":\\\"\\\\u003c\\\"}\""),
        ("jsondecode", "[\"[1, {\\\"a\\\": \\\"\\\\ud800\\\"}]\"]", "[1,{\"a\":\"\u{fffd}\"}]"),
        ("textencodebase64", "[\"é\", \"UTF-16BE\"]", "\"AOk=\""),
        (
            "textencodebase64",
            "[\"€\", \"latin1\"]",
            "string: the given string contains characters that cannot be represented in ISO_8859-1:1987",
        ),
        ("textdecodebase64", "[\"6Q==\", \"windows-1252\"]", "\"é\""),
        ("csvdecode", "[\"a,b\\n\\\"x\\ny\\\",2\\n\"]", "[{\"a\":\"x\\ny\",\"b\":\"2\"}]"),
        ("csvdecode", "[\"a,b\\n1\"]", "CSV parse error on line 2: wrong number of fields"),
        ("csvdecode", "[\"a,b\\n1\\\"x,2\"]", "CSV parse error on line 2: bare \" in non-quoted-field"),
    ]);
}

#[test]
fn a_long_text_survives_compression() {
    let text: String = (0..20_000).map(|i| char::from(b'a' + (i * 7919 % 26) as u8)).collect();
    let encoded = run("base64gzip", &[Value::from(text.as_str())]).unwrap();
    let bytes = encoding::decode_base64(encoded.as_str().unwrap()).unwrap();
    let mut decompress = flate2::Decompress::new(false);
    let mut out = Vec::with_capacity(text.len() + 1);
    decompress.decompress_vec(&bytes[10..bytes.len() - 8], &mut out, flate2::FlushDecompress::Finish).unwrap();
    assert_eq!(out, text.as_bytes());
}

#[test]
fn yaml() {
    check(&[
        ("yamldecode", "[\"a: &x {b: 1}\\nc:\\n  <<: *x\\n  d: yes\"]", "{\"a\":{\"b\":1},\"c\":{\"b\":1,\"d\":true}}"),
        ("yamldecode", "[\"a: 2001-1-4\"]", "{\"a\":\"2001-01-04T00:00:00Z\"}"),
        ("yamldecode", "[\"a: 0o17\\nb: 017\\nc: 1_0\"]", "{\"a\":15,\"b\":17,\"c\":\"1_0\"}"),
        ("yamldecode", "[\"a: *a\"]", "reference to undefined anchor \"a\""),
        ("yamldecode", "[\"\"]", "on line 1, column 1: missing start of document"),
        ("yamlencode", "[{\"a\": [1, \"x\\n\"]}]", "\"\\\"a\\\":\\n- 1\\n- |\\n  x\\n\""),
        ("yamlencode", "[1.5]", "\"1.5\\n...\\n\""),
        ("yamlencode", "[\"a\\n\\n\"]", "\"|+\\n  a\\n\\n\""),
    ]);
}

#[test]
fn a_yaml_bomb_is_refused() {
    let mut text = String::from("a0: &a0 x\n");
    for i in 1..40 {
        text.push_str(&format!("a{i}: &a{i} [*a{}, *a{}]\n", i - 1, i - 1));
    }
    assert!(shown("yamldecode", &[Value::from(text)]).contains("stands for more than"));
    let deep = "[".repeat(5000) + &"]".repeat(5000);
    assert!(shown("yamldecode", &[Value::from(deep)]).contains("nested"));
}

#[test]
fn networks() {
    check(&[
        ("cidrhost", "[\"10.0.0.0/8\", -1]", "\"10.255.255.255\""),
        ("cidrhost", "[\"010.0.0.0/31\", 2]", "prefix of 31 does not accommodate a host numbered 2"),
        ("cidrnetmask", "[\"172.16.0.0/12\"]", "\"255.240.0.0\""),
        ("cidrnetmask", "[\"fd00::/8\"]", "IPv6 addresses cannot have a netmask: fd00::/8"),
        ("cidrsubnet", "[\"fd00:fd12:3456:7890::/56\", 16, 162]", "\"fd00:fd12:3456:7800:a200::/72\""),
        ("cidrsubnet", "[\"10.0.0.0/8\", 25, 0]", "insufficient address space to extend prefix of 8 by 25"),
        ("cidrsubnets", "[\"10.1.0.0/16\", 4, 4, 8]", "[\"10.1.0.0/20\",\"10.1.16.0/20\",\"10.1.32.0/24\"]"),
        (
            "cidrsubnets",
            "[\"10.0.0.0/30\", 1, 1, 1]",
            "newbits: not enough remaining address space for a subnet with a prefix of 31 bits after 10.0.0.2/31",
        ),
        ("cidrhost", "[\"10.0.0/8\", 1]", "invalid CIDR expression: invalid CIDR address: 10.0.0/8"),
    ]);
}

#[test]
fn times() {
    check(&[
        (
            "formatdate",
            "[\"EEE, DD MMM YYYY HH:mm aa 'at' ZZZ\", \"2018-01-02T23:04:05+05:30\"]",
            "\"Tue, 02 Jan 2018 11:04 pm at +0530\"",
        ),
        ("formatdate", "[\"YYYY\", \"9999-12-31T23:59:59Z\"]", "\"9999\""),
        ("formatdate", "[\"Q\", \"2018-01-02T23:04:05Z\"]", "format: invalid date format verb \"Q\""),
        ("timeadd", "[\"2017-11-22T00:00:00+02:00\", \"-1.5h\"]", "\"2017-11-21T22:30:00+02:00\""),
        ("timeadd", "[\"2017-11-22T00:00:00Z\", \"1d\"]", "time: unknown unit \"d\" in duration \"1d\""),
        ("timecmp", "[\"2017-11-22T00:00:00Z\", \"2017-11-22T01:00:00+01:00\"]", "0"),
        (
            "timecmp",
            "[\"2017-11-22\", \"2017-11-22T01:00:00+01:00\"]",
            "timestamp_a: not a valid RFC3339 timestamp: missing required time introducer 'T'",
        ),
        ("timestamp", "[]", "\"1970-01-01T00:00:00Z\""),
    ]);
}

#[test]
fn files() {
    check(&[
        ("file", "[\"a.txt\"]", "\"hello\""),
        ("file", "[\"~/key\"]", "\"k\""),
        ("filebase64", "[\"bin\"]", "\"/wA=\""),
        ("filemd5", "[\"./sub/../a.txt\"]", "\"5d41402abc4b2a76b9719d911017c592\""),
        ("fileexists", "[\"nope\"]", "false"),
        ("fileexists", "[\"sub\"]", "\"/module/sub\" is a directory, not a file"),
        ("fileset", "[\".\", \"**/*.txt\"]", "[\"a.txt\",\"sub/c.txt\",\"sub/deep/d.txt\"]"),
        ("fileset", "[\"sub\", \"../*.{md,txt}\"]", "[\"../a.txt\",\"../b.md\"]"),
        ("fileset", "[\".\", \"[^a].*\"]", "[\"b.md\"]"),
        ("fileset", "[\".\", \"[\"]", "failed to glob pattern \"/module/[\": syntax error in pattern"),
        ("abspath", "[\"a/../b\"]", "\"/work/b\""),
        ("basename", "[\"/a/b/\"]", "\"b\""),
        ("dirname", "[\"/a/b\"]", "\"/a\""),
        ("pathexpand", "[\"~x\"]", "cannot expand user-specific home dir"),
        ("templatefile", "[\"a.txt\", {}]", "\"hello\""),
    ]);
    assert!(shown("file", &[Value::from("nope")]).starts_with("path: no file exists at \"nope\""));
    assert!(shown("file", &[Value::from("bin")]).starts_with("contents of \"bin\" are not valid UTF-8"));
}

#[test]
fn what_differs_from_call_to_call_waits_for_the_apply() {
    let planning = Context { planning: true, ..context() };
    for (name, args) in [("timestamp", vec![]), ("uuid", vec![]), ("bcrypt", vec![Value::from("x")])] {
        assert!(!call(name, &args, &planning, &Verbatim).unwrap().is_known(), "{name}");
    }
    assert!(call("plantimestamp", &[], &planning, &Verbatim).unwrap().is_known());
    assert!(shown("bcrypt", &[Value::from("x"), number("4")]).starts_with("\"$2a$04$"));
}

#[test]
fn cryptography() {
    check(&[
        ("sha1", "[\"hello\"]", "\"aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d\""),
        ("base64sha256", "[\"\"]", "\"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\""),
        ("uuidv5", "[\"dns\", \"www.example.com\"]", "\"2ed6657d-e927-568b-95e1-2665a8aea6a2\""),
        ("rsadecrypt", "[\"YWJj\", \"no key\"]", "privatekey: invalid private key: ssh: no key found"),
    ]);
}

#[test]
fn expressions_as_text() {
    check(&[
        (
            "provider::terraform::encode_expr",
            "[{\"a\": [1, \"$${x}\"], \"b c\": null}]",
            "\"{\\n  a     = [1, \\\"$$${x}\\\"]\\n  \\\"b c\\\" = null\\n}\"",
        ),
        ("provider::terraform::encode_tfvars", "[{\"a\": 1, \"bcd\": \"x\"}]", "\"a   = 1\\nbcd = \\\"x\\\"\\n\""),
    ]);
}

#[test]
fn conversions_keep_the_types_apart() {
    let set = run("toset", &[json("[\"b\", \"a\", \"b\"]")]).unwrap();
    assert_eq!(set.ty(), Type::set(Type::String));
    assert_eq!(set.to_json_text().unwrap(), "[\"a\",\"b\"]");
    assert_eq!(shown("tolist", &[json("[1, []]")]), "v: cannot convert tuple to list of any single type");
    assert_eq!(run("tomap", &[json("{\"a\": 1, \"b\": \"x\"}")]).unwrap().ty(), Type::map(Type::String));
    assert!(matches!(run("tostring", &[Value::null(Type::Any)]).unwrap().data, Data::Null(Type::String)));
}
