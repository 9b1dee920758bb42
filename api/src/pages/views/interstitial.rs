use askama::Template;

use crate::pages::{Continuation, PageContext, page::page};

/// Why a session that the cookie names cannot be used (contract oauth2.md 14.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inactive {
    Deactivated,
    Locked,
    SignedOut,
}

/// In place of the page that was asked for. Its button ends the session and goes on with the
/// continuation.
#[derive(Template)]
#[template(path = "interstitial.html")]
pub struct InterstitialPage {
    pub ctx: PageContext,
    pub reason: Inactive,
    pub username: String,
    pub continuation: Option<Continuation>,
}

impl InterstitialPage {
    fn title(&self) -> String {
        self.ctx.t(match self.reason {
            Inactive::Deactivated => "inactive-deactivated-title",
            Inactive::Locked => "inactive-locked-title",
            Inactive::SignedOut => "inactive-signed-out-title",
        })
    }

    fn text(&self) -> String {
        let key = match self.reason {
            Inactive::Deactivated => "inactive-deactivated-text",
            Inactive::Locked => "inactive-locked-text",
            Inactive::SignedOut => "inactive-signed-out-text",
        };
        self.ctx.t1(key, "name", &self.username)
    }

    fn button(&self) -> String {
        self.ctx.t(match self.reason {
            Inactive::SignedOut => "sign-in-again",
            Inactive::Deactivated | Inactive::Locked => "other-account",
        })
    }

    fn pairs(&self) -> Vec<(&'static str, String)> {
        let pairs = self.continuation.as_ref().map(Continuation::pairs);
        pairs.unwrap_or_default()
    }
}

page!(InterstitialPage);
