"""The settings of a project: `[tool.zencompile]` in its `pyproject.toml`, and profiles."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from zencompile.diagnostics import Report, did_you_mean
from zencompile.disk import Disk, LocalDisk
from zencompile.source import SourceFile, Span

PYPROJECT = "pyproject.toml"
_KNOWN = {
    "target": str,
    "output": str,
    "build-dir": str,
    "source-root": str,
    "namespace": str,
    "store": str,
    "registry": str,
    "images": str,
    "code": str,
    "cache": str,
    "python": str,
    "include": list,
    "environment": dict,
    "profiles": dict,
}


_CHOICES = {
    "images": ("exact", "share", "merge"),
    "code": ("project", "closure"),
    "cache": ("observed", "strict"),
}

CONTENT = "content"
"""What stands for the default as a tag: images are named by what is in them."""

QUOTED = 'put quotes around it, such as "2.20": as a number that would be 2.2'
_OF_TAGS = 'use letters, digits, `.`, `_` and `-`; "content" names images by what is in them, "review" runs nothing'
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True)
class Configuration:
    """What a project's file says; every value can be overridden on the command line.

    Paths are relative to `folder`, the folder of the file. `targets` holds the options of each target by its name,
    `environment` answers to `os.getenv` at compile time. `images` says how environments share images, `image_tag` what
    tag these have: None ("content" in the file) for one that says what is in them, "review" for none at all. `include`
    are patterns, relative to the source root, of files that go into images whatever git thinks of them and whatever
    they are called. `cache` is "strict" where no result may come from the cache that used what can't be compared.
    """

    folder: Path | None = None
    target: str | None = None
    output: str | None = None
    build_dir: str | None = None
    source_root: str | None = None
    namespace: str = "default"
    store: str | None = None
    registry: str | None = None
    images: str = "exact"
    image_tag: str | None = None
    code: str = "project"
    cache: str = "observed"
    python: str = "3.11"
    include: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    targets: dict[str, dict[str, Any]] = field(default_factory=dict)


def load(start: Path, profile: str | None, report: Report, disk: Disk | None = None) -> Configuration:
    """The configuration of the project that holds `start`; the defaults where there is none.

    A file that can't be read, an unknown key and an unknown profile are reported as ZC0301, ZC0302 and ZC0303.
    """
    disk = disk if disk is not None else LocalDisk()
    path = _find(disk, start)
    if path is None:
        if profile is not None:
            report.error("ZC0303", f"no profile `{profile}`: there is no pyproject.toml with a [tool.zencompile] table")
        return Configuration()
    reader = _Reader(path, report, disk)
    document = reader.read()
    if document is None:
        return Configuration()
    table = document.get("tool", {}).get("zencompile", {})
    name = table.get("namespace") or document.get("project", {}).get("name")
    base = Configuration(folder=path.parent, namespace=name if isinstance(name, str) else "default")
    configuration = reader.apply(base, table, "tool.zencompile")
    if profile is not None:
        profiles = table.get("profiles", {})
        if profile not in profiles:
            known = ", ".join(f"`{p}`" for p in profiles) or "none"
            report.error("ZC0303", f"no profile `{profile}` in {PYPROJECT}", notes=f"profiles there: {known}")
        else:
            configuration = reader.apply(configuration, profiles[profile], f"tool.zencompile.profiles.{profile}")
    return configuration


def _find(disk: Disk, start: Path) -> Path | None:
    """The nearest pyproject.toml with our table, from `start` upwards; else the nearest with a project's name."""
    named: Path | None = None
    for folder in [start, *start.parents] if disk.is_folder(start) else list(start.parents):
        path = folder / PYPROJECT
        if disk.is_file(path):
            text = disk.read_text(path, "replace")
            if "[tool.zencompile" in text:
                return path
            if named is None and "[project]" in text:
                named = path
        if disk.exists(folder / ".git"):
            break
    return named


class _Reader:
    """Reads one file and says where it is wrong."""

    def __init__(self, path: Path, report: Report, disk: Disk) -> None:
        self.path, self.report = path, report
        self.text = disk.read_text(path, "replace")
        report.sources.setdefault(PYPROJECT, SourceFile(PYPROJECT, self.text, path))

    def read(self) -> dict[str, Any] | None:
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            self.report.error("ZC0301", f"{PYPROJECT} is not valid TOML: {error}", self._span(""))
            return None

    def apply(self, base: Configuration, table: Any, where: str) -> Configuration:
        if not isinstance(table, dict):
            self.report.error("ZC0302", f"`{where}` is no table", self._span(where))
            return base
        values: dict[str, Any] = {}
        targets = {name: dict(options) for name, options in base.targets.items()}
        for key, value in table.items():
            if key == "images" and isinstance(value, dict):
                values |= self._images(value, where)
                continue
            expected = _KNOWN.get(key)
            if expected is None and isinstance(value, dict):
                targets.setdefault(key, {}).update(value)
            elif expected is None:
                self._unknown(key, where)
            elif not isinstance(value, expected):
                kind = {dict: "a table", list: "a list"}.get(expected, "a string")
                helps = QUOTED if expected is str and not isinstance(value, (dict, list)) else ()
                self.report.error("ZC0302", f"`{where}.{key}` is not {kind}", self._span(key), helps=helps)
            elif key == "environment":
                values["environment"] = base.environment | {k: str(v) for k, v in value.items()}
            elif key == "include":
                values[key] = tuple(self._patterns(value, where))
            elif key != "profiles":
                values[key.replace("-", "_")] = value
        for key, allowed in _CHOICES.items():
            if values.get(key, allowed[0]) not in allowed:
                self.report.error("ZC0302", f"`{where}.{key}` is not one of {', '.join(allowed)}", self._span(key))
                del values[key]
        if "/" in values.get("namespace", ""):
            self.report.error("ZC0302", f"`{where}.namespace` has a slash", self._span("namespace"))
            del values["namespace"]
        return replace(base, targets=targets, **values)

    def _images(self, table: dict[str, Any], where: str) -> dict[str, str | None]:
        """What `[tool.zencompile.images]` says: how environments share images, and how these are tagged."""
        found: dict[str, str | None] = {}
        for key, value in table.items():
            if key not in ("policy", "tag"):
                self._unknown(key, f"{where}.images")
            elif not isinstance(value, str):
                self.report.error("ZC0302", f"`{where}.images.{key}` is not a string", self._span(key))
            elif key == "tag" and not _TAG.fullmatch(value):
                self.report.error("ZC0302", f"`{value}` can't be the tag of an image", self._span(key), helps=_OF_TAGS)
            else:
                found["images" if key == "policy" else "image_tag"] = value
        if found.get("image_tag") == CONTENT:
            return {**found, "image_tag": None}
        return found

    def _patterns(self, value: list[Any], where: str) -> Iterator[str]:
        for pattern in value:
            if isinstance(pattern, str) and pattern.strip("./") and not pattern.startswith(("/", "..")):
                yield pattern
            else:
                self.report.error(
                    "ZC0302",
                    f"`{where}.include` holds no pattern of files below the source root",
                    self._span("include"),
                )

    def _unknown(self, key: str, where: str) -> None:
        known = ("policy", "tag") if where.endswith(".images") else tuple(_KNOWN)
        helps = did_you_mean(key, known) or f"known keys: {', '.join(known)}"
        self.report.error("ZC0302", f"unknown key `{key}` in `{where}`", self._span(key), helps=helps)

    def _span(self, key: str) -> Span:
        for number, line in enumerate(self.text.splitlines(), 1):
            column = line.find(key)
            if key and column >= 0 and line.lstrip().startswith((key, f'"{key}', "[")):
                return Span(PYPROJECT, number, column + 1, number, column + 1 + len(key))
        return Span(PYPROJECT, 1, 1, 1, 1)
