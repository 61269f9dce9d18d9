"""What an edit changes for KFP's cache: what was edited and what comes after it, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fingerprints import fingerprints
from kubeflow_projects import Compiled as Project
from kubeflow_samples import Compiled, call, kind, parameter, pipeline, step

from zencompile.ir import (
    Condition,
    Expression,
    Invocation,
    ListValue,
    Literal,
    Map,
    OutputRef,
    ParameterRef,
    Pipeline,
    Step,
    Value,
    leaves,
)

EXAMPLES = 24  # of which each takes a fifth of a second; thousands hold
LITERALS = [1, 2.5, "a", "3", True, None, [1, 2], {"k": 1}, "$(HOME)", 2**60]
TYPES = [kind(name) for name in ("any", "int", "float", "str", "bool", "dict", "list")]
NUMBERS = kind("list", kind("int"))

Edited = tuple[Pipeline, set[str]]


class Generated:
    """A random pipeline, and random edits of it."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.steps = [self._step(f"s{n}") for n in range(4)]
        self.made: list[OutputRef] = []
        self.calls: list[Invocation] = []
        for _ in range(self.random.randint(4, 7)):
            self._call()
        self.leaves: list[Invocation] = []
        self.controls: list[Map | Condition] = []
        self._loop()
        self._branch()
        parameters = (parameter("n", kind("int"), 3), parameter("s", kind("str"), "x"))
        self.pipeline = pipeline(
            self.steps, [*self.calls, *self.leaves], controls=tuple(self.controls), parameters=parameters
        )

    def _step(self, name: str) -> Step:
        inputs = {one: self.random.choice(TYPES) for one in ("a", "b", "c")}
        outputs = {"output": self.random.choice(TYPES), "flag": kind("bool"), "many": NUMBERS}
        return step(name, inputs, outputs, deployed=name.encode().hex() * 16)

    def value(self) -> Value:
        if self.made and self.random.random() < 0.5:
            return self.random.choice(self.made)
        if len(self.made) > 1 and self.random.random() < 0.2:
            return ListValue(items=tuple(self.random.sample(self.made, 2)))
        if self.random.random() < 0.3:
            return ParameterRef(name=self.random.choice("ns"))
        return Literal(value=self.random.choice(LITERALS))

    def _new(self, id_: str = "") -> Invocation:
        step = self.random.choice(self.steps).name
        taken = [one.id for one in self.calls if one.step == step]
        inputs = {one: self.value() for one in "abc" if self.random.random() < 0.7}
        return call(id_ or (f"{step}_{len(taken) + 1}" if taken else step), step, inputs)

    def _call(self) -> None:
        self.calls.append(self._new())
        made = ("output", "flag", "many")
        self.made += [OutputRef(invocation=self.calls[-1].id, output=name) for name in made]

    def _lists(self) -> list[OutputRef]:
        return [one for one in self.made if one.output == "many"]

    def _loop(self) -> None:
        if self.random.random() < 0.6:
            over = {"a": self.random.choice(self._lists())}
            inner = self._new("each")
            self.leaves.append(inner.model_copy(update={"inputs": {**inner.inputs, **over}}))
            self.leaves.append(call("gather", "s0", {"a": ("each", "output")}))
            self.controls.append(Map(id="m", over=over, body=("each",)))

    def _branch(self) -> None:
        if self.random.random() < 0.6:
            test = self.random.choice([one for one in self.made if one.output == "flag"])
            self.leaves.append(self._new("guarded"))
            self.controls.append(Condition(id="c", test=test, then=("guarded",)))

    # edits

    def edited(self) -> Edited:
        """Something is changed; the ids of what that is."""
        edits: list[Callable[[], Edited]] = [
            self.add,
            self.add_loop,
            self.add_branch,
            self.remove,
            self.change_argument,
            self.change_code,
            self.rename,
            self.rewire,
            self.give_out,
        ]
        return self.random.choice(edits)()

    def _with(self, calls: list[Invocation], *controls: Map | Condition, **more: Any) -> Pipeline:
        changes = {"invocations": tuple(calls), "controls": (*self.pipeline.controls, *controls), **more}
        return self.pipeline.model_copy(update=changes)

    def _replaced(self, new: Invocation) -> Pipeline:
        return self._with([new if one.id == new.id else one for one in self.pipeline.invocations])

    def add(self) -> Edited:
        return self._with([*self.pipeline.invocations, self._new("extra")]), {"extra"}

    def add_loop(self) -> Edited:
        over = {"b": self.random.choice(self._lists())}
        new = self._new("extra")
        new = new.model_copy(update={"inputs": {**new.inputs, **over}})
        loop = Map(id="e", over=over, body=("extra",))
        return self._with([*self.pipeline.invocations, new], loop), {"extra", "check_extra"}

    def add_branch(self) -> Edited:
        number = self.random.choice([one for one in self.made if one.output == "flag"])
        test = Expression(operator="==", operands=(number, Literal(value=True)))
        control = Condition(id="e", test=test, then=("extra",))
        return self._with([*self.pipeline.invocations, self._new("extra")], control), {"extra"}

    def remove(self) -> Edited:
        read = {id_ for one in self.pipeline.invocations for id_ in _read(one)}
        read |= {one.invocation for c in self.controls for one in _tested(c)}
        held = {id_ for c in self.controls for id_ in (c.body if isinstance(c, Map) else c.then)}
        free = [one for one in self.pipeline.invocations if one.id not in read | held]
        if len(free) < 2:
            return self.give_out()
        gone = self.random.choice(free).id
        return self._with([one for one in self.pipeline.invocations if one.id != gone]), {gone}

    def change_argument(self) -> Edited:
        known = [(one, n) for one in self.calls for n, v in one.inputs.items() if isinstance(v, Literal)]
        if not known:
            return self.change_code()
        one, name = self.random.choice(known)
        new = one.model_copy(update={"inputs": {**one.inputs, name: Literal(value="another")}})
        return self._replaced(new), {one.id}

    def rewire(self) -> Edited:
        known = [(one, n, v) for one in self.calls for n, v in one.inputs.items() if isinstance(v, OutputRef)]
        if not known:
            return self.change_code()
        one, name, value = self.random.choice(known)
        other = "many" if value.output != "many" else "flag"
        new = value.model_copy(update={"output": other})
        return self._replaced(one.model_copy(update={"inputs": {**one.inputs, name: new}})), {one.id}

    def change_code(self) -> Edited:
        one = self.random.choice(self.steps)
        steps = {**self.pipeline.steps, one.name: one.model_copy(update={"deployed": "f" * 64})}
        return self._with(list(self.pipeline.invocations), steps=steps), self._of(one.name)

    def rename(self) -> Edited:
        one = self.random.choice(self.steps)
        new = one.model_copy(update={"name": "renamed", "entrypoint": "run:renamed"})
        return self._with(list(self.pipeline.invocations), steps={**self.pipeline.steps, one.name: new}), self._of(
            one.name
        )

    def give_out(self) -> Edited:
        return self._with(list(self.pipeline.invocations), outputs=(self.random.choice(self.made),)), set()

    def _of(self, step: str) -> set[str]:
        return {one.id for one in self.pipeline.invocations if one.step == step}


def _read(invocation: Invocation) -> set[str]:
    found = (leaf for value in invocation.inputs.values() for leaf in leaves(value))
    return {leaf.invocation for leaf in found if isinstance(leaf, OutputRef)}


def _tested(control: Map | Condition) -> list[OutputRef]:
    values = control.over.values() if isinstance(control, Map) else (control.test,)
    return [leaf for value in values for leaf in leaves(value) if isinstance(leaf, OutputRef)]


def reached(pipelines: tuple[Pipeline, ...], edited: set[str]) -> set[str]:
    """What was edited, and all that reads of it."""
    found, known = set[str](), set(edited)
    while known != found:
        found = known
        below = {one.id for made in pipelines for one in made.invocations if not found.isdisjoint(_read(one))}
        known = found | below
    loops = [one for made in pipelines for one in made.controls if isinstance(one, Map)]
    return found | {f"check_{one.body[0]}" for one in loops if any(ref.invocation in found for ref in _tested(one))}


def of(made: Pipeline, folder: Path) -> dict[str, list[str]]:
    """The fingerprints of a pipeline's tasks."""
    compiled = Compiled(made)
    assert not compiled.report.errors, list(compiled.report)
    return fingerprints(compiled.documents, folder)


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_an_edit_changes_what_was_edited_and_what_comes_after_it(seed: int, tmp_path: Path) -> None:
    generated = Generated(seed)
    made, edited = generated.edited()
    before, after = of(generated.pipeline, tmp_path / "before"), of(made, tmp_path / "after")
    touched = reached((generated.pipeline, made), edited)
    kept = before.keys() & after.keys()
    assert {id_ for id_ in kept if before[id_] != after[id_]} == touched & kept
    assert before.keys() ^ after.keys() <= touched


STEPS = {
    "steps/__init__.py": "",
    "steps/load.py": "from zenml import step\n\n\n@step\ndef load(n: int) -> list[int]:\n    return list(range(n))\n",
    "steps/total.py": "from zenml import step\n\n\n@step\ndef total(xs: list[int]) -> int:\n    return sum(xs)\n",
    "helpers.py": "LIMIT = 3\n",
}
RUN = """from zenml import pipeline

from steps.load import load
from steps.total import total


@pipeline
def demo(n: int = 3):
    total(load(n))
"""


@pytest.fixture(scope="module")
def unedited(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    folder = tmp_path_factory.mktemp("unedited")
    return fingerprints(Project(folder, {**STEPS, "run.py": RUN}).documents, folder / "outputs")


@pytest.mark.parametrize(
    ("edit", "changed"),
    [
        ({"steps/total.py": STEPS["steps/total.py"].replace("sum(xs)", "sum(xs) + 1")}, {"total"}),
        ({"steps/total.py": STEPS["steps/total.py"] + "# said\n"}, set()),
        ({"helpers.py": "LIMIT = 4\n"}, set()),
        ({"run.py": RUN + "    total(load(7, id='more'), id='all')\n"}, set()),
        ({"run.py": RUN.replace("load(n)", "load(4)")}, {"load", "total"}),
    ],
    ids=["code", "comment", "unreached", "calls", "argument"],
)
def test_edits_of_a_project(
    edit: dict[str, str], changed: set[str], unedited: dict[str, list[str]], tmp_path: Path
) -> None:
    """From the sources to the server's key."""
    edited = fingerprints(Project(tmp_path, {**STEPS, "run.py": RUN, **edit}).documents, tmp_path / "outputs")
    kept = unedited.keys() & edited.keys()
    assert kept == {"load", "total"}
    assert {id_ for id_ in kept if unedited[id_] != edited[id_]} == changed
