"""`DockerSettings` as an environment of the IR."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

from zencompile.diagnostics import did_you_mean
from zencompile.frontend.framework.integrations import INTEGRATIONS
from zencompile.frontend.lowering.plain import NotKnown, Plain
from zencompile.frontend.project import Project
from zencompile.frontend.values import Value
from zencompile.frontend.values.placed import shown
from zencompile.ir import Environment
from zencompile.source import Span

_TEXTS = {
    "parent_image": "parent_image",
    "user": "user",
    "local_project_install_command": "project_install",
    "target_repository": "repository",
    "image_tag": "tag",
}
_PLACES = "write its path relative to the source root"
_BUILD_NAMES = {"buildargs": "build_args", "cachefrom": "cache_from", "nocache": "no_cache", "shmsize": "shm_size"}


class DockerLowering:
    """Turns the merged fields of `DockerSettings` into an `Environment`."""

    def __init__(self, plain: Plain, project: Project) -> None:
        self.plain = plain
        self.project = project
        self.report = plain.framework.report
        self.framework = plain.framework

    def lower(self, fields: dict[str, Value], spans: dict[str, Span]) -> Environment:
        """`spans` tells where each field was set."""
        self.spans: dict[str, Span | None] = dict(spans)
        self.fields = fields
        made: dict[str, Any] = {}
        for name, target in _TEXTS.items():
            value = self._plain(name)
            if value is not None:
                made[target] = str(value)
        made["requirements"], apt = self._requirements()
        made["apt_packages"] = tuple(dict.fromkeys([*self._list("apt_packages"), *apt]))
        made.update(self._installer())
        made.update(self._build())
        made["variables"] = self._variables("runtime_environment")
        made["build_variables"] = self._variables("environment")
        made["include_code"] = self._includes_code()
        made["skip_build"] = self._plain("skip_build") is True
        if made["skip_build"] and "parent_image" not in made:
            self._error(
                "`skip_build` needs a `parent_image`",
                "skip_build",
                helps="name the image that the steps run in, or let one be built",
            )
        if made.get("project_install") and not made["include_code"]:
            self._error("`local_project_install_command` needs the code in the image", "local_project_install_command")
        if self._plain("replicate_local_python_environment"):
            self._ignored("replicate_local_python_environment", "the compiling machine's environment is never read")
        made["spans"] = {k: v for k, v in self.spans.items() if v is not None and k.partition("[")[0] in fields}
        if not self.fields:  # nothing of the user's to validate
            return Environment.model_construct(**made)
        return Environment(**made)

    def _plain(self, name: str, default: Any = None) -> Any:
        if self.fields.get(name) is None:
            return default
        return self.plain.known(self.fields[name], f"the Docker setting `{name}`", self.spans.get(name), default)

    def _path(self, name: str) -> Any:
        """A setting that may name a file of the project."""
        try:
            return self.plain.path(self.fields.get(name), self.spans.get(name))
        except NotKnown:
            return self._plain(name)

    def _list(self, name: str) -> list[str]:
        value = self._plain(name, [])
        return [str(v) for v in value] if isinstance(value, list) else [str(value)]

    def _error(self, message: str, field: str, **details: Any) -> None:
        self.framework.problem("ZC0311", message, self.spans.get(field), **details)

    def _ignored(self, field: str, reason: str) -> None:
        self.report.warning("ZC0313", f"`{field}` has no effect", self.spans.get(field), label="ignored", notes=reason)
        self.plain.framework.ignore(f"DockerSettings.{field}", reason, self.spans.get(field))

    # requirements

    def _requirements(self) -> tuple[tuple[str, ...], list[str]]:
        lines: list[str] = []
        apt: list[str] = []
        places: dict[int, Span | None] = {}
        for name in self._list("required_integrations"):
            known = INTEGRATIONS.get(name)
            if known is None:
                self._error(
                    f"there is no integration `{name}`", "required_integrations", helps=did_you_mean(name, INTEGRATIONS)
                )
                continue
            lines.extend(known[0])
            apt.extend(known[1])
        pyproject = self._path("pyproject_path")
        if pyproject is not None:
            lines.extend(self._pyproject(str(pyproject)))
        given = self._path("requirements")
        if isinstance(given, str):
            lines.extend(self._file(given, "requirements"))
        elif isinstance(given, list):
            places = {len(lines) + i: self.spans.pop(f"requirements[{i}]", None) for i in range(len(given))}
            lines.extend(str(line) for line in given)
        if not lines and self._plain("disable_automatic_requirements_detection", True) is False:
            lines.extend(self._detected())
        kept: dict[str, Span | None] = {}
        for index, line in enumerate(lines):
            if line.strip():
                kept.setdefault(line.strip(), places.get(index))
        self.spans.update((f"requirements[{i}]", span) for i, span in enumerate(kept.values()) if span is not None)
        return tuple(kept), apt

    def _detected(self) -> list[str]:
        if self.project.disk.is_file(self.project.root / "requirements.txt"):
            return self._file("requirements.txt", "disable_automatic_requirements_detection")
        if self.project.disk.is_file(self.project.root / "pyproject.toml"):
            return self._pyproject("pyproject.toml")
        return []

    def _read(self, path: str, field: str) -> tuple[str, Path] | None:
        location = self.project.locate(path)
        if location is None or not self.project.disk.is_file(location):
            self._error(f"there is no file `{shown(path)}` in the project", field, helps=_PLACES)
            return None
        try:
            return self.project.disk.read_text(location), location
        except (OSError, UnicodeDecodeError) as problem:
            self._error(f"`{shown(path)}` can't be read", field, notes=str(problem))
            return None

    def _file(self, path: str, field: str, depth: int = 0) -> list[str]:
        """The lines of a requirements file, those of included ones in place."""
        read = self._read(path, field)
        if read is None:
            return []
        lines: list[str] = []
        for line in read[0].replace("\\\n", " ").splitlines():
            line = re.sub(r"(^|\s+)#.*$", "", line).strip()
            included = re.match(r"(?:-r|--requirement)[\s=]*(\S+)", line)
            if included and depth < 5:
                other = os.path.relpath(read[1].parent / included.group(1), self.project.root)
                lines.extend(self._file(Path(other).as_posix(), field, depth + 1))
            elif line:
                lines.append(line)
        return lines

    def _pyproject(self, path: str) -> list[str]:
        read = self._read(path, "pyproject_path")
        if read is None:
            return []
        try:
            table = _toml(read[0])
        except ValueError as problem:
            self._error(f"`{shown(path)}` is no valid TOML", "pyproject_path", notes=str(problem))
            return []
        dependencies = table.get("project", {}).get("dependencies", [])
        return [str(line) for line in dependencies] if isinstance(dependencies, list) else []

    # the rest

    def _installer(self) -> dict[str, Any]:
        installer = "pip" if self._plain("python_package_installer") == "pip" else "uv"  # others have been refused
        arguments = self._plain("python_package_installer_args", {})
        given = arguments if isinstance(arguments, dict) else {}
        return {
            "installer": installer,
            "installer_arguments": {k: None if v is None else str(v) for k, v in given.items()},
        }

    def _build(self) -> dict[str, Any]:
        made: dict[str, Any] = {}
        dockerfile = self._path("dockerfile")
        if dockerfile is not None:
            made["dockerfile"] = self._relative(str(dockerfile), "dockerfile")
        context = self._path("build_context_root")
        if context is not None:
            made["build_context"] = self._relative(str(context), "build_context_root")
        config = self._plain("build_config") or {}
        ignore = config.get("dockerignore") or self._path("dockerignore")
        if ignore is not None:
            made["dockerignore"] = self._relative(str(ignore), "dockerignore")
        made["build_options"] = _options(config.get("build_options"))
        if dockerfile is not None:
            made.update(self._parent_build())
            return made
        for field in ("build_context_root", "parent_image_build_config", "build_options"):
            if self._plain(field):
                self._ignored(field, "it is for building the user's own `dockerfile`, and none is set")
        return made

    def _parent_build(self) -> dict[str, Any]:
        """How the user's own Dockerfile is built."""
        config = self._plain("parent_image_build_config") or {}
        made: dict[str, Any] = {
            "base_options": {**_options(self._plain("build_options")), **_options(config.get("build_options"))}
        }
        if config.get("dockerignore"):
            made["base_dockerignore"] = self._relative(str(config["dockerignore"]), "parent_image_build_config")
        return made

    def _relative(self, path: str, field: str) -> str:
        """A path of the program relative to the source root."""
        location = self.project.locate(path)
        if location is None:
            self._error(f"there is no `{shown(path)}` in the project", field, helps=_PLACES)
            return shown(path)
        return Path(os.path.relpath(location, self.project.root)).as_posix()

    def _variables(self, field: str) -> dict[str, Any]:
        given = self.fields.get(field)
        try:
            given = self.plain.force(given, self.spans.get(field)) if given is not None else None
        except NotKnown as problem:
            self.plain.drop(f"the Docker setting `{field}`", problem.unknown, self.spans.get(field))
            return {}
        if not isinstance(given, dict):
            return {}
        upper = {str(k).upper(): v for k, v in given.items()}
        return self.plain.variables(upper, dict.fromkeys(upper, self.spans.get(field)), "the variable")

    def _includes_code(self) -> bool:
        if self._plain("allow_including_files_in_images", True) is False:
            return False
        return self._plain("source_files") not in ("ignore", "download")


def _options(given: Any) -> dict[str, Any]:
    """Build options under the names of the newest release; those that are None are not set."""
    found: dict[str, Any] = given if isinstance(given, dict) else {}
    return {_BUILD_NAMES.get(name, name): value for name, value in found.items() if value is not None}


def _toml(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)
