"""Ready-made steps of integrations: which they are depends on the release that the program is written for.

A program may make one before all is known that tells the release; so it is settled when a pipeline is given it or
calls it.
"""

from __future__ import annotations

from zencompile.frontend.framework.definitions import MadeWith, StepDefinition, Subject
from zencompile.frontend.framework.opaque import Call
from zencompile.frontend.framework.options import EMPTY, Options, as_flag, as_text
from zencompile.frontend.framework.releases import release_of
from zencompile.frontend.framework.signatures import BuiltIn, Release, Signature, built_ins, spans_of_life
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.framework.steps import DetachedStep, StepObject
from zencompile.frontend.values import Class, Context, NativeObject, Value

_NAMES = ("name", "step_name")
_GROUPS = ("params", "config")


class BuiltInStep(StepObject):
    """A ready-made step, or the function that makes one. `calls` are those that were made of it so far."""

    __slots__ = ("built_in", "calls", "known")

    def __init__(self, framework: Framework, built_in: BuiltIn, options: Options = EMPTY) -> None:
        subject = Subject(framework.evaluator, path=built_in.path)
        super().__init__(framework, subject, options, None, built_in.name)
        self.built_in = built_in
        self.calls: tuple[MadeWith, ...] = ()
        self.known: dict[Release, StepDefinition] = {}

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        recording = self.framework.recording
        if recording is None:
            return DetachedStep(self.made(arguments, keywords, context))
        release = release_of(self.framework, recording.steps_are_given)
        if self.built_in.nearest(release).makes and not self.calls:
            return self.made(arguments, keywords, context)
        return recording.invoke(self.settled(recording.steps_are_given), arguments, keywords, context)

    def made(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> StepDefinition:
        step = super().made(arguments, keywords, context)
        assert isinstance(step, BuiltInStep) and step.made_with is not None
        step.calls = (*self.calls, step.made_with)
        step.known = {}
        return step

    def copy(self, options: Options) -> StepDefinition:  # type: ignore[override]
        other = super().copy(options)
        other.known = {}
        return other

    def _takes(self, name: str) -> bool:
        return any(name in (*one.inputs, one.group) for one in self.built_in.signatures)

    def _after(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        recording = self.framework.recording
        if recording is not None:
            recording.late_after(self.settled(recording.steps_are_given), arguments, context)
        return None

    def settled(self, steps_are_given: bool) -> StepDefinition:
        """The step as it is in the release that the program is written for."""
        release = release_of(self.framework, steps_are_given)
        found = self.known.get(release)
        if found is None:
            found = self.known[release] = self._of(release)
        return found

    def _of(self, release: Release) -> StepDefinition:
        signature = self._fitting(self.built_in, release, self.made_with)
        if not signature.makes:
            return self._step(self.built_in, signature, self.name, self.made_with)
        if signature.clones:
            original = built_ins()[signature.makes[0]]
            made_with = self.calls[1] if len(self.calls) > 1 else None
            name = original.name if self.name == self.built_in.name else self.name
            return self._step(original, self._fitting(original, release, made_with), name, made_with)
        return self._made_by_function(signature, release)

    def _fitting(self, built_in: BuiltIn, release: Release, made_with: MadeWith | None) -> Signature:
        """The signature of the release, or the last one that takes what the step was made with.

        Where requirements pin the release nothing else counts.
        """
        expected = built_in.nearest(release)
        if made_with is None or self.framework.evaluator.project.pin("zenml") or _fits(expected, made_with):
            return expected
        others = [one for one in reversed(built_in.signatures) if not one.gone and _fits(one, made_with)]
        return others[0] if others else expected

    def _made_by_function(self, signature: Signature, release: Release) -> StepDefinition:
        """What a function makes of a class: `evidently_profile_step(step_name="drift", params=…)`."""
        made_with = self.made_with
        given = self._given(signature, made_with)
        chosen = as_flag(given.get("single_dataset", False)) is True and len(signature.makes) > 1
        original = built_ins()[signature.makes[1 if chosen else 0]]
        own = original.nearest(max(release, signature.since))
        group = next((given[name] for name in _GROUPS if name in given), None)
        keywords: dict[str, Value] = {own.group: group} if own.group and group is not None else {}
        if "dataset_timestamp" in own.inputs and given.get("dataset_timestamp") is not None:
            keywords["dataset_timestamp"] = given["dataset_timestamp"]
        name = next((as_text(given[n]) for n in _NAMES if n in given), "") or original.name
        made = MadeWith((), keywords, made_with.span) if made_with is not None else None
        return self._step(original, own, name, made)

    def _given(self, signature: Signature, made_with: MadeWith | None) -> dict[str, Value]:
        """The arguments of a function that makes steps, by name."""
        if made_with is None:
            return {}
        given = dict(zip(signature.inputs, made_with.arguments, strict=False))
        if len(made_with.arguments) > len(signature.inputs):
            self._misfit(signature, "takes fewer arguments by position", made_with)
        for name, value in made_with.keywords.items():
            if name not in signature.inputs:
                self._misfit(signature, f"takes no argument `{name}`", made_with)
            given[name] = value
        return given

    def _misfit(self, signature: Signature, problem: str, made_with: MadeWith) -> None:
        release = ".".join(map(str, signature.since))
        self.framework.report.error(
            "ZC0267",
            f"`{self.built_in.name}` {problem}",
            made_with.span,
            label=f"since ZenML {release}: `{self.built_in.name}({', '.join(signature.inputs)})`",
            helps="pin the release of ZenML that the program is written for in requirements.txt, as `zenml==0.39.1`",
        )

    def _step(self, built_in: BuiltIn, signature: Signature, name: str, made_with: MadeWith | None) -> StepDefinition:
        subject = Subject(self.framework.evaluator, path=built_in.path, signature=signature)
        step = StepObject(self.framework, subject, self.options, self.span, name)
        step.made_with = made_with
        return step


def _fits(signature: Signature, made_with: MadeWith) -> bool:
    """Whether a step of this signature can be made with these arguments, by their names and groups."""
    known = {*signature.inputs, signature.group} - {""}
    given = [*made_with.arguments, *made_with.keywords.values()]
    paths = [value.path.rpartition(".")[2] for value in given if isinstance(value, Call)]
    lives = spans_of_life()
    groups = [lives[name] for name in paths if name in lives]
    in_time = all(since <= signature.since and (end is None or signature.since < end) for since, end in groups)
    return in_time and all(name in known for name in made_with.keywords)


class BuiltInClass(NativeObject):
    """A class of ready-made steps, of old code: calling it makes a step."""

    type_name = "class"

    def __init__(self, framework: Framework, built_in: BuiltIn) -> None:
        self.framework = framework
        self.built_in = built_in
        self.path = built_in.path

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        made = BuiltInStep(self.framework, self.built_in).made(arguments, keywords, context)
        return made if self.framework.recording is not None else DetachedStep(made)

    def subclass(self, class_: Class, context: Context) -> Value:
        return context.unknown(f"`{class_.name}` is derived from `{self.path}`, which is not read")


def cloned(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    """`clone_step(step, name)` of old code: the same step under another name."""
    given = {**dict(zip(("step", "step_name"), arguments, strict=False)), **keywords}
    step, name = given.get("step"), as_text(context.force(given.get("step_name", "")))
    if not isinstance(step, StepObject):
        return context.unknown("only a step can be cloned")
    other = step.copy(step.options)
    other.name = name or step.name
    return other
