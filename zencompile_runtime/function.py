"""A step's function: found by its entrypoint, given its arguments, called."""

from __future__ import annotations

import contextlib
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from zencompile_runtime import importing, inputs, intact, observing, own
from zencompile_runtime.context import Running
from zencompile_runtime.errors import ConfigurationFault, Fault, ParameterFault, UserFault
from zencompile_runtime.outputs import hints_of
from zencompile_runtime.receiving import NotLoadable
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import ArtifactStore
from zencompile_runtime.values.coerce import coerce
from zencompile_runtime.values.literals import decode


@dataclass(frozen=True)
class Target:
    """What is called, its parameters and where it is defined."""

    call: Callable[..., Any]
    parameters: Mapping[str, inspect.Parameter]
    location: str


_targets: dict[str, tuple[Any, Target]] = {}


def find(entrypoint: str) -> Target:
    """The function behind "module:name": a plain one, one under `@step`, or the `entrypoint` of a step class."""
    found = importing.load(entrypoint)
    known = _targets.get(entrypoint)
    if known is not None and known[0] is found:
        return known[1]
    call = found
    if isinstance(found, type) and hasattr(found, "entrypoint"):
        call = found().entrypoint
    elif hasattr(found, "entrypoint"):
        call = found.entrypoint
    if not callable(call):
        raise ConfigurationFault(
            f"{entrypoint} is a {type(found).__name__}, not a step", help="compile the pipeline again"
        )
    with observing.quiet():  # it is we who look at the function, and it starts in any case
        target = Target(call, inspect.signature(call).parameters, importing.location_of(call))
    _targets[entrypoint] = (found, target)
    return target


def location(entrypoint: str) -> str:
    """ "path:line" of the step's function, or an empty text."""
    known = _targets.get(entrypoint)
    return known[1].location if known else ""


def arguments(
    target: Target, spec: StepSpec, resolved: Mapping[str, Any], store: ArtifactStore, running: Running
) -> dict[str, Any]:
    """The arguments by name: artifacts loaded, literals decoded, all coerced to the annotations."""
    hints = hints_of(target.call)
    found: dict[str, Any] = {}
    for name, one in resolved.items():
        hint = hints.get(name, Any)
        if _wants(hint, "UnmaterializedArtifact"):
            from zencompile_runtime.names.artifact import UnmaterializedArtifact

            found[name] = UnmaterializedArtifact.of(one, store, name)
        else:
            found[name] = _coerced(_loaded(one, store, hint, name, spec, target), hint, name, spec, target)
    given = {name: decode(literal) for name, literal in spec.params.items()}
    given |= {name: inputs.external(literal, store) for name, literal in spec.externals.items()}
    for name, value in given.items():
        found[name] = _coerced(value, hints.get(name, Any), name, spec, target)
    running.parameters = {name: found[name] for name in spec.params}
    for name, parameter in target.parameters.items():
        hint = hints.get(name, Any)
        if name in found or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if _wants(hint, "StepContext"):
            from zencompile_runtime.names.step_context import StepContext

            found[name] = StepContext(running)
        elif _is_group(hint):
            fields = [field for field in _group_fields(hint) if field in found]
            found[name] = hint(**{field: found.pop(field) for field in fields})
        elif parameter.default is parameter.empty:
            raise ConfigurationFault(
                f"step `{spec.id}` got no value for its input `{name}`",
                help=f"give --param={name}=JSON or --input={name}=REFERENCE",
                location=target.location,
            )
        elif parameter.default is not None:
            found[name] = _coerced(parameter.default, hint, name, spec, target)
    _check_names(target, found, spec)
    return found


def invoke(target: Target, values: dict[str, Any]) -> Any:
    """Call the function; a coroutine is run to its end. A process that the function forks never comes back from it."""
    process, mask = os.getpid(), os.umask(0)
    os.umask(mask)
    try:
        returned = target.call(**values)
        intact.restore()
        if inspect.iscoroutine(returned):
            import asyncio

            return asyncio.run(returned)
        return returned
    finally:
        intact.restore()
        os.umask(mask)  # files of the store are readable, whatever the step wants of its own
        _open_streams()
        if os.getpid() != process:
            _end_fork(sys.exc_info()[1])


def _open_streams() -> None:
    """Put something in the place of standard streams whose descriptors the function has closed: else what is opened
    next, as a file of the store, would take their numbers, and what is printed would be written there.
    """
    for fd in range(3):
        try:
            own.os.fstat(fd)
        except OSError:
            null = own.os.open(os.devnull, os.O_RDWR)  # it takes the lowest number that is free
            if null != fd:
                os.dup2(null, fd)
                os.close(null)


def _end_fork(error: BaseException | None) -> NoReturn:
    """End a process that was forked by a step and came out of its function, as a program of its own would end: there
    is one result of a step, and it is stored by the step's own process.
    """
    status = 1
    if isinstance(error, SystemExit) and (error.code is None or isinstance(error.code, int)):
        status = (error.code or 0) & 0xFF
    elif error is None:
        sys.stderr.write("note: a process that the step forked returned from its function, too; its result is lost\n")
    else:
        import traceback

        traceback.print_exception(error)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(status)


def _loaded(one: Any, store: ArtifactStore, hint: Any, name: str, spec: StepSpec, target: Target) -> Any:
    try:
        return inputs.load(one, store, hint)
    except Fault:
        raise
    except NotLoadable as error:
        raise ParameterFault(
            f"step `{spec.id}`: input `{name}`: {error}",
            help="change one of the two annotations, or convert the value in a step",
            location=target.location,
        ) from None
    except Exception as error:
        helps = "see that the materializer reads what it writes, and that both steps have the same packages"
        if isinstance(error, ModuleNotFoundError) and error.name:
            helps = f"add the package that provides {error.name!r} to the step's requirements"
        raise UserFault(
            f"step `{spec.id}`: input `{name}` can't be loaded: {type(error).__name__}: {error}",
            help=helps,
            location=target.location,
        ) from error


def _coerced(value: Any, hint: Any, name: str, spec: StepSpec, target: Target) -> Any:
    declared = target.parameters.get(name)
    if value is None and declared is not None and declared.default is None:
        return None  # `x: int = None`, as older releases took it
    try:
        return coerce(value, hint, name)
    except ParameterFault as error:
        raise ParameterFault(
            f"step `{spec.id}`: {error.message}",
            help="change the value, or the annotation",
            location=target.location,
        ) from None


def _wants(hint: Any, name: str) -> bool:
    return (
        isinstance(hint, type)
        and hint.__name__ == name
        and hint.__module__.startswith(("zencompile_runtime.", "zenml."))
    )


def _is_group(hint: Any) -> bool:
    return isinstance(hint, type) and any(one.__name__ == "BaseParameters" for one in hint.__mro__[1:])


def _group_fields(hint: Any) -> list[str]:
    import typing

    return list(typing.get_type_hints(hint))


def _check_names(target: Target, found: Mapping[str, Any], spec: StepSpec) -> None:
    if any(one.kind is one.VAR_KEYWORD for one in target.parameters.values()):
        return
    unknown = [name for name in found if name not in target.parameters]
    if unknown:
        raise ConfigurationFault(
            f"step `{spec.id}` has no input {', '.join(f'`{one}`' for one in unknown)}; "
            f"it has {', '.join(f'`{one}`' for one in target.parameters) or 'none'}",
            help="compile the pipeline again",
            location=target.location,
        )
