//! Ctrl-C, SIGTERM and SIGHUP. The handler only raises a flag: whoever waits looks at it and
//! returns, so that every guard on the way out is dropped.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::{Context, Failure, Result};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

pub fn install() -> Result<()> {
    ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst))
        .context("cannot listen for signals")
}

pub fn raised() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

pub fn check() -> Result<()> {
    if raised() {
        Err(Failure::interrupted())
    } else {
        Ok(())
    }
}
