//! The small shell process between us and a server, which ends the server when we are gone.

use std::{
    ffi::OsString,
    fs, io,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// `$1` the signal that ends the server, `$2` the log, `$3` the number of folders to remove at the end, then those, then
/// the server.
///
/// `read` returns when the last writer of the pipe on standard input is gone. It is a builtin,
/// so killing the watcher leaves nothing behind.
const SCRIPT: &str = r#"
signal=$1; log=$2; count=$3; shift 3
exec 3<&0 </dev/null >>"$log" 2>&1
trap '' HUP INT TERM
i=0; remove=
while [ $i -lt "$count" ]; do remove="$remove '$1'"; shift; i=$((i+1)); done
(trap - HUP INT TERM; exec "$@") 3<&- & server=$!
(trap - HUP INT TERM; read -r _; kill -"$signal" $server) <&3 3<&- & watcher=$!
exec 3<&-
wait $server; status=$?
kill $watcher 2>/dev/null
eval "rm -rf $remove"
exit $status
"#;

/// A server and how it ends.
pub(crate) struct Server<'a> {
    /// Of the supervising process, as lists of processes show it.
    pub name: &'a str,
    pub command: Vec<OsString>,
    /// Signal that ends it, without `SIG`.
    pub signal: &'a str,
    /// Where its output goes.
    pub log: &'a Path,
    /// Folders to delete once it has ended.
    pub remove: &'a [PathBuf],
}

#[derive(Debug)]
pub(crate) struct Supervisor {
    child: Child,
}

impl Supervisor {
    /// Runs `server`; `prepare` sets the account, folder and environment that it runs in.
    pub(crate) fn spawn(
        server: Server<'_>,
        prepare: impl FnOnce(&mut Command),
    ) -> io::Result<Self> {
        let mut command = Command::new("sh");
        command
            .args(["-c", SCRIPT, server.name, server.signal])
            .arg(server.log)
            .arg(server.remove.len().to_string())
            .args(server.remove)
            .args(server.command)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C goes to the terminal's whole process group; the server must outlive the
            // indexer's last commit.
            .process_group(0);
        prepare(&mut command);
        Ok(Self {
            child: command.spawn()?,
        })
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Closes the pipe and waits for the server's end.
    pub(crate) fn stop(&mut self) {
        drop(self.child.stdin.take());
        // The only failure is that somebody else has reaped it: it has ended all the same.
        let _ = self.child.wait();
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The end of a log, for who has to find out why a server did not start.
pub(crate) fn last_lines(file: &Path, count: usize) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}
