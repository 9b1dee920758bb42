//! The schema, put together from queries, mutations and subscriptions.

use async_graphql::SDLExportOptions;

use super::{
    mutations::Mutation, queries::Query, subscriptions::Subscription, types::CreationEvent,
};
use crate::config;

pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Nesting is limited by the engine, too: 32 levels of selections, 64 while parsing.
pub fn build(limits: &config::Graphql) -> Schema {
    let schema = Schema::build(
        Query::default(),
        Mutation::default(),
        Subscription::default(),
    )
    .register_output_type::<CreationEvent>()
    .limit_depth(limits.max_depth)
    .limit_complexity(limits.max_complexity);
    if limits.introspection {
        schema.finish()
    } else {
        schema
            .disable_introspection()
            .disable_suggestions()
            .finish()
    }
}

/// The schema as text, the same from run to run.
pub fn schema_sdl() -> String {
    let options = SDLExportOptions::new()
        .prefer_single_line_descriptions()
        .use_space_ident();
    let mut sdl = build(&config::Graphql::default()).sdl_with_options(options);
    if !sdl.ends_with('\n') {
        sdl.push('\n');
    }
    sdl
}

#[cfg(test)]
mod contract_tests;
