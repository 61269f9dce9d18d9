"""What decorators, `configure`, `with_options` and run configurations set, in one normal form, and how it merges.

settings                  {key: {field: value}}
environment, extra,       dictionaries
substitutions, parameters
secrets, tags             lists; they concatenate
retry, cache_policy,      {field: value} of explicitly set fields; a retry replaces, a model merges
model
output_materializers      {output: [class, …]}, the key None for all
on_…                      a function, a class, or a dotted path
everything else           the value
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from zencompile.frontend import surface
from zencompile.frontend.framework.opaque import Call
from zencompile.frontend.framework.records import Record
from zencompile.frontend.values import Context, Instance, Value
from zencompile.ir import Problem
from zencompile.source import Span

Path = tuple[str, ...]


@dataclass
class Options:
    """Configuration as it was written, and where. Never changed once it is shared: merging makes a new one."""

    values: dict[str, Any] = field(default_factory=dict)
    spans: dict[Path, Span] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()  # what was written and can't be meant

    def get(self, key: str) -> Any:
        return self.values.get(key)

    def span(self, *path: str) -> Span | None:
        while path:
            if path in self.spans:
                return self.spans[path]
            path = path[:-1]
        return None

    def merged(self, over: Options, merge: bool = True) -> Options:
        """These options with `over` on top: dictionaries merge key by key, lists of secrets and tags concatenate."""
        if not over.values and not over.problems:
            return self
        if not self.values and not self.problems:
            return over
        values = dict(self.values)
        for key, value in over.values.items():
            if merge and key in values and key in surface.MERGED_MAPPINGS:
                values[key] = merge_dicts(values[key], value)
            elif merge and key in values and key in surface.MERGED_TEXTS:
                values[key] = [*values[key], *value]
            else:
                values[key] = value
        spans = {**self.spans, **(self.kept(over) if merge else {}), **over.spans}
        return Options(values, spans, (*self.problems, *over.problems))

    def kept(self, over: Options) -> dict[Path, Span]:
        """The places of what `over` leaves as it is, inside of dictionaries of which it says another part."""
        found: dict[Path, Span] = {}
        for key in surface.MERGED_MAPPINGS:
            if key in self.values and key in over.values:
                self._keep((key,), self.values[key], over.values[key], found)
        return found

    def _keep(self, path: Path, base: Any, over: Any, found: dict[Path, Span]) -> None:
        if not isinstance(base, dict) or not isinstance(over, dict):
            return
        for key, value in base.items():
            below = (*path, str(key))
            if key in over:
                self._keep(below, value, over[key], found)
            elif (span := self.span(*below)) is not None:
                found[below] = span


EMPTY = Options()


def merge_dicts(base: Any, over: Any) -> Any:
    """`over` on top of `base`, recursively; anything that is no dictionary is replaced."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    result = dict(base)
    for key, value in over.items():
        result[key] = merge_dicts(result[key], value) if key in result else value
    return result


def inherit(pipeline: Any, own: Any) -> Any:
    """A step's own dictionary on top of the pipeline's, where None says nothing.

    So ZenML does it in `config/step_configurations.py: apply_pipeline_configuration`.
    """
    if not isinstance(pipeline, dict) or not isinstance(own, dict):
        return pipeline if own is None else own
    return {**pipeline, **{key: inherit(pipeline[key], one) if key in pipeline else one for key, one in own.items()}}


def without_none(value: Any) -> Any:
    """Data without the keys whose value is None: so they are taken away from a step's `extra`.

    ZenML dumps it by pydantic's `exclude_none`, in `config/step_configurations.py: apply_pipeline_configuration`.
    """
    if isinstance(value, dict):
        return {key: without_none(one) for key, one in value.items() if one is not None}
    return [without_none(one) for one in value] if isinstance(value, list) else value


_TRUE, _FALSE = ("1", "on", "t", "true", "y", "yes"), ("0", "off", "f", "false", "n", "no")


def as_flag(value: Value) -> bool | None:
    """A switch, from what the framework takes for one; None for anything else."""
    if isinstance(value, (bool, int)) and value in (0, 1):
        return bool(value)
    text = value.lower() if isinstance(value, str) else ""
    return True if text in _TRUE else False if text in _FALSE else None


def as_text(value: Value) -> str:
    """Text, also from a member of a text enum."""
    value = getattr(value, "value", value)
    return value if isinstance(value, str) else ""


def fields_of(value: Value, context: Context) -> tuple[dict[str, Value], dict[str, Span]]:
    """The explicitly set fields of a settings object or dictionary, with their places where they are known."""
    value = context.force(value)
    if isinstance(value, Record):
        return {k: _nested(v) for k, v in value.fields.items()}, dict(value.spans)
    if isinstance(value, Call):
        return {k: _nested(v) for k, v in value.keywords.items()}, {}
    if isinstance(value, Instance):
        return {k: _nested(v) for k, v in (value.keywords or value.attributes).items()}, {}
    if isinstance(value, dict):
        return {str(context.force(k)): _nested(v) for k, v in value.items()}, {}
    return {}, {}


def _nested(value: Value) -> Value:
    """Records inside settings (pod settings, build options) as dictionaries."""
    if isinstance(value, Record):
        return {k: _nested(v) for k, v in value.fields.items()}
    if isinstance(value, Call):
        return {k: _nested(v) for k, v in value.keywords.items()}
    if isinstance(value, dict):
        return {k: _nested(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_nested(v) for v in value]
    return value


def from_run_configuration(values: dict[str, Any], spans: dict[Path, Span], prefix: Path, owner: str) -> Options:
    """A section of a run configuration (all of it, or one step's) as options."""
    result: dict[str, Any] = {}
    places: dict[Path, Span] = {}
    for key, value in values.items():
        name = _name_of(key, owner)
        if value is None or name is None:
            continue
        for path, span in spans.items():
            if path[: len(prefix) + 1] == (*prefix, key):
                place = (name, *path[len(prefix) + 1 :])
                places[place] = span
        if key == "outputs" and isinstance(value, dict):
            result["output_materializers"] = _yaml_materializers(value)
        elif name == "output_materializers":
            listed = value if isinstance(value, dict) else {None: value}
            result[name] = {k: v if isinstance(v, list) else [v] for k, v in listed.items()}
        elif name in surface.MERGED_TEXTS:
            result[name] = [str(v) for v in (value if isinstance(value, list) else [value])]
        elif name == "settings" and isinstance(value, dict):
            result[name] = {str(k): dict(v) for k, v in value.items() if isinstance(v, dict)}
        elif name in surface.MERGED_MAPPINGS and not isinstance(value, dict):
            continue
        elif name in surface.FLAGS:
            result[name] = as_flag(value)
        else:
            result[name] = value
    return Options(result, places)


def _yaml_materializers(outputs: dict[str, Any]) -> dict[str, list[Any]]:
    found = {}
    for output, config in outputs.items():
        source = config.get("materializer_source") if isinstance(config, dict) else None
        if source:
            found[output] = source if isinstance(source, list) else [source]
    return found


def _name_of(key: str, owner: str) -> str | None:
    """What a key of a run configuration is called in Python; None for what has no effect there."""
    if key in _ELSEWHERE[owner]:
        return None
    return "output_materializers" if key == "materializers" else surface.YAML_NAMES.get(key, key)


_ELSEWHERE = {"step": frozenset({"name"}), "pipeline": frozenset({*surface.WITHOUT_EFFECT_IN_YAML, "steps", "name"})}
