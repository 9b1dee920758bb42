//! Reading a stream or `$all`, once or for as long as the client listens.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::mpsc;
use tonic::Status;

use crate::{
    cluster::Shared,
    memory::{Memory, Stored},
    protocol::{
        StreamIdentifier,
        streams::{
            ReadReq, ReadResp,
            read_req::{
                self,
                options::{
                    CountOption, FilterOption, ReadDirection, StreamOption, all_options::AllOption,
                    filter_options::Filter, stream_options::RevisionOption,
                },
            },
            read_resp::{
                Content, ReadEvent, StreamNotFound, SubscriptionConfirmation,
                read_event::{Position, RecordedEvent},
            },
        },
    },
    streams::stream_name,
};

enum Source {
    Stream(String),
    All,
}

enum From {
    Start,
    End,
    /// A revision, or a position in `$all`.
    At(u64),
}

/// What a client wants to read.
pub struct Request {
    source: Source,
    from: From,
    backwards: bool,
    /// `None`: a subscription.
    count: Option<usize>,
    stream_prefixes: Vec<String>,
}

impl Request {
    pub fn parse(request: ReadReq) -> Result<Self, Status> {
        let invalid = || Status::invalid_argument("an incomplete request");
        let options = request.options.ok_or_else(invalid)?;
        let (source, from) = match options.stream_option.ok_or_else(invalid)? {
            StreamOption::Stream(stream) => {
                let from = match stream.revision_option.ok_or_else(invalid)? {
                    RevisionOption::Revision(revision) => From::At(revision),
                    RevisionOption::Start(_) => From::Start,
                    RevisionOption::End(_) => From::End,
                };
                (Source::Stream(stream_name(stream.stream_identifier)?), from)
            }
            StreamOption::All(all) => {
                let from = match all.all_option.ok_or_else(invalid)? {
                    AllOption::Position(position) => From::At(position.commit_position),
                    AllOption::Start(_) => From::Start,
                    AllOption::End(_) => From::End,
                };
                (Source::All, from)
            }
        };
        Ok(Self {
            source,
            from,
            backwards: options.read_direction == i32::from(ReadDirection::Backwards),
            count: match options.count_option.ok_or_else(invalid)? {
                CountOption::Count(count) => Some(usize::try_from(count).unwrap_or(usize::MAX)),
                CountOption::Subscription(_) => None,
            },
            stream_prefixes: prefixes(options.filter_option)?,
        })
    }

    fn select<'m>(&self, memory: &'m Memory, from: u64) -> Vec<&'m Stored> {
        let mut events = match &self.source {
            Source::Stream(name) => memory.stream_from(name, from),
            Source::All => memory.all_from(from),
        };
        if !self.stream_prefixes.is_empty() {
            events.retain(|event| {
                let mut prefixes = self.stream_prefixes.iter();
                prefixes.any(|prefix| event.stream.starts_with(prefix))
            });
        }
        events
    }

    fn place(&self, event: &Stored) -> u64 {
        match self.source {
            Source::Stream(_) => event.revision,
            Source::All => event.position,
        }
    }

    fn once(&self, memory: &Memory, count: usize) -> Vec<ReadResp> {
        if let Source::Stream(name) = &self.source
            && memory.last_revision(name).is_none()
        {
            return vec![response(Content::StreamNotFound(StreamNotFound {
                stream_identifier: Some(identifier(name)),
            }))];
        }
        let mut events = if self.backwards {
            let mut events = self.select(memory, 0);
            if let From::At(last) = self.from {
                events.retain(|event| self.place(event) <= last);
            }
            events.reverse();
            events
        } else {
            match self.from {
                From::Start => self.select(memory, 0),
                From::At(first) => self.select(memory, first),
                From::End => Vec::new(),
            }
        };
        events.truncate(count);
        events.into_iter().map(read_event).collect()
    }
}

fn prefixes(filter: Option<FilterOption>) -> Result<Vec<String>, Status> {
    let Some(FilterOption::Filter(read_req::options::FilterOptions { filter, .. })) = filter else {
        return Ok(Vec::new());
    };
    match filter {
        Some(Filter::StreamIdentifier(by)) if by.regex.is_empty() => Ok(by.prefix),
        _ => Err(Status::unimplemented("only prefixes of stream names")),
    }
}

type Answers = mpsc::Sender<Result<ReadResp, Status>>;

pub async fn answer(shared: Arc<Shared>, request: Request, answers: Answers) {
    if let Some(count) = request.count {
        let responses = request.once(&shared.state().memory, count);
        for response in responses {
            if answers.send(Ok(response)).await.is_err() {
                return;
            }
        }
    } else {
        subscribe(&shared, &request, &answers).await;
    }
}

async fn subscribe(shared: &Shared, request: &Request, answers: &Answers) {
    let mut written = shared.written.subscribe();
    let confirmation = Content::Confirmation(SubscriptionConfirmation {
        subscription_id: "tests".to_owned(),
    });
    if answers.send(Ok(response(confirmation))).await.is_err() {
        return;
    }
    // A subscription starts after what it names.
    let mut next = match request.from {
        From::Start => 0,
        From::At(seen) => seen + 1,
        From::End => {
            let state = shared.state();
            let last = request.select(&state.memory, 0).last().copied();
            last.map_or(0, |event| request.place(event) + 1)
        }
    };
    loop {
        written.mark_unchanged();
        let responses: Vec<ReadResp> = {
            let state = shared.state();
            let events = request.select(&state.memory, next);
            if let Some(last) = events.last() {
                next = request.place(last) + 1;
            }
            events.into_iter().map(read_event).collect()
        };
        for response in responses {
            if answers.send(Ok(response)).await.is_err() {
                return;
            }
        }
        tokio::select! {
            () = answers.closed() => return,
            changed = written.changed() => if changed.is_err() { return },
        }
    }
}

fn response(content: Content) -> ReadResp {
    ReadResp {
        content: Some(content),
    }
}

fn identifier(name: &str) -> StreamIdentifier {
    StreamIdentifier {
        stream_name: name.as_bytes().to_vec(),
    }
}

fn read_event(stored: &Stored) -> ReadResp {
    let mut metadata: HashMap<String, String> = stored.event.metadata.clone();
    metadata.insert("created".to_owned(), "16423440000000000".to_owned());
    response(Content::Event(ReadEvent {
        event: Some(RecordedEvent {
            id: Some(stored.event.id.into()),
            stream_identifier: Some(identifier(&stored.stream)),
            stream_revision: stored.revision,
            prepare_position: stored.position,
            commit_position: stored.position,
            metadata,
            custom_metadata: stored.event.custom_metadata.clone(),
            data: stored.event.data.clone(),
        }),
        link: None,
        position: Some(Position::CommitPosition(stored.position)),
    }))
}
