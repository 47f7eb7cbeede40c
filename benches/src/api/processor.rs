//! Who used the processor, and how much memory.

use std::{fs, time::Instant};

use serde::Serialize;

/// Ticks of a second in /proc: the same on every Linux.
const TICKS: f64 = 100.0;

/// Processors that were busy for somebody during a measurement, on the average.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Busy {
    /// This process, which makes the requests.
    pub generator: f64,
    /// The API's process.
    pub server: f64,
    /// All of the machine.
    pub machine: f64,
}

/// The beginning of a measurement.
pub struct Watch {
    server: u32,
    begun: Instant,
    generator_seconds: f64,
    server_seconds: f64,
    machine_seconds: f64,
}

impl Watch {
    pub fn start(server: u32) -> Self {
        Self {
            server,
            begun: Instant::now(),
            generator_seconds: seconds(std::process::id()),
            server_seconds: seconds(server),
            machine_seconds: machine_seconds(),
        }
    }

    pub fn stop(&self) -> Busy {
        let elapsed = self.begun.elapsed().as_secs_f64();
        Busy {
            generator: (seconds(std::process::id()) - self.generator_seconds) / elapsed,
            server: (seconds(self.server) - self.server_seconds) / elapsed,
            machine: (machine_seconds() - self.machine_seconds) / elapsed,
        }
    }
}

/// Processor time of a process so far.
pub fn seconds(process: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // After the name, which may hold anything but ends with the last bracket: fields 14 and 15 of them all.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = rest.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / TICKS
}

/// Processor time of everybody so far: user, nice, system, and interrupts.
fn machine_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields = stat
        .lines()
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(1);
    let ticks: Vec<f64> = fields.filter_map(|ticks| ticks.parse().ok()).collect();
    let busy = [0, 1, 2, 5, 6].iter().filter_map(|place| ticks.get(*place));
    busy.sum::<f64>() / TICKS
}

/// Bytes that a process has in memory, and the most that it had.
pub fn memory(process: u32) -> (u64, u64) {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes =
            line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        kilobytes.unwrap_or_default() * 1024
    };
    (of("VmRSS:"), of("VmHWM:"))
}
