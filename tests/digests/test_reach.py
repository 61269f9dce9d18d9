"""What a step can get at counts for it, by whatever way; what only looks like it doesn't."""

from __future__ import annotations

import os
from pathlib import Path
from textwrap import dedent

import pytest

from zencompile.diagnostics import Report

OTHER = "X = 1\n\n\ndef f():\n    return X\n"


def deployed(root: Path, files: dict[str, str], body: str, head: str = "") -> dict[str, str]:
    """The digests of the two steps of a small project, in which one does as the body says."""
    text = f"import os\nfrom zenml import pipeline, step\n{dedent(head)}\n@step\ndef s() -> str:\n"
    text += "".join(f"    {line}\n" for line in dedent(body).strip().splitlines())
    text += "\n@step\ndef neutral() -> int:\n    return 1\n\n@pipeline\ndef flow():\n    s()\n    neutral()\n"
    for name, content in {"run.py": "from m import flow\nflow()\n", "m.py": text, **files}.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content)
    return _compiled(root, Report())


def _compiled(root: Path, report: Report) -> dict[str, str]:
    from zencompile import compiler
    from zencompile.frontend import Request
    from zencompile.passes import PassContext
    from zencompile.project_files import ProjectFiles

    request = Request(root / "m.py", pipeline="flow", source_root=root, working_directory=root)
    (pipeline,) = compiler.read(request, report)
    project = ProjectFiles(root)
    context = PassContext(files=project.manifest, remarks=project.remarks, read=project.read, tree=project.tree)
    made = compiler.rewrite(pipeline, context, report)
    return {step.name: step.deployed for step in made.steps.values()}


# The files beside the step, its body, and an edit of one of them that it can see.
SEEN: dict[str, tuple[dict[str, str], str, str, tuple[str, str]]] = {
    "an import function by another name": (
        {"p.py": OTHER}, "return im('p').X", "from importlib import import_module as im", ("p.py", OTHER.replace("1", "2"))),
    "a file as a module": (
        {"p.py": OTHER}, "return spec_from_file_location('q', 'p.py')",
        "from importlib.util import spec_from_file_location", ("p.py", OTHER.replace("1", "2"))),
    "a path that is run": (
        {"p.py": OTHER}, "import runpy\nreturn runpy.run_path('p.py')", "", ("p.py", OTHER.replace("1", "2"))),
    "the main block of what is run": (
        {"p.py": OTHER + "if __name__ == '__main__':\n    print(1)\n"}, "import runpy\nreturn runpy.run_path('p.py')", "",
        ("p.py", OTHER + "if __name__ == '__main__':\n    print(2)\n")),
    "a module that is run": (
        {"p.py": OTHER}, "import subprocess, sys\nreturn subprocess.check_output([sys.executable, '-m', 'p'])", "",
        ("p.py", OTHER.replace("1", "2"))),
    "a shell's command": (
        {"p.py": OTHER}, "return os.system('python p.py --fast')", "", ("p.py", OTHER.replace("1", "2"))),
    "code that is read and run": (
        {"p.py": OTHER}, "exec(open('p.py').read())", "", ("p.py", OTHER.replace("1", "2"))),
    "its own text": ({}, "return open(__file__).read()", "X = 1", ("m.py", "# a comment\n")),
    "its own text by a path": (
        {}, "return Path(__file__).read_text()", "from pathlib import Path", ("m.py", "# a comment\n")),
    "another module's text": ({"p.py": OTHER}, "return open('p.py').read()", "", ("p.py", f"# a comment\n{OTHER}")),
    "a docstring that a test reads": (
        {"h.py": "def f():\n    '''>>> 1\n    1'''\n"}, "import doctest\nreturn doctest.testmod(h)", "import h",
        ("h.py", "def f():\n    '''>>> 1\n    2'''\n")),
    "a docstring that there was not": ({"h.py": "def f():\n    return __doc__\n"}, "return f()", "from h import f",
        ("h.py", "'''New.'''\ndef f():\n    return __doc__\n")),
    "what a star import hides": (
        {"t.py": OTHER, "h.py": "from t import *\ndef f():\n    return 2\n"}, "return h.f()", "import h",
        ("h.py", "def f():\n    return 2\nfrom t import *\n")),
    "a default that is worked out": (
        {"h.py": "K = [1]\ndef f(k=len(K)):\n    return k\nK.append(2)\n"}, "return h.f()", "import h",
        ("h.py", "K = [1]\nK.append(2)\ndef f(k=len(K)):\n    return k\n")),
    "an annotation of a name that changes": (
        {"h.py": "T = int\ndef f(k: T):\n    return k\nT = str\n"}, "return h.f(1)", "import h",
        ("h.py", "T = int\nT = str\ndef f(k: T):\n    return k\n")),
    "the order of functions that is looked at": (
        {"h.py": "def a():\n    return 1\ndef b():\n    return 2\nALL = [k for k in globals()]\n"}, "return h.ALL", "import h",
        ("h.py", "def b():\n    return 2\ndef a():\n    return 1\nALL = [k for k in globals()]\n")),
    "a module in the standard library's place": (
        {"random.py": OTHER}, "import statistics\nreturn statistics.NormalDist()", "", ("random.py", OTHER.replace("1", "2"))),
    "what Python imports when it starts": (
        {"sitecustomize.py": OTHER}, "return ''", "", ("sitecustomize.py", OTHER.replace("1", "2"))),
    "a package in the standard library's place": (
        {"queue/__init__.py": OTHER}, "import concurrent.futures\nreturn ''", "", ("queue/__init__.py", OTHER.replace("1", "2"))),
    "what a script in a folder imports": (
        {"scripts/p.py": "import q\n", "q.py": OTHER}, "return os.system('python scripts/p.py')", "",
        ("q.py", OTHER.replace("1", "2"))),
    "all files of a kind": (
        {"x/a.txt": "1", "n.py": "N = 1\n"}, "import glob\nreturn glob.glob('*/*.txt')", "", ("x/a.txt", "2")),
}  # fmt: skip

UNSEEN: dict[str, tuple[dict[str, str], str, str, tuple[str, str]]] = {
    "a module that is only called like a text": (
        {"model.py": OTHER}, "return {'model': 1}['model']", "", ("model.py", OTHER.replace("1", "2"))),
    "a comment in a module that a loader could load": (
        {"p.py": OTHER}, "return __import__('h').f()", "import h", ("h.py", "def f():\n    return 1  # one\n")),
    "a tool's configuration": ({"pyproject.toml": "[tool.x]\na = 1\n"}, "return ''", "", ("pyproject.toml", "[tool.x]\na = 2\n")),
    "a function moved": (
        {"h.py": "def a():\n    return b()\ndef b(x: int = 1):\n    return x\n"}, "return h.a()", "import h",
        ("h.py", "def b(x: int = 1):\n    return x\ndef a():\n    return b()\n")),
}  # fmt: skip
UNSEEN["a comment in a module that a loader could load"][0]["h.py"] = "def f():\n    return 1\n"

Case = tuple[dict[str, str], str, str, tuple[str, str]]


def before_and_after(root: Path, case: Case) -> tuple[dict[str, str], dict[str, str]]:
    files, body, head, (path, text) = case
    before = deployed(root, files, body, head)
    if path == "m.py":
        text = (root / "m.py").read_text().replace("@step\ndef s", f"{text}@step\ndef s")
    (root / path).write_text(text)
    return before, _compiled(root, Report())


@pytest.mark.parametrize("name", SEEN)
def test_what_a_step_can_see_counts(name: str, tmp_path: Path) -> None:
    before, after = before_and_after(tmp_path, SEEN[name])
    assert before["s"] != after["s"]


@pytest.mark.parametrize("name", UNSEEN)
def test_what_a_step_can_t_see_doesn_t(name: str, tmp_path: Path) -> None:
    before, after = before_and_after(tmp_path, UNSEEN[name])
    assert before == after


def test_a_name_that_is_no_text_is_told(tmp_path: Path) -> None:
    """No Dockerfile can hold it."""
    deployed(tmp_path, {"data/a.csv": "1"}, "return open('data/a.csv').read()")
    place = os.path.join(os.fsencode(tmp_path), b"data", b"\xff\xe9.dat")  # noqa: PTH118
    try:
        Path(os.fsdecode(place)).write_text("1")
    except OSError:
        pytest.skip("the file system takes no such name")
    report = Report()
    _compiled(tmp_path, report)
    assert [d.code for d in report if d.code == "ZC0413"] == ["ZC0413"]
    assert r"\xff\xe9.dat" in next(d.message for d in report if d.code == "ZC0413")
