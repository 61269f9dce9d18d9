"""Sends generated values through compiled pipelines that the stand-in runs, and compares what the step is called with.

    python tests/kubeflow/values_through_kubeflow.py 10000 [--seed 1]

Some are constants of calls, some parts of lists and dictionaries, some defaults of parameters, and some are given when
a run starts, as KFP's SDK and its page send them. What arrives is the value, as its annotations coerce it. Only what is
given may be refused instead, by a line that says why. Steps run in this process; the rest is the stand-in's. Prints
what differs.
"""

from __future__ import annotations

import argparse
import datetime
import decimal
import json
import os
import random
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

if __name__ == "__main__":
    ROOT = Path(__file__).resolve().parents[2]
    sys.path[:0] = [str(ROOT / part) for part in (".", "backends", "templates", "tests/kubeflow")]

import stand_in
from kubeflow_samples import Compiled, call, kind, optional, parameter, pipeline, step

from zencompile.ir import ListValue, Literal, Mapping, ParameterRef, Type, encode, long_values
from zencompile_kubeflow.defaults import shown
from zencompile_kubeflow.texts import is_plain
from zencompile_runtime import kubeflow
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.values.coerce import coerce

PIECES = (
    *("{{$}}", "{{", "}}", "{", "}", "$$", "$(", "$(KFP_POD_NAME)", "$(NAMESPACE)", ")", "$", "[[Index]]", "[[", "]]"),
    *(
        "[[CurrentTime]]",
        "[[RunUUID]]",
        "{{$.inputs.parameters['x']}}",
        "{{workflow.name}}",
        "{{=1+1}}",
        "\\",
        '"',
        "'",
    ),
    *("/kfp-workspace", "{{$.workspace_path}}", "null", "true", "1", "1.0", "-0.0", "NaN", "[1]", '{"a": 1}', '"x"'),
    *("\n", "\r\n", "\r", "\t", "\x00", "\x01", "\x7f", "\x85", "\u2028", "\ufeff", "\ufffe", "é", "😀", " ", "", "x"),
    *(
        "y",
        "no",
        "~",
        "0x1f",
        "1e3",
        "2026-01-02",
        "- a",
        "a: b",
        "# c",
        "&a",
        "*a",
        "!!int",
        "%",
        "@",
        "`",
        "| ",
        "<&>",
    ),
    *('{"IfPresent": {}}', '{"Concat": ["a"]}', "$.outputs", "--id=x", "=", "a=b", "\\u0024", "$.", "/", "//"),
)
NUMBERS = (0, 1, -1, 2**31, 2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63, 2**64, 10**30, 7)
FLOATS = (0.0, -0.0, 1.0, -1.0, 0.1, 1e308, 5e-324, 1e-7, 1e21, 1e16, 123456789.125, 2.0**53, 1.5)


class Annotated(NamedTuple):
    """An annotation: as Python writes it, and as the IR has it."""

    text: str
    type: Type


ANNOTATIONS = (
    Annotated("Any", kind("any")),
    Annotated("int", kind("int")),
    Annotated("float", kind("float")),
    Annotated("str", kind("str")),
    Annotated("bool", kind("bool")),
    Annotated("Optional[int]", optional(kind("int"))),
    Annotated("Optional[float]", optional(kind("float"))),
    Annotated("Optional[str]", optional(kind("str"))),
    Annotated("list[int]", kind("list", kind("int"))),
    Annotated("list[float]", kind("list", kind("float"))),
    Annotated("list[str]", kind("list", kind("str"))),
    Annotated("list", kind("list")),
    Annotated("dict", kind("dict")),
    Annotated("dict[str, float]", kind("dict", kind("str"), kind("float"))),
    Annotated("Union[int, str]", kind("union", kind("int"), kind("str"))),
    Annotated("tuple[int, str]", kind("tuple", kind("int"), kind("str"))),
    Annotated("datetime.date", kind("datetime.date")),
)
STEPS = "values_steps"
BATCH = 100  # values of a pipeline
HEAD = "import datetime\nfrom typing import Any, Optional, Union\nGOT = []\n"


def text(chosen: random.Random) -> str:
    """An awkward text."""
    parts = (_part(chosen) for _ in range(chosen.choice((0, 1, 1, 2, 2, 3, 5))))
    return "".join(parts)


def _part(chosen: random.Random) -> str:
    if chosen.random() < 0.8:
        return chosen.choice(PIECES)
    most = chosen.choice((0x7F, 0xFFFF, 0x10FFFF))
    return "".join(c for c in (chr(chosen.randint(1, most)) for _ in range(3)) if not "\ud800" <= c <= "\udfff")


def plain(chosen: random.Random, depth: int = 0) -> Any:
    """A value that JSON has."""
    pick = chosen.random()
    if pick < 0.15 and depth < 3:
        return [plain(chosen, depth + 1) for _ in range(chosen.randint(0, 3))]
    if pick < 0.3 and depth < 3:
        return {text(chosen): plain(chosen, depth + 1) for _ in range(chosen.randint(0, 3))}
    return chosen.choice((text(chosen), text(chosen), None, True, False, chosen.choice(NUMBERS), chosen.choice(FLOATS)))


def value(chosen: random.Random) -> Any:
    """A value that a call can hand on."""
    if chosen.random() < 0.7:
        return plain(chosen)
    inner = plain(chosen)
    return chosen.choice(
        (
            (inner, text(chosen)),
            {text(chosen), 1},
            text(chosen).encode("utf-8", "replace"),
            {1: inner, None: [inner]},
            {"$": inner, "b": 1},
            datetime.date(2026, 1, 2),
            datetime.datetime(2026, 1, 2, 3, 4, 5, 6, datetime.timezone.utc),
            datetime.timedelta(1, 2, 3),
            decimal.Decimal("1.50"),
            uuid.UUID(int=7),
            [frozenset((1, 2)), (inner,)],
            text(chosen) * 9000,
        )
    )


def told(chosen: random.Random) -> Any:
    """What a run may be given: plain data, which may look like a literal with a tag."""
    if chosen.random() < 0.8:
        return plain(chosen)
    popen = {"$": "model", "class": "subprocess:Popen", "keywords": {"args": "false", "shell": True}}
    looks = chosen.choice(({"$": "set", "items": [1]}, popen, {"$": "project", "text": "{project}"}, {"$": [1]}))
    return chosen.choice((looks, [looks], {"a": looks}))


def fitting(chosen: random.Random, hint: Any, make: Any) -> Any:
    """A value that an annotation takes."""
    while True:
        made = make(chosen)
        try:
            coerce(made, hint, "x")
            return made
        except Exception:
            if chosen.random() < 0.3:
                made = _of(chosen, hint)
                if made is not None:
                    return made


def _of(chosen: random.Random, hint: Any) -> Any:
    """A value of the class that an annotation names first."""
    shown = str(hint)
    for name, made in (
        ("tuple", (chosen.choice(NUMBERS), text(chosen))),
        ("dict[str, float]", {text(chosen): chosen.choice(FLOATS)}),
        ("dict", {text(chosen): plain(chosen)}),
        ("list[int]", [chosen.choice(NUMBERS) for _ in range(3)]),
        ("list[float]", [chosen.choice(FLOATS) for _ in range(3)]),
        ("bytes", text(chosen).encode("utf-8", "replace")),
        ("Kind", chosen.choice(list(hint))) if "Kind" in shown else ("Kind", None),
        ("Record", hint(chosen.choice(FLOATS), b=chosen.choice((1, 1.0)))) if "Record" in shown else ("Record", None),
        ("list[str]", [text(chosen) for _ in range(3)]),
        ("list", [plain(chosen)]),
        ("date", datetime.date(2026, 1, 2)),
        ("float", chosen.choice(FLOATS)),
        ("int", chosen.choice(NUMBERS)),
        ("bool", True),
        ("str", text(chosen)),
    ):
        if name in shown:
            return made
    return None


def exact(found: Any) -> str:
    """Text in which values of other types, other signs and other order of keys differ."""
    if isinstance(found, dict):
        return "{" + ",".join(f"{exact(k)}:{exact(v)}" for k, v in found.items()) + "}"
    if isinstance(found, (list, tuple)):
        return type(found).__name__ + "[" + ",".join(map(exact, found)) + "]"
    if isinstance(found, (set, frozenset)):
        return type(found).__name__ + str(sorted(map(exact, found)))
    return f"{type(found).__name__} {found!r}"


# -- a batch -----------------------------------------------------------------------------------------------------------


class Batch:
    """A pipeline that hands on some values, what is to arrive, and what does."""

    def __init__(self, chosen: random.Random, count: int, folder: Path) -> None:
        self.chosen, self.folder = chosen, folder
        self.hints: list[Any] = steps(folder).HINTS
        self.sent: dict[str, Any] = {}  # invocation → what was handed on
        self.expected: dict[str, str] = {}
        self.defaults: dict[str, tuple[Annotated, Any]] = {"p": (ANNOTATIONS[3], "a part")}
        self.given: dict[str, Any] = {}
        self.calls = [self._constant(f"c{n}") for n in range(count - count // 4)]
        self.calls += [self._parameter(f"d{n}") for n in range(count // 4)]

    def _constant(self, id: str) -> Any:
        number = self.chosen.randrange(len(ANNOTATIONS))
        if number == 0 and self.chosen.random() < 0.5:
            return self._part(id)
        made = fitting(self.chosen, self.hints[number], value)
        self._expect(id, made, coerce(made, self.hints[number], "x"))
        return call(id, f"s{number}", {"x": Literal(value=literal(made))}, extra={"note": encode(text(self.chosen))})

    def _part(self, id: str) -> Any:
        made, key, reference = value(self.chosen), text(self.chosen), ParameterRef(name="p")
        if self.chosen.random() < 0.5:
            self._expect(id, made, [made, "a part"])
            return call(id, "s0", {"x": ListValue(items=(Literal(value=literal(made)), reference))})
        self._expect(id, made, {key: made, f"{key}-": "a part"})
        return call(id, "s0", {"x": Mapping(items={key: Literal(value=literal(made)), f"{key}-": reference})})

    def _parameter(self, id: str) -> Any:
        """A parameter of the run, handed to a step with its annotation, with none or with another one."""
        while True:
            number, hint = self._annotation()
            wanted = self.chosen.choice((0, number, self.chosen.randrange(len(ANNOTATIONS))))
            default = fitting(self.chosen, hint, value)
            given = fitting(self.chosen, hint, told) if self.chosen.random() < 0.5 else default
            # a file can't tell a default from what is given as its form has it
            long = len(_shown(default)) > 2000
            if long or (given is not default and _shown(given) == _shown(default)):
                continue
            try:
                if given is not default:
                    json.dumps(given)
                taken = given if given is default else coerce(given, hint, "x")
                expected = coerce(taken, self.hints[wanted], "x")
            except Exception:
                continue
            break
        if given is not default:
            self.given[id] = given
        self.defaults[id] = ANNOTATIONS[number], default
        self._expect(id, given, expected)
        return call(id, f"s{wanted}", {"x": ParameterRef(name=id)})

    def _annotation(self) -> tuple[int, Any]:
        number = self.chosen.randrange(len(ANNOTATIONS))
        return number, self.hints[number]

    def _expect(self, id: str, sent: Any, arrives: Any) -> None:
        self.sent[id], self.expected[id] = sent, exact(arrives)

    def compiled(self) -> Compiled:
        """The pipeline as a file, and its long values."""
        declared = [step(f"s{n}", {"x": one.type}) for n, one in enumerate(ANNOTATIONS)]
        declared = [one.model_copy(update={"entrypoint": f"{STEPS}:{one.name}", "outputs": ()}) for one in declared]
        parameters = tuple(
            parameter(name, one.type, literal(default)) for name, (one, default) in self.defaults.items()
        )
        whole = pipeline(declared, self.calls, parameters=parameters)
        used: dict[str, set[str]] = {one.step: set() for one in whole.invocations}
        for one in whole.invocations:
            used[one.step] |= set(long_values.digests(whole, one))
        steps = {
            name: one.model_copy(update={"values": tuple(sorted(used.get(name, ())))})
            for name, one in whole.steps.items()
            if name in used
        }
        whole = whole.model_copy(update={"steps": steps})
        for name, held in long_values.files(whole).items():
            (self.folder / "values" / name).write_text(held, "utf-8")
        return Compiled(whole)

    def send(self, name: str, entry: dict[str, Any]) -> Any:
        """A given value as KFP's SDK or its page sends it to an input of this kind."""
        made = self.given[name]
        if entry["parameterType"] != "STRING" or "description" not in entry:
            return made
        if made is None or not entry["description"].startswith("text"):
            return json.dumps(made)
        return made

    def run(self) -> Iterator[tuple[str, str, str]]:
        """What did not arrive: invocation, what was to, what did."""
        made = self.compiled()
        assert not made.report.errors, made.report.errors
        inputs = made.spec["root"].get("inputDefinitions", {}).get("parameters", {})
        given = {name: self.send(name, inputs[name]) for name in self.given}
        unsaid = {name for name, one in given.items() if not _can_be_given(one, inputs[name]["parameterType"])}
        for name in unsaid:
            del given[name]
        arrived: dict[str, str] = {}
        module = steps(self.folder)

        def work(pod: stand_in.Pod) -> int:
            spec = StepSpec.from_argv(pod.command[4:])
            module.GOT.clear()
            result = kubeflow.run_step(spec)
            refused = result.failure.message if result.failure else ""
            arrived[spec.id] = f"refused: {refused}" if refused else exact(module.GOT[0])
            return 0

        try:
            stand_in.run(made.documents, self.folder / "outputs", work, **given)
        except stand_in.RunFailed as failed:
            yield "the run", "no fault", str(failed)
        for id in self.expected.keys() - unsaid:
            found = arrived.get(id, "nothing")
            if found != self.expected[id] and not (id in given and _is_told(found)):
                yield id, self.expected[id], found


def literal(made: Any) -> Any:
    """The literal of a value, as the compiler writes those of the project's classes."""
    return encode(made, _of_class)


def _of_class(made: Any) -> Any:
    name = f"{STEPS}:{type(made).__name__}"
    if isinstance(made, Enum):
        return {"$": "enum", "class": name, "name": made.name, "value": literal(made.value)}
    return {"$": "model", "class": name, "keywords": {key: literal(one) for key, one in vars(made).items()}}


def _shown(made: Any) -> str:
    return json.dumps(shown(literal(made)), sort_keys=True)


def _can_be_given(made: Any, kind: str) -> bool:
    """Whether the server takes a value for an input of this kind; what a run is given can't be escaped."""
    if isinstance(made, str):
        return kind == "STRING" and is_plain(made)
    if isinstance(made, (list, dict)):
        return kind == ("LIST" if isinstance(made, list) else "STRUCT") and is_plain(json.dumps(made))
    if isinstance(made, bool):
        return kind == "BOOLEAN"
    return made is not None and (kind == "NUMBER_DOUBLE" or (kind == "NUMBER_INTEGER" and isinstance(made, int)))


def _is_told(found: str) -> bool:
    return found.startswith("refused: input") and ("doubles" in found or "should be an integer" in found)


def steps(folder: Path) -> Any:
    """The module of the steps, one for each annotation, and their annotations."""
    if STEPS not in sys.modules:
        (folder / "values").mkdir(exist_ok=True)
        functions = [f"def s{n}(x: {one.text} = 'default'):\n    GOT.append(x)\n" for n, one in enumerate(ANNOTATIONS)]
        hints = f"HINTS = [{', '.join(one.text for one in ANNOTATIONS)}]\n"
        (folder / f"{STEPS}.py").write_text(HEAD + "".join(functions) + hints)
        sys.path.insert(0, str(folder))
        __import__(STEPS)
    return sys.modules[STEPS]


def differences(count: int, seed: int, folder: Path) -> Iterator[str]:
    """A line for each of `count` values that does not arrive as it was handed on."""
    os.environ["ZENCOMPILE_CODE"] = str(folder)
    chosen = random.Random(seed)
    for start in range(0, count, BATCH):
        batch = Batch(chosen, min(BATCH, count - start), folder)
        for id, expected, found in batch.run():
            kind = batch.defaults[id][0].text if id in batch.defaults else ""
            sent = batch.sent.get(id)
            yield f"{id} {kind} {sent!r:.200}\n    expected {expected:.300}\n    found    {found:.300}"
        shutil.rmtree(folder / "outputs", ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = 0
        for line in differences(given.count, given.seed, Path(folder)):
            found += 1
            print(line)
    print(f"{given.count:,} values, {found:,} differences")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
