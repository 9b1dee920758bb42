//! The schema as graphql-codegen reads it, which writes the types of most applications that speak
//! GraphQL. Needs Node.js and npm.

use std::path::Path;

use muniment_tests::node;

#[tokio::test]
async fn types_are_generated_without_a_warning() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = root.join("../schema.graphql");
    let documents = root.join("fixtures/account-pages");
    let variables = [
        ("SCHEMA", schema.to_str().unwrap()),
        ("DOCUMENTS", documents.to_str().unwrap()),
    ];
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let printed = node::run(target, "codegen.mjs", &variables).await;
    assert_eq!(printed, "30 operations\n");
}
