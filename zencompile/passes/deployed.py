"""The digest of what is deployed for each step: the code that its process can import, and the data that goes along.

A file that is no code counts for the steps whose code, arguments or caching policy name it or a folder that it lies in;
if no step names it, for all of them: any could read it. One that holds nothing counts for those that name it alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from zencompile.diagnostics import Report
from zencompile.file_names import FOR_TOOLS
from zencompile.ir import (
    Closure,
    Invocation,
    Literal,
    Parameter,
    ParameterRef,
    Pipeline,
    Step,
    configured,
    leaves,
    long_values,
)
from zencompile.ir.environments import REVIEW
from zencompile.ir.literals import texts_of
from zencompile.passes.context import PassContext
from zencompile_runtime.deployed import REST, Included, of_modules, of_step

Path = tuple[str, ...]
_EMPTY = hashlib.sha256(b"").hexdigest()


def deployed(pipeline: Pipeline, report: Report, context: PassContext) -> Pipeline:
    """Fill `deployed`, `importable`, `data` and `values` of each step; what is for reading says no more than that."""
    files = {path: value for image in pipeline.images.values() for path, value in image.files.items()}
    data = _by_step(pipeline, files)
    travelling = _Travelling(files)
    _left_out(pipeline, files, report, context)
    digests = _Digests(pipeline)
    values = _values(pipeline)
    shown = _configured(pipeline)
    said = REVIEW if context.tag == REVIEW else ""
    steps = {
        key: step.model_copy(
            update={
                "deployed": said or digests.of(step, data[key], (*values[key], *shown.get(key, ()))),
                "importable": said or digests.of(step, {}),
                "data": data[key],
                "values": values[key],
                "closure": travelling.named_in(step.closure),
            }
        )
        for key, step in pipeline.steps.items()
    }
    return pipeline.model_copy(update={"steps": steps})


def _values(pipeline: Pipeline) -> dict[str, tuple[str, ...]]:
    """The digests of each step's long values."""
    found: dict[str, set[str]] = {key: set() for key in pipeline.steps}
    for invocation in pipeline.invocations:
        found[invocation.step].update(long_values.digests(pipeline, invocation))
    return {key: tuple(sorted(held)) for key, held in found.items()}


def _configured(pipeline: Pipeline) -> dict[str, tuple[str]]:
    """For each step that is shown the configuration, a digest of it: it travels with the code."""
    shown = configured.shown(pipeline)
    return dict.fromkeys(shown, (configured.digest(pipeline),)) if shown else {}


def _left_out(pipeline: Pipeline, files: Mapping[str, str], report: Report, context: PassContext) -> None:
    """Say which files of the project code names in text, and images lack: git does not track them, as a rule."""
    told: set[str] = set()
    for step in pipeline.steps.values() if files else ():
        for text in step.closure.places:
            place = "/".join(_path(text))
            if place in told or place in files or "." not in place.rpartition("/")[2] or "*" in place:
                continue
            told.add(place)
            if not any(path.endswith(f"/{place}") for path in files) and context.tree(place, _nothing).keys() == {"."}:
                report.note(
                    "ZC0413",
                    f"`{place}`, which `{step.name}` names, does not go into the images",
                    step.span,
                    notes="git does not track it, or it is kept out by its name",
                    helps="let git track it, or name it in `include` of `[tool.zencompile]`, if the step reads it",
                )


def _nothing(_: str) -> bool:
    return False


class _Digests:
    """Digests of steps; what several have in common is made once."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self._modules: dict[tuple[tuple[str, ...], bool], str] = {}

    def of(self, step: Step, data: Mapping[str, str], values: tuple[str, ...] = ()) -> str:
        closure = step.closure
        key = closure.sources, closure.verbatim
        if key not in self._modules:
            found = self.pipeline.files if closure.verbatim else {path: self._part(path) for path in closure.sources}
            self._modules[key] = of_modules(closure.sources, {path: str(found.get(path)) for path in closure.sources})
        identity = (step.entrypoint.partition(":")[2], *values)
        included = Included(identity, closure.sources, closure.parts, closure.verbatim, data)
        return of_step(included, self._modules[key], lambda part: self._part(*part.rsplit("#", 1)))

    def _part(self, path: str, name: str = REST) -> str | None:
        module = self.pipeline.modules.get(path)
        return module.parts.get(name) if module is not None else None


# -- data --------------------------------------------------------------------------------------------------------------


def _by_step(pipeline: Pipeline, files: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The files besides code that count for each step, with their digests."""
    parameters = {one.name: one for one in pipeline.parameters}
    calls: dict[str, list[Invocation]] = {}
    for invocation in pipeline.invocations:
        calls.setdefault(invocation.step, []).append(invocation)
    steps_of: dict[Path, list[str]] = {}
    for key, step in pipeline.steps.items():
        for place in _places(step, calls.get(key, ()), parameters) if files else ():
            steps_of.setdefault(place, []).append(key)
    installed = any(environment.project_install for environment in pipeline.environments.values())
    coded = [key for key, step in pipeline.steps.items() if step.closure.sources]
    found: dict[str, dict[str, str]] = {key: {} for key in pipeline.steps}
    for path, value in sorted(files.items()):
        parts = tuple(path.split("/"))
        is_code = path.endswith(".py")
        naming = {
            key: None
            for place, keys in steps_of.items()
            if (not is_code or _is_file(place)) and _names(place, parts)
            for key in keys
        }
        if not naming and (is_code or value == _EMPTY or (path in FOR_TOOLS and not installed)):
            continue  # code that is imported, or never; nothing to read; what tools read
        for key in naming or coded:
            found[key][path] = value
    return found


def _places(step: Step, calls: Iterable[Invocation], parameters: Mapping[str, Parameter]) -> set[Path]:
    """What a step's code and arguments may mean by files and folders."""
    found = set(step.closure.places)
    for invocation in calls:
        found.update(_arguments(invocation, parameters))
        found.update(invocation.cache.file_dependencies)
    return {path for text in found if (path := _path(text))}


def _arguments(invocation: Invocation, parameters: Mapping[str, Parameter]) -> Iterator[str]:
    for value in invocation.inputs.values():
        for leaf in leaves(value):
            given: Literal | None = None
            if isinstance(leaf, Literal):
                given = leaf
            elif isinstance(leaf, ParameterRef) and leaf.name in parameters:
                given = parameters[leaf.name].default
            yield from texts_of(given.value) if given is not None else ()


def _path(text: str) -> Path:
    """The names that a text puts one below the other, those left out that lead nowhere in particular."""
    parts = text.replace("\\", "/").split("/")
    return tuple(part for part in parts if part not in ("", ".", "..") and not part.startswith("{project"))


class _Travelling:
    """The files that go along."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.paths = [tuple(path.split("/")) for path in files]
        self._known: dict[str, bool] = {}

    def named_in(self, closure: Closure) -> Closure:
        """The closure with those places alone that name one of them: the others are of this machine."""
        kept = tuple(text for text in closure.places if self._named(text))
        return closure if kept == closure.places else closure.model_copy(update={"places": kept})

    def _named(self, text: str) -> bool:
        known = self._known.get(text)
        if known is None:
            place = _path(text)
            known = self._known[text] = bool(place) and any(_names(place, path) for path in self.paths)
        return known


def _is_file(place: Path) -> bool:
    """Whether a place is that of a file of code, and not of a folder around some."""
    return place[-1].endswith(".py") or "*" in place[-1]


def _names(place: Path, path: Path) -> bool:
    """Whether a place is that of a file, a folder around it, or the beginning of such a one's name; or leads through a
    link.
    """
    length = len(place)
    if place[: len(path)] == path:
        return True
    for start in range(len(path) - length + 1):
        if path[start : start + length - 1] == place[:-1]:
            last, meant = path[start + length - 1], place[-1]
            if last == meant or (length > 1 and last.startswith(meant)) or ("*" in meant and fnmatchcase(last, meant)):
                return True
    return False
