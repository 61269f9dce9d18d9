"""Compiled templates, kept where Python keeps the bytecode of the modules beside them."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

from jinja2.bccache import Bucket, FileSystemBytecodeCache


class CompiledTemplates(FileSystemBytecodeCache):
    """As Python does: not written where bytecode is not wanted, and left out where the folder can't be written."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder), "template-%s.cache")
        self.folder = folder

    def dump_bytecode(self, bucket: Bucket) -> None:
        if not sys.dont_write_bytecode:
            with contextlib.suppress(OSError):
                self.folder.mkdir(exist_ok=True)
                super().dump_bytecode(bucket)
