//! What every list and every session can be asked.

use serde_json::Value;

use crate::{Admin, ROOT, UNKNOWN};

impl Admin {
    /// The ids of the first page of a list.
    pub async fn ids(&self, path: &str) -> Vec<String> {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        ids_of(&answer.json())
    }

    /// A filter lets exactly these through, whether and how they are counted.
    pub async fn only(&self, path: &str, filter: &str, expected: &[&String]) {
        let found = self.get(&format!("{path}?{filter}")).await.json();
        let ids = ids_of(&found);
        assert_eq!(ids.iter().collect::<Vec<_>>(), expected, "{filter}");
        assert_eq!(found["meta"]["count"], expected.len(), "{filter}");
        for item in found["data"].as_array().unwrap() {
            assert_eq!(item["meta"]["page"]["cursor"], item["id"]);
            let itself = format!("{ROOT}{path}/{}", item["id"].as_str().unwrap());
            assert_eq!(item["links"]["self"], itself);
        }
        let counted = self.get(&format!("{path}?{filter}&count=only")).await;
        let counted = counted.json();
        assert_eq!(counted["meta"]["count"], expected.len(), "{filter}");
        assert_eq!(counted.get("data"), None);
        let uncounted = self.get(&format!("{path}?{filter}&count=false")).await;
        let uncounted = uncounted.json();
        assert_eq!(uncounted.get("meta"), None);
        assert_eq!(uncounted["data"], found["data"]);
    }

    /// The list, one by one, in both directions, has these.
    pub async fn pages(&self, path: &str, expected: &[&String]) {
        for (first, next, reversed) in [("first", "next", false), ("last", "prev", true)] {
            let mut seen = Vec::new();
            let mut link = format!("{path}?page[{first}]=1");
            loop {
                let page = self.get(&link).await.json();
                assert_eq!(page["meta"]["count"], expected.len());
                seen.extend(ids_of(&page));
                let Some(more) = page["links"][next].as_str() else {
                    break;
                };
                assert!(seen.len() <= expected.len(), "the pages do not end");
                link = more.strip_prefix(ROOT).unwrap().to_owned();
            }
            if reversed {
                seen.reverse();
            }
            assert_eq!(seen.iter().collect::<Vec<_>>(), expected, "{path}");
        }
    }

    /// A session ends, and does so once.
    pub async fn finishes_once(&self, path: &str, id: &str, name: &str) {
        let finish = format!("{path}/{id}/finish");
        let done = self.act(&finish).await;
        assert_eq!(done.status, 200, "{done:?}");
        let done = done.json();
        assert!(
            done["data"]["attributes"]["finished_at"].is_string(),
            "{done}"
        );
        assert_eq!(done["links"]["self"], format!("{ROOT}{finish}"));
        assert_eq!(done["data"]["links"]["self"], format!("{ROOT}{path}/{id}"));
        let again = format!("{name} with ID {id} is already finished");
        self.act(&finish).await.refused(400, &[&again]);
        let missing = format!("{name} with ID {UNKNOWN} not found");
        let unknown = self.act(&format!("{path}/{UNKNOWN}/finish")).await;
        unknown.refused(404, &[&missing]);
        let shown = self.get(&format!("{path}/{id}")).await.json();
        assert_eq!(shown["data"], done["data"]);
    }
}

fn ids_of(list: &Value) -> Vec<String> {
    let items = list["data"].as_array().unwrap_or_else(|| panic!("{list}"));
    let ids = items
        .iter()
        .map(|item| item["id"].as_str().unwrap().to_owned());
    ids.collect()
}
