use super::{load, problem, problems};

const ID: &str = "01HV3JZ6Y0000000000000000A";

fn listener(rest: &str) -> String {
    format!(
        "http: {{listeners: [{{binds: [{{address: '[::1]:80'}}], resources: [{{name: oauth}}], {rest}}}]}}"
    )
}

fn client(rest: &str) -> String {
    format!("clients: [{{client_id: {ID}, client_auth_method: {rest}}}]")
}

#[test]
fn public_addresses_are_checked() {
    for (url, part) in [
        ("ftp://h/", "must start with http:// or https://"),
        ("https://h/?a=b", "must have no query"),
        ("https://h/#a", "must have no query"),
        ("https://u:p@h/", "must hold no user name or password"),
    ] {
        for key in ["public_base", "issuer"] {
            let text = problem(&format!("http: {{{key}: '{url}'}}"));
            assert!(text.starts_with(&format!("http.{key}: {part}")), "{text}");
        }
    }
    let text = problem("http: {listeners: [{binds: [{fd: 0}], resources: [{name: oauth}]}]}");
    assert!(text.starts_with("http.public_base: missing"), "{text}");
    assert!(problem("http: {max_request_body: 0}").contains("at least 1"));
    for seconds in [0, 3599, 34_560_001] {
        let text = problem(&format!("http: {{session_cookie_lifetime: {seconds}}}"));
        assert!(text.contains("from 3600 to 34560000"), "{text}");
    }
}

#[test]
fn listeners_are_checked() {
    assert!(problem(&listener("prefix: id")).contains("expected a path such as /auth"));
    let text = problem(&listener("tls: {certificate: PEM}"));
    assert_eq!(
        text,
        "http.listeners[0].tls.key: missing; give `key` or `key_file`"
    );
    let one = "{name: a, binds: [{address: '[::1]:80'}], resources: [{name: oauth}]}";
    assert_eq!(
        problem(&format!("http: {{listeners: [{one}, {one}]}}")),
        "http.listeners[1].name: `a` names another listener too; choose another"
    );
    assert_eq!(
        problems("http: {public_base: 'http://h', listeners: [{binds: [], resources: []}]}").len(),
        2
    );
}

#[test]
fn binds_and_resources_are_checked() {
    let bind = |bind: &str| {
        problem(&format!(
            "http: {{listeners: [{{binds: [{{{bind}}}], resources: [{{name: oauth}}]}}]}}"
        ))
    };
    assert!(bind("address: 'localhost:80'").contains("for a name, use `host` and `port`"));
    assert!(bind("address: '[::1]:80', port: 1").contains("give exactly one of"));
    assert!(bind("host: a").contains("give exactly one of"));
    assert!(bind("host: a, port: 65536").contains("binds[0]"));
    assert!(bind("socket: /a, mode: '999'").contains("octal"));
    assert!(bind("fd: 0, mode: '600'").contains("belongs to a `socket`"));
    let resource = |resources: &str| {
        problem(&format!(
            "http: {{listeners: [{{binds: [{{address: '[::1]:80'}}], resources: [{resources}]}}]}}"
        ))
    };
    assert_eq!(
        resource("{name: grpc}"),
        "http.listeners[0].resources[0]: found the name `grpc`, expected one of discovery, human, \
         oauth, compat, graphql, adminapi, health, assets, prometheus, connection-info"
    );
    assert!(resource("{name: oauth, playground: true}").contains("belong to `name: graphql`"));
    assert!(resource("{name: oauth}, {name: oauth}").contains("is listed twice"));
}

#[test]
fn the_database_is_checked() {
    for (yaml, part) in [
        (
            "uri: 'mysql://h'",
            "uri: expected sqlite://PATH, postgres://",
        ),
        ("uri: 'sqlite://'", "uri: names no file"),
        (
            "uri: 'postgres://h/d', host: h",
            "host: give either `uri` or the separate keys",
        ),
        (
            "host: a, socket: /b",
            "socket: give either `host` or `socket`",
        ),
        ("port: 0", "port: must be from 1"),
        ("max_connections: 0", "max_connections: must be at least 1"),
        (
            "min_connections: 11",
            "min_connections: must be at most max_connections (10)",
        ),
        ("connect_timeout: 0", "connect_timeout: must be at least 1"),
    ] {
        let text = problem(&format!("database: {{{yaml}}}"));
        assert!(text.starts_with(&format!("database.{part}")), "{text}");
    }
}

#[test]
fn encryption_is_exactly_64_hexadecimal_digits() {
    for value in ["ab", "zz", &"ab".repeat(33), &"zz".repeat(32)] {
        let text = problem(&format!("secrets: {{encryption: {value}}}"));
        assert!(
            text.contains("expected exactly 64 hexadecimal digits"),
            "{text}"
        );
    }
}

#[test]
fn previous_secrets_are_read_and_checked() {
    let hex = "ab".repeat(32);
    let config = load(&format!(
        "secrets: {{previous_encryption: [{{key: {hex}}}]}}"
    ))
    .config;
    let keys: Vec<_> = config.secrets.previous_encryption_keys().collect();
    assert_eq!(keys[0].expose(), &[0xab; 32]);
    assert_eq!(
        problem("secrets: {previous_encryption: [{}]}"),
        "secrets.previous_encryption[0].key: missing; give `key` or `key_file`"
    );
    let text = problem("secrets: {previous_encryption: [{key: abcd}]}");
    assert!(
        text.contains("previous_encryption[0].key: expected exactly 64"),
        "{text}"
    );
}

#[test]
fn clients_are_checked() {
    for (rest, part) in [
        (
            "client_secret_basic",
            "client_secret: missing; client_secret_basic needs",
        ),
        (
            "client_secret_post, client_secret: ''",
            "client_secret: must not be empty",
        ),
        (
            "client_secret_jwt, client_secret: a, jwks_uri: 'https://h/'",
            "jwks_uri: not allowed with client_secret_jwt",
        ),
        (
            "none, client_secret: a",
            "client_secret: not allowed with none",
        ),
        (
            "private_key_jwt",
            "jwks: private_key_jwt needs exactly one of",
        ),
        (
            "private_key_jwt, jwks_uri: 'https://h/', client_secret: a",
            "client_secret: not allowed with private_key_jwt",
        ),
        ("private_key_jwt, jwks: {a: 1}", "jwks: expected a JWK set"),
        (
            "private_key_jwt, jwks: {keys: [{kty: EC, d: abc}]}",
            "jwks.keys[0]: holds a private key",
        ),
        (
            "none, redirect_uris: ['https://h/#a']",
            "redirect_uris[0]: must have no fragment",
        ),
        (
            "none, client_uri: 'ftp://h/'",
            "client_uri: must start with https://",
        ),
    ] {
        let text = problem(&client(rest));
        assert!(text.starts_with(&format!("clients[0].{part}")), "{text}");
    }
    let both = problems(&client(
        "private_key_jwt, jwks: {keys: []}, jwks_uri: 'https://h/'",
    ));
    assert_eq!(
        both,
        ["clients[0].jwks: private_key_jwt needs exactly one of `jwks` and `jwks_uri`"]
    );
}

#[test]
fn a_secret_and_its_file_exclude_each_other() {
    let text = problem(&client(
        "client_secret_basic, client_secret: a, client_secret_file: /b",
    ));
    assert_eq!(
        text,
        "clients[0].client_secret_file: give either `client_secret` or `client_secret_file`, not both"
    );
    let text = problem(&client(
        "client_secret_basic, client_secret_file: /nowhere/secret",
    ));
    assert_eq!(
        text,
        "clients[0].client_secret_file: cannot read /nowhere/secret: No such file or directory \
         (os error 2)"
    );
    for yaml in [
        "database: {password: a, password_file: /b}",
        "secrets: {encryption: a, encryption_file: /b}",
        "secrets: {keys: [{key: a, key_file: /b}]}",
        "passwords: {schemes: [{version: 1, algorithm: argon2id, secret: a, secret_file: /b}]}",
        "matrix: {kind: synapse, secret: a, secret_file: /b}",
        "captcha: {service: hcaptcha, site_key: a, secret_key: a, secret_key_file: /b}",
        "email: {password: a, password_file: /b}",
    ] {
        let all = problems(yaml);
        assert!(
            all.iter().any(|text| text.contains("not both")),
            "{yaml}: {all:?}"
        );
    }
}

#[test]
fn limits_of_graphql_are_checked() {
    for key in ["max_depth", "max_complexity", "timeout"] {
        let text = problem(&format!("graphql: {{{key}: 0}}"));
        let wanted = format!("graphql.{key}: must be at least 1");
        assert!(text.starts_with(&wanted), "{text}");
    }
    let early = problem("graphql: {bearer_sunset: 2025-12-31}");
    let wanted = "graphql.bearer_sunset: must not be before 2026-01-01";
    assert!(early.starts_with(wanted), "{early}");
    assert!(problem("graphql: {bearer_sunset: soon}").starts_with("graphql.bearer_sunset"));
}

#[test]
fn what_is_about_sign_ins_and_sessions_is_checked() {
    for (yaml, part) in [
        (
            "passwords: {schemes: [{version: 1, algorithm: argon2id}, {version: 1, algorithm: bcrypt}]}",
            "passwords.schemes[1].version: version 1 is used twice",
        ),
        (
            "passwords: {schemes: [{version: 1, algorithm: bcrypt, cost: 3}]}",
            "passwords.schemes[0].cost: found `3`, expected a number from 4 to 31",
        ),
        (
            "passwords: {schemes: []}",
            "passwords.schemes: must hold a scheme",
        ),
        (
            "experimental: {session_limit: {soft_limit: 3, hard_limit: 2}}",
            "experimental.session_limit.hard_limit: found `2`, expected at least soft_limit (3)",
        ),
        (
            "experimental: {session_limit: {soft_limit: 1, hard_limit: 1, dangerous_hard_limit_eviction: true}}",
            "experimental.session_limit.hard_limit: must be at least 2",
        ),
        (
            "experimental: {access_token_ttl: 59}",
            "experimental.access_token_ttl: found `59`, expected seconds from 60 to 86400",
        ),
        (
            "experimental: {compat_token_ttl: 86401}",
            "experimental.compat_token_ttl: found `86401`",
        ),
        (
            "experimental: {inactive_session_expiration: {ttl: 599}}",
            "experimental.inactive_session_expiration.ttl: found `599`, expected seconds from 600",
        ),
        (
            "rate_limiting: {registration: {burst: 1, per_second: 0}}",
            "rate_limiting.registration.per_second: found `0`, expected a number above 0",
        ),
        (
            "rate_limiting: {login: {per_ip: {burst: 1, per_second: -1}}}",
            "rate_limiting.login.per_ip.per_second: found `-1`",
        ),
    ] {
        let text = problem(yaml);
        assert!(text.starts_with(part), "{text}");
    }
}

#[test]
fn what_concerns_others_and_the_looks_is_checked() {
    for (yaml, part) in [
        (
            "email: {transport: smtp, mode: plain}",
            "email.hostname: missing; transport smtp needs",
        ),
        (
            "email: {transport: smtp, hostname: a, mode: tls, username: a}",
            "email.password: missing; give both",
        ),
        (
            "captcha: {service: hcaptcha, site_key: a}",
            "captcha.secret_key: missing",
        ),
        ("matrix: {kind: synapse}", "matrix.secret: missing"),
        (
            "matrix: {homeserver: 'https://h'}",
            "matrix.homeserver: found the text `https://h`",
        ),
        (
            "event_store: {kind: eventstoredb}",
            if cfg!(feature = "eventstoredb") {
                "event_store.uri: missing"
            } else {
                "event_store.kind: eventstoredb is not in this build"
            },
        ),
        (
            "policy: {data: {admin_clients: [me]}}",
            "policy.data.admin_clients[0]: found the text",
        ),
        (
            "policy: {data: {admin_users: me}}",
            "policy.data.admin_users: expected a list",
        ),
        (
            "branding: {tos_uri: 'ftp://h/'}",
            "branding.tos_uri: must start with",
        ),
        (
            "branding: {accent_color: '#ffee00'}",
            "branding.accent_color: too light to be read on white",
        ),
        (
            "branding: {accent_color: blue}",
            "branding.accent_color: expected a colour such as `#3b4fb8`",
        ),
        (
            "audit: {checkpoint_interval: 0}",
            "audit.checkpoint_interval: must be from 1 to 86400",
        ),
        (
            "audit: {origin: 'a b'}",
            "audit.origin: must not be empty, and have no white space",
        ),
        (
            "audit: {signing_key: nonsense}",
            "audit.signing_key: not an Ed25519 key in PEM",
        ),
        (
            "audit: {signing_key_file: /nowhere}",
            "audit.signing_key_file: cannot read /nowhere",
        ),
        (
            "oauth: {refresh_token_reuse: x}",
            "oauth.refresh_token_reuse: found the text `x`, expected `refuse` or `end_session`",
        ),
        (
            "secrets: {keys: [{kid: a}]}",
            "secrets.keys[0].key: missing; give `key` or `key_file`",
        ),
        (
            "secrets: {keys_dir: /nowhere}",
            "secrets.keys_dir: cannot read the folder /nowhere",
        ),
    ] {
        let text = problem(yaml);
        assert!(text.starts_with(part), "{text}");
    }
}

#[test]
fn a_configured_audit_key_is_read_and_not_shown() {
    // `openssl genpkey -algorithm ed25519`
    let yaml = "audit:\n  signing_key: |\n    -----BEGIN PRIVATE KEY-----\n    \
                MC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\n    \
                -----END PRIVATE KEY-----\n";
    let audit = load(yaml).config.audit;
    let key = audit.signing_key().unwrap();
    assert_eq!(key.expose().len(), 48);
    assert_eq!(audit.checkpoint_interval, 10);
    let shown = serde_json::to_string(&audit).unwrap() + &format!("{audit:?}");
    assert!(!shown.contains("MC4C"), "{shown}");
}

#[test]
#[cfg(feature = "eventstoredb")]
fn eventstoredb_needs_a_connection_string() {
    let text = problem("event_store: {kind: eventstoredb, uri: 'http://h:2113'}");
    assert!(
        text.starts_with("event_store.uri: not a connection string"),
        "{text}"
    );
    let text = problem("event_store: {kind: eventstoredb, uri: 'esdb://h:2113', stream: $all}");
    assert!(text.starts_with("event_store.stream: must name"), "{text}");

    let yaml = "event_store: {kind: eventstoredb, uri: 'esdb://u:secret@h:2113?tls=true'}";
    let config = load(yaml).config;
    let options = config.event_store.options().unwrap();
    assert_eq!(options.uri, "esdb://u:secret@h:2113?tls=true");
    assert_eq!(options.stream, "muniment-log");
    let shown = serde_json::to_string(&config.event_store).unwrap();
    assert!(!shown.contains("secret"), "{shown}");
}

#[test]
fn a_connection_string_without_its_kind_is_warned_of() {
    let found = super::warnings("event_store: {uri: 'esdb://h:2113'}");
    assert_eq!(found, ["event_store.uri: has no use with `kind: database`"]);
}

#[test]
fn what_no_server_starts_with_is_told() {
    let yaml = "http: {public_base: 'http://a/', listeners: [{binds: [{fd: 0}], \
        proxy_protocol: true, tls: {certificate: a, key: b}, resources: [{name: oauth}]}]}";
    let keys: Vec<String> = load(yaml)
        .warnings
        .iter()
        .filter(|warning| warning.message.contains("refuses to start"))
        .map(|warning| warning.key.clone())
        .collect();
    let at = |key: &str| format!("http.listeners[0].{key}");
    assert_eq!(keys, [at("tls"), at("proxy_protocol"), at("binds[0].fd")]);
}
