"""Command lines mean what click, argparse, typer and fire make of them, or are refused: generated declarations and
words, each read by the library itself and by the front end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import argparse_lines
import click_lines
import fire_lines
import pytest
import typer_lines
from command_lines import CommandLine, Told, by_front_end, by_library, fault, message_of

GENERATORS: dict[str, tuple[Callable[[random.Random], CommandLine], int]] = {
    "click command": (click_lines.command, 600),
    "click group": (click_lines.group, 300),
    "argparse parser": (argparse_lines.parser, 600),
    "argparse subparsers": (argparse_lines.subparsers, 300),
    "typer command": (typer_lines.command, 300),
    "typer app": (typer_lines.app, 300),
    "fire function": (fire_lines.function, 300),
    "fire class": (fire_lines.class_, 300),
}
"""What generates lines, and how many are held."""

KNOWN_AT_LEAST = 0.85
"""The part of what the library takes of which the front end must know the values."""


@pytest.fixture(autouse=True)
def _event_loop() -> Iterator[None]:
    """One for fire's coroutines, as a new process has it: `asyncio.run` in another test leaves none."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.mark.parametrize("kind", GENERATORS)
def test_lines_mean_what_the_library_makes_of_them(kind: str, tmp_path: Path) -> None:
    generate, count = GENERATORS[kind]
    wrong: list[str] = []
    taken = known = 0
    for number in range(count):
        line = generate(random.Random(number))
        wanted, found = by_library(line), by_front_end(tmp_path, line)
        what = fault(line, wanted, found)
        if what is not None:
            wrong.append(f"{number}: {what}\n{line}\n{wanted}\n{found}")
        taken += wanted.refused is None
        known += wanted.refused is None and found.got is not None
    assert not wrong, "\n\n".join(wrong[:5])
    assert taken > count / 10
    assert known / taken > KNOWN_AT_LEAST


@pytest.mark.parametrize("generate", [click_lines.command, argparse_lines.parser])
def test_what_is_refused_is_told_in_the_words_of_the_library(
    generate: Callable[[random.Random], CommandLine], tmp_path: Path
) -> None:
    """A usage error is a diagnostic with the library's message."""
    told = 0
    for number in range(200):
        line = generate(random.Random(number))
        wanted, found = by_library(line), by_front_end(tmp_path, line)
        if wanted.refused is None or "rror: " not in wanted.refused or not wanted.refused.startswith("sage", 1):
            continue
        if "Size." in wanted.refused or "Color." in wanted.refused:
            continue  # members of enums are shown in other ways
        told += 1
        assert found.refused is not None, line
        assert _plain(message_of(wanted.refused))[:40] in _plain(found.refused), f"{line}\n{wanted}\n{found}"
    assert told > 20


def _plain(text: str) -> str:
    return " ".join(text.replace(".", " ").lower().split())


def _of(folder: Path, source: str, *words: str, **environment: str) -> Told:
    return by_front_end(folder, CommandLine(source, words), environment)


CLICK = """\
import click


class Percent(click.ParamType):
    name = "percent"

    def convert(self, value, param, ctx):
        if not str(value).endswith("%"):
            self.fail(f"{value} is no percentage", param, ctx)
        return int(str(value)[:-1])


@click.command()
@click.option(OPTION)
def main(**values):
    got.append(repr(values))


main(GIVEN)
"""


@pytest.mark.parametrize(
    ("option", "main", "words", "environment", "wanted"),
    [
        ("'--x', envvar='X', type=int, default=1", "", "", {"X": "7"}, "{'x': 7}"),
        ("'--x', envvar=['Y', 'X'], type=int", "", "", {"X": "7"}, "{'x': 7}"),
        ("'--x', envvar='X', type=int, default=1", "", "--x 3", {"X": "7"}, "{'x': 3}"),
        ("'--x', envvar='X', type=int, default=1", "", "", {}, "{'x': 1}"),
        ("'--x', envvar='X', is_flag=True", "", "", {"X": "yes"}, "{'x': True}"),
        ("'--x', envvar='X', multiple=True", "", "", {"X": "a b"}, "{'x': ('a', 'b')}"),
        ("'--x', type=int", "auto_envvar_prefix='APP'", "", {"APP_X": "5"}, "{'x': 5}"),
        ("'--x', envvar='X', type=int", "", "", {"X": "no"}, "ZC0107"),
        ("'--x', envvar='X', type=int, required=True", "", "", {}, None),
        ("'--x', prompt=True", "", "", {}, None),
        ("'--x', prompt=True, default='d'", "", "", {}, None),
        ("'--x', prompt=True", "", "--x 3", {}, "{'x': '3'}"),
        ("'--x', type=Percent(), default='5%'", "", "", {}, "{'x': 5}"),
        ("'--x', type=Percent()", "", "--x 7%", {}, "{'x': 7}"),
        ("'--x', type=Percent()", "", "--x 7", {}, "7 is no percentage"),
        ("'--x', type=click.Path(exists=True)", "", "--x main.py", {}, "{'x': 'main.py'}"),
        ("'--x', type=click.Path(exists=True)", "", "--x nowhere.txt", {}, "does not exist"),
        ("'--x', type=click.File()", "", "--x nowhere.txt", {}, "ZC0107"),
        ("'--x', default=__import__('numpy').pi", "", "", {}, None),
        ("'--x', type=__import__('numpy').int64", "", "--x 3", {}, None),
        ("'--x', multiple=__import__('numpy').x", "", "--x 3", {}, None),
        ("'--x', default=__import__('os').environ.get('N', '4'), type=int", "", "", {"N": "9"}, "{'x': 9}"),
        ("'--x', default=__import__('os').environ.get('N', '4'), type=int", "", "", {}, "{'x': 4}"),
    ],
)
def test_click_asks_nothing_of_the_machine(
    option: str, main: str, words: str, environment: dict[str, str], wanted: str | None, tmp_path: Path
) -> None:
    """Environment, prompts and files: what is given is read as click reads it, the rest is unknown."""
    told = _of(tmp_path, CLICK.replace("OPTION", option).replace("GIVEN", main), *words.split(), **environment)
    if wanted is not None and wanted.startswith("{"):
        assert told == Told((wanted,), None)
    elif wanted is not None:
        assert told.refused is not None
        assert wanted in told.refused
    else:
        assert (told.got, told.refused) == (None, None)


ARGPARSE = """\
import argparse, os
parser = argparse.ArgumentParser()
parser.add_argument({})
found = parser.parse_args({})
got.append(repr(found.x))
"""


@pytest.mark.parametrize(
    ("argument", "parsed", "words", "environment", "wanted"),
    [
        ("'--x', default=os.environ.get('N', '4'), type=int", "", "", {"N": "9"}, "9"),
        ("'--x', default=os.environ.get('N', '4'), type=int", "", "", {}, "4"),
        ("'--x', default=os.environ.get('N', 'no'), type=int", "", "", {}, "invalid int value"),
        ("'--x', type=__import__('numpy').int64", "", "--x 3", {}, None),
        ("'--x', choices=__import__('numpy').x", "", "--x 3", {}, "'3'"),
        ("'--x', nargs=__import__('numpy').x", "", "--x 3", {}, None),
        ("'--x'", "__import__('numpy').x", "--x 3", {}, None),
        ("'--x', action=__import__('numpy').x", "", "--x 3", {}, None),
        ("'--x', type=argparse.FileType('r')", "", "--x nowhere.txt", {}, "can't open"),
    ],
)
def test_argparse_asks_nothing_of_the_machine(
    argument: str, parsed: str, words: str, environment: dict[str, str], wanted: str | None, tmp_path: Path
) -> None:
    told = _of(tmp_path, ARGPARSE.format(argument, parsed), *words.split(), **environment)
    if wanted is None:
        assert (told.got, told.refused) == (None, None)
    elif told.refused is None:
        assert told.got == (wanted,)
    else:
        assert wanted in told.refused


@pytest.mark.parametrize(
    "source",
    [
        "import click\n@click.group(cls=Other)\ndef main(): pass\n@main.command()\ndef run(): pass\nmain()\n",
        "import click\n@click.command()\ndef main(): pass\nmain(unknown())\n",
        "import fire\nfire.Fire(unknown)\n",
        "import fire\nfire.Fire(double, command=unknown())\n",
    ],
)
def test_what_can_not_be_read_is_told(source: str, tmp_path: Path) -> None:
    """What a script does with its arguments is never passed over in silence."""
    told = _of(tmp_path, "from library import Other, unknown\n" + source, "run", "--x", "1")
    assert told.refused is not None
    assert "ZC0170" in told.refused


CLAMPED = """
import typer
from typing import Annotated


def main(w: Annotated[float, typer.Option(clamp=True, max=2, min=0)] = 1.0):
    got.append(repr(w))


typer.run(main)
"""


@pytest.mark.parametrize("word", ["7", "-3", "1"])
def test_a_bound_that_stands_in_for_a_number_is_of_its_kind(word: str, tmp_path: Path) -> None:
    """An integer bound of a float is a float."""
    line = CommandLine(CLAMPED, ("--w", word))
    assert by_front_end(tmp_path, line).got == by_library(line).got
