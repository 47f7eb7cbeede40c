"""Reads Rust well enough for what the scripts beside it ask of the programs' sources: tokens, brackets, comments."""

import re
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "programs"

# Longest first. `<` and `>` stay single, as they also stand around types.
_TOKEN = re.compile(
    r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<text>b?r(?P<hashes>\#*)".*?"(?P=hashes)|b?"(?:\\.|[^"\\])*"|b?'(?:\\.[^']*|[^'\\])')
  | (?P<life>'[A-Za-z_]\w*)
  | (?P<number>\d[\w]*(?:\.\d\w*)?)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<sign>\.\.=|\.\.\.|&&|\|\||=>|->|::|==|!=|<=|>=|\.\.|[-+*/%&|^]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_OPEN = {"(": ")", "[": "]", "{": "}"}


@dataclass
class Token:
    kind: str
    text: str
    start: int
    end: int
    # Index of the bracket that opens or closes with it; of any other token, -1.
    pair: int = -1


@dataclass
class Source:
    """A file's text and tokens, without what is compiled for tests alone."""

    path: Path
    text: str
    tokens: list = field(default_factory=list)
    comments: list = field(default_factory=list)

    @classmethod
    def read(cls, path):
        source = cls(path, path.read_text())
        source._scan()
        source._drop_tests()
        source._match()
        return source

    def line(self, position):
        return self.text.count("\n", 0, position) + 1

    def _scan(self):
        for found in _TOKEN.finditer(self.text):
            kind, text = found.lastgroup, found.group()
            if kind == "hashes":
                kind = "text"
            if kind == "comment":
                self.comments.append(Token(kind, text, *found.span()))
            elif not text.isspace():
                self.tokens.append(Token(kind, text, *found.span()))

    def _match(self):
        opened = []
        for index, token in enumerate(self.tokens):
            token.pair = -1
            if token.kind != "sign":
                continue
            if token.text in _OPEN:
                opened.append(index)
            elif token.text in _OPEN.values():
                start = opened.pop()
                self.tokens[start].pair, token.pair = index, start
        if opened:
            raise ValueError(f"{self.path}: brackets do not match")

    def _drop_tests(self):
        """Leaves out `#[cfg(test)]` items."""
        self._match()
        kept, index = [], 0
        while index < len(self.tokens):
            if self.words(index, index + 7) == ["#", "[", "cfg", "(", "test", ")", "]"]:
                index += 7
                while self.tokens[index].text not in ("{", ";"):
                    index += 1
                index = max(index, self.tokens[index].pair) + 1
                continue
            kept.append(self.tokens[index])
            index += 1
        self.tokens = kept

    def words(self, start, end):
        return [token.text for token in self.tokens[start:end]]

    def span(self, first, last):
        """The text from token `first` to token `last`, both included."""
        return self.text[self.tokens[first].start : self.tokens[last].end]

    def split(self, start, end, at=","):
        """The ranges between the signs `at` of tokens[start:end] that are in no bracket of their own."""
        ranges, first, index = [], start, start
        while index < end:
            token = self.tokens[index]
            if token.text == at and token.kind == "sign":
                ranges.append((first, index))
                first = index + 1
            index = max(index, token.pair) + 1
        if first < end:
            ranges.append((first, end))
        return ranges


def programs():
    """Folders of the programs, and of what they are compiled with."""
    manifests = {path.parent.name: path.read_text() for path in PROGRAMS.glob("*/Cargo.toml")}
    found = {name for name, manifest in manifests.items() if "cdylib" in manifest}
    for name in list(found):
        own = re.search(r"(?ms)^\[dependencies\]\n(.*?)(?=^\[|\Z)", manifests[name]).group(1)
        used = re.findall(r"(?m)^(?:pedigree-)?(\w+)\.workspace", own)
        found.update(one for one in used if one in manifests)
    return sorted(found)


def sources(program):
    """What a program is compiled from."""
    paths = sorted((PROGRAMS / program / "src").rglob("*.rs"))
    return [Source.read(path) for path in paths if not is_test(path)]


def is_test(path):
    """Whether a file under `src` is compiled for tests alone, going by its place."""
    return path.name == "tests.rs" or path.parent.name == "tests"


@dataclass
class Account:
    """A field of a struct of accounts."""

    struct: str
    name: str
    type: str
    # Of `#[account(...)]`, as written, with the tokens where each stands.
    attributes: list
    source: Source
    type_range: tuple


def accounts(source):
    """The fields of a file's `#[derive(Accounts)]` structs, and the names of those with `#[event_cpi]`."""
    tokens, fields, with_events = source.tokens, [], []
    for index in range(len(tokens)):
        if source.words(index, index + 7) != ["#", "[", "derive", "(", "Accounts", ")", "]"]:
            continue
        if source.words(index - 4, index) == ["#", "[", "event_cpi", "]"]:
            events = True
        else:
            events = False
        at = index + 7
        while tokens[at].text != "struct":
            at += 1
        struct = tokens[at + 1].text
        if events:
            with_events.append(struct)
        body = at + 1
        while tokens[body].text != "{":
            body += 1
        for start, end in source.split(body + 1, tokens[body].pair):
            fields.append(_account(source, struct, start, end))
    return fields, with_events


def _account(source, struct, start, end):
    tokens, attributes = source.tokens, []
    while tokens[start].text == "#":
        close = tokens[start + 1].pair
        if tokens[start + 2].text == "account":
            inner = source.split(start + 4, tokens[start + 3].pair)
            attributes += [(source.span(a, b - 1), (a, b)) for a, b in inner]
        start = close + 1
    while tokens[start].text == "pub":
        start += 1
    name, kind = tokens[start].text, (start + 2, end)
    written = "".join(source.words(*kind))
    return Account(struct, name, written, attributes, source, kind)
