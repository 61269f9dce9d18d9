"""Paths and text with a meaning (HTML, Markdown, CSV, JSON)."""

from __future__ import annotations

import gzip
import os
import shutil
import tarfile
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any, cast

from zencompile_runtime import temporary
from zencompile_runtime.errors import OutputFault
from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType, VisualizationType
from zencompile_runtime.own import json

FILE = "file_data"
ARCHIVE = "data.tar.gz"
PATH = "path.json"


class PathMaterializer(BaseMaterializer):
    """A file's bytes, or a folder as an archive with sorted names and no times. Loading gives a temporary path."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA

    def save(self, data: Any) -> None:
        path = Path(data)
        if path.is_file():
            with path.open("rb") as source, self.folder.create(FILE) as target:
                shutil.copyfileobj(source, target, 1 << 20)
        elif path.is_dir():
            with self.folder.create(ARCHIVE) as stream:
                _pack(path, stream)
        else:
            raise OutputFault(f"there is no file or folder at {path}", help="return the path of something that exists")

    def comes_back(self, data: Any) -> bool:
        """What an archive can't hold was refused when it was written; not all classes are made of a text alone."""
        try:
            return type(data) is type(Path(data)) or type(type(data)(os.fspath(data))) is type(data)
        except Exception as error:
            raise OutputFault(
                f"a {type(data).__name__} can't be made of the path alone: {error}", help="return a pathlib.Path"
            ) from None

    def load(self, data_type: type[Any]) -> Any:
        target = temporary.folder()
        if self.folder.exists(FILE):
            shutil.copyfile(self.folder.source(FILE), target / FILE)
            target = target / FILE
        else:
            with tarfile.open(self.folder.source(ARCHIVE)) as archive:
                _unpack(archive, target)
        own = isinstance(data_type, type) and issubclass(data_type, Path) and data_type not in (Path, type(target))
        return data_type(target) if own else target


class PathText:
    """A path that is stored as such; loading gives the path."""

    def __init__(self, path: PurePath) -> None:
        self.path = path


class PathTextMaterializer(BaseMaterializer):
    """The text of a path."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA

    def save(self, data: Any) -> None:
        """Write the text, and which kind of path it is."""
        self.folder.write(PATH, json.dumps({"class": type(data.path).__name__, "text": str(data.path)}).encode())

    def comes_back(self, data: Any) -> bool:
        """The path does."""
        return bool(self.load(type(data)) == data.path)

    def load(self, data_type: type[Any]) -> Any:
        """The path."""
        found = json.loads(self.folder.read(PATH))
        pure = {"PurePosixPath": PurePosixPath, "PureWindowsPath": PureWindowsPath}
        return pure.get(found["class"], Path)(found["text"])


def _pack(folder: Path, stream: Any) -> None:
    def clean(one: tarfile.TarInfo) -> tarfile.TarInfo:
        one.mtime = one.uid = one.gid = 0
        one.uname = one.gname = ""
        return one

    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=stream, compresslevel=1, mtime=0) as packed,
        tarfile.open(fileobj=cast("Any", packed), mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for parent, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted([*files, *folders]):
                path = Path(parent, name)
                _check_packable(path, folder)
                archive.add(path, path.relative_to(folder).as_posix(), recursive=False, filter=clean)


def _check_packable(path: Path, folder: Path) -> None:
    """Raise OutputFault for what no other machine could be given: pipes and devices, links that lead elsewhere."""
    if path.is_symlink():
        to = path.readlink()
        lands = os.path.normpath(path.parent / to)
        if to.is_absolute() or not Path(lands).is_relative_to(os.path.normpath(folder)):
            raise OutputFault(
                f"{path} is a link to {to}, which is no part of the folder",
                help="put a copy in its place, or remove it",
            )
    elif not path.is_file() and not path.is_dir():
        raise OutputFault(f"{path} is no file, folder or link", help="remove it from the folder that is returned")


def _unpack(archive: tarfile.TarFile, target: Path) -> None:
    """Extract what `_pack` wrote, with the modes that files and folders had."""
    if hasattr(tarfile, "data_filter"):
        archive.extractall(target, filter="data")
    else:
        archive.extractall(target)
    for member in reversed(archive.getmembers()):
        if member.isfile() or member.isdir():
            (target / member.name).chmod(member.mode & 0o777)


_SUFFIXES = {
    "HTMLString": ("output.html", VisualizationType.HTML),
    "MarkdownString": ("output.md", VisualizationType.MARKDOWN),
    "CSVString": ("output.csv", VisualizationType.CSV),
    "JSONString": ("output.json", VisualizationType.JSON),
}


class StructuredStringMaterializer(BaseMaterializer):
    """HTMLString, MarkdownString, CSVString and JSONString as text files of their kinds."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA_ANALYSIS

    def save(self, data: Any) -> None:
        self.folder.write(_described(type(data))[0], data.encode())

    def load(self, data_type: type[Any]) -> Any:
        return data_type(self.folder.read(_described(data_type)[0]).decode())

    def save_visualizations(self, data: Any) -> dict[str, Any]:
        name, kind = _described(type(data))
        return {name: kind}


def _described(kind: type[Any]) -> tuple[str, VisualizationType]:
    return next(_SUFFIXES[one.__name__] for one in kind.__mro__ if one.__name__ in _SUFFIXES)
