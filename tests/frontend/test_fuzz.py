"""Whatever is fed to the compiler, it ends in output or in a diagnostic.

A sample of the standard library and of site-packages, and sources of ours that were damaged in every way, go through
the command line in this process. ZENCOMPILE_FUZZ=all takes every file, ZENCOMPILE_FUZZ=<folder> every file below one.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import signal
import sys
import sysconfig
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from zencompile.cli import main
from zencompile.diagnostics import Report
from zencompile.frontend.closures import Closures, StepCode
from zencompile.frontend.evaluator import Evaluator
from zencompile.frontend.framework.modules import FrameworkProvider
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.project import Project

ROOT = Path(__file__).parents[2]
LONG = os.environ.get("ZENCOMPILE_FUZZ", "")
SECONDS = 120
"""After which a compilation hangs: the largest files take a few seconds."""


def sample(count: int) -> list[Path]:
    """Every file that was asked for, else as many from all over the standard library and site-packages."""
    folders = [Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib")]
    if LONG not in ("", "all"):
        folders = [Path(LONG)]
    files = [f for folder in folders for f in sorted(folder.rglob("*.py")) if f.stat().st_size < 400_000]
    return files if LONG else random.Random(0).sample(files, min(count, len(files)))


def sources() -> list[Path]:
    """Programs that use all that the compiler knows: the examples and the inputs of golden files."""
    found = [*ROOT.glob("examples/**/*.py"), *ROOT.glob("golden/**/*.py"), *ROOT.glob("tests/frontend/**/sample/*.py")]
    return sorted(f for f in found if "import" in f.read_text("utf-8"))


@contextlib.contextmanager
def in_time(what: object) -> Iterator[None]:
    def hangs(*_: object) -> None:
        pytest.fail(f"compiling {what} takes longer than {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def compile_file(path: Path, out: Path, target: str = "airflow") -> str:
    """Compile as the command line does; the text of its standard error. Anything but an orderly end fails."""
    shown = io.StringIO()
    words = ["compile", str(path), "--target", target, "-o", str(out / "out"), "--build-dir", str(out / "build")]
    with in_time(path), contextlib.redirect_stderr(shown), contextlib.redirect_stdout(io.StringIO()):
        try:
            main(words)
            code = 0
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 0
    text = shown.getvalue()
    assert "ZC0009" not in text and "Traceback" not in text, f"{path}:\n{text}"
    assert code in (0, 1), f"{path} ends with {code}:\n{text}"
    assert code == 0 or "error[" in text, f"{path} fails without a word:\n{text}"
    return text


def look_into(file: Path, folder: Path) -> None:
    """Evaluate every name of a file, call its functions without arguments, and find the closure of each statement.

    The file stands alone in `folder`: a project of thousands of files takes its time.
    """
    path = folder / file.name
    path.write_bytes(file.read_bytes())
    report = Report()
    project = Project.of(path, report, source_root=folder)
    framework = Framework(report)
    evaluator = Evaluator(project, report, FrameworkProvider(framework), limit=200_000)
    framework.evaluator = evaluator
    with in_time(path):
        module = evaluator.load(path)
        for name in evaluator.names(module):
            value = evaluator.get(module, name)
            if type(value).__name__ in ("Function", "Class"):
                evaluator.call(value)
            if evaluator.stopped is not None:
                break
        closures = Closures(project, report)
        loaded = closures.resolver.load(path)
        for unit in loaded.units[:200]:
            for name in unit.binds:
                closures.facts(StepCode(f"{loaded.name}:{name}", path))
    failures = [d for d in report.diagnostics if d.code == "ZC0009"]
    assert not failures, f"{path}: {failures[0].message} {failures[0].notes}"


def shown(path: Path) -> str:
    return "/".join(path.parts[-3:])


@pytest.mark.parametrize("path", sample(40), ids=shown)
def test_any_file_ends_in_output_or_a_diagnostic(path: Path, tmp_path: Path) -> None:
    """A file of somebody else's is compiled, or refused with a diagnostic."""
    compile_file(path, tmp_path)


@pytest.mark.parametrize("path", sample(30), ids=shown)
def test_any_name_and_closure_of_any_file(path: Path, tmp_path: Path) -> None:
    """Nothing in a file makes the evaluator or the search for closures fail."""
    look_into(path, tmp_path)


# -- damaged sources ---------------------------------------------------------------------------------------------------


def without_lines(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if chance.random() > 3 / max(len(lines), 1))


def truncated(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text) + 1)]


def with_swapped_tokens(text: str, chance: random.Random) -> str:
    """Two tokens of one kind change places: mostly valid Python that means nonsense."""
    try:
        tokens = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.string.strip()]
    except (tokenize.TokenError, SyntaxError):
        return text
    lines = text.splitlines(keepends=True)
    first = chance.choice(tokens)
    alike = [t for t in tokens if t.type == first.type and t.start[0] == t.end[0] and t is not first]
    if not alike or first.start[0] != first.end[0]:
        return text
    second = chance.choice(alike)
    for token, other in sorted(((first, second), (second, first)), key=lambda pair: pair[0].start, reverse=True):
        line, start, end = token.start[0] - 1, token.start[1], token.end[1]
        lines[line] = lines[line][:start] + other.string + lines[line][end:]
    return "".join(lines)


def with_odd_values(text: str, chance: random.Random) -> str:
    """Some word or number becomes something else that Python knows."""
    words = text.split(" ")
    odd = "None ... -1 1e400 lambda:0 [] {} () *() b'' '' f'{0}' not\\ 0 super() self type yield await 10**9 __name__"
    for _ in range(3):
        words[chance.randrange(len(words))] = chance.choice(odd.split())
    return " ".join(words)


def with_bytes(text: str, chance: random.Random) -> bytes:
    data = bytearray(text.encode("utf-8"))
    for _ in range(4):
        data.insert(chance.randrange(len(data) + 1), chance.randrange(256))
    return bytes(data)


DAMAGES = (without_lines, truncated, with_swapped_tokens, with_odd_values, with_bytes)


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_damaged_programs(damage: object, tmp_path: Path) -> None:
    """A program of ours that lost lines, an end or its sense, or got bytes that are no text."""
    chance = random.Random(damage.__name__)  # type: ignore[attr-defined]
    path = tmp_path / "run.py"
    for _ in range(2_000 if LONG else 25):
        changed = damage(chance.choice(sources()).read_text("utf-8"), chance)  # type: ignore[operator]
        path.write_bytes(changed if isinstance(changed, bytes) else changed.encode("utf-8", "surrogatepass"))
        compile_file(path, tmp_path)


PIPELINE = "from zenml import pipeline, step\n@step\ndef a(x: int = 0) -> int: ...\n@pipeline\ndef p():\n    {}\n"
DEEP = {
    "brackets": "a(" + "[" * 150 + "]" * 150 + ")",
    "parentheses": "a(" + "(" * 3_000 + "1" + ")" * 3_000 + ")",
    "sum": "a(" + "+".join(["1"] * 20_000) + ")",
    "attributes": "a(a" + ".b" * 5_000 + ")",
    "calls": "a" + "()" * 3_000,
    "conditions": "a(" + "1 if a else " * 800 + "0)",
    "negations": "a(" + "not " * 3_000 + "0)",
    "lambdas": "a(" + "lambda: " * 1_000 + "0)",
    "nested ifs": "".join(f"if a:\n{' ' * (5 + i)}" for i in range(90)) + "pass",
    "recursion": "def f(x): return f(x + 1)\n    a(f(0))",
    "mutual recursion": "f = lambda x: g(x)\n    g = lambda x: f(x)\n    a(f(0))",
    "a list in itself": "x = []\n    x.append(x)\n    a(x)",
    "a dictionary in itself": "x = {}\n    x['x'] = x\n    a(str(x))\n    a(x)",
    "nested lists": "x = []\n    for _ in range(3_000): x = [x]\n    a(x)\n    a(str(x) == x)",
    "a long string": "a('x' * 10**12)",
    "a long list": "a([0] * 10**12)",
    "a large power": "a(9 ** 9 ** 9)",
    "a large shift": "a(1 << 10**10)",
    "a large number": "a(int('9' * 100_000))",
    "a large number as text": "a(str(10 ** 10_000))",
    "a large range": "a(sum(range(10**12)))",
    "a wide format": "a('%1000000000d' % 1)",
    "a wide f-string": "a(f'{1:1000000000}')",
    "doubling": "x = 'x'\n    while True: x = x + x",
    "a product": "import itertools\n    a(list(itertools.product(range(1000), repeat=9)))",
    "permutations": "import itertools\n    a(len(list(itertools.permutations(range(50)))))",
    "a slow regular expression": "import re\n    a(re.match('(a+)+$', 'a' * 60 + 'b'))",
    "an endless generator": "import itertools\n    a(list(itertools.count()))",
    "an endless loop": "while True: pass",
    "an object in itself": "class C: pass\n    c = C()\n    c.c = c\n    a(c)",
    "a cycle of attributes": "class C:\n        def __getattr__(self, n): return getattr(self, n)\n    a(C().x)",
    "a cycle of texts": "class C:\n        def __repr__(self): return repr(self)\n    a(f'{C()}')",
    "a cycle of hashes": "class C:\n        def __hash__(self): return hash(self)\n    a({C(): 1})",
    "a cycle of comparisons": "class C:\n        def __eq__(self, o): return self == o\n    a(C() == C())",
    "padding": "a('x'.ljust(10**12))",
    "repeated replacing": "x = 'a' * 10_000\n    a(x.replace('a', x * 1_000))",
    "joined": "a(('x' * 10**6).join('y' * 10**6))",
    "bytes": "a(bytes(10**12))",
    "a factorial": "import math\n    a(math.factorial(10**8))",
}


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP)
def test_deep_and_endless_programs(body: str, tmp_path: Path) -> None:
    """Depth, size and time without end are refused; none of them takes the compiler along."""
    path = tmp_path / "run.py"
    path.write_text(PIPELINE.format(body))
    compile_file(path, tmp_path)


def test_bytes_that_are_no_program(tmp_path: Path) -> None:
    """Random bytes, null bytes, other encodings, byte order marks and no bytes at all."""
    chance = random.Random(0)
    path = tmp_path / "run.py"
    kinds = [
        b"",
        b"\0",
        b"\xff\xfe\0\0",
        b"\xef\xbb\xbf",
        b"# coding: utf-7\n+AGA-",
        b"# coding: nonsense\n",
        b"\r" * 99,
    ]
    kinds += [b"# coding: latin-1\n'\xe4'\n", "x = '\ud800'".encode("utf-8", "surrogatepass"), b"\x0c\x1a\\"]
    for data in kinds + [chance.randbytes(200) for _ in range(20)]:
        path.write_bytes(data)
        compile_file(path, tmp_path)
    assert sys.getrecursionlimit() < 100_000
