"""A compilation from the command line: which folders, which files, and what is on disk already."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zencompile import compiler
from zencompile.cli.session import Session, load_target, target_options
from zencompile.targets import Files, Layout

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Folders:
    """Where files go, as absolute paths."""

    output: Path
    build: Path


@dataclass
class Result:
    """What a compilation made: the files of each folder, and which pipeline and target each belongs to."""

    folders: Folders
    files: Files = field(default_factory=Files)
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    pipelines: list[Any] = field(default_factory=list)

    def staged(self) -> list[tuple[Path, Mapping[str, str]]]:
        """Folders and their files in the order of writing: what is deployed comes last."""
        return [(self.folders.build, self.files.build), (self.folders.output, self.files.deployed)]


def folders(session: Session, configuration: Any, target: str, output: Path | None, build: Path | None) -> Folders:
    """The output and the build folder: options first, then the configuration, then `build/TARGET` and `build`."""
    base = configuration.folder or session.directory
    out = session.directory / output if output else base / configuration.output if configuration.output else None
    if build:
        made = session.directory / build
    else:
        made = base / configuration.build_dir if configuration.build_dir else session.directory / "build"
    return Folders((out or made / target).resolve(), made.resolve())


def compile_for(
    session: Session,
    name: str,
    settings: tuple[tuple[str, str], ...],
    output: Path | None,
    build: Path | None,
    observe: Callable[[str, Any], None] | None = None,
) -> Result:
    """Compile what the session names for the target `name`. Raises `CompilationFailed`; nothing is written."""
    configuration = session.configuration()
    target = load_target(session, name)
    options = target_options(session, target, configuration.targets.get(name, {}), settings)
    pipelines = session.read(configuration)
    result = Result(folders(session, configuration, name, output, build))
    for pipeline in pipelines:
        root = session.root_of(pipeline)
        context = pass_context(configuration, root, result.folders, pipelines)
        rewritten = compiler.rewrite(pipeline, context, session.report, observe)
        layout = make_layout(result.folders, root, rewritten.source, configuration)
        files = compiler.emit(rewritten, target, options, layout, session.report)
        if name != "ir":
            _add_images(session, configuration, rewritten, layout, files, settings)
        result.entries[f"{rewritten.name}/{name}"] = _entry(rewritten, name, files)
        result.files.merge(files)
        result.pipelines.append(rewritten)
    result.files.build[MANIFEST] = _manifest(result)
    return result


def pass_context(configuration: Any, root: Path, where: Folders, pipelines: tuple[Any, ...]) -> Any:
    """What the passes are told of the project."""
    from zencompile.passes import PassContext
    from zencompile.project_files import ProjectFiles

    project = ProjectFiles(root, exclude=(where.output, where.build), closure_only=configuration.code == "closure")

    return PassContext(
        registry=configuration.registry,
        policy=configuration.images,
        python=configuration.python,
        runtime=_runtime_version(),
        files=project.manifest,
        read=project.read,
        siblings=pipelines,
    )


def _runtime_version() -> str:
    from zencompile.vendor import runtime_version

    return runtime_version()


def make_layout(where: Folders, root: Path, source: str, configuration: Any) -> Layout:
    """Relative paths between the folders, so that no output depends on where the project lies."""
    root = root.resolve()
    context = Path(os.path.commonpath([root, where.build]))
    return Layout(
        project=_relative(root, where.output),
        build=_relative(where.build, where.output),
        source=source,
        context_project=_relative(root, context),
        context_build=_relative(where.build, context),
        build_context=_relative(context, where.build),
        store=configuration.store,
        registry=configuration.registry,
    )


def _relative(path: Path, start: Path) -> str:
    return Path(os.path.relpath(path, start)).as_posix()


def _add_images(
    session: Session,
    configuration: Any,
    pipeline: Any,
    layout: Layout,
    files: Files,
    settings: tuple[tuple[str, str], ...],
) -> None:
    """Join the Dockerfiles and the vendored runtime with the target's own files."""
    from zencompile.vendor import runtime_files

    docker = load_target(session, "docker")
    options = target_options(session, docker, configuration.targets.get("docker", {}), settings)
    files.merge(compiler.emit(pipeline, docker, options, layout, session.report))
    files.merge(Files(build=runtime_files(pipeline)))


def _entry(pipeline: Any, target: str, files: Files) -> dict[str, Any]:
    return {
        "pipeline": pipeline.name,
        "source": pipeline.source,
        "target": target,
        "sources": dict(sorted(pipeline.files.items())),
        "images": sorted(image.reference for image in pipeline.images.values()),
        "deployed": sorted(files.deployed),
        "build": sorted(path for path in files.build if not path.startswith("runtime/zencompile_runtime/")),
    }


def _manifest(result: Result) -> str:
    """`manifest.json`: what was made from what, this compilation's entries and those of others in the same folder."""
    entries = earlier_entries(result.folders.build) | result.entries
    return json.dumps({"schema": 1, "compiled": dict(sorted(entries.items()))}, indent=2, ensure_ascii=False) + "\n"


def earlier_entries(build: Path) -> dict[str, dict[str, Any]]:
    """The entries of the manifest on disk; none if there is no readable one."""
    try:
        found = json.loads((build / MANIFEST).read_text("utf-8"))["compiled"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def obsolete(result: Result) -> list[Path]:
    """Build files that an earlier compilation of the same pipelines made and that nothing makes any longer."""
    before = earlier_entries(result.folders.build)
    kept = {path for key, entry in (before | result.entries).items() for path in entry.get("build", ())}
    old = {path for key in result.entries for path in before.get(key, {}).get("build", ())}
    safe = [path for path in sorted(old - kept) if ".." not in Path(path).parts and not Path(path).is_absolute()]
    return [result.folders.build / path for path in safe]
