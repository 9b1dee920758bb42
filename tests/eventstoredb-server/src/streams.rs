//! The streams of one node.

use std::{pin::Pin, sync::Arc};

use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming, metadata::MetadataMap};

use crate::{
    cluster::{Fault, Shared},
    memory::{Expected, Proposed, Written},
    protocol::{
        Empty,
        streams::{
            AppendReq, AppendResp, BatchAppendReq, BatchAppendResp, DeleteReq, DeleteResp, ReadReq,
            ReadResp, TombstoneReq, TombstoneResp,
            append_req::{Content, options::ExpectedStreamRevision},
            append_resp::{
                self, Position, Success, WrongExpectedVersion,
                success::{CurrentRevisionOption, PositionOption},
                wrong_expected_version::{
                    CurrentRevisionOption as Current, ExpectedRevisionOption as Wanted,
                },
            },
            streams_server::Streams,
        },
    },
    reading::{self, Request as Reading},
};

/// The real one's default.
const MAX_APPEND_SIZE: usize = 1024 * 1024;

pub struct StreamsOfNode {
    pub shared: Arc<Shared>,
    pub node: usize,
}

impl StreamsOfNode {
    fn check_leader(&self, metadata: &MetadataMap, writes: bool) -> Result<(), Status> {
        let state = self.shared.state();
        let wanted = writes || metadata.get("requires-leader").is_some_and(|v| v == "true");
        if !wanted || state.leader == self.node {
            return Ok(());
        }
        let mut leader = MetadataMap::new();
        leader.insert("exception", "not-leader".parse().map_err(internal)?);
        leader.insert(
            "leader-endpoint-host",
            "127.0.0.1".parse().map_err(internal)?,
        );
        let port = state.ports[state.leader].to_string();
        leader.insert("leader-endpoint-port", port.parse().map_err(internal)?);
        let message = "Leader info available";
        Err(Status::with_metadata(
            tonic::Code::NotFound,
            message,
            leader,
        ))
    }
}

fn internal(error: impl std::fmt::Display) -> Status {
    Status::internal(error.to_string())
}

async fn proposal(
    mut messages: Streaming<AppendReq>,
) -> Result<(String, ExpectedStreamRevision, Vec<Proposed>), Status> {
    let mut options = None;
    let mut events = Vec::new();
    let mut size = 0;
    while let Some(message) = messages.message().await? {
        match message.content {
            Some(Content::Options(given)) => options = Some(given),
            Some(Content::ProposedMessage(event)) => {
                size += event.data.len() + event.custom_metadata.len();
                size += event.metadata.get("type").map_or(0, |name| name.len() * 2);
                events.push(Proposed {
                    id: event
                        .id
                        .and_then(|id| id.parse())
                        .ok_or_else(|| Status::invalid_argument("an event without an id"))?,
                    metadata: event.metadata,
                    custom_metadata: event.custom_metadata,
                    data: event.data,
                });
            }
            None => return Err(Status::invalid_argument("an empty message")),
        }
    }
    if size > MAX_APPEND_SIZE {
        let message = format!("Maximum Append Size of {MAX_APPEND_SIZE} Exceeded.");
        return Err(Status::invalid_argument(message));
    }
    let options = options.ok_or_else(|| Status::invalid_argument("no options"))?;
    let stream = stream_name(options.stream_identifier)?;
    let expected = options
        .expected_stream_revision
        .ok_or_else(|| Status::invalid_argument("no expected revision"))?;
    Ok((stream, expected, events))
}

pub fn stream_name(
    identifier: Option<crate::protocol::StreamIdentifier>,
) -> Result<String, Status> {
    identifier
        .and_then(|identifier| String::from_utf8(identifier.stream_name).ok())
        .ok_or_else(|| Status::invalid_argument("no stream name"))
}

fn answer(written: Written, expected: &ExpectedStreamRevision) -> AppendResp {
    let result = match written {
        Written::At { revision, position } => append_resp::Result::Success(Success {
            current_revision_option: Some(CurrentRevisionOption::CurrentRevision(revision)),
            position_option: Some(PositionOption::Position(Position {
                commit_position: position,
                prepare_position: position,
            })),
        }),
        Written::WrongVersion(current) => {
            append_resp::Result::WrongExpectedVersion(WrongExpectedVersion {
                current_revision_option_20_6_0: None,
                expected_revision_option_20_6_0: None,
                current_revision_option: Some(match current {
                    Some(revision) => Current::CurrentRevision(revision),
                    None => Current::CurrentNoStream(Empty {}),
                }),
                expected_revision_option: Some(match expected {
                    ExpectedStreamRevision::Revision(n) => Wanted::ExpectedRevision(*n),
                    ExpectedStreamRevision::NoStream(_) => Wanted::ExpectedNoStream(Empty {}),
                    ExpectedStreamRevision::Any(_) => Wanted::ExpectedAny(Empty {}),
                    ExpectedStreamRevision::StreamExists(_) => {
                        Wanted::ExpectedStreamExists(Empty {})
                    }
                }),
            })
        }
    };
    AppendResp {
        result: Some(result),
    }
}

#[tonic::async_trait]
impl Streams for StreamsOfNode {
    type ReadStream = ReceiverStream<Result<ReadResp, Status>>;
    type BatchAppendStream = Pin<Box<dyn Stream<Item = Result<BatchAppendResp, Status>> + Send>>;

    async fn read(&self, request: Request<ReadReq>) -> Result<Response<Self::ReadStream>, Status> {
        self.check_leader(request.metadata(), false)?;
        let reading = Reading::parse(request.into_inner())?;
        let (sender, receiver) = tokio::sync::mpsc::channel(64);
        tokio::spawn(reading::answer(self.shared.clone(), reading, sender));
        Ok(Response::new(ReceiverStream::new(receiver)))
    }

    async fn append(
        &self,
        request: Request<Streaming<AppendReq>>,
    ) -> Result<Response<AppendResp>, Status> {
        let fault = {
            let mut state = self.shared.state();
            state.appends += 1;
            state.faults.pop_front()
        };
        self.check_leader(request.metadata(), true)?;
        let (stream, expected, events) = proposal(request.into_inner()).await?;
        match fault {
            Some(Fault::CutBeforeWrite) => {
                self.shared.cut(self.node);
                return Err(Status::unavailable("cut"));
            }
            Some(Fault::Refuse) => return Err(Status::resource_exhausted("the disk is full")),
            Some(Fault::CutAfterWrite | Fault::SilentAfterWrite) | None => {}
        }
        let wanted = match expected {
            ExpectedStreamRevision::Revision(revision) => Expected::Revision(revision),
            ExpectedStreamRevision::NoStream(_) => Expected::NoStream,
            ExpectedStreamRevision::Any(_) => Expected::Any,
            ExpectedStreamRevision::StreamExists(_) => Expected::StreamExists,
        };
        let written = self.shared.state().memory.append(&stream, wanted, events);
        self.shared.written.send_modify(|count| *count += 1);
        match fault {
            Some(Fault::CutAfterWrite) => {
                self.shared.cut(self.node);
                Err(Status::unavailable("cut"))
            }
            Some(Fault::SilentAfterWrite) => std::future::pending().await,
            _ => Ok(Response::new(answer(written, &expected))),
        }
    }

    async fn delete(&self, _: Request<DeleteReq>) -> Result<Response<DeleteResp>, Status> {
        Err(Status::unimplemented("delete"))
    }

    async fn tombstone(&self, _: Request<TombstoneReq>) -> Result<Response<TombstoneResp>, Status> {
        Err(Status::unimplemented("tombstone"))
    }

    async fn batch_append(
        &self,
        _: Request<Streaming<BatchAppendReq>>,
    ) -> Result<Response<Self::BatchAppendStream>, Status> {
        Err(Status::unimplemented("batch append"))
    }
}
