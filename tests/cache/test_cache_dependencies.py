"""What a run depended on, as its entry keeps it: one kind of dependency after the other, an edit of it, and edits that
change nothing. Each run is a process forked from this one, which imports the project anew.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from benches import PIPELINE, Bench

from zencompile_runtime import cache, facts, importing, observing
from zencompile_runtime.dependencies import code
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import open as open_store


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


# -- kinds of dependency -----------------------------------------------------------------------------------------------

KINDS = {  # what the step returns, what is edited, what is told
    "file": ("open('data.txt').read()", "data.txt", "read data.txt, which changed"),
    "by its folder": (
        "(__import__('pathlib').Path(__file__).parent / 'data.txt').read_text()",
        "data.txt",
        "read data.txt, which changed",
    ),
    "new file": ("os.path.exists('new.txt')", "new.txt", "looked for new.txt, which is there now"),
    "listing": ("os.listdir('.')", "new.txt", "listed the project, which has other files now"),
    "looked up": ("getattr(__import__('helpers'), 'sc' + 'ale')(1)", "helpers.py", "helper helpers.scale changed"),
    "run by its path": ("__import__('runpy').run_path('tool.py')", "tool.py", "tool.py"),
}
HELPERS = "RATE = 1\n\n\ndef scale(x):\n    return x * 1\n\n\ndef unused(x):\n    return x\n"


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_run_depended_on_is_compared(bench: Bench, kind: str) -> None:
    """The first difference is told in one line; without one there is none."""
    expression, path, told = KINDS[kind]
    bench.write(
        steps__py=f"import os\n\n\ndef train():\n    return {expression}\n",
        helpers__py=HELPERS,
        tool__py="X = 1\n",
        data__txt="1",
    )
    kept = bench.run()
    assert kept.refused is None
    assert bench.difference(kept) is None
    text = HELPERS.replace("* 1", "* 2") if path == "helpers.py" else "X = 2\n"
    (bench.folder / path).write_text(text)
    found = bench.difference(kept)
    assert told in (found or "")


def test_variables_by_any_name(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_MODE", "one")
    bench.write(steps__py="import os\nget = os.environ.get\n\n\ndef train():\n    return get('APP_' + 'MODE')\n")
    kept = bench.run()
    assert "one" not in json.dumps(kept.observed)
    assert bench.difference(kept) is None
    monkeypatch.setenv("APP_MODE", "two")
    assert bench.difference(kept) == "the variable APP_MODE changed"


def test_of_a_secret_only_counts_whether_it_is_set(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_TOKEN", "one")
    bench.write(steps__py="import os\n\n\ndef train():\n    return bool(os.environ.get('HUB_' + 'TOKEN'))\n")
    kept = bench.run()
    monkeypatch.setenv("HUB_TOKEN", "two")
    assert bench.difference(kept) is None
    monkeypatch.delenv("HUB_TOKEN")
    assert bench.difference(kept) == "the variable HUB_TOKEN changed"


def test_an_unknown_program_depends_on_the_whole_project(bench: Bench) -> None:
    bench.write(
        steps__py="import subprocess\n\n\ndef train():\n    return subprocess.check_output(['sh', 'x.sh'])\n",
        x__sh="cat data.txt\n",
        data__txt="1",
    )
    time.sleep(0.05)  # what was written within the same moment may have been written by the program
    kept = bench.run()
    assert any("depends on all files of the project" in note for note in kept.notes), kept
    assert bench.difference(kept) is None
    bench.write(data__txt="2")
    assert "program that can't be observed" in (bench.difference(kept) or "")


def test_what_a_run_changed_of_what_it_read_is_not_kept(bench: Bench) -> None:
    """A counter: the result belongs to a state that is gone."""
    text = "n = int(open('n.txt').read())\n    open('n.txt', 'w').write(str(n + 10))\n    return n\n"
    bench.write(steps__py=f"def train():\n    {text}", n__txt="1")
    assert "n.txt changed while it ran" in (bench.run().refused or "")
    bench.write(steps__py="def train():\n    open('out.txt', 'w').write('1')\n    return open('out.txt').read()\n")
    assert bench.run().refused is None


# -- libraries ---------------------------------------------------------------------------------------------------------


def _installed(site: Path, low: str) -> None:
    """`high` 1.0, which requires `low`."""
    shutil.rmtree(site, ignore_errors=True)
    for name, version, text in (("high", "1.0", "import low\nV = low.V\n"), ("low", low, f"V = {low[0]}\n")):
        (site / name).mkdir(parents=True)
        (site / name / "__init__.py").write_text(text)
        described = site / f"{name}-{version}.dist-info"
        described.mkdir()
        requires = "Requires-Dist: low>=1\nRequires-Dist: extra-one; extra == 'all'\n" if name == "high" else ""
        (described / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}\nText"
        )
        (described / "top_level.txt").write_text(f"{name}\n")


def test_versions_of_what_a_library_requires(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site-packages"
    monkeypatch.syspath_prepend(str(site))
    _installed(site, "1.0")
    bench.write(steps__py="import high\n\n\ndef train():\n    return high.V\n")
    kept = bench.run()
    assert kept.observed["distributions"] == {"high": "1.0", "low": "1.0"}
    assert bench.difference(kept) is None
    _installed(site, "2.0")
    assert bench.difference(kept) == "low 1.0 → 2.0, which high requires"


def test_modules_without_a_distribution_count_by_their_files(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder on the path is nobody's distribution."""
    loose = tmp_path / "loose"
    (loose / "tools").mkdir(parents=True)
    (loose / "tools" / "__init__.py").write_text("V = 1\n")
    monkeypatch.syspath_prepend(str(loose))
    bench.write(steps__py="import tools\n\n\ndef train():\n    return tools.V\n")
    kept = bench.run()
    assert bench.difference(kept) is None
    (loose / "tools" / "__init__.py").write_text("V = 2\n")
    assert bench.difference(kept) is not None


# -- code --------------------------------------------------------------------------------------------------------------

STEPS = """\
import os


def train():
    name = os.environ.get("NO_SUCH", "helpers")
    return getattr(__import__(name), "".join(["sc", "ale"]))(2)


def other(x=1):
    return x + 1
"""
MODULE = '''\
"""About helpers."""
RATE = 3


def scale(x, y=1):
    """Scaled."""
    total: int = x * RATE
    return total * y


def unused(x):
    """Nobody calls this."""
    return x - 1


class Box:
    size = 1

    def volume(self):
        return self.size ** 3
'''
EDITS = {
    "body": ("x * RATE", "x + RATE", True),
    "default": ("y=1", "y=2", True),
    "constant": ("RATE = 3", "RATE = 4", True),
    "attribute of a class": ("size = 1", "size = 2", True),
    "new name": ("class Box", "def scale(x):\n    return 0\n\n\nclass Box", True),
    "new function": ("class Box", "def added():\n    return 0\n\n\nclass Box", False),
    "unused body": ("x - 1", "x - 2", False),
    "method that never ran": ("** 3", "** 4", False),
    "comment": ("RATE = 3", "RATE = 3  # why", False),
    "formatting": ("x * RATE", "(x\n        * RATE)", False),
    "docstring": ("Scaled.", "Scaled up.", False),
    "module's docstring": ("About helpers.", "All about helpers.", False),
    "hint of a variable": ("total: int", "total: float", False),
    "no hint of a variable": ("total: int =", "total =", False),
    "hint of a parameter": ("scale(x,", "scale(x: int,", False),
    "hint of a result": ("y=1):", "y=1) -> int:", False),
}


@pytest.mark.parametrize("edit", EDITS)
def test_beyond_what_code_names_the_top_level_counts(bench: Bench, edit: str) -> None:
    """Of functions only those that ran, and the heads of the others."""
    old, new, differs = EDITS[edit]
    bench.write(steps__py=STEPS, helpers__py=MODULE)
    kept = bench.run()
    assert set(kept.observed["code"]) == {"steps.py", "helpers.py"}
    assert bench.difference(kept) is None
    bench.write(helpers__py=MODULE.replace(old, new, 1))
    assert (bench.difference(kept) is not None) is differs


def test_other_steps_and_order_change_nothing(bench: Bench) -> None:
    bench.write(steps__py=STEPS, helpers__py=MODULE)
    kept = bench.run()
    bench.write(steps__py=STEPS.replace("x=1", "x=2").replace("x + 1", "x + 2"))
    assert bench.difference(kept) is None
    parts = MODULE.split("\n\n\n")
    bench.write(helpers__py="\n\n\n".join([parts[0], parts[2], parts[1], parts[3]]))
    assert bench.difference(kept) is None


def test_code_that_the_key_covers_is_not_observed_again(bench: Bench) -> None:
    bench.write(steps__py="def train():\n    return 1\n")
    assert "code" not in bench.run().observed


@pytest.mark.parametrize(
    "text",
    [
        "@numba.njit\ndef f(x):\n    return x + 1\n",
        "def f(x: int): ...\n\n\nHINTS = typing.get_type_hints(f)\n",
        "def f(x):\n    'one'\n\n\nTEXT = f.__doc__\n",
    ],
    ids=["decorated", "hints are read", "docstrings are read"],
)
def test_what_is_looked_at_counts_though_it_never_ran(tmp_path: Path, text: str) -> None:
    """Code of a decorator from elsewhere may be compiled and run where nobody sees it."""
    path = tmp_path / "m.py"

    def top(written: str) -> object:
        path.write_text(written)
        os.utime(path, (1, 1))
        facts._digests.clear()
        return code.digests(code.Modules({"m.py": str(path)}))["m.py"][code.TOP]

    changed = text.replace("x + 1", "x + 2").replace("x: int", "x: str").replace("'one'", "'two'")
    assert top(text) != top(changed)


# -- entries -----------------------------------------------------------------------------------------------------------


def test_a_key_has_several_entries_and_the_newest_that_holds_is_taken(tmp_path: Path) -> None:
    """Back and forth between two states; at most MOST states; what expired makes room."""
    store, spec = open_store(str(tmp_path / "store")), StepSpec("steps:train", "train", pipeline=PIPELINE)

    def left(state: int) -> None:
        cache.remember(store, "k", spec, {}, {"source": f"run {state}", "outputs": {}, "observed": {"state": state}})

    def taken(state: int) -> cache.Answer:
        return cache.lookup(store, "k", spec, lambda one: None if one["observed"]["state"] == state else f"not {state}")

    assert taken(1) == cache.Answer("absent")
    left(1)
    left(2)
    assert [taken(state).word for state in (1, 2, 3)] == ["hit", "hit", "changed"]
    assert taken(3).changed == "not 3"
    left(1)
    assert len((store.cache_entries("k") or {})["entries"]) == 2
    for state in range(3, 3 + cache.MOST):
        left(state)
    assert [taken(state).word for state in (1, 2, 3)] == ["changed", "changed", "hit"]


def test_entries_of_an_earlier_schema_are_absent(tmp_path: Path) -> None:
    store, spec = open_store(str(tmp_path / "store")), StepSpec("steps:train", "train", pipeline=PIPELINE)
    store.write_document("cache/k.json", {"schema": 1, "key": "k", "created": 1.0, "components": {}, "outputs": {}})
    assert cache.lookup(store, "k", spec, lambda _: None).word == "absent"


def test_what_can_not_be_compared_is_told_and_strict_refuses_it(tmp_path: Path) -> None:
    """The whole way: a run, `cache why`, a strict run."""
    (tmp_path / "run.py").write_text(
        "import time\nfrom zenml import pipeline, step\n\n\n@step\ndef now() -> float:\n    return time.time()\n\n\n"
        "@pipeline\ndef main():\n    now()\n\n\nif __name__ == '__main__':\n    main()\n"
    )
    environment = {**os.environ, "PYTHONPATH": ":".join(map(str, _roots()))}

    def called(*words: str) -> str:
        command = [sys.executable, "-m", "zencompile", *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout

    called("run", "run.py")
    assert "1 cached" in called("run", "run.py")
    assert "the clock, which no cache can compare" in called("cache", "why", "now")
    (tmp_path / "pyproject.toml").write_text("[tool.zencompile]\ncache = 'strict'\n")
    assert "runs again: it used the clock" in called("run", "run.py")


def _roots() -> list[Path]:
    root = Path(__file__).resolve().parents[2]
    return [root, root / "backends", root / "templates"]


# -- what code can see of names and lines ------------------------------------------------------------------------------

MODULES = "inspect, logging, runpy, subprocess, sys, traceback"
NEUTRAL = "\n\ndef _more(x):\n    return x + 1\n"
OVERLOOKED = {
    "by a computed name": "getattr(kit, 'val' + 'ue')()",
    "run by its path": "runpy.run_path('kit.py')['value']()",
    "in another Python": "subprocess.check_output([sys.executable, 'kit.py'])",
    "a constant of a table": "vars(kit)['value']()",
}
LISTED = {
    "dir": "dir(kit)",
    "vars": "list(vars(kit))",
    "run by its path": "sorted(runpy.run_path('kit.py'))",
    "a default": "getattr(kit, '_mo' + 're', None)",
    "asked for": "hasattr(kit, '_mo' + 're')",
    "members": "len(inspect.getmembers(kit))",
    "all objects": "len([one for one in __import__('gc').get_objects() if getattr(one, '__module__', '') == 'kit'])",
    "said": "getattr(kit, '_more', None)",
}


def _kit(bench: Bench, expression: str) -> None:
    bench.widened = True
    bench.write(
        steps__py=f"def train():\n    import {MODULES}\n    import kit\n    return {expression}\n",
        kit__py="def value():\n    return 1\n\n\nif __name__ == '__main__':\n    print(value())\n",
    )


@pytest.mark.parametrize("expression", OVERLOOKED.values(), ids=list(OVERLOOKED))
def test_a_function_that_nothing_can_see_is_neutral(bench: Bench, expression: str) -> None:
    _kit(bench, expression)
    kept = bench.run()
    assert kept.refused is None and not kept.observed.get("opaque")
    path = bench.folder / "kit.py"
    text = path.read_text()
    path.write_text(f"# A remark.\nimport textwrap as _textwrap\n{text}{NEUTRAL}")
    assert bench.difference(kept) is None
    path.write_text(text.replace("return 1", "return 2"))
    assert bench.difference(kept) is not None


@pytest.mark.parametrize("expression", LISTED.values(), ids=list(LISTED))
def test_a_function_that_code_can_see_counts(bench: Bench, expression: str) -> None:
    _kit(bench, expression)
    kept = bench.run()
    path = bench.folder / "kit.py"
    path.write_text(path.read_text() + NEUTRAL)
    assert bench.difference(kept) is not None


LINES = {
    "a frame": "sys._getframe().f_lineno",
    "a code": "kit.value.__code__.co_firstlineno",
    "a format": "logging.Formatter('%(lineno)d')",
    "a traceback": "traceback.format_exc()",
}


@pytest.mark.parametrize("expression", LINES.values(), ids=list(LINES))
def test_lines_that_code_can_see_count(bench: Bench, expression: str) -> None:
    _kit(bench, f"(kit.value(), {expression})")
    kept = bench.run()
    path = bench.folder / "kit.py"
    path.write_text(f"# A remark.\n{path.read_text()}")
    assert "kit.py" in (bench.difference(kept) or "")


ASKED = {
    "access": ("__import__('os').access('data.txt', 1)", lambda path: path.chmod(0o755), "mode"),
    "stat": ("__import__('os').stat('data.txt').st_mode", lambda path: path.chmod(0o755), "mode"),
    "opened": (
        "(lambda one: __import__('os').fstat(one.fileno()).st_mtime)(open('data.txt'))",
        lambda path: os.utime(path, (1, 1)),
        "time",
    ),
    "a link": ("__import__('os').readlink('link')", lambda path: _other_link(path.parent / "link"), "link"),
    "a missing library": (
        "__import__('importlib.util').util.find_spec('no_such_library')",
        lambda path: (path.parent / "no_such_library.py").write_text(""),
        "no_such_library",
    ),
    "a scanned folder": (
        "[one.stat().st_size for one in __import__('os').scandir('.') if one.name == 'data.txt']",
        lambda path: path.write_text("longer"),
        "size",
    ),
    "a copied mode": (
        "__import__('shutil').copymode('data.txt', 'tool.py')",
        lambda path: path.chmod(0o755),
        "mode",
    ),
    "a program's surroundings": (
        "__import__('subprocess').check_output('git rev-parse HEAD || true', shell=True)",
        lambda path: (path.parent / ".git" / "HEAD").write_text("2"),
        "program that can't be observed",
    ),
    "a program's modes": (
        "__import__('subprocess').check_output('test -x data.txt || true', shell=True)",
        lambda path: path.chmod(0o755),
        "program that can't be observed",
    ),
    "a module as a program": (
        "__import__('subprocess').check_output([__import__('sys').executable, '-m', 'tool'])",
        lambda path: (path.parent / "tool.py").write_text("if __name__ == '__main__':\n    print(2)\n"),
        "tool",
    ),
}
VARIABLES = {
    "the time zone": ("__import__('time').localtime().tm_hour", "TZ"),
    "the locale": ("__import__('locale').setlocale(0)", "LC_ALL"),
    "by the standard library": ("__import__('pathlib').Path.home()", "HOME"),
    "for the standard library": ("__import__('shutil').which('no-such-tool')", "PATH"),
    "by a program": ("__import__('subprocess').check_output('echo $ANY_NAME', shell=True)", "ANY_NAME"),
    "by the system's library": ("__import__('ctypes').CDLL(None).getenv(b'ANY_NAME')", "ANY_NAME"),
}


def _other_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("steps.py")


@pytest.mark.parametrize("kind", ASKED)
def test_what_code_asks_of_files_and_the_system_counts(bench: Bench, kind: str) -> None:
    expression, edit, told = ASKED[kind]
    bench.write(
        steps__py=f"def train():\n    return str({expression})\n",
        data__txt="1",
        tool__py="if __name__ == '__main__':\n    print(1)\n",
    )
    (bench.folder / "link").symlink_to("data.txt")
    (bench.folder / ".git").mkdir()
    (bench.folder / ".git" / "HEAD").write_text("1")
    time.sleep(0.05)  # what was written within the same moment may have been written by a program
    kept = bench.run()
    assert kept.refused is None and bench.difference(kept) is None
    edit(bench.folder / "data.txt")
    assert told in (bench.difference(kept) or "")


@pytest.mark.parametrize("kind", VARIABLES)
def test_variables_count_whoever_reads_them_for_the_code(
    bench: Bench, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expression, name = VARIABLES[kind]
    bench.write(steps__py=f"def train():\n    return str({expression})\n")
    time.sleep(0.05)
    kept = bench.run()
    assert kept.refused is None and bench.difference(kept) is None
    monkeypatch.setenv(name, "/tmp")
    assert bench.difference(kept) in (f"the variable {name} changed", "the environment changed, all of which it read")


def test_code_that_may_tell_where_the_project_lies_counts_there(bench: Bench) -> None:
    bench.write(steps__py="def train():\n    return __file__\n")
    kept = bench.run()
    assert bench.difference(kept) is None
    bench.folder = bench.folder.rename(bench.folder.parent / "moved")
    assert "the project lay in" in (bench.difference(kept) or "")


def test_a_temporary_file_depends_on_no_other(bench: Bench) -> None:
    bench.write(
        steps__py="import tempfile\n\n\ndef train():\n    with tempfile.NamedTemporaryFile('w+') as one:\n"
        "        return one.write('1')\n"
    )
    kept = bench.run()
    assert kept.refused is None and not kept.observed.get("files")


def test_what_code_of_the_key_read_when_it_was_imported_counts(bench: Bench) -> None:
    """It is imported before the step runs, and not again."""
    bench.write(
        steps__py="import keys\n\n\ndef train():\n    return keys.TEXT\n",
        keys__py="TEXT = open('data.txt').read()\n\n\ndef today():\n    return 1\n",
        data__txt="1",
    )
    store = str(bench.folder / "store")
    policy = {"cache_function": "keys:today"}
    spec = StepSpec("steps:train", "train", pipeline=PIPELINE, cache_policy=policy, store=store)

    def read() -> list[str]:
        cache.components(spec, bench.known, {}, open_store(store))
        observing.begin(str(bench.folder))
        importing.load("steps:train")()
        return sorted(observing.end().files)

    assert str(bench.folder / "data.txt") in bench._forked(read)


def test_what_a_database_has_not_in_its_file_yet(bench: Bench) -> None:
    """A program elsewhere has it open and writes ahead: the file itself stays as it was."""
    bench.write(
        steps__py="""
            import sqlite3

            def train():
                with sqlite3.connect("file:a.db?mode=ro", uri=True) as found:
                    return found.execute("select x from t").fetchall()
        """
    )
    path = bench.folder / "a.db"
    elsewhere = sqlite3.connect(path, isolation_level=None)
    elsewhere.executescript("pragma journal_mode=wal; create table t (x); insert into t values (1)")
    before = path.read_bytes()
    kept = bench.run()
    assert kept.refused is None
    assert bench.difference(kept) is None
    elsewhere.execute("insert into t values (2)")
    assert path.read_bytes() == before
    assert "a.db-wal" in (bench.difference(kept) or "")
    elsewhere.close()


HANDED_ON = {
    "its attribute": ("return importlib.import_module('hel' + 'pers').scale(2)", False),
    "by getattr": ("return getattr(importlib.import_module('hel' + 'pers'), 'scale')(2)", False),
    "by a name": ("found = importlib.import_module('hel' + 'pers')\n    return found.scale(2)", False),
    "to a library": ("return len(pytest.param(importlib.import_module('hel' + 'pers')))", True),
    "by a name, to it": ("one = importlib.import_module('hel' + 'pers')\n    return len(pytest.param(one))", True),
    "in a list": ("return [importlib.import_module('hel' + 'pers')][0].scale(2)", True),
}  # fmt: skip


@pytest.mark.parametrize("use", HANDED_ON)
def test_a_module_by_a_computed_name_may_be_listed_by_whom_it_is_given(bench: Bench, use: str) -> None:
    """A function that nothing names counts only there."""
    body, differs = HANDED_ON[use]
    bench.widened = True
    bench.write(steps__py=f"import importlib\nimport pytest\n\n\ndef train():\n    {body}\n", helpers__py=MODULE)
    kept = bench.run()
    assert kept.refused is None
    bench.write(helpers__py=MODULE + "\n\ndef added():\n    return 0\n")
    assert (bench.difference(kept) is not None) is differs


GONE = {
    "imported": "try:\n        import helpers\n    except ImportError:\n        return 0\n    return 1",
    "looked for": "import importlib.util\n    return importlib.util.find_spec('helpers') is not None",
}


@pytest.mark.parametrize("use", GONE)
def test_that_a_module_is_there_counts(bench: Bench, use: str) -> None:
    """Though nothing of its text does."""
    bench.write(steps__py=f"def train():\n    {GONE[use]}\n", helpers__py="SIZE = 1\n")
    kept = bench.run()
    assert kept.refused is None
    bench.write(helpers__py="SIZE = 2\n")
    assert bench.difference(kept) is None
    (bench.folder / "helpers.py").unlink()
    assert "helpers.py" in (bench.difference(kept) or "")
