//! A `pedigree` that goes on running.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, ExitStatus, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::market::pedigree;

const STOPPED_WITHIN: Duration = Duration::from_secs(120);

/// A child process. Stopped, and checked to have stopped, when dropped.
pub struct Running {
    child: Child,
    lines: mpsc::Receiver<(Pipe, String)>,
    /// What it printed up to the line last waited for, standard error included.
    pub printed: String,
}

impl Running {
    /// Starts `pedigree ARGS`.
    pub fn start(args: &[&str]) -> Self {
        let mut command = pedigree();
        command
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("pedigree starts");
        let (sender, lines) = mpsc::channel();
        let (output, errors) = (child.stdout.take(), child.stderr.take());
        read_lines(Pipe::Output, output.expect("a pipe"), sender.clone());
        read_lines(Pipe::Errors, errors.expect("a pipe"), sender);
        Self {
            child,
            lines,
            printed: String::new(),
        }
    }

    /// The rest of the first line that begins with `start`.
    pub fn wait_for(&mut self, start: &str, within: Duration) -> String {
        self.wait_until(start, within, |line| line.strip_prefix(start))
    }

    /// The first line that holds `words`.
    pub fn wait_for_words(&mut self, words: &str, within: Duration) -> String {
        self.wait_until(words, within, |line| line.contains(words).then_some(line))
    }

    fn wait_until(
        &mut self,
        wanted: &str,
        within: Duration,
        found: impl Fn(&str) -> Option<&str>,
    ) -> String {
        let began = Instant::now();
        loop {
            match self
                .lines
                .recv_timeout(within.saturating_sub(began.elapsed()))
            {
                Ok((_, line)) => {
                    self.printed += &line;
                    if let Some(found) = found(&line) {
                        return found.trim().to_owned();
                    }
                }
                Err(error) => panic!(
                    "pedigree did not print {wanted:?} ({error}):\n{}",
                    self.printed
                ),
            }
        }
    }

    /// What else one that has ended printed on standard output.
    pub fn rest_of_output(&mut self) -> String {
        let lines = self.lines.iter();
        let output = lines.filter(|(pipe, _)| *pipe == Pipe::Output);
        output.map(|(_, line)| line).collect()
    }

    /// What else one that has ended printed, on either output.
    pub fn rest(&mut self) -> String {
        self.lines.iter().map(|(_, line)| line).collect()
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended by itself.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends `signal` and waits for the end.
    pub fn stop(&mut self, signal: Signal) -> ExitStatus {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).expect("a pid"));
        kill(pid, signal).expect("a signal");
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("its status") {
                return status;
            }
            if began.elapsed() > STOPPED_WITHIN {
                let _ = self.child.kill();
                panic!("pedigree did not stop within {STOPPED_WITHIN:?} of {signal}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.is_alive() {
            self.stop(Signal::SIGTERM);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pipe {
    Output,
    Errors,
}

fn read_lines(from: Pipe, pipe: impl Read + Send + 'static, lines: mpsc::Sender<(Pipe, String)>) {
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let _ = lines.send((from, line + "\n"));
        }
    });
}
