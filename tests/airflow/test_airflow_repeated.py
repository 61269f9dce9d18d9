"""What many tasks have is one constant, unless sharing it would change what a task gets."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from zencompile.ir import Resources


def kubernetes(hand: Any, count: int, **more: Any) -> str:
    """A DAG of pods with the store's volume."""
    invocations = [hand.invocation(f"fit_{n}", **more) for n in range(count)]
    text: str = hand.emit(
        hand.pipeline(*invocations), operator="kubernetes", store="/srv/ml", volume_claim="ml", namespace="acme"
    ).text
    return text


def assigned(text: str) -> set[str]:
    """The constants at the top of a file."""
    found = [node for node in ast.parse(text).body if isinstance(node, ast.Assign)]
    return {target.id for node in found for target in node.targets if isinstance(target, ast.Name)}


def test_models_of_kubernetes_are_made_once(hand: Any) -> None:
    """As soon as a few tasks share them; a task that is called like the constant keeps its name."""
    text = kubernetes(hand, 3)
    assert {"VOLUMES", "VOLUME_MOUNTS"} <= assigned(text)
    assert text.count("V1Volume(") == 1 and "volumes=VOLUMES," in text
    assert not {"VOLUMES", "VOLUME_MOUNTS"} & assigned(kubernetes(hand, 2))
    named = hand.emit(
        hand.pipeline(*(hand.invocation(name) for name in ("VOLUMES", "b", "c"))),
        operator="kubernetes",
        store="/srv/ml",
        volume_claim="ml",
    ).text
    assert "VOLUMES = step(" in named and "volumes=VOLUMES_2," in named


@pytest.mark.parametrize(("count", "shared"), [(1, False), (2, True)])
def test_what_several_tasks_have_but_not_all_is_a_constant(hand: Any, count: int, shared: bool) -> None:
    big = [hand.invocation(f"big_{n}", resources=Resources(cpu=4, memory=2**33)) for n in range(count)]
    text = hand.emit(hand.pipeline(hand.invocation("small"), *big), operator="kubernetes").text
    assert ("CONTAINER_RESOURCES" in assigned(text)) is shared
    assert text.count("k8s.V1ResourceRequirements(") == (1 if shared else count)


def test_a_template_is_never_shared() -> None:
    """Airflow renders the fields of a model in place: the first task would render it for all."""
    from zencompile_airflow.model import Block, Task
    from zencompile_airflow.repeated import shared
    from zencompile_templates.python import Call

    def block(name: str) -> Block:
        volumes = [Call("k8s.V1Volume", (), {"name": name})]
        return Block(None, tasks=tuple(Task(f"t{n}", Call("step", (f"t{n}",), {"volumes": volumes})) for n in range(4)))

    assert len(shared((), [block("plain")], lambda wish, key: wish).constants) == 1
    assert not shared((), [block("{{ ti.task_id }}")], lambda wish, key: wish).constants
