//! How clients say who they are: every combination of what a request can show (contract/oauth2.md
//! 4.1 to 4.4).

use muniment_tests::{
    TestDatabase, TestServer, each_backend,
    server::{CLIENT_ID, CLIENT_SECRET},
};
use reqwest::header::HeaderValue;

use crate::{
    Answer, ODD_ID, ODD_SECRET, POST_ID, POST_SECRET, PUBLIC_ID, SIGNING_ID, answer, start,
};

each_backend!(
    each_combination_of_credentials_has_one_meaning,
    a_client_is_known_by_its_own_method_alone,
    an_authorization_header_has_to_be_readable,
    both_parts_of_basic_credentials_are_form_encoded,
);

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// `{"alg":"HS256"}` and `{"sub":"01JZZZZZZZZZZZZZZZZZZZ0JWT"}`, with a signature that is none.
const ASSERTION: &str =
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMUpaWlpaWlpaWlpaWlpaWlpaWlpaMEpXVCJ9.c2ln";

/// What is in the Authorization header.
#[derive(Debug, Clone, Copy)]
enum Header {
    Nothing,
    /// The client that may administrate, with its secret.
    Basic,
    Bearer,
}

async fn post(server: &TestServer, header: Header, fields: &[(&str, &str)]) -> Answer {
    let mut request = server.post("/oauth2/token");
    request = match header {
        Header::Nothing => request,
        Header::Basic => request.basic_auth(CLIENT_ID, Some(CLIENT_SECRET)),
        Header::Bearer => request.bearer_auth("mat_any"),
    };
    let grant = [("grant_type", "client_credentials")];
    answer(request.form(&[&grant[..], fields].concat())).await
}

async fn each_combination_of_credentials_has_one_meaning(database: TestDatabase) {
    use Header::{Basic, Bearer, Nothing};
    const ID: (&str, &str) = ("client_id", CLIENT_ID);
    const OTHER_ID: (&str, &str) = ("client_id", POST_ID);
    const SECRET: (&str, &str) = ("client_secret", POST_SECRET);
    const TYPE: (&str, &str) = ("client_assertion_type", JWT_BEARER);
    const OTHER_TYPE: (&str, &str) = ("client_assertion_type", "urn:example:other");
    const SIGNED: (&str, &str) = ("client_assertion", ASSERTION);
    let server = start(&database).await;

    for (header, fields) in [
        (Basic, &[][..]),
        (Basic, &[ID]),
        // Empty is absent (RFC 6749 section 3.2).
        (
            Basic,
            &[
                ("client_secret", ""),
                ("client_id", ""),
                ("client_assertion", ""),
            ],
        ),
        (Nothing, &[OTHER_ID, SECRET]),
    ] {
        let issued = post(&server, header, fields).await;
        assert_eq!(issued.status, 200, "{header:?} {fields:?}: {issued:?}");
    }
    for (header, fields, status, error) in [
        (Basic, &[OTHER_ID][..], 400, "invalid_grant"),
        (Basic, &[SECRET], 400, "invalid_request"),
        (Basic, &[ID, SECRET], 400, "invalid_request"),
        (Basic, &[TYPE, SIGNED], 400, "invalid_request"),
        (Basic, &[ID, TYPE, SIGNED], 400, "invalid_request"),
        (Basic, &[TYPE], 400, "invalid_request"),
        (Basic, &[SIGNED], 400, "invalid_request"),
        // An id alone is a claim that needs no proof, from a client that has none.
        (Nothing, &[ID], 401, "invalid_client"),
        (Nothing, &[OTHER_ID], 401, "invalid_client"),
        (Nothing, &[SECRET], 400, "invalid_request"),
        (Nothing, &[], 400, "invalid_request"),
        (Nothing, &[TYPE, SIGNED], 401, "invalid_client"),
        (
            Nothing,
            &[("client_id", SIGNING_ID), TYPE, SIGNED],
            401,
            "invalid_client",
        ),
        (
            Nothing,
            &[OTHER_ID, SECRET, TYPE, SIGNED],
            400,
            "invalid_request",
        ),
        (Nothing, &[SECRET, TYPE, SIGNED], 400, "invalid_request"),
        (Nothing, &[OTHER_TYPE, SIGNED], 400, "invalid_request"),
        (
            Nothing,
            &[OTHER_ID, OTHER_TYPE, SIGNED],
            400,
            "invalid_request",
        ),
        (Nothing, &[TYPE], 400, "invalid_request"),
        (Nothing, &[SIGNED], 400, "invalid_request"),
        (Nothing, &[OTHER_ID, TYPE], 400, "invalid_request"),
        (Nothing, &[OTHER_ID, SIGNED], 400, "invalid_request"),
        // A token proves no client.
        (Bearer, &[], 401, "invalid_client"),
        (Bearer, &[ID], 400, "invalid_request"),
        (Bearer, &[OTHER_ID, SECRET], 400, "invalid_request"),
        (Bearer, &[TYPE, SIGNED], 400, "invalid_request"),
    ] {
        let refused = post(&server, header, fields).await;
        assert_eq!(
            refused.error(),
            (status, error.to_owned()),
            "{header:?} {fields:?}"
        );
    }
}

async fn a_client_is_known_by_its_own_method_alone(database: TestDatabase) {
    const NOBODY: &str = "01JZZZZZZZZZZZZZZZZZZZZZZZ";
    let server = start(&database).await;
    let basic = async |id: &str, secret: &str| {
        // The grant would be refused as well, if anybody asked.
        let request = server.post("/oauth2/token").basic_auth(id, Some(secret));
        answer(request.form(&[("grant_type", "password")]))
            .await
            .error()
    };
    let body = async |id: &str, secret: &str| {
        let fields = [
            ("grant_type", "password"),
            ("client_id", id),
            ("client_secret", secret),
        ];
        answer(server.post("/oauth2/token").form(&fields))
            .await
            .error()
    };
    let good = (400, "unsupported_grant_type".to_owned());
    let bad = (401, "invalid_client".to_owned());
    assert_eq!(basic(CLIENT_ID, CLIENT_SECRET).await, good);
    assert_eq!(basic(&CLIENT_ID.to_lowercase(), CLIENT_SECRET).await, good);
    assert_eq!(body(POST_ID, POST_SECRET).await, good);

    assert_eq!(body(CLIENT_ID, CLIENT_SECRET).await, bad);
    assert_eq!(basic(POST_ID, POST_SECRET).await, bad);
    let longer = format!("{CLIENT_SECRET} ");
    for (id, secret) in [
        (CLIENT_ID, ""),
        (CLIENT_ID, "wrong"),
        (CLIENT_ID, &longer),
        (CLIENT_ID, POST_SECRET),
        (PUBLIC_ID, ""),
        (PUBLIC_ID, "anything"),
        (SIGNING_ID, "a-secret-to-sign-with"),
        (NOBODY, CLIENT_SECRET),
        ("not-a-ulid", CLIENT_SECRET),
        ("", CLIENT_SECRET),
        ("", ""),
    ] {
        assert_eq!(basic(id, secret).await, bad, "{id} {secret}");
    }
    for (id, secret) in [
        (POST_ID, "wrong"),
        (PUBLIC_ID, "anything"),
        (SIGNING_ID, "a-secret-to-sign-with"),
        (NOBODY, POST_SECRET),
        ("not-a-ulid", POST_SECRET),
    ] {
        assert_eq!(body(id, secret).await, bad, "{id} {secret}");
    }
}

async fn an_authorization_header_has_to_be_readable(database: TestDatabase) {
    let server = start(&database).await;
    for header in [
        &b"Digest username=\"x\""[..],
        b"Basic",
        b"Basic ",
        b"Basic !!!",
        // Without a colon, and with bytes that are no text.
        b"Basic bm9jb2xvbg==",
        b"Basic /////w==",
        b"",
        b"x",
        b"Basic caf\xe9",
    ] {
        let request = server
            .post("/oauth2/token")
            .header("authorization", HeaderValue::from_bytes(header).unwrap())
            .form(&[("grant_type", "client_credentials")]);
        answer(request).await.refused(400, "invalid_request");
    }
}

/// Each byte but letters and digits percent-encoded, a space as `+` (RFC 6749 appendix B).
fn form_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => char::from(byte).to_string(),
            b' ' => "+".to_owned(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

async fn both_parts_of_basic_credentials_are_form_encoded(database: TestDatabase) {
    let server = start(&database).await;
    let status = async |id: &str, secret: &str| {
        let request = server.post("/oauth2/token").basic_auth(id, Some(secret));
        let grant = [("grant_type", "client_credentials")];
        answer(request.form(&grant)).await.status
    };
    assert_eq!(status(ODD_ID, &form_encoded(ODD_SECRET)).await, 200);
    let encoded = ODD_ID.replace('Z', "%5a");
    assert_eq!(status(&encoded, &form_encoded(ODD_SECRET)).await, 200);
    // As it stands it means another secret.
    assert_eq!(status(ODD_ID, ODD_SECRET).await, 401);
    assert_eq!(status(ODD_ID, "%ff").await, 400);
}
