"""Texts that Python reads, or doesn't: every target gets them right, or a diagnostic says what is wrong, and where."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from zencompile.cli import job
from zencompile.cli.session import Session, UsageFailed
from zencompile.diagnostics import CompilationFailed
from zencompile.disk import MemoryDisk

TARGETS = ("ir", "airflow", "kubeflow", "local")
ROOT = Path("/nowhere/project")
STEP = "from zenml import pipeline, step\n\n\n@step\ndef show(value: object) -> None:\n    print(value)\n\n\n"
FIRST = 11  # the line of the call


def program(value: str = "1", before: str = "") -> str:
    return f"{STEP}{before}@pipeline\ndef shown():\n    show({value})\n"


def _text(encoding: str, value: str) -> bytes:
    return (f"# coding: {encoding}\n" + program(value)).encode(encoding)


RIGHT: dict[str, tuple[bytes, Any]] = {
    "crlf": (program("'a'").replace("\n", "\r\n").encode(), "a"),
    "cr": (program("'a'").replace("\n", "\r").encode(), "a"),
    "mixed ends": (program("'a'").replace("\n", "\r\n", 3).encode(), "a"),
    "lines of a text": (program("'''a\nb'''").replace("\n", "\r\n").encode(), "a\nb"),
    "bom": (b"\xef\xbb\xbf" + program("'é'").encode(), "é"),
    "bom and crlf": (b"\xef\xbb\xbf" + program("'é'").replace("\n", "\r\n").encode(), "é"),
    "latin-1": (_text("latin-1", "'é'"), "é"),
    "cp1252": (_text("cp1252", "'€'"), "€"),
    "utf-8-sig": (_text("utf-8-sig", "'é'"), "é"),
    "shift_jis": (_text("shift_jis", "'日本'"), "日本"),
    "utf-16 escapes": (program(r"'\ud83d\ude00'.encode('utf-16', 'surrogatepass').decode('utf-16')").encode(), "😀"),
    "form feeds": (program().replace("\n\n\n", "\n\f\n", 1).encode(), 1),
    "tabs": (program().replace("    ", "\t").encode(), 1),
    "no last line end": (program().rstrip("\n").encode(), 1),
    "spaces at the end": ((program() + "   \n\t\n").encode(), 1),
    "large": (program("10**400").encode(), 10**400),
    "parentheses": (program("(" * 150 + "1" + ")" * 150).encode(), 1),
    "match": (program("g(1)", "def g(x):\n    match x:\n        case 1:\n            return 2\n\n\n").encode(), 2),
}

WRONG: dict[str, tuple[bytes, str, int]] = {
    "not utf-8": (program("'é'").encode("latin-1"), "ZC0002", FIRST),
    "not its encoding": (b"# coding: ascii\n" + program("'é'").encode(), "ZC0002", FIRST + 1),
    "unknown encoding": (b"# coding: klingon\n" + program().encode(), "ZC0002", 1),
    "no text encoding": (b"# coding: rot13\n" + program().encode(), "ZC0002", 1),
    "bom against encoding": (b"\xef\xbb\xbf# coding: latin-1\n" + program().encode(), "ZC0002", 1),
    "utf-16": (program().encode("utf-16"), "ZC0002", 1),
    "bytes": (bytes(range(256)), "ZC0110", 1),
    "nul": (program("'a\0b'").encode(), "ZC0101", FIRST),
    "empty": (b"", "ZC0003", 1),
    "line ends": (b"\n\n", "ZC0003", 1),
    "yaml": (b"key: value\n- a\n", "ZC0102", 2),
    "html": (b"<!doctype html>\n<html></html>", "ZC0101", 1),
    "python 2": (program().encode() + b"print 'a'\n", "ZC0101", FIRST + 1),
    "mixed tabs": (program().replace("    show", "\tif 1:\n        show").encode(), "ZC0101", FIRST + 1),
    "program": (b"\x7fELF\x02\x01" + bytes(100), "ZC0110", 1),
    "archive": (b"PK\x03\x04" + bytes(100), "ZC0110", 1),
    "notebook": (b'{"cells": [], "metadata": {}, "nbformat": 4}', "ZC0110", 1),
    "lone surrogate": (program(r"'\ud800'").encode(), "ZC0220", FIRST),
    "lone surrogate inside": (program(r"{'a': ['\ud800']}").encode(), "ZC0220", FIRST),
    "lone surrogate in a key": (program(r"{'\ud800': 1}").encode(), "ZC0220", FIRST),
    "lone surrogate in a name": (
        program().replace("@pipeline", r"@pipeline(name='\ud800')").encode(),
        "ZC0111",
        FIRST - 1,
    ),
    "lone surrogate in a tag": (program().replace("@pipeline", r"@pipeline(tags=['\udfff'])").encode(), "ZC0111", 10),
    "lone surrogate in a docstring": (
        program().replace("    print", '    """\\ud800"""\n    print').encode(),
        "ZC0111",
        5,
    ),
    "infinity": (program("1e999").encode(), "ZC0220", FIRST),
    "nan": (program("[float('nan')]").encode(), "ZC0220", FIRST),
    "larger": (program("10**5000").encode(), "ZC0220", FIRST),
    "far larger": (program("10**1000000").encode(), "ZC0102", FIRST),
    "deep parentheses": (program("(" * 5000 + "1" + ")" * 5000).encode(), "ZC0101", FIRST),
    "deep indentation": (
        program()
        .replace("    print(value)\n", "".join(" " * i + "if value:\n" for i in range(4, 120)) + " " * 120 + "pass\n")
        .encode(),
        "ZC0101",
        105,
    ),
    "deep data": (program("X", "X = []\nfor _ in range(3000):\n    X = [X]\n\n\n").encode(), "ZC0103", 1),
}

NEWER: dict[str, tuple[str, tuple[int, int], int]] = {
    "nested f-string": (program('f"{\'a\' + f"{1}"}"'), (3, 12), FIRST),
    "type statement": (program("1", "type A = int\n\n\n"), (3, 12), 9),
    "type parameters": (program("1", "def g[T](x: T) -> T:\n    return x\n\n\n"), (3, 12), 9),
    "groups of exceptions": (
        program("1", "def g():\n    try:\n        pass\n    except* ValueError:\n        pass\n\n\n"),
        (3, 11),
        12,
    ),
    "template string": (program("len(t'a'.strings)"), (3, 14), FIRST),
    "exceptions without parentheses": (
        program("1", "def g():\n    try:\n        pass\n    except ValueError, TypeError:\n        pass\n\n\n"),
        (3, 14),
        12,
    ),
}


def compiled(data: bytes, target: str, name: str = "run.py") -> tuple[Session, Any]:
    session = Session(path=name, directory=ROOT, disk=MemoryDisk({ROOT / name: data}))
    try:
        return session, job.compile_for(session, target, (), ROOT / "out", ROOT / "build")
    except (CompilationFailed, UsageFailed):
        return session, None


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", RIGHT)
def test_texts_that_python_reads(name: str, target: str) -> None:
    data, expected = RIGHT[name]
    session, result = compiled(data, target)
    assert not session.report.errors, [str(d) for d in session.report.errors]
    (invocation,) = result.pipelines[0].invocations
    assert invocation.inputs["value"].value == expected
    for text in (*result.files.deployed.values(), *result.files.build.values()):
        text.encode()


def _told(session: Session) -> tuple[str, int]:
    first = session.report.errors[0]
    return first.code, first.span.line if first.span is not None else 0


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", WRONG)
def test_texts_that_no_target_can_have(name: str, target: str) -> None:
    data, code, line = WRONG[name]
    session, result = compiled(data, target)
    assert result is None
    assert _told(session) == (code, line), [str(d) for d in session.report.errors]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", NEWER)
def test_syntax_that_only_newer_pythons_have(name: str, target: str) -> None:
    """It compiles where the running Python has it; elsewhere the error stands at its line and says what would help."""
    text, since, line = NEWER[name]
    session, result = compiled(text.encode(), target)
    if sys.version_info >= since:
        assert result is not None
        return
    assert _told(session) == ("ZC0101", line), [str(d) for d in session.report.errors]
    assert any("zencompile runs on Python" in text for text in session.report.errors[0].helps)


@pytest.mark.parametrize("target", TARGETS)
def test_what_is_no_python_file(target: str) -> None:
    notebook, _ = compiled(WRONG["notebook"][0], target, "training.ipynb")
    assert _told(notebook) == ("ZC0110", 1)
    folder = Session(path="steps", directory=ROOT, disk=MemoryDisk({ROOT / "steps/load.py": b""}))
    with pytest.raises(UsageFailed):
        folder.entry()
    assert folder.report.errors[0].code == "ZC0002"


def test_the_manifest_has_the_digests_of_the_bytes() -> None:
    """What the runtime compares is the file, not its text: else a file with other line ends never matches."""
    for name in ("crlf", "bom", "latin-1"):
        data, _ = RIGHT[name]
        _, result = compiled(data, "ir")
        assert result.pipelines[0].files == {"run.py": MemoryDisk({ROOT / "run.py": data}).sha256(ROOT / "run.py")}
