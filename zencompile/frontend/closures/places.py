"""What texts in code name of the project: files and folders, and modules that a loader or another process may run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

from zencompile.frontend.closures.modules import Module
from zencompile.frontend.closures.resolve import Resolver
from zencompile.frontend.closures.widen import project_names

_SEPARATORS = re.compile(r"[/\\]")
_LONGEST = 500
"""Characters of a text that may be a path."""

_LISTERS = frozenset({"glob", "rglob", "iglob", "iterdir", "listdir", "scandir", "walk"})
_PATTERN = re.compile(r"[\w.*?\[\]{}/\\-]*[*?][\w.*?\[\]{}/\\-]*")
_LOADER_WORDS = """
_target_ check_call check_output exec import_module instantiate load_module os Popen run_module run_path
SourceFileLoader spec_from_file_location subprocess system
"""
_LOADERS = frozenset(_LOADER_WORDS.split())
"""Words of code that may run a module which a text names."""

_FILE = re.compile(r"[\w./\\-]+\.py\b")
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


class Places:
    """What texts mean in one project."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver

    def places(self, texts: Iterable[str]) -> Iterator[str]:
        """Those texts that name a file or a folder of the project, or a path with such a name in it."""
        for text in texts:
            if len(text) <= _LONGEST and not self._entries.isdisjoint(_SEPARATORS.split(text)):
                yield text

    def patterns(self, texts: Iterable[str], words: Iterable[str]) -> Iterator[str]:
        """Those texts that are patterns of files, in code that lists files."""
        if not _LISTERS.isdisjoint(words):
            yield from filter(_PATTERN.fullmatch, texts)

    def modules(self, texts: Iterable[str], words: Iterable[str], module: Module) -> list[Module]:
        """The modules that code of `module` may run: those of files that texts name, and where something in it can load
        or start a module, those that they name by their dotted names.
        """
        short = [text for text in texts if len(text) <= _LONGEST]
        found = [one for text in short if ".py" in text for one in self._files(text, module)]
        if not _LOADERS.isdisjoint(words):
            found += [one for text in short for one in self._dotted(text, module)]
        return [one for one in dict.fromkeys(found) if one.file is not None]

    def _files(self, text: str, module: Module) -> Iterator[Module]:
        project = self.resolver.project
        for path in _FILE.findall(text):
            for folder in (project.root, module.location.parent):
                place = folder / path.lstrip("/\\")
                found = self.resolver.load_quietly(place) if project.disk.is_file(place) else None
                if found is not None:
                    yield found

    def _dotted(self, text: str, module: Module) -> Iterator[Module]:
        for name in _DOTTED.findall(text):
            if f"{name.rpartition('.')[2]}.py" in self._entries and (found := self.resolver.find(name, module)):
                yield found

    @cached_property
    def _entries(self) -> frozenset[str]:
        """The names of the project's files and folders, but for those of tools."""
        project = self.resolver.project
        return frozenset(project_names(project.disk, project.root))
