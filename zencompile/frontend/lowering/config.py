"""The configuration of invocations and of the pipeline: who wins, and as what it stands in the IR.

Later wins: `@step`, `step.configure`/`with_options`, flags at the top of the run configuration, `steps.<id>` of the run
configuration, `steps=` of `with_options`. Then the pipeline's values fill the gaps.
"""

from __future__ import annotations

import re
from typing import Any

from zencompile.diagnostics import did_you_mean
from zencompile.frontend import surface
from zencompile.frontend.framework.arguments import source_of
from zencompile.frontend.framework.decorators import Tag
from zencompile.frontend.framework.handles import Recorded
from zencompile.frontend.framework.options import Options, inherit, without_none
from zencompile.frontend.lowering.components import component
from zencompile.frontend.lowering.docker import DockerLowering
from zencompile.frontend.lowering.downgrades import downgrades
from zencompile.frontend.lowering.hook_signatures import unfit
from zencompile.frontend.lowering.levels import merged
from zencompile.frontend.lowering.plain import Plain
from zencompile.frontend.project import Project
from zencompile.frontend.values import Function, Placed, Value
from zencompile.frontend.values.placed import shown
from zencompile.ir import CachePolicy, Clash, Declared, Environment, Group, Hook, Hooks, Resources, Retry
from zencompile.source import Span

_MEMORY = re.compile(r"(\d+)(B|KB|KiB|MB|MiB|GB|GiB|TB|TiB|PB|PiB)")
_UNITS = {u: 1000**i for i, u in enumerate(("B", "KB", "MB", "GB", "TB", "PB"))} | {
    u: 1024**i for i, u in enumerate(("B", "KiB", "MiB", "GiB", "TiB", "PiB"))
}
_BOOLEANS = ("include_step_code", "include_step_parameters", "include_artifact_values", "include_artifact_ids")
_DOCKER = ("settings", "docker")
_FLAGS = ("enable_cache", "enable_step_logs", "enable_artifact_metadata", "enable_artifact_visualization")
_INHERITED = ("settings", "environment", "extra", "substitutions")
_NOTED = frozenset(setting.name for setting in surface.SETTINGS if setting.noted)
NO_HOOKS = Hooks.model_construct()
_DEFAULT_CACHE = CachePolicy.model_construct()


class ConfigLowering:
    """Works out the configuration of one pipeline's invocations."""

    def __init__(self, plain: Plain, project: Project, options: Options, flags: dict[str, bool]) -> None:
        self.plain = plain
        self.framework = plain.framework
        self.report = plain.framework.report
        self.options = options  # the pipeline's, effective
        self.flags = flags  # set at the top of the run configuration: they beat the steps' own
        self.docker = DockerLowering(plain, project)
        self.environments: dict[str, Environment] = {}
        self._environment_of: list[tuple[dict[str, Value], str]] = []
        self.clashes: dict[Clash, None] = {}
        self._shared: dict[int, tuple[Options, dict[str, Any]]] = {}

    # invocations

    def invocation(self, recorded: Recorded, over: Options) -> dict[str, Any]:
        """The fields of an `Invocation` that configuration decides. `over` is the run configuration's for this id."""
        if not over.values:
            known = self._shared.get(id(recorded.options))
            if known is not None and known[0] is recorded.options:
                return known[1]
        own = recorded.options
        if self.flags:
            own = own.merged(Options(dict(self.flags)))
        effective = own.merged(over)
        fields = self._fields(effective, recorded)
        if not over.values:
            self._shared[id(recorded.options)] = (recorded.options, fields)
        return fields

    def _fields(self, own: Options, recorded: Recorded) -> dict[str, Any]:
        values = {name: inherit(self.options.get(name) or {}, own.get(name) or {}) for name in _INHERITED}
        spans = {**self.options.spans, **self.options.kept(own), **own.spans}
        everything = Options({**self.options.values, **own.values, **values}, spans)
        self.mention(own)
        settings = everything.values["settings"]
        return {
            "cache": self._cache(own),
            "retry": self._retry(everything),
            "timeout": None,
            "resources": self._resources(settings.get("resources") or {}, everything),
            "environment": self._environment(settings.get("docker") or {}, everything, recorded.step.name),
            "image": None,
            "variables": self._variables(own, everything),
            "secrets": tuple(dict.fromkeys([*(self.options.get("secrets") or ()), *(own.get("secrets") or ())])),
            "hooks": self.hooks(everything, surface.HOOKS),
            "materializers": self._materializers(own, recorded),
            **self.components(self.options, own),
            "extra": without_none(self.dictionary(everything, "extra")),
            "substitutions": {k: str(v) for k, v in self.dictionary(everything, "substitutions").items()},
            "model": self.model(own),
            "group": self._group(own),
            "artifact_metadata": self._flag(own, "enable_artifact_metadata"),
            "artifact_visualization": self._flag(own, "enable_artifact_visualization"),
            "flags": _flags(own),
        }

    def declared(self) -> Declared:
        """What the pipeline says by itself."""
        options = self.options
        values = options.get("environment") or {}
        spans = {str(name): options.span("environment", str(name)) for name in values}
        paths = {name: source_of(options.get(name)) for name in surface.HOOKS}
        tags = [tag for tag in options.get("tags") or () if isinstance(tag, Tag)]
        fields: dict[str, Any] = {
            "flags": _flags(options),
            "variables": self.plain.variables(values, spans, "the variable") if values else {},
            "secrets": tuple(options.get("secrets") or ()),
            "retry": self._retry(options),
            "hooks": Hooks(**{name: Hook(entrypoint=path) for name, path in paths.items() if path is not None}),
            "cascading": tuple(dict.fromkeys(str(tag) for tag in tags if tag.cascade)),
            "exclusive": tuple(dict.fromkeys(str(tag) for tag in tags if tag.exclusive)),
            "tags": {str(tag): tag.given for tag in tags if tag.given is not None},
        }
        return Declared.model_construct(**{name: value for name, value in fields.items() if value})

    def mention(self, options: Options) -> None:
        """What has no effect is listed; what a user may have counted on gets a note."""
        for what, reason, span, noted in downgrades(options):
            self.framework.ignore(what, reason, span)
            if noted:
                self.report.note("ZC0313", f"`{what}` has no effect", span, label="ignored", notes=reason)

    def _flag(self, own: Options, name: str) -> bool:
        for options in (own, self.options):
            value = options.get(name)
            if isinstance(value, bool):
                return value
        return True

    def _cache(self, own: Options) -> CachePolicy:
        enabled = self._flag(own, "enable_cache")
        policy = own.get("cache_policy")
        inherited = self.options.get("cache_policy")
        if not policy and not inherited:
            return _DEFAULT_CACHE if enabled else CachePolicy(enabled=False)
        merged = dict(policy or {})
        for name, value in (inherited or {}).items():
            if name not in _BOOLEANS:  # every step has the default policy, so a pipeline's booleans never count
                merged.setdefault(name, value)
        return self._policy(merged, enabled, own.span("cache_policy"))

    def _policy(self, fields: dict[str, Value], enabled: bool, span: Span | None) -> CachePolicy:
        made: dict[str, Any] = {"enabled": enabled}
        function = fields.pop("cache_func", None)
        sources = fields.pop("source_dependencies", None) or []
        files = fields.get("file_dependencies")
        if isinstance(files, (list, tuple)):
            fields["file_dependencies"] = [shown(f.inner) if isinstance(f, Placed) else f for f in files]
        for name, value in self.plain.items(fields, dict.fromkeys(fields, span), "the cache policy's"):
            if name in _BOOLEANS:
                made[name] = bool(value)
            elif name == "expires_after" and isinstance(value, (int, float)):
                made[name] = int(value)
            elif name in ("ignored_inputs", "file_dependencies") and isinstance(value, list):
                made[name] = tuple(str(v) for v in value)
        made["source_dependencies"] = tuple(filter(None, (source_of(s) for s in sources)))
        made["cache_function"] = source_of(function)
        return CachePolicy(**made)

    def _retry(self, options: Options) -> Retry | None:
        value = options.get("retry")
        if not value:
            return None
        fields = dict(self.plain.items(dict(value), {}, "the retry's"))
        numbers = {"max_retries": 1.0, "delay": 0.0, "backoff": 0.0}
        for name in numbers:
            given = fields.get(name)
            try:
                numbers[name] = numbers[name] if given is None else float(given)
                wrong = numbers[name] < 0
            except (TypeError, ValueError):
                wrong = True
            if wrong:
                what = f"`{name}` of a retry is a number that is not negative, not {given!r}"
                self.framework.problem("ZC0314", what, options.span("retry", name))
                return None
        retries, delay, backoff = int(numbers["max_retries"]), numbers["delay"], numbers["backoff"]
        # None is said as well: an engine's own default, or its user's, is no part of the pipeline.
        return Retry(max_retries=retries, delay=delay, backoff=backoff) if retries else Retry(max_retries=0)

    def _resources(self, given: dict[str, Value], options: Options) -> Resources | None:
        if not given:
            return None
        spans = {name: options.span("settings", "resources", name) for name in given}
        fields = dict(self.plain.items(given, spans, "the resource"))
        made: dict[str, Any] = {}
        cpu, gpu = fields.get("cpu_count"), fields.get("gpu_count")
        if cpu is not None and self._number(cpu, "cpu_count", spans, above=0):
            made["cpu"] = float(cpu)
        if gpu is not None and self._number(gpu, "gpu_count", spans, above=-1):
            made["gpu"] = int(gpu)
        if fields.get("gpu_class") is not None:
            made["gpu_class"] = str(fields["gpu_class"])
        made.update(self._memory(fields.get("memory"), spans.get("memory")))
        return Resources(**made) if made else None

    def _number(self, value: Any, name: str, spans: dict[str, Span | None], above: float) -> bool:
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > above:
            return True
        least = "positive" if above == 0 else "not negative"
        self.framework.problem("ZC0312", f"`{name}` is a number that is {least}, not {value!r}", spans.get(name))
        return False

    def _memory(self, value: Any, span: Span | None) -> dict[str, Any]:
        if value is None:
            return {}
        match = _MEMORY.fullmatch(str(value))
        if match is None:
            self.framework.problem(
                "ZC0312",
                f"`{value}` is no amount of memory",
                span,
                helps="write a whole number and a unit, such as `512MB`, `4GB` or `4GiB`",
            )
            return {}
        return {"memory": int(match.group(1)) * _UNITS[match.group(2)], "memory_text": str(value)}

    # environments

    def _environment(self, docker: dict[str, Value], options: Options, step: str) -> str:
        """The key of the environment with these merged Docker settings; equal ones are one."""
        for known, key in self._environment_of:
            if known == docker:
                return key
        key = "default" if docker == (self.options.get("settings") or {}).get("docker", {}) else step
        number = 2
        while key in self.environments:
            key, number = f"{step}_{number}", number + 1
        spans = {name: options.span("settings", "docker", name) for name in docker}
        spans |= {p[2]: at for p, at in options.spans.items() if p[:2] == _DOCKER and len(p) == 3 and "[" in p[2]}
        spans |= {f"{p[2]}[{p[3]}]": at for p, at in options.spans.items() if p[:2] == _DOCKER and len(p) == 4}
        environment = self.docker.lower(docker, {k: v for k, v in spans.items() if v is not None})
        same = next((k for k, e in self.environments.items() if _bare(e) == _bare(environment)), None)
        if same is None:
            self.environments[key] = environment
        self._environment_of.append((docker, same or key))
        return same or key

    def _variables(self, own: Options, everything: Options) -> dict[str, Any]:
        values = everything.values["environment"]
        if not values:
            return {}
        for name, value in (own.get("environment") or {}).items():
            if isinstance(value, (int, float)):
                self.framework.problem(
                    "ZC0315",
                    f"the variable `{name}` of a step is text, not {value!r}",
                    own.span("environment", str(name)),
                    helps=f'write "{value}"',
                )
        spans = {str(name): everything.span("environment", str(name)) for name in values}
        return self.plain.variables(values, spans, "the variable")

    # what is named by a path

    def hooks(self, options: Options, names: tuple[str, ...]) -> Hooks:
        """The hooks of these events."""
        found = {name: self._hook(name, options) for name in names if options.get(name) is not None}
        found = {name: hook for name, hook in found.items() if hook is not None}
        return Hooks(**found) if found else NO_HOOKS

    def run_hooks(self, dynamic: bool) -> Hooks:
        """The hooks of a run. Those that a dynamic pipeline has for a run are its steps' here, which is said."""
        for name in surface.HOOKS if dynamic else ():
            if self.options.get(name) is not None:
                self.report.warning(
                    "ZC0537",
                    f"`{name}` of a dynamic pipeline is called by each of its steps",
                    self.options.span(name),
                    label="called once a run, in ZenML",
                    notes="there is no process here that runs the program",
                    helps="give it to the steps that it is for; `on_cleanup` is called once a run",
                )
        return self.hooks(self.options, surface.RUN_HOOKS)

    def _hook(self, name: str, options: Options) -> Hook | None:
        value, span = options.get(name), options.span(name)
        value, path = self._undecorated(value)
        if path is not None and path.startswith("zenml"):
            reason = "the framework's own hooks need a stack"
            self.framework.ignore(name, reason, span)
            self.report.warning("ZC0313", f"`{name}` has no effect", span, label="ignored", notes=reason)
            return None
        if path is None or (isinstance(value, Function) and not value.is_top_level):
            self.framework.problem(
                "ZC0316",
                f"`{name}` takes a function that can be imported, or its dotted path",
                span,
                helps="define the hook at the top level of a module",
            )
            return None
        if isinstance(value, Function) and not self._fits(name, value, span):
            return None
        keywords = self.dictionary(options, "on_init_kwargs") if name == "on_init" else {}
        return Hook(entrypoint=path, keywords=keywords, span=span)

    def _undecorated(self, hook: Value) -> tuple[Value, str | None]:
        """A hook's function and where it is found: one that a decorator with `functools.wraps` has made is known by the
        name of what it wraps.
        """
        inner = hook
        while isinstance(inner, Function) and isinstance((inner.attributes or {}).get("__wrapped__"), Function):
            inner = (inner.attributes or {})["__wrapped__"]
        if inner is hook or not isinstance(inner, Function) or not inner.is_top_level:
            return hook, source_of(hook)
        evaluator = self.framework.evaluator
        meant = evaluator.get(inner.module, inner.name)
        is_there = isinstance(meant, Function) and isinstance(hook, Function) and evaluator.is_same(meant, hook)
        return (inner if is_there else hook), source_of(inner if is_there else hook)

    def _fits(self, name: str, hook: Function, span: Span | None) -> bool:
        """Whether a hook can be called as its event calls it."""
        why = unfit(name, hook, self.framework.evaluator)
        if why is not None:
            self.framework.problem("ZC0316", why.message, span, helps=why.helps)
        return why is None

    def _materializers(self, own: Options, recorded: Recorded) -> dict[str, tuple[str, ...]]:
        given = own.get("output_materializers")
        if not given:
            return {}
        shape = recorded.step.shape
        names = [output.name for output in shape.outputs]
        found: dict[str, tuple[str, ...]] = {}
        for output, values in given.items():
            if output is not None and output not in names and not shape.open:
                known = ", ".join(f"`{n}`" for n in names) or "no outputs"
                self.framework.problem(
                    "ZC0317",
                    f"step `{recorded.step.name}` has no output `{output}`",
                    own.span("output_materializers", str(output)),
                    notes=f"it has {known}",
                    helps=did_you_mean(str(output), names),
                )
                continue
            paths = tuple(filter(None, (source_of(v) for v in values)))
            for name in names if output is None else (output,):
                if paths:
                    found[name] = paths
        return dict(sorted(found.items()))

    # plain dictionaries

    def dictionary(self, options: Options, name: str) -> dict[str, Any]:
        """A dictionary of JSON values."""
        values = options.get(name) or {}
        if not values:
            return {}
        spans = {str(key): options.span(name, str(key)) for key in values}
        return dict(self.plain.items({str(k): v for k, v in values.items()}, spans, f"`{name}`:"))

    def model(self, options: Options) -> dict[str, Any] | None:
        """The model as its explicitly set fields."""
        values = options.get("model")
        if not values:
            return None
        return {k: v for k, v in self.dictionary(options, "model").items() if v is not None} or None

    def components(self, *levels: Options) -> dict[str, Any]:
        """The settings of orchestrators, raw, and where their parts were set, as fields of a node.

        Those of other components have no effect and are listed.
        """
        for options in levels:
            self._without_effect(options)
        found = merged(levels)
        self.clashes.update(dict.fromkeys(found.clashes))
        settings = {key: component(one, self.plain, found.spans.get((key,))) for key, one in found.settings.items()}
        return {"settings": settings, "spans": {"/".join(path): span for path, span in found.spans.items()}}

    def _without_effect(self, options: Options) -> None:
        for key in options.get("settings") or {}:
            kind = key.replace(":", ".").partition(".")[0]
            if kind == "orchestrator" or key in ("docker", "resources"):
                continue
            reason, span = "it configures a component that no target has", options.span("settings", key)
            self.framework.ignore(f"settings {key}", reason, span)
            if kind in _NOTED:
                self.report.note("ZC0313", f"the settings of `{key}` have no effect", span, label="ignored")

    def _group(self, own: Options) -> Group | None:
        value = own.get("group")
        if value is None:
            return None
        value = self.plain.known(value, "`group`", own.span("group"))
        if isinstance(value, dict):
            name = str(value.get("name") or value.get("id") or "")
            return Group(id=str(value.get("id") or name), name=name) if name else None
        return Group(id=str(value), name=str(value)) if value else None


def _flags(options: Options) -> dict[str, bool]:
    return {name: value for name in _FLAGS if isinstance(value := options.get(name), bool)}


def _bare(environment: Environment) -> dict[str, Any]:
    """An environment without the places where it was set."""
    return {name: getattr(environment, name) for name in type(environment).model_fields if name != "spans"}
