"""Generated parsers of argparse and words for them."""

from __future__ import annotations

import random

from command_lines import CommandLine

HEADER = """\
import argparse


def refusing(text):
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text} is no number")
    return int(text)


class Doubling(argparse.Action):
    def __call__(self, parser, namespace, values, option_string=None):
        setattr(namespace, self.dest, (values, values, option_string))


class Point:
    def __init__(self, text):
        self.x, self.y = map(int, text.split(","))

    def __repr__(self):
        return f"Point({self.x}, {self.y})"


"""
TYPES = {
    "": ("x", "1", "-1", "y"), "int": ("1", "-3", "4", "x", "007", "2"), "float": ("1", "-.5", "nan", "x", "1e3"),
    "str": ("x", "", "1"), "bool": ("", "False", "x"), "double": ("4", "2", "x"), "picky": ("x", "y", "bad"),
    "refusing": ("4", "1", "2", "x"), "Color": ("red", "red", "blue", "RED"), "Size": ("s", "small"),
    "Point": ("1,2", "x"),
    "lambda text: text.split(',')": ("a,b", ""), "pathlib.Path": ("a/b",), "json.loads": ("[1]", "{"),
    "lambda text: Color[text]": ("RED", "red"), "str.upper": ("x",), "eval": ("1",),
}  # fmt: skip
DEFAULTS = ("None", "1", "'1'", "2.5", "'x'", "['a']", "(1, 2)", "True", "'red'", "Color.RED", "Size.small", "'4'",
            "[]", "argparse.SUPPRESS", "'1,2'", "'RED'", "'s'", "'bad'", "pathlib.Path('a')")  # fmt: skip
CHOICES = ("['x', 'y']", "[1, 2, 4]", "range(1, 5)", "list(Color)", "Color", "'xyz'", "[c.value for c in Color]",
           "Size", "{'x': 1, 'a': 2}", "list(Size)", "('1', '-1', 'x')")  # fmt: skip
PLAIN_ACTIONS = ("store_true", "store_false", "count", "store_const", "append_const")


def _attributes(choose: random.Random, chances: dict[str, tuple[float, tuple[str, ...]]]) -> list[str]:
    return [f"{n}={choose.choice(values)}" for n, (chance, values) in chances.items() if choose.random() < chance]


def _quoted(names: list[str], attributes: list[str]) -> str:
    return f"add_argument({', '.join([*map(repr, names), *attributes])})"


def valued(choose: random.Random, letter: str) -> tuple[str, list[tuple[str, ...]]]:
    """An option with values."""
    names = choose.choice(
        [[f"--{letter * 3}"], [f"-{letter}", f"--{letter * 3}"], [f"-{letter}"], [f"--{letter * 3}-x"],
         [f"--{letter * 3}", f"--{letter * 3}er"]]
    )  # fmt: skip
    type_ = choose.choice(list(TYPES))
    attributes = [f"type={type_}"] if type_ else []
    attributes += _attributes(
        choose,
        {"default": (0.5, DEFAULTS), "nargs": (0.3, ("'?'", "'*'", "'*'", "'+'", "2", "1", "argparse.REMAINDER")),
         "action": (0.3, ("'append'", "'extend'", "'store'", "Doubling")), "const": (0.08, ("'c'", "3", "Color.BLUE")),
         "choices": (0.1, CHOICES), "required": (0.05, ("True",)), "dest": (0.1, (f"'named_{letter}'",)),
         "metavar": (0.1, ("'M'",)), "help": (0.1, ("'h'",))},
    )  # fmt: skip
    if "type=pathlib.Path" in attributes and "default=Size.small" in attributes:
        attributes.remove("default=Size.small")  # releases of Python make different paths of such a text
    spoken = []
    for _ in range(4):
        words = [choose.choice(TYPES[type_]) for _ in range(choose.choice([0, 1, 1, 1, 2, 3]))]
        name = choose.choice([*names, names[-1][: max(4, len(names[-1]) - 1)]])
        if len(words) == 1 and choose.random() < 0.4:
            spoken.append((f"{name}={words[0]}" if name.startswith("--") else f"{name}{words[0]}",))
        else:
            spoken.append((name, *words))
    return _quoted(names, attributes), spoken


def flag(choose: random.Random, letter: str) -> tuple[str, list[tuple[str, ...]]]:
    """An option without values."""
    names = choose.choice([[f"--{letter * 3}"], [f"-{letter}", f"--{letter * 3}"]])
    if choose.random() < 0.3:
        attributes = ["action=argparse.BooleanOptionalAction"]
        words = [(names[-1],), (f"--no-{letter * 3}",)]
    else:
        act = choose.choice(PLAIN_ACTIONS)
        attributes = [f"action={act!r}"]
        if act.endswith("const"):
            attributes += _attributes(choose, {"const": (0.9, ("1", "'c'", "Color.RED", "[1]"))})
        words = [(names[0],), (names[0], names[-1]), (f"-{letter * 2}",)]
    attributes += _attributes(
        choose, {"default": (0.25, DEFAULTS), "dest": (0.15, ("'shared'",)), "required": (0.05, ("True",))}
    )
    return _quoted(names, attributes), words


def positional(choose: random.Random, letter: str) -> tuple[str, list[tuple[str, ...]]]:
    """A positional argument."""
    type_ = choose.choice(list(TYPES))
    attributes = [f"type={type_}"] if type_ else []
    attributes += _attributes(
        choose,
        {"default": (0.3, DEFAULTS), "nargs": (0.5, ("'?'", "'*'", "'+'", "2", "argparse.REMAINDER")),
         "choices": (0.15, CHOICES), "metavar": (0.1, ("'M'",)), "action": (0.1, ("'append'", "Doubling"))},
    )  # fmt: skip
    words = [tuple(choose.choice(TYPES[type_]) for _ in range(choose.choice([0, 1, 1, 2, 3]))) for _ in range(4)]
    return _quoted([f"arg_{letter}"], attributes), words


KINDS = (valued, valued, valued, flag, flag, positional)
PARSERS = ("", "", "", "allow_abbrev=False", "prefix_chars='-+'", "argument_default=argparse.SUPPRESS",
           "add_help=False", "argument_default='a'", "exit_on_error=False", "description='d'", "'prog'")  # fmt: skip
PARSES = ("parse_args()", "parse_args()", "parse_args()", "parse_known_args()", "parse_intermixed_args()",
          "parse_args(namespace=argparse.Namespace(kept=1, aaa='before'))", "parse_args([])",
          "parse_args(['--aaa', '1'])")  # fmt: skip


def _words(choose: random.Random, made: list[tuple[str, list[tuple[str, ...]]]]) -> list[str]:
    parts = [choose.choice(words) for _, words in made if choose.random() < 0.5]
    choose.shuffle(parts)
    if choose.random() < 0.15:
        odd = choose.choice([("--",), ("extra",), ("--nope",), ("-1",), ("-z",), ("--help",), ("--nope=1",)])
        parts.insert(choose.randint(0, len(parts)), odd)
    return [word for part in parts for word in part]


def _many(choose: random.Random, letters: str) -> list[tuple[str, list[tuple[str, ...]]]]:
    return [choose.choice(KINDS)(choose, letter) for letter in letters]


def parser(choose: random.Random) -> CommandLine:
    """One parser, perhaps with groups, a parent, and defaults of its own."""
    made = _many(choose, "abcdef"[: choose.randint(1, 4)])
    lines = [f"parser = argparse.ArgumentParser({choose.choice(PARSERS)})"]
    place = choose.choice(["parser", "parser", "parser", "group", "both", "both", "parent"])
    if place == "parent":
        lines = ["parser = argparse.ArgumentParser(add_help=False)"]
    if place in ("group", "both"):
        kind = (
            "argument_group('g')"
            if place == "group"
            else f"mutually_exclusive_group({choose.choice(['', 'required=True'])})"
        )
        lines.append(f"group = parser.add_{kind}")
    for line, _ in made:
        lines.append(f"{choose.choice(['parser', 'group']) if place in ('group', 'both') else 'parser'}.{line}")
    if place == "parent":
        lines.append("parser = argparse.ArgumentParser(parents=[parser])")
    lines += choose.choice(
        [[], [], ["parser.set_defaults(aaa='7', func=double)"], ["parser.set_defaults(bbb=Color.RED)"]]
    )
    lines.append(f"found = parser.{choose.choice(PARSES)}")
    lines.append("found, rest = found if isinstance(found, tuple) else (found, None)")
    lines.append("got.append(repr((rest, {name: value for name, value in vars(found).items() if name != 'func'})))")
    return CommandLine(HEADER + "\n".join(lines) + "\n", tuple(_words(choose, made)))


def subparsers(choose: random.Random) -> CommandLine:
    """A parser with commands."""
    outer, train, predict = _many(choose, "ab"[: choose.randint(0, 2)]), _many(choose, "cd"), _many(choose, "e")
    options = choose.choice(["dest='command'", "dest='command', required=True", "", "title='t', dest='aaa'"])
    lines = ["parser = argparse.ArgumentParser()", *(f"parser.{line}" for line, _ in outer),
             f"commands = parser.add_subparsers({options})",
             f"train = commands.add_parser('train'{choose.choice(['', ', aliases=[chr(116)]', ', help=chr(116)'])})",
             *(f"train.{line}" for line, _ in train), "train.set_defaults(which='t')",
             "predict = commands.add_parser('predict')", *(f"predict.{line}" for line, _ in predict),
             f"found = parser.{choose.choice(PARSES[:5])}", "got.append(repr(found))"]  # fmt: skip
    words = _words(choose, outer)
    command = choose.choice(["train", "predict", "t", "nope", "train", "predict", None])
    if command is not None:
        words += [command, *_words(choose, predict if command == "predict" else train)]
    return CommandLine(HEADER + "\n".join(lines) + "\n", tuple(words))
