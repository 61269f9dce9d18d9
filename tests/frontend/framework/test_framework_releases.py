"""For which release of the framework a program is written."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from zencompile.diagnostics import Report
from zencompile.frontend.framework.releases import RELEASES, admitted
from zencompile.frontend.framework.signatures import built_ins, spans_of_life
from zencompile.frontend.project import Project

PINS = [
    ("requirements.txt", "pandas\nzenml==0.20.5\n", (20, 20)),
    ("requirements.txt", "zenml[server]>=0.13,<0.20 ; python_version < '3.9'\n", (13, 13)),
    ("requirements-dev.txt", "zenml[server, x] ~= 0.39.1\n", (39, 39)),
    ("requirements.in", "zenml<=0.13.2\n", (5, 13)),
    ("requirements.txt", "zenml<0.20.3\n", (5, 20)),
    ("requirements.txt", "zenml>0.20\n", (21, 98)),
    ("requirements.txt", "zenml>0.20.1, !=0.22\n", (20, 98)),
    ("requirements.txt", "zenml~=0.13\n", (13, 98)),
    ("requirements.txt", "zenml==0.13.*\n", (13, 13)),
    ("requirements.txt", "zenml===0.7.3\n", (7, 7)),
    ("requirements.txt", "zenml==0.39.1rc1\n", (39, 39)),
    ("pyproject.toml", "[tool.poetry.dependencies]\nzenml = \"^0.20.5\"\n", (20, 20)),
    ("pyproject.toml", "[tool.poetry.dependencies]\nzenml = {version = \">=0.7\", extras = [\"server\"]}\n", (7, 98)),
    ("pyproject.toml", "[tool.poetry.dependencies]\nzenml = {extras = [\"server\"], version = \"0.36.1\"}\n", (36, 36)),
    ("pyproject.toml", "[project]\ndependencies = ['zenml[server]~=0.39.1', 'pandas']\n", (39, 39)),
    ("setup.py", "setup(install_requires=[\"zenml >= 0.7.2\"])\n", (7, 98)),
    ("environment.yml", "dependencies:\n  - pip:\n    - zenml=0.8.1\n", (8, 8)),
    ("Pipfile", "[packages]\nzenml = \"==0.13.2\"\n", (13, 13)),
    ("requirements.txt", "zenml\n", None),
    ("requirements.txt", "zenml-extras==2\n", None),
    ("requirements.txt", "# zenml==0.5.7\npandas==1.0\n", None),
    ("requirements.txt", "pandas==1.0  # for zenml==0.7\n", None),
    ("notes.txt", "zenml==0.5.7\n", None),
]  # fmt: skip


@pytest.mark.parametrize(("file", "text", "minors"), PINS, ids=[f"{f} {t.strip()[-30:]}" for f, t, _ in PINS])
def test_pin(tmp_path: Path, file: str, text: str, minors: tuple[int, int] | None) -> None:
    """Requirements in the ways that projects write them, and the first and last release that they admit."""
    (tmp_path / "run.py").write_text("", "utf-8")
    (tmp_path / "requirements.txt").write_text("", "utf-8")
    (tmp_path / file).write_text(text, "utf-8")
    pin = Project.of(tmp_path / "run.py", Report(), working_directory=tmp_path).pin("zenml")
    if minors is None:
        assert pin is None
        return
    assert pin is not None
    found = admitted(pin, RELEASES)
    assert (found[0][1], found[-1][1]) == minors


def test_the_nearest_requirements_count(tmp_path: Path) -> None:
    """An example's own requirements stand before those of the repository."""
    example = tmp_path / "examples" / "one"
    example.mkdir(parents=True)
    (example / "run.py").write_text("", "utf-8")
    (tmp_path / "pyproject.toml").write_text("[project]\ndependencies = ['zenml==0.98.0']\n", "utf-8")
    (example / "requirements.txt").write_text("zenml==0.7.3\n", "utf-8")
    project = Project.of(example / "run.py", Report(), working_directory=tmp_path)
    assert project.pin("zenml") == "=0.7.3"


def test_signatures_are_in_order() -> None:
    """Each ready-made step's signatures follow each other; what makes steps makes known ones."""
    known = built_ins()
    for built_in in known.values():
        since = [signature.since for signature in built_in.signatures]
        assert since == sorted(set(since)), built_in.name
        assert not any(one.gone for one in built_in.signatures[:-1]), built_in.name
        for signature in built_in.signatures:
            assert all(name in known for name in signature.makes), built_in.name
            assert signature.optional <= set(signature.inputs), built_in.name
            assert bool(signature.group) is bool(signature.group_class), built_in.name


def test_names_that_tell_the_release() -> None:
    """A group of parameters belongs to the releases in which some step took it."""
    lives = spans_of_life()
    assert lives["MLFlowDeployerConfig"] == ((0, 6), (0, 20))
    assert lives["MLFlowDeployerParameters"] == ((0, 20), (0, 40))
    assert lives["SlackAlerterParameters"][1] is None
    assert lives["evidently_profile_step"] == ((0, 12), (0, 43))


_LIST = """
import ast, json, pathlib, zenml
found = {}
for path in sorted((pathlib.Path(zenml.__file__).parent / "integrations").glob("*/steps/*.py")):
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.FunctionDef) and any("step" in ast.unparse(d) for d in node.decorator_list):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            optional = len(node.args.defaults)
            module = ".".join(("zenml", *path.relative_to(pathlib.Path(zenml.__file__).parent).with_suffix("").parts))
            names = [a.arg for a in arguments]
            found[node.name] = [module, names, names[len(names) - optional:], ast.unparse(node.returns)]
print(json.dumps(found))
"""


def test_signatures_of_the_last_release(zenml_python: Path) -> None:
    """What the table says of the last release is what that release says itself."""
    told = subprocess.run([zenml_python, "-c", _LIST], check=True, capture_output=True, text=True).stdout
    real = json.loads(told.splitlines()[-1])
    known = built_ins()
    assert len(real) > 20
    for name, (module, inputs, optional, returned) in real.items():
        signature = known[name].of(RELEASES[-1])
        assert signature is not None, name
        assert known[name].module == module
        assert (list(signature.inputs), signature.optional) == (inputs, frozenset(optional)), name
        assert (signature.outputs == ()) is (returned == "None"), name
        assert all(repr(output) in returned for output in signature.outputs if output != "output"), name
