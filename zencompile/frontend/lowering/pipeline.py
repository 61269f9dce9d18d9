"""A pipeline whose function was evaluated, as a node of the IR."""

from __future__ import annotations

import ast
import re
from typing import Any

from zencompile.diagnostics import Label
from zencompile.frontend.framework import arguments
from zencompile.frontend.framework.checks import check_parameter, no_such_input
from zencompile.frontend.framework.evaluate import Evaluated
from zencompile.frontend.framework.handles import PipelineParameter, Recorded
from zencompile.frontend.framework.held import holds_objects
from zencompile.frontend.framework.options import EMPTY, Options
from zencompile.frontend.framework.rehearsal import Rehearsals, is_written_out
from zencompile.frontend.framework.shape import StepInput, defaults_of
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.lowering import moments, variables
from zencompile.frontend.lowering.config import ConfigLowering
from zencompile.frontend.lowering.plain import Plain
from zencompile.frontend.lowering.schedule import lower_schedule
from zencompile.frontend.lowering.steps import StepLowering
from zencompile.frontend.project import Project
from zencompile.frontend.values import MISSING, Class, Function, Unknown, Value
from zencompile.ir import (
    Condition,
    Group,
    Invocation,
    ListValue,
    Literal,
    Map,
    Mapping,
    Parameter,
    ParameterRef,
    Pipeline,
    Schedule,
    with_parts,
)
from zencompile.ir import Value as InputValue
from zencompile.ir.order import cycle, layers, upstream
from zencompile.source import Span

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_MODES = ("continue_on_failure", "stop_on_failure", "fail_fast")
_PLAIN = (int, float, str, bool, type(None), bytes, list, tuple, dict, set, frozenset)


def lower(
    framework: Framework, project: Project, rehearsals: Rehearsals, evaluated: Evaluated, namespace: str
) -> tuple[Pipeline, StepLowering]:
    """The pipeline, and the step definitions that it refers to with what they were made of."""
    return _Lowering(framework, project, rehearsals, evaluated).lower(namespace)


class _Lowering:
    def __init__(self, framework: Framework, project: Project, rehearsals: Rehearsals, evaluated: Evaluated) -> None:
        self.framework = framework
        self.rehearsals = rehearsals
        self.report = framework.report
        self.evaluated = evaluated
        self.recording = evaluated.recording
        self.pipeline = evaluated.pipeline
        function = self.pipeline.signature
        self.context = framework.evaluator.context(function.module, function.node)
        self.plain = Plain(framework, self.context)
        self.config = ConfigLowering(self.plain, project, evaluated.options, evaluated.flags)
        self.steps = StepLowering()

    def lower(self, namespace: str) -> tuple[Pipeline, StepLowering]:
        options = self.evaluated.options
        self._misused()
        function = self.pipeline.signature
        fields = {
            id_: self.config.invocation(recorded, self.evaluated.steps.get(id_, EMPTY))
            for id_, recorded in self.recording.invocations.items()
        }
        for id_, recorded in self.recording.invocations.items():
            self._complete(recorded, self.evaluated.steps.get(id_, EMPTY))
        parameters = self._parameters()
        fixed = {p.name: p.value for p in parameters if p.bound == "compile" and p.value is not None}
        built = {id_: self._invocation(r, fields[id_], fixed) for id_, r in self.recording.invocations.items()}
        context = self.framework.evaluator.context(function.module, function.node)
        built, found = moments.gather(built, self.framework, context)
        controls = tuple(_fix_control(control.build(), fixed) for control in self.recording.controls)
        order = self._order(built, controls)
        environment = self.framework.evaluator.environment
        if environment:
            parameters = [variables.fill_parameter(p, environment) for p in parameters]
            built = {id_: variables.fill_invocation(one, environment) for id_, one in built.items()}
        self.config.mention(options)
        pipeline = Pipeline.model_construct(
            schema_version=1,
            name=self.pipeline.name,
            function=self.pipeline.class_.name if self.pipeline.class_ else function.qualname,
            entrypoint=f"{function.module.name}:{function.qualname}",
            source=self.pipeline.span.file,
            namespace=namespace,
            docstring=function.docstring,
            dynamic=self.pipeline.dynamic,
            parameters=tuple(parameters),
            steps=self.steps.steps,
            invocations=tuple(built[id_] for id_ in order),
            controls=controls,
            outputs=tuple(output.reference(output.recorded.span) for output in self.evaluated.outputs),
            environments=dict(
                sorted(self.config.environments.items(), key=lambda item: (item[0] != "default", item[0]))
            ),
            moments=found,
            images={},
            schedule=self._schedule(),
            hooks=self.config.run_hooks(self.pipeline.dynamic),
            declared=self.config.declared(),
            tags=tuple(dict.fromkeys(map(str, options.get("tags") or ()))),
            extra=self.config.dictionary(options, "extra"),
            **self.config.components(options),
            substitutions={k: str(v) for k, v in self.config.dictionary(options, "substitutions").items()},
            model=self.config.model(options),
            execution_mode=self._mode(options),
            run_name=self._run_name(options),
            files={},
            ignored=(),
            span=self.pipeline.span,
        )
        return pipeline.model_copy(
            update={
                "ignored": tuple(self.framework.ignored),
                "problems": tuple(self.framework.problems),
                "clashes": tuple(self.config.clashes),
            }
        ), self.steps

    def _misused(self) -> None:
        """What decorators and options say and can't be meant."""
        used = [self.evaluated.options, *(r.options for r in self.recording.invocations.values())]
        for problem in dict.fromkeys(p for options in used for p in options.problems):
            if problem not in self.framework.problems:
                self.framework.problems.append(problem)

    # inputs

    def _complete(self, recorded: Recorded, over: Options) -> None:
        """Add the parameters that configuration gives, and check that nothing is missing."""
        shape = recorded.step.shape
        own = recorded.options.get("parameters") or {}
        given = over.get("parameters") or {}
        for name, value in own.items():
            group = shape.group_of(name)
            if group is not None:
                self._field(recorded, group, name, value, recorded.options)
            elif name not in recorded.inputs and name not in given:
                self._configured(recorded, name, value, recorded.options, "parameters")
        for name, value in given.items():
            group = shape.group_of(name)
            if group is not None:
                self._field_of_configuration(recorded, group, name, value, over)
                continue
            if name not in shape.inputs and not shape.open:
                no_such_input(recorded.step, name, over.span("parameters", name) or recorded.span, self.report)
                continue
            if name in recorded.explicit:
                self._conflict(recorded, name, value, over)
            elif name not in recorded.inputs:
                self._configured(recorded, name, value, over, "parameters")
        self._find(recorded)
        for known in () if recorded.refused else shape.inputs.values():
            given_otherwise = known.name in recorded.inputs or known.name in recorded.mapped or known.injected
            if given_otherwise or known.default is not MISSING:
                continue
            if known.group:
                self._group_of_parameters(recorded, known.name)
                continue
            self.framework.problem(
                "ZC0226",
                f"step `{recorded.step.name}` needs the input `{known.name}`",
                recorded.span,
                label=f"`{known.name}` is missing",
                labels=[Label(known.span, "it has no default")] if known.span is not None else [],
            )

    def _find(self, recorded: Recorded) -> None:
        """See that the step's function is found where it runs; defaults that it would not have there become
        parameters."""
        step = recorded.step
        found = self.steps.entrypoint(self.framework.evaluator, step.subject)
        if found.hidden:
            self.framework.problem(
                "ZC0206",
                f"the function of step `{step.name}` can't be found where it runs",
                step.span,
                notes=f"a step is imported by its name, and `{found.path.replace(':', '.')}` means something else",
                helps="give the two different names",
                labels=[Label(found.by, "the name means this when the module has run")] if found.by else [],
            )
        function = step.subject.function
        if function is None or step.subject.class_ is not None or not function.is_top_level:
            return
        self._import_alone(step.name, function, recorded.span)
        written = defaults_of(function)
        for known in step.shape.inputs.values():
            if known.name not in written or known.name in recorded.inputs or known.injected:
                continue
            if found.again or self._differs(function, known.name, known.default, written[known.name]):
                what = f"the default of `{known.name}` of step `{step.name}`"
                lowered = arguments.lower(
                    known.default, known.span or recorded.span, self.context, what, self.framework
                )
                if lowered is not None:
                    recorded.inputs[known.name] = lowered

    def _differs(self, function: Function, name: str, default: Value, written: ast.expr) -> bool:
        """Whether a default, known now, is another one where the step runs."""
        if is_written_out(written) or type(default) not in _PLAIN:
            return False
        then = self.rehearsals.default(function, name)
        return type(then) in _PLAIN and repr(then) != repr(default)

    def _import_alone(self, name: str, function: Function, span: Span) -> None:
        """Where modules import each other in a circle, see that the step's module can be the first."""
        if not self.framework.evaluator.circles or function.module.file is None:
            return
        failure = self.rehearsals.failure(function.module)
        if failure is not None:
            self.framework.problem(
                "ZC0206",
                f"step `{name}` can't be imported where it runs",
                failure.span or span,
                label="raised here when its module is imported first",
                notes=f"{failure.message}: modules that import each other were imported in another order here",
                helps="move what they need of each other into a third module",
            )

    def _configured(self, recorded: Recorded, name: str, value: Value, options: Options, section: str) -> None:
        span = options.span(section, name) or recorded.span
        lowered = arguments.lower(value, span, self.context, f"`{name}` of step `{recorded.step.name}`", self.framework)
        if lowered is None:
            return
        recorded.inputs[name] = lowered
        wanted = recorded.step.shape.inputs.get(name)
        if wanted is not None and isinstance(lowered, Literal):
            check_parameter(self.framework, recorded.step, wanted, self.context.force(value), span)

    def _conflict(self, recorded: Recorded, name: str, value: Value, over: Options) -> None:
        explicit = self.context.force(recorded.explicit[name])
        if explicit == value or (isinstance(explicit, Unknown) and explicit.reported):
            return
        self.report.error(
            "ZC0309",
            f"`{name}` of step `{recorded.id}` is {value!r} in the configuration, and something else in the call",
            over.span("parameters", name) or recorded.span,
            labels=[Label(recorded.places.get(name, recorded.span), "given here, too")],
            helps="take it out of one of the two",
        )

    def _field_of_configuration(
        self, recorded: Recorded, group: StepInput, name: str, value: Value, over: Options
    ) -> None:
        """A field of the step's group of parameters that the run configuration gives."""
        made_with = recorded.step.made_with
        if made_with is not None and group.name in recorded.places and self.pipeline.run.config_gives_way:
            held = recorded.inputs[group.name]
            fields = (
                held.value.get("keywords", {}) if isinstance(held, Literal) and isinstance(held.value, dict) else {}
            )
            if fields.get(name, MISSING) != value:
                self.report.error(
                    "ZC0309",
                    f"`{name}` of step `{recorded.id}` is {value!r} in the configuration, and something else in "
                    f"`{group.name}`",
                    over.span("parameters", name) or recorded.span,
                    labels=[Label(made_with.span, "the step is made with it here")],
                    helps="take it out of one of the two, or give `with_config` `overwrite_step_parameters=True`",
                )
                return
        self._field(recorded, group, name, value, over)

    def _field(self, recorded: Recorded, group: StepInput, name: str, value: Value, options: Options) -> None:
        """A field of the step's group of parameters."""
        span = options.span("parameters", name) or recorded.span
        what = f"`{name}` of `{group.name}` of step `{recorded.step.name}`"
        lowered = arguments.lower(value, span, self.context, what, self.framework)
        self._group_of_parameters(recorded, group.name)
        held = recorded.inputs[group.name]
        if not isinstance(lowered, Literal) or not isinstance(held, Literal) or not isinstance(held.value, dict):
            if lowered is not None:
                self.framework.problem("ZC0220", f"{what} takes plain data", span)
            return
        keywords = {**held.value.get("keywords", {}), name: lowered.value}
        shown = None if held.held is None else {**held.held, name: lowered.value}
        recorded.inputs[group.name] = held.model_copy(
            update={"value": {**held.value, "keywords": keywords}, "held": shown}
        )

    def _group_of_parameters(self, recorded: Recorded, name: str) -> None:
        if name in recorded.inputs:
            return
        known = recorded.step.shape.inputs[name]
        value = {"$": "model", "class": known.group, "keywords": {}}
        shown = None if known.model is None else self._fields_of(known.model)
        recorded.inputs[name] = Literal(value=value, held=shown, span=recorded.span)

    def _fields_of(self, model: Class) -> dict[str, Any] | None:
        """The fields of a group of parameters that is made of nothing."""
        made = self.context.evaluator.guard(lambda: self.context.call(model), self.context.module)
        return arguments.held_by(made, self.context) if holds_objects(made) else None

    # parameters

    def _parameters(self) -> list[Parameter]:
        return [self._parameter(p) for p in self.recording.parameters.values()]

    def _parameter(self, parameter: PipelineParameter) -> Parameter:
        value = self._literal(parameter, parameter.before if parameter.forced else parameter.value)
        bound = parameter.forced and value is not None
        if bound:
            self.report.note(
                "ZC0229",
                f"parameter `{parameter.name}` is fixed when compiling",
                parameter.reason_span,
                label="decides something here",
                helps=f"give another value with --param {parameter.name}=VALUE, and compile again",
            )
        return Parameter.model_construct(
            name=parameter.name,
            type=parameter.annotation.type,
            default=value,
            bound="compile" if bound else "runtime",
            value=value if bound else None,
            reason=parameter.reason if bound else "",
            reason_span=parameter.reason_span if bound else None,
            span=parameter.span,
        )

    def _literal(self, parameter: PipelineParameter, value: Value) -> Literal | None:
        if value is MISSING or (isinstance(value, Unknown) and value.reported):
            return None
        lowered = arguments.lower(
            value, parameter.span, self.context, f"the parameter `{parameter.name}`", self.framework
        )
        return lowered if isinstance(lowered, Literal) else None

    # invocations

    def _invocation(self, recorded: Recorded, fields: dict[str, Any], fixed: dict[str, Literal]) -> Invocation:
        inputs = recorded.inputs
        if fixed:
            inputs = {name: _fix(value, fixed) for name, value in inputs.items()}
        if recorded.nested is not None:
            fields = {**fields, "group": _inside(recorded.nested, fields["group"])}
        return Invocation.model_construct(
            id=recorded.id,
            step=self.steps.key(recorded),
            inputs=inputs,
            after=tuple(sorted({id_ for id_, _ in recorded.after})),
            span=recorded.span,
            **fields,
        )

    def _order(self, built: dict[str, Invocation], controls: tuple[Map | Condition, ...]) -> list[str]:
        graph = upstream(built.values(), controls)
        ordered = [id_ for layer in layers(graph) for id_ in layer]
        if len(ordered) < len(graph):
            self._circle(cycle(graph))
        return ordered

    def _circle(self, ids: tuple[str, ...]) -> None:
        """Report invocations of which each waits for the next, and the last for the first."""
        recorded = self.recording.invocations[ids[0]]
        span = next((s for other, s in recorded.after if other in ids), recorded.span)
        self.report.error(
            "ZC0227",
            "invocations wait for each other: " + " → ".join(f"`{id_}`" for id_ in (*reversed(ids), ids[-1])),
            span,
            helps="take one `after=` away",
        )

    # of the pipeline

    def _schedule(self) -> Schedule | None:
        value = self.evaluated.schedule
        if value is None:
            return None
        span = self.pipeline.run.spans.get("schedule") or self.evaluated.options.span("schedule")
        places = {
            path[1]: at for path, at in self.evaluated.options.spans.items() if path[0] == "schedule" and path[1:]
        }
        return lower_schedule(value, span, self.plain, places)

    def _mode(self, options: Options) -> Any:
        value = options.get("execution_mode")
        if value is None:
            return "stop_on_failure" if self.pipeline.dynamic else "continue_on_failure"
        value = self.plain.known(value, "`execution_mode`", options.span("execution_mode"))
        if value in _MODES:
            return value
        self.framework.problem(
            "ZC0321",
            f"`{value}` is no execution mode",
            options.span("execution_mode"),
            helps=f"use one of {', '.join(_MODES)}",
        )
        return "continue_on_failure"

    def _run_name(self, options: Options) -> str | None:
        value = self.evaluated.run_name
        if value is None:
            return None
        span = self.pipeline.run.spans.get("run_name") or options.span("run_name")
        if isinstance(value, Unknown):
            if not value.reported:
                self.framework.ignore("run_name", f"not known when compiling: {value.reason}", span)
            return None
        name = self.plain.known(value, "`run_name`", span)
        if name is None:
            return None
        known = {"date", "time", *(options.get("substitutions") or {})}
        for placeholder in _PLACEHOLDER.findall(str(name)):
            if placeholder not in known:
                self.framework.problem(
                    "ZC0322",
                    f"nothing gives a value to `{{{placeholder}}}` in the run's name",
                    span,
                    helps=f'use `{{date}}` or `{{time}}`, or `substitutions={{"{placeholder}": …}}`',
                )
        return str(name)


def _fix_control(control: Map | Condition, fixed: dict[str, Literal]) -> Map | Condition:
    if isinstance(control, Map):
        over = {name: _fix(value, fixed) for name, value in control.over.items()}
        return control.model_copy(update={"over": over}) if fixed else control
    return control.model_copy(update={"test": _fix(control.test, fixed)}) if fixed else control


def _fix(value: InputValue, fixed: dict[str, Literal]) -> InputValue:
    """`value` with references to parameters that are fixed replaced by their values."""
    if isinstance(value, ParameterRef):
        literal = fixed.get(value.name)
        return value if literal is None else literal.model_copy(update={"span": value.span})
    if isinstance(value, ListValue):
        items = tuple(_fix(item, fixed) for item in value.items)
        known = [item for item in items if isinstance(item, Literal)]
        if len(known) == len(items):
            values = [item.value for item in known]
            held = [item.shown for item in known] if any(item.held is not None for item in known) else None
            made = {"$": "tuple", "items": values} if value.is_tuple else values
            return Literal(value=made, held=held, span=value.span)
        return value.model_copy(update={"items": items})
    if isinstance(value, Mapping):
        entries = {key: _fix(item, fixed) for key, item in value.items.items()}
        known_items = {key: item for key, item in entries.items() if isinstance(item, Literal)}
        if len(known_items) == len(entries):
            plain = {key: item.value for key, item in known_items.items()}
            held_items = {key: item.shown for key, item in known_items.items()}
            is_held = "$" not in plain and any(item.held is not None for item in known_items.values())
            pairs = [[key, item] for key, item in plain.items()]
            return Literal(
                value={"$": "dict", "items": pairs} if "$" in plain else plain,
                held=held_items if is_held else None,
                span=value.span,
            )
        return value.model_copy(update={"items": entries})
    return with_parts(value, lambda one: _fix(one, fixed))


def _inside(nested: Group, group: Group | None) -> Group:
    """The group of an invocation that a pipeline inside of another one has made."""
    if group is None:
        return nested
    return Group(id=f"{nested.id}.{group.id}", name=group.name, parent=nested)
