"""What passes are told besides the pipeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from zencompile.diagnostics import Diagnostic, Report
from zencompile.ir import Pipeline

T = TypeVar("T")
Policy = Literal["exact", "share", "merge"]
Manifest = Callable[[Iterable[str]], Mapping[str, str]]
Remarks = Callable[[Iterable[str]], Iterable[Diagnostic]]
Tree = Callable[[str, Callable[[str], bool]], Mapping[str, str]]


def _nothing(_: str) -> None:
    return None


def _no_files(_: Iterable[str]) -> Mapping[str, str]:
    return {}


def _no_remarks(_: Iterable[str]) -> Iterable[Diagnostic]:
    return ()


def _no_tree(_: str, __: Callable[[str], bool]) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class PassContext:
    """The project's side of a compilation.

    `tag` is what images are tagged instead of by what they hold ("review": nothing is to be told of that, and nothing
    runs). `registry` stands before every repository's name, `repository` replaces the default name of repositories.
    `policy` says which environments share an image. `python` is the version that images have, "3.11"; `base` the image
    that they start from, None for Python's own slim one. `runtime` is the version of the runtime that travels along,
    `runtime_digest` of its files. `files` gives the code manifest (path relative to the source root → what it is, see
    `ir.manifests`) for the files that closures and caching policies name, `remarks` what the user should know of it.
    `tree` gives all files of a folder but those of which a test says no, `read` the text of a file of the project, None
    if there is none. `siblings` are all pipelines of this compilation, as the front end gave them: equal environments
    of theirs are one image. `strict` is whether results that used what no cache can compare are run anew.
    """

    registry: str | None = None
    policy: Policy = "exact"
    python: str = "3.11"
    runtime: str = ""
    runtime_digest: str = ""
    files: Manifest = _no_files
    remarks: Remarks = _no_remarks
    tree: Tree = _no_tree
    read: Callable[[str], str | None] = _nothing
    siblings: tuple[Pipeline, ...] = ()
    base: str | None = None
    repository: str | None = None
    tag: str | None = None
    strict: bool = False
    found: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, what: str, find: Callable[[], T]) -> T:
        """What is the same for all siblings, found out for the first of them."""
        if what not in self.found:
            self.found[what] = find()
        answer: T = self.found[what]
        return answer


class Rewriting(Protocol):
    """What a pass does: it gives back the pipeline with more filled in, and reports what the user should know."""

    def __call__(self, pipeline: Pipeline, report: Report, context: PassContext) -> Pipeline: ...


@dataclass(frozen=True)
class Pass:
    """A pass: its name for `--print-after`, why it stands where it stands, and what it does.

    A pass takes a pipeline that the verifier accepts and gives back one that it accepts.
    """

    name: str
    reason: str
    run: Rewriting
