"""The executors, a row each: what the port `workers.Executor` is filled by.

A new one is a module with a class that fills the port, and a row here. Its module, and what that imports, is loaded
when it is asked for. The options of the target `local` say the same names (`zencompile_local.options`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zencompile_runtime.errors import ConfigurationFault

if TYPE_CHECKING:
    from zencompile_runtime.runner.graph import Graph
    from zencompile_runtime.runner.plan import Pipeline
    from zencompile_runtime.runner.workers import Executor, Output


@dataclass(frozen=True)
class Site:
    """What an executor is told of the run that it is for.

    `settings` are those that the plan or the call has for this executor. `jobs` is how many steps may run at once, if
    anybody said so.
    """

    plan: Pipeline
    graph: Graph
    run: str
    project: Path
    url: str
    isolation: str
    jobs: int | None
    settings: Mapping[str, Any]
    on_output: Output
    on_note: Callable[[str], None]
    on_interrupt: Callable[[], None]
    lock: int | None = None  # the descriptor of the run's lock, for who watches over processes that may outlive us


@dataclass(frozen=True)
class Kind:
    """A way to run steps.

    `modules` must be importable; `extra` of zencompile brings them. `inline` steps run in the runner's own process,
    `around` says that the pipeline's `on_init` and `on_cleanup` run around each step, for no process keeps one state
    for all. Where steps are `apart` they may run with other packages than the runner's, so that only they know their
    cache keys. `settings` are the names that the row takes, each with what it says; the first is meant where a bare
    text is given.
    """

    name: str
    summary: str
    make: Callable[[Site], Executor]
    modules: tuple[str, ...] = ()
    extra: str = ""
    inline: bool = False
    around: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)

    def load(self, site: Site) -> Executor:
        """The executor for a run; raises ConfigurationFault where what it needs isn't installed."""
        for module in self.modules:
            _require(self, module)
        return self.make(site)

    def checked(self, given: Any) -> dict[str, Any]:
        """Settings as they were given: a mapping, or a text for the first of them; ConfigurationFault for others."""
        if given is None:
            return {}
        found = dict(given) if isinstance(given, Mapping) else {next(iter(self.settings), ""): given}
        for name in found:
            if name not in self.settings:
                helps = f"it takes {', '.join(self.settings) or 'none'}"
                raise ConfigurationFault(f"the executor `{self.name}` has no setting {name!r}", help=helps)
        return found


def find(name: str) -> Kind:
    """The executor of this name; raises ConfigurationFault with those that there are."""
    for kind in KINDS:
        if kind.name == name:
            return kind
    import difflib

    near = difflib.get_close_matches(name, NAMES, 1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    raise ConfigurationFault(f"there is no executor {name!r}", help=f"{meant}one of {', '.join(NAMES)}")


def _require(kind: Kind, module: str) -> None:
    import importlib.util

    if importlib.util.find_spec(module) is not None:
        return
    raise ConfigurationFault(
        f"the executor `{kind.name}` needs the package `{module}`, which isn't installed",
        help=f"pip install 'zencompile[{kind.extra}]', or leave out --executor",
    )


# -- the rows ----------------------------------------------------------------------------------------------------------


def _process(site: Site) -> Executor:
    from zencompile_runtime.runner import execute
    from zencompile_runtime.runner.options import clients_of
    from zencompile_runtime.runner.workers.processes import Processes

    clients = clients_of(site.url)
    return Processes(
        site.project,
        site.on_output,
        site.isolation,
        lambda spec: (*execute.imports_of(spec), *clients),
        (*site.plan.preload, *clients),
        site.lock,
    )


def _in_process(site: Site) -> Executor:
    from zencompile_runtime.runner.workers.inline import Inline

    return Inline(site.on_interrupt, site.lock)


def _docker(site: Site) -> Executor:
    from zencompile_runtime.runner.workers.containers import Containers

    return Containers(site.plan, site.url, site.on_output, site.lock)


def _dask(site: Site) -> Executor:
    from zencompile_runtime.runner.remote.dask import Dask

    return Dask(site)


def _ray(site: Site) -> Executor:
    from zencompile_runtime.runner.remote.ray import Ray

    return Ray(site)


def _slurm(site: Site) -> Executor:
    from zencompile_runtime.runner.remote.slurm import Slurm

    return Slurm(site)


KINDS = (
    Kind("process", "a process for each step, on this machine", _process),
    Kind("in-process", "the runner's own process, one step after the other", _in_process, inline=True),
    Kind("docker", "a container of the step's image", _docker, around=True),
    Kind(
        "dask",
        "the workers of a Dask cluster",
        _dask,
        modules=("distributed",),
        extra="dask",
        around=True,
        settings={"address": "the scheduler's, as tcp://host:8786; else DASK_SCHEDULER_ADDRESS, else a cluster here"},
    ),
    Kind(
        "ray",
        "the workers of a Ray cluster",
        _ray,
        modules=("ray",),
        extra="ray",
        around=True,
        settings={"address": "the cluster's, as host:6379 or ray://host:10001; else RAY_ADDRESS, else a Ray here"},
    ),
    Kind(
        "slurm",
        "a batch job for each step",
        _slurm,
        around=True,
        settings={
            "partition": "where jobs are queued",
            "account": "who pays for them",
            "options": "further arguments of sbatch, a list",
            "poll": "seconds between two looks at the queue",
        },
    ),
)
NAMES = tuple(kind.name for kind in KINDS)
