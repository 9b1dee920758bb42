//! Sections of a few keys: `branding`, and those kept as written.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use crate::{
    color::Color,
    config::{key_path::KeyPath, report::Report, section::Section},
};

/// Names and links shown to users (contract/oauth2.md section 23, `branding`).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Branding {
    pub service_name: Option<String>,
    pub policy_uri: Option<Url>,
    /// When set, registration asks for acceptance.
    pub tos_uri: Option<Url>,
    /// A line of text at the foot of each page.
    pub imprint: Option<String>,
    /// Ours: a picture at the head of each page, in place of the name's initial.
    pub logo_uri: Option<Url>,
    /// Ours: the colour of buttons and links, on white.
    pub accent_color: Option<Color>,
    /// Ours: the same where the reader wants it dark.
    pub accent_color_dark: Option<Color>,
}

/// So much an accent has to stand out for its text to be read, also on a shade of itself.
const CONTRAST: f64 = 5.0;

impl Section for Branding {
    fn check(&mut self, at: &KeyPath, report: &mut Report<'_>) {
        for (key, uri) in [
            ("policy_uri", &self.policy_uri),
            ("tos_uri", &self.tos_uri),
            ("logo_uri", &self.logo_uri),
        ] {
            if uri
                .as_ref()
                .is_some_and(|uri| !matches!(uri.scheme(), "http" | "https"))
            {
                report.problem(&at.key(key), "must start with https:// or http://");
            }
        }
        let light = (
            self.accent_color,
            Color::WHITE,
            "too light to be read on white",
        );
        let dark = (
            self.accent_color_dark,
            Color::DARK,
            "too dark to be read on black",
        );
        for (key, (color, ground, problem)) in
            [("accent_color", light), ("accent_color_dark", dark)]
        {
            if color.is_some_and(|color| color.contrast(ground) < CONTRAST) {
                report.problem(&at.key(key), problem);
            }
        }
    }
}

/// A section that is kept as written: its keys are not checked yet.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawSection(pub Map<String, Value>);

/// Without the values: some are secrets.
impl fmt::Debug for RawSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Section for RawSection {
    fn check(&mut self, _: &KeyPath, _: &mut Report<'_>) {}
}
