"""Run configurations: YAML with the place of every value.

What the keys mean is decided where they are merged (`options`); this module reads, substitutes `${VARIABLE}` and says
which keys have no effect.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from zencompile.diagnostics import Report, did_you_mean
from zencompile.frontend import surface
from zencompile.frontend.framework.options import as_flag
from zencompile.frontend.framework.problems import Aside
from zencompile.frontend.framework.settings import check_fields, check_settings
from zencompile.frontend.surface import Place, Setting
from zencompile.source import SourceFile, Span

Path = tuple[str, ...]
Spans = Callable[..., "Span | None"]

VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


@dataclass
class RunConfiguration:
    """The values of a run-configuration file, and where each stands. `raw` is as written, `values` after
    substitution.
    """

    path: str
    raw: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    spans: dict[Path, Span] = field(default_factory=dict)
    unset: set[str] = field(default_factory=set)  # variables without a value, which were reported

    def span(self, *path: str) -> Span | None:
        """The place of a value, or of the nearest thing that holds it."""
        while path:
            if path in self.spans:
                return self.spans[path]
            path = path[:-1]
        return Span(self.path, 1, 1, 1, 1)


def read(source: SourceFile, report: Aside, environment: dict[str, str]) -> RunConfiguration:
    """Read a run configuration. Problems go to `report`; what could be read is returned."""
    value, spans = load(source, report)
    if value is None:
        return RunConfiguration(source.path)
    if not isinstance(value, dict):
        report.error(
            "ZC0330",
            "a run configuration is a mapping of keys",
            Span(source.path, 1, 1, 1, 1),
            helps="write it as `key: value` lines, such as `enable_cache: false`",
        )
        return RunConfiguration(source.path)
    raw = {str(k): v for k, v in value.items()}
    configuration = RunConfiguration(source.path, raw, {}, spans)
    configuration.values = {k: _substitute(v, (k,), configuration, environment, report) for k, v in raw.items()}
    _repair((), configuration.values, configuration, report)
    _unknown_keys(configuration, report)
    return configuration


def load(source: SourceFile, report: Aside) -> tuple[Any, dict[Path, Span]]:
    """The value of a YAML file, and the place of everything in it by its path of keys."""
    import yaml  # here, because most compilations read no YAML

    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader = base(source.text)
    try:
        node = loader.get_single_node()
        value = None if node is None else loader.construct_document(node)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        what = getattr(problem, "problem", None) or "it can't be read"
        report.error("ZC0330", "not a valid YAML file", Span(source.path, line, column, line, column + 1), label=what)
        return None, {}
    except (ValueError, TypeError, RecursionError) as problem:
        report.error("ZC0330", "not a valid YAML file", Span(source.path, 1, 1, 1, 1), notes=str(problem))
        return None, {}
    finally:
        loader.dispose()
    spans: dict[Path, Span] = {}
    if node is not None:
        _places(node, (), source.path, spans, 0)
        _repeated(node, source.path, report)
    return value, spans


def _repeated(node: Any, file: str, report: Aside) -> None:
    """Warn of keys that stand twice in one mapping: the last one counts."""
    stack, seen = [node], {0}
    while stack:
        one = stack.pop()
        if id(one) in seen:  # an alias
            continue
        seen.add(id(one))
        if one.id == "sequence":
            stack.extend(one.value)
        elif one.id == "mapping":
            last = {str(key.value): key for key, _ in one.value}
            for key, value in one.value:
                stack.append(value)
                if key is not last[str(key.value)]:
                    report.warning(
                        "ZC0332", f"the key `{key.value}` stands twice", _span(key, file), label="has no effect"
                    )


def _places(node: Any, path: Path, file: str, spans: dict[Path, Span], depth: int) -> None:
    if depth > 50 or node.id not in ("mapping", "sequence"):
        return
    if node.id == "sequence":
        for index, item in enumerate(node.value):
            place = (*path, str(index))
            spans[place] = _span(item, file)
            _places(item, place, file, spans, depth + 1)
        return
    for key, value in node.value:
        place = (*path, str(key.value))
        spans[place] = _span(key, file)
        _places(value, place, file, spans, depth + 1)


def _span(node: Any, file: str) -> Span:
    start, end = node.start_mark, node.end_mark
    if end.line != start.line and node.id != "scalar":  # point at the first line of a block only
        return Span(file, start.line + 1, start.column + 1, start.line + 1, start.column + 2)
    return Span(file, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def _substitute(value: Any, path: Path, config: RunConfiguration, environment: dict[str, str], report: Aside) -> Any:
    """Replace `${NAME}` in strings by the value that `--env NAME=…` gives; this machine's is never read."""
    if isinstance(value, dict):
        return {k: _substitute(v, (*path, str(k)), config, environment, report) for k, v in value.items()}
    if isinstance(value, list):
        return [_substitute(v, (*path, str(i)), config, environment, report) for i, v in enumerate(value)]
    if not isinstance(value, str) or "${" not in value:
        return value

    def replacement(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in environment:
            return environment[name]
        if name in config.unset:
            return name
        config.unset.add(name)
        report.error(
            "ZC0331",
            f"the run configuration needs the variable `{name}`",
            config.span(*path),
            notes="the environment of the compiling machine is never read: the output would depend on it",
            helps=f"give it with --env {name}=VALUE",
        )
        return name

    return VARIABLE.sub(replacement, value)


_OF_MAPPINGS = ("steps", "settings", "outputs")


def _repair(path: Path, section: dict[str, Any], config: RunConfiguration, report: Aside) -> None:
    """Take out, and report, what has another form than its key asks for."""
    for key, value in list(section.items()):
        place = (*path, str(key))
        if value is None:
            continue
        wanted = None
        if key in surface.MAPPINGS and not isinstance(value, dict):
            wanted = "a mapping"
        elif key in surface.FLAGS and as_flag(value) is None:
            wanted = "true or false"
        elif key in surface.MERGED_TEXTS and not isinstance(value, (list, str)):
            wanted = "a list of texts"
        if wanted is not None:
            report.error("ZC0330", f"`{key}` takes {wanted}, not `{value}`", config.span(*place))
            del section[key]
        elif key in _OF_MAPPINGS:
            for name, one in list(value.items()):
                if isinstance(one, dict):
                    if key == "steps":
                        _repair((*place, str(name)), one, config, report)
                elif one is not None:
                    text = f"`{name}` below `{key}` takes a mapping, not `{one}`"
                    report.error("ZC0330", text, config.span(*place, str(name)))
                    del value[name]


def _unknown_keys(config: RunConfiguration, report: Aside) -> None:
    check_section((), config.values, Place.YAML, config.span, report)
    steps = config.values.get("steps")
    for name, step in steps.items() if isinstance(steps, dict) else ():
        if isinstance(step, dict):
            check_section(("steps", str(name)), step, Place.STEP_YAML, config.span, report)


def check_section(path: Path, section: dict[str, Any], place: Place, spans: Spans, report: Aside | Report) -> None:
    """Report what means nothing in a section of a run configuration, at any depth. `path` is the section's."""
    _keys(path, section, surface.at(place), spans, report)
    _forgotten(path, section, place, spans, report)
    for setting in surface.settings(place):
        for key in (setting.name, *setting.yaml):
            if isinstance(section.get(key), dict):
                _below(section[key], setting, partial(spans, *path, key), report)


def _keys(path: Path, section: dict[str, Any], known: frozenset[str], spans: Spans, report: Aside | Report) -> None:
    """One warning for all keys of a section that mean nothing."""
    unknown = [str(key) for key in section if key not in known and key != "name"]
    if not unknown:
        return
    helps = did_you_mean(unknown[0], known)
    if path and not helps:
        helps = ("parameters of a step stand below `parameters:`",)
    listed = ", ".join(f"`{key}`" for key in unknown[:6]) + (", …" if len(unknown) > 6 else "")
    report.warning(
        "ZC0332",
        f"unknown key{'s' if len(unknown) > 1 else ''} {listed} in the run configuration",
        spans(*path, unknown[0]),
        label="has no effect",
        helps=helps,
    )


def _forgotten(path: Path, section: dict[str, Any], place: Place, spans: Spans, report: Aside | Report) -> None:
    """Report keys that ZenML takes and forgets."""
    for key in section if place is Place.YAML else ():
        meant = surface.WITHOUT_EFFECT_IN_YAML.get(key)
        if meant is not None:
            report.warning(
                "ZC0332",
                f"`{key}` has no effect at the top of a run configuration",
                spans(*path, key),
                label="ignored",
                notes="ZenML forgets it as well",
                helps=f"write `{meant}:`",
            )
    if section.get("name") is not None:
        owner = "a step" if path else "a pipeline"
        report.note(
            "ZC0313",
            "`name` has no effect in a run configuration",
            spans(*path, "name"),
            label="ignored",
            notes=f"the decorator names {owner}",
        )


def _below(value: dict[str, Any], setting: Setting, spans: Spans, report: Aside | Report) -> None:
    if setting.below == "settings.*":
        check_settings(value, spans, report)
    elif setting.below in surface.TABLES and setting.below.endswith(".*"):
        for name, one in value.items():
            if isinstance(one, dict):
                check_fields([surface.TABLES[setting.below]], one, partial(spans, str(name)), report)
    elif setting.below in surface.TABLES:
        check_fields([surface.TABLES[setting.below]], value, spans, report)
