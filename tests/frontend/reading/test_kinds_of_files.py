"""Files that are no source code of the present Python: each is named as what it is, with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from zencompile.diagnostics import Report
from zencompile.frontend import Request, read

ROWS: list[tuple[str, bytes, str, str, str]] = [
    ("n.ipynb", b'{"cells": []}', "ZC0110", "a notebook", "nbconvert"),
    ("n.ipynb", b"", "ZC0110", "a notebook", "nbconvert"),
    ("a.py", "x = 1\n".encode("utf-16"), "ZC0002", "UTF-16", "UTF-8"),
    ("a.py", b"\xfe\xff" + "x = 1\n".encode("utf-16-be"), "ZC0002", "UTF-16", "UTF-8"),
    ("a.py", "x = 1\n".encode("utf-32"), "ZC0002", "UTF-32", "UTF-8"),
    ("a.py", b"# caf\xe9\nx = 1\n", "ZC0002", "byte 5 is not UTF-8", "# -*- coding"),
    ("a.py", b"x = 1\ny = 2\n\n\n\n# caf\xe9\n", "ZC0002", "is not utf-8", ""),
    ("a.py", b"\xef\xbb\xbf# -*- coding: latin-1 -*-\n", "ZC0002", "the mark of UTF-8", "leave the declaration out"),
    ("a.py", b"# -*- coding: nope -*-\n", "ZC0002", "unknown encoding: nope", "UTF-8"),
    ("a.py", bytes(range(32)) * 9, "ZC0110", "a binary file", ""),
    ("a.py", b"\x7fELF\2\1\1", "ZC0110", "a program for Linux", ""),
    ("a.py", b"", "ZC0003", "there is no pipeline", "`@pipeline`"),
    ("a.py", b"# nothing\n", "ZC0003", "there is no pipeline", "`@pipeline`"),
    ("a.py", b'print "a"\n', "ZC0101", "Missing parentheses", "Python 2"),
    ("a.py", b'exec "a"\n', "ZC0101", "Missing parentheses", "Python 2"),
    ("a.py", b"x = 0777\n", "ZC0101", "leading zeros", "Python 2"),
    ("a.py", b'raise ValueError, "x"\n', "ZC0101", "syntax error", "Python 2"),
    ("a.py", b"x = `1`\n", "ZC0101", "syntax error", "Python 2"),
    ("a.py", b"if 1 <> 2:\n    pass\n", "ZC0101", "syntax error", "Python 2"),
    ("a.py", b"x = 10L\n", "ZC0101", "syntax error", "Python 2"),
]


@pytest.mark.parametrize(("name", "content", "code", "message", "help"), ROWS)
def test_a_file_is_named_as_what_it_is(
    name: str, content: bytes, code: str, message: str, help: str, tmp_path: Path
) -> None:
    """One error, and the way out."""
    (tmp_path / ".zen").mkdir()
    (tmp_path / name).write_bytes(content)
    report = Report()
    read(Request(tmp_path / name, working_directory=tmp_path), report)
    (error,) = report.errors
    assert (error.code, message in error.message) == (code, True), error
    assert help in " ".join(error.helps)
