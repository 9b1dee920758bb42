//! What can be wrong with a request.

use proptest::{prelude::*, sample::Index};
use reqwest::Method;
use serde_json::{Value, json};

/// A value that is not what anybody expects.
#[derive(Debug, Clone)]
pub enum Odd {
    Empty,
    Nul,
    /// Bytes that are not UTF-8.
    NoText,
    Long,
    Huge,
    Text(&'static str),
    Any(String),
}

impl Odd {
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Empty => Vec::new(),
            Self::Nul => b"a\0b".to_vec(),
            Self::NoText => b"\xff\xfe".to_vec(),
            Self::Long => vec![b'x'; 64 * 1024],
            Self::Huge => vec![b'x'; 1024 * 1024],
            Self::Text(text) => text.as_bytes().to_vec(),
            Self::Any(text) => text.clone().into_bytes(),
        }
    }
}

#[derive(Debug, Clone)]
pub enum Mutation {
    LeaveOut(Index),
    Double(Index, Odd),
    Replace(Index, Odd),
    Retype(Index, Value),
    Add(String, Odd),
    Path(Index, Odd),
    ContentType(Option<&'static str>),
    OtherBody,
    Raw(&'static str, Vec<u8>),
    Method(Method),
    Header(&'static str, Vec<u8>),
    NoHeader(&'static str),
}

const TEXTS: [&str; 14] = [
    "\u{7f}\u{1b}[31m",
    "\u{feff}\u{202e}\u{200d}",
    "\u{10ffff}",
    "\r\nset-cookie: a=b",
    "' OR 1=1 --",
    "../../etc/passwd",
    "//evil.example/",
    "https://evil.example/",
    "javascript:alert(1)",
    "<script>alert(1)</script>",
    "-1",
    "99999999999999999999999999999999999999999",
    "ZZZZZZZZZZZZZZZZZZZZZZZZZZ",
    "01JZZZZZZZZZZZZZZZZZZZGRNT",
];

const NAMES: [&str; 16] = [
    "",
    "redirect_uri",
    "state",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "kind",
    "id",
    "action",
    "code",
    "error",
    "response_mode",
    "page[first]",
    "filter[[]]",
    "__proto__",
];

const KINDS: [Option<&str>; 9] = [
    None,
    Some(""),
    Some("text/plain"),
    Some("application/json"),
    Some("application/x-www-form-urlencoded"),
    Some("application/x-www-form-urlencoded; charset=utf-16"),
    Some("multipart/form-data"),
    Some("application/octet-stream; \u{fe}"),
    Some("application/json, application/json"),
];

const HEADERS: [&str; 14] = [
    "accept",
    "accept-language",
    "accept-encoding",
    "cookie",
    "authorization",
    "origin",
    "access-control-request-method",
    "range",
    "if-none-match",
    "x-forwarded-for",
    "x-request-id",
    "user-agent",
    "content-encoding",
    "referer",
];

const HEADER_VALUES: [&[u8]; 20] = [
    b"",
    b"\xff\xfe",
    b"*/*;q=nonsense",
    b",,;;==",
    b"de-\xe9;q=9, x;q=-1",
    b"session=; csrf=; csrf=",
    b"session=%FF; csrf=\"a",
    b"session=AAAA; registrations=AAAA; upstream=AAAA",
    b"Basic",
    b"Basic !!!",
    b"Basic /w==",
    b"Basic OjpAOg==",
    b"Bearer",
    b"Bearer mat_x\xff",
    b"Bearer mcr_nonsense mat_nonsense",
    b"Digest a=b",
    b"null",
    b"DELETE",
    b"1.2.3.4, [::1]:x, unknown",
    b"bytes=9-1,-0",
];

fn odd() -> impl Strategy<Value = Odd> {
    prop_oneof![
        2 => Just(Odd::Empty),
        2 => Just(Odd::Nul),
        2 => Just(Odd::NoText),
        2 => Just(Odd::Long),
        1 => Just(Odd::Huge),
        5 => prop::sample::select(&TEXTS[..]).prop_map(Odd::Text),
        2 => any::<String>().prop_map(Odd::Any),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(json!([])),
        Just(json!(["x", 1, null])),
        Just(json!({})),
        Just(json!({"a": {"b": [{}]}})),
        Just(json!("\u{0}")),
        Just(deep),
    ]
}

/// A whole body that is none.
fn raw() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let kind = prop::sample::select(
        &[
            "application/json",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "text/plain",
        ][..],
    );
    let bytes = prop_oneof![
        Just(b"[".repeat(60_000)),
        Just(b"{\"a\":".repeat(60_000)),
        Just(b"{\"a\":1e999999}".to_vec()),
        Just(b"{\"a\":\"\\ud800\"}".to_vec()),
        Just(b"\xef\xbb\xbf{}".to_vec()),
        Just(b"{} {}".to_vec()),
        Just(b"&&&=".to_vec()),
        Just(b"%".to_vec()),
        Just(b"a=%zz&%FF=%00".to_vec()),
        Just(b"--x\r\ncontent-disposition: form-data\r\n\r\n--x--".to_vec()),
        Just(vec![0; 1000]),
        prop::collection::vec(any::<u8>(), 0..200),
    ];
    (kind, bytes)
}

/// One thing that is wrong.
pub fn mutation() -> impl Strategy<Value = Mutation> {
    let index = any::<Index>;
    let name = prop_oneof![
        3 => prop::sample::select(&NAMES[..]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let method = prop::sample::select(
        &[
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
        ][..],
    );
    let header = (
        prop::sample::select(&HEADERS[..]),
        prop_oneof![
            5 => prop::sample::select(&HEADER_VALUES[..]).prop_map(<[u8]>::to_vec),
            1 => prop::collection::vec(0x80u8.., 0..100),
            1 => Just(vec![b'x'; 20_000]),
        ],
    );
    prop_oneof![
        3 => index().prop_map(Mutation::LeaveOut),
        2 => (index(), odd()).prop_map(|(index, odd)| Mutation::Double(index, odd)),
        6 => (index(), odd()).prop_map(|(index, odd)| Mutation::Replace(index, odd)),
        3 => (index(), value()).prop_map(|(index, value)| Mutation::Retype(index, value)),
        2 => (name, odd()).prop_map(|(name, odd)| Mutation::Add(name, odd)),
        3 => (index(), odd()).prop_map(|(index, odd)| Mutation::Path(index, odd)),
        1 => prop::sample::select(&KINDS[..]).prop_map(Mutation::ContentType),
        1 => Just(Mutation::OtherBody),
        2 => raw().prop_map(|(kind, bytes)| Mutation::Raw(kind, bytes)),
        1 => method.prop_map(|method| Mutation::Method(method.parse().expect("a method"))),
        4 => header.prop_map(|(name, value)| Mutation::Header(name, value)),
        1 => prop::sample::select(&["authorization", "cookie"][..]).prop_map(Mutation::NoHeader),
    ]
}
