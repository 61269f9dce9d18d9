"""The texts that generated projects are made of: `kinds/*.txt` (what a step depends on) and `places.txt` (from where).

A text file holds blocks, `## name [marks]`, of sections, `--- header`. A header is `above` (statements of a module),
`value` (a function's body), `step` (a step's body), `steps` (a whole module of steps), `above-run`, `call`, `env`, or
a file: its path, relative to the project, with `as=ENCODING when=yes|no link=TARGET mode=OCTAL mtime=SECONDS`. `QQ`
stands for the site's number, `ROOT` for the folder around the project, `HERE` for the project's folder as a path.

`⟦a|b|c⟧` is a point that edits change: it reads `a` at first. Points with one name, `⟦v:a|b⟧`, change together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent
CODE = ("above", "value", "step", "steps", "above-run", "call", "env")
"""Sections that are no files."""

_POINT = re.compile(r"⟦(?:([vn]):)?(.*?)⟧", re.DOTALL)
_ALTERNATIVES = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Point:
    """A place in a text with several readings. `index` says which of the block's points it is."""

    index: int
    readings: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    """A text with points in it."""

    parts: tuple[str | Point, ...]

    def read(self, choice: tuple[int, ...]) -> str:
        """The text as `choice` has it: one number for each of the block's points."""
        read = [part if isinstance(part, str) else part.readings[choice[part.index]] for part in self.parts]
        return "".join(read)


@dataclass(frozen=True)
class Section:
    """A header (a file's with its attributes) and the text below it."""

    header: Text
    body: Text


@dataclass
class Block:
    """One kind of dependency, or one place."""

    name: str
    group: str
    marks: dict[str, str]
    sections: list[Section] = field(default_factory=list)
    points: list[int] = field(default_factory=list)
    """How many readings each point has."""

    def section(self, name: str) -> Section | None:
        """The section that has just this header."""
        return next((one for one in self.sections if one.header.parts == (name,)), None)

    def reads(self, what: str) -> bool:
        """Whether the block's code reads `what` (lines, source, doc, names, hints, env, stat) of the program."""
        return what in self.marks.get("reads", "").split(",")

    @property
    def base(self) -> tuple[int, ...]:
        """The choice that every site begins with."""
        return (0,) * len(self.points)


class _Points:
    """Numbers the points of one block."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.named: dict[str, int] = {}

    def text(self, written: str) -> Text:
        parts: list[str | Point] = []
        end = 0
        for found in _POINT.finditer(written):
            parts += [written[end : found.start()], self.point(found)]
            end = found.end()
        parts.append(written[end:])
        return Text(tuple(part for part in parts if part != ""))

    def point(self, found: re.Match[str]) -> Point:
        readings = tuple(one.replace(r"\|", "|") for one in _ALTERNATIVES.split(found[2]))
        index = self.named.get(found[1] or "", len(self.block.points))
        if index == len(self.block.points):
            self.block.points.append(len(readings))
        if found[1]:
            self.named[found[1]] = index
        return Point(index, readings)


def _block(written: str, group: str) -> Block:
    title, _, rest = written.partition("\n")
    found = re.fullmatch(r"(.*?)(?: \[([^\]]+)\])?", title)
    assert found is not None
    marks = dict(one.partition("=")[::2] for one in (found[2] or "").split())
    block = Block(found[1], group, marks)
    points = _Points(block)
    for section in re.split(r"^--- ", rest, flags=re.MULTILINE)[1:]:
        header, _, body = section.partition("\n")
        block.sections.append(Section(points.text(header), points.text(body)))
    return block


def _blocks(path: Path) -> Iterator[Block]:
    for written in re.split(r"^## ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        yield _block(written, path.stem)


def kinds() -> list[Block]:
    """What a step can depend on."""
    return [block for path in sorted((FOLDER / "kinds").glob("*.txt")) for block in _blocks(path)]


def places() -> list[Block]:
    """From where a step can come to depend on it."""
    return list(_blocks(FOLDER / "places.txt"))
