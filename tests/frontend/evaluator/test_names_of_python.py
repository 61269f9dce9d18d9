"""What a program asks of the standard library and that isn't there, against Python itself."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from zencompile.diagnostics import Report
from zencompile.frontend import Request, read, standard_names

STATEMENTS = """
from types import Tuple
from collections import Mapping
from collections.abc import Mapping
import collections; collections.Mapping
import collections.abc; collections.abc.Mapping
import time; time.clock
import time; time.time
import string; string.letters
import string; string.ascii_letters
import string; string.maketrans
import math; math.tua
import math; math.cbrt
import os; os.getcwdu
import os; os.getcwd
import os.path; os.path.walk
from os.path import walk
import itertools; itertools.izip
import itertools; itertools.imap
from itertools import izip_longest
from functools import cached
from dataclasses import dataclas
from pathlib import Paht
from typing import Optionall
from enum import Enums
import json.nope
import json; json.nope
import json.decoder
import xml.nope
import concurrent.futures
import urllib; urllib.urlencode
import urllib2
import ConfigParser
import cPickle
import StringIO
import random; random.randit
import datetime; datetime.datetimes
import datetime; datetime.UTC
import asyncio; asyncio.coroutine
import asyncio; asyncio.async_
from asyncio import TaskGroup
import inspect; inspect.getargspec
from inspect import getargspec
import inspect; inspect.signature
import contextlib; contextlib.nested
import types; types.StringType
import types; types.NoneType
import sys; sys.maxint
import sys; sys.setdefaultencoding
import sys; sys.maxsize
import operator; operator.isCallable
import operator; operator.itemgetter
import tomllib
from typing import Self, override
from itertools import batched, pairwise
from enum import StrEnum
import re; re.template
import re; re.NOFLAG
import base64; base64.encodestring
import html; html.parsed
import platform; platform.linux_distribution
import platform; platform.system
import threading; threading._sleep
import unittest; unittest.makeSuites
from statistics import fmean, means
import hashlib; hashlib.file_digest
import shutil; shutil.copyfil
import subprocess; subprocess.getstatus
import subprocess; subprocess.run
import tempfile; tempfile.mktmp
import collections; getattr(collections, "Mapping", None)
import os; hasattr(os, "getcwdu")
import imp
import binhex
""".strip().splitlines()


def _of_python(statement: str) -> str:
    try:
        exec(compile(statement, "statement", "exec"), {})
    except Exception as error:
        return type(error).__name__
    return ""


def _here(program: str, folder: Path, python: str) -> tuple[str, int]:
    """The exception that the evaluator says a program raises, and where; empty if none."""
    (folder / ".zen").mkdir(exist_ok=True)
    (folder / "run.py").write_text(f"{program}\n{PIPELINE}")
    report = Report()
    read(Request(folder / "run.py", working_directory=folder, image_python=python), report)
    errors = [d for d in report.errors if d.code == "ZC0102"]
    if not errors:
        return "", 0
    assert errors[0].span is not None
    return errors[0].message.removeprefix("the program raises ").partition(":")[0], errors[0].span.line


PIPELINE = """
from zenml import pipeline, step


@step
def one() -> int:
    return 1


@pipeline
def training():
    one()


if __name__ == "__main__":
    training()
"""


@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_python_lacks_is_an_error_at_its_line(statement: str, tmp_path: Path) -> None:
    """With the exception that Python itself raises."""
    raised, line = _here(statement, tmp_path, f"3.{sys.version_info[1]}")
    wanted = _of_python(statement)
    if wanted != "" or raised != "":
        assert raised in (wanted, "") if "_sleep" in statement else raised == wanted
        assert line in (0, 1)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_the_program_catches_is_no_failure(statement: str, tmp_path: Path) -> None:
    """A `try` around it."""
    program = f"try:\n    {statement}\nexcept (ImportError, AttributeError):\n    pass"
    assert _here(program, tmp_path, "3.11") == ("", 0)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_only_a_step_asks_for_is_no_failure_of_the_compilation(statement: str, tmp_path: Path) -> None:
    """The body of a function that nothing calls."""
    assert _here(f"def never():\n    {statement}", tmp_path, "3.11") == ("", 0)


VERSIONS = [
    ("from typing import Self", 11, 14),
    ("from typing import override", 12, 14),
    ("from itertools import batched", 12, 14),
    ("import itertools; itertools.batched", 12, 14),
    ("import tomllib", 11, 14),
    ("from enum import StrEnum", 11, 14),
    ("import imp", 10, 11),
    ("from inspect import getargspec", 10, 10),
    ("from datetime import UTC", 11, 14),
    ("import datetime; datetime.UTC", 11, 14),
    ("from warnings import deprecated", 13, 14),
    ("import annotationlib", 14, 14),
]


@pytest.mark.parametrize("minor", range(10, 15))
@pytest.mark.parametrize(("statement", "first", "last"), VERSIONS)
def test_the_python_of_images_decides(statement: str, first: int, last: int, minor: int, tmp_path: Path) -> None:
    """Not the one that compiles."""
    raised, _ = _here(statement, tmp_path, f"3.{minor}")
    assert (raised == "") is (first <= minor <= last)


def test_the_table_of_versions_says_of_this_python_what_is_so() -> None:
    """Nothing that a Python has is said to be missing."""
    python = sys.version_info[:2]
    for dotted, names in standard_names._names().items():
        try:
            module = importlib.import_module(dotted)
        except ImportError:
            continue
        for name in names:
            assert not (hasattr(module, name) and standard_names.lacks(dotted, name, python)), (dotted, name)
