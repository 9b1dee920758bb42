//! The schema, put together from queries and mutations.

use async_graphql::{EmptySubscription, SDLExportOptions};

use super::{mutations::Mutation, queries::Query, types::CreationEvent};

pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// Nesting is limited by the engine: 32 levels of selections, 64 while parsing.
pub fn build() -> Schema {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
        .register_output_type::<CreationEvent>()
        .finish()
}

/// The schema as text, the same from run to run.
pub fn schema_sdl() -> String {
    let options = SDLExportOptions::new()
        .prefer_single_line_descriptions()
        .use_space_ident();
    let mut sdl = build().sdl_with_options(options);
    if !sdl.ends_with('\n') {
        sdl.push('\n');
    }
    sdl
}

#[cfg(test)]
mod contract_tests;
