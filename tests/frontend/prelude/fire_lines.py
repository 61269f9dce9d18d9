"""Generated programs of fire and words for them."""

from __future__ import annotations

import random

from command_lines import CommandLine

HEADER = "import asyncio\n\nimport fire\n\n\n"
WORDS = ("1", "-1", "2.5", "x", "True", "False", "None", "[1,2]", "[a,b]", "{a:1}", "(1,x)", "'q'", "1e3", "a-b", "1-2",
         "a.b", "0x1f", "007", "", "a b", "x=1", "1,2", "#x", "{1}", "1_000", "nan", '"d"', "a,b", "[", "-x1", "x#y",
         "None,1", "-2.5", "b'x'", "f(x)", "...", "3j", " 1")  # fmt: skip
PARAMETERS = (
    "a",
    "b=1",
    "bc='x'",
    "no_a=False",
    "flag=True",
    "*more",
    "c=None",
    "*, only",
    "*, key=2",
    "**rest",
    "help=1",
)


def _signature(choose: random.Random) -> tuple[str, list[str]]:
    chosen = sorted(set(choose.sample(PARAMETERS, choose.randint(0, 4))), key=_order)
    if sum(one.startswith("*") and not one.startswith("**") for one in chosen) > 1:
        chosen = [one for one in chosen if not one.startswith("*")]
    names = [one.lstrip("*, ").partition("=")[0] for one in chosen]
    return ", ".join(chosen), names


def _order(parameter: str) -> tuple[bool, bool, bool]:
    return parameter.startswith("**"), parameter.startswith("*"), "=" in parameter


def _line(choose: random.Random, names: list[str]) -> list[str]:
    words: list[str] = []
    for name in names:
        way = choose.randint(0, 7)
        word = choose.choice(WORDS)
        words += [[f"--{name}", word], [f"--{name}={word}"], [word], [f"--{name}"], [f"--no{name}"],
                  [f"-{name[0]}", word],
                  [f"--{name.replace('_', '-')}", word], []][way]  # fmt: skip
    if choose.random() < 0.15:
        words.insert(choose.randint(0, len(words)), choose.choice(["-", "--", "--nope", "extra", "--help", "-z"]))
    return words


def function(choose: random.Random) -> CommandLine:
    """One function."""
    signature, names = _signature(choose)
    start = choose.choice(["def", "def", "def", "async def"])
    result = choose.choice(["None", "None", "3", "'text'", "[1, [2, 3]]", "{'k': 1, 'more': [4]}"])
    source = (
        f"{HEADER}{start} main({signature}):\n    got.append(repr(sorted(locals().items())))\n    return {result}\n\n\n"
    )
    source += choose.choice(["fire.Fire(main)", "got.append(repr(fire.Fire(main)))",
                             "fire.Fire({'run': main, 'other-x': main})",
                             "fire.Fire(main, command='--a 1 2')", "fire.Fire([main, double])"])  # fmt: skip
    words = _line(choose, names)
    if "{'run'" in source or "[main" in source:
        words = [choose.choice(["run", "other-x", "0", "nope"]), *words]
    words += choose.choice([[], [], [], ["k"], ["1"], ["more", "0"], ["-", "k"], ["upper"]])
    return CommandLine(source + "\ngot.append('after')\n", tuple(words))


def class_(choose: random.Random) -> CommandLine:
    """A class, or an object of one, with methods."""
    made, made_names = _signature(choose)
    called, called_names = _signature(choose)
    source = f"{HEADER}class Tool:\n    size = 5\n\n"
    if choose.random() < 0.7:
        source += f"    def __init__(self{', ' if made else ''}{made}):\n"
        source += "        got.append(repr(sorted((n, v) for n, v in locals().items() if n != 'self')))\n\n"
    else:
        made_names = []
    source += f"    def run_it(self{', ' if called else ''}{called}):\n"
    source += (
        "        got.append(repr(sorted((n, v) for n, v in locals().items() if n != 'self')))\n        return None\n\n"
    )
    source += "    def __str__(self):\n        return 'tool'\n\n"
    if choose.random() < 0.2:
        source += f"    def __call__(self{', ' if called else ''}{called}):\n        got.append('called')\n\n"
    source += "\n" + choose.choice(["fire.Fire(Tool)", "fire.Fire(Tool)", "fire.Fire(Tool(1) if False else Tool)",
                                    "fire.Fire({'tool': Tool})"])  # fmt: skip
    words = [*(["tool"] if "{'tool'" in source else []), *_line(choose, made_names)]
    words += choose.choice([["run-it"], ["run_it"], ["run_it"], [], ["size"], ["nope"], ["-", "run_it"]])
    words += _line(choose, called_names)
    return CommandLine(source + "\ngot.append('after')\n", tuple(words))
