//! The real program, as its users start it.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use muniment_store::MasterSecret;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::{LIMIT, TestDatabase};

/// The static client of every test server; it may administrate.
pub const CLIENT_ID: &str = "01JZZZZZZZZZZZZZZZZZZZADMN";
pub const CLIENT_SECRET: &str = "a-secret-of-the-tests";
/// `secrets.encryption` of every test server.
pub const ENCRYPTION: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// The same, for whoever opens a server's database.
#[must_use]
pub fn master() -> MasterSecret {
    master_of(ENCRYPTION)
}

/// What a `secrets.encryption` means.
#[must_use]
pub fn master_of(encryption: &str) -> MasterSecret {
    let mut secret = [0; 32];
    hex::decode_to_slice(encryption, &mut secret).expect("64 hexadecimal digits");
    MasterSecret::new(secret)
}

/// The program under test: `MUNIMENT_BIN`, or what cargo builds now.
pub fn muniment() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        if let Some(program) = std::env::var_os("MUNIMENT_BIN") {
            return program.into();
        }
        let built = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--package",
                "muniment",
                "--bin",
                "muniment",
            ])
            .args(cfg!(feature = "eventstoredb").then_some("--features=eventstoredb"))
            .status()
            .expect("cargo runs");
        assert!(built.success(), "the program does not build");
        // This test lies in <target>/<profile>/deps.
        let test = std::env::current_exe().expect("the test has a path");
        test.ancestors()
            .nth(2)
            .expect("the test lies in a target folder")
            .join("muniment")
    })
}

/// A configuration for a server on any free port, with `extra` lines of YAML after it.
pub fn configuration(uri: &str, extra: &str) -> String {
    // Every test comes from the same address.
    let limits = if extra.contains("rate_limiting:") {
        ""
    } else {
        "rate_limiting:
  login:
    per_ip: {burst: 100000, per_second: 1000}
    per_account: {burst: 100000, per_second: 1000}
  registration: {burst: 100000, per_second: 1000}
  account_recovery:
    per_ip: {burst: 100000, per_second: 1000}
    per_address: {burst: 100000, per_second: 1000}
  email_authentication:
    per_ip: {burst: 100000, per_second: 1000}
    per_address: {burst: 100000, per_second: 1000}
    emails_per_session: {burst: 100000, per_second: 1000}
    attempt_per_session: {burst: 100000, per_second: 1000}"
    };
    format!(
        "http:
  public_base: http://127.0.0.1/
  listeners:
    - name: web
      binds:
        - address: 127.0.0.1:0
      resources:
        - name: discovery
        - name: oauth
        - name: graphql
          playground: true
          undocumented_oauth2_access: true
        - name: adminapi
        - name: health
        - name: prometheus
database:
  uri: '{uri}'
matrix:
  kind: none
  homeserver: example.com
secrets:
  encryption: {ENCRYPTION}
clients:
  - client_id: {CLIENT_ID}
    client_auth_method: client_secret_basic
    client_secret: {CLIENT_SECRET}
policy:
  data:
    admin_clients: [{CLIENT_ID}]
{limits}
{extra}"
    )
}

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct TestServer {
    child: Child,
    /// Of each listener, in the configuration's order; without its prefix.
    bases: Vec<String>,
    config: PathBuf,
    log: PathBuf,
    client: reqwest::Client,
}

impl TestServer {
    /// Starts a server on a database and waits until it is ready.
    pub async fn start(database: &TestDatabase) -> Self {
        Self::start_with(database, "").await
    }

    /// The same, with more lines in the configuration.
    pub async fn start_with(database: &TestDatabase, extra: &str) -> Self {
        let yaml = format!(
            "{}{}",
            configuration(database.uri(), extra),
            database.event_store_section()
        );
        Self::start_configured(database, &yaml).await
    }

    /// The same, with this configuration and no other.
    pub async fn start_configured(database: &TestDatabase, yaml: &str) -> Self {
        Self::start_in(database.folder(), yaml).await
    }

    /// The same, in a folder of its own: for a second server on one database.
    pub async fn start_in(folder: &Path, yaml: &str) -> Self {
        let config = folder.join("config.yaml");
        std::fs::write(&config, yaml).expect("the file is written");
        Self::start_from(folder, &config).await
    }

    /// A second server beside this one, which answers as of a moment.
    pub async fn start_as_of(&self, database: &TestDatabase, moment: &str) -> Self {
        let folder = database.folder().join("past");
        std::fs::create_dir_all(&folder).expect("the folder is made");
        let mut command = program(&folder);
        command.args(["serve", "--as-of", moment, "--listen", "127.0.0.1:0"]);
        Self::start_command(command, &folder, &self.config, "debug,hyper=info").await
    }

    /// A server that finds no more room once a file of its has so many KiB, until
    /// [`TestServer::make_room`].
    pub async fn start_with_little_room(database: &TestDatabase, kib: u32) -> Self {
        let folder = database.folder();
        let config = folder.join("config.yaml");
        std::fs::write(&config, configuration(database.uri(), "")).expect("the file is written");
        let mut shell = program(folder);
        let program = std::mem::replace(&mut shell, Command::new("bash"));
        let script = format!("trap '' XFSZ; ulimit -S -f {kib}; exec \"$0\" \"$@\"");
        shell
            .args(["-c", &script])
            .arg(program.get_program())
            .current_dir(folder)
            .envs(
                program
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .stdin(Stdio::null());
        Self::start_by(shell, folder, &config, "error").await
    }

    /// A server with this configuration that logs errors alone, for measurements.
    pub async fn start_quietly(database: &TestDatabase, yaml: &str) -> Self {
        let folder = database.folder();
        let config = folder.join("config.yaml");
        std::fs::write(&config, yaml).expect("the file is written");
        Self::start_by(program(folder), folder, &config, "error").await
    }

    /// Gives the server all the room there is.
    pub fn make_room(&self) {
        let raised = Command::new("prlimit")
            .arg(format!("--pid={}", self.child.id()))
            .arg("--fsize=unlimited")
            .status()
            .expect("prlimit runs");
        assert!(raised.success());
    }

    async fn start_from(folder: &Path, config: &Path) -> Self {
        Self::start_by(
            program(folder),
            folder,
            config,
            "debug,hyper=info,sqlx=debug",
        )
        .await
    }

    async fn start_by(mut command: Command, folder: &Path, config: &Path, logged: &str) -> Self {
        command.arg("serve");
        Self::start_command(command, folder, config, logged).await
    }

    async fn start_command(
        mut command: Command,
        folder: &Path,
        config: &Path,
        logged: &str,
    ) -> Self {
        let log = folder.join("server.log");
        let mut child = command
            .arg("--config")
            .arg(config)
            .env("RUST_LOG", logged)
            .stdout(Stdio::piped())
            .stderr(
                File::options()
                    .create(true)
                    .append(true)
                    .open(&log)
                    .expect("the log opens"),
            )
            .spawn()
            .expect("the program starts");
        let out = child.stdout.take().expect("standard output is piped");
        let addresses = tokio::task::spawn_blocking(move || {
            BufReader::new(out)
                .lines()
                .map_while(Result::ok)
                .find_map(|line| line.trim().strip_prefix("listening on").map(str::to_owned))
        })
        .await
        .expect("reading does not panic");
        let Some(addresses) = addresses else {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            panic!("the server did not start:\n{log}");
        };
        Self {
            child,
            bases: addresses
                .split(',')
                .map(|base| base.trim().to_owned())
                .collect(),
            config: config.to_owned(),
            log,
            client: reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(LIMIT)
                .build()
                .expect("the client is built"),
        }
    }

    /// Starts again after [`TestServer::kill`] or [`TestServer::stop`], on the same data.
    pub async fn restart(self) -> Self {
        let folder = self
            .config
            .parent()
            .expect("the file has a folder")
            .to_owned();
        let config = self.config.clone();
        drop(self);
        Self::start_from(&folder, &config).await
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill(&mut self) {
        // Killing what has ended already is no error here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM; the exit status.
    pub fn stop(&mut self) -> std::process::ExitStatus {
        signal(&self.child, "-TERM");
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Some(status) = self.child.try_wait().expect("the child can be waited for") {
                return status;
            }
            assert!(Instant::now() < deadline, "the server did not stop");
            std::thread::yield_now();
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// The file of its configuration.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("the log can be read")
    }

    pub fn url(&self, path: &str) -> String {
        self.url_at(0, path)
    }

    /// At another listener than the first.
    pub fn url_at(&self, listener: usize, path: &str) -> String {
        format!("{}{path}", self.bases[listener])
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_at(0, method, path)
    }

    pub fn request_at(&self, listener: usize, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url_at(listener, path))
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// An access token of the static client.
    pub async fn token(&self, scope: &str) -> String {
        let answer: Value = self
            .post("/oauth2/token")
            .basic_auth(CLIENT_ID, Some(CLIENT_SECRET))
            .form(&[("grant_type", "client_credentials"), ("scope", scope)])
            .send()
            .await
            .expect("the token endpoint answers")
            .json()
            .await
            .expect("with JSON");
        answer["access_token"]
            .as_str()
            .unwrap_or_else(|| panic!("no token in {answer}"))
            .to_owned()
    }

    /// A token that may do everything.
    pub async fn admin_token(&self) -> String {
        self.token("urn:mas:admin urn:mas:graphql:*").await
    }

    /// Registers a user by REST; their id.
    pub async fn register(&self, token: &str, username: &str) -> String {
        let response = self
            .post("/api/admin/v1/users")
            .bearer_auth(token)
            .json(&json!({ "username": username }))
            .send()
            .await
            .expect("the server answers");
        assert_eq!(response.status(), 201);
        let body: Value = response.json().await.expect("with JSON");
        body["data"]["id"].as_str().expect("an id").to_owned()
    }

    /// Runs a GraphQL operation; the answer's body.
    pub async fn graphql(&self, token: Option<&str>, query: &str, variables: Value) -> Value {
        let mut request = self
            .post("/graphql")
            .json(&json!({ "query": query, "variables": variables }));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.expect("the server answers");
        assert_eq!(response.status(), 200);
        response.json().await.expect("with JSON")
    }

    /// Runs a command with this server's configuration.
    pub fn command(&self, arguments: &[&str]) -> Output {
        self.command_answering(arguments, "")
    }

    /// The same, for one that asks something.
    pub fn command_answering(&self, arguments: &[&str], answer: &str) -> Output {
        let mut child = self.begin(arguments);
        let mut stdin = child.stdin.take().expect("standard input is piped");
        // It may have ended without reading.
        drop(stdin.write_all(answer.as_bytes()));
        drop(stdin);
        child.wait_with_output().expect("the program ends")
    }
}

impl TestServer {
    /// Begins a command that goes on by itself.
    pub fn begin(&self, arguments: &[&str]) -> Child {
        let folder = self.config.parent().expect("the file has a folder");
        program(folder)
            .args(arguments)
            .arg("--config")
            .arg(&self.config)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs")
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            let complaints = log.lines().filter(|line| line.contains("\"ERROR\""));
            eprintln!("the server's last complaints:");
            for line in complaints.rev().take(10) {
                eprintln!("{line}");
            }
        }
    }
}

/// SIGINT, as by somebody at a terminal.
pub fn interrupt(child: &Child) {
    signal(child, "-INT");
}

fn signal(child: &Child, signal: &str) {
    let sent = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(sent.success());
}

/// The program in a folder of its own, untouched by the caller's settings.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(muniment());
    command
        .current_dir(folder)
        .env_remove("MUNIMENT_CONFIG")
        .env_remove("RUST_LOG")
        .env("MUNIMENT_DATA_DIR", folder.join("muniment-data"))
        .env("USER", "tester")
        .env_remove("SUDO_USER")
        .env_remove("LOGNAME")
        .stdin(Stdio::null());
    command
}

/// What a command wrote to standard output.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("output is text")
}

/// What a command wrote to standard error.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("output is text")
}
