"""What is known only where steps run, handed on and computed with: each program is run, and gives what Python gives."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """
import calendar, collections, datetime, json, math, os, random, re, statistics, string, sys, tempfile, time, uuid
from datetime import date, timedelta, timezone
from pathlib import Path
{module}

def twice(value):
    return value, value

class Config:
    def __init__(self, value):
        self.value = value

    def get(self):
        return self.value
"""

# What is handed to a step. `text`, `number`, `listed` and `table` come from a module that is not read.
EXPRESSIONS = [
    *("text", "text + '!'", "'<' + text", "text * 2", "2 * text", "text[0]", "text[1:]", "text[::-1]", "text[-2:]"),
    *("text.upper()", "text.upper().lower()", "text.replace('a', 'b')", "text.split(',')", "text.split(',')[1]"),
    *("f'{text}'", "f'{text!r}'", "f'{number:05d}'", "f'{number:>{8}}'", "f'<{text}|{number}>'", "f'{text}{text}'"),
    *("'%s-%d' % (text, number)", "'{} {}'.format(text, number)", "'-'.join([text, 'x'])", "', '.join(listed)"),
    *("str(number)", "int(text2)", "float(number)", "bool(number)", "repr(text)", "len(text)", "len(listed)"),
    *("number + 1", "1 + number", "number - 1", "1 - number", "number * 3", "number / 4", "4 / number", "number // 2"),
    *("number % 3", "number ** 2", "2 ** number", "-number", "+number", "~number", "abs(-number)", "number << 1"),
    *("number & 6", "number | 8", "number ^ 1", "round(number / 3, 2)", "divmod(number, 2)", "pow(number, 2)"),
    *("number > 3", "number == 5", "number != 5", "number in [5]", "text == 'a,b'", "not number", "number is None"),
    *("max(number, 3)", "min([number, 3])", "sum([number, 1])", "sorted(listed)", "list(listed)", "tuple(listed)"),
    *("table['k']", "table['k']['deep']", "table.get('k')", "table.get('no', 7)", "list(table)"),
    *("{'a': number}", "{'a': [number, text]}", "[number, [text]]", "(number, text)", "{'k': {'d': number + 1}}"),
    *(
        "number if True else 0",
        "0 if False else number",
        "twice(number)[0]",
        "twice(number)[1] + 1",
        "Config(number).get()",
    ),
    *(
        "Config(number + 1).value",
        "(lambda value: value * 2)(number)",
        "[n * number for n in range(3)]",
        "dict(a=number)",
    ),
    *(
        "isinstance(number, int)",
        "str(Path(text))",
        "Path('a') / text",
        "[Path('a') / text]",
        "{'to': Path('a') / text}",
        "os.path.join('a', text)",
        "math.floor(number)",
    ),
    *("timedelta(days=number)", "date(2020, 1, number)", "number and 3", "0 or number", "[text] + ['x']", "[*listed]"),
    *("thing.attribute", "thing.attribute + 1", "thing.method(2)", "thing.method(2).bit_length()", "made(3) + made(4)"),
    *("library.CONSTANT", "library.CONSTANT * 2", "library.nested.VALUE", "-library.CONSTANT", "f'{library.CONSTANT}'"),
    *("os.path.expanduser('~')", "os.path.join(os.path.expanduser('~'), 'x')", "str(Path.home())", "Path.home() / 'a'"),
    *("json.dumps({'a': [number, {'b': text}]})", "json.dumps([number], indent=2)", "json.loads(json.dumps([number]))"),
    *("re.sub('a', 'b', text)", "re.split(',', text)", "str([number, {'a': text}])", "repr({'a': (number,)})"),
    *(
        "'%s %s' % ([number], 1)",
        "'{0} {0[0]}'.format([number])",
        "f'{[number]}'",
        "len([number, 2])",
        "[number, 2][0]",
    ),
    *("sum([number, *[1, 2]])", "max({'a': number}.values())", "sorted([number, 2, 9])", "str({'a': number}['a'])"),
    *("str(Path('~/x').expanduser())", "tempfile.gettempdir()", "os.cpu_count() + 1", "f'{os.cpu_count()}-cores'"),
]
LIBRARY = """
from types import SimpleNamespace
CONSTANT = 3.5
nested = SimpleNamespace(VALUE=9)
values = {"text": "a,b", "text2": "12", "number": 5, "listed": ["y", "x"], "table": {"k": {"deep": 1}}}
class Thing:
    attribute = 4
    def method(self, value):
        return value * 10
def give(name):
    return values[name]
def make():
    return Thing()
def made(value):
    return value + 0.5
"""
NAMES = "".join(f"{name} = library.give({name!r})\n" for name in ("text", "text2", "number", "listed", "table"))
MODULE = f"import library\nfrom library import made\n{NAMES}thing = library.make()\n"
RECORD = """
from zenml import pipeline, step

@step(enable_cache=False)
def show(position: int, value: object) -> None:
    with open("shown.txt", "a") as file:
        print(position, repr(value), file=file)

@pipeline
def main():
{calls}

if __name__ == "__main__":
    main()
"""


def _known(source: str, folder: Path, expressions: list[str]) -> list[Any]:
    """What Python makes of the expressions."""
    lines = [f"print(repr({expression}))" for expression in expressions]
    (folder / "plain.py").write_text(source + "\n" + "\n".join(lines) + "\n", "utf-8")
    ran = subprocess.run([sys.executable, "plain.py"], cwd=folder, capture_output=True, text=True, check=True)
    return ran.stdout.splitlines()


def test_what_is_computed_of_a_library_is_computed_where_the_step_runs(tmp_path: Path) -> None:
    """Equal to what Python computes, or refused; never the value without what was done to it."""
    library = tmp_path / "elsewhere"
    library.mkdir()
    (library / "library.py").write_text(LIBRARY, "utf-8")
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "project" / "pyproject.toml").write_text("[tool.zencompile]\n", "utf-8")
    source = PROGRAM.replace("{module}", MODULE)
    (tmp_path / "library.py").write_text(LIBRARY, "utf-8")
    wrong, refused = _compared(source, EXPRESSIONS, project, library)
    assert not wrong
    assert len(refused) < 20, refused


def _compared(
    source: str, expressions: list[str], project: Path, library: Path
) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """The expressions that steps get otherwise than Python computes them, and those that are refused."""
    refused = _refused(source, project, expressions)
    kept = [n for n in range(len(expressions)) if n not in refused]
    calls = "\n".join(f"    show({n}, {expressions[n]})" for n in kept)
    (project / "run.py").write_text(source + RECORD.replace("{calls}", calls), "utf-8")
    environment = {"PYTHONPATH": str(library), "PATH": "/usr/bin:/bin", "HOME": str(Path.home())}
    ran = subprocess.run(
        [sys.executable, "-c", "import sys; from zencompile.cli import main; sys.exit(main())", "run", "run.py",
         "--in-process"],
        cwd=project, capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    shown = dict(line.split(" ", 1) for line in (project / "shown.txt").read_text("utf-8").splitlines())
    wanted = _known(source, project.parent, expressions)
    wrong = {expressions[n]: (shown[str(n)], wanted[n]) for n in kept if shown[str(n)] != wanted[n]}
    return wrong, [expressions[n] for n in refused]


DRAWN = """
random.seed(42)
number = random.randint(1, 9)
text = random.choice(["a,b", "b,a"])
text2 = str(random.randint(1, 9))
listed = [random.choice("xyz"), random.choice("xyz")]
table = {"k": {"deep": random.random()}}
"""


def test_what_is_computed_of_moments_is_what_python_computes(tmp_path: Path) -> None:
    """The same, of random numbers from a seed: inside of containers, and of what is called with them, too."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("[tool.zencompile]\n", "utf-8")
    expressions = [one for one in EXPRESSIONS if not any(name in one for name in ("library", "thing", "made"))]
    wrong, refused = _compared(PROGRAM.replace("{module}", DRAWN), expressions, project, tmp_path)
    assert not wrong
    assert len(refused) < 20, refused


def test_a_deferred_key_or_argument_is_not_taken_for_the_result(tmp_path: Path) -> None:
    """Whatever a moment is given to (an index, a key, a class, a function of the program or of a library) gives what
    Python gives, or is refused."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("[tool.zencompile]\n", "utf-8")
    here = Path(__file__).parent
    expressions = (here / "deferred_expressions.txt").read_text("utf-8").splitlines()
    wrong, refused = _compared((here / "deferred_program.txt").read_text("utf-8"), expressions, project, tmp_path)
    assert not wrong
    assert len(refused) < 120, refused


LOSE_THEIR_CLASS = ("NT(n, r)", "collections.OrderedDict(a=n)")
"""Arguments that arrive as plain data, whatever they hold."""


def test_nor_is_what_a_library_gave(tmp_path: Path) -> None:
    """The same, each time of new values of a library."""
    library = tmp_path / "elsewhere"
    library.mkdir()
    for folder in (library, tmp_path):
        (folder / "library.py").write_text(LIBRARY + "def real():\n    return 0.75\n", "utf-8")
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text("[tool.zencompile]\n", "utf-8")
    here = Path(__file__).parent
    program = (here / "deferred_program.txt").read_text("utf-8")
    program = program.replace("random.seed(7)\n", "import library\n")
    program = program.replace("random.randint(1, 9)", 'library.give("number")').replace(
        "random.random()", "library.real()", 1
    )
    lines = (here / "deferred_expressions.txt").read_text("utf-8").splitlines()
    given = '(library.give("number"), library.real())'
    expressions = [f"(lambda n, r: {line}){given}" for line in lines if line not in LOSE_THEIR_CLASS]
    wrong, refused = _compared(program, expressions, project, library)
    assert not wrong
    assert len(refused) < 120, refused


def _refused(source: str, project: Path, expressions: list[str]) -> set[int]:
    """The positions of the expressions that are refused."""
    from zencompile.diagnostics import Report
    from zencompile.frontend import Request, read

    calls = "\n".join(f"    show({n}, {expression})" for n, expression in enumerate(expressions))
    (project / "run.py").write_text(source + RECORD.replace("{calls}", calls), "utf-8")
    report = Report()
    (pipeline,) = read(Request(project / "run.py", pipeline="main", working_directory=project), report)
    assert not report.errors, list(report.errors)
    lines = (project / "run.py").read_text("utf-8").splitlines()
    found = {lines[problem.span.line - 1].strip() for problem in pipeline.problems if problem.span is not None}
    return {n for n, expression in enumerate(expressions) if f"show({n}, {expression})" in found}


CHANGED = {
    "a method was called": "thing.run()\nshow(thing)",
    "an attribute was set": "thing.x = 1\nshow(thing)",
    "an item was set": "thing['x'] = 1\nshow(thing)",
    "something else was given it": "library.use(thing)\nshow(thing)",
    "it was entered": "with thing:\n    pass\nshow(thing)",
    "a part of it was called": "thing.part.run()\nshow(thing)",
    "it was added to": "thing += 1\nshow(thing)",
    "what was made of it": "part = thing.part\npart.run()\nshow(part)",
    "an item of it": "a, b = thing\nshow(a)",
    "an item of a loop": "for one in [x for x in thing]:\n    pass\nshow([x for x in thing])",
    "keywords of it": "show(dict(**thing))",
    "what a branch made": "x = 1\nif thing:\n    x = 2\nshow(x)",
    "what a function of Python makes": "show(next(iter(thing)))",
}


@pytest.mark.parametrize("name", CHANGED)
def test_what_a_call_may_have_changed_is_refused(name: str, compile_text: Any) -> None:
    """The call that made it says no more what it is."""
    body = "\n".join(f"    {line}" for line in CHANGED[name].splitlines())
    head = "import library\n@step\ndef show(v: object) -> None: ...\n@pipeline\ndef p():\n"
    text = f"{head}    thing = library.make()\n{body}\n"
    compiled = compile_text(text, name="p")
    assert [problem.code for problem in compiled.pipelines[0].problems] == ["ZC0208"]


def test_arguments_are_those_of_the_call(compile_text: Any) -> None:
    """What changes afterwards is no argument of it."""
    text = (
        "import numpy as np\n@step\ndef show(v: object) -> None: ...\n"
        "@pipeline\ndef p():\n    items = [1]\n    made = np.array(items)\n    items.append(2)\n    show(made)\n"
    )
    assert compile_text(text, name="p").input("show", "v")["arguments"] == [[1]]


MOMENTS = """
import random, time, uuid
from datetime import date, datetime, timedelta, timezone
from zenml import pipeline, step

RUN = uuid.uuid4().hex[:8]
NOW = datetime.now()
{seed}

@step(enable_cache=False)
def show(name: str, value: object) -> None:
    with open("shown.txt", "a") as file:
        print(name, repr(value), file=file)

@pipeline
def main():
    show("a", RUN)
    show("b", RUN)
    show("day", NOW.strftime("%Y-%m-%d"))
    show("yesterday", (NOW - timedelta(days=1)).date().isoformat())
    show("both", [NOW.year, {"month": NOW.month}])
    first = random.randint(0, 10**6)
    show("first", first)
    show("again", first)
    show("second", random.random())
    show("choice", random.choice(["x", "y"]))
    show("utc", datetime.now(timezone.utc).tzname())
    show("text", f"run-{RUN}-{first:07d}")
    show("today", date.today().year)
    show("time", time.time() > 0)

if __name__ == "__main__":
    main()
"""


def _shown(project: Path) -> dict[str, str]:
    (project / "shown.txt").unlink(missing_ok=True)
    ran = subprocess.run(
        [sys.executable, "-c", "import sys; from zencompile.cli import main; sys.exit(main())", "run", "run.py",
         "--in-process"],
        cwd=project, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-2000:]
    return dict(line.split(" ", 1) for line in (project / "shown.txt").read_text("utf-8").splitlines())


def test_a_moment_is_made_once_a_run_and_shared(tmp_path: Path) -> None:
    """The same for all who are given it, another one in the next run; draws from a seed are Python's."""
    (tmp_path / "run.py").write_text(MOMENTS.replace("{seed}", ""), "utf-8")
    one, two = _shown(tmp_path), _shown(tmp_path)
    assert one["a"] == one["b"] != two["a"] == two["b"]
    assert one["first"] == one["again"] and one["first"] != two["first"]
    assert one["text"] == repr(f"run-{one['a'][1:-1]}-{int(one['first']):07d}")
    assert one["utc"] == "'UTC'" and one["time"] == "True"
    assert one["day"][1:5] == json.loads(one["both"].replace("'", '"'))[0].__str__()
    (tmp_path / "run.py").write_text(MOMENTS.replace("{seed}", "random.seed(42)"), "utf-8")
    seeded = _shown(tmp_path)
    asked = (
        "import random; random.seed(42); print(random.randint(0, 10**6), random.random(), random.choice(['x', 'y']))"
    )
    wanted = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.split()
    assert [seeded["first"], seeded["second"], seeded["choice"][1:-1]] == wanted


def test_a_moment_decides_nothing(compile_text: Any) -> None:
    body = "    if datetime.now().hour > 5:\n        load()\n    two()\n"
    text = f"from datetime import datetime\n@pipeline\ndef p():\n{body}"
    assert compile_text(text, name="p").errors == ["ZC0212"]
