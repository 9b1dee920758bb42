//! A Synapse of the test's own, with SQLite, at a free port.

use std::{
    fs::File,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use muniment_tests::{LIMIT, browser::Answer};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

pub const NAME: &str = "example.com";
pub const SECRET: &str = "what-synapse-and-we-share";

/// Asks again and again until there is an answer.
pub async fn until<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        let mut pace = tokio::time::interval(Duration::from_millis(50));
        loop {
            pace.tick().await;
            if let Some(found) = probe().await {
                return found;
            }
        }
    };
    let Ok(found) = tokio::time::timeout(LIMIT, asking).await else {
        panic!("{what}: not within {} s", LIMIT.as_secs());
    };
    found
}

/// A port for a homeserver that is to be started.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A running Synapse; killed when dropped.
pub struct Homeserver {
    child: Child,
    base: String,
    log: PathBuf,
    client: reqwest::Client,
}

impl Homeserver {
    /// Starts one that asks the account service at `accounts`, and waits until it answers.
    pub async fn start(python: &Path, folder: &Path, port: u16, accounts: &str) -> Self {
        let folder = folder.join("synapse");
        std::fs::create_dir_all(&folder).unwrap();
        let synapse = || {
            let mut command = Command::new(python);
            command
                .args(["-m", "synapse.app.homeserver", "--config-path"])
                .arg(folder.join("homeserver.yaml"))
                .current_dir(&folder)
                .env("SYNAPSE_ASYNC_IO_REACTOR", "0")
                .stdin(Stdio::null());
            command
        };
        let generated = synapse()
            .args([
                "--server-name",
                NAME,
                "--report-stats",
                "no",
                "--generate-config",
            ])
            .arg("--data-directory")
            .arg(&folder)
            .output()
            .unwrap();
        let complaint = String::from_utf8_lossy(&generated.stderr);
        assert!(generated.status.success(), "no configuration: {complaint}");
        // JSON is YAML.
        let ours = json!({
            "listeners": [{
                "port": port,
                "type": "http",
                "bind_addresses": ["127.0.0.1"],
                "resources": [{ "names": ["client"], "compress": false }],
            }],
            "matrix_authentication_service": {
                "enabled": true,
                "endpoint": accounts,
                "secret": SECRET,
            },
            "trusted_key_servers": [],
            "suppress_key_server_warning": true,
        });
        let overrides = folder.join("overrides.yaml");
        std::fs::write(&overrides, ours.to_string()).unwrap();
        let log = folder.join("output.log");
        let output = File::create(&log).unwrap();
        let child = synapse()
            .arg("--config-path")
            .arg(&overrides)
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        let client = reqwest::Client::builder().no_proxy().timeout(LIMIT);
        let mut started = Self {
            child,
            base: format!("http://127.0.0.1:{port}"),
            log,
            client: client.build().unwrap(),
        };
        until("Synapse is up", async || {
            if let Some(status) = started.child.try_wait().unwrap() {
                panic!("Synapse ended with {status}");
            }
            let health = started.client.get(format!("{}/health", started.base));
            let answer = health.send().await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
        started
    }

    pub fn kill(&mut self) {
        // What has ended already is no error here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn request(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        request.bearer_auth(token)
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        Answer::to(self.request(Method::GET, path, token)).await
    }

    /// The body of a good answer.
    pub async fn read(&self, path: &str, token: &str) -> Value {
        let answer = self.get(path, token).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    pub async fn write(&self, method: Method, path: &str, token: &str, body: &Value) -> Value {
        let answer = Answer::to(self.request(method, path, token).json(body)).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    /// Who a token speaks for, by Synapse's own word: user and device.
    pub async fn whoami(&self, token: &str) -> (String, String) {
        let found = self.read("/_matrix/client/v3/account/whoami", token).await;
        let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
        (text("user_id"), text("device_id"))
    }

    /// That a token is refused as one that is not good.
    pub async fn refuses(&self, token: &str) -> bool {
        let answer = self.get("/_matrix/client/v3/account/whoami", token).await;
        assert!(matches!(answer.status, 200 | 401), "{answer:?}");
        answer.status == 401 && answer.json()["errcode"] == "M_UNKNOWN_TOKEN"
    }
}

impl Drop for Homeserver {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().rev().take(40).collect();
            eprintln!("Synapse's last words:");
            for line in lines.iter().rev() {
                eprintln!("{line}");
            }
        }
    }
}
