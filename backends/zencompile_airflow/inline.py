"""Steps as TaskFlow functions with the user's own text: what can be one, its function, and the call that makes a task.

A function of ours stands around the user's, so that nothing of the user's runs when a scheduler reads the file. What
such steps hand on is JSON in an XCom, checked where it is returned; what JSON can't hold exactly is refused.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import (
    InlineText,
    Invocation,
    ListValue,
    Literal,
    OutputRef,
    ParameterRef,
    Pipeline,
    Step,
    Type,
    Value,
    leaves,
)
from zencompile.ir import Mapping as MappingValue
from zencompile_airflow.inline_values import NotExact, check_type, fitted, kinds, same
from zencompile_airflow.model import Function
from zencompile_airflow.plan import Plan
from zencompile_airflow.templating import plain
from zencompile_templates.names import Namespace
from zencompile_templates.python import Call, Code, py

# What TaskFlow gives a function by these names, in any of the versions.
_CONTEXT_NAMES = """
conf conn dag dag_run data_interval_end data_interval_start ds ds_nodash exception execution_date expanded_ti_count
inlet_events inlets logical_date macros map_index_template next_ds next_ds_nodash next_execution_date outlet_events
outlets params prev_data_interval_end_success prev_data_interval_start_success prev_ds prev_ds_nodash
prev_end_date_success prev_execution_date prev_execution_date_success prev_start_date_success reason run_id self
start_date task task_instance task_instance_key_str task_reschedule_count templates_dict test_mode ti tomorrow_ds
tomorrow_ds_nodash triggering_asset_events triggering_dataset_events try_number ts ts_nodash ts_nodash_with_tz var
yesterday_ds yesterday_ds_nodash
"""
_CONTEXT = frozenset(_CONTEXT_NAMES.split())
CHECK = "exact"
"""The function of the file that sees to it that what a step returns is what its annotation says, and makes text of it.

As text it comes out of every version's XCom, and every database, as it was: numbers in JSON may not, nor keys that
Airflow's own serialization uses.
"""
HANDED = "handed"
"""The function of the file that reads such a text."""


class Inline:
    """The inline steps of one pipeline."""

    def __init__(self, pipeline: Pipeline, tasks: Sequence[Plan], report: Report) -> None:
        self.pipeline, self.report = pipeline, report
        self.tasks = [task for task in tasks if task.operator == "inline"]
        self.ids = {task.invocation.id: task for task in self.tasks}
        self.fixed = {p.name: p.value for p in pipeline.parameters if p.bound == "compile" and p.value is not None}
        self.types = {p.name: p.type for p in pipeline.parameters}
        self.good = True
        if self.tasks:
            self._check_all([task for task in tasks if task.operator != "inline"])

    def _check_all(self, others: Sequence[Plan]) -> None:
        """Report, each at its line, the steps that can't be inline, and others that can't take what these give."""
        for task in self.tasks:
            try:
                self._check(task.invocation, self._step(task))
            except NotExact as error:
                self._refuse(task.invocation, str(error))
        for task in others:
            for name, value in task.invocation.inputs.items():
                inside = [one for one in leaves(value) if isinstance(one, OutputRef) and one.invocation in self.ids]
                if inside and (value.__class__ is not OutputRef or inside[0].item is not None):
                    self._refuse(task.invocation, f"its input `{name}` holds only a part of an inline step's output")

    def _step(self, task: Plan) -> Step:
        return self.pipeline.steps[task.invocation.step]

    def _refuse(self, invocation: Invocation, why: str) -> None:
        self.good = False
        step = self.pipeline.steps[invocation.step]
        span = step.inline.span if step.inline is not None and step.inline.refused else invocation.span
        self.report.error(
            "ZC0566",
            f"`{invocation.id}` can't be an inline step",
            span or invocation.span,
            label=why,
            helps='give it an operator of its own: `settings={"orchestrator.airflow": {"operator": "docker"}}`',
        )

    # -- what can be one --

    def _check(self, invocation: Invocation, step: Step) -> None:
        if step.inline is None or step.inline.refused:
            raise NotExact(step.inline.refused if step.inline is not None else "its text is not known")
        for what, given in self._asked(invocation, step).items():
            if given:
                raise NotExact(f"it has {what}")
        self._check_reach(invocation, step)
        self._check_names(step, step.inline)
        if len(step.outputs) > 1:
            raise NotExact("it has several outputs")
        for output in step.outputs:
            check_type(output.type)
        for known in step.inputs:
            list(self._argument(invocation, known.name, known.type))
            if known.name not in invocation.inputs and known.default is not None:
                _default(known.default, known.type)

    def _asked(self, invocation: Invocation, step: Step) -> dict[str, object]:
        """What a task of Airflow's own process can't give, each with whether the step asks for it."""
        image = self.pipeline.images.get(invocation.image or "")
        hooks = [name for name in type(invocation.hooks).model_fields if getattr(invocation.hooks, name)]
        hooks += [name for name in ("on_init", "on_cleanup") if getattr(self.pipeline.hooks, name)]
        return {
            "hooks, which the runtime calls": hooks,
            "secrets": invocation.secrets,
            "variables of its own": invocation.variables or (image is not None and image.variables),
            "resources, which a worker doesn't give": invocation.resources,
            "materializers, which the store uses": invocation.materializers
            or any(output.materializers for output in step.outputs),
            "an input that is looked up": any(not self._is_plain(value) for value in invocation.inputs.values()),
            "files of the project": step.closure.places,
            "packages of the system": image is not None and image.apt_packages,
            "artifacts with names or tags of their own": any(o.artifact or o.tags or o.metadata for o in step.outputs),
        }

    def _check_reach(self, invocation: Invocation, step: Step) -> None:
        """Raise `NotExact` if the step reaches what only its image or its process holds."""
        image = self.pipeline.images.get(invocation.image or "")
        own = image is not None and (image.dockerfile is not None or not image.build)
        if own and step.inline is not None and step.inline.imports:
            raise NotExact(f"it imports `{step.inline.imports[0]}`, which its own image holds")
        if step.closure.variables:
            raise NotExact(f"it reads the environment's `{step.closure.variables[0]}`")

    @staticmethod
    def _check_names(step: Step, text: InlineText) -> None:
        """Raise `NotExact` if a name means something else in the file than where it was written."""
        own = {text.function, *(known.name for known in step.inputs)}
        taken = any(name in own or any(name in line for line in text.before) for name in (CHECK, HANDED))
        if taken or len(own) <= len(step.inputs):
            raise NotExact("one of its names would hide another around it")
        for known in step.inputs:
            if known.name in _CONTEXT:
                raise NotExact(f"Airflow gives the name `{known.name}` a meaning of its own")

    @staticmethod
    def _is_plain(value: Value) -> bool:
        return isinstance(value, (Literal, OutputRef, ParameterRef, ListValue, MappingValue))

    # -- arguments --

    def _argument(self, invocation: Invocation, name: str, type_: Type) -> Iterator[object]:
        """The expression of an argument, if one is given. Raises `NotExact`."""
        value = invocation.inputs.get(name)
        if value is None:
            return
        try:
            yield self._expression(value, type_, name, invocation.step)
        except NotExact as error:
            raise NotExact(f"its input `{name}`: {error}") from None

    def _expression(self, value: Value, type_: Type, name: str, key: str) -> object:
        if isinstance(value, OutputRef):
            return self._handed(value, type_)
        if isinstance(value, ParameterRef) and value.name not in self.fixed:
            known = self.types[value.name]
            if not same(known, type_) and type_.name != "any":
                raise NotExact(f"the parameter `{value.name}` is converted for it")
            check_type(known)
            if known.name not in ("bool", "float", "int", "str"):
                raise NotExact(f"the trigger form gives no `{known.text or known.name}` as it is")
            if self._is_handed(name, key):
                raise NotExact("another call of the step gives it what a step returned")
            return Call("dag.param", (value.name,))
        return self._told(fitted(self._json(value), type_), name, key)

    def _told(self, value: Any, name: str, key: str) -> object:
        """The expression of a value that is known when compiling."""
        return _templated(json.dumps(value) if self._is_handed(name, key) else value)

    def _handed(self, value: OutputRef, type_: Type) -> object:
        task = self.ids.get(value.invocation)
        if task is None:
            raise NotExact(f"`{value.invocation}` runs elsewhere, and leaves its outputs in the store")
        if value.item is not None:
            raise NotExact("it is one element of an output")
        outputs = self._step(task).outputs
        if len(outputs) > 1:
            raise NotExact(f"`{value.invocation}` has several outputs")
        (output,) = outputs or (None,)
        if output is None or not (same(output.type, type_) or type_.name == "any"):
            given = "nothing" if output is None else f"`{output.type.text or output.type.name}`"
            raise NotExact(f"`{value.invocation}` gives {given}, which would be converted")
        return Code(value.invocation)  # the variable is known later

    def _json(self, value: Value) -> Any:
        """The JSON of a value that is known when compiling."""
        if isinstance(value, Literal):
            return value.value
        if isinstance(value, ParameterRef) and value.name in self.fixed:
            return self.fixed[value.name].value
        if isinstance(value, ListValue) and not value.is_tuple:
            return [self._json(item) for item in value.items]
        if isinstance(value, MappingValue):
            return {key: self._json(item) for key, item in value.items.items()}
        raise NotExact("only the run knows a part of it")

    # -- text --

    def functions(self, names: Namespace) -> list[Function]:
        """A function for each step, in the order of their first tasks; none if one was refused."""
        if not self.good:
            return []
        steps = dict.fromkeys(task.invocation.step for task in self.tasks)
        return [self._function(self.pipeline.steps[key], key, names) for key in steps]

    def _function(self, step: Step, key: str, names: Namespace) -> Function:
        text = step.inline
        assert text is not None
        task = next(task for task in self.tasks if task.invocation.step == key)
        wanted = self._requirements(task, step)
        result = Call(text.function, (), {i.name: self._converted(i.name, i.type, key) for i in self._taken(step, key)})
        checked = kinds(step.outputs[0].type) if step.outputs else ["type(None)"]
        return Function(
            name=names.of(f"{step.name}_task", ("inline", key)),
            decorator=Call("task.virtualenv", (), wanted) if wanted else Code("task"),
            parameters=tuple(i.name for i in self._taken(step, key)),
            docstring=(step.docstring or "").strip().partition("\n")[0] or f"The step `{step.name}`.",
            function=text,
            result=Call(CHECK, (result, *(Code(one) for one in checked))),
            alone=bool(wanted),
            hands=any(self._is_handed(known.name, key) for known in self._taken(step, key)),
        )

    def needs(self) -> list[str]:
        """What must be there, besides what every Airflow has."""
        alone = any(self._requirements(task, self._step(task)) for task in self.tasks) if self.good else False
        return ["the package virtualenv beside Airflow 2"] * alone

    def _taken(self, step: Step, key: str) -> list[Any]:
        """The inputs that any task gives; the others take their defaults."""
        given = {name for task in self.tasks if task.invocation.step == key for name in task.invocation.inputs}
        return [known for known in step.inputs if known.name in given or _moved(known.default, known.type)]

    def _converted(self, name: str, type_: Type, key: str) -> Code:
        """An argument of the user's function. The trigger form says 1 for 1.0 and takes 1.0 for 1."""
        given = [task.invocation.inputs.get(name) for task in self.tasks if task.invocation.step == key]
        if self._is_handed(name, key):
            return Code(f"{HANDED}({name})")
        typed = any(isinstance(one, ParameterRef) and one.name not in self.fixed for one in given)
        return Code(f"{type_.name}({name})" if typed and type_.name in ("float", "int") else name)

    def _is_handed(self, name: str, key: str) -> bool:
        """Whether some task of a step is given what another step returned: all are given JSON then."""
        return any(
            isinstance(task.invocation.inputs.get(name), OutputRef)
            for task in self.tasks
            if task.invocation.step == key
        )

    def _requirements(self, task: Plan, step: Step) -> dict[str, object]:
        assert step.inline is not None
        image = self.pipeline.images.get(task.invocation.image or "")
        if not step.inline.imports or image is None:
            return {}
        return {
            "requirements": list(image.requirements),
            "python_version": image.python,
            "system_site_packages": False,
            "expect_airflow": False,
        }

    def call(self, task: Plan, names: Namespace, variables: Mapping[str, str]) -> Call:
        """The call that makes a task: the function with a task's settings, called with the step's arguments."""
        if not self.good:
            return Call("refused")
        key = task.invocation.step
        step = self.pipeline.steps[key]
        given: dict[str, object] = {}
        for known in self._taken(step, key):
            found = list(self._argument(task.invocation, known.name, known.type))
            if found:
                one = found[0]
                given[known.name] = Code(variables[str(one)]) if isinstance(one, Code) else one
            elif known.default is not None:
                given[known.name] = self._told(_default(known.default, known.type), known.name, key)
        settings = {"task_id": task.task_id, **task.keywords}
        function = names.of(f"{step.name}_task", ("inline", key))
        return Call(py(Call(f"{function}.override", (), settings)), (), given)

    def edges(self) -> set[tuple[str, str]]:
        """The edges that arguments make."""
        return {
            (value.invocation, task.invocation.id)
            for task in self.tasks
            for value in task.invocation.inputs.values()
            if isinstance(value, OutputRef)
        }


def _default(text: str, type_: Type) -> Any:
    """The value of a default as the step gets it."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        raise NotExact(f"the default `{text}` is no literal") from None
    return None if value is None else fitted(value, type_)


def _moved(default: str | None, type_: Type) -> bool:
    """Whether a default is another value once it is converted."""
    if default is None:
        return False
    try:
        return repr(_default(default, type_)) != repr(ast.literal_eval(default))
    except (NotExact, ValueError, SyntaxError):
        return False


def _templated(value: Any) -> Any:
    """A value of which Airflow renders every text."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list):
        return [_templated(item) for item in value]
    if isinstance(value, dict):
        return {key: _templated(item) for key, item in value.items()}
    return value
