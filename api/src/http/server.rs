//! Listening, and stopping without dropping what was accepted.

use std::{net::TcpListener as StdListener, sync::Arc, time::Duration};

use poem::{
    Server,
    listener::{AcceptorExt as _, BoxAcceptor, Listener as _, TcpAcceptor, UnixListener},
};
use tokio::{sync::watch, task::JoinSet};

use super::routes::routes;
use crate::{
    app::App,
    config::{Bind, Config, Listener},
};

/// How long requests under way may take after the signal to stop.
const GRACE: Duration = Duration::from_secs(30);
/// Connections that say nothing for this long are closed.
const IDLE: Duration = Duration::from_secs(120);

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(
        "cannot listen on {address} (listener {listener}): {source}; is another server running \
         there? stop it, or choose another address under http.listeners"
    )]
    Bind {
        listener: String,
        address: String,
        source: std::io::Error,
    },
    #[error("listener {listener}: {what} is not supported by this version; use a reverse proxy")]
    Unsupported {
        listener: String,
        what: &'static str,
    },
    #[error("the server failed: {0}")]
    Server(#[from] std::io::Error),
}

/// Every socket of the configuration, open.
pub struct Bound {
    sockets: Vec<(BoxAcceptor, Listener)>,
    /// Where to reach them, for people.
    pub addresses: Vec<String>,
}

/// Opens every socket, so that nothing is served when one of them cannot be had.
pub async fn bind(config: &Config) -> Result<Bound, ServeError> {
    let mut bound = Bound {
        sockets: Vec::new(),
        addresses: Vec::new(),
    };
    for listener in &config.http.listeners {
        check_supported(listener)?;
        for bind in &listener.binds {
            let (acceptor, address) = open(listener, bind).await?;
            bound.addresses.push(address);
            bound.sockets.push((acceptor, listener.clone()));
        }
    }
    Ok(bound)
}

fn check_supported(listener: &Listener) -> Result<(), ServeError> {
    let unsupported = |what| {
        Err(ServeError::Unsupported {
            listener: listener.name.clone(),
            what,
        })
    };
    if listener.tls.is_some() {
        return unsupported("tls");
    }
    if listener.proxy_protocol {
        return unsupported("proxy_protocol");
    }
    Ok(())
}

async fn open(listener: &Listener, bind: &Bind) -> Result<(BoxAcceptor, String), ServeError> {
    let failed = |source| ServeError::Bind {
        listener: listener.name.clone(),
        address: bind.to_string(),
        source,
    };
    let tcp = |socket: std::io::Result<StdListener>| {
        let socket = socket.map_err(failed)?;
        socket.set_nonblocking(true).map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        let acceptor = TcpAcceptor::from_std(socket).map_err(failed)?;
        Ok((acceptor.boxed(), format!("http://{address}")))
    };
    match bind {
        Bind::Address(address) => tcp(StdListener::bind(address)),
        Bind::Host { host, port } => tcp(StdListener::bind((host.as_str(), *port))),
        Bind::Socket { path, mode } => {
            let mut socket = UnixListener::bind(path);
            if let Some(mode) = mode {
                use std::os::unix::fs::PermissionsExt;
                socket = socket.with_permissions(std::fs::Permissions::from_mode(*mode));
            }
            let acceptor = socket.into_acceptor().await.map_err(failed)?;
            Ok((acceptor.boxed(), format!("unix:{}", path.display())))
        }
        Bind::Fd { .. } => Err(ServeError::Unsupported {
            listener: listener.name.clone(),
            what: "a passed file descriptor",
        }),
    }
}

/// Serves until `stop` resolves, then finishes the requests under way.
pub async fn serve(
    app: Arc<App>,
    config: &Config,
    bound: Bound,
    stop: impl Future<Output = ()>,
) -> Result<(), ServeError> {
    let (stopping, stopped) = watch::channel(false);
    let mut servers = JoinSet::new();
    for (acceptor, listener) in bound.sockets {
        let endpoint = routes(&app, &listener, config);
        let mut stopped = stopped.clone();
        servers.spawn(
            Server::new_with_acceptor(acceptor)
                .name(listener.name)
                .idle_timeout(IDLE)
                .run_with_graceful_shutdown(
                    endpoint,
                    async move {
                        // The sender is dropped only after it has sent.
                        let _sent = stopped.wait_for(|stop| *stop).await.is_ok();
                    },
                    Some(GRACE),
                ),
        );
    }
    tokio::select! {
        () = stop => tracing::info!("stopping: finishing the requests under way"),
        Some(ended) = servers.join_next() => ended.map_err(std::io::Error::other)??,
    }
    // They would not end by themselves.
    app.live.stop();
    // No receiver is left when every server has ended already.
    stopping.send_replace(true);
    while let Some(ended) = servers.join_next().await {
        ended.map_err(std::io::Error::other)??;
    }
    Ok(())
}
