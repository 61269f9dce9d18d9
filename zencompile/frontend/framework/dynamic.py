"""Dynamic pipelines: mapping over outputs, futures, and conditions on values of the run.

What has a static shape becomes control nodes of the IR; the rest is a diagnostic where it is used.
"""

from __future__ import annotations

import itertools

from zencompile.diagnostics import Label
from zencompile.frontend.framework.definitions import StepDefinition
from zencompile.frontend.framework.handles import Future, Output, Recorded, Unmapped
from zencompile.frontend.framework.later import Decision
from zencompile.frontend.framework.merging import Merged, Sides
from zencompile.frontend.framework.options import Options
from zencompile.frontend.framework.raising import Computations
from zencompile.frontend.framework.recorder import Recording
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.values import Context, Unknown, Value
from zencompile.ir import Condition, Expression, Map, OutputRef, leaves
from zencompile.ir import Value as InputValue
from zencompile.source import Span


class DynamicRecording(Recording):
    """The evaluation of a dynamic pipeline.

    What the program does one after the other happens one after the other: a call that blocks, and a future that is
    waited for, stand between what comes before and what comes after. `frontier` are the invocations that all that
    follows waits for.
    """

    dynamic = True

    def __init__(self, framework: Framework, name: str, options: Options) -> None:
        super().__init__(framework, name, options)
        self.conditions: dict[int, ConditionControl] = {}  # by id() of their decisions
        self.decisions: list[Decision] = []  # kept, so that no other gets the id() of one
        self.counts: list[list[int]] = []  # of the decisions around: how many invocations there were before each side
        self.made: dict[int, tuple[frozenset[str], frozenset[str]]] = {}  # by id() of decisions: those of each side
        self.frontier: dict[str, None] = {}
        self.sides: list[list[dict[str, None]]] = []  # of the decisions around: the frontier before, and after a side
        self.conditional: dict[str, Span] = {}  # base names of invocations that may not happen, with a call's place
        self.computations = Computations()
        self._submitting = False

    def invoke(
        self, step: StepDefinition, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        keywords = dict(keywords)
        starts_after = keywords.pop("start_after", None)
        if self._is_guarded(step, context):
            return context.unknown(f"it is the result of step `{step.name}`", reported=True)
        before = len(self.invocations)
        result = super().invoke(step, arguments, keywords, context)
        if len(self.invocations) == before:
            return result
        recorded = next(reversed(self.invocations.values()))
        changes = context.evaluator.file_changes
        changes.anything = changes.anything or context.unknown("which files there are, once a step has run")
        recorded.after += [(id_, recorded.span) for id_ in self.frontier if id_ not in _waits(recorded)]
        if starts_after is not None:
            self._see_that_it_waits(recorded, starts_after, context)
        if self.computations:
            before_it = self._ended_before(recorded)
            late = self.computations.late(recorded.id, recorded.inputs.values(), before_it, not self._submitting)
            self._tell_of_computing(late, f"`{recorded.id}` would run beside it")
        if not self._submitting:
            self.frontier = {recorded.id: None}
        if "id" not in keywords:
            self._tell_of_number(recorded)
        if context.evaluator.uncertain:
            self.conditional.setdefault(step.name, recorded.span)
            self._in_condition(recorded.id, context)
        return result

    def _see_that_it_waits(self, recorded: Recorded, starts_after: Value, context: Context) -> None:
        """Report `start_after=` unless what it names has ended anyway: no engine knows which steps have started."""
        span = context.argument_span("start_after")
        named = dict(self._upstream(starts_after, context, span))
        late = named.keys() - self._ended_before(recorded)
        if not late:
            return
        self.report.error(
            "ZC0231",
            "whether a step has started is known only when the pipeline runs",
            span,
            notes=[f"`{recorded.id}` would start beside `{id_}`, not after it" for id_ in sorted(late)],
            helps="write `after=`, which waits for its end",
        )

    def _ended_before(self, recorded: Recorded) -> set[str]:
        """The invocations that have ended before one starts."""
        found: set[str] = set()
        pending = list(_waits(recorded))
        while pending:
            id_ = pending.pop()
            if id_ not in found and id_ in self.invocations:
                found.add(id_)
                pending += _waits(self.invocations[id_])
        return found

    def computes(self, made: Expression, context: Context) -> None:
        if self.framework.recording is self:
            self.computations.add(made, context.span)

    def _tell_of_computing(self, spans: list[Span], note: str) -> None:
        """Report computations that the program ends with where they raise, and that what is compiled would not."""
        told = {(one.span.file, one.span.line) for one in self.report.errors if one.span is not None}
        for span in {(span.file, span.line): span for span in reversed(spans)}.values():
            if (span.file, span.line) in told:
                continue
            self.report.error(
                "ZC0231",
                "whether this raises is known only when the pipeline runs",
                span,
                notes=[f"{note}: a value is computed for the step that is given it"],
                helps="give it to the step that is called next, or compute it in a step",
            )

    def finish(self) -> None:
        if not self.report.errors:
            self._tell_of_computing(self.computations.left(), "no step would be given it")
        super().finish()

    def _results(self, recorded: Recorded) -> Value:
        result = super()._results(recorded)
        if type(result) is list:
            return tuple(result) or None
        return result

    def _upstream(self, after: Value, context: Context, span: Span) -> list[tuple[str, Span]]:
        """What `after=` names: futures, which alone a dynamic pipeline waits for."""
        handles = after.handles() if isinstance(after, Merged) else [after]
        if any(isinstance(one, Output) for one in handles):
            self.report.error(
                "ZC0215",
                "in a dynamic pipeline `after=` takes futures",
                span,
                label="the output of a step that has ended",
                notes="a call of a step waits for it: what is written below a call comes after it",
                helps="leave `after=` out, or give it what `.submit(…)` returns",
            )
            return []
        return super()._upstream(after, context, span)

    def awaited(self, recorded: Recorded) -> None:
        """The program waits for an invocation."""
        self.frontier = {id_: None for id_ in self.frontier if id_ not in _waits(recorded)}
        self.frontier[recorded.id] = None

    def acts(self, what: str, context: Context) -> None:
        """The pipeline's function does something to its surroundings, which it does when it runs in ZenML."""
        if self.framework.recording is not self:
            return
        self.report.error(
            "ZC0239",
            f"in the body of a dynamic pipeline {what}",
            context.span,
            notes="the body runs with the pipeline in ZenML; here only its steps run",
            helps="do it in a step",
        )

    def tell_of_call(self, written: str, span: Span, is_statement: bool) -> None:
        if not is_statement:
            super().tell_of_call(written, span, is_statement)
            return
        self.report.error(
            "ZC0239",
            f"in the body of a dynamic pipeline `{written}()` is called",
            span,
            notes="the body runs with the pipeline in ZenML; here only its steps run",
            helps="do it in a step",
        )

    def decided_by_run(self, context: Context) -> bool:
        return self._enclosing(context) is not None

    def _is_guarded(self, step: StepDefinition, context: Context) -> bool:
        """Report a call whose failure the program would catch, or look at."""
        guard = context.evaluator.watch
        if guard is None:
            return False
        self.report.error(
            "ZC0231",
            f"what happens when step `{step.name}` fails is decided when the pipeline runs",
            context.span,
            labels=[Label(guard, "this asks for it")],
            helps="catch what goes wrong in a step, or let the pipeline fail",
        )
        return True

    def _tell_of_number(self, recorded: Recorded) -> None:
        """Note that a number in an id depends on what happens."""
        place = self.conditional.get(recorded.step.name)
        if place is not None and recorded.id != recorded.step.name:
            self.report.warning(
                "ZC0238",
                f"this invocation is called `{recorded.id}`, whichever branch is taken",
                recorded.span,
                labels=[Label(place, "this call may not happen")],
                notes="ZenML numbers the invocations of a step as they happen",
                helps="give it a name with `id=`",
            )

    # methods of steps

    def call_method(
        self, name: str, step: StepDefinition, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        self._submitting = True
        try:
            if name == "submit":
                recorded = self._invoked(step, arguments, keywords, context)
                return recorded if isinstance(recorded, Unknown) else Future(recorded)
            return self._map(step, name == "product", arguments, keywords, context)
        finally:
            self._submitting = False

    def _invoked(
        self, step: StepDefinition, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Recorded | Unknown:
        before = len(self.invocations)
        result = self.invoke(step, arguments, keywords, context)
        if len(self.invocations) == before:
            return result if isinstance(result, Unknown) else context.unknown("a refused call", reported=True)
        return next(reversed(self.invocations.values()))

    def _map(
        self, step: StepDefinition, product: bool, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        names = list(step.shape.positional)
        given = {**dict(zip(names, arguments, strict=False)), **keywords}
        mapped = {
            name for name, value in given.items() if name not in ("id", "after", "start_after") and _is_sequence(value)
        }
        plain = {name: value.value if isinstance(value, Unmapped) else value for name, value in given.items()}
        if not mapped:
            context.report.error(
                "ZC0231",
                f"`{step.name}` is mapped over nothing",
                context.span,
                helps="give it the output of a step that returns a list",
            )
            return context.unknown("a map over nothing", reported=True)
        recorded = self._invoked(step, [], plain, context)
        if isinstance(recorded, Unknown):
            return recorded
        order = [*step.shape.inputs, *sorted(mapped - step.shape.inputs.keys())]
        over = {name: recorded.inputs[name] for name in order if name in mapped and name in recorded.inputs}
        for name in over:
            del recorded.inputs[name]
            recorded.mapped.add(name)
        id_ = self._control_id(f"map:{recorded.id}")
        self.controls.append(MapControl(id_, over, recorded.id, product, context.span))
        self._enclose(recorded.id, id_)
        return Future(recorded, mapped=True)

    def _enclose(self, invocation: str, control: str) -> None:
        """A control takes an invocation's place in the conditions around it."""
        for condition in self.conditions.values():
            for branch in condition.branches:
                branch[:] = [control if member == invocation else member for member in branch]

    def _control_id(self, base: str) -> str:
        """An id that neither an invocation nor a control has."""
        taken = {*self.invocations, *(control.id for control in self.controls)}
        id_, number = base, 2
        while id_ in taken:
            id_, number = f"{base}_{number}", number + 1
        return id_

    # conditions

    def enter_branch(self, decision: Decision, side: int) -> None:
        if side == 0:
            self.counts.append([])
        self.counts[-1].append(len(self.invocations))
        if side == 0:
            self.sides.append([dict(self.frontier)])
        else:
            self.sides[-1].append(self.frontier)
            self.frontier = dict(self.sides[-1][0])
        self.computations.enter_side(decision.value.value, side)

    def leave_branches(self, decision: Decision) -> None:
        before, *ends = [*self.sides.pop(), self.frontier]
        self.frontier = {id_: None for end in ends for id_ in end}
        del before
        counts = [*self.counts.pop(), len(self.invocations)]
        first, second = (
            frozenset(itertools.islice(self.invocations, *bounds)) for bounds in itertools.pairwise(counts)
        )
        self.made[id(decision)] = first, second
        self.computations.leave_sides(is_condition=bool(first or second))

    def both_sides(self, decision: Decision) -> Unknown:
        around = self.framework.evaluator.uncertain
        if self.framework.recording is not self or not all(isinstance(one, Decision) for one in around):
            return decision
        return Sides(decision, self, self.made[id(decision)])

    def condition_id(self, decision: Decision) -> str:
        return self._condition(decision).id

    def _in_condition(self, id_: str, context: Context) -> None:
        """Put an invocation into the branches of conditions that enclose its call."""
        member = id_
        for control, branch in reversed(self._enclosing(context) or []):
            if member not in control.branches[branch]:
                control.branches[branch].append(member)
            member = control.id

    def _enclosing(self, context: Context) -> list[tuple[ConditionControl, int]] | None:
        """The conditions that enclose a call, outermost first, each with its branch; None if they can't be told."""
        decisions = context.evaluator.uncertain
        if not all(isinstance(unknown, Decision) for unknown in decisions):
            return None
        return [(self._condition(decision), decision.side) for decision in decisions]

    def _condition(self, decision: Decision) -> ConditionControl:
        known = self.conditions.get(id(decision))
        if known is None:
            self.decisions.append(decision)
            known = ConditionControl(self._control_id("condition"), decision)
            self.conditions[id(decision)] = known
            self.controls.append(known)
        return known


def _waits(recorded: Recorded) -> set[str]:
    """The invocations that one waits for by itself."""
    waits = {id_ for id_, _ in recorded.after}
    for value in recorded.inputs.values():
        waits |= {leaf.invocation for leaf in leaves(value) if isinstance(leaf, OutputRef)}
    return waits


class MapControl:
    """A map, until it is a node."""

    def __init__(self, id_: str, over: dict[str, InputValue], body: str, product: bool, span: Span) -> None:
        self.id = id_
        self.over = over
        self.body = body
        self.product = product
        self.span = span

    def build(self) -> Map:
        return Map(id=self.id, over=self.over, body=(self.body,), product=self.product, span=self.span)


class ConditionControl:
    """A condition, until it is a node: which invocations and controls stand in each branch."""

    def __init__(self, id_: str, decision: Decision) -> None:
        self.id = id_
        self.test = decision.value.value
        self.text = decision.written
        self.span = decision.span
        self.branches: tuple[list[str], list[str]] = ([], [])

    def build(self) -> Condition:
        then, otherwise = self.branches
        return Condition(
            id=self.id, test=self.test, then=tuple(then), otherwise=tuple(otherwise), text=self.text, span=self.span
        )


_NO_LISTS = frozenset({"bool", "int", "float", "str", "bytes", "dict", "set", "none"})


def _is_no_list(output: Output) -> bool:
    """Whether an output is annotated as something that goes whole to each invocation of a map."""
    declared = next((one.type for one in output.recorded.step.shape.outputs if one.name == output.name), None)
    return declared is not None and (declared.name in _NO_LISTS or declared.what in ("model", "dataclass", "enum"))


def _is_sequence(value: Value) -> bool:
    """Whether an argument of a map is mapped over: outputs and futures are, and lists of them, as far as they are
    lists; plain values are not."""
    if isinstance(value, Output):
        return not _is_no_list(value)
    if isinstance(value, Merged):
        return value.is_output and all(map(_is_sequence, value.sides))
    if isinstance(value, Future):
        return value.mapped or len(value.outputs) != 1 or not _is_no_list(value.outputs[0])
    return (
        isinstance(value, (list, tuple)) and bool(value) and all(isinstance(v, (Output, Future, Merged)) for v in value)
    )
