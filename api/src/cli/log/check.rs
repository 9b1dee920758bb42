//! `muniment log check`.

use std::path::PathBuf;

use muniment_store::{
    check::{Check, Report},
    migrate::refuse_unfinished,
    tree::Signer,
};
use serde_json::{Value, json};

use super::parts::Opened;
use crate::{
    cli::{
        CliError, context,
        output::{self, Format},
        progress,
    },
    settings,
};

pub async fn run(files: &[PathBuf], format: Format) -> Result<(), CliError> {
    let ambient = context::Ambient::new()?;
    let config = context::load(files, &ambient)?;
    let parts = settings::parts(&config, ambient.clock, ambient.entropy)?;
    // Not as the server does it: that would repair what is to be reported.
    let opened = Opened::open(&parts.database).await?;
    refuse_unfinished(&opened.database).await?;
    let keyed = opened.keyed(&parts.master, parts.entropy).await?;
    let bar = progress::bar();
    bar.set_message("checking");
    let signer = parts.audit.known(&opened.database, &keyed.sealer).await?;
    let check = Check {
        database: &opened.database,
        keys: &opened.keys,
        codec: &keyed.codec,
        hasher: &keyed.hasher,
        read_models: &keyed.projections,
        audit_key: signer.as_ref().map(Signer::key),
    };
    let checked = check
        .run(|position, head| {
            bar.set_length(head);
            bar.set_position(position);
        })
        .await;
    bar.finish_and_clear();
    opened.close().await;
    let report = checked?;
    match format {
        Format::Json => output::print_json(&as_json(&report)),
        Format::Text => print(&report),
    }
    match report.findings.count() {
        0 => Ok(()),
        1 => Err(CliError::Damaged(
            "1 thing is not as it should be".to_owned(),
        )),
        count => Err(CliError::Damaged(format!(
            "{count} things are not as they should be"
        ))),
    }
}

fn print(report: &Report) {
    if report.findings.is_empty() {
        outln!(
            "All is well: {} events in {} streams up to position {}, {} claims, {} passwords, \
             {} tokens, {} rows of read models, {} checkpoints",
            report.events,
            report.streams,
            report.head,
            report.claims,
            report.passwords,
            report.tokens,
            report.rows,
            report.checkpoints
        );
    }
    for finding in report.findings.told() {
        outln!("{finding}");
    }
    for (table, more) in report.findings.untold() {
        outln!("{table}: {more} more");
    }
}

fn as_json(report: &Report) -> Value {
    json!({
        "sound": report.findings.is_empty(),
        "head": report.head,
        "events": report.events,
        "streams": report.streams,
        "claims": report.claims,
        "passwords": report.passwords,
        "tokens": report.tokens,
        "rows": report.rows,
        "checkpoints": report.checkpoints,
        "findings": report.findings.told(),
        "untold": report.findings.untold().collect::<std::collections::BTreeMap<_, _>>(),
    })
}
