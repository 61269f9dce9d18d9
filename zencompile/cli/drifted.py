"""Whether deployed files name the code that their sources have now, as far as the sources are here.

A file says in its head which source it is from, and with each task which code it means. What else a file holds depends
on the options of the call that made it: `--check`, with the same options, compares that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from zencompile.cli.session import Session, UsageFailed
from zencompile.diagnostics import CompilationFailed, Diagnostic, Severity
from zencompile.ownership import Owner
from zencompile.targets import ReadsBack


class _Source(NamedTuple):
    """A source as it is now: the codes of its pipelines' steps by their entry points, or why there are none."""

    codes: Mapping[str, Mapping[str, str]]
    problem: str = ""


class Sources:
    """The sources of files in the working directory's repository, each read once."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[tuple[Path, str | None, Path], _Source] = {}

    def compare(self, place: Path, shown: str, owner: Owner, target: Any) -> Iterator[Diagnostic]:
        """What there is to say of a file: that its source has other code, or can't be read."""
        entry = self._entry(place, owner)
        if entry is None or not isinstance(target, ReadsBack):
            return
        source = self._read(entry, owner.profile, place.parent)
        if source.problem or owner.pipeline not in source.codes:
            why = source.problem or f"it gives no pipeline `{owner.pipeline}` without arguments"
            message = f"`{shown}` is not compared with `{owner.source}`: {why}"
            yield Diagnostic("ZC0021", message, severity=Severity.NOTE)
            return
        now = source.codes[owner.pipeline]
        meant = target.codes(place.read_text("utf-8", "replace"))
        others = [f"`{step}`" for step, code in meant.items() if not now.get(step, "").startswith(code)]
        if others:
            yield Diagnostic(
                "ZC0010",
                f"`{shown}` names other code than `{owner.source}` has now: {', '.join(others)}",
                notes=("a step that finds other code than its task names fails before it runs",),
                helps=(f"compile `{owner.source}` again",),
            )

    def _entry(self, place: Path, owner: Owner) -> Path | None:
        """The source of a file, if it is here: named from a folder around the file, or around the working directory."""
        for start in (place.parent, self._directory):
            for folder in (start, *start.parents):
                if (folder / owner.source).is_file():
                    return folder / owner.source
                if (folder / ".git").exists():
                    break
        return None

    def _read(self, entry: Path, profile: str | None, output: Path) -> _Source:
        key = (entry, profile, output)
        if key not in self._known:
            session = Session(path=str(entry), profile=profile, directory=entry.parent)
            self._known[key] = _read(session, output)
        return self._known[key]


def _read(session: Session, output: Path) -> _Source:
    from zencompile import compiler
    from zencompile.cli import job

    try:
        configuration = session.configuration()
        pipelines = session.read(configuration)
        folders = job.folders(session, configuration, "", output, None)  # what is deployed is no code
        codes = {}
        for pipeline in pipelines:
            context = job.pass_context(session, configuration, session.root_of(pipeline), folders, pipelines)
            rewritten = compiler.rewrite(pipeline, context, session.report)
            codes[pipeline.name] = {
                step.entrypoint: step.deployed for step in rewritten.steps.values() if step.deployed
            }
        return _Source(codes)
    except (CompilationFailed, UsageFailed):
        first = session.report.errors[0]
        return _Source({}, f"{first.code}, {first.message}")
