"""The framework's modules, as the evaluator imports them.

Names are found by their last part, whatever module they are asked from: they moved between releases, and re-exports are
common. A name without a model is inert.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zencompile.frontend.framework import records
from zencompile.frontend.framework.contexts import get_pipeline_context
from zencompile.frontend.framework.definitions import Subject
from zencompile.frontend.framework.handles import LookupHandle, unmapped
from zencompile.frontend.framework.integrations import CONSTANTS, INTEGRATIONS, STEPS
from zencompile.frontend.framework.opaque import Inert, Name
from zencompile.frontend.framework.options import EMPTY
from zencompile.frontend.framework.pipelines import BasePipeline, PipelineDecorator
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.framework.steps import BaseStep, DetachedStep, StepDecorator, StepObject
from zencompile.frontend.values import Class, Context, EnumMember, Function, NativeFunction, NativeObject, Symbol, Value

ROOTS = ("zenml", "zencompile")
_EFFECTS = [
    "log_metadata",
    "bulk_log_metadata",
    "log_artifact_metadata",
    "log_model_metadata",
    "log_step_metadata",
    "save_artifact",
    "register_artifact",
    "link_artifact_to_model",
    "add_tags",
    "remove_tags",
    "run_hook",
    "show",
    "show_dashboard",
    "wait",
    "cleanup_gpu_memory",
    "initialize_integrations",
    "handle_bool_env_var",
    "set_global_seed",
]
_ENUMS = {
    "ExecutionMode": {m.upper(): m for m in ("fail_fast", "stop_on_failure", "continue_on_failure")},
    "ModelStages": {"NONE": "none", "STAGING": "staging", "PRODUCTION": "production", "ARCHIVED": "archived",
                    "LATEST": "latest"},
    "ArtifactType": {"BASE": "BaseArtifact", "DATA": "DataArtifact", "DATA_ANALYSIS": "DataAnalysisArtifact",
                     "MODEL": "ModelArtifact", "SCHEMA": "SchemaArtifact", "SERVICE": "ServiceArtifact",
                     "STATISTICS": "StatisticsArtifact"},
    "VisualizationType": {m.upper(): m for m in ("csv", "html", "image", "markdown", "json")},
    "StepRuntime": {"INLINE": "inline", "ISOLATED": "isolated"},
    "PythonPackageInstaller": {"PIP": "pip", "UV": "uv"},
    "PythonEnvironmentExportMethod": {"PIP_FREEZE": "pip_freeze", "POETRY_EXPORT": "poetry_export",
                                      "UV_FREEZE": "uv_freeze"},
    "SourceFileMode": {m.upper(): m for m in ("include", "download", "download_or_include", "ignore")},
    "StepType": {"TOOL_CALL": "tool_call", "LLM_CALL": "llm_call", "MEMORY_CALL": "memory_call"},
    "ColorVariants": {c.upper(): c for c in ("grey", "purple", "red", "green", "yellow", "orange", "lime", "teal",
                                             "turquoise", "magenta", "blue")},
}  # fmt: skip
_RECORDS = (
    records.DOCKER, records.RESOURCES, records.SCHEDULE, records.RETRY, records.CACHE_POLICY, records.MODEL,
    records.ARTIFACT_CONFIG, records.EXTERNAL, records.TAG, records.GROUP, records.BUILD_CONFIG, records.BUILD_OPTIONS,
    records.DEPLOYMENT,
)  # fmt: skip
_ALIASES = {"ModelVersion": records.MODEL, "ModelConfig": records.MODEL, "DockerConfiguration": records.DOCKER,
            "ResourceConfiguration": records.RESOURCES,
            "StepConfigurationUpdate": records.component_settings("zenml.config.StepConfigurationUpdate"),
            "PipelineConfigurationUpdate": records.component_settings("zenml.config.PipelineConfigurationUpdate"),
            "PipelineRunConfiguration": records.component_settings("zenml.config.PipelineRunConfiguration"),
            "OutputSignature": None}  # fmt: skip
_STEP_CLASSES = frozenset(
    ["PandasAnalyzer", "PandasDatasource", "SklearnEvaluator", "SklearnSplitter", "SklearnStandardScaler",
     "TensorflowBinaryClassifier"]
)  # fmt: skip
_SUBMODULES = frozenset(
    [
        "steps",
        "pipelines",
        "config",
        "client",
        "enums",
        "types",
        "materializers",
        "artifacts",
        "logger",
        "io",
        "utils",
        "hooks",
        "integrations",
        "model",
        "models",
        "orchestrators",
        "metadata",
        "environment",
        "post_execution",
        "repository",
        "new",
        "core",
        "stack",
        "alerter",
        "data_validators",
    ]
)


class FrameworkModule(Name):
    """A module of the framework; any attribute of it is the framework's name of that spelling, or inert."""

    __slots__ = ("_names",)
    type_name = "module"

    def __init__(self, path: str, names: Names) -> None:
        super().__init__(path)
        self._names = names

    def get_attribute(self, name: str, context: Context) -> Value:
        return self._names.get(self.path, name)

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
        self._factories: dict[str, Callable[[], Value]] = {
            "step": lambda: StepDecorator(framework),
            "pipeline": lambda: PipelineDecorator(framework),
            "BaseStep": lambda: BaseStep(framework),
            "BasePipeline": lambda: BasePipeline(framework),
            "TrainingPipeline": lambda: Obsolete("TrainingPipeline"),
            "NLPPipeline": lambda: Obsolete("NLPPipeline"),
            "CommandStep": lambda: CommandStep(framework),
            "BaseParameters": lambda: parameters_class("BaseParameters"),
            "BaseStepConfig": lambda: parameters_class("BaseStepConfig"),
            "get_pipeline_context": lambda: get_pipeline_context(framework),
            "get_step_context": lambda: _returning("get_step_context", Inert("step context")),
            "get_logger": lambda: _returning("get_logger", Inert("logger")),
            "Client": lambda: ClientClass("Client"),
            "Repository": lambda: ClientClass("Repository"),
            "load_artifact": lambda: NativeFunction("load_artifact", _load_artifact),
            "DEFAULT_SERVICE_START_STOP_TIMEOUT": lambda: 60,
            "unmapped": lambda: NativeFunction("unmapped", unmapped),
            "run_with_accelerate": lambda: PassingDecorator("run_with_accelerate"),
            "enable_mlflow": lambda: PassingDecorator("enable_mlflow"),
            "enable_wandb": lambda: PassingDecorator("enable_wandb"),
            **{name: (lambda name=name: _returning(name, None)) for name in _EFFECTS},  # type: ignore[misc]
            **{name: (lambda name=name: enum_class(name)) for name in _ENUMS},  # type: ignore[misc]
            **{r.name: (lambda r=r: r) for r in _RECORDS},  # type: ignore[misc]
            **{n: (lambda r=r: r) for n, r in _ALIASES.items() if r is not None},  # type: ignore[misc]
        }

    def module(self, path: str) -> FrameworkModule:
        found = self._modules.get(path)
        if found is None:
            found = self._modules[path] = FrameworkModule(path, self)
        return found

    def models(self, name: str) -> bool:
        """Whether a name is known to be the framework's."""
        return name in self._factories or name in STEPS or name.endswith("Settings")

    def get(self, module: str, name: str) -> Value:
        made = self._made.get(name)
        if made is not None:
            return made
        factory = self._factories.get(name)
        if factory is not None:
            value = self._made[name] = factory()
            return value
        return self._other(module, name)

    def _other(self, module: str, name: str) -> Value:
        path = f"{module}.{name}"
        if name.startswith("__") and name.endswith("__"):
            return path if name == "__name__" else Symbol(path)
        if module.startswith(("zenml.integrations", "zencompile.integrations")):
            return self._integration(module, name, path)
        if name in _SUBMODULES or (name.islower() and module in ROOTS):
            return self.module(path)
        if name.endswith("Settings"):
            value = self._made[name] = records.component_settings(path)
            return value
        return self.module(path) if name.islower() else Name(path)

    def _integration(self, module: str, name: str, path: str) -> Value:
        if module.endswith(".constants") and name.isupper():
            return CONSTANTS.get(name, name.lower())
        if name in STEPS or (name.endswith("_step") and ".steps" in module):
            module, inputs = STEPS.get(name, (module, ()))
            subject = Subject(self._framework.evaluator, path=f"{module}.{name}", inputs=inputs)
            self._made[name] = StepObject(self._framework, subject, EMPTY, None)
            return self._made[name]
        if ".steps" in module and (name.endswith("Step") or name in _STEP_CLASSES):
            self._made[name] = StepClassOfIntegration(self._framework, path)
            return self._made[name]
        if name.endswith("Settings") and name[0].isupper():
            value = self._made[name] = records.component_settings(path)
            return value
        if name in INTEGRATIONS or name.islower():
            return self.module(path)
        return Name(path)


class FrameworkProvider:
    """Gives the framework's modules to the evaluator."""

    def __init__(self, framework: Framework) -> None:
        self._names = Names(framework)

    def module(self, dotted: str) -> Value | None:
        if dotted.partition(".")[0] not in ROOTS:
            return None
        return self._names.module(dotted)

    def decorated(self, decorator: Value, target: Function | Class, context: Context) -> Value:
        return target


def _returning(name: str, value: Value) -> NativeFunction:
    return NativeFunction(name, lambda arguments, keywords, context: value)


class ClientClass(NativeObject):
    """`Client`, of which an object asks a server: everything on it is a look-up."""

    type_name = "class"

    def __init__(self, name: str) -> None:
        self.name = name
        self.path = f"zenml.client.{name}"

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return LookupHandle("client", (), f"{self.name}()", context.span)

    def get_attribute(self, name: str, context: Context) -> Value:
        return LookupHandle("client", (), f"{self.name}()", context.span).get_attribute(name, context)


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
        return DetachedStep(StepObject(self.framework, Subject(self.framework.evaluator, path=self.path), EMPTY, None))


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


def enum_class(name: str) -> Class:
    """One of the framework's text enums."""
    made = Class(name, name, None, None, (str,))
    made.kind = "enum"
    made.options["text is value"] = True
    for member, value in _ENUMS[name].items():
        made.members[member] = made.namespace[member] = EnumMember(made, member, value, str)
    return made
