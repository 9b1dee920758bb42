//! The account pages, which run in the browser: the files that `ui/` was built to, in the binary,
//! under `/assets/` beside those of the pages, and what a page needs to load them. A server may be built without.

use std::{collections::BTreeMap, sync::LazyLock};

use poem::{
    Response,
    http::{HeaderMap, header},
};
use serde::Deserialize;

use super::assets;
use crate::{http::accepts_encoding, locale::Locale};

/// By name; those that can be packed also with `.br` and `.gz` at the end.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/account_files.rs"));

const MANIFEST: &str = "manifest.json";
const ENTRY: &str = "src/main.tsx";

/// What Vite says of one of its outputs.
#[derive(Debug, Deserialize)]
struct Chunk {
    file: String,
    #[serde(default)]
    imports: Vec<String>,
    #[serde(default)]
    css: Vec<String>,
}

/// What a page names to load the account pages: names of files under `/assets/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    pub script: String,
    pub styles: Vec<String>,
    /// Scripts that the first one loads at once.
    pub preloads: Vec<String>,
    /// The texts, by language; loaded at once as well.
    texts: BTreeMap<&'static str, String>,
}

static BUNDLE: LazyLock<Option<Bundle>> = LazyLock::new(|| {
    let manifest = file(MANIFEST)?;
    let read = serde_json::from_slice(manifest);
    let chunks: BTreeMap<String, Chunk> = read
        .inspect_err(|error| tracing::error!(%error, "the account pages cannot be read"))
        .ok()?;
    Bundle::of(&chunks)
});

impl Bundle {
    /// Nothing where the server was built without account pages.
    pub fn built() -> Option<&'static Self> {
        BUNDLE.as_ref()
    }

    #[cfg(test)]
    pub fn example() -> &'static Self {
        static EXAMPLE: LazyLock<Bundle> = LazyLock::new(|| Bundle {
            script: "main-1.js".to_owned(),
            styles: vec!["main-2.css".to_owned()],
            preloads: vec!["more-3.js".to_owned()],
            texts: Locale::ALL
                .map(|locale| (locale.tag(), "texts-4.js".to_owned()))
                .into(),
        });
        &EXAMPLE
    }

    fn of(chunks: &BTreeMap<String, Chunk>) -> Option<Self> {
        let entry = chunks.get(ENTRY)?;
        let texts = Locale::ALL.iter().filter_map(|locale| {
            let source = format!("locales/{}.ftl", locale.tag());
            let mut found = chunks.iter();
            let (_, chunk) = found.find(|(name, _)| name.starts_with(&source))?;
            Some((locale.tag(), chunk.file.clone()))
        });
        let imports = entry.imports.iter().filter_map(|name| chunks.get(name));
        Some(Self {
            script: entry.file.clone(),
            styles: entry.css.clone(),
            preloads: imports.map(|chunk| chunk.file.clone()).collect(),
            texts: texts.collect(),
        })
    }

    /// The script that holds the texts in this language.
    pub fn texts(&self, language: &str) -> Option<&str> {
        self.texts.get(language).map(String::as_str)
    }
}

fn file(name: &str) -> Option<&'static [u8]> {
    let at = FILES.binary_search_by_key(&name, |(name, _)| name).ok()?;
    FILES.get(at).map(|(_, content)| *content)
}

/// Not the manifest: its name says nothing of its content.
pub fn serve(name: &str, headers: &HeaderMap) -> Option<Response> {
    let content_type = match name.rsplit('.').next()? {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => return None,
    };
    let plain = file(name)?;
    let response = assets::kept_for_ever(content_type);
    for (coding, ending) in [("br", "br"), ("gzip", "gz")] {
        if accepts_encoding(headers, coding)
            && let Some(packed) = file(&format!("{name}.{ending}"))
        {
            return Some(
                response
                    .header(header::CONTENT_ENCODING, coding)
                    .body(packed),
            );
        }
    }
    Some(response.body(plain))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn chunks(manifest: &str) -> BTreeMap<String, Chunk> {
        serde_json::from_str(manifest).unwrap()
    }

    #[test]
    fn a_page_loads_what_the_manifest_says() {
        let chunks = chunks(
            r#"{"src/main.tsx": {"file": "main-1.js", "css": ["main-2.css"], "imports": ["_a.js"],
                "isEntry": true},
            "_a.js": {"file": "a-3.js"},
            "locales/en.ftl?raw": {"file": "en-4.js"},
            "locales/de.ftl?raw": {"file": "de-5.js"}}"#,
        );
        let bundle = Bundle::of(&chunks).unwrap();
        assert_eq!(bundle.script, "main-1.js");
        assert_eq!(bundle.styles, ["main-2.css"]);
        assert_eq!(bundle.preloads, ["a-3.js"]);
        assert_eq!(bundle.texts("en"), Some("en-4.js"));
        assert_eq!(bundle.texts("de"), Some("de-5.js"));
    }

    #[test]
    fn without_the_first_script_there_are_no_account_pages() {
        assert_eq!(Bundle::of(&chunks("{}")), None);
    }

    #[test]
    fn files_are_found_by_their_names_and_the_manifest_is_not_served() {
        assert!(FILES.is_sorted_by_key(|(name, _)| *name));
        assert!(serve(MANIFEST, &HeaderMap::new()).is_none());
        assert!(serve("nothing.js", &HeaderMap::new()).is_none());
        let script = |name: &&str| Path::new(name).extension().is_some_and(|kind| kind == "js");
        for name in FILES.iter().map(|(name, _)| *name).filter(script) {
            assert!(serve(name, &HeaderMap::new()).is_some());
        }
    }
}
