"""Options of building that users give: what the Docker SDK calls them, and how `docker build` takes them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from zencompile_docker.quoting import is_name


class BadOption(ValueError):
    """An option that can't be handed on; the message says why."""


class Option(NamedTuple):
    """`keyword` is the SDK's; `words` makes the command's arguments of a value, None where the command has no flag."""

    keyword: str
    check: Callable[[Any], bool]
    words: Callable[[Any], Iterator[str]] | None


def _flag(name: str) -> Callable[[Any], Iterator[str]]:
    def words(value: Any) -> Iterator[str]:
        if value:
            yield f"--{name}"

    return words


def _value(name: str) -> Callable[[Any], Iterator[str]]:
    def words(value: Any) -> Iterator[str]:
        yield from (f"--{name}", str(value))

    return words


def _each(name: str, between: str = "=") -> Callable[[Any], Iterator[str]]:
    def words(value: Any) -> Iterator[str]:
        for key in value:
            given = value[key] if isinstance(value, Mapping) else None
            yield from (f"--{name}", key if given is None else f"{key}{between}{given}")

    return words


def _limits(value: Any) -> Iterator[str]:
    names = {"memory": "memory", "memswap": "memory-swap", "cpushares": "cpu-shares", "cpusetcpus": "cpuset-cpus"}
    for key, given in value.items():
        yield from (f"--{names[key]}", str(given))


def _is_bool(value: Any) -> bool:
    return isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict) and not any(isinstance(one, (dict, list)) for one in value.values())


def _are_limits(value: Any) -> bool:
    return _is_mapping(value) and value.keys() <= {"memory", "memswap", "cpushares", "cpusetcpus"}


OPTIONS = {
    "build_args": Option("buildargs", _is_mapping, _each("build-arg")),
    "cache_from": Option("cache_from", _are_texts, _each("cache-from")),
    "container_limits": Option("container_limits", _are_limits, _limits),
    "extra_hosts": Option("extra_hosts", _is_mapping, _each("add-host", ":")),
    "forcerm": Option("forcerm", _is_bool, _flag("force-rm")),
    "isolation": Option("isolation", _is_text, _value("isolation")),
    "labels": Option("labels", _is_mapping, _each("label")),
    "network_mode": Option("network_mode", _is_text, _value("network")),
    "no_cache": Option("nocache", _is_bool, _flag("no-cache")),
    "platform": Option("platform", _is_text, _value("platform")),
    "pull": Option("pull", _is_bool, _flag("pull")),
    "quiet": Option("quiet", _is_bool, _flag("quiet")),
    "rm": Option("rm", _is_bool, _flag("rm")),
    "shm_size": Option("shmsize", _is_number, _value("shm-size")),
    "squash": Option("squash", _is_bool, _flag("squash")),
    "target": Option("target", _is_text, _value("target")),
    "timeout": Option("timeout", _is_number, None),
    "use_config_proxy": Option("use_config_proxy", _is_bool, None),
}


def problems(options: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is wrong with each option that can't be handed on, and what helps."""
    for name, value in options.items():
        option = OPTIONS.get(name)
        if option is None:
            near = difflib.get_close_matches(name, OPTIONS, 1)
            helps = f"did you mean `{near[0]}`?" if near else f"known: {', '.join(OPTIONS)}"
            yield f"there is no build option `{name}` that Docker's SDK could be given", (helps,)
        elif not option.check(value):
            yield f"the build option `{name}` can't be {value!r}", ()
        elif name == "build_args":
            wrong = [key for key in value if not is_name(key)]
            yield from ((f"`{key}` can't be the name of a build argument", ()) for key in wrong)


def keywords(options: Mapping[str, Any]) -> dict[str, Any]:
    """The SDK's own arguments: the daemon takes texts alone in mappings."""
    found: dict[str, Any] = {}
    for name in sorted(options.keys() & OPTIONS.keys()):
        value = options[name]
        if isinstance(value, dict) and name != "container_limits":
            value = {key: None if one is None else str(one) for key, one in value.items()}
        found[OPTIONS[name].keyword] = value
    return found


def words(options: Mapping[str, Any]) -> Iterator[str]:
    """The arguments of `docker build`, unquoted."""
    for name in sorted(options.keys() & OPTIONS.keys()):
        made = OPTIONS[name].words
        if made is not None:
            yield from made(options[name])
