"""Finds the checks in the programs' sources, and how each is removed.

A check is one condition of a `require!`; one operand of any other `&&`; one cause of a failing early return; a call that
does nothing but check; an error in place of a missing value; a guard of a match arm; a condition of `filter` or
`is_some_and`; a function that answers yes or no; and, of the accounts, a signature, the leave to write, that an account is given
once, that a program is the one it is said to be.

What no test can miss, since nothing changes without it, is left out by a comment before its statement, with the reason:
`// not mutated: ...`. Those are counted.
"""

import re
from dataclasses import dataclass

from rust_source import accounts, programs, sources

MARKER = re.compile(r"//\s*not mutated: \S")
CALLS = re.compile(r"^(check_\w+|validate|invariant|rest)$")
FAILURES = re.compile(r"^(Err\(.*\)|None|false|Some\(None\))$", re.DOTALL)
# Signs that end an operand of `&&` on either side.
ENDS = {";", ",", "=", "=>", "||", "|", "{", "}", "return", "if", "while", "let", "in", "else", "match"}


@dataclass
class Check:
    file: str
    line: int
    # What is removed, in one line.
    check: str
    start: int
    end: int
    instead: str
    excluded: bool = False

    @property
    def id(self):
        return f"{self.file}:{self.line} {self.check}"


class Finder:
    def __init__(self, source, name):
        self.source, self.name = source, name
        self.tokens, self.checks = source.tokens, []
        self.marked = self._marked()

    def find(self):
        for index, token in enumerate(self.tokens):
            if token.text == "require" and self._is(index + 1, "!"):
                self._require(index)
            elif token.text == "&&" and self._is_binary(index):
                self._and(index)
            elif token.text == "if" and not self._is(index - 1, "else"):
                self._early_return(index)
            elif token.text in ("ok_or", "ok_or_else") and self._is(index - 1, "."):
                self._missing_value(index)
            elif token.text == "filter" and self._is(index - 1, "."):
                self._closure(index, "")
            elif token.text in ("is_some_and", "is_ok_and") and self._is(index - 1, "."):
                self._closure(index, token.text.removesuffix("_and") + "()")
            elif token.text == "=>":
                self._guard(index)
            elif token.text == "fn":
                self._answer(index)
            elif CALLS.match(token.text) and self._is(index + 1, "(") and not self._is(index - 1, "fn"):
                self._call(index)
        for account in accounts(self.source)[0]:
            self._account(account)
        return self.checks

    # What follows takes away one kind of check each.

    def _require(self, index):
        opened = index + 2
        close = self.tokens[opened].pair
        condition = self.source.split(opened + 1, close)[0]
        if len(self.source.split(*condition, at="&&")) == 1 or self._has_or(*condition):
            self._add(index, close + 1 if self._is(close + 1, ";") else close, "", "require " + self._text(*condition))

    def _and(self, index):
        """The operand before this `&&`, and the one after it if it is the last."""
        before = self._operand_start(index)
        if before < index:
            self._drop(before, index, self._text(before, index))
        after = self._operand_end(index)
        if index + 1 < after and not self._is(after, "&&"):
            self._drop(index, after - 1, self._text(index + 1, after))

    def _drop(self, first, last, text):
        if not text.startswith(("let ", "if ")):
            self._add(first, last, "", "condition " + text)

    def _early_return(self, index):
        body = index + 1
        while self.tokens[body].text != "{":
            body = max(body, self.tokens[body].pair) + 1
        close = self.tokens[body].pair
        inner = self._text(body + 1, close)
        fails = FAILURES.match(inner.removeprefix("return ").removesuffix(";").strip())
        if not inner.startswith("return ") or not fails or self._is(close + 1, "else"):
            return
        causes = self.source.split(index + 1, body, at="||")
        if len(causes) == 1:
            self._add(index, close, "", f"if {self._text(index + 1, body)} {{ {inner} }}")
            return
        for first, end in causes:
            self._add(first, end - 1, "false", f"if {self._text(first, end)} {{ {inner} }}", statement=index)

    def _missing_value(self, index):
        close = self.tokens[index + 1].pair
        text = self._text(index, close + 1)
        start = self._expression_start(index)
        subject = self._text(start, index - 1)
        if self._is(close + 1, "?"):
            self._add(index, close + 1, "unwrap_or_default()", f"{subject}.{text}", statement=start)
        elif self._is(close + 1, "}") or self._is(close + 1, ";") or self._is(close + 1, ","):
            whole = self.source.span(start, index - 1)
            self._add(start, close, f"Ok({whole}unwrap_or_default())", f"{subject}.{text}")

    def _closure(self, index, instead):
        close = self.tokens[index + 1].pair
        if len(self.source.split(index + 2, close, at="&&")) == 1:
            text = f"{self._text(self._expression_start(index), index - 1)}.{self._text(index, close + 1)}"
            first = index if instead else index - 1
            self._add(first, close, instead, text)

    def _guard(self, index):
        first = index
        while first > 0 and self.tokens[first - 1].text not in ("{", ",", "}", ";"):
            first = self.tokens[first - 1].pair if self.tokens[first - 1].pair >= 0 else first - 1
            if self.tokens[first].text == "if":
                self._add(first, index - 1, "", f"guard {self._text(first + 1, index)}")
                return
        if self._is(index + 1, "return") and self._is(index + 2, "Err"):
            close = self.tokens[index + 3].pair
            self._add(index + 1, close, "{}", f"{self._text(first, index)} => {self._text(index + 1, close + 1)}")

    def _answer(self, index):
        """`fn name(...) -> bool { ... }`: always yes."""
        opened = index + 2
        while self.tokens[opened].text != "(":
            opened += 1
        close = self.tokens[opened].pair
        if self.source.words(close + 1, close + 4) == ["->", "bool", "{"]:
            body = close + 3
            self._add(body, self.tokens[body].pair, "{ true }", f"fn {self.tokens[index + 1].text}", statement=index)

    def _call(self, index):
        close = self.tokens[index + 1].pair
        start = self._expression_start(index)
        if start > 0 and self.tokens[start - 1].text not in (";", "{", "}"):
            return
        text = self._text(start, close + 1)
        if self.source.words(close + 1, close + 3) == ["?", ";"]:
            self._add(start, close + 2, "", text)
        elif self._is(close + 1, "}"):
            self._add(start, close, "Ok(())", text)

    def _account(self, account):
        written = {text.replace(" ", ""): tokens for text, tokens in account.attributes}
        name = f"{account.struct}.{account.name}"
        if "mut" in written:
            first, end = written["mut"]
            # `unsafe(dup)` alone would still mean `mut`.
            if "unsafe(dup)" in written:
                first, end = min(t[0] for t in written.values()), max(t[1] for t in written.values())
            self._add(first, end - 1, "", f"{name} writable")
            if "unsafe(dup)" not in written:
                self._add(first, end - 1, "mut, unsafe(dup)", f"{name} given once")
        elif "unsafe(dup)" in written:
            first, end = written["unsafe(dup)"]
            self._add(first, end - 1, "", f"{name} writable")
        first, end = account.type_range
        if account.type in ("Signer", "Program<System>"):
            what = "signs" if account.type == "Signer" else "is the system program"
            self._add(first, end - 1, "UncheckedAccount", f"{name} {what}")

    # Where things begin and end.

    def _is(self, index, text):
        return 0 <= index < len(self.tokens) and self.tokens[index].text == text

    def _is_binary(self, index):
        before = self.tokens[index - 1]
        return before.kind in ("word", "number", "text") and before.text not in ENDS or before.text in (")", "]", "}", "?")

    def _operand_start(self, index):
        """First token of the operand that ends before the `&&` at `index`."""
        while index > 0:
            before = self.tokens[index - 1]
            if before.text == "&&" or before.text in ENDS or (before.pair > index - 1):
                break
            index = before.pair if before.pair >= 0 else index - 1
        return index

    def _operand_end(self, index):
        """The token after the operand that follows the `&&` at `index`."""
        index += 1
        if self.tokens[index].text == "if":
            return index
        while index < len(self.tokens):
            token = self.tokens[index]
            if token.text == "&&" or token.text in ENDS or (0 <= token.pair < index):
                break
            index = max(index, token.pair) + 1
        return index

    def _has_or(self, start, end):
        return len(self.source.split(start, end, at="||")) > 1

    def _expression_start(self, index):
        while index > 0:
            before = self.tokens[index - 1]
            if before.text in ENDS - {"}"} or before.pair > index - 1 or before.text == "&&":
                break
            if before.text == "}" and not self._is(index, "."):
                break
            index = before.pair if before.pair >= 0 else index - 1
        return index

    def _text(self, start, end):
        return " ".join(self.source.span(start, end - 1).split()) if start < end else ""

    def _add(self, first, last, instead, text, statement=None):
        start, end = self.tokens[first].start, self.tokens[last].end
        at = self.tokens[first if statement is None else statement].start
        excluded = any(a <= at < b or a <= start < b for a, b in self.marked)
        file = self.name
        self.checks.append(Check(file, self.source.line(start), text, start, end, instead, excluded))

    def _marked(self):
        """Ranges of the text that a marker leaves out: the statement, field or block that follows it."""
        ranges = []
        for comment in self.source.comments:
            if not MARKER.match(comment.text):
                continue
            first = next(i for i, token in enumerate(self.tokens) if token.start > comment.start)
            index = first
            while index < len(self.tokens):
                token = self.tokens[index]
                if token.text in (";", ",") or 0 <= token.pair < index:
                    break
                if token.text == "{" and self.tokens[first].text in ("if", "fn", "pub", "for"):
                    index = token.pair
                    break
                index = max(index, token.pair) + 1
            ranges.append((comment.start, self.tokens[min(index, len(self.tokens) - 1)].end))
        return ranges


def all_checks():
    """Every check of every program, in the order of files and lines."""
    found = []
    for program in programs():
        for source in sources(program):
            name = f"programs/{program}/src/" + source.path.as_posix().split(f"/programs/{program}/src/")[1]
            checks = Finder(source, name).find()
            unique = {(check.start, check.end, check.instead): check for check in checks}
            found += sorted(unique.values(), key=lambda check: (check.start, check.end))
    return found
