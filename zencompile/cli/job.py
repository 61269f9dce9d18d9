"""A compilation from the command line: which folders, which files, and what is on disk already."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from zencompile import compiler, ownership
from zencompile.cli.session import Session, load_target, target_options
from zencompile.ownership import Owner
from zencompile.targets import Files, Layout
from zencompile.vendor import runtime_files, runtime_version

ENTRIES = "compiled"
"""The folder, below the build folder, of what each compilation made there."""


class Folders(NamedTuple):
    """Where files go, as absolute paths."""

    output: Path
    build: Path


class Output(NamedTuple):
    """What a compilation made of one pipeline: whose the deployed files are, and the paths of all files.

    `root` is the source root.
    """

    owner: Owner
    pipeline: Any
    root: Path
    deployed: list[str]
    build: list[str]


@dataclass
class Result:
    """What a compilation for one target made. `base` is the folder that sources of owners are named from."""

    target: Any
    folders: Folders
    options: Any = None
    settings: tuple[tuple[str, str], ...] = ()
    base: Path = field(default_factory=Path)
    files: Files = field(default_factory=Files)
    outputs: list[Output] = field(default_factory=list)

    @property
    def pipelines(self) -> list[Any]:
        """The lowered pipelines."""
        return [output.pipeline for output in self.outputs]

    @property
    def places(self) -> dict[Path, Owner]:
        """Where deployed files go, and whose they are."""
        return {self.folders.output / path: output.owner for output in self.outputs for path in output.deployed}

    def deployed(self, pipeline: str) -> list[str]:
        """The deployed files of a pipeline."""
        return next(output.deployed for output in self.outputs if output.pipeline.name == pipeline)

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
        beside = base if configuration.output else session.directory  # what is configured depends on no directory
        made = base / configuration.build_dir if configuration.build_dir else beside / "build"
    return Folders((out or made / target).resolve(), made.resolve())


def compile_for(
    session: Session,
    name: str,
    settings: tuple[tuple[str, str], ...],
    output: Path | None,
    build: Path | None,
    observe: Callable[[str, Any], None] | None = None,
    own: Callable[[Path], Path] | None = None,
) -> Result:
    """Compile what the session names for the target `name`. Raises `CompilationFailed`; nothing is written.

    `own` says from the source root where the build folder is, if none is given; then nothing goes where the
    configuration lets files be deployed.
    """
    configuration = session.configuration()
    _check_tables(session, configuration)
    target = load_target(session, name)
    options = target_options(session, target, configuration.targets.get(name, {}), settings)
    pipelines = session.read(configuration, texts=getattr(options, "texts", False))
    if own is not None and build is None:
        build = own(session.root_of(pipelines[0]))
        output = build / name
    root = session.root_of(pipelines[0])
    result = Result(target, folders(session, configuration, name, output, build), options, settings)
    project = configuration.namespace if configuration.namespace != "default" else None
    result.base = ownership.base_of(root, result.folders.output, project, session.disk)
    entry = session.entry()[0]
    source = ownership.source_of(entry, result.base, session.disk)
    contexts: dict[Path, Any] = {}
    for pipeline in pipelines:
        root = session.root_of(pipeline)
        if root not in contexts:
            contexts[root] = pass_context(session, configuration, root, result.folders, pipelines)
        rewritten = compiler.rewrite(pipeline, contexts[root], session.report, observe)
        rewritten = compiler.lower(rewritten, target, session.report)
        owner = Owner(name, source, rewritten.name, project, session.profile)
        started = ownership.source_of(entry, session.disk.real(root), session.disk)
        layout = make_layout(result.folders, root, started, configuration, ownership.head(owner))
        files = compiler.emit(rewritten, target, options, layout, session.report)
        if name != "ir":
            _add_images(session, configuration, rewritten, layout, files, settings)
        _add(session, result, Output(owner, rewritten, root, sorted(files.deployed), _own_build_files(files)), files)
    return result


def _own_build_files(files: Files) -> list[str]:
    return sorted(path for path in files.build if not path.startswith("runtime/zencompile_runtime/"))


def _add(session: Session, result: Result, output: Output, files: Files) -> None:
    """Take a pipeline's files. Two whose names differ only in what a file's name can't hold would write the same."""
    for path in output.deployed:
        for other in result.outputs:
            if path in other.deployed:
                names = f"`{other.owner.pipeline}` and `{output.owner.pipeline}`"
                session.report.error(
                    "ZC0019",
                    f"the pipelines {names} are both compiled to `{path}`",
                    output.pipeline.span,
                    helps="give one another name, or compile each alone, with --pipeline and a folder of its own",
                )
    session.report.check()
    files.build[_entry_name(output.owner)] = _entry(output)
    result.outputs.append(output)
    result.files.merge(files)


def _check_tables(session: Session, configuration: Any) -> None:
    """A table below `[tool.zencompile]` that no target reads would do nothing."""
    if not configuration.targets:
        return
    import difflib

    from zencompile import targets

    known = sorted(targets.installed())
    for name in configuration.targets:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            helps = f"did you mean `tool.zencompile.{near[0]}`?" if near else f"installed: {', '.join(known)}"
            session.usage("ZC0302", f"`tool.zencompile.{name}` is the table of no installed target", helps=(helps,))


def pass_context(session: Session, configuration: Any, root: Path, where: Folders, pipelines: tuple[Any, ...]) -> Any:
    """What the passes are told of the project. The session keeps what is known of its files for other pipelines."""
    from zencompile.passes import PassContext
    from zencompile.project_files import ProjectFiles
    from zencompile.vendor import runtime_digest

    project = ProjectFiles(
        root,
        exclude=(where.output, where.build),
        closure_only=configuration.code == "closure",
        include=tuple(configuration.include),
        disk=session.disk,
    )
    project = session.projects.setdefault(project, project)
    return PassContext(
        registry=configuration.registry,
        policy=configuration.images,
        tag=configuration.image_tag,
        python=configuration.python,
        runtime=runtime_version(),
        runtime_digest=runtime_digest(),
        files=project.manifest,
        remarks=project.remarks,
        tree=project.tree,
        read=project.read,
        siblings=pipelines,
        strict=configuration.cache == "strict",
    )


def make_layout(where: Folders, root: Path, source: str, configuration: Any, head: str = Layout.head) -> Layout:
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
        head=head,
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
    docker = load_target(session, "docker")
    options = target_options(session, docker, configuration.targets.get("docker", {}), settings)
    files.merge(compiler.emit(pipeline, docker, options, layout, session.report))
    files.merge(Files(build=runtime_files(pipeline)))


def _entry_name(owner: Owner) -> str:
    digest = hashlib.sha256(ownership.head(owner).encode()).hexdigest()
    return f"{ENTRIES}/{owner.target}/{digest[:16]}.json"


def _entry(output: Output) -> str:
    """Which build files a compilation made: one file for each pipeline and target, so that no two compilations share
    one, and the next of the same kind knows which of them it makes no longer.
    """
    made = {
        "schema": 1,
        "source": output.owner.source,
        "pipeline": output.owner.pipeline,
        "target": output.owner.target,
        "build": output.build,
    }
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def obsolete(result: Result, gone: Iterable[Owner] = ()) -> list[Path]:
    """Build files that an earlier compilation of the same pipelines made and that nothing makes any longer.

    `gone` are the owners of files that were left over and go now: what was built for them goes as well.
    """
    build = result.folders.build
    entries = {_entry_name(owner) for owner in gone} - result.files.build.keys()
    mine = {name for name in result.files.build if name.startswith(f"{ENTRIES}/")} | entries
    others = {path.relative_to(build).as_posix() for path in (build / ENTRIES).glob("*/*.json")} - mine
    old = {path for name in mine for path in _made(build / name)} | entries
    kept = {path for name in others for path in _made(build / name)} | result.files.build.keys()
    safe = [path for path in sorted(old - kept) if ".." not in Path(path).parts and not Path(path).is_absolute()]
    return [build / path for path in safe]


def _made(entry: Path) -> list[str]:
    """The build files that an entry names; none if it isn't there or can't be read."""
    try:
        found = json.loads(entry.read_text("utf-8"))["build"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [path for path in found if isinstance(path, str)] if isinstance(found, list) else []
