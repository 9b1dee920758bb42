//! GraphQL over HTTP (contract graphql.md 1, with the differences of its README): who is asking
//! comes first, then the form of the request, then the engine.

use std::{sync::Arc, time::Duration};

use muniment_store::log::EventLog;
use poem::{
    Endpoint, EndpointExt, Request, Response, Result,
    http::{Method, StatusCode},
};
use uuid::Uuid;

use super::{
    body,
    calls::caller,
    context::RequestContext,
    cors,
    deprecation::Deprecation,
    event_stream, limits,
    loaders::Loaders,
    operation::{self, Operation},
    playground,
    refusal::Refusal,
    requester::Credentials,
    schema::{self, Schema},
    subscriptions::Begun,
};
use crate::{
    app::App,
    config,
    http::{ClientIp, CorrelationId, Routes, accepts_event_stream},
    locale::Locale,
    web::{CookieManager, Cookies},
};

/// How one listener serves GraphQL (contract graphql.md 1.1).
#[derive(Debug, Clone)]
pub struct GraphqlOptions {
    /// Serve GraphiQL.
    pub playground: bool,
    /// Accept bearer tokens.
    pub bearer_access: bool,
    /// Of the listener; empty for none.
    pub prefix: String,
    /// Bytes of a request's body.
    pub max_body: usize,
    /// Of an operation.
    pub limits: config::Graphql,
}

/// `/graphql`, and `/graphql/playground` where wanted.
pub fn routes(app: Arc<App>, options: GraphqlOptions) -> Routes {
    let GraphqlOptions {
        playground,
        bearer_access,
        prefix,
        max_body,
        limits,
    } = options;
    let prefix = prefix.trim_end_matches('/');
    let manager = CookieManager::new(app.cookies.clone());
    let route = Routes::default().at(
        "/graphql",
        Graphql {
            schema: schema::build(&limits),
            app,
            bearer_access,
            max_body,
            deprecation: Deprecation::new(prefix, limits.bearer_sunset),
            limits,
        }
        .with(manager),
    );
    if playground {
        playground::add(route)
    } else {
        route
    }
}

struct Graphql {
    schema: Schema,
    app: Arc<App>,
    bearer_access: bool,
    max_body: usize,
    limits: config::Graphql,
    deprecation: Deprecation,
}

impl Endpoint for Graphql {
    type Output = Response;

    async fn call(&self, request: Request) -> Result<Response> {
        let correlation_id = request
            .extensions()
            .get::<CorrelationId>()
            .map_or_else(Uuid::nil, |id| id.0);
        let head = request.method() == Method::HEAD;
        let answered = match *request.method() {
            Method::OPTIONS => Ok(cors::preflight()),
            Method::GET | Method::HEAD | Method::POST => self.answer(request, correlation_id).await,
            _ => Err(Refusal::Method),
        };
        let mut response = answered.unwrap_or_else(|refusal| refusal.into_response(correlation_id));
        cors::allow_any_origin(&mut response);
        if head {
            response.set_body(());
        }
        Ok(response)
    }
}

impl Graphql {
    async fn answer(
        &self,
        mut request: Request,
        correlation_id: Uuid,
    ) -> Result<Response, Refusal> {
        let ClientIp(client_ip) = ClientIp::known(&request);
        let credentials = Credentials {
            headers: std::mem::take(request.headers_mut()),
            cookies: request.extensions().get::<Cookies>().cloned(),
            client_ip,
            bearer_access: self.bearer_access,
        };
        let identified = credentials.identify(&self.app).await?;
        identified.requester.record_use(&self.app, client_ip);
        let by_post = request.method() == Method::POST;
        let mut graphql = if by_post {
            body::from_post(request.take_body(), &credentials.headers, self.max_body).await?
        } else {
            body::from_get(&request)?
        };
        let operation = Operation::of(&mut graphql);
        if identified.by_bearer
            && let Some(caller) = caller(&identified.requester)
        {
            let calls = operation::calls(&mut graphql);
            let present = self.app.present();
            let now = present.clock.now();
            present.graphql_calls.record(caller, &calls, now);
        }
        if !by_post && operation.as_ref().is_some_and(Operation::is_mutation) {
            return Err(Refusal::MutationByGet);
        }
        if let Ok(document) = graphql.parsed_query() {
            limits::check(document, &self.limits)?;
        }
        let changes = operation.as_ref().is_some_and(Operation::is_mutation);
        let follows = operation.as_ref().is_some_and(Operation::is_subscription);
        if let Some(past) = &self.app.past
            && (changes || follows)
        {
            return Err(Refusal::Past(past.at));
        }
        if follows && !accepts_event_stream(&credentials.headers) {
            return Err(Refusal::EventStream);
        }
        let by_bearer = identified.by_bearer;
        let (app, requester) = (self.app.clone(), &identified.requester);
        let (loaders, batches) =
            Loaders::new(app, requester, correlation_id, !(changes || follows)).await;
        let context = RequestContext {
            app: self.app.clone(),
            requester: identified.requester,
            correlation_id,
            client_ip,
            cookies: credentials.cookies.clone(),
            locale: Locale::of(&credentials.headers),
            loaders: Arc::new(loaders),
            shown: Arc::default(),
        };
        if follows {
            let begun = Begun {
                // Before the answer begins: all that happens after a client sees it begin is told.
                at: self.app.log.head().await?,
                credentials,
            };
            let graphql = graphql.data(context).data(Arc::new(begun));
            let answers = self.schema.execute_stream(graphql);
            let mut response = event_stream::respond(batches.fetch_while(answers));
            self.tell_of(&mut response, by_bearer, operation);
            return Ok(response);
        }
        // Of today, nothing is recorded.
        let looking_back = self.app.past.is_some().then(|| context.clone());
        let answer = batches.fetch_for(self.schema.execute(graphql.data(context)));
        let answer = if changes {
            answer.await
        } else {
            let seconds = self.limits.timeout;
            tokio::time::timeout(Duration::from_secs(seconds), answer)
                .await
                .map_err(|_| Refusal::TimedOut { seconds })?
        };
        if let Some(context) = looking_back {
            context.record_shown().await?;
        }
        let mut response = json(StatusCode::OK, &answer).map_err(Refusal::Answer)?;
        self.tell_of(&mut response, by_bearer, operation);
        Ok(response)
    }

    /// Adds what an answer says besides what was asked for: to the client, and to the log.
    fn tell_of(&self, response: &mut Response, by_bearer: bool, operation: Option<Operation>) {
        if by_bearer {
            self.deprecation.tell(response);
        }
        if let Some(operation) = operation {
            response.extensions_mut().insert(operation);
        }
    }
}

/// An answer in JSON.
pub fn json(
    status: StatusCode,
    body: &impl serde::Serialize,
) -> Result<Response, serde_json::Error> {
    Ok(Response::builder()
        .status(status)
        .content_type("application/json")
        .body(serde_json::to_vec(body)?))
}
