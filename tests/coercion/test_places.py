"""A value means the same wherever it is given: in a call, in a file, as text, when compiling and when a run starts."""

from __future__ import annotations

import json
import sys
import typing
from pathlib import Path
from typing import Any

import pytest
import yaml

from zencompile.diagnostics import Report
from zencompile.frontend import Request, read
from zencompile.ir import Pipeline
from zencompile.ir.literals import decode
from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.runner import parameters
from zencompile_runtime.runner.plan import Param
from zencompile_runtime.values import literals
from zencompile_runtime.values.coerce import fit
from zencompile_runtime.values.mismatch import Mismatch

FOLDER = Path(__file__).parent
if str(FOLDER) not in sys.path:
    sys.path.append(str(FOLDER))

import coercion_table  # noqa: E402
import refresh  # noqa: E402

ANNOTATIONS = [
    "bool", "int", "float", "str", "Any", "Optional[int]", "Optional[str]", "Union[int, str]", "Union[str, int]",
    "Union[int, float]", "Union[bool, float]", "Union[str, List[str]]", "List[int]", "List[str]", "List[float]",
    "Dict[str, int]", "Dict[int, float]", "Tuple[int, str]", "Tuple[int, ...]", "Set[int]", "Literal[1, 2]",
    'Literal["a", "b"]', "moment", "date", "time", "timedelta", "Path", "UUID", "Decimal", "List[Path]",
    "Annotated[int, Field(gt=0)]", "PositiveInt", "Optional[List[int]]", "Color", "Level", "int | None",
]  # fmt: skip
NAMES = coercion_table.namespace()


def _is_json(value: Any) -> bool:
    try:
        return bool(json.loads(json.dumps(value, allow_nan=False)) == value) and "\ud800" not in repr(value)
    except (TypeError, ValueError):
        return False


VALUES = [one for one in coercion_table.values() if "9" * 4 not in one and _is_json(eval(one, NAMES))]
VALUES = [
    one
    for one in VALUES
    if one[0] in '"[{-.0123456789NTF' and not any(name in one for name in ("Color.", "Level.", "Tone.", "Mixed."))
]
ANSWERS: dict[str, dict[str, str]] = json.loads(refresh.ANSWERS.read_text())
PAIRS = [(annotation, value) for annotation in ANNOTATIONS for value in VALUES]
NO_JSON = ("float inf", "float -inf", "float 'nan'")  # what no parameter of a file can be
ACCEPTED = {f"p{i}": pair for i, pair in enumerate(PAIRS) if ANSWERS[pair[0]].get(pair[1], NO_JSON[0]) not in NO_JSON}
REFUSED = {f"p{i}": pair for i, pair in enumerate(PAIRS) if pair[1] not in ANSWERS[pair[0]]}
PLACES = ["the call", "the file", "the command line"]


def _compiled(folder: Path, pairs: dict[str, tuple[str, str]], place: str) -> tuple[tuple[Pipeline, ...], Report]:
    (folder / ".zen").mkdir()
    (folder / "coercion_classes.py").write_text((FOLDER / "coercion_classes.py").read_text())
    given = {name: eval(value, NAMES) for name, (_, value) in pairs.items()}
    arguments = ", ".join(f"{name}={value!r}" for name, value in given.items()) if place == "the call" else ""
    signature = ", ".join(f"{name}: {annotation}" for name, (annotation, _) in pairs.items())
    (folder / "run.py").write_text(
        f"{coercion_table.IMPORTS}from zenml import pipeline, step\n@step\ndef load() -> int:\n    return 1\n"
        f"@pipeline\ndef p({signature}):\n    load()\nif __name__ == '__main__':\n    p({arguments})\n"
    )
    (folder / "config.yaml").write_text(
        yaml.safe_dump({"parameters": given if place == "the file" else {}}, sort_keys=False)
    )
    texts = {name: json.dumps(value) for name, value in given.items()} if place == "the command line" else {}
    report = Report()
    config = folder / "config.yaml" if place == "the file" else None
    result = read(Request(path=folder / "run.py", pipeline=None, parameters=texts, config=config), report)
    return tuple(getattr(result, "pipelines", result)), report


def _described(literal: Any) -> str:
    def other(value: Any) -> Any:
        class_, _, name = value["class"].rpartition(":")[2], 0, value.get("name")
        return NAMES[class_][name]

    return coercion_table.described(decode(literal, other)).replace("PurePosixPath", "PosixPath")


@pytest.mark.parametrize("place", PLACES)
def test_what_is_accepted_has_one_value(place: str, tmp_path: Path) -> None:
    """The pipeline's parameter is what the framework makes of the value."""
    pipelines, report = _compiled(tmp_path, ACCEPTED, place)
    assert not [one.message for one in report.errors]
    (pipeline,) = pipelines
    different = []
    for parameter in pipeline.parameters:
        annotation, value = ACCEPTED[parameter.name]
        assert parameter.default is not None
        if (got := _described(parameter.default.value)) != (wanted := ANSWERS[annotation][value]):
            different.append(f"{annotation} {value}: the framework {wanted}, here {got}")
    assert not different, "\n".join(different)
    assert len(pipeline.parameters) == len(ACCEPTED) > 800


@pytest.mark.parametrize("place", PLACES)
def test_what_is_refused_is_refused(place: str, tmp_path: Path) -> None:
    """Each has its diagnostic. A text that is typed is what it looks like, unless only the text fits."""
    pairs = {name: pair for name, pair in REFUSED.items() if place != "the command line" or not _fits_as_text(*pair)}
    report = _compiled(tmp_path, pairs, place)[1]
    refused = {one.message.split("`")[1] for one in report.errors if one.code == "ZC0225"}
    assert refused == set(pairs)
    assert len(pairs) > 1000


def _hint(annotation: str) -> Any:
    exec(compile(f"def called(value: {annotation}): ...", "table", "exec", dont_inherit=True), NAMES)
    return typing.get_type_hints(NAMES["called"], include_extras=True)["value"]


def _fits_as_text(annotation: str, value: str) -> bool:
    try:
        fit(json.dumps(eval(value, NAMES)), _hint(annotation))
    except Mismatch:
        return False
    return True


class _Plan:
    def __init__(self, name: str, annotation: str) -> None:
        self.parameters = [Param(name, _hint(annotation))]


@pytest.mark.parametrize("annotation", ANNOTATIONS)
def test_the_local_runner_has_the_compilers_value(annotation: str) -> None:
    """`--param` of a run means what `--param` of a compilation means."""
    for value in VALUES:
        wanted = ANSWERS[annotation].get(value)
        if wanted is None and _fits_as_text(annotation, value):
            continue
        plan: Any = _Plan("x", annotation)
        try:
            found = parameters.resolve(plan, {"x": json.dumps(eval(value, NAMES))})["x"]
        except ConfigurationFault:
            assert wanted is None, value
        else:
            assert coercion_table.described(fit(literals.decode(found), _hint(annotation))) == wanted, value


@pytest.mark.parametrize(
    ("annotation", "text", "wanted"),
    [
        ("str", "7", "str '7'"),
        ("str", '"7"', "str '7'"),
        ("str", "null", "str 'null'"),
        ("str", "[1]", "str '[1]'"),
        ("Optional[str]", "null", "NoneType None"),
        ("Optional[str]", "7", "str '7'"),
        ("Union[int, str]", "7", "int 0x7"),
        ("Path", "7", "PosixPath PosixPath('7')"),
        ("int", '"7"', "int 0x7"),
        ("int", "7", "int 0x7"),
        ("float", "nan", "float 'nan'"),
        ("bool", "yes", "bool True"),
        ("Any", "7", "int 0x7"),
        ("Any", "x", "str 'x'"),
        ("date", "2020-01-02", "date datetime.date(2020, 1, 2)"),
        ("Color", "red", "Color.RED"),
        ("Tone", "2", "Tone.LOUD"),
    ],
)
def test_a_text_is_what_its_annotation_wants(annotation: str, text: str, wanted: str) -> None:
    """Users type texts: JSON where it fits, else the text itself."""
    from zencompile_runtime.values.coerce import from_text

    hint = _hint(annotation)
    assert coercion_table.described(fit(from_text(text, hint), hint)) == wanted
