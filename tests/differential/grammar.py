"""Templates of Python code with holes, and how they are filled with what a scope knows.

    «int»            an expression of this kind; «int x:int y:str» one in which these names are bound, too
    «!ints»          a name (perhaps dotted) of something of this kind that exists
    «@int»           a dotted name: an attribute of a module
    «.int»           the same or a number or text without quotes, for what stands inside an f-string
    «^int»           a plain name of this kind that the module itself has bound
    «=a:int»         a name to bind: often one that is bound already. «a» repeats it
    «+a» «+a:int»    the same, always a new name. «!a:ints» and «^a:int» give labels to names that exist
    «do» «do x:int»  a line of its own: one or two small statements in an inner scope

A template that asks for something that the scope doesn't have raises `NotApplicable`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

HOLE = re.compile(r"«([!^=+.@]?)(\w+)(?::(\w+))?((?: \w+:\w+)*)»")


class NotApplicable(Exception):
    """A template needs something that the scope doesn't have."""


@dataclass
class Scope:
    """The names that code at one place can use, with the kind of value that each has.

    `bound` are those that the module or function itself has bound: an assignment to one of them is a re-binding. In a
    function, `inner` says that assignments make local names.
    """

    names: dict[str, str] = field(default_factory=dict)
    bound: set[str] = field(default_factory=set)
    inner: bool = False

    def within(self, local: Iterable[tuple[str, str]] = (), inner: bool = True) -> Scope:
        """The scope of a block or function that sees this one."""
        names = dict(self.names)
        for name, kind in local:
            names = {known: k for known, k in names.items() if known.split(".")[0] != name}
            names[name] = kind
        return Scope(names, {name for name, _ in local}, inner)

    def bind(self, name: str, kind: str) -> None:
        self.names.pop(name, None)
        self.names[name] = kind
        self.bound.add(name)

    def forget(self, name: str) -> None:
        for known in [known for known in self.names if known == name or known.startswith(f"{name}.")]:
            del self.names[known]
        self.bound.discard(name)

    def of_kind(self, kind: str) -> list[str]:
        return [name for name, known in self.names.items() if known == kind]


@dataclass(frozen=True)
class Tables:
    """The templates: expressions and literals by kind, small statements for inner blocks."""

    expressions: dict[str, tuple[str, ...]]
    literals: dict[str, Callable[[random.Random], str]]
    small: tuple[str, ...]


def _local(text: str, labels: dict[str, str]) -> list[tuple[str, str]]:
    """The local names that a hole speaks of, with their kinds."""
    pairs = (part.split(":") for part in text.split())
    return [(labels.get(name, name), kind) for name, kind in pairs]


class Writer:
    """Fills templates. One for a program: the names that it makes up are new in the whole program."""

    def __init__(self, chance: random.Random, tables: Tables, depth: int, rebinding: float) -> None:
        self.chance = chance
        self._tables = tables
        self._depth = depth
        self._rebinding = rebinding
        self._made = 0

    def new_name(self, kind: str) -> str:
        self._made += 1
        return f"{kind}_{self._made}"

    def expression(self, kind: str, scope: Scope, depth: int = 0) -> str:
        """An expression of this kind; the deeper, the more often a name or a literal."""
        known = scope.of_kind(kind)
        templates = self._tables.expressions.get(kind, ())
        leaf = depth >= self._depth or not templates or self.chance.random() < 0.25 + 0.2 * depth
        if leaf and known and self.chance.random() < 0.85:
            return self._near_the_end(known)
        if leaf:
            return self._literal(kind, known)
        for _ in range(6):
            try:
                return self.filled(self.chance.choice(templates), scope, depth + 1)
            except NotApplicable:
                continue
        return self._near_the_end(known) if known else self._literal(kind, known)

    def _literal(self, kind: str, known: list[str]) -> str:
        make = self._tables.literals.get(kind)
        if make is not None:
            return make(self.chance)
        if known:
            return self._near_the_end(known)
        raise NotApplicable(kind)

    def _near_the_end(self, names: list[str]) -> str:
        """One of the names, of two drawn the later: what was bound last is what order changes."""
        return names[max(self.chance.randrange(len(names)), self.chance.randrange(len(names)))]

    def filled(self, template: str, scope: Scope, depth: int) -> str:
        """An expression's template with each hole filled; the deeper, the simpler."""

        def fill(hole: re.Match[str]) -> str:
            mark, kind, _, extra = hole.groups()
            if mark in ("!", "."):
                return self._existing(scope.of_kind(kind), kind)
            if mark == "@":
                return self._existing([name for name in scope.of_kind(kind) if "." in name], kind)
            return self.expression(kind, scope.within(_local(extra, {})) if extra else scope, depth)

        return HOLE.sub(fill, template)

    def _existing(self, names: list[str], kind: str) -> str:
        if not names:
            raise NotApplicable(kind)
        return self._near_the_end(names)

    def statement(self, template: str, scope: Scope) -> str:
        """Text of a statement; what it binds is in the scope afterwards."""
        labels: dict[str, str] = {}
        binds: list[tuple[str, str]] = []
        lines = [self._line(line, scope, labels, binds) for line in template.strip("\n").splitlines()]
        for name, kind in binds:
            scope.bind(name, kind)
        return "\n".join(lines)

    def _line(self, line: str, scope: Scope, labels: dict[str, str], binds: list[tuple[str, str]]) -> str:
        stripped = line.strip()
        whole = HOLE.fullmatch(stripped)
        if whole is not None and whole.group(2) == "do":
            indent = line[: len(line) - len(line.lstrip())]
            return self._block(indent, scope.within(_local(whole.group(4), labels)))

        def fill(hole: re.Match[str]) -> str:
            mark, word, kind, extra = hole.groups()
            if mark in ("=", "+"):
                labels[word] = self._target(word, kind, mark == "=", scope)
                if kind:
                    binds.append((labels[word], kind))
                return labels[word]
            if mark == "" and word in labels:
                return labels[word]
            if mark in ("^", "!", ".", "@"):
                labels[word] = self._existing(self._known(mark, kind or word, scope), kind or word)
                return labels[word]
            return self.expression(word, scope.within(_local(extra, labels)) if extra else scope)

        return HOLE.sub(fill, line)

    @staticmethod
    def _known(mark: str, kind: str, scope: Scope) -> list[str]:
        known = scope.of_kind(kind)
        if mark == "^":
            return [name for name in known if name in scope.bound and not scope.inner]
        return [name for name in known if "." in name] if mark == "@" else known

    def _target(self, word: str, kind: str | None, rebinds: bool, scope: Scope) -> str:
        known = [name for name in scope.of_kind(kind) if name in scope.bound] if kind else []
        if rebinds and known and self.chance.random() < self._rebinding:
            return self.chance.choice(known)
        return self.new_name(kind or word)

    def _block(self, indent: str, scope: Scope) -> str:
        count = self.chance.choice((1, 1, 2))
        texts = [self.small(scope) for _ in range(count)]
        return "\n".join(indent + line for text in texts for line in text.splitlines())

    def small(self, scope: Scope) -> str:
        """A small statement of an inner block."""
        for _ in range(8):
            try:
                return self.statement(self.chance.choice(self._tables.small), scope)
            except NotApplicable:
                continue
        return "pass"
