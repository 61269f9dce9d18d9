"""What an edit changes of the committed files: nothing where it means nothing, and what it means where it does."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from repositories import Repository, changed, example, generated

Edit = Callable[[Repository], object]


def replacing(path: str, old: str, new: str) -> Edit:
    return lambda repository: repository.replace(path, old, new)


def writing(path: str, text: str) -> Edit:
    return lambda repository: repository.write(path, text)


def removing(path: str) -> Edit:
    return lambda repository: (repository.root / path).unlink()


NOTHING: dict[str, Edit] = {
    "none": lambda repository: None,
    "comment above a step": replacing("steps/total.py", "@step\ndef total", "# adds\n@step\ndef total"),
    "comment in a body": replacing("steps/total.py", "    return _rounded(sum", "    # mean\n    return _rounded(sum"),
    "comment at the end of a line": replacing("helpers.py", "LIMIT = 100", "LIMIT = 100  # at most"),
    "blank lines": replacing("steps/total.py", "\n\ndef _rounded", "\n\n\n\n\ndef _rounded"),
    "formatting": replacing("steps/total.py", "sum(items) / len(items)", "(sum(items)/len( items ))"),
    "quotes": replacing("steps/load.py", '"data/sold.csv"', "'data/sold.csv'"),
    "a line broken": replacing(
        "helpers.py", "min(value * factor, LIMIT)", "min(\n        value * factor, LIMIT\n    )"
    ),
    "README": writing("README.md", "# Another\n"),
    "a new README elsewhere": writing("steps/README.md", "# Steps\n"),
    "CHANGELOG": writing("CHANGELOG.md", "# Other\n"),
    "LICENSE": writing("LICENSE", "Do what you want.\n"),
    "docs": writing("docs/how.md", "# So\n"),
    "new docs": writing("docs/more/new.md", "# New\n"),
    "CI": writing(".github/workflows/ci.yml", "on: pull_request\n"),
    "tests": writing("tests/test_total.py", "def test_other():\n    assert True\n"),
    ".gitignore": writing(".gitignore", "build/\n__pycache__/\n*.tmp\n"),
    "a docstring of a step": replacing("steps/total.py", '"""The sum."""', '"""All of it."""'),
    "a docstring of a module": replacing("steps/total.py", '"""Numbers of numbers."""', '"""Numbers."""'),
    "a name of the pipeline's own": replacing("pipelines/training.py", "items", "things"),
    "a comment in the pipeline": replacing("pipelines/training.py", "    sold =", "    # here\n    sold ="),
    "a function moved": replacing(
        "steps/total.py",
        "def _rounded(value):\n    return round(value, 2)\n\n\ndef _unrelated(value):\n    return value\n",
        "def _unrelated(value):\n    return value\n\n\ndef _rounded(value):\n    return round(value, 2)\n",
    ),
    "a step moved": lambda repository: _move_to_the_end(repository, "steps/total.py", "@step\ndef total", "@step"),
    "code that no step can import": replacing("unused.py", "return 1", "return 2"),
    "new code that no step can import": writing("tools/new.py", "x = 1\n"),
    "the main block": replacing("run.py", "    training()", "    print('on we go')\n    training()"),
    "another pipeline's step": replacing("steps/lone.py", "return 1", "return 2"),
    "another pipeline": replacing("pipelines/other.py", "lone()", "lone()\n    lone()"),
    "the mode of a file of code": lambda repository: (repository.root / "helpers.py").chmod(0o755),
    "a file that git ignores": writing("build/x.txt", "x"),
    "a file that git doesn't know": writing("notes.md", "later"),
}

ALL = {"code load", "code total", "code average", "code report"}

SOMETHING: dict[str, tuple[Edit, set[str]]] = {
    "body of a step": (replacing("steps/total.py", "factor))", "factor) + 1)"), {"code total"}),
    "a local name in a body": (replacing("steps/load.py", "line", "row"), {"code load"}),
    "body of a step elsewhere": (replacing("steps/load.py", "text.split()", "text.split()[1:]"), {"code load"}),
    "a helper": (replacing("helpers.py", "value * factor", "value + factor"), {"code total", "code average"}),
    "a constant": (replacing("helpers.py", "LIMIT = 100", "LIMIT = 101"), {"code total", "code average"}),
    "a helper beside the steps": (replacing("steps/total.py", "2)", "3)"), {"code total", "code average"}),
    "a default": (
        replacing("steps/total.py", "factor: float = 1.0", "factor: float = 1.5"),
        {"code total", "code average"},
    ),
    "a package's file": (writing("steps/__init__.py", "FIRST = 1\n"), ALL),
    "an import added": (
        replacing("helpers.py", "LIMIT = 100", "import unused\n\nLIMIT = 100"),
        {"code total", "code average"},
    ),
    "data that a step names": (writing("data/sold.csv", "3.0\n"), {"code load"}),
    "data that another step names": (writing("data/rates.json", '{"a": 1}\n'), {"code report"}),
    "data that no step names": (writing("models/weights.bin", "4567\n"), ALL),
    "the mode of data": (lambda repository: (repository.root / "data/sold.csv").chmod(0o755), {"code load"}),
    "data removed": (removing("models/weights.bin"), ALL),
}


def _move_to_the_end(repository: Repository, path: str, start: str, end: str) -> None:
    text = (repository.root / path).read_text("utf-8")
    first = text.index(start)
    last = text.index(end, first + len(start))
    repository.write(path, text[:first] + text[last:].rstrip() + "\n\n\n" + text[first:last].rstrip() + "\n")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return generated(tmp_path_factory.mktemp("generated"))


def edited(repository: Repository, edit: Edit) -> tuple[dict[str, str], int]:
    """The committed files after an edit, and how the check ended; then all is as before."""
    try:
        edit(repository)
        check = repository.check().returncode
        repository.compile()
        return repository.deployed(), check
    finally:
        repository.git("reset", "-q", "--hard")
        repository.git("clean", "-qfd")


@pytest.mark.parametrize("name", NOTHING)
def test_an_edit_that_means_nothing_changes_no_byte(name: str, project: Repository) -> None:
    after, check = edited(project, NOTHING[name])
    assert changed(project.before, after) == set()
    assert after == project.before
    assert check == 0


@pytest.mark.parametrize("name", SOMETHING)
def test_an_edit_changes_the_lines_of_the_steps_that_it_means(name: str, project: Repository) -> None:
    edit, expected = SOMETHING[name]
    after, check = edited(project, edit)
    assert changed(project.before, after) == expected
    assert check == 3


def test_a_requirement_changes_its_environment_alone(project: Repository) -> None:
    """One line of the DAG, an image of each component that runs in it."""
    after, check = edited(project, replacing("steps/report.py", "jinja2==3.1.6", "jinja2==3.1.5"))
    assert changed(project.before, after) == {"environment REPORT_IMAGE", "environment of report", "code report"}
    assert check == 3


def test_a_call_changes_the_lines_that_say_so(project: Repository) -> None:
    after, _ = edited(project, replacing("pipelines/training.py", "average(items)", "average([1.0])"))
    lines = changed(project.before, after)
    assert not any(line.startswith(("code", "environment")) for line in lines)
    assert any("1.0" in line for line in lines)


def test_a_step_moved_to_another_file(project: Repository) -> None:
    """Its entry point says so, and its code."""

    def move(repository: Repository) -> None:
        (repository.root / "steps/load.py").rename(repository.root / "steps/read.py")
        repository.replace("pipelines/training.py", "from steps.load import load", "from steps.read import load")

    after, _ = edited(project, move)
    lines = changed(project.before, after)
    assert {line for line in lines if line.startswith("code")} == {"code load"}
    assert any("steps.read:load" in line for line in lines)


def test_two_branches_that_change_two_steps_merge(project: Repository) -> None:
    """Their lines are tasks apart."""
    try:
        for branch, edit in (
            ("one", replacing("steps/load.py", "text.split()", "text.split()[1:]")),
            ("two", replacing("steps/total.py", "factor))", "factor) + 1)")),
        ):
            project.git("checkout", "-q", "-b", branch, "HEAD" if branch == "one" else "HEAD~1")
            edit(project)
            project.compile()
            project.commit()
        project.git("merge", "-q", "one", "-m", "both")
        assert project.check().returncode == 0
    finally:
        project.git("checkout", "-q", "-f", "-B", "main", "one~1")
        project.git("branch", "-q", "-D", "one", "two")


@pytest.mark.parametrize("name", ["quickstart", "churn"])
def test_the_examples(name: str, tmp_path: Path) -> None:
    """A comment, a README, another folder and another umask change nothing; a step's body changes its own line."""
    repository = example(name, tmp_path / "one")
    file, step = ("run.py", "evaluate") if name == "quickstart" else ("steps/evaluate.py", "select_best")
    text = (repository.root / file).read_text("utf-8")
    repository.write(file, text.replace("@step", "# a comment\n@step", 1))
    repository.write("README.md", "# Something else\n")
    moved = tmp_path / "elsewhere" / "two"
    shutil.copytree(repository.root, moved)
    for path in moved.rglob("*"):
        if path.is_file() and ".git" not in path.parts:
            path.chmod(0o600)
    other = Repository(moved, before=repository.before)
    other.compile()
    assert other.deployed() == repository.before
    other.write(file, text.replace(f"def {step}(", f"def {step}(", 1).replace("return ", "return 1 and ", 1))
    other.compile()
    lines = changed(repository.before, other.deployed())
    assert lines and all(line.startswith("code ") for line in lines)


def test_what_lies_about_and_is_no_part_of_the_project_changes_nothing(project: Repository) -> None:
    """Files that git doesn't know, called like texts of the code, and what runs left: in no file, the IR neither."""

    def ir() -> str:
        done = project.zencompile("--target", "ir", "-o", "ir")
        assert done.returncode == 0, done.stderr
        return (project.root / "ir" / "training.ir.json").read_text()

    try:
        before = ir()
        for path in (".zencompile/store/pieces/x.csv", "pieces/y.csv"):
            project.write(path, "1")
        assert ir() == before
        project.compile()
        assert project.deployed() == project.before
    finally:
        project.git("clean", "-qfdx")


def test_hash_seeds_locales_and_zones_change_nothing(project: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed, locale, zone in (("1", "C", "Asia/Tokyo"), ("77", "C.UTF-8", "America/New_York")):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        monkeypatch.setenv("LC_ALL", locale)
        monkeypatch.setenv("TZ", zone)
        after, check = edited(project, lambda repository: None)
        assert after == project.before
        assert check == 0


def test_a_fresh_clone_is_fresh(project: Repository, tmp_path: Path) -> None:
    """Nothing was built there, and nothing needs to be."""
    project.git("clone", "-q", str(project.root), str(tmp_path / "clone"))
    clone = Repository(tmp_path / "clone")
    assert not (clone.root / "build").exists()
    done = clone.check()
    assert done.returncode == 0, done.stdout + done.stderr
