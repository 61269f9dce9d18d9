"""Values that no command line can hold travel by files, or are refused at their place."""

from __future__ import annotations

import hashlib
import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from zencompile.ir import (
    External,
    ListValue,
    Literal,
    Mapping,
    OutputRef,
    Parameter,
    ParameterRef,
    Text,
    Type,
    long_values,
)
from zencompile.ir.long_values import FOLDER
from zencompile_airflow.large import COMMAND, ONE

LONG = [{"it's": n, "é": None} for n in range(9000)]


def values(emitted: Any) -> dict[str, Any]:
    """The files of values, by their digest."""
    found = {path: text for path, text in emitted.files.build.items() if path.startswith(FOLDER)}
    for path, text in found.items():
        assert path == f"{FOLDER}/{hashlib.sha256(text.encode()).hexdigest()}.json"
    return {path.rpartition("/")[2].removesuffix(".json"): json.loads(text) for path, text in found.items()}


def test_a_long_value_stands_in_a_file_named_by_its_digest(hand: Any) -> None:
    inputs = {"x": Literal(value=LONG), "y": Literal(value=[1, 2]), "z": External(value=LONG)}
    emitted = hand.emit(hand.pipeline(hand.invocation("a", inputs=inputs)), operator="bash")
    ((digest, held),) = values(emitted).items()
    assert held == LONG
    assert f'--param=x={{"$": "file", "sha256": "{digest}"}}' in emitted.text
    assert f'--external=z={{"$": "file", "sha256": "{digest}"}}' in emitted.text
    assert '"--param=y=[1, 2]"' in emitted.text
    assert emitted.text == hand.emit(hand.pipeline(hand.invocation("a", inputs=inputs)), operator="bash").text


def test_many_short_values_travel_by_files_as_far_as_it_takes(hand: Any) -> None:
    inputs = {f"x{n}": Literal(value="é" * 5000) for n in range(20)} | {"y": Literal(value="short")}
    emitted = hand.emit(hand.pipeline(hand.invocation("a", inputs=inputs)), operator="bash")
    assert values(emitted) and '"--param=y="short""' not in emitted.text
    assert len(emitted.text.encode()) < COMMAND + 10_000


def test_a_value_fixed_when_compiling_travels_so_too(hand: Any) -> None:
    fixed = Parameter(name="p", type=Type(name="list"), bound="compile", value=Literal(value=LONG))
    call = hand.invocation("a", inputs={"x": ParameterRef(name="p")})
    emitted = hand.emit(hand.pipeline(call, parameters=(fixed,)), operator="bash")
    assert list(values(emitted).values()) == [LONG]


def test_short_values_stay_on_the_command_line(hand: Any) -> None:
    inputs = {"x": Literal(value="a" * (COMMAND // 2))}
    assert not values(hand.emit(hand.pipeline(hand.invocation("a", inputs=inputs)), operator="bash"))


@pytest.mark.parametrize("operator", ["docker", "kubernetes"])
def test_containers_take_what_linux_takes(hand: Any, operator: str) -> None:
    room = ONE - len('--param=x=""')
    fine = {"x": Literal(value="a" * room), "y": Literal(value="a" * room)}
    assert not hand.emit(hand.pipeline(hand.invocation("a", inputs=fine)), operator=operator).report.errors
    long = {"x": Literal(value="a" * (room + 1), span=hand.span(12))}
    (problem,) = hand.emit(hand.pipeline(hand.invocation("a", inputs=long)), operator=operator).report.errors
    assert (problem.code, problem.span) == ("ZC0561", hand.span(12))
    many = {f"x{n}": Literal(value="a" * 100_000) for n in range(11)}
    (problem,) = hand.emit(hand.pipeline(hand.invocation("a", inputs=many)), operator=operator).report.errors
    assert problem.code == "ZC0561"


@pytest.mark.parametrize("operator", ["docker", "kubernetes"])
def test_an_image_that_is_built_holds_long_values(hand: Any, operator: str) -> None:
    call = hand.invocation("a", inputs={"x": Literal(value=LONG)})
    (digest,) = long_values.digests(hand.pipeline(call), call)
    step = hand.step("a").model_copy(update={"values": (digest,)})
    emitted = hand.emit(hand.pipeline(call, steps={"a": step}), operator=operator)
    assert not emitted.report.errors
    assert f'{{"$": "file", "sha256": "{digest}"}}' in emitted.text
    assert not values(emitted)


def test_what_can_t_travel_by_a_file_is_refused(hand: Any) -> None:
    text = "a" * ONE
    default = Parameter(name="p", type=Type(name="str"), default=Literal(value=text), span=hand.span(38))
    cases = {
        "a default": (hand.pipeline(hand.invocation("a"), parameters=(default,)), hand.span(38)),
        "a variable": (hand.pipeline(hand.invocation("a", variables={"X": Text(value=text)})), hand.span(10)),
        "extra": (hand.pipeline(hand.invocation("a", extra={"x": text})), hand.span(10)),
    }
    for name, (pipeline, place) in cases.items():
        found = hand.emit(pipeline, operator="bash").report.errors
        assert [(one.code, one.span) for one in found] == [("ZC0561", place)], name


def test_a_part_of_a_list_or_dictionary_travels_by_a_file_too(hand: Any) -> None:
    parts = {
        "x": ListValue(items=(OutputRef(invocation="b", output="o"), Literal(value=LONG))),
        "y": Mapping(items={"k": Literal(value=LONG), "p": ParameterRef(name="p")}),
    }
    default = Parameter(name="p", type=Type(name="str"), default=Literal(value="d"))
    steps = {"a": hand.step("a"), "b": hand.step("b", outputs=({"name": "o", "type": hand.any},))}
    calls = (hand.invocation("b"), hand.invocation("a", inputs=parts))
    emitted = hand.emit(hand.pipeline(*calls, parameters=(default,), steps=steps), operator="bash")
    assert not emitted.report.errors
    ((digest, held),) = values(emitted).items()
    assert held == LONG
    assert emitted.text.count(digest) == 2


@pytest.mark.airflow
def test_a_long_value_arrives(hand: Any, airflow3: Any, tmp_path: Path) -> None:
    """In one run of Airflow, by the command that its bash operator starts; the runtime reads the file beside itself."""
    import zencompile_runtime

    project = tmp_path / "project"
    (project / ".venv/bin").mkdir(parents=True)
    (project / "sources").mkdir()
    (project / "runtime/code/values").mkdir(parents=True)
    (project / "runtime/zencompile_runtime").symlink_to(Path(zencompile_runtime.__file__).parent)
    python = project / ".venv/bin/python"
    python.write_text(f'#!/bin/sh\nfor word; do printf "%s\\0" "$word"; done >{shlex.quote(str(tmp_path))}/argv\n')
    python.chmod(0o755)
    call = hand.invocation("a", inputs={"x": Literal(value=LONG)})
    emitted = hand.emit(hand.pipeline(call), operator="bash", dag_id="long", project=str(project))
    ran = airflow3.run(emitted.write(tmp_path / "dags"), "long")
    assert ran["state"] == "success", ran["log"][-2000:]
    words = (tmp_path / "argv").read_text().split("\0")
    (given,) = [word for word in words if word.startswith("--param=x=")]
    assert json.loads(given.removeprefix("--param=x="))["sha256"] in values(emitted)
