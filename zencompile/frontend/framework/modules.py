"""The framework's modules, as the evaluator imports them.

Names are found by their last part, whatever module they are asked from: they moved between releases, and re-exports are
common. A name without a model is inert.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zencompile.frontend import surface
from zencompile.frontend.framework import spelling
from zencompile.frontend.framework.attributes import near_miss
from zencompile.frontend.framework.built_in import BuiltInClass, BuiltInStep, cloned
from zencompile.frontend.framework.contexts import get_pipeline_context, get_step_context
from zencompile.frontend.framework.definitions import Subject
from zencompile.frontend.framework.handing import only_looks, pipelines_in
from zencompile.frontend.framework.handles import LookupHandle, unmapped
from zencompile.frontend.framework.integrations import CONSTANTS, INTEGRATIONS
from zencompile.frontend.framework.opaque import Inert, Name
from zencompile.frontend.framework.options import EMPTY
from zencompile.frontend.framework.pipelines import BasePipeline, PipelineDecorator
from zencompile.frontend.framework.records import RecordClass, component_settings
from zencompile.frontend.framework.shape import GROUPS
from zencompile.frontend.framework.signatures import built_ins
from zencompile.frontend.framework.state import Framework, Handed
from zencompile.frontend.framework.steps import BaseStep, DetachedStep, StepDecorator, StepObject
from zencompile.frontend.values import Class, Context, EnumMember, Function, NativeFunction, NativeObject, Symbol, Value

ROOTS = ("zenml", "zencompile")
_WITH_STEPS = ("zenml.integrations", "zencompile.integrations", "zenml.steps", "zenml.alerter")
_INTERFACES = ("Alerter", "Analyzer", "Datasource", "DriftDetection", "Evaluator", "Preprocessor", "Split", "Trainer")
_QUIET = frozenset(["show", "show_dashboard", "cleanup_gpu_memory", "initialize_integrations", "handle_bool_env_var"])
"""Functions without a value whose effect nobody misses where it doesn't happen."""


class FrameworkModule(Name):
    """A module of the framework; any attribute of it is the framework's name of that spelling, or inert."""

    __slots__ = ("_names",)
    type_name = "module"

    def __init__(self, path: str, names: Names) -> None:
        super().__init__(path)
        self._names = names

    def get_attribute(self, name: str, context: Context) -> Value:
        if not spelling.is_known(name) and self.lacks(name):
            message = f"module '{self.path}' has no attribute '{name}'. Did you mean: '{spelling.near(name)}'?"
            raise context.raise_(AttributeError(message))
        if self._is_read and not spelling.is_known(name):
            self._names.tell_unknown(self.path, name, context)
        return self._names.get(self.path, name)

    def lacks(self, name: str) -> str:
        """Why `from module import name` fails in every release; empty if it may not."""
        if self.is_missing():
            return self.is_missing()
        if not self._is_read or spelling.is_known(name):
            return ""
        meant = spelling.near(name)
        return f"cannot import name '{name}' from '{self.path}'. Did you mean: '{meant}'?" if meant else ""

    def is_missing(self) -> str:
        """Why importing the module fails in every release; empty if it may not."""
        for part in self.path.split(".")[1:] if self._is_read else ():
            if not spelling.is_known(part) and spelling.near(part):
                return f"No module named '{self.path}'. Did you mean: '{spelling.near(part)}'?"
        return ""

    @property
    def _is_read(self) -> bool:
        """Whether it's a module whose names are known: those of integrations are not."""
        return self.path.partition(".")[0] in ROOTS and ".integrations" not in self.path

    def exports(self, name: str) -> bool:
        """Whether `from module import *` surely binds a name."""
        return self._names.models(name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FrameworkModule) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)


class Names:
    """The framework's names, made when they are first asked for."""

    def __init__(self, framework: Framework) -> None:
        self._framework = framework
        self._made: dict[str, Value] = {}
        self._modules: dict[str, FrameworkModule] = {}
        self._told: set[str] = set()
        self._models: dict[str, Callable[[], Value]] = {
            "step": lambda: StepDecorator(framework),
            "pipeline": lambda: PipelineDecorator(framework),
            "BaseStep": lambda: BaseStep(framework),
            "BasePipeline": lambda: BasePipeline(framework),
            "CommandStep": lambda: CommandStep(framework),
            **{f"Base{name}Step": (lambda: BaseStep(framework)) for name in _INTERFACES},
            **{name: (lambda name=name: parameters_class(name)) for name in GROUPS},  # type: ignore[misc]
            "clone_step": lambda: NativeFunction("clone_step", cloned),
            "get_pipeline_context": lambda: get_pipeline_context(framework),
            "get_step_context": lambda: get_step_context(framework),
            "Client": lambda: ClientClass("Client"),
            "Repository": lambda: ClientClass("Repository"),
            "load_artifact": lambda: NativeFunction("load_artifact", _load_artifact),
            "DEFAULT_SERVICE_START_STOP_TIMEOUT": lambda: 60,
            "unmapped": lambda: NativeFunction("unmapped", unmapped),
            "run_with_accelerate": lambda: PassingDecorator("run_with_accelerate"),
            "enable_mlflow": lambda: PassingDecorator("enable_mlflow"),
            "enable_wandb": lambda: PassingDecorator("enable_wandb"),
            "enable_whylogs": lambda: PassingDecorator("enable_whylogs"),
            "enable_whylabs": lambda: PassingDecorator("enable_whylabs"),
        }

    def module(self, path: str) -> FrameworkModule:
        found = self._modules.get(path)
        if found is None:
            found = self._modules[path] = FrameworkModule(path, self)
        return found

    def tell_unknown(self, module: str, name: str, context: Context) -> None:
        """Say once that nothing is known of a name."""
        if name in self._told:
            return
        self._told.add(name)
        context.report.warning(
            "ZC0270",
            f"`{module}` has no `{name}` that is known here",
            context.span,
            notes="no release that is read has it, so what is done with it has no effect on the pipeline",
            helps="is the name right? if it is your own module's, give that module another name than the framework's",
        )

    def models(self, name: str) -> bool:
        """Whether a name is known to be the framework's."""
        return name in surface.NAMES or name in built_ins() or name.endswith("Settings")

    def get(self, module: str, name: str) -> Value:
        self._framework.asked.setdefault(f"{module}.{name}" if module in ROOTS else name)
        made = self._made.get(name)
        if made is not None:
            return made
        built_in = built_ins().get(name) if module.startswith(_WITH_STEPS) else None
        if built_in is not None:
            made_of = BuiltInClass if built_in.is_class else BuiltInStep
            value = self._made[name] = made_of(self._framework, built_in)
            return value
        row = surface.NAMES.get(name)
        if row is None or row.kind == "named":
            return self._other(module, name)
        value = self._made[name] = self._of_row(row, f"{module}.{name}")
        return value

    def _of_row(self, row: surface.Name, path: str) -> Value:
        if row.kind == "model":
            return self._models[row.name]()
        if row.kind == "enum":
            return enum_class(row)
        if row.kind == "gone":
            return Obsolete(row.name)
        if row.name == "wait":
            return _waiting(self._framework)
        if row.kind == "effect":
            return _returning(row.name, None) if row.name in _QUIET else _acting(self._framework, row.name)
        if row.kind == "inert":
            return _returning(row.name, Inert(row.name.removeprefix("get_")))
        table = surface.TABLES[row.table]
        return RecordClass(table, "" if table.path else path)

    def _other(self, module: str, name: str) -> Value:
        path = f"{module}.{name}"
        if name.startswith("__") and name.endswith("__"):
            return path if name == "__name__" else Symbol(path)
        if module.startswith(("zenml.integrations", "zencompile.integrations")):
            return self._integration(module, name, path)
        if name in surface.SUBMODULES or (name.islower() and module in ROOTS):
            return self.module(path)
        if name.endswith("Settings"):
            value = self._made[name] = component_settings(path)
            return value
        return self.module(path) if name.islower() else Name(path)

    def _integration(self, module: str, name: str, path: str) -> Value:
        if module.endswith(".constants") and name.isupper():
            return CONSTANTS.get(name, name.lower())
        if name.endswith("_step") and ".steps" in module:
            subject = Subject(self._framework.evaluator, path=path)
            self._made[name] = StepObject(self._framework, subject, EMPTY, None)
            return self._made[name]
        if ".steps" in module and name.endswith("Step"):
            self._made[name] = StepClassOfIntegration(self._framework, path)
            return self._made[name]
        if name.endswith("Settings") and name[0].isupper():
            value = self._made[name] = component_settings(path)
            return value
        if name in INTEGRATIONS or name.islower():
            return self.module(path)
        return Name(path)


class FrameworkProvider:
    """Gives the framework's modules to the evaluator."""

    def __init__(self, framework: Framework) -> None:
        self._framework = framework
        self._names = Names(framework)

    def handed(self, path: str, given: list[Value], context: Context) -> None:
        """Code that is not read is called, and may call what it is given."""
        framework = self._framework
        if framework.runner is not None and framework.recording is None and not only_looks(path):
            for pipeline in pipelines_in(given):
                framework.handed.append(Handed(pipeline, path, context.span))

    def module(self, dotted: str) -> Value | None:
        if dotted.partition(".")[0] not in ROOTS:
            return None
        return self._names.module(dotted)

    def decorated(self, decorator: Value, target: Function | Class, context: Context) -> Value:
        return target


def _returning(name: str, value: Value) -> NativeFunction:
    return NativeFunction(name, lambda arguments, keywords, context: value)


def _waiting(framework: Framework) -> NativeFunction:
    """`wait`, with which the body of a dynamic pipeline waits until somebody answers; it raises anywhere else."""

    def act(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        if framework.recording is None:
            return context.unknown("`wait()` of the framework")
        context.report.error(
            "ZC0231",
            "what somebody answers to `wait()` is known only when the pipeline runs",
            context.span,
            notes="a run of what is compiled doesn't stop for an answer",
            helps="split the pipeline in two, and start the second one by hand",
        )
        return context.unknown("the answer to `wait()`", reported=True)

    return NativeFunction("wait", act)


_GIVING = frozenset({"run_hook", "save_artifact", "register_artifact"})
"""Functions that give the body something, or run code of the program in it."""


def _acting(framework: Framework, name: str) -> NativeFunction:
    """A function that changes something on the server: told of where a pipeline's body calls it."""

    def act(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        gives = name in _GIVING
        if framework.recording is not None:
            framework.recording.tell_of_call(name, context.span, is_statement=gives)
        return context.unknown(f"it is what `{name}()` gives") if gives else None

    return NativeFunction(name, act)


class ClientHandle(LookupHandle):
    """`Client()`, of which nothing has been asked yet."""

    __slots__ = ()

    def get_attribute(self, name: str, context: Context) -> Value:
        if self.written == "Client()":
            near_miss("Client", "Client", name, context)
        return super().get_attribute(name, context)


class ClientClass(NativeObject):
    """`Client`, of which an object asks a server: everything on it is a look-up."""

    type_name = "class"

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = f"zenml.client.{name}"

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return ClientHandle("client", (), f"{self.name}()", context.span)

    def get_attribute(self, name: str, context: Context) -> Value:
        return self.call([], {}, context).get_attribute(name, context)


def _load_artifact(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    """`load_artifact(name, version)` in a pipeline's body: the value, looked up when a step needs it."""
    client = LookupHandle("client", (), "Client()", context.span)
    version = context.get_attribute(client, "get_artifact_version")
    found = context.call(version, arguments, keywords)
    return context.call(context.get_attribute(found, "load"), [])


class PassingDecorator(NativeObject):
    """A decorator of an integration that changes how a step runs, not what it is: `run_with_accelerate(step, …)`."""

    type_name = "decorator"

    def __init__(self, name: str) -> None:
        self.name = name

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return arguments[0] if arguments else self

    def decorated(self, target: Any, context: Context) -> Value:
        return target


class StepClassOfIntegration(NativeObject):
    """A class-based step of an integration, of old releases: calling it makes a step."""

    type_name = "class"

    def __init__(self, framework: Framework, path: str) -> None:
        self.framework = framework
        self.path = path

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        step = StepObject(self.framework, Subject(self.framework.evaluator, path=self.path), EMPTY, None)
        return DetachedStep(step.made(arguments, keywords, context))


class CommandStep(NativeObject):
    """`CommandStep(command=…, name=…)`: a step that is a command of a container."""

    type_name = "class"
    path = "zenml.steps.CommandStep"

    def __init__(self, framework: Framework) -> None:
        self.framework = framework

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        context.report.error(
            "ZC0222",
            "a `CommandStep` runs on a step operator, which no target has",
            context.span,
            helps="write a step that runs the command with `subprocess`",
        )
        return context.unknown("the result of a command step", reported=True)


class Obsolete(NativeObject):
    """A class of the releases that were built on TFX, whose pipelines had no functions of the user's."""

    type_name = "class"

    def __init__(self, name: str) -> None:
        self.name = name

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        context.report.error(
            "ZC0233",
            f"`{self.name}` belongs to releases before 0.5, which were built on TFX",
            context.span,
            helps="write each of its components as a function under `@step`, and call them in one under `@pipeline`",
        )
        return context.unknown(f"a `{self.name}`", reported=True)


def parameters_class(name: str) -> Class:
    """The base class of groups of parameters in old code: a pydantic model without fields."""
    made = Class(name, name, None, None, (Symbol("pydantic.BaseModel"),))
    made.mro = (made, Symbol("pydantic.BaseModel"))
    made.kind = "pydantic"
    return made


def enum_class(row: surface.Name) -> Class:
    """One of the framework's text enums."""
    made = Class(row.name, row.name, None, None, (str,))
    made.kind = "enum"
    made.options["text is value"] = True
    for member, value in row.members:
        made.members[member] = made.namespace[member] = EnumMember(made, member, value, str)
    return made
