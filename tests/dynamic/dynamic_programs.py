"""The programs of `programs.txt`: small scripts with one dynamic pipeline each.

A program starts with a line `=== NAME | STEPS | FLAGS`; its body follows. STEPS are those of the steps below that it
uses. Flags: `unordered`, its steps may write in any order; `varies`, arguments hold the clock, random values or paths;
`args:NAME=VALUE`, a parameter that its run is given.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROGRAMS = Path(__file__).parent / "programs.txt"

HEAD = """\
import os

from zenml import get_step_context, pipeline, step, unmapped


def say(*words):
    with open(os.environ["OUT"], "a") as out:
        out.write(" ".join(map(str, words)) + "\\n")
"""

STEPS = """\
def number(value: int) -> int:
    say("number", value)
    return value


def ratio(value: float) -> float:
    say("ratio", value)
    return value


def word(text: str) -> str:
    say("word", text)
    return text


def flag(value: bool) -> bool:
    say("flag", value)
    return value


def numbers() -> list[int]:
    say("numbers")
    return [3, 1, 2]


def words() -> list[str]:
    say("words")
    return ["b", "a", "c"]


def table() -> dict:
    say("table")
    return {"rows": 4, "name": "north", "parts": ["c", "a", "b"]}


def double(n: int) -> int:
    say("double", n)
    return 2 * n


def add(a: int, b: int) -> int:
    say("add", a, b)
    return a + b


def total(values: list[int]) -> int:
    say("total", values)
    return sum(values)


def mark(text: str) -> None:
    say("mark", text)


def note(value: object) -> None:
    say("note", repr(value))


def named(text: str) -> None:
    say(get_step_context().step_run.name, text)


def fragile(n: int) -> int:
    say("fragile", n)
    if n < 0:
        raise ValueError(f"negative {n}")
    return n


def nothing() -> None:
    say("nothing")


def maybe(n: int) -> Optional[int]:
    say("maybe", n)
    return n if n > 0 else None


def pair(n: int) -> tuple[int, str]:
    say("pair", n)
    return n, "x" * n


def empty() -> list[int]:
    say("empty")
    return []


def anything(value: object) -> object:
    say("anything", repr(value))
    return value
"""

SHARED = {text[len("def ") : text.index("(")]: text.rstrip("\n") for text in STEPS.split("\n\n\n")}
MAIN = 'if __name__ == "__main__":\n    main()'


@dataclass(frozen=True)
class Program:
    """A script, and what its flags say of it."""

    name: str
    text: str
    parameters: tuple[tuple[str, str], ...] = ()
    unordered: bool = False
    varies: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """The parameters, read as the command line reads them: JSON, else text."""
        return {name: _value(text) for name, text in self.parameters}

    def unpack(self, folder: Path) -> Path:
        """The script, on disk."""
        script = folder / "run.py"
        script.write_text(self.text, "utf-8")
        return script


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def programs() -> Iterator[Program]:
    """All programs, in the order of the file."""
    for section in PROGRAMS.read_text("utf-8").split("\n=== ")[1:]:
        title, _, body = section.partition("\n")
        name, steps, flags = (part.strip() for part in title.split("|"))
        words = flags.split()
        given = (word.removeprefix("args:").partition("=") for word in words if word.startswith("args:"))
        yield Program(
            name,
            _script(steps.split(), body.strip("\n")),
            tuple((key, text) for key, _, text in given),
            unordered="unordered" in words,
            varies="varies" in words,
        )


def _script(steps: list[str], body: str) -> str:
    """A program as a whole: imports and shared steps before its body, the call of the pipeline behind it."""
    lines = body.split("\n")
    first = next(n for n, line in enumerate(lines) if line and not line.startswith(("import ", "from ")))
    imports = "".join(line + "\n" for line in lines[:first] if line)
    chosen = ["@step(enable_cache=False)\n" + SHARED[name] for name in steps]
    if any("Optional" in text for text in chosen):
        chosen.insert(0, "from typing import Optional")
    parts = [(imports + HEAD).rstrip("\n"), *chosen, "\n".join(lines[first:])]
    return "\n\n\n".join(parts if "__main__" in body else [*parts, MAIN]) + "\n"
