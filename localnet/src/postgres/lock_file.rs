//! The server's lock file: whether it is ready, and what to do with one that is left over.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

/// Whether the server says in its lock file that it accepts connections.
pub(super) fn is_ready(data: &Path) -> bool {
    fs::read_to_string(data.join("postmaster.pid"))
        .is_ok_and(|text| text.lines().nth(7).is_some_and(|s| s.trim() == "ready"))
}

/// SIGQUIT to the server: it ends at once and recovers from its log at the next start.
pub(super) fn crash(data: &Path) {
    if let Some(pid) = recorded_pid(data) {
        let _ = kill_process(pid, Signal::QUIT);
    }
}

fn recorded_pid(data: &Path) -> Option<Pid> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    Pid::from_raw(text.lines().next()?.trim().parse().ok()?)
}

/// Deals with the lock file of a server that was killed, or that outlived its supervisor.
///
/// The server refuses to start while the recorded process lives, even when the number belongs
/// to something else by now, as it often does in a restarted container. A server works inside
/// its data folder: that tells ours from a stranger.
pub(super) fn clear_stale_lock(data: &Path) {
    let Some(pid) = recorded_pid(data) else {
        return;
    };
    let working_folder = PathBuf::from(format!("/proc/{}/cwd", pid.as_raw_nonzero()));
    let is_ours = || {
        fs::read_link(&working_folder)
            .is_ok_and(|folder| fs::canonicalize(data).is_ok_and(|data| data == folder))
    };
    if is_ours() {
        let _ = kill_process(pid, Signal::INT);
        for _ in 0..500 {
            if !is_ours() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    } else if Path::new("/proc/self").exists() {
        let _ = fs::remove_file(data.join("postmaster.pid"));
    }
}
