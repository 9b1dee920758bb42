//! Patterns that policy data is made of: constraint sets on texts, globs on domains, networks.

use std::net::IpAddr;

use ipnet::IpNet;
use regex::{RegexSet, RegexSetBuilder};
use serde::Deserialize;

/// The most that the patterns of one set may take up when compiled, in bytes.
const REGEX_SIZE: usize = 2 * 1024 * 1024;
/// The most that matching one set may take up besides.
const REGEX_CACHE: usize = 2 * 1024 * 1024;

/// A text matches when it fits any part (contract oauth2.md 13.9).
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "RawConstraints")]
pub struct Constraints {
    literals: Vec<String>,
    substrings: Vec<String>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
    regexes: RegexSet,
}

#[derive(Deserialize)]
struct RawConstraints {
    literals: Option<Vec<String>>,
    substrings: Option<Vec<String>>,
    prefixes: Option<Vec<String>>,
    suffixes: Option<Vec<String>>,
    regexes: Option<Vec<String>>,
}

impl TryFrom<RawConstraints> for Constraints {
    type Error = regex::Error;

    fn try_from(raw: RawConstraints) -> Result<Self, regex::Error> {
        Ok(Self {
            literals: raw.literals.unwrap_or_default(),
            substrings: raw.substrings.unwrap_or_default(),
            prefixes: raw.prefixes.unwrap_or_default(),
            suffixes: raw.suffixes.unwrap_or_default(),
            regexes: compile(raw.regexes.unwrap_or_default())?,
        })
    }
}

fn compile(patterns: Vec<String>) -> Result<RegexSet, regex::Error> {
    RegexSetBuilder::new(patterns)
        .size_limit(REGEX_SIZE)
        .dfa_size_limit(REGEX_CACHE)
        .build()
}

impl Constraints {
    pub fn matches(&self, text: &str) -> bool {
        self.literals.iter().any(|literal| literal == text)
            || self
                .substrings
                .iter()
                .any(|part| text.contains(part.as_str()))
            || self
                .prefixes
                .iter()
                .any(|part| text.starts_with(part.as_str()))
            || self
                .suffixes
                .iter()
                .any(|part| text.ends_with(part.as_str()))
            || self.regexes.is_match(text)
    }
}

/// Domains in which `*` stands for anything within one label, in any case (contract oauth2.md 13.8).
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct DomainGlobs(RegexSet);

#[derive(Debug, thiserror::Error)]
pub enum BadGlob {
    #[error(
        "`{0}` is not a domain; it may hold letters, digits, `-`, `_`, `.`, and `*` for a label"
    )]
    Character(String),
    #[error(transparent)]
    Size(#[from] regex::Error),
}

impl TryFrom<Vec<String>> for DomainGlobs {
    type Error = BadGlob;

    fn try_from(globs: Vec<String>) -> Result<Self, BadGlob> {
        let mut patterns = Vec::with_capacity(globs.len());
        for glob in globs {
            let glob = glob.to_lowercase();
            if !glob
                .chars()
                .all(|c| c.is_alphanumeric() || "-_.*".contains(c))
            {
                return Err(BadGlob::Character(glob));
            }
            let pattern = regex::escape(&glob).replace(r"\*", "[^.]*");
            patterns.push(format!("^{pattern}$"));
        }
        Ok(Self(compile(patterns)?))
    }
}

impl DomainGlobs {
    pub fn matches(&self, domain: &str) -> bool {
        self.0.is_match(&domain.to_lowercase())
    }
}

/// Addresses and networks.
#[derive(Debug, Default, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Networks(Vec<IpNet>);

#[derive(Debug, thiserror::Error)]
#[error("`{0}` is neither an IP address nor a network such as 192.0.2.0/24")]
pub struct BadNetwork(String);

impl TryFrom<Vec<String>> for Networks {
    type Error = BadNetwork;

    fn try_from(texts: Vec<String>) -> Result<Self, BadNetwork> {
        texts
            .into_iter()
            .map(|text| {
                text.parse::<IpNet>()
                    .or_else(|_| text.parse::<IpAddr>().map(|ip| ip.to_canonical().into()))
                    .map_err(|_| BadNetwork(text))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl Networks {
    pub fn contains(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.iter().any(|network| network.contains(&ip))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn constraints(value: serde_json::Value) -> Constraints {
        serde_json::from_value(value).unwrap()
    }

    fn globs(globs: &[&str]) -> DomainGlobs {
        serde_json::from_value(json!(globs)).unwrap()
    }

    #[test]
    fn one_hit_in_any_part_suffices() {
        let set = constraints(json!({
            "literals": ["root"], "substrings": ["admin"], "prefixes": ["sys"],
            "suffixes": ["-bot"], "regexes": ["^a[0-9]+$", "z{3}"],
        }));
        for hit in ["root", "myadmins", "system", "x-bot", "a12", "xzzzx"] {
            assert!(set.matches(hit), "{hit}");
        }
        for miss in ["roots", "xsys", "-bots", "a12b", "zz", ""] {
            assert!(!set.matches(miss), "{miss}");
        }
        assert!(!Constraints::default().matches("anything"));
        assert!(!constraints(json!({"regexes": null})).matches(""));
    }

    #[test]
    fn a_regex_that_would_take_too_much_room_is_refused() {
        let huge = json!({"regexes": ["(?:[a-z0-9]{500}){500}"]});
        assert!(serde_json::from_value::<Constraints>(huge).is_err());
        let broken = json!({"regexes": ["("]});
        assert!(serde_json::from_value::<Constraints>(broken).is_err());
    }

    #[test]
    fn a_star_stands_for_one_label() {
        let globs = globs(&["example.com", "*.example.org"]);
        for hit in ["example.com", "EXAMPLE.com", "a.example.org"] {
            assert!(globs.matches(hit), "{hit}");
        }
        for miss in [
            "a.example.com",
            "example.org",
            "a.b.example.org",
            "exampleXcom",
            "",
        ] {
            assert!(!globs.matches(miss), "{miss}");
        }
        let bad = json!(["exa[mple.com"]);
        assert!(serde_json::from_value::<DomainGlobs>(bad).is_err());
    }

    #[test]
    fn networks_hold_addresses_in_either_form() {
        let networks: Networks =
            serde_json::from_value(json!(["192.0.2.0/24", "2001:db8::1", "::ffff:10.0.0.1"]))
                .unwrap();
        for hit in ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1", "10.0.0.1"] {
            assert!(networks.contains(hit.parse().unwrap()), "{hit}");
        }
        for miss in ["192.0.3.1", "2001:db8::2", "10.0.0.2"] {
            assert!(!networks.contains(miss.parse().unwrap()), "{miss}");
        }
        assert!(serde_json::from_value::<Networks>(json!(["example.com"])).is_err());
    }

    proptest! {
        #[test]
        fn no_text_breaks_a_glob_or_a_set(pattern in ".{0,40}", text in ".{0,40}") {
            if let Ok(globs) = DomainGlobs::try_from(vec![pattern.clone()]) {
                let _ = globs.matches(&text);
            }
            if let Ok(set) = serde_json::from_value::<Constraints>(json!({"regexes": [pattern]})) {
                let _ = set.matches(&text);
            }
        }
    }
}
