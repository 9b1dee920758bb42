//! Which operation of its document a request runs: for the log, and to keep mutations from GET.

use async_graphql::{
    Request,
    parser::types::{DocumentOperations, ExecutableDocument, OperationDefinition, OperationType},
};

use super::called::called;

/// A name is chosen by the client, and may be as long as the request.
const LOGGED_NAME: usize = 100;

/// The operation, as far as it can be told before execution. The response carries it to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    kind: OperationType,
    name: Option<String>,
}

impl Operation {
    /// Nothing where the engine will refuse the request.
    pub fn of(request: &mut Request) -> Option<Self> {
        let (name, _, operation) = chosen(request)?;
        Some(Self {
            kind: operation.ty,
            name,
        })
    }

    /// Its name, cut off where it is too long for a log line.
    pub fn name(&self) -> Option<&str> {
        let name = self.name.as_deref()?;
        // Names are ASCII, or the document would not have been parsed.
        name.get(..LOGGED_NAME).or(Some(name))
    }

    pub fn is_mutation(&self) -> bool {
        self.kind == OperationType::Mutation
    }

    pub fn is_subscription(&self) -> bool {
        self.kind == OperationType::Subscription
    }

    /// `query`, `mutation` or `subscription`.
    pub const fn kind(&self) -> &'static str {
        match self.kind {
            OperationType::Query => "query",
            OperationType::Mutation => "mutation",
            OperationType::Subscription => "subscription",
        }
    }
}

/// The queries or mutations that a request calls.
pub fn calls(request: &mut Request) -> Vec<&'static str> {
    called(chosen(request).map(|(_, document, operation)| (document, operation)))
}

/// Chooses as the engine does: the operation with its document, and with its name where it was chosen
/// by that.
fn chosen(
    request: &mut Request,
) -> Option<(Option<String>, &ExecutableDocument, &OperationDefinition)> {
    let wanted = request.operation_name.clone();
    // The request keeps the parsed document for the engine.
    let document = request.parsed_query().ok()?;
    let (name, operation) = match (&document.operations, wanted) {
        (DocumentOperations::Single(operation), None) => (None, operation),
        (DocumentOperations::Single(_), Some(_)) => return None,
        (DocumentOperations::Multiple(operations), Some(wanted)) => {
            let operation = operations.get(wanted.as_str())?;
            (Some(wanted), operation)
        }
        (DocumentOperations::Multiple(operations), None) => {
            let mut operations = operations.iter();
            match (operations.next(), operations.next()) {
                (Some((name, operation)), None) => (Some(name.to_string()), operation),
                _ => return None,
            }
        }
    };
    Some((name, document, &operation.node))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(query: &str, name: Option<&str>) -> Option<(&'static str, Option<String>)> {
        let mut request = Request::new(query);
        request.operation_name = name.map(ToOwned::to_owned);
        let operation = Operation::of(&mut request)?;
        Some((operation.kind(), operation.name().map(ToOwned::to_owned)))
    }

    #[test]
    fn the_operation_is_the_one_that_the_engine_runs() {
        assert_eq!(of("{a}", None), Some(("query", None)));
        assert_eq!(of("mutation{a}", None), Some(("mutation", None)));
        let two = "query Q{a} mutation M{b}";
        assert_eq!(of(two, Some("M")), Some(("mutation", Some("M".to_owned()))));
        assert_eq!(of(two, Some("Q")), Some(("query", Some("Q".to_owned()))));
        assert_eq!(
            of("mutation M{b}", None),
            Some(("mutation", Some("M".to_owned())))
        );
    }

    #[test]
    fn where_the_engine_will_refuse_there_is_none() {
        let two = "query Q{a} mutation M{b}";
        assert_eq!(of(two, None), None);
        assert_eq!(of(two, Some("X")), None);
        assert_eq!(of("{a}", Some("X")), None);
        assert_eq!(of("{", None), None);
    }

    #[test]
    fn a_long_name_is_cut_off_for_the_log() {
        let (_, name) = of(&format!("query {}{{a}}", "q".repeat(101)), None).unwrap();
        assert_eq!(name, Some("q".repeat(100)));
    }
}
