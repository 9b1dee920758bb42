//! Looking for what must not be found.

use std::{collections::BTreeMap, path::Path};

use muniment_store::sql::{Database, query};

use crate::{Backend, TestDatabase, TestServer};

/// Where something might have left a trace, and what is there.
pub type Places = BTreeMap<String, Vec<u8>>;

/// Every file of the server but the configuration, which an operator keeps private; its log; on
/// PostgreSQL, every row of every table; and in EventStoreDB the whole stream, which a deletion never
/// reaches.
pub async fn places(database: &TestDatabase, server: &TestServer) -> Places {
    let mut places = files(database.folder());
    places.insert("the server's log".into(), server.log().into_bytes());
    if database.backend() == Backend::Postgres {
        places.insert("the tables".into(), dump(&database.open().await).await);
    }
    #[cfg(feature = "eventstoredb")]
    if let Some(event_store) = database.event_store() {
        places.insert("the stream".into(), event_store.stored());
    }
    places
}

/// Panics where one of the texts is found.
pub fn assert_absent(places: &Places, texts: &[&str]) {
    for (place, bytes) in places {
        for text in texts {
            assert!(!holds(bytes, text.as_bytes()), "{place} holds {text}");
        }
    }
}

#[must_use]
pub fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn files(folder: &Path) -> Places {
    std::fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file() && !path.ends_with("config.yaml"))
        .map(|path| {
            let bytes = std::fs::read(&path).expect("the file can be read");
            (path.display().to_string(), bytes)
        })
        .collect()
}

/// Every row of every table, as text.
async fn dump(database: &Database) -> Vec<u8> {
    let tables = database
        .fetch_all(query(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables \
             WHERE table_schema NOT IN ('pg_catalog', 'information_schema')",
        ))
        .await
        .expect("the tables are listed");
    let mut dump = String::new();
    for table in tables {
        let table: String = table.get(0).expect("a name");
        let rows = database
            .fetch_all(query(format!("SELECT CAST(t AS text) FROM {table} t")))
            .await
            .expect("the table can be read");
        for row in rows {
            dump.push_str(&row.get::<String, _>(0).expect("a text"));
        }
    }
    dump.into_bytes()
}
