//! The indexer under test: a process of its own, started again when it was killed.

use std::{
    fs,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use pedigree_tests::running::Running;

use crate::{Result, proxy::Node};

const READY_WITHIN: Duration = Duration::from_secs(120);

pub struct Indexer {
    args: Vec<String>,
    state: Mutex<State>,
}

struct State {
    running: Option<Running>,
    ended_by_itself: u32,
}

impl Indexer {
    pub fn start(node: &Node, database: &str, manifests: &str) -> Self {
        let args = [
            "index",
            "run",
            "--rpc-url",
            &node.rpc_url(),
            "--ws-url",
            &node.ws_url(),
            "--database-url",
            database,
            "--store",
            manifests,
            "--http",
            "127.0.0.1:0",
            // What it does now and then, it does all the time here.
            "--reconcile-every",
            "20",
        ];
        let args: Vec<String> = args.map(str::to_owned).to_vec();
        let mut running = start(&args);
        running.wait_for("ready ", READY_WITHIN);
        let state = State {
            running: Some(running),
            ended_by_itself: 0,
        };
        Self {
            args,
            state: Mutex::new(state),
        }
    }

    /// SIGKILL, and a new one at once.
    pub fn kill(&self) {
        let mut state = self.state();
        if let Some(mut running) = state.running.take() {
            running.stop(Signal::SIGKILL);
        }
        state.running = Some(start(&self.args));
    }

    /// SIGSTOP or SIGCONT.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        let id = self.id().ok_or("no process")?;
        Ok(kill(Pid::from_raw(id.try_into()?), signal)?)
    }

    /// Starts it again where it has ended by itself, which it never should.
    pub fn look_after(&self) {
        let mut state = self.state();
        if state
            .running
            .as_mut()
            .is_some_and(|running| !running.is_alive())
        {
            state.ended_by_itself += 1;
            if let Some(running) = state.running.as_mut() {
                eprintln!("the indexer ended by itself: {}", running.rest());
            }
            state.running = Some(start(&self.args));
        }
    }

    pub fn ended_by_itself(&self) -> u32 {
        self.state().ended_by_itself
    }

    pub fn id(&self) -> Option<u32> {
        self.state().running.as_ref().map(Running::id)
    }

    /// Bytes of memory that it holds; none where it does not run.
    pub fn memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id()?)).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kilobytes * 1024)
    }

    /// Where the API of one that was not disturbed since its start answers.
    pub fn restart_and_wait(&self) -> String {
        let mut state = self.state();
        if let Some(mut running) = state.running.take() {
            running.stop(Signal::SIGTERM);
        }
        let mut running = start(&self.args);
        let http = running.wait_for("ready ", READY_WITHIN);
        state.running = Some(running);
        http
    }

    /// Ends it in order.
    pub fn stop(&self) {
        self.state().running = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn start(args: &[String]) -> Running {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    Running::start(&args)
}
