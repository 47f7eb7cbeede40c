//! A deployment in a folder of its own, and commands that talk to it.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

pub const PEDIGREE: &str = env!("CARGO_BIN_EXE_pedigree");

/// What a finished command left.
#[derive(Debug)]
pub struct Done {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Done {
    pub fn json(&self) -> Value {
        assert_eq!(self.code, Some(0), "{self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// That it failed with status 1 and one line that says all of `words`.
    pub fn assert_error(&self, words: &[&str]) {
        assert_eq!(self.code, Some(1), "{self:?}");
        let line = self.stderr.lines().find(|line| line.starts_with("error: "));
        let line = line.unwrap_or_else(|| panic!("{self:?}"));
        for word in words {
            assert!(line.contains(word), "{word:?} is missing: {self:?}");
        }
    }
}

pub fn pedigree(args: &[&str]) -> Done {
    let output = Command::new(PEDIGREE).args(args).output().unwrap();
    Done {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A running `pedigree up`; killed when dropped.
pub struct Up {
    pub child: Child,
    pub data_dir: PathBuf,
}

impl Up {
    /// Starts one and waits for `ready`.
    pub fn start(data_dir: &Path, args: &[&str]) -> Self {
        let mut child = Command::new(PEDIGREE)
            .args(["up", "--http", "127.0.0.1:0", "--data-dir"])
            .arg(data_dir)
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        if !line.starts_with("ready http://127.0.0.1:") {
            let _ = child.kill();
            let mut stderr = String::new();
            child
                .stderr
                .take()
                .unwrap()
                .read_to_string(&mut stderr)
                .unwrap();
            panic!("not ready: {line}{stderr}");
        }
        Self {
            child,
            data_dir: data_dir.to_path_buf(),
        }
    }

    pub fn endpoints(&self) -> PathBuf {
        self.data_dir.join("endpoints.json")
    }

    /// Runs a command on it.
    pub fn run(&self, args: &[&str]) -> Done {
        let endpoints = self.endpoints();
        let more = [
            "--output",
            "json",
            "--endpoints",
            endpoints.to_str().unwrap(),
        ];
        pedigree(&[args, &more].concat())
    }

    pub fn endpoint(&self, name: &str) -> String {
        let text = fs::read_to_string(self.endpoints()).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        json[name].as_str().unwrap().to_owned()
    }

    /// Folders and processes that have to be gone once it has ended.
    pub fn server(&self) -> Server {
        let socket = self.endpoint("database");
        let socket = PathBuf::from(socket.split("host=").nth(1).unwrap());
        let lock = fs::read_dir(&socket)
            .unwrap()
            .flatten()
            .find(|entry| entry.path().extension().is_some_and(|e| e == "lock"));
        let text = fs::read_to_string(lock.unwrap().path()).unwrap();
        let pid = text.lines().next().unwrap().trim().to_owned();
        Server {
            process: Path::new("/proc").join(pid),
            socket,
        }
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &id]).status();
        assert!(status.unwrap().success());
    }

    pub fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        wait_for("the command to end", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The database server of a deployment.
pub struct Server {
    process: PathBuf,
    socket: PathBuf,
}

impl Server {
    pub fn is_running(&self) -> bool {
        self.process.exists() || self.socket.exists()
    }
}

pub fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}
