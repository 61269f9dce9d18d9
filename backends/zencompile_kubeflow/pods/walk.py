"""What was written, held against the table: unknown keys, other kinds of values, what gets lost, what is too new."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from zencompile.diagnostics import Report, did_you_mean
from zencompile.source import Span
from zencompile_kubeflow import quantities
from zencompile_kubeflow.pods.table import NEWEST, SHAPES, Row, Version

Json = Any
Path = tuple[str, ...]

# Texts of the document pass Argo's templates and the arguments of the driver's pod, where Kubernetes expands `$(NAME)`.
_SYNTAX = re.compile(r"\{\{|\$\$|\$\((?=KFP_|METADATA_)")
_QUIET: Version = (2, 14)
"""Up to this release nothing is said of the server unless one names it: older ones are two years old."""


@dataclass(frozen=True)
class Walk:
    """Holds the settings of a step against the table. `place` tells where a setting was written, by its path.

    `server` is the release that one compiles for, None for the newest; `step` the id of the invocation.
    """

    place: Callable[[Path], Span | None]
    server: Version | None
    step: str
    report: Report

    def field(self, shape: str, name: str, value: Json, path: Path) -> bool:
        """Whether a reader can go on with a setting and everything below it. Nothing of it is left unsaid."""
        row = SHAPES[shape].get(name)
        if row is None:
            return self._unknown(shape, name, path)
        if is_nothing(value) and not (row.required or row.kind == "empty_dir"):
            return True
        if not row.into:
            return (value in row.neutral and self._is_read(row, path)) or self._is_lost(row, path)
        return self._is_read(row, path) and self.value(row.kind, value, path)

    def value(self, kind: str, value: Json, path: Path) -> bool:
        """Whether a value is of a kind, and everything below it as it should be."""
        if kind in SHAPES:
            return self._shape(kind, value, path)
        word, _, inner = kind.partition(" ")
        if word == "list":
            if not isinstance(value, list):
                return self.refuse(path, f"takes a list, not {_shown(value)}")
            if inner == "pull_secret":
                value = [{"name": one} if isinstance(one, str) else one for one in value]
            fine = [self._shape(inner, one, (*path, str(index))) for index, one in enumerate(value)]
            return all(fine)  # of all, so that each problem is told
        if kind in _BY_NAME and isinstance(value, dict):
            each = [self.value(_BY_NAME[kind], one, (*path, name)) for name, one in value.items()]
            return all(each) and all(self._travels(name, path) for name in value)
        checked = _KINDS[kind](value)
        if checked is not None:
            return self.refuse(path, f"takes {checked}, not {_shown(value)}")
        return all(self._travels(text, path) for text in _texts(value))

    def _shape(self, shape: str, value: Json, path: Path) -> bool:
        if not isinstance(value, dict):
            return self.refuse(path, f"takes a dictionary, not {_shown(value)}")
        fine = [self.field(shape, name, one, (*path, name)) for name, one in value.items()]
        missing = [name for name, row in SHAPES[shape].items() if row.required and is_nothing(value.get(name))]
        for name in missing:
            self.refuse(path, f"needs `{name}`")
        return all(fine) and not missing

    # -- problems ------------------------------------------------------------------------------------------------------

    def refuse(self, path: Path, message: str, helps: tuple[str, ...] = ()) -> bool:
        """Report what Kubernetes would refuse."""
        self.report.error("ZC0589", f"`{written(path)}` {message}", self.place(path), helps=helps)
        return False

    def hold(self, path: Path, problems: Iterable[str]) -> None:
        """Report what Kubernetes would refuse of a value, if anything."""
        for problem in problems:
            self.refuse(path, problem)

    def lose(self, path: Path, why: str, helps: tuple[str, ...] = ()) -> bool:
        """Report what KFP can't carry, and without which the step must not run."""
        self.report.error(
            "ZC0587",
            f"`{written(path)}` has no counterpart on Kubeflow, and the step would not run as it was meant to",
            self.place(path),
            label=self.label(path),
            notes=why,
            helps=helps,
        )
        return False

    def label(self, path: Path) -> str:
        """Which step a setting is of, where that is all that is known of its place: one setting is told once."""
        return f"it applies to `{self.step}`" if self.place(path) == self.place(()) else ""

    def _unknown(self, shape: str, name: str, path: Path) -> bool:
        if shape == "pod":  # the front end has said so
            return True
        return self.refuse(path, "is not known to Kubernetes", did_you_mean(name, SHAPES[shape]))

    def _is_lost(self, row: Row, path: Path) -> bool:
        if row.grave:
            return self.lose(path, row.lost)
        self.report.warning(
            "ZC0522",
            f"the setting `{written(path)}` has no counterpart in a KFP pipeline and is left out",
            self.place(path),
            label=self.label(path),
            notes=row.lost,
        )
        return True

    def _is_read(self, row: Row, path: Path) -> bool:
        """Whether the server that one compiles for reads the field; if none was named, which ones do is told."""
        if row.since <= (self.server or NEWEST):
            if self.server is None and row.since > _QUIET:
                self.report.note(
                    "ZC0588",
                    f"`{written(path)}` is read by Kubeflow {shown(row.since)} and newer",
                    self.place(path),
                    notes="an older server leaves it out without a word",
                    helps=f"name yours, and it is checked: `--set kubeflow.server={shown(NEWEST)}`",
                )
            return True
        than = (
            f"not by {shown(self.server)}" if self.server else f"which is newer than {shown(NEWEST)}, the last release"
        )
        self.report.error(
            "ZC0588",
            f"`{written(path)}` is read by Kubeflow {shown(row.since)} and newer, {than}",
            self.place(path),
            helps=() if self.server else (f"if yours is that new, say so: `--set kubeflow.server={shown(row.since)}`",),
        )
        return False

    def _travels(self, text: str, path: Path) -> bool:
        match = _SYNTAX.search(text)
        if match is None:
            return True
        return self.lose(path, f"`{match[0]}` is syntax to Argo or to Kubernetes on the way to the pod")


def is_nothing(value: Json) -> bool:
    """Whether a value says nothing."""
    return value is None or (not value and isinstance(value, (str, list, dict)))


def written(path: Path) -> str:
    """A path as one writes it, below the settings of a pod."""
    return ".".join(path[1:] if path[:1] == ("pod_settings",) else path)


def shown(version: Version) -> str:
    """A release as one writes it."""
    return ".".join(map(str, version))


def version(text: str | None) -> Version | None:
    """The release that a text names."""
    return None if text is None else tuple(map(int, text.split(".")))


def _shown(value: Json) -> str:
    if isinstance(value, (dict, list)):
        return "a dictionary" if isinstance(value, dict) else "a list"
    return f"`{value}`" if isinstance(value, str) else repr(value)


def _texts(value: Json) -> list[str]:
    return [str(text) for text in value] if isinstance(value, list) else [str(value)]


# -- kinds: None if a value is of one, else what it takes --------------------------------------------------------------


def _text(value: Json) -> str | None:
    return None if isinstance(value, (str, int, float)) and not isinstance(value, bool) else "a text"


def _of_texts(value: Json) -> str | None:
    return None if isinstance(value, list) and not any(_text(text) for text in value) else "a list of texts"


def _int(value: Json) -> str | None:
    return None if isinstance(value, int) and not isinstance(value, bool) else "a whole number"


def _flag(value: Json) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def _quantity(value: Json) -> str | None:
    found = None if _text(value) else quantities.parse(str(value))
    return None if found is not None and found >= 0 else "a quantity, such as `500m` or `4Gi`"


_BY_NAME = {"map": "text", "quantities": "quantity"}
_KINDS: dict[str, Callable[[Json], str | None]] = {
    "any": lambda value: None,
    "text": _text,
    "int": _int,
    "flag": _flag,
    "texts": _of_texts,
    "map": lambda value: "a dictionary of texts",
    "quantity": _quantity,
    "quantities": lambda value: "a dictionary of quantities",
}
