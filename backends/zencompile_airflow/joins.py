"""What the compiler gives an operator and what the user's settings give it, joined: neither replaces the other.

Lists are put together, dictionaries and models joined field by field. Where two say different things of one thing (a
mount at a path, a variable, a limit) the settings are refused. What the compiler merely prefers gives way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

from zencompile_airflow.expressions import length
from zencompile_airflow.given import Argument
from zencompile_airflow.kinds import Refused
from zencompile_airflow.options import Operator
from zencompile_airflow.retries import DOUBLING
from zencompile_airflow.stores import Store
from zencompile_templates.python import Call, Code, py

Keywords = dict[str, object]

ENVIRONMENTS: dict[Operator, str] = {"bash": "env", "docker": "environment", "kubernetes": "env_vars"}
# What says from where the code is imported: a task that changes it doesn't find its step.
_OURS = ("PYTHONHASHSEED", "PYTHONPATH")
# The field by which the elements of a list are told apart: no two may have the same.
_IDENTITIES = {
    "k8s.V1Container": ("name", "init containers called"),
    "k8s.V1Volume": ("name", "volumes called"),
    "k8s.V1VolumeMount": ("mount_path", "mounts at"),
    "Mount": ("target", "mounts at"),
    "Ulimit": ("name", "limits of"),
}
# What decides how a step is run, and is written elsewhere in the source: other values contradict it.
_ELSEWHERE = {
    "cpus": "`ResourceSettings` says `cpu_count`",
    "execution_timeout": "the step has a timeout",
    "mem_limit": "`ResourceSettings` says `memory`",
    "retries": "`retry` of the step or pipeline says `max_retries`",
    "retry_delay": "`retry` of the step or pipeline says `delay`",
    "retry_exponential_backoff": "`retry` of the step or pipeline says `backoff`",
}


class Joined(NamedTuple):
    """The arguments of a task and its environment, and the arguments that could not be joined, with why."""

    keywords: Keywords
    environment: Keywords
    refused: list[tuple[Argument, Refused]]


def join(ours: Keywords, environment: Keywords, given: Iterable[Argument], operator: Operator, store: Store) -> Joined:
    """All arguments of a task."""
    joined = Joined(dict(ours), dict(environment), [])
    last: dict[str, Argument] = {}
    for argument in given:
        last[argument.name] = argument
        try:
            _add(joined, argument, operator, store, argument.name in ours)
        except Refused as problem:
            joined.refused.append((argument, problem))
    if operator == "kubernetes":
        joined.refused.extend(_without_volume(joined.keywords, last))
    if "port_bindings" in last and joined.keywords.get("network_mode") == "host":
        clash = Refused("ZC0557", "binds ports of a container that has the host's network")
        joined.refused.append((last["port_bindings"], clash))
    return joined


def _add(joined: Joined, argument: Argument, operator: Operator, store: Store, in_ours: bool) -> None:
    name, value = argument.name, argument.value
    if name == ENVIRONMENTS.get(operator):
        _variables(joined, value)
        return
    if name == "private_environment" and isinstance(value, dict):
        for variable in value:
            _see_that_it_is_free(variable, joined.environment)
    if name == "image_pull_secrets":
        joined.keywords[name] = _pull_secrets(joined.keywords.get(name), value)
        return
    present = joined.keywords.get(name)
    if present is None:
        joined.keywords[name] = _several(name, [], value, store) if isinstance(value, list) else value
    elif isinstance(present, list) and isinstance(value, list):
        joined.keywords[name] = _several(name, present, value, store)
    elif isinstance(present, (dict, Call)) and type(present) is type(value):
        joined.keywords[name] = _fields(present, value)
    else:
        joined.keywords[name] = _one(name, present, value, in_ours)


def _one(name: str, present: object, value: object, in_ours: bool) -> object:
    """A value in place of another that the compiler only prefers, or that is the same."""
    if present == value or py(present) == py(value) or (in_ours and name not in _ELSEWHERE):
        return value
    if in_ours and name == "retry_delay" and present == length(timedelta(0)):  # the retry says no delay
        return value
    raise Refused(
        "ZC0557",
        f"is {_shown(value)} here and {_shown(present)} elsewhere",
        notes=_ELSEWHERE.get(name, "") if in_ours else "",
        helps=("say it in one place",),
    )


def _shown(value: object) -> str:
    """A value as a person wrote it: a backoff of 2 is a constant in the file."""
    return "doubled" if value == DOUBLING else py(value)


# -- lists -------------------------------------------------------------------------------------------------------------


def _several(name: str, present: list[object], more: list[object], store: Store) -> list[object]:
    found = list(present)
    for index, item in enumerate(more):
        mine = _identity(item, store)
        if any(item == other for other in (found if mine is not None else present)):
            continue
        for other in found:
            if mine is not None and _identity(other, store) == mine:
                problem = Refused("ZC0557", f"makes two {mine[0]} `{mine[1]}`", helps=("take one of them out",))
                problem.notes = _of_store(mine, store)
                raise problem.below(str(index))
        found.append(item)
    return found


def _of_store(identity: tuple[str, object], store: Store) -> str:
    return "the artifact store is mounted there" if identity == ("mounts at", store.folder) else ""


def _identity(item: object, store: Store) -> tuple[str, object] | None:
    """What no two elements of a list may share, and how it is called."""
    if not isinstance(item, Call):
        return None
    if item.function == "DeviceRequest" and "gpu" in str(item.keywords.get("capabilities")):
        return "requests for", "gpu"
    known = _IDENTITIES.get(item.function)
    if known is None:
        return None
    value = item.keywords.get(known[0])
    return known[1], _path(value, store) if known[1] == "mounts at" else value


def _path(value: object, store: Store) -> object:
    if isinstance(value, Code):
        return store.folder
    return (value.rstrip("/") or "/") if isinstance(value, str) else value


def _pull_secrets(present: object, more: object) -> str:
    names = [*_names(present), *_names(more)]
    return ",".join(dict.fromkeys(names))


def _names(secrets: object) -> Iterator[str]:
    if isinstance(secrets, str):
        yield from secrets.split(",")
    elif isinstance(secrets, list):
        for one in secrets:
            name = one.keywords.get("name") if isinstance(one, Call) else one
            if isinstance(name, str) and name:
                yield name


# -- dictionaries and models -------------------------------------------------------------------------------------------


def _fields(present: object, more: object) -> object:
    """Two dictionaries, or two objects of one model, field by field."""
    if isinstance(present, Call) and isinstance(more, Call) and present.function == more.function:
        return Call(present.function, present.positional, _merged(present.keywords, more.keywords))
    if isinstance(present, dict) and isinstance(more, dict):
        return _merged(present, more)
    raise Refused("ZC0557", f"is {py(more)} here and {py(present)} elsewhere", helps=("say it in one place",))


def _merged(present: Mapping[str, object], more: Mapping[str, object]) -> dict[str, object]:
    found = dict(present)
    for key, value in more.items():
        try:
            if key in found and found[key] != value:
                found[key] = _fields(found[key], value)
            else:
                found[key] = value
        except Refused as problem:
            raise problem.below(key) from None
    return found


# -- variables ---------------------------------------------------------------------------------------------------------


def _variables(joined: Joined, value: object) -> None:
    """Variables go into the task's environment; references of pods, which a dictionary can't hold, stand beside it."""
    for name, text in _named(value):
        if name in joined.environment and joined.environment[name] == text:
            continue
        _see_that_it_is_free(name, joined.environment)
        if not isinstance(text, Call):
            joined.environment[name] = text
            continue
        beside = joined.keywords.setdefault("pod_runtime_info_envs", [])
        assert isinstance(beside, list)
        if any(other.keywords.get("name") == name and other != text for other in beside):
            raise Refused("ZC0557", f"gives the variable `{name}` twice", helps=("say it in one place",)).below(name)
        joined.keywords["pod_runtime_info_envs"] = [*(one for one in beside if one != text), text]


def _named(value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        yield from value.items()
    for one in value if isinstance(value, list) else ():
        name = str(one.keywords["name"])
        yield name, one if "value_from" in one.keywords else one.keywords.get("value", "")


def _see_that_it_is_free(name: str, environment: Keywords) -> None:
    if name in _OURS or name.startswith("ZENCOMPILE_"):
        why = "the step's code is found by it" if name == "PYTHONPATH" else "the compiler gives it to each task"
        raise Refused("ZC0557", f"gives the variable `{name}`, which the compiler sets", notes=why).below(name)
    if name in environment:
        problem = Refused("ZC0557", f"gives the variable `{name}` another value than the step's environment")
        problem.helps = ("say it in one place",)
        raise problem.below(name)


# -- pods --------------------------------------------------------------------------------------------------------------


def _without_volume(keywords: Keywords, last: Mapping[str, Argument]) -> Iterator[tuple[Argument, Refused]]:
    """Mounts of volumes that the pod doesn't have; a template of the pod may bring some."""
    if "volume_mounts" not in last or keywords.keys() & {"pod_template_file", "pod_template_dict", "full_pod_spec"}:
        return
    volumes, mounts = keywords.get("volumes", []), keywords["volume_mounts"]
    assert isinstance(volumes, list) and isinstance(mounts, list)
    known = {volume.keywords.get("name") for volume in volumes if isinstance(volume, Call)}
    for mount in mounts:
        name = mount.keywords.get("name") if isinstance(mount, Call) else None
        if name is not None and name not in known:
            problem = Refused("ZC0557", f"mounts the volume `{name}`, which the pod doesn't have")
            problem.helps = (f"add a volume called `{name}` to `volumes`",)
            yield last["volume_mounts"], problem
