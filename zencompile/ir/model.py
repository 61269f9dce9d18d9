"""The nodes of the IR that make up a pipeline: frozen pydantic models, JSON in and out without loss.

An invocation refers to its step and its environment by key, so a step that is called a thousand times is described
once. Every node that comes from a place in the user's source keeps its span.
"""

from __future__ import annotations

from typing import Annotated, Union
from typing import Literal as OneOf

from pydantic import Field

from zencompile.ir.environments import Environment, Image, Variable
from zencompile.ir.node import Json, Node
from zencompile.ir.values import Literal, OutputRef, Value
from zencompile.source import Span

SCHEMA_VERSION: OneOf[1] = 1


class Type(Node):
    """An annotation, as far as it can be known without importing anything.

    `name` is "any", "none", "bool", "int", "float", "str", "bytes", "list", "dict", "tuple", "set", "union" (Optional
    too), "literal", or the dotted path of a class ("pandas.DataFrame", "steps.models:Config" for one of the project).
    `what` tells what such a class is where its source was read; "alike" is a class that is taken for the builtin one
    that `name` says (`Sequence` for "list", `Mapping`, `frozenset`). `text` is the annotation as written, `limits` what
    `Annotated` says beside it: ge, gt, le, lt, multiple_of, min_length, max_length, pattern. `base` is the dotted path
    of the first class above one of the project that is none of the project.
    """

    name: str
    arguments: tuple[Type, ...] = ()
    values: tuple[Json, ...] = ()  # of "literal", and the member values of an enum
    what: OneOf["", "model", "dataclass", "enum", "class", "alike"] = ""
    text: str = ""
    limits: dict[str, Json] = {}
    base: str = ""


class Parameter(Node):
    """A parameter of the pipeline.

    A *runtime* parameter can be given when a run starts; a *compile* one was used by compile-time code (`reason` names
    the expression, `reason_span` its place), so its `value` is fixed in the output. `default` is None if there is none:
    a default of None is `Literal(value=None)`.
    """

    name: str
    type: Type
    default: Literal | None = None
    bound: OneOf["runtime", "compile"] = "runtime"
    value: Literal | None = None
    reason: str = ""
    reason_span: Span | None = None
    span: Span | None = None


class Input(Node):
    """An input of a step's function. `default` is the source text of its default, or None if it has none."""

    name: str
    type: Type
    default: str | None = None
    span: Span | None = None


class Output(Node):
    """An output of a step.

    `name` is the edge's name and may hold `{date}`, `{time}` and other substitutions; `artifact` is the configured
    catalogue name, None for the default (`pipeline::invocation::output`). `materializers` are "module:Class", tried in
    order; none means that the type selects one.
    """

    name: str
    type: Type
    artifact: str | None = None
    version: str | int | None = None
    artifact_type: str | None = None
    tags: tuple[str, ...] = ()
    metadata: dict[str, Json] = {}
    materializers: tuple[str, ...] = ()
    span: Span | None = None


class Closure(Node):
    """The code of the project that a step reaches.

    `files` are the files that hold it; `definitions` are "module:name" of each function, class and constant, and
    `digests`, one for each, tell which of them differ between two compilations; `imports` are third-party top-level
    modules and `distributions` the packages that provide them; `variables` are those of the environment that the code
    reads by name; `context` says whether the code may see how its step is
    configured (`get_step_context`), `metadata` whether it may tell facts about its step or its outputs
    (`log_metadata`); `widened` says why more than the reached definitions had to be taken, if so, and `named` are then
    those of the definitions that code names: the code digest covers these, and of the rest the cache knows what ran.
    `unread` tells that the code digest leaves out docstrings or annotations that another distribution could read, of
    which the code names none, `acting` that executing the files may do more than bind names: then the code digest
    covers a part of what the step depends on, and the cache knows all that was executed.

    `sources` are the files that the step's process can import, whether or not it does, and `parts` "file#part" of what
    counts of them besides the rest of each (`Module`); of `verbatim` sources every byte does. `places` are
    constant texts of all that which name files or folders of the project.
    """

    definitions: tuple[str, ...] = ()
    digests: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    context: bool = False
    metadata: bool = False
    unread: bool = False
    acting: bool = False
    widened: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    verbatim: bool = False
    places: tuple[str, ...] = ()


class Module(Node):
    """The digests of a module's parts by their names: "" is what counts for every step that can import it, the others
    are bodies of the functions in `separate`, or docstrings ("name.__doc__").
    """

    separate: tuple[str, ...] = ()
    parts: dict[str, str] = {}


class InlineText(Node):
    """A step's function as text for a function around it, where a target asked for that.

    `before` are the statements that it needs: imports and constants; `body` are the lines of the body without their
    common indentation, which those numbered in `verbatim` (from 0) never had; `imports` are third-party top-level
    modules and `distributions` those that have them. `refused` says why there is none.
    """

    function: str = ""
    parameters: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    verbatim: tuple[int, ...] = ()
    before: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ()
    refused: str = ""
    span: Span | None = None


class Step(Node):
    """A step's definition: what is called, not how.

    `entrypoint` is "module:function" (or "module:Class" of a class-based step); `code` is the SHA-256 over the step's
    closure, in hexadecimal; `deployed` that over all code that its process can import and all `data` (path relative to
    the source root → digest) that it may read, by which images and tasks are named; `importable` is that over the code
    alone. `values` are the digests of arguments that travel as files with the code (`ir.long_values`); `deployed` is
    over them, too.
    """

    name: str
    entrypoint: str
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    docstring: str | None = None
    code: str = ""
    deployed: str = ""
    importable: str = ""
    data: dict[str, str] = {}
    values: tuple[str, ...] = ()
    closure: Closure = Closure.model_construct()
    inline: InlineText | None = None
    span: Span | None = None


class Retry(Node):
    """`max_retries` attempts after the first; `delay` in seconds before the first retry, times `backoff` each time.

    0 retries were asked for, where an invocation without any leaves that to the engine.
    """

    max_retries: int
    delay: float = 0
    backoff: float = 0


class Resources(Node):
    """`cpu` in cores; `memory` in bytes, `memory_text` as written ("4GB"); `gpu_class` names a kind of GPU."""

    cpu: float | None = None
    gpu: int | None = None
    gpu_class: str | None = None
    memory: int | None = None
    memory_text: str = ""


class CachePolicy(Node):
    """When a step's earlier result may stand for a new run of it. `expires_after` is in seconds; `strict`: not where it
    used what can't be compared, such as the clock or the network.
    """

    enabled: bool = True
    include_step_code: bool = True
    include_step_parameters: bool = True
    include_artifact_values: bool = True
    include_artifact_ids: bool = True
    ignored_inputs: tuple[str, ...] = ()
    file_dependencies: tuple[str, ...] = ()
    source_dependencies: tuple[str, ...] = ()
    cache_function: str | None = None
    expires_after: int | None = None
    strict: bool = False


class Hook(Node):
    """A function that runs around a step or a run: "module:function", with keywords for `on_init`."""

    entrypoint: str
    keywords: dict[str, Json] = {}
    span: Span | None = None


class Hooks(Node):
    """Hooks by their event; for an invocation the first four, for a pipeline the last two."""

    on_start: Hook | None = None
    on_end: Hook | None = None
    on_success: Hook | None = None
    on_failure: Hook | None = None
    on_init: Hook | None = None
    on_cleanup: Hook | None = None


class Declared(Node):
    """What a pipeline's own configuration says, and its invocations have merged with theirs: what a running step is
    shown as the run's configuration.

    `flags` are those of `enable_cache`, `enable_step_logs`, `enable_artifact_metadata` and
    `enable_artifact_visualization` that are set. `cascading` are tags that outputs get too, `exclusive` those that one
    run has at a time; `tags` has the fields of those that were given as a `Tag`.
    """

    flags: dict[str, bool] = {}
    variables: dict[str, Variable] = {}
    secrets: tuple[str, ...] = ()
    retry: Retry | None = None
    hooks: Hooks = Hooks.model_construct()
    cascading: tuple[str, ...] = ()
    exclusive: tuple[str, ...] = ()
    tags: dict[str, dict[str, Json]] = {}


class Group(Node):
    """Invocations that belong together in a picture: those of a pipeline that is called in another one, or that the
    user has put together. `id` is one of its own in the whole pipeline; `parent` is the group around it.
    """

    id: str
    name: str
    parent: Group | None = None


class Invocation(Node):
    """One call of a step inside the pipeline: a node of the DAG.

    `inputs` holds what the call or the configuration gives; an input that is absent takes its default. `after` is order
    without data. `settings` keeps the raw settings of orchestrators by their key ("orchestrator.airflow"), as canonical
    literals; `spans` says where their parts were set, by their path ("orchestrator.airflow/operator_args/pool").
    `flags` are as those of `Declared`.
    """

    id: str
    step: str
    inputs: dict[str, Value] = {}
    after: tuple[str, ...] = ()
    cache: CachePolicy = CachePolicy.model_construct()
    retry: Retry | None = None
    timeout: int | None = None
    resources: Resources | None = None
    environment: str | None = None
    image: str | None = None
    variables: dict[str, Variable] = {}
    secrets: tuple[str, ...] = ()
    hooks: Hooks = Hooks.model_construct()
    materializers: dict[str, tuple[str, ...]] = {}
    settings: dict[str, Json] = {}
    spans: dict[str, Span] = {}
    extra: dict[str, Json] = {}
    substitutions: dict[str, str] = {}
    model: dict[str, Json] | None = None
    group: Group | None = None
    artifact_metadata: bool = True
    artifact_visualization: bool = True
    flags: dict[str, bool] = {}
    span: Span | None = None


class Map(Node):
    """Invocations that run once for each element of a sequence known at run time.

    `over` gives the mapped inputs of `body`'s first invocation, zipped (or, with `product`, every combination, the last
    one fastest); its other inputs are broadcast whole. `body` are ids of invocations, or of controls inside this one.
    """

    kind: OneOf["map"] = "map"
    id: str
    over: dict[str, Value]
    body: tuple[str, ...]
    product: bool = False
    span: Span | None = None


class Condition(Node):
    """Invocations that run only if a value of the run is true, and others that run only if it isn't.

    `test` is the value, mostly an `Expression`; `text` how it is written.
    """

    kind: OneOf["condition"] = "condition"
    id: str
    test: Value
    then: tuple[str, ...]
    otherwise: tuple[str, ...] = ()
    text: str = ""
    span: Span | None = None


Control = Annotated[Union[Map, Condition], Field(discriminator="kind")]  # noqa: UP007 (3.10 evaluates it)


class Source(Node):
    """What makes a `Moment`: an expression of nothing but literals and earlier moments.

    `why` completes "it is …": "the clock", "a random number".
    """

    value: Value
    why: str
    span: Span | None = None


class Schedule(Node):
    """When runs start by themselves. Times are ISO 8601 with an offset, `interval` is in seconds."""

    cron: str | None = None
    interval: int | None = None
    start: str | None = None
    end: str | None = None
    run_once: str | None = None
    catchup: bool = False
    name: str | None = None
    timezone: str | None = None
    cron_span: Span | None = None
    span: Span | None = None


class Ignored(Node):
    """Something that the user wrote and that has no effect here, with the reason."""

    what: str
    reason: str
    span: Span | None = None


class Problem(Node):
    """Why the pipeline can't be compiled, though its DAG is known. The front end finds such problems; the verifier
    reports them as errors, so that the DAG itself can still be looked at.
    """

    code: str
    message: str
    span: Span | None = None
    label: str = ""
    notes: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()
    labels: tuple[tuple[Span, str], ...] = ()


class Clash(Node):
    """Two keys of settings that mean the same orchestrator for targets of a flavour; `orchestrator` is any of them."""

    flavour: str
    problem: Problem


class Pipeline(Node):
    """A pipeline after its function was evaluated.

    `invocations` stand in topological layers, sorted by id inside a layer. `steps`, `environments` and `images` are
    looked up by the keys that invocations hold. `files` is the SHA-256 of every file of code that any step can import,
    by its path in the project, `modules` what their digests are made of. Absolute imports are looked up in `roots`,
    folders of the project that Python has on its path before the standard library, then in `package_roots`, which it
    has behind it. `settings` and `spans` are as those of an invocation.
    """

    schema_version: OneOf[1] = SCHEMA_VERSION
    name: str
    function: str
    entrypoint: str
    source: str  # the file that defines it, relative to the project
    namespace: str = "default"
    docstring: str | None = None
    dynamic: bool = False
    parameters: tuple[Parameter, ...] = ()
    steps: dict[str, Step] = {}
    invocations: tuple[Invocation, ...] = ()
    controls: tuple[Control, ...] = ()
    outputs: tuple[OutputRef, ...] = ()
    moments: tuple[Source, ...] = ()
    environments: dict[str, Environment] = {}
    images: dict[str, Image] = {}
    schedule: Schedule | None = None
    hooks: Hooks = Hooks.model_construct()
    declared: Declared = Declared.model_construct()
    tags: tuple[str, ...] = ()
    extra: dict[str, Json] = {}
    settings: dict[str, Json] = {}
    spans: dict[str, Span] = {}
    substitutions: dict[str, str] = {}
    model: dict[str, Json] | None = None
    execution_mode: OneOf["continue_on_failure", "stop_on_failure", "fail_fast"] = "continue_on_failure"
    run_name: str | None = None
    files: dict[str, str] = {}
    modules: dict[str, Module] = {}
    roots: tuple[str, ...] = (".",)
    package_roots: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    problems: tuple[Problem, ...] = ()
    clashes: tuple[Clash, ...] = ()
    span: Span | None = None
