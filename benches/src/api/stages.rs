//! How long each part of a run takes.

use std::time::Instant;

use serde::Serialize;

/// The parts so far; the last one has not ended yet.
#[derive(Debug, Default)]
pub struct Stages {
    ended: Vec<Stage>,
    now: Option<(&'static str, Instant)>,
}

#[derive(Debug, Serialize)]
pub struct Stage {
    stage: &'static str,
    seconds: f64,
}

impl Stages {
    /// Ends the part before this one.
    pub fn begin(&mut self, stage: &'static str) {
        self.end();
        eprintln!("{stage}…");
        self.now = Some((stage, Instant::now()));
    }

    pub fn end(&mut self) {
        if let Some((stage, begun)) = self.now.take() {
            let seconds = begun.elapsed().as_secs_f64();
            eprintln!("{stage}: {seconds:.1} s");
            self.ended.push(Stage { stage, seconds });
        }
    }

    /// Of all that ended.
    pub fn seconds(&self) -> f64 {
        self.ended.iter().map(|stage| stage.seconds).sum()
    }

    pub fn ended(&self) -> &[Stage] {
        &self.ended
    }
}
