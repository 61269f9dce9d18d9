"""`zenml.utils.io_utils` and `cuda_utils`."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zencompile_runtime.names import fileio


def read_file_contents_as_string(file_path: str) -> str:
    """The text of a file."""
    with fileio.open(file_path) as stream:
        return str(stream.read())


def write_file_contents_as_string(file_path: str, content: str) -> None:
    """Write a text file."""
    with fileio.open(file_path, "w") as stream:
        stream.write(content)


def create_dir_if_not_exists(dir_path: str) -> None:
    """Make a folder unless it is there."""
    fileio.makedirs(dir_path)


create_dir_recursive_if_not_exists = create_dir_if_not_exists


def create_file_if_not_exists(file_path: str, file_contents: str = "{}") -> None:
    """Make a file unless it is there."""
    if not fileio.exists(file_path):
        write_file_contents_as_string(file_path, file_contents)


def copy_dir(source_dir: str, destination_dir: str, overwrite: bool = False) -> None:
    """Copy a folder with all that is in it."""
    for name in fileio.listdir(source_dir):
        source, target = f"{source_dir}/{name}", f"{destination_dir}/{name}"
        if fileio.isdir(source):
            copy_dir(source, target, overwrite)
        else:
            fileio.copy(source, target, overwrite)


def move(source: str, destination: str, overwrite: bool = False) -> None:
    """Move a file or folder."""
    fileio.rename(source, destination, overwrite)


def find_files(dir_path: str, pattern: str) -> Iterator[str]:
    """Paths of all files below a folder whose names match."""
    for parent, _, names in fileio.walk(dir_path):
        for name in names:
            if fnmatch.fnmatch(name, pattern):
                yield f"{parent}/{name}"


def get_global_config_directory() -> str:
    """A folder of the user's for configuration."""
    return str(Path.home() / ".config" / "zencompile")


def is_root(path: str) -> bool:
    """Whether the path is a file system's root."""
    return Path(path).parent == Path(path)


def is_remote(path: str) -> bool:
    """Whether the path is a URL."""
    return "://" in path and not path.startswith("file://")


def resolve_relative_path(path: str) -> str:
    """The absolute path; URLs as they are."""
    return path if is_remote(path) else str(Path(path).resolve())


def cleanup_gpu_memory(force: bool = False) -> None:
    """Give cached GPU memory back, where torch is in use."""
    import sys

    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        import gc

        gc.collect()
        torch.cuda.empty_cache()
