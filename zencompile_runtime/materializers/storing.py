"""Storing a value so that it comes back as it is: by its materializer, by pickle where that loses something, or not.

What was written is loaded again before it counts as stored. Each materializer of ours says by `comes_back` how far it
looks: at all of a small value, at the structure of a large one. One of the user's is loaded again where that is cheap.
"""

from __future__ import annotations

import errno
from typing import Any

from zencompile_runtime.errors import Fault, InfrastructureFault, OutputFault
from zencompile_runtime.materializers import pickled  # noqa: F401 (it takes pickle before user code can patch it)
from zencompile_runtime.materializers.base import OURS, BaseMaterializer
from zencompile_runtime.materializers.folder import Folder
from zencompile_runtime.materializers.select import LAST_RESORT, for_value, make, ours

_MEDIUM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EIO}  # the disk's fault, not the materializer's
_CHEAP = 64 << 20  # bytes of files up to which what a user's materializer wrote is loaded again


def store(
    value: Any, folder: Folder, explicit: tuple[type[BaseMaterializer], ...] = (), notes: list[str] | None = None
) -> BaseMaterializer:
    """Store a value in a folder, and return the materializer that did.

    OutputFault, which names the materializer, the type and the remedy, if none of them can so that it comes back.
    """
    kind = for_value(value, explicit)
    materializer = make(kind, folder)
    if not kind.__module__.startswith(OURS):
        _save(materializer, value)
        _check_users(materializer, value, notes if notes is not None else [])
        return materializer
    why = _why_not(materializer, value)
    last = ours(LAST_RESORT)
    if why and kind is not last and not explicit:
        folder.clear()
        materializer = make(last, folder)
        why = _why_not(materializer, value)
    if why:
        raise OutputFault(
            f"{kind.__name__} can't store a {type(value).__name__}: {why}",
            help="return what it can store, or give the output a materializer: @step(output_materializers=…)",
        )
    return materializer


def _why_not(materializer: BaseMaterializer, value: Any) -> str:
    """Store a value with a materializer of ours; why it does not come back from there, empty if it does.

    An OutputFault is its last word: then pickle would lose something, too, or has been tried.
    """
    try:
        materializer.save(value)
        return "" if materializer.comes_back(value) else "it would come back as something else"
    except OutputFault as error:
        name = type(materializer).__name__
        if name in error.message:
            raise
        raise OutputFault(f"{name}: {error.message}", help=error.help) from error.__cause__
    except Fault:
        raise
    except RecursionError:
        return "it is nested too deeply"
    except Exception as error:
        _blame_the_medium(value, error)
        return f"{type(error).__name__}: {error}"


def _save(materializer: BaseMaterializer, value: Any) -> None:
    try:
        materializer.save(value)
    except Fault:
        raise
    except Exception as error:
        _blame_the_medium(value, error)
        name = type(materializer).__name__
        raise OutputFault(
            f"{name} can't store a {type(value).__name__}: {type(error).__name__}: {error}",
            help=f"return what {name} can store, or give the output another materializer: "
            "@step(output_materializers=…)",
        ) from error


def _blame_the_medium(value: Any, error: Exception) -> None:
    """Raise InfrastructureFault if it is the disk's fault that a value could not be stored."""
    if isinstance(error, OSError) and error.errno in _MEDIUM:
        raise InfrastructureFault(
            f"can't store a {type(value).__name__}: {error.strerror}",
            help="free some space, or choose another store; what was stored before is intact",
        ) from error


def _check_users(materializer: BaseMaterializer, value: Any, notes: list[str]) -> None:
    """Load what a user's materializer stored, where it is small. What it makes of the value is for it to say."""
    if materializer.folder.size() > _CHEAP:
        return
    kind, name, described = type(value), type(materializer).__name__, f"a {type(value).__name__}"
    try:
        found = make(type(materializer), materializer.folder).load(kind)
    except Fault:
        raise
    except NotImplementedError as error:
        notes.append(f"{name} stores {described} and can't load it ({error or 'not implemented'}): no step can read it")
        return
    except Exception as error:
        raise OutputFault(
            f"{name} stored {described} and can't load it again: {type(error).__name__}: {error}",
            help=f"let {name}.load read what {name}.save wrote; raise NotImplementedError there if no step reads it",
        ) from error
    if found is None and value is not None:
        notes.append(f"{name}.load returned nothing for {described}")
