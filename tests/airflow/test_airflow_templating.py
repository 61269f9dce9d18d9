"""A user's text is data: Airflow's templates give it back as it was."""

from __future__ import annotations

import json
import random
import shlex
from pathlib import Path
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zencompile.ir import Literal, Mapping, Parameter, ParameterRef, Text, Type
from zencompile_airflow.templating import json_text, parameter, plain, secret, variable
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.values.literals import decode

PIECES = [
    *("{{", "}}", "{%", "%}", "{#", "#}", "{", "}", "{% raw %}", "{% endraw %}", "{%- endraw -%}", "{{ params.p }}"),
    *("\n", "\r\n", "\r", "\t", "'", '"', "\\", "\\u007b", "$HOME", "`id`", "$(id)", "!", " ", "", "é", "😀", "\u2028"),
    *("a.sh", ".bash", ".env", ".yaml", ".json", "--id=", "=", "#", "%", "%%", "x", "<&>", "\x01"),
]
awkward = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=6).map("".join)


def rendered(text: str, **context: Any) -> str:
    return jinja2.Environment(cache_size=0).from_string(text).render(context)


@given(awkward.filter(lambda text: "\ud800" not in text))
def test_plain_text_survives(text: str) -> None:
    assert rendered(plain(text)) == text


@given(awkward)
def test_json_survives(text: str) -> None:
    assert json.loads(rendered(json_text({text: [text]}))) == {text: [text]}


@given(awkward)
def test_text_is_never_taken_for_the_name_of_a_file(text: str) -> None:
    endings = (".sh", ".bash", ".env", ".yaml", ".yml", ".json")
    assert not plain(text).endswith(endings)
    assert not f"--param=x={json_text(text)}".endswith(endings)


@pytest.mark.parametrize("name", ["gamma", "items", "get", "values", "pop"])
def test_a_parameter_is_found_by_its_name(name: str) -> None:
    assert json.loads(rendered(parameter(name), params={name: "it's {{ x }}"})) == "it's {{ x }}"


def test_references_hold_any_name() -> None:
    class Var:
        def get(self, name: str, default: str = "") -> str:
            return f"{name}={default}"

    assert rendered(variable('a"b{{', "}}'"), var={"value": Var()}) == "a\"b{{=}}'"
    assert rendered(secret("db", "it's"), secret=lambda *names: names) == """('db', "it's")"""


def texts(count: int) -> list[str]:
    """Awkward texts, the same ones every time."""
    chosen = random.Random(7)
    return [*PIECES, *("".join(chosen.choices(PIECES, k=chosen.randint(1, 5))) for _ in range(count))]


@pytest.mark.airflow
@pytest.mark.parametrize("operator", ["docker", "kubernetes", "bash"])
def test_airflow_hands_every_text_to_the_step_unchanged(hand: Any, airflow: Any, operator: str, tmp_path: Path) -> None:
    """Ids, parameters, keys and variables of many tasks, through Airflow's own rendering and the runtime's decoding."""
    listed = [text for text in texts(60) if "\0" not in text]
    invocations = [
        hand.invocation(
            f"{number} {text}",
            step="s",
            inputs={
                "text": Literal(value=text),
                "nested": Literal(value={text: [text, {"$": "path", "text": text}]}),
                "given": Mapping(items={text: ParameterRef(name="p"), "b": ParameterRef(name="items")}),
            },
            variables={"TEXT": Text(value=text)},
            extra={"note": text},
        )
        for number, text in enumerate(listed)
    ]
    odd = 'it\'s {{ x }} </script> \\ \n "é" .sh'
    string = Type(name="str")
    pipeline = hand.pipeline(
        *invocations,
        parameters=(
            Parameter(name="p", type=string, default=Literal(value="default")),
            Parameter(name="items", type=string, default=Literal(value="{{ y }}")),
        ),
        namespace="a {{ b }}",
    )
    file = hand.emit(pipeline, operator=operator).write(tmp_path)
    tasks = list(airflow.render(file, "digits", p=odd).values())
    assert len(tasks) == len(listed)
    for text, invocation, fields in zip(listed, invocations, tasks, strict=True):
        argv, environment = {
            "docker": lambda f: (f["command"], f["environment"]),
            "kubernetes": lambda f: (f["cmds"], {e["name"]: e["value"] for e in f["env_vars"]}),
            "bash": lambda f: (shlex.split(f["bash_command"]), f["env"]),
        }[operator](fields)
        spec = StepSpec.from_argv(argv[argv.index("step") + 1 :])
        assert spec.id == invocation.id
        assert spec.pipeline == "a {{ b }}/digits"
        assert spec.run == "manual__2026-01-01T00:00:00+00:00"
        assert spec.params["text"] == text
        assert spec.params["nested"] == {text: [text, {"$": "path", "text": text}]}
        assert decode(spec.params["given"]) == {text: odd, "b": "{{ y }}"}
        assert spec.extra == {"note": text}
        assert environment["TEXT"] == text
