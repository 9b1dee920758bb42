use muniment_store::index;
use poem::http::StatusCode;
use poem_openapi::OpenApi;

use super::{
    Event,
    filter::EventFormat,
    form::{CLOUD_EVENT, Form, OneEvent},
    read::Reader,
};
use crate::admin::{
    AdminError, Caller,
    answer::{Answer, Refuses, json, json_as},
    envelope::SingleResponse,
    operations::{ROOT, Tag},
    path::Path,
    schema::Id,
};

#[derive(Default)]
pub struct GetEvent;

impl Refuses for GetEvent {
    const REFUSALS: &'static [(u16, &'static str)] = &[(404, "The event was not found")];
}

#[OpenApi(prefix_path = ROOT, tag = "Tag::Event")]
impl GetEvent {
    /// Get an event
    ///
    /// Its personal data is withheld; the list of events shows it on request.
    #[oai(path = "/events/:id", method = "get", operation_id = "getEvent")]
    async fn call(
        &self,
        caller: Caller,
        form: Form,
        /// The ID of the resource
        id: Path<Id>,
    ) -> Answer<Self, OneEvent> {
        let id = id.0;
        let record = index::event(&caller.app.database, id.0).await?;
        let record =
            record.ok_or_else(|| AdminError::not_found(format!("Event ID {id} not found")))?;
        let reader = Reader::new(caller, false, EventFormat::CloudEvent);
        let event = reader.read(vec![record]).await?.pop();
        let event = event.ok_or_else(|| AdminError::Internal("an event was lost".to_owned()))?;
        Ok(OneEvent(match form {
            Form::CloudEvents => json_as(StatusCode::OK, CLOUD_EVENT, &reader.write(event)),
            Form::Page | Form::Lines | Form::Tail => {
                json(StatusCode::OK, &SingleResponse::new(Event::from(event)))
            }
        })
        .into())
    }
}
