"""Generated programs of typer and words for them."""

from __future__ import annotations

import random

from command_lines import CommandLine

HEADER = """\
import datetime
import uuid
from pathlib import Path
from typing import Annotated, List, Literal, Optional, Tuple

import typer


def seen(ctx: typer.Context, value):
    got.append(repr(value))
    return value


def change(value: str):
    if value == "bad":
        raise typer.BadParameter("bad is refused")
    return (value, "changed")


"""
TYPES = {
    "str": ("x", "1", ""), "int": ("1", "-3", "x", "1.0", "007", "1_000"), "float": ("1", "1.5", "nan", "x", "1e3"),
    "bool": ("true", "no", "1", "x", "Off"), "Color": ("red", "RED", "blue", "x"), "Size": ("s", "large", "x"),
    "Path": ("a/b", "a//b"), "uuid.UUID": ("12345678123456781234567812345678", "x"),
    "datetime.datetime": ("2024-01-31", "2024-01-31T10:00:00", "x"), "Literal['a', 'b']": ("a", "c"),
}  # fmt: skip
DEFAULTS = {
    "str": ("'x'", "''"), "int": ("3", "0", "-1", "'5'"), "float": ("1", "0.5"), "bool": ("True", "False"),
    "Color": ("Color.RED", "'red'"), "Size": ("Size.small", "'large'"), "Path": ("Path('p')", "'p'"),
    "uuid.UUID": ("None",), "datetime.datetime": ("'2024-01-31'", "None"), "Literal['a', 'b']": ("'a'",),
}  # fmt: skip


def parameter(choose: random.Random, letter: str) -> tuple[str, list[tuple[str, ...]]]:
    """A parameter of a function, with or without a default, and its words."""
    base = choose.choice(list(TYPES))
    name = choose.choice([letter * 3, f"{letter * 3}_x"])
    shape = choose.choice(["{}", "{}", "{}", "Optional[{}]", "{} | None", "List[{}]", "list[{}]", "Tuple[{}, int]"])
    if base.startswith("Literal") and choose.random() < 0.9:
        shape = "Optional[{}]"
    annotation = shape.format(base)
    many = "ist[" in shape
    pair = shape.startswith("Tuple")
    defaults: tuple[str, ...] = DEFAULTS[base]
    if many:
        defaults = ("[]", "None", f"[{defaults[0]}]")
    elif pair:
        defaults = ("None", f"({defaults[0]}, 1)")
    elif shape != "{}":
        defaults = (*defaults, "None")
    default = choose.choice([None, choose.choice(defaults), choose.choice(defaults)])
    way = choose.choice(["plain", "plain", "option", "option", "argument", "annotated"])
    is_flag = base == "bool" and not many and not pair
    names = choose.choice(["", "", f"'--{letter}-other'", f"'-{letter}'", f"'-{letter}', '--{letter * 3}'"])
    if is_flag and names and choose.random() < 0.5:
        names = f"'--{letter}/--off-{letter}'"
    settings = [
        f"{n}={v}"
        for n, v, chance in [("callback", "seen", 0.1), ("callback", "change", 0.05), ("help", "'h'", 0.2),
                             ("case_sensitive", "False", 0.3 if base in ("Color", "Size") else 0.0),
                             ("min", "0", 0.2 if base in ("int", "float") else 0.0),
                             ("max", "2", 0.6 if base in ("int", "float") else 0.0),
                             ("clamp", "True", 0.6 if base in ("int", "float") else 0.0), ("envvar", "'NOT_SET'", 0.05)]
        if choose.random() < chance and not (n in ("min", "max", "clamp") and (many or pair))
    ]  # fmt: skip
    if sum("callback" in one for one in settings) > 1:
        settings = settings[:1]
    text, is_option = _declared(
        way, (name, annotation), default, ", ".join([*filter(None, [names]), *settings]), settings
    )
    called = _called(is_option, is_flag, names, name, letter)
    return text, _words(choose, called, TYPES[base], (many, pair, is_flag))


def _declared(
    way: str, named: tuple[str, str], default: str | None, inside: str, settings: list[str]
) -> tuple[str, bool]:
    name, annotation = named
    if way == "option":
        return f"{name}: {annotation} = typer.Option({', '.join(filter(None, [default or '...', inside]))})", True
    if way == "argument":
        return f"{name}: {annotation} = typer.Argument({', '.join([default or '...', *settings])})", False
    equals = "" if default is None else f" = {default}"
    if way == "annotated":
        return f"{name}: Annotated[{annotation}, typer.Option({inside})]{equals}", True
    return f"{name}: {annotation}{equals}", default is not None


def _called(is_option: bool, is_flag: bool, names: str, name: str, letter: str) -> list[str]:
    dashed = name.replace("_", "-")
    if not is_option:
        return []
    if names and "/" in names:
        return [f"--{letter}", f"--off-{letter}"]
    usual = [f"--{dashed}", *([f"--no-{dashed}"] if is_flag else [])]
    return [*(one.strip("'") for one in names.split(", ") if one), *usual][: None if not names else 2]


def _words(
    choose: random.Random, called: list[str], words: tuple[str, ...], shape: tuple[bool, bool, bool]
) -> list[tuple[str, ...]]:
    many, pair, is_flag = shape
    found: list[tuple[str, ...]] = []
    for word in words:
        value = (word, choose.choice(["1", "2", "x"])) if pair else (word,)
        if not called:
            found.append(value * (choose.choice([1, 2, 3]) if many else 1))
        elif is_flag:
            found.append((choose.choice(called),))
        else:
            one = (choose.choice(called), *value)
            found.append(one + one if many and choose.random() < 0.5 else one)
    return found


def _parameters(choose: random.Random, letters: str) -> tuple[str, list[list[tuple[str, ...]]]]:
    made = [parameter(choose, letter) for letter in letters]
    made.sort(key=lambda one: " = " in one[0])
    return ", ".join(text for text, _ in made), [words for _, words in made]


def _line(choose: random.Random, options: list[list[tuple[str, ...]]]) -> list[str]:
    parts = [choose.choice(words) for words in options if choose.random() < 0.7]
    if choose.random() < 0.1:
        parts.insert(choose.randint(0, len(parts)), choose.choice([("--",), ("extra",), ("--nope",), ("--help",)]))
    return [word for part in parts for word in part]


BODY = "    got.append(repr(sorted((name, value) for name, value in locals().items() if name != 'ctx')))\n"


def command(choose: random.Random) -> CommandLine:
    """One command."""
    parameters, options = _parameters(choose, "abcd"[: choose.randint(1, 4)])
    source = f"{HEADER}def main({parameters}):\n{BODY}    return 'done'\n\n\n"
    source += choose.choice([
        "typer.run(main)\n", "app = typer.Typer()\napp.command()(main)\napp()\n",
        "app = typer.Typer(add_completion=False)\napp.command(name='other')(main)\napp()\n",
        "app = typer.Typer()\napp.command()(main)\ngot.append(repr(app(standalone_mode=False)))\n",
    ])  # fmt: skip
    return CommandLine(source + "got.append('after')\n", tuple(_line(choose, options)))


def app(choose: random.Random) -> CommandLine:
    """An application with commands, a callback, and another application below."""
    outer, outer_options = _parameters(choose, "a"[: choose.randint(0, 1)])
    first, first_options = _parameters(choose, "bc"[: choose.randint(0, 2)])
    second, second_options = _parameters(choose, "d")
    callback = choose.choice(
        ["", "@app.callback()\n", "@app.callback(invoke_without_command=True)\n", "@app.callback()\n"]
    )
    source = (
        HEADER
        + f"app = typer.Typer({choose.choice(['', '', 'no_args_is_help=True', 'invoke_without_command=True'])})\n"
    )
    source += f"other = typer.Typer({choose.choice(['', 'name=chr(111)'])})\n\n\n"
    if callback:
        inside = f"ctx: typer.Context{', ' if outer else ''}{outer}"
        source += f"{callback}def main({inside}):\n    got.append(repr(ctx.invoked_subcommand))\n{BODY}\n\n"
    source += f"@app.command({choose.choice(['', chr(39) + 'train' + chr(39)])})\ndef train_model({first}):\n{BODY}\n\n"
    end = choose.choice(
        ["", "", "    raise typer.Exit(code=0)\n", "    raise typer.Exit(code=3)\n", "    raise typer.Abort()\n"]
    )
    place = choose.choice(["app", "other"])
    source += f"@{place}.command()\ndef predict({second}):\n{BODY}{end}\n\n"
    source += "@other.command()\ndef list_all():\n    got.append('list')\n\n\n"
    source += choose.choice(["", "app.add_typer(other, name='other')\n", "app.add_typer(other, name='other')\n"])
    words = _line(choose, outer_options) if callback else []
    chosen = choose.choice(["train-model", "train", "predict", "other", "nope", None, "predict"])
    if chosen == "other":
        words += choose.choice([["other", "list-all"], ["other"], ["other", "predict", *_line(choose, second_options)]])
    elif chosen is not None:
        words += [chosen, *_line(choose, second_options if chosen == "predict" else first_options)]
    return CommandLine(source + "app()\ngot.append('after')\n", tuple(words))
