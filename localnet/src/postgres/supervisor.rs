//! The small shell process between us and the server, and the server's lock file.

use std::{
    ffi::OsString,
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use super::{PostgresError, account::Account};

/// `$1` the log, `$2` the number of folders to remove at the end, then those, then the server.
///
/// `read` returns when the last writer of the pipe on standard input is gone. It is a builtin,
/// so killing the watcher leaves nothing behind.
const SCRIPT: &str = r#"
log=$1; count=$2; shift 2
exec 3<&0 </dev/null >>"$log" 2>&1
trap '' HUP INT TERM
i=0; remove=
while [ $i -lt "$count" ]; do remove="$remove '$1'"; shift; i=$((i+1)); done
(trap - HUP INT TERM; exec "$@") 3<&- & server=$!
(trap - HUP INT TERM; read -r _; kill -INT $server) <&3 3<&- & watcher=$!
exec 3<&-
wait $server; status=$?
kill $watcher 2>/dev/null
eval "rm -rf $remove"
exit $status
"#;

#[derive(Debug)]
pub(super) struct Supervisor {
    child: Child,
}

impl Supervisor {
    /// Runs `server` as `account`; when it ends, the folders in `remove` are deleted.
    pub(super) fn spawn(
        account: &Account,
        server: &[OsString],
        log: &Path,
        remove: &[PathBuf],
    ) -> Result<Self, PostgresError> {
        let mut command = Command::new("sh");
        command
            .args(["-c", SCRIPT, "pedigree-postgres"])
            .arg(log)
            .arg(remove.len().to_string())
            .args(remove)
            .args(server)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C goes to the terminal's whole process group; the server must outlive the
            // indexer's last commit.
            .process_group(0);
        account.apply(&mut command);
        let child = command
            .spawn()
            .map_err(PostgresError::io(Path::new("sh")))?;
        Ok(Self { child })
    }

    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Closes the pipe and waits for the server's end.
    pub(super) fn stop(&mut self) {
        drop(self.child.stdin.take());
        // The only failure is that somebody else has reaped it: it has ended all the same.
        let _ = self.child.wait();
    }

    /// SIGQUIT to the server: it ends at once and recovers from its log at the next start.
    pub(super) fn crash(&mut self, data: &Path) {
        if let Some(pid) = recorded_pid(data) {
            let _ = kill_process(pid, Signal::QUIT);
        }
        self.stop();
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Whether the server says in its lock file that it accepts connections.
pub(super) fn is_ready(data: &Path) -> bool {
    fs::read_to_string(data.join("postmaster.pid"))
        .is_ok_and(|text| text.lines().nth(7).is_some_and(|s| s.trim() == "ready"))
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
