"""From the IR to the model of a local runner's script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import (
    CachePolicy,
    Condition,
    EnvironmentReference,
    External,
    Hooks,
    Invocation,
    Lookup,
    Map,
    OutputRef,
    Parameter,
    Pipeline,
    SecretReference,
    Variable,
    encode,
    leaves,
)
from zencompile.ir.environments import DIGITS, name_of
from zencompile.targets import Layout
from zencompile_local.model import Declaration, Entry, Field, Script
from zencompile_local.options import Options
from zencompile_local.values import Writer
from zencompile_templates.names import Namespace, dotted_name, python_name
from zencompile_templates.python import Call, Code

_RESERVED = """
    Decimal Either FromEnvironment FromSecret HERE If Literal Map Member Model PIPELINE Param Path Pipeline Step Symbol
    Test UUID Value datetime main sys
"""
# Modules that the script imports before its own folder is off the path: a script of such a name would hide them.
_SHADOWING = """
    abc codecs collections contextlib copyreg enum errno fnmatch functools genericpath glob io ipaddress itertools
    keyword math ntpath operator os pathlib posixpath re reprlib runpy site stat sys types urllib warnings
"""
_CACHE_DEFAULTS = CachePolicy()


def script_name(pipeline: Pipeline) -> str:
    """The file's name: the pipeline's, made valid."""
    name = dotted_name(pipeline.name, 200)
    return f"{name}_pipeline.py" if name in _SHADOWING.split() else f"{name}.py"


def lower(pipeline: Pipeline, options: Options, layout: Layout, report: Report) -> Script | None:
    """The script of `pipeline`."""
    _note_what_is_ignored(pipeline, options, report)
    if report.errors:
        return None
    return _Script(pipeline, options, layout).build()


class _Script:
    """Puts one script together: all its variables come from one namespace."""

    def __init__(self, pipeline: Pipeline, options: Options, layout: Layout) -> None:
        self.pipeline, self.options, self.layout = pipeline, options, layout
        names = Namespace(python_name, reserved=_RESERVED.split())
        self.variables = {one.name: names.of(one.name, one.name) for one in pipeline.parameters}
        self.writer = Writer(self.variables)
        self.common = _Common(pipeline, options)

    def build(self) -> Script:
        parameters = tuple(self._declaration(one) for one in self.pipeline.parameters)
        steps = tuple(self._step(one) for one in self.pipeline.invocations)
        controls = tuple(self._control(one) for one in self.pipeline.controls)
        fields = tuple(Field(name, value) for name, value in self._fields().items())
        names = {"Pipeline", "Step", "main", *self.writer.runner}
        if parameters:
            names.add("Param")
        return Script(
            self.layout.head,
            self._title(),
            (self.pipeline.docstring or "").strip(),
            tuple(self._usage()),
            tuple(_sorted_imports({"import sys", "from pathlib import Path", *self.writer.standard})),
            tuple(sorted(names, key=lambda name: (name.islower(), name))),
            f"{self.layout.build}/runtime" if self.layout.build != "." else "runtime",
            parameters,
            f"{self.pipeline.namespace}/{self.pipeline.name}",
            fields,
            steps,
            controls,
        )

    def _title(self) -> str:
        """What the file is; the head says where it comes from, but for a pipeline that another file defines."""
        pipeline = self.pipeline
        place = f" ({pipeline.source})" if pipeline.source != self.layout.source else ""
        return " ".join(f"Local runner of the pipeline `{pipeline.name}`{place}.".split())

    def _usage(self) -> Iterator[str]:
        name = script_name(self.pipeline)
        free = [one for one in self.pipeline.parameters if one.bound == "runtime"]
        calls = [(f"python {name}", "run it; what has not changed comes from the cache")]
        if free:
            calls.append((f"python {name} --param {free[0].name}=…", "with another value of a parameter"))
        calls.append((f"python {name} --help", "everything else"))
        width = max(len(call) for call, _ in calls)
        for call, meaning in calls:
            yield f"    {call:<{width}}  {meaning}"

    # -- the pipeline --------------------------------------------------------------------------------------------------

    def _fields(self) -> dict[str, object]:
        pipeline, options, writer = self.pipeline, self.options, self.writer
        lines = (pipeline.docstring or "").strip().splitlines()
        fields: dict[str, Any] = {
            "project": Code("HERE") if self.layout.project == "." else Code(f'HERE / "{self.layout.project}"'),
            "source": pipeline.source,
            "description": lines[0].strip() if lines else "",
            "parameters": [Code(variable) for variable in self.variables.values()],
            "store": options.store or self.layout.store,
            "executor": options.executor if options.executor != "process" else None,
            "executors": _executors(options),
            "isolation": options.isolation,
            "preload": list(options.preload),
            "jobs": options.jobs,
            "drift": options.drift if options.drift != "fail" else None,
            "run_name": pipeline.run_name,
            "mode": pipeline.execution_mode if pipeline.execution_mode != "continue_on_failure" else None,
            "on_init": pipeline.hooks.on_init.entrypoint if pipeline.hooks.on_init else None,
            "on_init_keywords": writer.literal(pipeline.hooks.on_init.keywords) if pipeline.hooks.on_init else None,
            "on_cleanup": pipeline.hooks.on_cleanup.entrypoint if pipeline.hooks.on_cleanup else None,
            "tags": list(pipeline.tags),
            **self._described(self.common.fields),
            "substitutions": pipeline.substitutions,
        }
        return {name: value for name, value in fields.items() if _says_something(name, value)}

    def _declaration(self, parameter: Parameter) -> Declaration:
        annotation = self.writer.annotation(parameter.type)
        keywords: dict[str, object] = {}
        if parameter.bound == "compile" and parameter.value is not None:
            keywords["fixed"] = self.writer.literal(parameter.value.value)
            if parameter.reason:
                keywords["reason"] = parameter.reason
        elif parameter.default is not None:
            keywords["default"] = self.writer.literal(parameter.default.value)
        positional = (parameter.name, *([annotation] if annotation is not None else []))
        return Declaration(self.variables[parameter.name], Call("Param", positional, keywords))

    # -- steps ---------------------------------------------------------------------------------------------------------

    def _step(self, invocation: Invocation) -> Entry:
        step = self.pipeline.steps[invocation.step]
        code = step.deployed if self.options.executor == "docker" else step.importable
        keywords: dict[str, Any] = {"code": code[:DIGITS], **self._data(invocation)}
        if invocation.after:
            keywords["after"] = list(invocation.after)
        if invocation.retry is not None and invocation.retry.max_retries:
            keywords["retries"] = invocation.retry.max_retries
            keywords["retry_delay"] = _number(invocation.retry.delay)
            keywords["retry_backoff"] = _number(invocation.retry.backoff)
        keywords["timeout"] = invocation.timeout
        for event in Hooks.model_fields:
            hook = getattr(invocation.hooks, event)
            if hook is not None and event not in ("on_init", "on_cleanup"):
                keywords[event] = hook.entrypoint
        keywords["materializers"] = self._materializers(invocation)
        keywords |= self._described(self.common.rest(invocation))
        keywords["substitutions"] = invocation.substitutions
        if not invocation.artifact_metadata:
            keywords["metadata"] = False
        if not invocation.artifact_visualization:
            keywords["visualization"] = False
        if invocation.resources is not None:
            keywords["cpus"] = invocation.resources.cpu
            keywords["memory"] = invocation.resources.memory
            keywords["gpus"] = invocation.resources.gpu
        said = {name: value for name, value in keywords.items() if _says_something(name, value)}
        return Entry(Call("Step", (invocation.id, step.entrypoint), said))

    def _data(self, invocation: Invocation) -> dict[str, Any]:
        """What the step's function gets, by where it comes from."""
        found: dict[str, dict[str, object]] = {"inputs": {}, "parameters": {}, "external": {}, "lookups": {}}
        for name, value in invocation.inputs.items():
            if isinstance(value, External):
                found["external"][name] = self.writer.value(value)
            elif isinstance(value, Lookup):
                found["lookups"][name] = self.writer.lookup(value)
            elif any(isinstance(leaf, OutputRef) for leaf in leaves(value)):
                found["inputs"][name] = self.writer.reference(value)
            else:
                found["parameters"][name] = self.writer.value(value)
        return dict(found)

    def _materializers(self, invocation: Invocation) -> dict[str, str | list[str]]:
        """Those that only this invocation has: the facts of code name the step's own."""
        return {
            name: list(sources) if len(sources) != 1 else sources[0]
            for name, sources in invocation.materializers.items()
        }

    def _described(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Fields of the IR as values of the plan."""
        found = dict(fields)
        if found.get("variables"):
            found["variables"] = {name: self._variable(value) for name, value in found["variables"].items()}
        for name in ("extra", "model"):
            if found.get(name):
                found[name] = self.writer.literal(encode(found[name]))  # plain data, in which `$` is a key
        return found

    def _variable(self, variable: Variable) -> object:
        if isinstance(variable, EnvironmentReference):
            self.writer.runner.add("FromEnvironment")
            return Call("FromEnvironment", (variable.name, *([] if variable.default is None else [variable.default])))
        if isinstance(variable, SecretReference):
            self.writer.runner.add("FromSecret")
            return Call("FromSecret", (variable.name, variable.key))
        return variable.value

    def _control(self, control: Map | Condition) -> Entry:
        if isinstance(control, Map):
            self.writer.runner.add("Map")
            over = {name: self.writer.reference(value) for name, value in control.over.items()}
            keywords: dict[str, object] = {"product": True} if control.product else {}
            return Entry(Call("Map", (control.id, over, list(control.body)), keywords))
        self.writer.runner.add("If")
        keywords = {"then": list(control.then), "otherwise": list(control.otherwise), "text": control.text}
        said = {name: value for name, value in keywords.items() if _says_something(name, value)}
        return Entry(Call("If", (control.id, self.writer.test(control.test)), said))


class _Common:
    """What every step has, and stands in the pipeline once: whole fields, or keys of dictionaries."""

    def __init__(self, pipeline: Pipeline, options: Options) -> None:
        self.pipeline, self.docker = pipeline, options.executor == "docker"
        own = [self._own(one) for one in pipeline.invocations]
        first = own[0] if len(own) > 1 else {}
        self.fields: dict[str, Any] = {}
        for name, value in first.items():
            if isinstance(value, dict) and name in ("variables", "extra"):
                shared = {k: v for k, v in value.items() if all(k in one[name] and one[name][k] == v for one in own)}
                self.fields[name] = shared
            elif all(one[name] == value for one in own):
                self.fields[name] = value
        hooks, variables = pipeline.hooks, pipeline.declared.variables
        if len(own) == 1 and variables and (hooks.on_init or hooks.on_cleanup):  # hooks of the run see them, too
            self.fields["variables"] = {k: v for k, v in variables.items() if own[0]["variables"].get(k) == v}

    def rest(self, invocation: Invocation) -> dict[str, Any]:
        """What of an invocation the pipeline does not say already."""
        found = {}
        for name, value in self._own(invocation).items():
            shared = self.fields.get(name)
            if name in ("variables", "extra"):
                found[name] = {k: v for k, v in value.items() if k not in (shared or {})}
            elif name not in self.fields:
                found[name] = value
        return found

    def _own(self, invocation: Invocation) -> dict[str, Any]:
        image = self.pipeline.images.get(invocation.image or "") if self.docker else None
        deployed = self.pipeline.steps[invocation.step].deployed
        return {
            "cache": _cache(invocation.cache),
            "variables": dict(invocation.variables),
            "secrets": list(invocation.secrets),
            "extra": dict(invocation.extra),
            "model": invocation.model if invocation.model is not None else self.pipeline.model,
            "image": name_of(image, deployed) if image is not None else None,
        }


def _cache(policy: CachePolicy) -> bool | dict[str, Any]:
    """False, or the fields that differ from the default; True if none does."""
    if not policy.enabled:
        return False
    changed = {
        name: list(value) if isinstance(value, tuple) else value
        for name in CachePolicy.model_fields
        if (value := getattr(policy, name)) != getattr(_CACHE_DEFAULTS, name)
    }
    return changed or True


def _says_something(name: str, value: Any) -> bool:
    """Whether a keyword differs from the plan's default."""
    if name == "cache":
        return value is not True
    if name in ("metadata", "visualization"):
        return True
    return value is not None and value != "" and value != [] and value != {} and value != 0


def _executors(options: Options) -> dict[str, object]:
    """The settings of executors that take some."""
    slurm = options.slurm.model_dump(exclude_defaults=True) if options.slurm else {}
    found: dict[str, Any] = {"dask": options.dask, "ray": options.ray, "slurm": slurm}
    if "options" in slurm:
        slurm["options"] = list(slurm["options"])
    return {name: value for name, value in found.items() if value}


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _sorted_imports(statements: set[str]) -> list[str]:
    """Plain imports first, each kind by its module, as isort has it."""
    return sorted(statements, key=lambda text: (text.startswith("from"), text.split()[1]))


def _note_what_is_ignored(pipeline: Pipeline, options: Options, report: Report) -> None:
    limited = [one for one in pipeline.invocations if one.resources is not None]
    if limited and options.executor in ("process", "in-process"):
        report.note(
            "ZC0532",
            "resources are not reserved when steps run as processes of this machine",
            limited[0].span,
            helps="`--set local.executor=docker` limits a step's container to them; dask, ray and slurm reserve them",
        )
