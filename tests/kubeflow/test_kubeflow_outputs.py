"""What KFP gets of the outputs of steps: parameters, pages, metrics; and that the next step gets them as they were."""

from __future__ import annotations

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kubeflow_projects import Compiled
from kubeflow_samples import kind, optional, step

from zencompile.ir import Closure, Output
from zencompile_kubeflow import outputs
from zencompile_runtime import kubeflow_facts as facts
from zencompile_runtime import kubeflow_pages as pages
from zencompile_runtime.manifest import Manifest

PROGRAM = """
import enum
import math
from typing import Annotated, Any, Literal

from zenml import get_step_context, log_artifact_metadata, log_metadata, pipeline, step
from zenml.types import HTMLString, MarkdownString

PAGE = "<b>$$ {{x}} $(HOME) /kfp-workspace</b>\\r\\n\\u20ac"


class Colour(enum.Enum):
    RED = "red"


@step
def judge() -> tuple[
    Annotated[HTMLString, "page"],
    Annotated[MarkdownString, "notes"],
    Annotated[dict[str, float], "scores"],
    Annotated[Colour, "colour"],
    Annotated[Literal[1, 2], "grade"],
    Annotated[float | None, "nothing"],
    Annotated[int, "big"],
    Annotated[int, "truth"],
    Annotated[float, "unknown"],
    Annotated[str, "long"],
    Annotated[str, "lines"],
    Annotated[bool, "fine"],
    Annotated[float, "zero"],
]:
    log_metadata({"accuracy": 0.5, "none": None, "display_name": "mine", "limit": math.inf, "text": "x" * 5000})
    log_artifact_metadata({"loss": 2, "none": None, "$(x)": "{{y}}"}, "page")
    scores = {"a": 1.5, "b": 2, "c": math.nan, "display_name": 3.0}
    return (
        HTMLString(PAGE),
        MarkdownString("# fine" * 1000),
        scores,
        Colour.RED,
        2,
        None,
        2**53 + 1,
        True,
        math.nan,
        "ab" * 1000,
        "a\\r\\n",
        True,
        -0.0,
    )


@step
def check(
    page: HTMLString,
    notes: MarkdownString,
    scores: dict[str, float],
    colour: Colour,
    grade: int,
    nothing: float | None,
    big: int,
    truth: Any,
    unknown: float,
    long: str,
    lines: str,
    fine: bool,
    zero: float,
) -> str:
    assert type(page) is HTMLString and page == PAGE, page
    assert type(notes) is MarkdownString and notes == "# fine" * 1000
    assert list(scores) == ["a", "b", "c", "display_name"] and math.isnan(scores["c"]), scores
    assert colour is Colour.RED and grade == 2 and nothing is None and big == 2**53 + 1 and truth is True
    assert math.isnan(unknown) and long == "ab" * 1000 and lines == "a\\r\\n" and fine is True
    assert math.copysign(1, zero) < 0
    [known] = get_step_context().inputs["page"]
    assert known.run_metadata["loss"] == 2 and known.run_metadata["$(x)"] == "{{y}}"
    return "as it was"


@pipeline
def demo():
    check(*judge())
"""


def test_what_kfp_shows_and_what_the_next_step_gets(tmp_path: Path) -> None:
    """A value that a parameter can't hold neither fails the step nor is another one there."""
    run = Compiled(tmp_path, {"run.py": PROGRAM}).run()
    assert run["check"].outputs == {"output": "as it was"}
    made = run["judge"]
    assert made.outputs == {
        "colour": "red",
        "grade": 2,
        "big": "9007199254740993",
        "truth": 1,
        "unknown": "nan",
        "long": "ab" * 500 + "\u2026 [2000 characters]",
        "lines": "a\u2026 [3 characters]",
        "fine": True,
        "zero": 0,
    }
    found = made.made
    told = {name: (tmp_path / "outputs" / "judge" / ".parameters" / name).read_text() for name in made.outputs}
    assert (
        told["colour"] == "red" and told["big"] == '"9007199254740993"' and told["truth"] == "1"
    )  # by the local runner
    titles = {name: json.loads(one.type)["schemaTitle"] for name, one in found.items() if "artifact" not in name}
    assert titles == {
        "page": "system.HTML",
        "notes": "system.Markdown",
        "scores": "system.Metrics",
        "nothing": "system.Artifact",
        "metrics": "system.Metrics",
    }
    assert Path(found["page"].uri).read_bytes().decode().startswith("<b>$$ {{x}} $(HOME)")
    assert Path(found["notes"].uri).read_text() == "# fine" * 1000
    assert found["scores"].metadata == {"a": 1.5, "b": 2, "c": "nan", "display_name_": 3}
    assert found["metrics"].metadata == {"accuracy": 0.5, "limit": "inf", "loss": 2}
    assert found["big-artifact"].metadata["display_name"] == "big"
    assert found["nothing"].metadata["type"] == "builtins:NoneType"
    assert found["page"].metadata["none"] == "None"
    assert all(len(json.dumps(one.metadata)) < 3000 for one in found.values())


# -- by annotation -----------------------------------------------------------------------------------------------------

INT, FLOAT, STR, BOOL = (kind(name) for name in ("int", "float", "str", "bool"))


@pytest.mark.parametrize(
    ("annotated", "parameter"),
    [
        (INT, "NUMBER_INTEGER"),
        (FLOAT, "NUMBER_DOUBLE"),
        (STR, "STRING"),
        (BOOL, "BOOLEAN"),
        (kind("literal", values=("a", "b")), "STRING"),
        (kind("literal", values=("a", 1)), None),
        (kind("run:Colour", what="enum", values=(1, 2)), "NUMBER_INTEGER"),
        (optional(FLOAT), None),
        (kind("list", INT), None),
        (kind("any"), None),
        (kind("none"), None),
    ],
)
def test_a_scalar_is_a_parameter(annotated: Any, parameter: str | None) -> None:
    """Always, whoever reads it."""
    made = outputs.interface(step("s", outputs={"x": annotated}))["x"]
    assert (made.parameter.type if made.parameter else None) == parameter
    assert made.artifact.name == ("x-artifact" if parameter else "x")


@pytest.mark.parametrize(
    ("annotated", "title"),
    [
        (kind("zenml.types.HTMLString"), "HTML"),
        (kind("zenml.types.MarkdownString"), "Markdown"),
        (kind("zenml.types.CSVString"), "Artifact"),
        (kind("acme.HTMLString"), "Artifact"),
        (kind("dict", STR, FLOAT), "Metrics"),
        (kind("dict", STR, kind("union", INT, FLOAT)), "Metrics"),
        (kind("dict", STR, kind("any")), "Artifact"),
        (kind("dict", INT, FLOAT), "Artifact"),
        (kind("dict"), "Artifact"),
        (kind("pandas.DataFrame"), "Dataset"),
        (kind("sklearn.ensemble.RandomForestClassifier"), "Model"),
        (kind("run:Net", what="class", base="torch.nn.Module"), "Model"),
        (kind("run:Table", what="class", base="pandas.DataFrame"), "Dataset"),
        (kind("run:Plain", what="class"), "Artifact"),
        (kind("sklearn.metrics.ConfusionMatrixDisplay"), "ClassificationMetrics"),
        (kind("sklearn.metrics.RocCurveDisplay"), "Artifact"),
    ],
)
def test_artifacts_have_the_types_that_kfp_has_pages_for(annotated: Any, title: str) -> None:
    """By what the annotation says."""
    assert outputs.artifact_type(Output(name="x", type=annotated)) == f"system.{title}"


def test_what_a_user_says_wins() -> None:
    """An artifact's type, or a materializer, whose files KFP can't show."""
    page = kind("zenml.types.HTMLString")
    assert outputs.artifact_type(Output(name="x", type=page, materializers=("run:Mine",))) == "system.Artifact"
    assert outputs.artifact_type(Output(name="x", type=page, artifact_type="ModelArtifact")) == "system.Model"
    assert outputs.artifact_type(Output(name="x", type=page, artifact_type="DataAnalysisArtifact")) == "system.HTML"


def test_numbers_that_a_step_logs_have_an_artifact() -> None:
    """Of a name that no output has."""
    logging = step("s", outputs={"metrics": kind("any")}, closure=Closure(metadata=True))
    assert [one.name for one in outputs.metrics(logging, outputs.interface(logging))] == ["metrics-2"]
    assert outputs.metrics(step("s"), {}) == ()


# -- values ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "annotation", "expected"),
    [
        (2**53, int, 2**53),
        (-(2**53) - 1, int, "-9007199254740993"),
        (True, int, 1),
        (True, bool, True),
        (1e308, float, 1e308),
        (-math.inf, float, "-inf"),
        ("", str, ""),
        ("x" * 1000, str, "x" * 1000),
        ("x" * 1001, str, "x" * 1000 + "\u2026 [1001 characters]"),
        ("a\ud800b", str, "a\u2026 [3 characters]"),
        ("a\0", str, "a\u2026 [2 characters]"),
        ([0, 1], list, [0, 1]),
    ],
)
def test_parameters_hold_the_value_or_say_that_they_do_not(value: Any, annotation: Any, expected: Any) -> None:
    """JSON keeps True and 1 apart, and so does KFP."""
    found = facts.parameter(value, annotation)
    assert found == expected and type(found) is type(expected)


def test_a_cut_text_compares_like_the_whole_with_any_short_one() -> None:
    """Conditions count on that."""
    for whole in ("x" * 2000, "x" * 999 + "\r" + "x" * 9, "x\ud800"):
        cut = facts.text(whole)
        for other in ("", "x", "x" * 900, "y", "x" * 500 + "y", "w"):
            assert (cut == other, cut < other, cut > other) == (whole == other, whole < other, whole > other)


def test_metadata_is_what_mlmd_takes() -> None:
    """No null, no name of KFP's own or longer than a column, and not more than an argument has room for."""
    nested = {"deep": [None, {"a": math.nan}], "n": 2**60}
    given = {"x": None, "y" * 300: 1, "store_session_info": "s", "many": list(range(10_000)), **nested}
    found = facts.properties(given | {f"k{n}": "v" * 100 for n in range(1000)}, ["n"])
    assert next(iter(found)) == "n" and found["n"] == str(2**60)
    assert found["x"] == "None" and found["store_session_info_"] == "s"
    assert found["deep"] == [None, {"a": "nan"}]
    assert found["many"].startswith("[0, 1, 2") and found["many"].endswith("characters]")
    assert len(json.dumps(found)) < 1500 and all(len(name) < 256 for name in found)


@pytest.mark.parametrize("nasty", ["{{$.inputs.parameters['n']}}", "a{{b", "{{=1}}"])
def test_no_metadata_holds_a_placeholder(nasty: str) -> None:
    """The step that reads the artifact has them in its arguments, where each is filled in."""
    given = {nasty: 1, "a": nasty, "b": [nasty, {nasty: nasty}], "c": "x" * 600 + nasty, "d": {"n": [nasty] * 200}}
    found = facts.properties(given)
    assert "{{" not in json.dumps(found) and {"b", "c", "d"} <= found.keys()
    assert "{{" not in json.dumps(facts.parameter(nasty))


@pytest.mark.parametrize("room", [facts.ROOM, facts.ROOM_OF_METRICS])
def test_names_of_the_servers_own_are_never_a_users(room: int) -> None:
    own = ("display_name", "store_session_info", "_kfp_workspace", pages.KEY)
    assert not facts.properties(facts.numbers(dict.fromkeys(own, 1.0)), room=room).keys() & {*own}


def test_a_page_about_which_much_is_told_is_a_folder() -> None:
    """The manifest of a page is in an argument of its readers."""
    described = {"type": {"schemaTitle": "system.HTML"}}
    value = {"materializer": pages._MATERIALIZER, "files": [{"path": "output.html", "digest": "d", "size": 1}]}
    assert pages.is_page({"value": {**value, "metadata": {}}}, described)
    assert not pages.is_page({"value": {**value, "metadata": {"big": "x" * 140_000}}}, described)


def test_a_confusion_matrix_is_shown_as_one() -> None:
    """What scikit-learn displays."""

    display = SimpleNamespace(confusion_matrix=[[3, 1], [0, 4]], display_labels=None)
    matrix = facts.confusion(display)["confusionMatrix"]
    assert matrix["annotationSpecs"] == [{"displayName": "0"}, {"displayName": "1"}]
    assert matrix["rows"] == [{"row": [3, 1]}, {"row": [0, 4]}]
    assert facts.confusion(None) == {}


def test_a_manifest_in_the_metadata_holds_nothing_that_a_layer_reads() -> None:
    """Of texts that users choose."""
    manifest: Manifest = {
        "tags": ["$(HOME)", "{{$}}", "/kfp-workspace"],
        "value": {"files": [{"path": "output.html", "digest": "d", "size": 1, "text": "x"}]},
    }
    told = pages.told(manifest)
    assert not any(syntax in told for syntax in ("$", "{{", "/kfp-workspace", '"text"'))
    assert json.loads(told)["tags"] == manifest["tags"]
