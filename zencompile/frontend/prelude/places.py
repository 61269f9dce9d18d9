"""Where a path of the program lies: its text, the file or folder of the project that it means, and what the program
itself did there: nothing is written when compiling, so that what it made or deleted is not known.

Texts in here have the virtual root in the place of the project's folder; what the program gets goes through
`values.placed`.
"""

from __future__ import annotations

import posixpath
from pathlib import Path, PurePath, PurePosixPath

from zencompile.frontend.values import MISSING, Context, Placed, Unknown, Value, dunder, type_name
from zencompile.frontend.values.placed import placed_text, shown
from zencompile.frontend.values.plain import PLAIN, unwrap
from zencompile.frontend.virtual import VIRTUAL_ROOT, holds_place


def as_path_text(value: Value, context: Context) -> str | Unknown:
    """A path as text, as `os.fspath` gives it."""
    value = context.force(value)
    if isinstance(value, Placed):
        return value.inner
    value = unwrap(value)
    if isinstance(value, (str, Unknown)):
        return value
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    special = dunder(value, "__fspath__")
    if special is not MISSING:
        return as_path_text(context.call(special, [value]), context)
    if type(value) in PLAIN:
        text = f"expected str, bytes or os.PathLike object, not {type_name(value)}"
        raise context.raise_(TypeError(text))
    return context.unknown("a path made of a value that is not read")


def locate(text: str, context: Context) -> Path | None:
    """The file or folder of the project that a path means."""
    file = context.module.file
    located: Path | None = context.evaluator.project.locate(text, file.location if file else None)
    return located


def is_elsewhere(text: str, context: Context) -> bool:
    """Whether what a path means, which nothing in the project is, may be outside: what is there is not asked."""
    file = context.module.file
    return is_outside(text) or context.evaluator.project.leaves(text, file.location if file else None)


def is_outside(text: str) -> bool:
    """Whether the text of a path says that it can't be of the project."""
    pure = PurePosixPath(text)
    return (pure.is_absolute() and not pure.is_relative_to(VIRTUAL_ROOT)) or text.startswith("~") or "://" in text


# what the program changes


class Changes:
    """What a program did to files and folders, and where it went."""

    def __init__(self) -> None:
        self.paths: dict[str, Unknown] = {}  # absolute paths of what was made, written or deleted
        self.anything: Unknown | None = None  # a path that is not known was changed
        self.moved: Unknown | None = None  # the working directory is not known
        self.folder: str | None = None  # the working directory, where the program chose it


def changes_of(context: Context) -> Changes:
    state: Changes = context.evaluator.file_changes
    return state


def change(value: Value, what: str, context: Context) -> None:
    """A file or folder is made, written or deleted."""
    context.acts(f"a file or folder changes: {what}")
    state = changes_of(context)
    text = as_path_text(value, context)
    if isinstance(text, Unknown):
        state.anything = state.anything or context.unknown(f"which files there are, after {what} of one not known")
    elif not is_outside(text):
        why = context.unknown(f"what lies at `{shown(text)[:80]}`, after {what}")
        state.paths.setdefault(absolute(text, context), why)


def make_folder(value: Value, context: Context) -> None:
    """`mkdir`: nothing happens to a folder that is there."""
    text = as_path_text(value, context)
    if isinstance(text, Unknown) or locate(text, context) is None:
        change(text, "a folder was made", context)


def move(value: Value, context: Context) -> None:
    """`os.chdir`. In the folders that relative paths are looked up in anyway, they mean what they did before."""
    text = as_path_text(value, context)
    found = None if isinstance(text, Unknown) else locate(text, context)
    project = context.evaluator.project
    own = context.module.file.location.parent if context.module.file else project.root
    state = changes_of(context)
    if found in (project.working_directory, own, project.entry.parent, project.root):
        folder = project.virtual(found)
        if folder == working_folder(context) or context.uncertain is None:
            state.folder = folder
            return
    state.moved = context.unknown("the working directory, which the program changed")


def absolute(text: str, context: Context) -> str:
    return posixpath.normpath(posixpath.join(working_folder(context), text))


def working_folder(context: Context) -> str:
    """The working directory, as far as it is known."""
    folder: str = changes_of(context).folder or context.evaluator.project.working_folder
    return folder


def absolute_text(text: str, context: Context) -> Value:
    """`os.path.abspath`."""
    return normal_text(posixpath.join(working_folder(context), text), context)


def normal_text(text: str, context: Context) -> Value:
    """`os.path.normpath`."""
    normal = posixpath.normpath(text)
    if holds_place(text) and not holds_place(normal):
        return context.unknown("a folder too far above the project")
    return placed_text(normal, context)


def uncertain(text: str, context: Context, inside: bool = False) -> Unknown | None:
    """Why it can't be known what lies at a path; with `inside`, or what lies in the folder there."""
    state = changes_of(context)
    if state.moved is not None and not text.startswith("/"):
        return state.moved
    if state.anything is not None or not state.paths:
        return state.anything
    place = PurePosixPath(absolute(text, context))
    for changed, why in state.paths.items():
        if place.is_relative_to(changed) or (inside and PurePosixPath(changed).is_relative_to(place)):
            return why
    return None
