#!/usr/bin/env python3
"""Removes checks of the programs, one at a time, and reports those that no test of the programs misses.

    scripts/mutants.py --seed 1 --count 40         what `make mutants SEED=1 COUNT=40` runs
    scripts/mutants.py --only 'session' --count 0  all checks whose file or text matches
    scripts/mutants.py --list                      every check there is (scripts/checks.py says what one is)

Works in a copy of the project in target/mutants, never in the project itself: the program is compiled without the check
(sbf/build.sh), then its tests run until one fails: those on the chain in memory, out of the project's own test binaries,
which load the programs from the copy, and the unit tests of the program's crate, compiled anew. What does not compile
without its check is no mutant; another is picked in its place.

Prints one line of JSON: {"seed", "count", "killed", "survivors": [{"file", "line", "check"}], "excluded", "impossible"}, and
exits with 1 where a check survived. What happens meanwhile goes to standard error.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from checks import all_checks
from rust_source import ROOT, programs

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
WORK = TARGET / "mutants"
TREE = WORK / "tree"
UNIT = WORK / "unit"
# The long walks, last: they rarely find what nothing else does.
LAST = ["random"]
PATIENCE = 1200
# What is said of a suite that took longer: a check whose absence makes a program run for ever, or a slow machine.
NO_END = "(no end)"


def say(text):
    print(f"mutants: {text}", file=sys.stderr, flush=True)


def give_up(text):
    say(text)
    sys.exit(2)


class Failed(Exception):
    """What is needed does not build."""


def run(command, **kwargs):
    return subprocess.run(command, capture_output=True, text=True, check=False, **kwargs)


def write(path, data):
    """Writes a file unless it has these bytes already, so that what depends on it stays fresh."""
    if not path.exists() or path.read_bytes() != data:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def copy_project():
    """The project's files as they are now, uncommitted changes included."""
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT)
    names = {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}
    for name in names:
        write(TREE / name, (ROOT / name).read_bytes())
        shutil.copymode(ROOT / name, TREE / name)
    for path in TREE.rglob("*"):
        name = path.relative_to(TREE).as_posix()
        if path.is_file() and not name.startswith("target/") and name not in names:
            path.unlink()


def prepare_unit_tests():
    """A workspace of the programs alone, without what only their other tests need: a virtual machine."""
    manifest = (TREE / "Cargo.toml").read_text()
    members = ", ".join(f'"programs/{name}"' for name in programs())
    manifest = re.sub(r"(?m)^members = \[.*?\]", f"members = [{members}]", manifest, flags=re.DOTALL)
    manifest = re.sub(r"(?ms)^\[profile[^\n]*\n.*?(?=^\[|\Z)", "", manifest) + "\n[profile.dev]\ndebug = false\n"
    write(UNIT / "Cargo.toml", manifest.encode())
    lock = (TREE / "Cargo.lock").read_bytes()
    if not (UNIT / "Cargo.lock.whole").exists() or (UNIT / "Cargo.lock.whole").read_bytes() != lock:
        write(UNIT / "Cargo.lock", lock)
        write(UNIT / "Cargo.lock.whole", lock)
    for name in programs():
        manifest = (TREE / "programs" / name / "Cargo.toml").read_text()
        manifest = re.sub(r"(?ms)^\[(dev-dependencies|\[test\])[^\n]*\n.*?(?=^\[|\Z)", "", manifest)
        write(UNIT / "programs" / name / "Cargo.toml", manifest.encode())
        link = UNIT / "programs" / name / "src"
        if not link.is_symlink():
            link.symlink_to(TREE / "programs" / name / "src")


class Suite:
    """One test binary, with arguments that pick its tests."""

    def __init__(self, name, binary, arguments=(), env=None):
        self.name, self.binary, self.arguments, self.env = name, binary, list(arguments), env or {}

    def failing(self):
        """The first test that fails, or None. Nothing runs any more when this returns."""
        process = subprocess.Popen(
            [self.binary, "--test-threads", str(os.cpu_count() or 2), *self.arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **self.env},
            start_new_session=True,
        )
        stop = time.monotonic() + PATIENCE
        found = None
        for line in process.stdout:
            failed = re.match(r"test (\S+).* \.\.\. FAILED", line)
            if failed or time.monotonic() > stop:
                found = failed.group(1) if failed else NO_END
                break
        if found:
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        return found or (f"(exit {code})" if code else None)


class Bench:
    """Builds the copy's programs and tests, and runs them."""

    def __init__(self):
        copy_project()
        toolchain = run([TREE / "sbf/setup.sh"]).stdout.strip()
        # What is built here is nobody else's: it has a store of its own.
        self.env = {**os.environ, "XDG_CACHE_HOME": str(WORK / "cache"), "CARGO_INCREMENTAL": "0"}
        self.env.pop("CARGO_TARGET_DIR", None)
        if toolchain:
            self.env["PEDIGREE_SBF_TOOLCHAIN"] = toolchain
        self.on_chain = [name for name in programs() if "cdylib" in (TREE / "programs" / name / "Cargo.toml").read_text()]
        self.binaries = self._binaries()
        prepare_unit_tests()

    def _binaries(self):
        """The project's own test binaries of the programs."""
        command = ["cargo", "test", "--workspace", "--no-run", "--message-format=json"]
        command += [argument for name in self.on_chain for argument in ("--test", f"{name}_it")]
        return self._executables(run(command, cwd=ROOT), lambda target: target["name"].removesuffix("_it"))

    def _executables(self, built, name_of):
        if built.returncode:
            raise Failed(built.stderr)
        found = {}
        for line in built.stdout.splitlines():
            message = json.loads(line) if line.startswith("{") else {}
            if message.get("executable") and message["profile"]["test"]:
                found[name_of(message["target"])] = message["executable"]
        return found

    def compile(self, names):
        """Compiles programs to where the tests will load them from."""
        built = run([TREE / "sbf/build.sh", *names], env=self.env, cwd=TREE)
        if built.returncode:
            raise Failed(built.stderr)

    def unit_tests(self):
        command = ["cargo", "test", "--workspace", "--lib", "--no-run", "--message-format=json"]
        env = {**self.env, "CARGO_TARGET_DIR": str(UNIT / "target")}
        built = self._executables(run(command, cwd=UNIT, env=env), lambda target: target["name"])
        return [Suite(f"{name} (unit)", binary) for name, binary in sorted(built.items())]

    def chain_tests(self, name, arguments=()):
        env = {"PEDIGREE_PROGRAMS": str(TREE / "target/deploy")}
        return Suite(f"{name}_it", self.binaries[name], arguments, env)

    def stages(self, file):
        """What to build and run for a mutant of a file, as functions that give suites; the likeliest to fail first."""
        program = file.split("/")[1]
        affected = [program] if program in self.on_chain else self.on_chain
        # Words of the file's name are those of the test modules about it, roughly; without an s, as many are plurals.
        words = [word.removesuffix("s") for word in Path(file).stem.split("_") if word not in ("mod", "config")]
        near = ["guards", *words]

        def on_chain():
            self.compile(affected)
            for name in affected:
                yield self.chain_tests(name, near)
            for name in affected + [name for name in self.on_chain if name not in affected]:
                yield self.chain_tests(name, [part for word in LAST for part in ("--skip", word)])
            for name in affected:
                yield self.chain_tests(name, LAST)

        def unit():
            yield from self.unit_tests()

        pure = "/state/" in file or "#[cfg(test)]" in (TREE / file).read_text()
        return [unit, on_chain] if pure else [on_chain, unit]

    def killer(self, check):
        """The test that fails without the check; None where it survives. Fails where that does not compile."""
        path = TREE / check.file
        whole = path.read_bytes()
        text = whole.decode()
        path.write_text(text[: check.start] + check.instead + text[check.end :])
        try:
            for stage in self.stages(check.file):
                for suite in stage():
                    failing = suite.failing()
                    if failing:
                        return f"{suite.name} {failing}"
            return None
        finally:
            path.write_bytes(whole)

    def sound(self):
        """With every check in its place every test passes, or nothing that follows says anything."""
        self.compile(self.on_chain)
        for suite in [self.chain_tests(name) for name in self.on_chain] + self.unit_tests():
            failing = suite.failing()
            if failing:
                give_up(f"{suite.name} fails with all checks in their places: {failing}")


def pick(checks, seed):
    """All of them in an order that depends on the seed and on nothing else."""
    return sorted(checks, key=lambda check: hashlib.sha256(f"{seed} {check.id} {check.instead}".encode()).digest())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=40, help="how many; 0 for all")
    parser.add_argument("--only", help="of those whose file, line and text match this expression")
    parser.add_argument("--list", action="store_true", help="print all and remove none")
    arguments = parser.parse_args()

    checks = all_checks()
    if arguments.only:
        checks = [check for check in checks if re.search(arguments.only, check.id)]
    excluded = [check for check in checks if check.excluded]
    checks = [check for check in checks if not check.excluded]
    if arguments.list:
        print("\n".join(check.id for check in checks))
        say(f"{len(checks)} checks, and {len(excluded)} that are left out with a reason")
        return
    try:
        bench = Bench()
        bench.sound()
    except Failed as error:
        give_up(f"the project does not build:\n{error}")
    wanted = arguments.count or len(checks)
    killed, survivors, impossible, endless = 0, [], 0, []
    for check in pick(checks, arguments.seed):
        if killed + len(survivors) == wanted:
            break
        began = time.monotonic()
        try:
            killer = bench.killer(check)
        except Failed as error:
            if not re.search(r"^error", str(error), re.MULTILINE):
                give_up(f"{check.id}: {error}")
            impossible += 1
            say(f"impossible: {check.id}")
            continue
        took = f"{time.monotonic() - began:.0f} s"
        if killer and killer.endswith(NO_END):
            endless.append(check.id)
            say(f"neither killed nor survived in {took}: {check.id}")
            continue
        if killer:
            killed += 1
            say(f"{killed + len(survivors)}/{wanted} killed in {took} by {killer}: {check.id}")
        else:
            survivors.append({"file": check.file, "line": check.line, "check": check.check})
            say(f"{killed + len(survivors)}/{wanted} SURVIVED after {took}: {check.id}")
    report = {
        "seed": arguments.seed,
        "count": killed + len(survivors),
        "killed": killed,
        "survivors": survivors,
        "excluded": len(excluded),
        "impossible": impossible,
        "endless": endless,
    }
    print(json.dumps(report))
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
