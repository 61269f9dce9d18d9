"""Generated commands of click and words for them."""

from __future__ import annotations

import random
from dataclasses import dataclass

from command_lines import CommandLine

TYPES = {
    "": ("x", "1", ""),
    "str": ("x", "1", "-1", ""),
    "int": ("1", "-3", "x", "1.5", "007", "1_000"),
    "float": ("1", "1.5", "nan", "x", "-2", "1e3"),
    "bool": ("1", "yes", "off", "t", "FALSE", "maybe", ""),
    "click.INT": ("4", "x"),
    "click.FLOAT": ("4", "x"),
    "click.BOOL": ("on", "n", "x"),
    "click.STRING": ("x",),
    "click.UUID": ("12345678123456781234567812345678", "x"),
    "click.UNPROCESSED": ("x",),
    "click.Choice(['a', 'B', 'cc'])": ("a", "b", "B", "c"),
    "click.Choice(['a', 'B'], case_sensitive=False)": ("A", "b", "c"),
    "click.Choice(Color)": ("RED", "red", "BLUE"),
    "click.Choice(list(Size), case_sensitive=False)": ("small", "LARGE", "large", "s"),
    "click.Choice([1, 2])": ("1", "3"),
    "click.IntRange(0, 10)": ("0", "10", "11", "-1", "x"),
    "click.IntRange(0, 10, clamp=True)": ("99", "-5", "3"),
    "click.IntRange(min=1, min_open=True)": ("1", "2"),
    "click.FloatRange(0, 1)": ("0.5", "2", "x"),
    "click.FloatRange(max=1, clamp=True)": ("0.5", "2"),
    "click.DateTime()": ("2024-01-31", "2024-01-31T10:00:00", "x"),
    "click.DateTime(['%d.%m.%Y'])": ("31.01.2024", "2024-01-31"),
    "click.Path()": ("a/b", ""),
    "click.Path(path_type=pathlib.Path)": ("a/b", "a//b"),
    "click.Path(path_type=str)": ("a/b",),
    "(str, int)": ("x 1", "x y", "x"),
    "click.Tuple([int, float])": ("1 2", "x 1"),
    "double": ("4", "x"),
    "picky": ("x", "bad"),
    "Size": ("s", "small", "large"),
    "lambda text: text.upper()": ("x",),
    "json.loads": ("[1, 2]", "{", '{"a": null}'),
}
"""Types, and words for each."""

DEFAULTS = ("None", "1", "'1'", "0", "2.5", "True", "False", "'a'", "'x'", "''", "'RED'", "['a', 'b']", "(1, 2)", "()",
            "[]", "'2024-01-31'", "lambda: 3", "lambda: 'x'", "double", "Color.RED", "Size.small", "[('a', 1)]",
            "['1', '2']", "pathlib.Path('p')", "1.0", "[1]", "'false'", "'yes'", "-5", "'bad'", "b'x'",
            "{}")  # fmt: skip
FLAG_VALUES = ("'train'", "'predict'", "1", "2.5", "True", "False", "'1'", "Color.RED", "Size.small", "''", "None")
LETTERS = "abcdefgh"


@dataclass(frozen=True)
class Option:
    """An option or argument: its line, and its words, where it may be given."""

    text: str
    words: tuple[tuple[str, ...], ...]


def _attributes(choose: random.Random, chances: dict[str, tuple[float, tuple[str, ...]]]) -> list[str]:
    return [f"{name}={choose.choice(values)}" for name, (chance, values) in chances.items() if choose.random() < chance]


def _names(choose: random.Random, letter: str) -> tuple[list[str], list[str]]:
    """Ways to name an option: the declarations, and what it is called on the command line."""
    long = f"--{letter * 3}"
    ways: list[tuple[list[str], list[str]]] = [
        ([long], [long]),
        ([f"-{letter}", long], [f"-{letter}", long]),
        ([f"-{letter}"], [f"-{letter}"]),
        ([f"{long}-x"], [f"{long}-x"]),
        ([long, f"--other-{letter}"], [long, f"--other-{letter}"]),
        ([long, f"named_{letter}"], [long]),
        ([f"named_{letter}", f"-{letter}", long], [long, f"-{letter}"]),
    ]
    return choose.choice(ways)


def _spoken(choose: random.Random, name: str, word: str) -> tuple[str, ...]:
    """An option with its value, as it may be written."""
    words = word.split(" ")
    if len(words) > 1:
        return (name, *words)
    ways = [(name, word), (f"{name}={word}",)] if name.startswith("--") else [(name, word), (f"{name}{word}",)]
    return choose.choice(ways)


def valued(choose: random.Random, letter: str) -> Option:
    """An option that takes a value."""
    names, called = _names(choose, letter)
    type_ = choose.choice(list(TYPES)) if choose.random() < 0.8 else ""
    attributes = [f"type={type_}"] if type_ else []
    attributes += _attributes(
        choose,
        {"default": (0.5, DEFAULTS), "multiple": (0.2, ("True",)), "nargs": (0.1, ("2", "1")),
         "required": (0.1, ("True",)), "expose_value": (0.05, ("False",)), "is_eager": (0.1, ("True",)),
         "callback": (0.15, ("seen", "change")), "help": (0.2, ("'h'",)), "envvar": (0.1, ("'NOT_SET'",)),
         "is_flag": (0.05, ("False",)), "flag_value": (0.05, ("'f'",)), "show_default": (0.1, ("True",))},
    )  # fmt: skip
    many = 2 if "nargs=2" in attributes else 1
    words = [_spoken(choose, choose.choice(called), " ".join([word] * many)) for word in TYPES[type_]]
    times = choose.choice([1, 1, 2]) if "multiple=True" in attributes else 1
    spoken = [sum((choose.choice(words) for _ in range(times)), ()) for _ in range(3)]
    if any(one.startswith("flag_value") for one in attributes):
        spoken.append((choose.choice(called),))
    return Option(f"@click.option({', '.join([*map(repr, names), *attributes])})", tuple(spoken))


def flag(choose: random.Random, letter: str) -> Option:
    """A flag, with or without its opposite."""
    names, called = _names(choose, letter)
    attributes: list[str] = []
    if choose.random() < 0.5:
        off = choose.choice([f"--no-{letter}", f"-{letter.upper()}"])
        names[-1 if names[-1].startswith("-") else 0] += f"/{off}"
        called = [*called, off]
    else:
        attributes.append("is_flag=True")
    attributes += _attributes(
        choose,
        {"default": (0.5, ("None", "True", "False", "'yes'", "1", "'x'")), "type": (0.15, ("bool", "int", "str")),
         "flag_value": (0.25, FLAG_VALUES), "required": (0.08, ("True",)), "multiple": (0.08, ("True",)),
         "callback": (0.15, ("seen", "change")), "expose_value": (0.05, ("False",))},
    )  # fmt: skip
    return Option(
        f"@click.option({', '.join([*map(repr, names), *attributes])})", tuple((name,) for name in (*called, *called))
    )


def counted(choose: random.Random, letter: str) -> Option:
    """An option that counts how often it is given."""
    attributes = _attributes(choose, {"default": (0.3, ("1", "None", "0")), "type": (0.1, ("click.IntRange(0, 2)",))})
    words = ((f"-{letter}",), (f"-{letter}{letter}{letter}",), (f"--{letter * 3}", f"-{letter}"))
    return Option(
        f"@click.option({', '.join([repr(f'-{letter}'), repr(f'--{letter * 3}'), 'count=True', *attributes])})", words
    )


def switches(choose: random.Random, letter: str) -> Option:
    """Flags that share one name, as ways that exclude one another."""
    lines, words = [], []
    for number in range(choose.randint(2, 3)):
        name = f"--{letter}{number}{letter}"
        attributes = [f"flag_value={choose.choice(FLAG_VALUES)}"]
        attributes += _attributes(
            choose,
            {"default": (0.4, ("True", "True", "False", "None", "'train'", "1")),
             "type": (0.15, ("str", "bool", "int")),
             "is_flag": (0.2, ("True",)), "required": (0.05, ("True",))},
        )  # fmt: skip
        lines.append(f"@click.option({', '.join([repr(name), repr(f'way_{letter}'), *attributes])})")
        words.append((name,))
    return Option("\n".join(lines), (*words, words[0] + words[-1], words[-1] + words[0]))


def argument(choose: random.Random, letter: str) -> Option:
    """A positional argument."""
    type_ = choose.choice(list(TYPES)) if choose.random() < 0.6 else ""
    attributes = [f"type={type_}"] if type_ else []
    attributes += _attributes(
        choose,
        {"default": (0.25, DEFAULTS), "nargs": (0.3, ("-1", "2", "1")), "required": (0.3, ("False", "True")),
         "callback": (0.1, ("seen", "change")), "envvar": (0.05, ("'NOT_SET'",))},
    )  # fmt: skip
    many = choose.choice([1, 2, 3]) if "nargs=-1" in attributes else (2 if "nargs=2" in attributes else 1)
    words = [tuple(" ".join([word] * many).split(" ")) for word in TYPES[type_]]
    return Option(f"@click.argument({', '.join([repr(f'arg_{letter}'), *attributes])})", tuple(words))


KINDS = (valued, valued, valued, valued, flag, flag, counted, switches, argument, argument)

HEADER = """\
import click


def seen(ctx, param, value):
    got.append(repr((param.name, value)))
    return value


def change(ctx, param, value):
    if value == "bad":
        raise click.BadParameter("bad is refused")
    return (value, "changed")


"""

SETTINGS = ("", "", "", "", "context_settings={'ignore_unknown_options': True}", "no_args_is_help=True",
            "context_settings={'allow_extra_args': True, 'ignore_unknown_options': True}",
            "context_settings=dict(default_map={'aaa': '5', 'bbb': 'x', 'ccc': True})",
            "context_settings={'help_option_names': ['-h', '--help']}",
            "context_settings={'allow_interspersed_args': False}",
            "context_settings={'token_normalize_func': str.lower}")  # fmt: skip
ENDS = ("main()", "main()", "main()", "main(standalone_mode=False)", "main.main(standalone_mode=False)",
        "got.append(repr(main(standalone_mode=False)))", "main(default_map={'aaa': 'y', 'bbb': 3})")  # fmt: skip


def _line(choose: random.Random, options: list[Option]) -> tuple[str, ...]:
    """Words: those of some of the options, in any order, at times with something that fits nothing."""
    parts = [choose.choice(one.words) for one in options if one.words and choose.random() < 0.6]
    choose.shuffle(parts)
    if choose.random() < 0.15:
        parts.insert(
            choose.randint(0, len(parts)),
            choose.choice([("--",), ("extra",), ("--nope",), ("-1",), ("-z",), ("--help",)]),
        )
    return tuple(word for part in parts for word in part)


def command(choose: random.Random) -> CommandLine:
    """One command with a few options."""
    options = [choose.choice(KINDS)(choose, letter) for letter in LETTERS[: choose.randint(1, 4)]]
    lines = "\n".join(one.text for one in options)
    source = (
        f"{HEADER}@click.command({choose.choice(SETTINGS)})\n{lines}\ndef main(**values):\n"
        f"    got.append(repr(sorted(values.items())))\n    return 'done'\n\n\n"
        f"{choose.choice(ENDS)}\ngot.append('after')\n"
    )
    return CommandLine(source, _line(choose, options))


GROUP = """\
@click.group({settings})
{options}
@click.pass_context
def main(ctx, **values):
    ctx.ensure_object(dict)
    ctx.obj["outer"] = sorted(values.items(), key=lambda pair: pair[0])
    got.append(repr((ctx.invoked_subcommand, ctx.obj["outer"])))


@main.command({first_name})
{first}
@click.pass_obj
def train_model(obj, **values):
    got.append(repr((obj, sorted(values.items(), key=lambda pair: pair[0]))))
    return "trained"


@main.command({second_name})
{second}
@click.pass_context
def predict(ctx, **values):
    got.append(repr(("predict", ctx.params == values, sorted(values.items(), key=lambda pair: pair[0]), ctx.args)))
    {body}


{more}
main({given})
got.append("after")
"""


def group(choose: random.Random) -> CommandLine:
    """A group with two commands, which may call one another."""
    parts = [
        [choose.choice(KINDS[:8])(choose, f"{letter}") for letter in LETTERS[low : low + choose.randint(0, 2)]]
        for low in (0, 2, 4)
    ]
    more = choose.choice(
        [
            "",
            "",
            "@main.result_callback()\ndef result(value, **values):\n    got.append(repr(value))\n",
            "click.echo('x')",
        ]
    )
    source = HEADER + GROUP.format(
        settings=choose.choice(["", "invoke_without_command=True", "chain=True", "no_args_is_help=False",
                                "chain=True, invoke_without_command=True",
                                "context_settings={'default_map': {'train-model': {'ccc': 5}, 'train': {'ccc': 6}}}"]),
        options="\n".join(one.text for one in parts[0]), first="\n".join(one.text for one in parts[1]),
        second="\n".join(one.text for one in parts[2]),
        first_name=choose.choice(["", "", "'train'", "name='train_model'"]),
        second_name=choose.choice(["", "'predict'"]),
        body=choose.choice(["pass", "got.append(repr(ctx.invoke(train_model)))", "ctx.forward(train_model)",
                            "ctx.invoke(train_model, ccc=3)", "ctx.exit(0)", "ctx.fail('no')", "ctx.abort()",
                            "got.append(repr(ctx.parent.params == {}))", "raise click.ClickException('no')",
                            "got.append(ctx.find_root().obj is ctx.obj)",
                            "got.append(repr(click.get_current_context().info_name))"]),
        more=more, given=choose.choice(["", "", "obj={'from': 'outside'}", "standalone_mode=False"]),
    )  # fmt: skip
    names = ["train-model", "train", "predict", "predict", "train_model"]
    words = [*_line(choose, parts[0])]
    for chosen in choose.sample(names, choose.choice([0, 1, 1, 1, 1, 2])):
        words += [chosen, *_line(choose, parts[2] if chosen == "predict" else parts[1])]
    return CommandLine(source, tuple(words))
