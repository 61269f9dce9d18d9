"""A site: one kind of dependency, in one place, in one step (or few). What its files hold depends on a choice."""

from __future__ import annotations

import posixpath
import re
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

from file_formats import encoded
from site_texts import CODE, Block, Section
from trees import Node, Tree

Choice = tuple[int, ...]


@dataclass
class Part:
    """What a site adds to a project."""

    files: Tree = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    head: str = ""
    """Statements for the top of `run.py`."""
    step: str = ""
    """The step, if it stands in `run.py`."""
    call: str = ""


@dataclass(frozen=True)
class Site:
    """`kind` in `place` (None: the kind brings its own steps), as number `number` of a project."""

    kind: Block
    place: Block | None
    number: int
    in_run: bool
    root: Path

    @property
    def name(self) -> str:
        return f"{self.number:02d}"

    @property
    def title(self) -> str:
        place = "steps of its own" if self.place is None else self.place.name
        return f"{self.kind.name} | {place}{' | in run.py' if self.in_run else ''}"

    @property
    def steps(self) -> tuple[str, ...]:
        """The names of its steps."""
        section = self.kind.section("steps")
        if section is None:
            return (f"step{self.name}",)
        found = re.findall(r"^def (\w+QQ)\(", section.body.read(self.kind.base), re.MULTILINE)
        return tuple(self._numbered(name) for name in found)

    def part(self, choice: Choice) -> Part:
        """What the project has of this site."""
        part = Part()
        for section in self.kind.sections:
            self._add(section, choice, part)
        if self.place is None:
            self._steps(choice, part)
        else:
            self._placed(self.place, choice, part)
        part.call = self._numbered(self._text(self.kind, "call", choice).strip() or "stepQQ()")
        return part

    def _steps(self, choice: Choice, part: Part) -> None:
        text = self._numbered(self._text(self.kind, "steps", choice))
        part.files[f"project/steps{self.name}.py"] = Node(text.encode())
        above = self._numbered(self._text(self.kind, "above-run", choice))
        part.head = f"{above}from steps{self.name} import {', '.join(self.steps)}\n"

    def _placed(self, place: Block, choice: Choice, part: Part) -> None:
        for section in place.sections:
            if not _is_code(section):
                self._add(section, (), part, choice)
        above = self._numbered(self._filled(self._text(place, "above", ()), choice, 0))
        step = f"@step\ndef step{self.name}() -> str:\n"
        step += textwrap.indent(self._numbered(self._filled(self._text(place, "step", ()), choice, 0)), "    ")
        if self.in_run:
            part.head, part.step = above, step
            return
        module = f"from zenml import step\n{above}\n\n{step}"
        part.files[f"project/steps{self.name}.py"] = Node(module.encode())
        part.head = f"from steps{self.name} import step{self.name}\n"

    def _text(self, block: Block, name: str, choice: Choice) -> str:
        section = block.section(name)
        return "" if section is None else section.body.read(choice)

    def _numbered(self, text: str) -> str:
        return text.replace("QQ", self.name).replace("ROOT", str(self.root))

    def _filled(self, text: str, choice: Choice, depth: int) -> str:
        """A place's text with the kind's code in it."""
        above = self._text(self.kind, "above", choice).rstrip()
        body = self._text(self.kind, "value", choice).rstrip()
        as_text = re.sub(r"^(\s*)return (.+)$", r"\1return str((\2))", body, flags=re.MULTILINE)
        text = re.sub(r"^ABOVE$", lambda _: above, text, flags=re.MULTILINE)
        for mark, code in (("BODY-AS-TEXT", as_text), ("BODY2?", body)):
            text = re.sub(rf"^( *){mark}$", lambda found, code=code: textwrap.indent(code, found[1]), text, flags=re.M)
        here = "Path(__file__).resolve().parent" if depth == 0 else f"Path(__file__).resolve().parents[{depth}]"
        return re.sub(r"\bHERE\b", here, text)

    def _add(self, section: Section, choice: Choice, part: Part, inner: Choice | None = None) -> None:
        """Add a file, or the variables. `inner` is the kind's choice, for a file of the place."""
        header = self._numbered(section.header.read(choice))
        if header == "env":
            part.variables |= _variables(self._numbered(section.body.read(choice)))
        if header in CODE:
            return
        path, *attributes = header.split()
        given = dict(one.partition("=")[::2] for one in attributes)
        if given.get("when", "yes") != "yes":
            return
        text = section.body.read(choice)
        if inner is not None:
            text = self._filled(text, inner, int(given.get("depth", "0")))
        part.files |= _nodes(path, self._numbered(text), given)


def _is_code(section: Section) -> bool:
    return section.header.parts[0] in CODE


def _variables(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines() if line)
    return {name: value for name, _, value in pairs if value != "∅"}


def _nodes(path: str, text: str, given: dict[str, str]) -> Tree:
    place = posixpath.normpath(posixpath.join("project", path))
    if path.endswith("/"):
        return {place: Node(None)}
    if "link" in given:
        return {place: Node(None, given["link"])}
    mtime = int(given["mtime"]) if "mtime" in given else None
    mode = int(given.get("mode", "644"), 8)
    files = encoded(given.get("as", "text"), text)
    return {place + end: Node(data, None, mode, mtime) for end, data in files.items()}
