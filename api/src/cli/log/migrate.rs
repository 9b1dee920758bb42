//! `muniment log migrate`.

use std::path::PathBuf;

use clap::Args;
use indicatif::ProgressBar;
use muniment_store::{
    migrate::{Migration, Progress, Proof, Side},
    sql::DatabaseOptions,
};
use serde_json::{Value, json};

use super::parts::{Keyed, Opened};
use crate::{
    cli::{
        CliError, context,
        output::{self, Format},
        progress,
    },
    settings,
};

pub const AFTER_HELP: &str = "\
Stop the server first: what is written to the source after the move is not in the target. Then run \
this, set database.uri to the target, leave `secrets` as they are, and start the server again. When \
interrupted, run it again: it goes on where it stopped. Until it is complete, no server starts on \
the target. The source is left as it is.

Examples:
  muniment log migrate --to postgres://muniment@db/muniment
  muniment log migrate --from postgres://muniment@db/muniment --to sqlite:///var/lib/muniment/m.db

A password may be given in PGPASSWORD instead of the URI, which other users of the machine can see.";

#[derive(Debug, Args)]
pub struct Migrate {
    /// Where the log is: `sqlite://PATH` or `postgres://…`; the configured database when absent
    #[arg(long, value_name = "URI")]
    from: Option<String>,
    /// Where it is to be: an empty database, or one that an interrupted move has begun; or
    /// `esdb://…` for the log alone, with the database staying beside it
    #[arg(long, value_name = "URI")]
    to: String,
}

impl Migrate {
    pub async fn run(self, files: &[PathBuf], format: Format) -> Result<(), CliError> {
        let ambient = context::Ambient::new()?;
        let config = context::load(files, &ambient)?;
        let parts = settings::parts(&config, ambient.clock, ambient.entropy)?;
        let from = match self.from {
            Some(uri) => DatabaseOptions::new(uri),
            None => parts.database,
        };
        #[cfg(feature = "eventstoredb")]
        if self.to.starts_with("esdb") {
            let stream = config.event_store.stream.as_deref();
            return super::upload::run(&from, self.to, stream, format).await;
        }
        if from.uri == self.to {
            return Err(CliError::Refused(
                "source and target are the same".to_owned(),
            ));
        }
        let source = Opened::open(&from).await?;
        // Before anything is copied: with other secrets, the target would be of no use.
        source.keyed(&parts.master, parts.entropy.clone()).await?;
        let target = Opened::open(&DatabaseOptions::new(self.to)).await?;
        let bar = progress::bar();
        let migrated = async {
            let migration = Migration {
                from: Side {
                    database: &source.database,
                    keys: &source.keys,
                },
                to: Side {
                    database: &target.database,
                    keys: &target.keys,
                },
            };
            let proof = migration.run(|progress| show(&bar, progress)).await?;
            let Keyed { projections, .. } = target.keyed(&parts.master, parts.entropy).await?;
            projections
                .rebuild(&target.database, |progress| {
                    show(
                        &bar,
                        Progress {
                            what: progress.projection,
                            position: progress.position,
                            head: progress.head,
                        },
                    );
                })
                .await?;
            migration.finish().await?;
            Ok::<_, CliError>(proof)
        }
        .await;
        bar.finish_and_clear();
        source.close().await;
        target.close().await;
        let proof = migrated?;
        match format {
            Format::Json => output::print_json(&as_json(&proof)),
            Format::Text => print(&proof),
        }
        Ok(())
    }
}

fn show(bar: &ProgressBar, progress: Progress) {
    bar.set_message(progress.what);
    bar.set_length(progress.head);
    bar.set_position(progress.position);
}

fn print(proof: &Proof) {
    outln!(
        "Both databases hold the same {} events\n{}",
        proof.events,
        output::facts(&[("SHA-256 of all leaf hashes", hex::encode(proof.digest))])
    );
    output::print_table(
        ["TABLE", "ROWS", "SHA-256"],
        proof.tables.iter().map(|table| {
            [
                table.table.to_owned(),
                table.rows.to_string(),
                hex::encode(table.digest),
            ]
        }),
    );
    outln!("\nNow set database.uri to the new one, and start the server");
}

fn as_json(proof: &Proof) -> Value {
    let tables: Vec<Value> = proof
        .tables
        .iter()
        .map(|table| {
            json!({
                "table": table.table,
                "rows": table.rows,
                "sha256": hex::encode(table.digest),
            })
        })
        .collect();
    json!({
        "events": proof.events,
        "sha256": hex::encode(proof.digest),
        "tables": tables,
    })
}
