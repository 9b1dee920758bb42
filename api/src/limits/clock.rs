use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use muniment_store::Clock;

/// The program's clock as the buckets need it: it never goes back, and a step back of the time of day
/// does not keep it from going on.
#[derive(Debug, Clone)]
pub struct SteadyClock {
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

/// In microseconds.
#[derive(Debug)]
struct State {
    last: i64,
    elapsed: u64,
}

impl SteadyClock {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let state = State {
            last: clock.now(),
            elapsed: 0,
        };
        Self {
            clock,
            state: Arc::new(Mutex::new(state)),
        }
    }
}

impl governor::clock::Clock for SteadyClock {
    type Instant = Duration;

    fn now(&self) -> Duration {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        let step = u64::try_from(now.saturating_sub(state.last)).unwrap_or(0);
        state.last = now;
        state.elapsed = state.elapsed.saturating_add(step);
        Duration::from_micros(state.elapsed)
    }
}
