"""Our own check of references finds what KFP's loader accepts."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from kubeflow_samples import Compiled, call, kind, parameter, pipeline, step

from zencompile.ir import Map, OutputRef, ParameterRef
from zencompile.targets import Files
from zencompile_kubeflow import TARGET, rules

Json = Any


def problems_of(documents: list[Json]) -> list[str]:
    """What breaks rules, in words."""
    return [str(violation) for violation in rules.of_pipeline(documents)]


def sample() -> Compiled:
    """Tasks that share a component, a parameter of the run, a loop, and a fan-in from it."""
    numbers = kind("list", kind("int"))
    return Compiled(
        pipeline(
            [
                step("load", outputs={"numbers": numbers}),
                step("square", {"x": kind("int"), "by": kind("int")}, {"output": kind("int")}),
                step("total", {"parts": numbers}, {"output": kind("int")}),
            ],
            [
                call("load", timeout=9),
                call("square", inputs={"x": ("load", "numbers"), "by": ParameterRef(name="by")}),
                call("a", "total", {"parts": ("square", "output")}),
                call("b", "total", {"parts": ("square", "output")}, after=("a",)),
            ],
            controls=(Map(id="m", over={"x": OutputRef(invocation="load", output="numbers")}, body=("square",)),),
            parameters=(parameter("by", kind("int"), 2),),
            outputs=(OutputRef(invocation="b", output="output"),),
        )
    )


def test_what_is_emitted_has_no_problem() -> None:
    made = sample()
    assert made.codes == []
    assert problems_of(made.documents) == []


# Every name that refers to something, by the key that holds it.
REFERENCES = (
    "executorLabel",
    "producerTask",
    "outputArtifactKey",
    "outputParameterKey",
    "componentInputParameter",
    "componentInputArtifact",
    "producerSubtask",
    "itemInput",
    "inputParameter",
)


def places(data: Json, found: Callable[[Json, Any], bool]) -> Iterator[tuple[Json, Any]]:
    """The containers and keys for which `found` holds."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        if found(data, key):
            yield data, key
        if isinstance(value, (dict, list)):
            yield from places(value, found)


def test_every_dangling_reference_is_found() -> None:
    """Each reference in turn is made to point nowhere."""

    def refers(data: Json, key: Any) -> bool:
        return key in REFERENCES or (key == "name" and list(data) == ["name"] and data["name"].startswith("comp-"))

    documents = sample().documents
    count = len(list(places(documents, refers)))
    assert count > 20
    for number in range(count):
        broken = copy.deepcopy(documents)
        holder, key = list(places(broken, refers))[number]
        holder[key] = "nowhere"
        assert problems_of(broken), (key, number)


def unread_of(spec: Json) -> list[Json]:
    """What nothing takes: the artifact of the step that checks the loop, and parameters that are there to be seen."""
    outputs = {name: one["outputDefinitions"] for name, one in spec["components"].items() if "executorLabel" in one}
    shown = [one["parameters"] for name, one in outputs.items() if "parameters" in one and name != "comp-check"]
    return [outputs["comp-check"]["artifacts"], *shown]


def test_every_missing_definition_is_found() -> None:
    """Each component, executor, task, input and output in turn is taken away."""

    def defines(data: Json, key: Any) -> bool:
        value = data[key] if isinstance(data, dict) else None
        if any(data is one for one in unread):
            return False
        return isinstance(value, dict) and any(
            part in value
            for part in ("executorLabel", "container", "componentRef", "parameterType", "artifactType", "dag")
        )

    documents = sample().documents
    spec = documents[0]
    unread = unread_of(spec)
    count = len(list(places(spec["components"], defines))) + len(list(places(spec["deploymentSpec"], defines)))
    assert count > 15
    for number in range(count):
        broken = copy.deepcopy(documents)
        unread = unread_of(broken[0])
        found = [*places(broken[0]["components"], defines), *places(broken[0]["deploymentSpec"], defines)]
        holder, key = found[number]
        del holder[key]
        try:
            problems = problems_of(broken)
        except KeyError:
            problems = ["no specification at all"]
        assert problems, (key, number)


def mistype(spec: Json) -> None:
    """A dataset for a model; what is any artifact fits both."""
    parts = spec["components"]["comp-total"]["inputDefinitions"]["artifacts"]["parts"]
    (made,) = spec["components"]["comp-for-m"]["outputDefinitions"]["artifacts"].values()
    parts["artifactType"], made["artifactType"] = {"schemaTitle": "system.Model"}, {"schemaTitle": "system.Dataset"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda s: s["root"]["dag"]["tasks"]["load"].update(dependentTasks=["b"]), "wait for each other"),
        (lambda s: s["root"]["dag"]["tasks"]["b"].update(dependentTasks=[]), "does not wait"),
        (lambda s: s["pipelineInfo"].update(name="Digits"), "has the name `Digits`"),
        (lambda s: s["pipelineInfo"].update(name="total"), "called like the pipeline"),
        (
            lambda s: s["components"]["comp-square"]["inputDefinitions"]["parameters"]["by"].update(
                parameterType="LIST"
            ),
            "for a LIST",
        ),
        (
            lambda s: s["components"]["comp-total"]["inputDefinitions"]["artifacts"]["parts"].pop("isArtifactList"),
            "a list for one",
        ),
        (lambda s: mistype(s), "for system.Model"),
        (
            lambda s: s["root"]["dag"]["tasks"]["a"]["inputs"]["parameters"]["zencompile-id"]["runtimeValue"].update(
                constant=3
            ),
            "is no STRING",
        ),
    ],
)
def test_other_mistakes_are_found(change: Callable[[Json], Any], problem: str) -> None:
    documents = sample().documents
    change(documents[0])
    assert problem in "; ".join(problems_of(documents))


def test_a_dangling_condition_and_placeholder_are_found() -> None:
    documents = sample().documents
    documents[0]["root"]["dag"]["tasks"]["a"]["triggerPolicy"] = {"condition": "inputs.parameter_values['x'] == true"}
    documents[0]["deploymentSpec"]["executors"]["exec-load"]["container"]["args"].append("{{$.inputs.parameters['y']}}")
    found = "; ".join(problems_of(documents))
    assert "reads `x`" in found
    assert "reads the input `y`" in found


def test_a_file_that_was_changed_by_hand_is_validated() -> None:
    made = sample()
    assert list(TARGET.validate(Files(deployed=made.files))) == []
    edited = made.text.replace("executorLabel: exec-load", "executorLabel: exec-gone")
    assert [d.code for d in TARGET.validate(Files(deployed={"digits.yaml": edited}))] == ["ZC0529", "ZC0529"]
    assert [d.code for d in TARGET.validate(Files(deployed={"digits.yaml": "a: ["}))] == ["ZC0529"]
