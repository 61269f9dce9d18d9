"""A pipeline as plain data: what a generated script writes down and the runner executes.

    gamma = Param("gamma", float, default=0.001)

    PIPELINE = Pipeline(
        "acme/digits",
        parameters=[gamma],
        steps=[
            Step("load", "run:load"),
            Step("train", "run:train", inputs={"data": ("load", "train")}, parameters={"gamma": gamma, "seed": 17}),
        ],
    )

In `inputs`, a tuple is an output of an invocation: ("load", "train"), or its fourth element: ("load", "train", 3). A
list or a dictionary may hold such tuples, `Either`s of them, parameters and `Value`s. Everywhere else values are Python
values; a class of the project, which this package can't import early, is a `Model` or a `Member`; a path of the project
is a `Project`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.store.layout import split

MODES = ("continue_on_failure", "stop_on_failure", "fail_fast")
REQUIRED: Any = type("Required", (), {"__repr__": lambda self: "REQUIRED"})()


@dataclass(frozen=True, eq=False)
class Param:
    """A parameter of the pipeline; where it stands as a value, the one that the run was given.

    `fixed` is the value of a parameter that the pipeline's structure depends on: it can't be given here, and `reason`
    says what used it.
    """

    name: str
    annotation: Any = Any
    default: Any = REQUIRED
    fixed: Any = REQUIRED
    reason: str = ""


@dataclass(frozen=True)
class Value:
    """A value among references, where a bare one could be mistaken for a reference."""

    value: Any


@dataclass(frozen=True)
class Either:
    """Of outputs of the branches of conditions, that of the branch that was taken; each is a tuple or an `Either`."""

    then: Any
    otherwise: Any


@dataclass(frozen=True)
class Stored:
    """An external value that the step gets as its materializer ("module:Class") stores it and loads it again."""

    value: Any
    materializer: str


@dataclass(frozen=True)
class Model:
    """An instance of a class of the project (a pydantic model, a dataclass), made when the step starts."""

    source: str  # "module:Class"
    keywords: Mapping[str, Any] = field(default_factory=dict)
    arguments: Sequence[Any] = ()


@dataclass(frozen=True)
class Symbol:
    """What a library calls so, imported when the step starts."""

    path: str  # "numpy.pi"


@dataclass(frozen=True)
class Computed:
    """A piece of Python that is evaluated when the step starts; names in it may be `given`."""

    text: str  # "numpy.pi * 2"
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Project:
    """A path of the project as text, wherever the project lies when the step runs.

    `text` is relative to the project's folder. With braces in it, it is a whole text in which `{project}` stands for
    the folder, `{project/..}` for the one above, and braces that are meant stand twice.
    """

    text: str

    @property
    def literal(self) -> Any:
        """The canonical literal."""
        text = self.text if "{" in self.text or "}" in self.text else _from_project(self.text)
        return {"$": "project", "text": text}


def _from_project(path: str) -> str:
    """A path relative to the project as a text of literals."""
    climbed, rest = "", path
    while rest == ".." or rest.startswith("../"):
        climbed, rest = f"{climbed}/..", rest[3:]
    return f"{{project{climbed}}}/{rest}" if rest not in ("", ".") else f"{{project{climbed}}}"


@dataclass(frozen=True)
class ProjectPath(Project):
    """The same as a `pathlib.Path`."""

    @property
    def literal(self) -> Any:
        """The canonical literal."""
        return {"$": "path", "text": super().literal}


@dataclass(frozen=True)
class Member:
    """A member of an enum of the project."""

    source: str  # "module:Class"
    name: str
    value: Any = None


@dataclass(frozen=True)
class FromEnvironment:
    """An environment variable's value that the caller's environment has; `default` stands in, without one it must be
    set.
    """

    name: str
    default: str | None = None


@dataclass(frozen=True)
class FromSecret:
    """An environment variable's value that lies under `key` of the secret `name`."""

    name: str
    key: str


@dataclass(frozen=True)
class Step:
    """An invocation of a step. `entrypoint` is "module:function", hooks too; `code` is the digest of the deployed code.

    `external` are values that become artifacts first, `lookups` are looked up when the step starts. `retries` counts
    the attempts after the first, `retry_delay` (seconds) is waited before the first of them and multiplied by
    `retry_backoff` each time. `timeout` is in seconds. `cache` is False, or the fields of a cache policy that differ
    from the default. `image` serves the docker executor; `cpus`, `memory` (bytes) and `gpus` those that hold steps to
    them. What is None, and what is not in `variables`, `secrets` and `extra`, is as the pipeline has it.
    """

    id: str
    entrypoint: str
    code: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    external: Mapping[str, Any] = field(default_factory=dict)
    lookups: Mapping[str, Any] = field(default_factory=dict)
    after: Sequence[str] = ()
    retries: int = 0
    retry_delay: float = 0
    retry_backoff: float = 0
    timeout: float | None = None
    cache: bool | Mapping[str, Any] | None = None
    on_start: str | None = None
    on_end: str | None = None
    on_success: str | None = None
    on_failure: str | None = None
    materializers: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    variables: Mapping[str, str | FromEnvironment | FromSecret] = field(default_factory=dict)
    secrets: Sequence[str] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, Any] | None = None
    substitutions: Mapping[str, str] = field(default_factory=dict)
    metadata: bool = True
    visualization: bool = True
    image: str | None = None
    cpus: float | None = None
    memory: int | None = None
    gpus: int | None = None

    @property
    def hooks(self) -> dict[str, str]:
        """The step's hooks by their event."""
        events = ("on_start", "on_end", "on_success", "on_failure")
        return {event: source for event in events if (source := getattr(self, event)) is not None}


@dataclass(frozen=True)
class Map:
    """Invocations that run once for each element of a sequence.

    `over` are inputs of the first invocation of `body`, as in a step's `inputs`: zipped, or, with `product`, in every
    combination, the last one fastest. Outside, an output of the body is the list of all that were made.
    """

    id: str
    over: Mapping[str, Any]
    body: Sequence[str]
    product: bool = False


@dataclass(frozen=True)
class Test:
    """A piece of Python that decides a condition: "3 < level". `values` are what its names stand for, as in a step's
    `inputs`.
    """

    __test__ = False  # no test of pytest

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class If:
    """Invocations that run only if a test holds, and others that run only if it doesn't. `text` is the test as
    written.
    """

    id: str
    test: Test
    then: Sequence[str] = ()
    otherwise: Sequence[str] = ()
    text: str = ""


Control = Map | If


@dataclass(frozen=True)
class Pipeline:
    """A pipeline. `name` is "namespace/name", `project` the source root, `source` the file that defines it there.

    `store` is where artifacts live, relative to the project; `.zencompile/store` by default. `mode` is one of `MODES`.
    `cache`, `variables`, `secrets`, `extra`, `model`, `substitutions` and `image` are what every step has.

    `executor` is one of `executors.NAMES`, `executors` has the settings of those that take some. `isolation` says what
    a step's process is: "fork" (of one that has only imported common libraries), or "full" (a new interpreter).
    `preload` are third-party modules to import once for all steps, besides those that are known to bear it. `drift`
    says whether a step is to "fail", or only to "warn", where the code is another than the one that it was compiled
    from.
    """

    name: str
    steps: Sequence[Step]
    parameters: Sequence[Param] = ()
    controls: Sequence[Control] = ()
    project: Path | str = "."
    source: str = ""
    store: str | None = None
    description: str = ""
    run_name: str | None = None
    mode: str = "continue_on_failure"
    on_init: str | None = None
    on_init_keywords: Mapping[str, Any] = field(default_factory=dict)
    on_cleanup: str | None = None
    tags: Sequence[str] = ()
    cache: bool | Mapping[str, Any] = True
    variables: Mapping[str, str | FromEnvironment | FromSecret] = field(default_factory=dict)
    secrets: Sequence[str] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, Any] | None = None
    substitutions: Mapping[str, str] = field(default_factory=dict)
    image: str | None = None
    executor: str = "process"
    executors: Mapping[str, Any] = field(default_factory=dict)
    isolation: str | None = None
    jobs: int | None = None
    preload: Sequence[str] = ()
    drift: str = "fail"

    def __post_init__(self) -> None:
        _check(self)

    @property
    def base_name(self) -> str:
        """The name without its namespace."""
        return split(self.name)[1]

    def step(self, id: str) -> Step | None:
        """The step of this id."""
        return next((one for one in self.steps if one.id == id), None)


def references(value: Any) -> Iterator[tuple[Any, ...]]:
    """Every reference to an output inside a value of `inputs`, or inside a test."""
    if isinstance(value, tuple):
        yield value
    elif isinstance(value, Either):
        yield from references(value.then)
        yield from references(value.otherwise)
    elif isinstance(value, Test):
        yield from references(dict(value.values))
    elif isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from references(item)


def choices(value: Any) -> Iterator[tuple[Any, ...]]:
    """Those references inside a value of which another one may stand for it."""
    if isinstance(value, Either):
        yield from references(value)
    elif isinstance(value, Test):
        yield from choices(dict(value.values))
    elif isinstance(value, (list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from choices(item)


def parameters_in(value: Any) -> Iterator[Param]:
    """Every parameter inside a value."""
    if isinstance(value, Param):
        yield value
    elif isinstance(value, (list, tuple, set, frozenset)):
        for item in value:
            yield from parameters_in(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from parameters_in(item)
    elif isinstance(value, Test):
        yield from parameters_in(value.values)
    elif isinstance(value, Model):
        yield from parameters_in([*value.arguments, *value.keywords.values()])


# -- checks ------------------------------------------------------------------------------------------------------------


def _check(plan: Pipeline) -> None:
    """Raise ConfigurationFault for what no run could make sense of. Cycles are found by `graph`."""
    ids = [node.id for node in (*plan.steps, *plan.controls)]
    names = [one.name for one in plan.parameters]
    _unique(ids, "invocation")
    _unique(names, "parameter")
    if plan.mode not in MODES:
        raise ConfigurationFault(f"no execution mode {plan.mode!r}", help=f"one of {', '.join(MODES)}")
    known = set(ids)
    declared = set(plan.parameters)
    for step in plan.steps:
        _known(step.id, (*_ids(step.inputs), *step.after), known)
        _declared(step.id, (step.inputs, step.parameters, step.external), declared)
    for control in plan.controls:
        if isinstance(control, Map):
            _known(control.id, (*_ids(control.over), *control.body), known)
            _declared(control.id, (control.over,), declared)
        else:
            _known(control.id, (*_ids(control.test), *control.then, *control.otherwise), known)
            _declared(control.id, (control.test,), declared)


def _ids(value: Any) -> tuple[str, ...]:
    return tuple(reference[0] for reference in references(dict(value) if isinstance(value, Mapping) else value))


def _unique(names: Sequence[str], what: str) -> None:
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ConfigurationFault(f"two {what}s are called {twice!r}")


def _known(node: str, ids: Sequence[str], known: set[str]) -> None:
    for id in ids:
        if id not in known:
            raise ConfigurationFault(f"{node!r} refers to {id!r}, which is no step of the pipeline")


def _declared(node: str, values: Sequence[Any], declared: set[Param]) -> None:
    for value in values:
        for param in parameters_in(value):
            if param not in declared:
                raise ConfigurationFault(
                    f"{node!r} uses the parameter {param.name!r}, which the pipeline doesn't declare"
                )


Convert = Callable[[Any], Any]


def literal(value: Any, given: Convert) -> Any:
    """`value` as a canonical literal; `given` answers for a parameter with the literal of its value."""
    from zencompile_runtime.values.literals import canonical, encode

    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return encode(value) if kind is float else value
    if kind is Param:
        return given(value)
    if kind is list:
        return [literal(item, given) for item in value]
    if kind is dict and "$" not in value and all(type(key) is str for key in value):
        return {key: literal(item, given) for key, item in value.items()}
    if kind is dict:
        return {"$": "dict", "items": [[literal(key, given), literal(item, given)] for key, item in value.items()]}
    if kind is tuple:
        return {"$": "tuple", "items": [literal(item, given) for item in value]}
    if kind is set or kind is frozenset:
        return {"$": kind.__name__, "items": sorted((literal(item, given) for item in value), key=canonical)}
    if kind is Model:
        keywords = {key: literal(item, given) for key, item in value.keywords.items()}
        made = {"$": "model", "class": value.source, "keywords": keywords}
        return {**made, "arguments": [literal(item, given) for item in value.arguments]} if value.arguments else made
    if isinstance(value, Project):
        return value.literal
    if kind is Symbol:
        return {"$": "symbol", "path": value.path}
    if kind is Computed:
        computed: dict[str, Any] = {"$": "expression", "text": value.text}
        names = {name: literal(item, given) for name, item in value.given.items()}
        return {**computed, "given": names} if names else computed
    if kind is Member:
        return {"$": "enum", "class": value.source, "name": value.name, "value": literal(value.value, given)}
    if kind is Value:
        return literal(value.value, given)
    if kind is Stored:
        return {"$": "external", "materializer": value.materializer, "value": literal(value.value, given)}
    return encode(value)
