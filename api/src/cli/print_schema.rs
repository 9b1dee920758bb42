//! `muniment print-schema`: the generated documents that are committed with the source.

mod events;

use clap::{Args, ValueEnum};

use super::CliError;

#[derive(Debug, Args)]
pub struct PrintSchema {
    #[arg(value_enum)]
    which: Which,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Which {
    Graphql,
    Openapi,
    Events,
}

/// What each type of event says, in Markdown.
pub fn events() -> String {
    events::catalogue()
}

impl PrintSchema {
    pub fn run(self) -> Result<(), CliError> {
        match self.which {
            Which::Graphql => out!("{}", crate::graphql::schema_sdl()),
            Which::Events => out!("{}", events::catalogue()),
            Which::Openapi => {
                let document = serde_json::to_string_pretty(&crate::admin::openapi_document(None))
                    .map_err(|error| CliError::Failed(error.to_string()))?;
                outln!("{document}");
            }
        }
        Ok(())
    }
}
