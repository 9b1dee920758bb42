use std::{ffi::OsString, fs, path::PathBuf, time::Duration};

use super::{SAMPLE, load, warnings};
use crate::config::{
    Algorithm, Bind, Config, Environment, GraphqlAccess, Resource, SmtpMode, Transport,
};

fn environment(data_dir: &std::path::Path) -> Environment {
    Environment {
        config: None,
        data_dir: data_dir.to_owned(),
    }
}

#[test]
fn the_conformance_sample_loads() {
    let loaded = load(SAMPLE);
    assert_eq!(warnings(SAMPLE), Vec::<String>::new());
    let config = loaded.config;
    assert_eq!(config.http.public_base.as_str(), "http://127.0.0.1:8180/");
    let listener = &config.http.listeners[0];
    assert_eq!(listener.binds[0].to_string(), "127.0.0.1:8180");
    assert_eq!(listener.resources.len(), 8);
    let access = listener.graphql().unwrap();
    assert!(access.playground && access.undocumented_oauth2_access);
    assert_eq!(
        config.database.connection_uri().expose(),
        "postgres://muniment:hunter2@127.0.0.1/muniment"
    );
    assert_eq!(config.matrix.homeserver, "localhost");
    assert_eq!(config.email.transport, Transport::Smtp);
    assert_eq!(config.email.mode, Some(SmtpMode::Plain));
    assert_eq!(config.email.port(), 2526);
    assert_eq!(
        config.clients[0].client_secret.as_ref().unwrap().expose(),
        "secret"
    );
    assert!(
        config
            .policy
            .admin_clients()
            .contains(&config.clients[0].client_id)
    );
    assert_eq!(
        config.policy.data["client_registration"]["allow_insecure_uris"],
        true
    );
    assert!(config.password_registration_enabled());
    assert!((config.rate_limiting.registration.per_second - 1000.0).abs() < f64::EPSILON);
    assert!(config.secrets.encryption_key().is_none());
}

#[test]
fn an_empty_file_means_the_defaults() {
    let config = load("").config;
    assert_eq!(config.http.public_base.as_str(), "http://127.0.0.1:8080/");
    assert_eq!(config.http.issuer, config.http.public_base);
    assert_eq!(config.http.trusted_proxies.len(), 6);
    assert_eq!(config.http.max_request_body, 1_048_576);
    assert_eq!(config.http.session_cookie_lifetime, 2_592_000);
    let listener = &config.http.listeners[0];
    assert_eq!(listener.name, "web");
    assert!(listener.serves(&Resource::AdminApi) && !listener.serves(&Resource::Prometheus));
    assert_eq!(
        listener.graphql(),
        Some(GraphqlAccess {
            playground: true,
            undocumented_oauth2_access: true
        })
    );
    assert_eq!(
        config.database.connection_uri().expose(),
        "sqlite://data/muniment.db"
    );
    assert_eq!(config.database.max_connections, 10);
    assert_eq!(
        config.database.idle_timeout(),
        Some(Duration::from_secs(600))
    );
    let scheme = config.passwords.current_scheme().unwrap();
    assert_eq!((scheme.version, scheme.algorithm), (1, Algorithm::Argon2id));
    assert!(config.oauth.require_pkce && config.account.email_change_allowed);
    assert!(!config.password_registration_enabled());
    assert_eq!(
        config.email.from.to_string(),
        "\"Authentication Service\" <root@localhost>"
    );
    assert_eq!(
        config.rate_limiting.login.per_ip.period(),
        Duration::from_secs(20)
    );
}

#[test]
fn bearer_access_to_graphql_is_on_unless_switched_off() {
    let access = |flags: &str| {
        let yaml = format!(
            "http: {{listeners: [{{binds: [{{address: '[::1]:80'}}], resources: [{{name: graphql{flags}}}]}}]}}"
        );
        load(&yaml).config.http.listeners[0].graphql().unwrap()
    };
    assert!(access("").undocumented_oauth2_access);
    assert!(!access("").playground);
    assert!(!access(", undocumented_oauth2_access: false").undocumented_oauth2_access);
}

#[test]
fn every_kind_of_bind_is_read() {
    let yaml = "
http:
  public_base: https://auth.example.com/id
  trusted_proxies: [10.1.0.0/16, 192.0.2.7]
  listeners:
    - prefix: /id/
      proxy_protocol: true
      resources: [{name: health}]
      binds:
        - {host: localhost, port: 8081}
        - {socket: /run/muniment.sock, mode: '660'}
        - {fd: 0}
";
    let http = load(yaml).config.http;
    assert_eq!(http.public_base.as_str(), "https://auth.example.com/id/");
    assert_eq!(http.trusted_proxies[1].to_string(), "192.0.2.7/32");
    let listener = &http.listeners[0];
    assert_eq!(listener.name, "listener-0");
    assert_eq!(listener.prefix.as_deref(), Some("/id"));
    let shown: Vec<String> = listener.binds.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["localhost:8081", "unix:/run/muniment.sock", "fd:0"]);
    assert!(matches!(
        listener.binds[1],
        Bind::Socket {
            mode: Some(0o660),
            ..
        }
    ));
}

#[test]
fn the_public_base_follows_the_first_listener() {
    let base = |listener: &str| {
        let yaml = format!("http: {{listeners: [{{{listener}, resources: [{{name: oauth}}]}}]}}");
        load(&yaml).config.http.public_base.to_string()
    };
    assert_eq!(
        base("binds: [{address: '0.0.0.0:9000'}]"),
        "http://localhost:9000/"
    );
    assert_eq!(
        base("binds: [{address: '[::1]:9000'}], prefix: /a"),
        "http://[::1]:9000/a/"
    );
    assert_eq!(
        base("binds: [{fd: 0}, {host: example.com, port: 80}]"),
        "http://example.com/"
    );
}

#[test]
fn the_split_form_of_the_database_becomes_one_uri() {
    let yaml = "
database:
  host: db.example.com
  port: 5433
  username: muniment
  password: 'p@ss/w&rd'
  database: auth
  ssl_mode: verify-full
";
    assert_eq!(
        load(yaml).config.database.connection_uri().expose(),
        "postgres:///?host=db.example.com&port=5433&user=muniment&password=p%40ss%2Fw%26rd\
         &dbname=auth&sslmode=verify-full"
    );
    let yaml = "database: {uri: 'postgres://h/d?a=b', ssl_mode: require, idle_timeout: 0}";
    let database = load(yaml).config.database;
    assert_eq!(
        database.connection_uri().expose(),
        "postgres://h/d?a=b&sslmode=require"
    );
    assert_eq!(database.idle_timeout(), None);
}

#[test]
fn a_later_file_is_merged_over_an_earlier_one() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("a.yaml"), folder.path().join("b.yaml"));
    fs::write(&first, SAMPLE).unwrap();
    fs::write(
        &second,
        "passwords: {minimum_complexity: 1}
clients:
  - {client_id: 01HV3JZ6Y0000000000000000A, client_auth_method: none}
",
    )
    .unwrap();
    let files = [first, second];
    let loaded = Config::load_in(&files, &environment(folder.path())).unwrap();
    assert_eq!(loaded.files, files);
    assert_eq!(loaded.config.passwords.minimum_complexity, 1);
    assert!(loaded.config.passwords.enabled);
    assert_eq!(loaded.config.clients.len(), 2);
}

#[test]
fn a_problem_names_the_file_that_caused_it() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("a.yaml"), folder.path().join("b.yaml"));
    let client = "clients: [{client_id: 01HV3JZ6Y0000000000000000A, client_auth_method: none}]";
    fs::write(&first, client).unwrap();
    fs::write(&second, client).unwrap();
    let error = Config::load_in(&[first, second.clone()], &environment(folder.path())).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{}: clients[1].client_id: 01HV3JZ6Y0000000000000000A is configured twice; remove one",
            second.display()
        )
    );
}

#[test]
fn files_come_from_the_arguments_then_the_environment_then_the_data_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut environment = environment(folder.path());
    assert_eq!(environment.files(&[]), Vec::<PathBuf>::new());
    let local = folder.path().join("config.yaml");
    fs::write(&local, "").unwrap();
    assert_eq!(environment.files(&[]), [local]);
    environment.config = Some(OsString::from("a.yaml::b.yaml"));
    assert_eq!(
        environment.files(&[]),
        [PathBuf::from("a.yaml"), PathBuf::from("b.yaml")]
    );
    let given = [PathBuf::from("c.yaml")];
    assert_eq!(environment.files(&given), given);
}

#[test]
fn a_secret_comes_from_its_file_without_the_last_line_break() {
    let folder = tempfile::tempdir().unwrap();
    let (secret, key) = (folder.path().join("secret"), folder.path().join("key"));
    fs::write(&secret, "hunter2 \r\n").unwrap();
    fs::write(&key, format!("{}\n", "ab".repeat(32))).unwrap();
    let yaml = format!(
        "
secrets: {{encryption_file: '{}'}}
clients:
  - client_id: 01HV3JZ6Y0000000000000000A
    client_auth_method: client_secret_post
    client_secret_file: '{}'
",
        key.display(),
        secret.display()
    );
    let config = load(&yaml).config;
    assert_eq!(
        config.clients[0].client_secret.as_ref().unwrap().expose(),
        "hunter2 "
    );
    assert_eq!(
        config.secrets.encryption_key().unwrap().expose(),
        &[0xab; 32]
    );
}

#[test]
fn a_signing_key_may_be_binary() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key.der");
    fs::write(&file, [0x30, 0xff, 0x00]).unwrap();
    let yaml = format!(
        "secrets: {{keys: [{{kid: a, key_file: '{}'}}, {{key: PEM}}]}}",
        file.display()
    );
    let keys = load(&yaml).config.secrets.keys;
    assert_eq!(keys[0].material(), [0x30, 0xff, 0x00]);
    assert_eq!(keys[1].material(), b"PEM");
}
