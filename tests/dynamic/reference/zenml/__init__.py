"""A stand-in for ZenML that executes dynamic pipelines as the Python that they are, by the rules that ZenML documents.

Calls of steps run at once, in the order of the program; `.submit()`, `.map()` and `.product()` run at once too, one
element after the other, but keep their failures for whoever asks. A step gets copies of its arguments, as from an
artifact store, and an output is loaded once in a run. Parameters and arguments are validated by their annotations.

What the environment says: TRACE is a file that gets a line of JSON for every call of a step (see `Step._execute`),
PARAMS the parameters of the first pipeline called (JSON), and OUT the file that the programs write to.
"""

import ast
import copy
import functools
import inspect
import itertools
import json
import os
import textwrap
import types
import typing
from pathlib import Path

from pydantic import ConfigDict, TypeAdapter, ValidationError


class StepInterfaceError(Exception):
    """A step was called with arguments that it doesn't take."""


class StepExecutionException(Exception):
    """A step failed that nobody waited for."""


class StartupCancelled(Exception):
    """Something was submitted after a failure."""


class _Run:
    """One run of a dynamic pipeline: the ids in use, and the first failure of something submitted."""

    def __init__(self, name):
        self.name = name
        self.ids = set()
        self.failure = None
        self.futures = []
        self.cache = {}

    def new_id(self, base, exact=False):
        candidates = itertools.chain([base], (f"{base}_{n}" for n in range(2, 10000)))
        if exact and base in self.ids:
            raise RuntimeError(f"Duplicate invocation ID `{base}`")
        found = next(c for c in candidates if c not in self.ids)
        self.ids.add(found)
        return found

    def fail(self, error):
        if self.failure is None:
            self.failure = error


_runs = []  # the runs that are active, the innermost last
_steps = []  # the step that is running, if one is
_spent = {"in steps": 0}  # how many bytes of OUT were written by steps
_numbers = itertools.count()  # calls of steps are numbered in the order in which they run
_last = {"call": None}  # the call that ran last
_ended = set()  # the calls that the program knows to have ended: it waited for them


class _StepContext:
    def __init__(self, name, pipeline):
        self.step_name = name
        self.step_run = types.SimpleNamespace(name=name)
        self.pipeline = types.SimpleNamespace(name=pipeline)


def get_step_context():
    if not _steps:
        raise RuntimeError("The step context is only available inside a step function.")
    return _steps[-1]


def _record(entry):
    if "TRACE" in os.environ:
        with Path(os.environ["TRACE"]).open("a") as file:
            file.write(json.dumps(entry, default=repr) + "\n")


def _out_size():
    """How much the program has written so far, in bytes."""
    out = Path(os.environ["OUT"])
    return out.stat().st_size if out.exists() else 0


# ---- outputs ---------------------------------------------------------------------------------------------------------


class OutputArtifact:
    """The handle of one output; its value is loaded once in a run of the pipeline."""

    def __init__(self, value, step_name, output_name, call, index=None):
        self._value, self.step_name, self.output_name, self._index = value, step_name, output_name, index
        self.call = call

    @property
    def item_count(self):
        return len(self._value) if isinstance(self._value, (list, tuple)) else None

    def chunk(self, index):
        if not self.item_count:
            raise ValueError("can not be chunked")
        if not 0 <= index < self.item_count:
            raise ValueError("out of range")
        return OutputArtifact(self._value, self.step_name, self.output_name, self.call, index)

    def load(self, disable_cache=False):
        cache = _runs[-1].cache
        key = id(self._value)
        if disable_cache or key not in cache:
            cache[key] = (copy.deepcopy(self._value), self._value)
        return cache[key][0]

    def _stored(self):
        value = copy.deepcopy(self._value)
        return value if self._index is None else value[self._index]


class ArtifactFuture:
    def __init__(self, parent, index):
        self._parent, self._index, self.invocation_id = parent, index, parent.invocation_id

    def running(self):
        return False

    def wait(self):
        self._parent.wait()

    @property
    def calls(self):
        return self._parent.calls

    def result(self):
        _ended.update(self.calls)
        return self._get()

    def _get(self):
        result = self._parent._get()
        return result[self._index] if isinstance(result, tuple) else result

    def load(self, disable_cache=False):
        return self.result().load(disable_cache)

    def chunk(self, index):
        return self.result().chunk(index)


class StepFuture:
    def __init__(self, invocation_id, output_names, outputs=None, error=None):
        self.invocation_id, self._names, self._outputs, self._error = invocation_id, output_names, outputs, error
        self.calls = set()

    def running(self):
        return False

    def wait(self):
        _ended.update(self.calls)
        self._get()

    def result(self):
        _ended.update(self.calls)
        return self._get()

    def _get(self):
        if self._error is not None:
            raise self._error
        return self._outputs

    artifacts = result

    def load(self, disable_cache=False):
        result = self.result()
        if isinstance(result, tuple):
            return tuple(item.load(disable_cache) for item in result)
        return None if result is None else result.load(disable_cache)

    def get_artifact(self, key):
        if key not in self._names:
            raise KeyError(key)
        return ArtifactFuture(self, self._names.index(key))

    def __getitem__(self, key):
        if isinstance(key, slice):
            return tuple(ArtifactFuture(self, i) for i in range(len(self._names))[key])
        return ArtifactFuture(self, range(len(self._names))[key])

    def __iter__(self):
        if not self._names:
            raise ValueError(f"Step {self.invocation_id} does not return any outputs.")
        yield from (ArtifactFuture(self, i) for i in range(len(self._names)))

    def __len__(self):
        return len(self._names)


class MapResultsFuture:
    def __init__(self, invocation_id, futures=None, error=None):
        self.invocation_id, self._futures, self._error = invocation_id, futures, error

    @property
    def calls(self):
        return {call for future in self._futures or [] for call in future.calls}

    @property
    def futures(self):
        if self._error is not None:
            raise self._error
        return self._futures

    def running(self):
        return False

    def wait(self):
        for future in self.futures:
            future.wait()

    def result(self):
        return [future.result() for future in self.futures]

    def load(self, disable_cache=False):
        return [future.load(disable_cache) for future in self.futures]

    def unpack(self):
        return tuple(map(list, zip(*self.futures, strict=False)))

    def __getitem__(self, key):
        return self.futures[key]

    def __iter__(self):
        yield from self.futures

    def __len__(self):
        return len(self.futures)


class PipelineFuture:
    def __init__(self, invocation_id, outputs=None, error=None):
        self.invocation_id, self._outputs, self._error = invocation_id, outputs, error
        self.calls = set()

    def running(self):
        return False

    def wait(self):
        self.result()

    def result(self):
        _ended.update(self.calls)
        return self._get()

    def _get(self):
        if self._error is not None:
            raise self._error
        return self._outputs

    artifacts = result

    def _tuple(self):
        result = self.result()
        return () if result is None else result if isinstance(result, tuple) else (result,)

    def __getitem__(self, key):
        return self._tuple()[key]

    def __iter__(self):
        yield from self._tuple()


# ---- inputs ----------------------------------------------------------------------------------------------------------

_FUTURES = (ArtifactFuture, StepFuture, MapResultsFuture, PipelineFuture)


class _Unmapped:
    def __init__(self, value):
        self.value = value


def unmapped(value):
    return _Unmapped(value)


def _all(value, kind):
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(item, kind) for item in value)


def _awaited(value):
    """What a step gets for a future: its handle. A failure becomes a StepExecutionException here."""
    if isinstance(value, MapResultsFuture):
        value = _waited_for(lambda: value.futures)
    if _all(value, _FUTURES):
        return [_awaited(item) for item in value]
    if isinstance(value, StepFuture) and len(value._names) != 1:
        raise RuntimeError("Passing a future that refers to multiple output artifacts is not allowed.")
    if isinstance(value, PipelineFuture):
        return value._get()
    if isinstance(value, _FUTURES):
        return _waited_for(value._get)
    return value


def _waited_for(result):
    try:
        return result()
    except StepExecutionException:
        raise
    except Exception as error:
        raise StepExecutionException("A step failed.") from error


def _stored(value):
    """What the step's function sees for an argument: a copy, as it comes out of the artifact store."""
    if isinstance(value, OutputArtifact):
        return value._stored()
    if _all(value, OutputArtifact):
        return [item._stored() for item in value]
    return copy.deepcopy(value)


def _after(group):
    """Wait for what `after=` names; the calls waited for."""
    calls = set()
    for future in [group] if isinstance(group, _FUTURES) else group or []:
        if not isinstance(future, _FUTURES):
            raise TypeError("`after` must be a future or a sequence of futures.")
        calls |= future.calls
        if isinstance(future, MapResultsFuture):
            _after(future.futures)
        else:
            _waited_for(future._get)
    return calls


def _producers(values):
    """The calls whose outputs these arguments are."""
    found = set()
    for value in values:
        for item in value if isinstance(value, (list, tuple)) else [value]:
            if isinstance(item, OutputArtifact):
                found.add(item.call)
    return found


def _expanded(inputs, product):
    static, mapped = {}, {}
    for key, value in inputs.items():
        if isinstance(value, _Unmapped):
            static[key] = value.value
        elif isinstance(value, OutputArtifact) and value.item_count is not None:
            if value.item_count == 0:
                raise RuntimeError("Artifact has 0 items and cannot be mapped over.")
            mapped[key] = [value.chunk(i) for i in range(value.item_count)]
        elif _all(value, OutputArtifact):
            mapped[key] = list(value)
        else:
            static[key] = value
    if not mapped:
        raise RuntimeError("No inputs to map over found.")
    if not product and len({len(items) for items in mapped.values()}) > 1:
        raise RuntimeError("All mapped input artifacts must have the same item counts.")
    rows = itertools.product(*mapped.values()) if product else zip(*mapped.values(), strict=False)
    return [{**static, **dict(zip(mapped, row, strict=True))} for row in rows]


# ---- steps -----------------------------------------------------------------------------------------------------------


def _output_names(function):
    """The names of a step's outputs, from its annotation and its return statements."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    returns = [n.value for n in ast.walk(tree) if isinstance(n, ast.Return) and n.value is not None]
    hint = typing.get_type_hints(function, include_extras=True).get("return", inspect.Signature.empty)
    if hint is type(None):
        return []
    if hint is inspect.Signature.empty:
        return ["output"] if any(not isinstance(r, ast.Constant) or r.value is not None for r in returns) else []
    several = any(isinstance(r, ast.Tuple) and len(r.elts) > 1 for r in returns)
    if typing.get_origin(hint) is tuple and several:
        named = [
            next((m for m in getattr(a, "__metadata__", ()) if isinstance(m, str)), None) for a in typing.get_args(hint)
        ]
        return [name or f"output_{i}" for i, name in enumerate(named)]
    return [next((m for m in getattr(hint, "__metadata__", ()) if isinstance(m, str)), "output")]


class Step:
    def __init__(self, function, name=None):
        functools.update_wrapper(self, function)
        self.entrypoint, self.name = function, name or function.__name__
        self._outputs = _output_names(function)

    def with_options(self, **options):
        changed = copy.copy(self)
        if "parameters" in options:
            changed._preset = options["parameters"]
        return changed

    def _plain(self, *args, **kwargs):
        """Call the function with validated arguments."""
        bound = inspect.signature(self.entrypoint).bind(*args, **kwargs)
        bound.apply_defaults()
        hints = typing.get_type_hints(self.entrypoint)
        for key, value in bound.arguments.items():
            if key in hints:
                config = (
                    None
                    if isinstance(hints[key], type) and hasattr(hints[key], "model_fields")
                    else ConfigDict(arbitrary_types_allowed=True)
                )
                try:
                    bound.arguments[key] = TypeAdapter(hints[key], config=config).validate_python(value)
                except ValidationError as error:
                    raise StepInterfaceError(str(error)) from error
        return self.entrypoint(*bound.args, **bound.kwargs)

    def _inputs(self, args, kwargs):
        return dict(inspect.signature(self.entrypoint).bind_partial(*args, **kwargs).arguments)

    def _execute(self, invocation_id, inputs, blocking, after=None, start_after=None):
        """Run the step, record it, and give its handle, a tuple of them, or None."""
        run = _runs[-1]
        waited = _after(after)
        handles = {key: _awaited(value) for key, value in inputs.items()}
        waited |= _producers(handles.values())
        values = {**getattr(self, "_preset", {}), **{key: _stored(value) for key, value in handles.items()}}
        call = next(_numbers)
        entry = {"call": call, "step": self.entrypoint.__name__, "id": invocation_id, "blocking": blocking}
        entry.update(inputs=copy.deepcopy(values), after=sorted(waited | _ended), failed=True, outputs={})
        before = _out_size()
        outer, _steps[:] = _steps[:], [_StepContext(invocation_id, run.name)]
        try:
            result = self._plain(**values)
            entry["outputs"] = self._checked(result)
            entry["failed"] = False
        finally:
            _steps[:] = outer
            _spent["in steps"] += _out_size() - before
            _record(entry)
            if blocking:
                _ended.update(waited | {call})
            _last["call"] = call
        artifacts = tuple(OutputArtifact(v, invocation_id, n, call) for n, v in entry["outputs"].items())
        return artifacts if len(artifacts) > 1 else artifacts[0] if artifacts else None

    def _checked(self, result):
        if not self._outputs:
            if result is not None:
                raise StepInterfaceError("returned something, but has no outputs")
            return {}
        results = [result] if len(self._outputs) == 1 else list(result)
        if len(results) != len(self._outputs):
            raise StepInterfaceError("wrong number of outputs")
        return dict(zip(self._outputs, copy.deepcopy(results), strict=True))

    def __call__(self, *args, id=None, after=None, start_after=None, **kwargs):
        if _steps or not _runs:
            return self._plain(*args, **kwargs)
        invocation_id = _runs[-1].new_id(id or self.name, exact=bool(id))
        return self._execute(invocation_id, self._inputs(args, kwargs), True, after, start_after)

    def submit(self, *args, id=None, after=None, start_after=None, **kwargs):
        self._must_be_inside()
        invocation_id = _runs[-1].new_id(id or self.name, exact=bool(id))
        return self._submit(invocation_id, self._inputs(args, kwargs), after, start_after)

    def _submit(self, invocation_id, inputs, after, start_after):
        run = _runs[-1]
        if run.failure is not None:
            return StepFuture(invocation_id, self._outputs, error=StartupCancelled(invocation_id))
        future = StepFuture(invocation_id, self._outputs)
        run.futures.append(future)
        self._fill(future, inputs, after)
        if future._error is not None:
            known = isinstance(future._error, StepExecutionException)
            run.fail(future._error if known else StepExecutionException(f"Step `{invocation_id}` failed."))
        return future

    def _fill(self, future, inputs, after):
        before = _last["call"]
        try:
            future._outputs = self._execute(future.invocation_id, inputs, False, after)
        except Exception as error:
            future._error = error
        if _last["call"] != before:
            future.calls = {_last["call"]}

    def _map(self, args, kwargs, after, product):
        self._must_be_inside()
        run = _runs[-1]
        inputs = self._inputs(args, kwargs)
        invocation_id = run.new_id(self.name)
        if run.failure is not None:
            return MapResultsFuture(invocation_id, error=StartupCancelled(invocation_id))
        future = MapResultsFuture(invocation_id)
        run.futures.append(future)
        try:
            rows = _expanded({key: _awaited(value) for key, value in inputs.items()}, product)
        except Exception as error:
            future._error = error
            run.fail(error)
            return future
        ids = [run.new_id(f"map:{invocation_id}:{i}", exact=True) for i in range(len(rows))]
        future._futures = [self._element(i, row, after) for i, row in zip(ids, rows, strict=True)]
        failed = [f._error for f in future._futures if f._error is not None]
        if failed:
            run.fail(StepExecutionException(f"Step `{invocation_id}` failed."))
        return future

    def _element(self, invocation_id, inputs, after):
        """Elements of a map start together, so that one runs although another fails."""
        future = StepFuture(invocation_id, self._outputs)
        self._fill(future, inputs, after)
        return future

    def map(self, *args, after=None, start_after=None, **kwargs):
        return self._map(args, kwargs, after, False)

    def product(self, *args, after=None, start_after=None, **kwargs):
        return self._map(args, kwargs, after, True)

    def _must_be_inside(self):
        if not _runs:
            raise RuntimeError("only possible within a dynamic pipeline")


def step(function=None, *, name=None, **options):
    return Step(function, name) if function is not None else lambda f: Step(f, name)


# ---- pipelines -------------------------------------------------------------------------------------------------------


class Pipeline:
    def __init__(self, function, name=None, dynamic=False):
        functools.update_wrapper(self, function)
        self.entrypoint, self.name, self.dynamic = function, name or function.__name__, dynamic

    def with_options(self, **options):
        return copy.copy(self)

    def _arguments(self, args, kwargs):
        bound = inspect.signature(self.entrypoint).bind(*args, **kwargs)
        bound.apply_defaults()
        return bound

    def _run(self, args, kwargs):
        run = _Run(self.name)
        _runs.append(run)
        try:
            returned = self.entrypoint(*args, **kwargs)
            if run.failure is not None:
                raise run.failure
            for future in run.futures:
                future.wait()
            self._check_outputs(returned)
        finally:
            _runs.pop()
        return returned

    def _check_outputs(self, returned):
        items = returned if isinstance(returned, tuple) else () if returned is None else (returned,)
        if not all(isinstance(item, OutputArtifact) for item in items):
            raise ValueError("Only artifacts (or tuples of artifacts) are currently supported as pipeline outputs.")

    def _outermost(self, args, kwargs):
        if not self.dynamic:
            raise NotImplementedError("the reference runs dynamic pipelines only")
        kwargs = {**kwargs, **json.loads(os.environ.get("PARAMS", "{}"))}
        bound = self._arguments(args, kwargs)
        hints = typing.get_type_hints(self.entrypoint)
        for key, value in bound.arguments.items():
            if key in hints:
                bound.arguments[key] = TypeAdapter(hints[key]).validate_python(value)
        start, environment = _out_size() - _spent["in steps"], dict(os.environ)
        try:
            self._run(bound.args, bound.kwargs)
        finally:
            _record({"body wrote": _out_size() - _spent["in steps"] - start + (dict(os.environ) != environment)})
        return types.SimpleNamespace(status="completed")

    def _child(self, args, kwargs):
        if not self.dynamic:
            raise RuntimeError("Calling a static pipeline within a dynamic pipeline is not supported.")
        if _steps:
            raise RuntimeError("Calling a child pipeline is not allowed within a step function.")
        self._arguments(args, kwargs)
        invocation_id = _runs[-1].new_id(f"pipeline:{self.name}")
        given = inspect.signature(self.entrypoint).bind_partial(*args, **kwargs)
        for key, value in given.arguments.items():
            given.arguments[key] = _awaited(value)
            if _producers([given.arguments[key]]):
                raise ValueError("Only JSON serializable inputs are allowed as pipeline inputs.")
        return invocation_id, given

    def __call__(self, *args, **kwargs):
        if not _runs:
            return self._outermost(args, kwargs)
        _, bound = self._child(args, kwargs)
        return self._run(bound.args, bound.kwargs)

    def submit(self, *args, after=None, start_after=None, **kwargs):
        run = _runs[-1]
        invocation_id, bound = self._child(args, kwargs)
        future = PipelineFuture(invocation_id)
        run.futures.append(future)
        ended = set(_ended)
        try:
            _ended.update(_after(after))
            future._outputs = self._run(bound.args, bound.kwargs)
        except Exception as error:
            future._error = error
            run.fail(error)
        future.calls = _ended - ended
        _ended.intersection_update(ended)  # the program itself goes on at once
        return future

    def embed(self, *args, **kwargs):
        if not _runs:
            raise RuntimeError("only possible within another dynamic pipeline run")
        return self.entrypoint(*args, **kwargs)


def pipeline(function=None, *, name=None, dynamic=False, **options):
    return Pipeline(function, name, dynamic) if function is not None else lambda f: Pipeline(f, name, dynamic)
