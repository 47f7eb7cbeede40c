#!/usr/bin/env python3
"""Lists what a program refuses and no test names, and fails where there is any:

- variants of a program's error enum that no test expects by name (`EscrowError::Paused` in a test, or `Paused` in the
  program's table of guards), but for those whose comment says why they are retired and that nothing uses;
- constraints of accounts without a row of the error that they give in that table, `programs/NAME/tests/guards.txt`, which
  a test of the program holds to be true (programs/testkit/src/guards.rs).

    scripts/guards.py            fails on the first of them
    scripts/guards.py --count    says how many there are, too
"""

import re
import sys

from rust_source import PROGRAMS, ROOT, accounts, is_test, programs, sources

# What each constraint answers, by the attack that it refuses.
UNSIGNED = "MissingRequiredSignature"
READONLY = ("ConstraintMut", UNSIGNED)
ANSWERS = {
    "signer": {"unsigned": (UNSIGNED,)},
    "writable": {"readonly": READONLY},
    "unique": {"twice": ("ConstraintDuplicateMutableAccount",)},
    "owner": {"foreign": ("IllegalOwner",)},
    "kind": {"kind": ("InvalidAccountData",)},
    "program": {"other": ("IncorrectProgramId",)},
    "seeds": {"empty": ("InvalidSeeds",)},
}


def constraints(account):
    """Names of an account's constraints. Those of the framework that no program uses have no name here yet."""
    written = [text.replace(" ", "") for text, _ in account.attributes]
    unknown = [text for text in written if text not in ("mut", "unsafe(dup)")]
    if unknown:
        sys.exit(f"guards: {account.struct}.{account.name}: scripts/guards.py does not know {', '.join(unknown)}")
    names = []
    # `unsafe(dup)` means `mut` too.
    if written:
        names.append("writable")
    if "mut" in written and "unsafe(dup)" not in written:
        names.append("unique")
    kind = re.sub(r"^Option<(.*)>$", r"\1", account.type)
    # Loaded by a call, and checked alike.
    kind = re.sub(r"^Cold<(.*)>$", r"\1", kind)
    if kind == "Signer":
        names.append("signer")
    elif kind.startswith("Account<"):
        names += ["owner", "kind"]
    elif kind.startswith("Program<"):
        names.append("program")
    elif kind != "UncheckedAccount":
        sys.exit(f"guards: {account.struct}.{account.name}: scripts/guards.py does not know {kind}")
    return names


def instructions(program):
    """Of each instruction the name of its struct of accounts."""
    text = (PROGRAMS / program / "src/lib.rs").read_text()
    found = re.findall(r"pub fn (\w+)\(\s*ctx: &mut Context<(\w+)>", text)
    if not found:
        sys.exit(f"guards: found no instruction in programs/{program}/src/lib.rs")
    return found


def table(program):
    """Rows of the table: (instruction, account, attack) and the error's name."""
    rows = {}
    for line in (PROGRAMS / program / "tests/guards.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            row, outcome = line.split()[:2]
            case, account, attack = row.split(".")
            rows[case.split("/")[0], account, attack] = outcome
    return rows


def unguarded(program, rows):
    """Constraints without their row, and how many constraints there are."""
    by_struct, with_events = {}, set()
    for source in sources(program):
        fields, events = accounts(source)
        with_events.update(events)
        for field in fields:
            by_struct.setdefault(field.struct, []).append((field.name, constraints(field)))
    missing, count = [], 0
    for instruction, struct in instructions(program):
        fields = by_struct.get(struct, [])
        if struct in with_events:
            fields = fields + [("event_authority", ["seeds"])]
        for name, constraint in ((name, one) for name, all in fields for one in all):
            count += 1
            for attack, answers in ANSWERS[constraint].items():
                if rows.get((instruction, name, attack)) not in answers:
                    row = f"{instruction}.{name}.{attack}"
                    missing.append(f"{struct}.{name}: {constraint}: no row `{row} {' or '.join(answers)}`")
    return missing, count


def unexpected(program, rows):
    """Variants of the error enum that no test expects, and how many variants there are."""
    text = (PROGRAMS / program / "src/error.rs").read_text()
    enum = re.search(r"#\[error_code[^\]]*\].*?pub enum (\w+) \{(.*?)\n\}", text, re.DOTALL)
    name, body = enum.groups()
    variants = re.findall(r"^    (\w+),$", body, re.MULTILINE)
    retired = dict(re.findall(r"// Retired: ([^\n]+)\n(?:    //[^\n]*\n)*    #\[msg\([^]]*\)\]\n    (\w+),", body))
    retired = {variant: why for why, variant in retired.items()}
    named = set(rows.values())
    for path in sorted(PROGRAMS.glob("*/tests/**/*.rs")) + sorted(PROGRAMS.glob("*/src/**/*.rs")):
        code = re.sub(r"//[^\n]*", "", path.read_text())
        if "/src/" in str(path):
            code = code if is_test(path) else code.partition("#[cfg(test)]")[2]
        named.update(re.findall(rf"\b{name}::(\w+)", code))
    used = set()
    for other in programs():
        for source in sources(other):
            if source.path.name != "error.rs":
                used.update(re.findall(rf"\b{name}::(\w+)", re.sub(r"//[^\n]*", "", source.text)))
    missing = []
    for variant in variants:
        if variant in retired:
            if variant in used:
                missing.append(f"{name}::{variant} is retired, and used")
        elif variant not in named:
            missing.append(f"{name}::{variant}: no test expects it")
    return missing, len(variants), len(retired)


def main():
    missing, counts = [], []
    for program in programs():
        if not (PROGRAMS / program / "src/error.rs").exists():
            continue
        rows = table(program)
        variants, errors, retired = unexpected(program, rows)
        lacking, count = unguarded(program, rows)
        missing += [f"{program}: {what}" for what in variants + lacking]
        counts.append(f"{program}: {errors} errors ({retired} retired), {count} constraints, {len(rows)} rows")
    if "--count" in sys.argv:
        print("\n".join(counts))
    if missing:
        print(f"guards: {len(missing)} that no test provokes (see {__file__.removeprefix(str(ROOT) + '/')}):", file=sys.stderr)
        print("\n".join(missing), file=sys.stderr)
        sys.exit(1)


main()
