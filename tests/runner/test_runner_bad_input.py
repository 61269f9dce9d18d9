"""What is wrong with a step, its values or the store is said in one place: which step, which line, what to do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAD = "from typing import Annotated\n\nfrom zenml import pipeline, step\nfrom zenml.client import Client\n"
CASES = {
    "an output that can't be pickled": (
        """
class Odd:
    def __reduce__(self):
        raise TypeError("no way")

@step
def make() -> Odd:
    return Odd()
""",
        1,
        [
            "output `output` of step `make`",
            "a Odd can't be pickled: no way",
            "(run.py:10)",
            "help: write a materializer",
        ],
    ),
    "an output that its own materializer can't store": (
        """
from zenml.materializers.base_materializer import BaseMaterializer

class Thing:
    pass

class Things(BaseMaterializer):
    ASSOCIATED_TYPES = (Thing,)

    def save(self, data):
        raise KeyError("colour")

@step(output_materializers=Things)
def make() -> Annotated[Thing, "thing"]:
    return Thing()
""",
        1,
        [
            'raise KeyError("colour")',
            "output `thing` of step `make`: Things can't store a Thing: KeyError: 'colour'",
            "(run.py:",
            "help: return what Things can store",
        ],
    ),
    "an output that its materializer can't load": (
        """
from zenml.materializers.base_materializer import BaseMaterializer

class Thing:
    pass

class Things(BaseMaterializer):
    ASSOCIATED_TYPES = (Thing,)

    def save(self, data):
        open(self.uri + "/thing", "w").close()

    def load(self, data_type):
        raise KeyError("colour")

@step
def give() -> Thing:
    return Thing()

@step
def make(thing: Thing) -> int:
    return 1
""",
        1,
        [
            'raise KeyError("colour")',
            "output `output` of step `give`: Things stored a Thing and can't load it again: KeyError: 'colour' (run.py",
            "help: let Things.load read what Things.save wrote",
        ],
    ),
    "too many outputs": (
        '\n@step\ndef make() -> tuple[Annotated[int, "a"], Annotated[int, "b"]]:\n    return 1, 2, 3\n',
        1,
        [
            "step `make` returned 3 values, and declares 2 outputs: a, b",
            "(run.py:",
            "help: return a tuple with a value",
        ],
    ),
    "one output where two are declared": (
        '\n@step\ndef make() -> tuple[Annotated[int, "a"], Annotated[int, "b"]]:\n'
        "    both = 1, 2\n    if len(both) == 3:\n        return 1, 2\n    return 7\n",
        1,
        ["step `make` returned a int, and declares 2 outputs: a, b", "(run.py:", "help: return a tuple with a value"],
    ),
    "an output of another type": (
        '\n@step\ndef make() -> int:\n    return "seven"\n',
        1,
        [
            "output `output` of step `make` is a str, declared as int",
            "(run.py:6)",
            "help: return what the annotation says",
        ],
    ),
    "a declared secret that is missing": (
        '\n@step(secrets=["api"])\ndef make() -> int:\n    return 1\n',
        2,
        ["step `make`: secret 'api' is not known here (run.py:7)", "help: set ZENCOMPILE_SECRET_API_"],
    ),
    "a secret that a step asks for and that is missing": (
        '\n@step\ndef make() -> str:\n    return Client().get_secret("api").secret_values["token"]\n',
        1,
        [
            "KeyError: \"secret 'api' is not known here; set ZENCOMPILE_SECRET_API_",
            "step `make` failed (run.py:8)",
        ],
    ),
    "a value that does not fit the input's annotation": (
        "\n@step\ndef give() -> dict:\n    return {}\n\n@step\ndef make(numbers: list[int]) -> int:\n    return 1\n",
        2,
        ["step `make`: input `numbers`", "(run.py:", "help: change the value, or the annotation"],
    ),
}


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, steps: str, body: str) -> None:
        (self.folder / "run.py").write_text(f"{HEAD}{steps}\n\n@pipeline\ndef small(n: int = 3):\n{body}\n")

    def run(self, *words: str, code: int | None = 0) -> str:
        done = subprocess.run(
            [sys.executable, "-c", "from zencompile.cli import main; main()", "run", "run.py", *words],
            cwd=self.folder,
            env={k: v for k, v in os.environ.items() if not k.startswith(("ZENCOMPILE_", "AWS_"))},
            capture_output=True,
            text=True,
            timeout=120,
        )
        said = done.stdout + done.stderr
        assert code is None or done.returncode == code, said
        assert "zencompile_runtime/" not in said, f"frames of the runtime:\n{said}"
        return said

    @property
    def store(self) -> Path:
        return self.folder / ".zencompile" / "store"

    def one(self, pattern: str) -> Path:
        (found,) = self.store.glob(pattern)
        return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_with_a_step_names_it_its_line_and_a_remedy(project: Project, case: str) -> None:
    steps, code, expected = CASES[case]
    project.write(steps, "    make(give())" if "def give" in steps else "    make()")
    said = project.run(code=code)
    for text in expected:
        assert text in said, said
    assert "failed" in said.splitlines()[-2]


MANY = """
@step
def make(n: int) -> list[int]:
    return list(range(n * 10_000))

@step(enable_cache=False)
def use(numbers: list[int]) -> int:
    return len(numbers)
"""


def test_a_parameter_that_fails_its_annotation(project: Project) -> None:
    """By the compiler at its line; by the script with the flag to change."""
    project.write(MANY, "    use(make(n))")
    said = project.run("--param", "n=many", code=1)
    assert "expected an integer, got 'many'" in said and "run.py:16:11" in said
    project.run()
    script = project.folder / ".zencompile" / "build" / "local" / "small.py"
    done = subprocess.run([sys.executable, script, "--param", "n=many"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == (
        "error: parameter `n` should be an integer, got 'many' (str)\nhelp: pass another value: --param n=…\n"
    )


def test_a_blob_with_other_bytes_is_named_removed_and_made_anew(project: Project) -> None:
    """Sizes are checked always; bytes of the right size that can't be loaded are compared with their digest."""
    project.write(MANY, "    use(make(n))")
    project.run()
    blob = project.one("blobs/*/*")
    good = blob.read_bytes()
    blob.chmod(0o644)
    blob.write_bytes(b"\0" * len(good))
    said = project.run(code=3)
    assert "step `use`: the store" in said and "holds other bytes for 'data.json' than were stored" in said
    assert "(run.py:" in said and "help: run it again" in said
    project.run()
    assert blob.read_bytes() == good
    blob.chmod(0o644)
    blob.write_bytes(good[:-1])
    assert "make   completed" in project.run()
    assert blob.read_bytes() == good


def test_broken_documents_are_as_good_as_none(project: Project) -> None:
    project.write(MANY, "    use(make(n))")
    project.run("--run", "one")
    for path in (*project.store.glob("cache/*.json"), *project.store.glob("runs/*/*/one/*/*.json")):
        path.write_text('{"half')
    assert "2 completed" in project.run("--run", "two")
    project.one("runs/*/*/two/make/output.json").write_text('{"schema": 1, "value": {}}')
    said = project.run("--only", "use", code=2)
    assert "the run 'two' has no complete outputs of step `make`" in said and "help: run it too: --from" in said


def test_a_run_whose_document_is_corrupt_is_not_resumed_as_another(project: Project) -> None:
    """Nor is it said that there is none: which file it is, and what to do."""
    project.write(MANY, "    use(make(n))")
    project.run("--run", "one")
    project.run("--run", "two")
    path = project.one("runs/*/*/two/.run.json")
    path.write_text('{"half')
    for wanted in ("two", "latest"):
        said = project.run("--resume", wanted, code=3)
        assert f"error: what is known of the run 'two' can't be read: {path} is corrupt (no JSON: " in said
        assert "help: start a new run" in said
    path.write_text('{"schema": 1, "started": "2026-01-01T00:00:00+00:00"}')
    assert "was not made by this runner" in project.run("--resume", "two", code=2)
    assert "2 reused" in project.run("--resume", "one")


def test_a_store_of_another_version_is_not_touched(project: Project) -> None:
    project.write(MANY, "    use(make(n))")
    project.run("--run", "one")
    path = project.one("runs/*/*/one/make/output.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), "schema": 99}))
    said = project.run("--only", "use", code=3)
    assert "has the schema 99, and this version reads 1" in said
    assert "help: use the version of zencompile that wrote it, or another store" in said


@pytest.mark.parametrize(
    ("store", "code", "message", "remedy"),
    [
        ("run.py", 3, "Not a directory", "a store is a folder, and a file stands there"),
        ("foo://x", 2, "the store foo://x can't be opened", "help: "),
        (
            ".",
            2,
            "is not an artifact store: it holds ",
            "help: choose a new or an empty place with --store",
        ),
    ],
)
def test_a_place_that_can_be_no_store(project: Project, store: str, code: int, message: str, remedy: str) -> None:
    project.write(MANY, "    use(make(n))")
    said = project.run("--store", store, code=code)
    assert message in said and remedy in said and len(said.strip().splitlines()) == 2, said
