"""Parameters: what the trigger form holds passes its own schema, and arrives at the step as what it is."""

from __future__ import annotations

import datetime
import decimal
import json
import pathlib
import random
import re
import shlex
import typing
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from airflow_batch import ask

from zencompile.ir import Input, Literal, Parameter, ParameterRef, Type, encode
from zencompile_airflow.accepting import accepts
from zencompile_airflow.docstrings import of_parameters
from zencompile_airflow.schemas import schema_of
from zencompile_airflow.shown import has_tag, shown
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.values.coerce import coerce
from zencompile_runtime.values.literals import decode

ANY = Type(name="any")
TEXTS = ["", "a", "it's {{ x }}", 'q"', "two\nlines", "é😀", " padded ", "1", "null", "x.sh", "\\", "<&>", "{% raw %}"]


class Kind(NamedTuple):
    """A type as the IR and as Python has it, what makes values of it, and values of JSON that are none."""

    type: Type
    hint: Any
    value: Callable[[random.Random], Any]
    wrong: tuple[Any, ...] = ()


def _moment(chosen: random.Random) -> datetime.datetime:
    zone = chosen.choice([None, datetime.timezone.utc, datetime.timezone(datetime.timedelta(hours=-7))])
    return datetime.datetime(2026, chosen.randint(1, 12), 3, 4, 5, chosen.choice([0, 6]), chosen.choice([0, 7]), zone)


LEAVES = (
    Kind(Type(name="int"), int, lambda r: r.choice([0, -3, 10**20, r.randint(-9, 9)]), ("x", 1.5, True, [1])),
    Kind(Type(name="float"), float, lambda r: r.choice([1.0, -0.0, 0.1, 1e300, 1e-7]), ("x", False, {})),
    Kind(Type(name="bool"), bool, lambda r: r.random() < 0.5, ("true", 1)),
    Kind(Type(name="str"), str, lambda r: r.choice(TEXTS), (1, ["a"])),
    Kind(Type(name="datetime.date"), datetime.date, lambda r: datetime.date(2026, 2, r.randint(1, 28)), (1, "soon")),
    Kind(Type(name="datetime.datetime"), datetime.datetime, _moment, (True,)),
    Kind(Type(name="datetime.time"), datetime.time, lambda r: datetime.time(4, 5, r.choice([0, 6])), (False,)),
    Kind(Type(name="decimal.Decimal"), decimal.Decimal, lambda r: decimal.Decimal(r.choice(["1.10", "-3"])), ([],)),
    Kind(Type(name="uuid.UUID"), uuid.UUID, lambda r: uuid.UUID(int=r.getrandbits(128)), (3, "abc")),
    Kind(Type(name="pathlib.Path"), pathlib.Path, lambda r: pathlib.Path(r.choice(["a/b", "/x.sh"])), (4,)),
    Kind(
        Type(name="literal", values=("a", 1, None)), typing.Literal["a", 1, None], lambda r: r.choice(["a", 1]), ("b",)
    ),
    Kind(Type(name="int", limits={"ge": 1, "lt": 10}), int, lambda r: r.randint(1, 9), (0, 10)),
    Kind(
        Type(name="str", limits={"min_length": 2, "pattern": "^a"}), str, lambda r: "a" * r.randint(2, 5), ("a", "bb")
    ),
    Kind(Type(name="datetime.timedelta"), datetime.timedelta, lambda r: datetime.timedelta(1, 2, r.randint(0, 9))),
    Kind(Type(name="bytes"), bytes, lambda r: b"\x00\xff"),
)
HASHABLE = LEAVES[:3] + LEAVES[4:10]


def kind(chosen: random.Random, depth: int = 0) -> Kind:
    """A random type."""
    if depth > 2 or chosen.random() < 0.4:
        return chosen.choice(LEAVES)
    made = chosen.choice((_list, _mapping, _numbered, _pair, _row, _set, _optional, _either))
    return made(chosen, depth)


def _list(chosen: random.Random, depth: int) -> Kind:
    item = kind(chosen, depth + 1)
    type_ = Type(name="list", arguments=(item.type,))
    return Kind(type_, list[item.hint], lambda r: [item.value(r) for _ in range(r.randint(0, 3))], ("x", {}, 1))


def _mapping(chosen: random.Random, depth: int) -> Kind:
    item = kind(chosen, depth + 1)
    return Kind(
        Type(name="dict", arguments=(Type(name="str"), item.type)),
        dict[str, item.hint],
        lambda r: {text: item.value(r) for text in r.sample(TEXTS, r.randint(0, 2))},
        ("x", [1]),
    )


def _numbered(chosen: random.Random, depth: int) -> Kind:
    item = kind(chosen, depth + 1)
    return Kind(
        Type(name="dict", arguments=(Type(name="int"), item.type)),
        dict[int, item.hint],
        lambda r: {number: item.value(r) for number in r.sample(range(9), r.randint(1, 2))},
        ("x", [1]),
    )


def _pair(chosen: random.Random, depth: int) -> Kind:
    one, other = kind(chosen, depth + 1), kind(chosen, depth + 1)
    type_ = Type(name="tuple", arguments=(one.type, other.type))
    return Kind(type_, tuple[one.hint, other.hint], lambda r: (one.value(r), other.value(r)), ([], [1, 2, 3], "x"))


def _row(chosen: random.Random, depth: int) -> Kind:
    item = kind(chosen, depth + 1)
    type_ = Type(name="tuple", arguments=(item.type, Type(name="...")))
    return Kind(type_, tuple[item.hint, ...], lambda r: tuple(item.value(r) for _ in range(r.randint(0, 3))), ("x",))


def _set(chosen: random.Random, depth: int) -> Kind:
    item = chosen.choice(HASHABLE)
    type_ = Type(name="set", arguments=(item.type,))
    return Kind(type_, set[item.hint], lambda r: {item.value(r) for _ in range(r.randint(0, 3))}, ("x", 3))


def _optional(chosen: random.Random, depth: int) -> Kind:
    item = kind(chosen, depth + 1)
    members = (*(item.type.arguments if item.type.name == "union" else (item.type,)), Type(name="none"))
    return Kind(
        Type(name="union", arguments=tuple({repr(one): one for one in members}.values())),
        typing.Optional[item.hint],  # noqa: UP045
        lambda r: None if r.random() < 0.3 else item.value(r),
    )


def _either(chosen: random.Random, depth: int) -> Kind:
    return Kind(
        Type(name="union", arguments=(Type(name="int"), Type(name="str"))),
        typing.Union[int, str],  # noqa: UP007
        lambda r: r.choice([1, "a", "1"]),
        ([1], {}),
    )


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, and of the same types all the way down."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            same(one[key], other[key]) and any(type(key) is type(k) and k == key for k in other) for key in one
        )
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, (set, frozenset)):
        return sorted(map(repr, one)) == sorted(map(repr, other))
    return repr(one) == repr(other)


def sent(value: Any) -> Any:
    """A value as a browser sends it: JavaScript has no floats, and writes 1.0 as 1."""
    if isinstance(value, float) and value.is_integer() and 0 < abs(value) < 1e15:
        return int(value)
    if isinstance(value, list):
        return [sent(item) for item in value]
    if isinstance(value, dict):
        return {key: sent(item) for key, item in value.items()}
    return value


def arrives(fields: dict[str, Any], name: str, hint: Any) -> Any:
    """What the step's function gets."""
    words = shlex.split(fields["bash_command"])
    spec = StepSpec.from_argv(words[words.index("step") + 1 :])
    return coerce(decode(spec.params["x"]), hint, name)


def differences(hand: Any, airflow: Any, folder: Path, count: int, seed: int = 1) -> list[Any]:
    """Of random types with random values, those that a real Airflow doesn't hand on exactly, or wrongly accepts."""
    chosen = random.Random(seed)
    kinds = [kind(chosen) for _ in range(count)]
    defaults = [one.value(chosen) for one in kinds]
    given = [one.value(chosen) for one in kinds]
    # A step without annotations must get what the pipeline's say.
    annotated = [chosen.random() < 0.5 for _ in kinds]
    parameters = tuple(
        Parameter(name=f"p{n}", type=one.type, default=Literal(value=encode(default)))
        for n, (one, default) in enumerate(zip(kinds, defaults, strict=True))
    )
    steps = {
        f"s{n}": hand.step(f"s{n}", inputs=(Input(name="x", type=one.type if told else ANY),))
        for n, (one, told) in enumerate(zip(kinds, annotated, strict=True))
    }
    calls = [hand.invocation(f"s{n}", inputs={"x": ParameterRef(name=f"p{n}")}) for n in range(count)]
    pipeline = hand.pipeline(*calls, parameters=parameters, steps=steps)
    file = hand.emit(pipeline, operator="bash", dag_id="typed").write(folder)
    conf = {
        f"p{n}": sent(shown(encode(value)))
        for n, (one, value) in enumerate(zip(kinds, given, strict=True))
        # what a run is given is plain data: a value without a form of its own there can't be given
        if not has_tag(shown(encode(value))) and accepts(schema_of(one.type), sent(shown(encode(value))))
    }
    wrong = [{f"p{n}": one.wrong[turn] for n, one in enumerate(kinds) if len(one.wrong) > turn} for turn in range(4)]
    question = {"file": str(file), "tasks": True, "confs": [{}, conf, *wrong]}
    (answer,) = ask(airflow.python, airflow.home, "params", [question])
    assert not answer.get("errors"), answer
    found: list[Any] = [one for one in answer["defaults"].items() if "error" in one[1]]
    for turn, values in ((0, {f"p{n}": value for n, value in enumerate(defaults)}), (1, dict(enumerate(given)))):
        if "tasks" not in answer["confs"][turn]:
            return [
                (name, one, conf.get(name)) for name, one in answer["confs"][turn]["params"].items() if "error" in one
            ]
        for n, one in enumerate(kinds):
            if turn and f"p{n}" not in conf:
                continue
            value = values[n] if turn else values[f"p{n}"]
            got = arrives(answer["confs"][turn]["tasks"][f"s{n}"], f"p{n}", one.hint if annotated[n] else Any)
            if not same(got, value):
                found.append((turn, one.type, annotated[n], value, got))
    for turn, values in enumerate(wrong, 2):
        refused = answer["confs"][turn]["params"]
        found += [(kinds[int(name[1:])].type, value) for name, value in values.items() if "error" not in refused[name]]
    return found


TAGGED = {"$": "model", "class": "subprocess:Popen", "keywords": {"args": "false"}}


@pytest.mark.parametrize(
    "type_",
    [
        ANY,
        Type(name="dict"),
        Type(name="list", arguments=(ANY,)),
        Type(name="dict", arguments=(Type(name="str"), Type(name="int"))),
        Type(name="union", arguments=(Type(name="dict"), Type(name="float"))),
        Type(name="run:Record", what="dataclass"),
    ],
)
def test_no_tag_is_decoded_in_what_a_run_is_given(hand: Any, tmp_path: Path, type_: Type) -> None:
    """Wherever the schema takes objects; a default that is shown with its tags is the only one."""
    default = {"$": "bytes", "base64": "YWJj"}
    parameters = (Parameter(name="p", type=type_), Parameter(name="q", type=ANY, default=Literal(value=default)))
    steps = {"s": hand.step("s", inputs=(Input(name="x", type=ANY), Input(name="y", type=ANY)))}
    call = hand.invocation("s", inputs={"x": ParameterRef(name="p"), "y": ParameterRef(name="q")})
    file = hand.emit(hand.pipeline(call, parameters=parameters, steps=steps), operator="bash", dag_id="t").write(
        tmp_path
    )
    (template,) = re.findall(r"--param=x=(.*)['\"],$", file.read_text(), re.MULTILINE)
    found = json.loads(template.replace("{{ params.p | tojson }}", json.dumps(TAGGED)))
    while found["$"] == "typed":
        found = found["value"]
    assert decode(found) == TAGGED
    (template,) = re.findall(r"--param=y=(.*)['\"],$", file.read_text(), re.MULTILINE)
    given = [json.loads(template.replace("{{ params.q | tojson }}", json.dumps(one))) for one in (default, TAGGED)]
    assert list(map(decode, given)) == [b"abc", TAGGED]


@pytest.mark.airflow
def test_a_value_passes_the_form_and_arrives_as_what_it_is(hand: Any, airflow: Any, tmp_path: Path) -> None:
    """Random types and values: as a default, given at the trigger, and wrong ones."""
    assert not differences(hand, airflow, tmp_path, 80)


@pytest.mark.parametrize(
    "docstring",
    [
        "Fit.\n\nArgs:\n    rate: How fast\n        it learns.\n    seed (int): Of random numbers.\n\nReturns:\n    1.",
        "Fit.\n\n:param rate: How fast\n    it learns.\n:param int seed: Of random numbers.\n:return: Nothing.",
        "Fit.\n\nParameters\n----------\nrate : float\n    How fast\n    it learns.\nseed\n    Of random numbers.\n\n"
        "Returns\n-------\nint\n    Nothing.",
    ],
)
def test_a_docstring_describes_parameters(docstring: str) -> None:
    assert of_parameters(docstring) == {"rate": "How fast it learns.", "seed": "Of random numbers."}


def test_a_description_stands_at_the_parameter(hand: Any) -> None:
    text = hand.emit(hand.digits(docstring="Fit.\n\nArgs:\n    gamma: How far\n        it reaches.\n")).text
    assert '"gamma": Param(0.001, type="number", description="How far it reaches.")' in text
    assert of_parameters("Fit.\n\nNote: a thing\n") == of_parameters(None) == {}


def test_our_own_check_agrees_on_numbers_and_truth() -> None:
    assert accepts({"type": "integer"}, 1.0) and not accepts({"enum": [1]}, True)
    assert accepts({"multipleOf": 0.5}, 1.5) and not accepts({"multipleOf": 0.5}, 1.4)
    assert json.loads(json.dumps({"type": ["null", "string"]})) == schema_of(
        Type(name="union", arguments=(Type(name="none"), Type(name="str")))
    )
