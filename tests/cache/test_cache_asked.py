"""Ways by which code is told of what lies around it without opening it by its name: descriptors, attributes, owners,
links, copies, libraries in C, git, formats that stand in files. Each has an edit that changes what the step gives.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from benches import Bench

Edit = Callable[[Path], object]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's means of Linux")


@dataclass(frozen=True)
class Way:
    """The body of the step, files besides, and an edit that it is told of."""

    body: str
    edit: Edit
    files: dict[str, str] = field(default_factory=dict)


def _write(name: str, text: str = "") -> Edit:
    def edit(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return edit


def _run(*words: str) -> Edit:
    return lambda folder: subprocess.run(words, cwd=folder, check=True, capture_output=True)


def _older(folder: Path) -> None:
    os.utime(folder / "d" / "data.txt", (1, 1))


LOG = """
import io
import json
import logging


def text():
    kept = io.StringIO()
    handler = logging.StreamHandler(kept)
    {handler}
    logger = logging.getLogger("asked")
    logger.addHandler(handler)
    logger.warning("told")
    return kept.getvalue()
"""
RECORD = """
class Whole(logging.Formatter):
    def format(self, record):
        return str(vars(record))
"""
WAYS = {
    "a folder's descriptor": Way("return os.listdir(os.open('d', os.O_RDONLY))", _write("d/new.txt")),
    "a folder's descriptor is scanned": Way(
        "return [one.name for one in os.scandir(os.open('d', os.O_RDONLY))]", _write("d/new.txt")
    ),
    "fwalk": Way("return [names for _, _, names, _ in os.fwalk('d')]", _write("d/in/new.txt")),
    "below a descriptor": Way(
        "return os.read(os.open('data.txt', os.O_RDONLY, dir_fd=os.open('d', os.O_RDONLY)), 9)",
        _write("d/data.txt", "2"),
    ),
    "the size of a module": Way(
        "return os.stat(__file__).st_size",
        lambda folder: (folder / "steps.py").write_text((folder / "steps.py").read_text() + "# more\n"),
    ),
    "links": Way("return os.stat('d/data.txt').st_nlink", lambda folder: os.link(folder / "d/data.txt", folder / "b")),
    "times of a copy": Way(
        "import tempfile\nto = tempfile.mkdtemp()\nshutil.copy2('d/data.txt', to)\n"
        "return os.path.getmtime(to + '/data.txt')",
        _older,
    ),
    "times in a copied tree": Way(
        "shutil.copytree('d', 'tree')\nreturn os.path.getmtime('tree/data.txt')",
        _older,
    ),
    "behind a link that the run made": Way(
        "import tempfile\nlink = tempfile.mkdtemp() + '/link'\nos.symlink(os.path.abspath('d/data.txt'), link)\n"
        "return open(link).read()",
        _write("d/data.txt", "2"),
    ),
    "in a folder behind a link that the run made": Way(
        "import tempfile\nlink = tempfile.mkdtemp() + '/link'\nos.symlink(os.path.abspath('d'), link)\n"
        "return [open(f'{link}/{name}').read() for name in os.listdir(link) if name.endswith('.txt')]",
        _write("d/data.txt", "2"),
    ),
    "a second name that the run gave": Way(
        "import tempfile\nsecond = tempfile.mkdtemp(dir='..') + '/second'\n"
        "os.link('d/data.txt', second)\nreturn open(second).read()",
        _write("d/data.txt", "2"),
    ),
    "shared memory": Way(
        "return os.path.exists(f'/dev/shm/{os.getcwd().replace(os.sep, str())}')",
        lambda folder: Path("/dev/shm", str(folder).replace(os.sep, "")).touch(),
    ),
    "the process's folder": Way("return open('/proc/self/cwd/d/data.txt').read()", _write("d/data.txt", "2")),
    "a hidden folder": Way(
        "return subprocess.check_output('cat .tool/config', shell=True)",
        _write(".tool/config", "2"),
        {".tool/config": "1"},
    ),
    "git's files": Way("return open('.git/HEAD').read()", _write(".git/HEAD", "ref: refs/heads/other")),
    "a branch": Way("return subprocess.check_output(['git', 'branch'])", _run("git", "branch", "side")),
    "a tag": Way("return subprocess.check_output(['git', 'tag'])", _run("git", "tag", "v1")),
    "a file that a log's format stands in": Way(
        "import log\nreturn log.text()",
        lambda folder: (folder / "log.py").write_text("\n" + (folder / "log.py").read_text()),
        {"log.py": LOG.format(handler="handler.setFormatter(logging.Formatter(open('d/format.txt').read()))")},
    ),
    "a whole record of a log": Way(
        "import log\nreturn log.text()",
        lambda folder: (folder / "log.py").write_text("\n" + (folder / "log.py").read_text()),
        {"log.py": LOG.format(handler="handler.setFormatter(Whole())") + RECORD},
    ),
    "another part of a package": Way(
        "import parts\nreturn list(parts.__path__)",
        _write("more/parts/other.py"),
        {"parts/one.py": "", "more/x.txt": "", "../path": "more"},
    ),
    "a module that is found and not imported": Way(
        "return importlib.util.find_spec('found') is not None",
        lambda folder: (folder / "found.py").unlink(),
        {"found.py": ""},
    ),
    "a package beside a module": Way(
        "return importlib.import_module('be' + 'side').X",
        _write("beside/__init__.py", "X = 2\n"),
        {"beside.py": "X = 1\n"},
    ),
    "a folder that becomes a package": Way(
        "try:\n    import later\nexcept ImportError:\n    return False\nreturn True",
        _write("later/x.txt"),
    ),
    "sizes by fsspec": Way(
        "import fsspec\nreturn fsspec.filesystem('file').info('d/data.txt')['size']", _write("d/data.txt", "longer")
    ),
    "details by fsspec": Way(
        "import fsspec\nreturn [one['size'] for one in fsspec.filesystem('file').ls('d', detail=True)]",
        _write("d/data.txt", "longer"),
    ),
    "what is there by pyarrow": Way(
        "from pyarrow import fs\nreturn fs.LocalFileSystem().get_file_info('d/new.txt').size", _write("d/new.txt")
    ),
}
NATIVE = """
    #include <stdio.h>
    int first(void) {
        FILE *file = fopen("d/data.txt", "r");
        int found = file ? fgetc(file) : 0;
        if (file) fclose(file);
        return found;
    }
"""
EXTENSION = """
    #include <Python.h>
    int first(void);
    static PyObject *call(PyObject *self, PyObject *none) { return PyLong_FromLong(first()); }
    static PyMethodDef methods[] = {{"first", call, METH_NOARGS, ""}, {0}};
    static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "native", 0, -1, methods};
    PyMODINIT_FUNC PyInit_native(void) { return PyModule_Create(&module); }
"""


def _bench(bench: Bench, way: Way) -> None:
    imports = "import importlib.util\nimport os\nimport shutil\nimport subprocess\nimport sys\n"
    path = f"sys.path.append({str(bench.folder / way.files['../path'])!r})\n" if "../path" in way.files else ""
    bench.write(steps__py=f"{imports}{path}\n\ndef train():\n{textwrap.indent(way.body, '    ')}\n")
    (bench.folder / "d" / "in").mkdir(parents=True)
    (bench.folder / "d" / "data.txt").write_text("1")
    (bench.folder / "d" / "format.txt").write_text("%(lineno)d")
    for name, text in way.files.items():
        if not name.startswith("../"):
            _write(name, text)(bench.folder)


def _repository(folder: Path) -> None:
    _run("git", "init", "-q")(folder)
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.logAllRefUpdates=false")
    _run("git", *identity, "commit", "-q", "--allow-empty", "-m", "first")(folder)


@LINUX
@pytest.mark.parametrize("kind", WAYS)
def test_what_code_is_told_counts_by_whatever_way(bench: Bench, kind: str) -> None:
    way = WAYS[kind]
    if "pyarrow" in way.body:
        pytest.importorskip("pyarrow")
    if "fsspec" in way.body:
        pytest.importorskip("fsspec")
    _bench(bench, way)
    _repository(bench.folder)
    time.sleep(0.05)  # what was written within the same moment may have been written by a program
    kept = bench.run()
    shutil.rmtree(bench.folder / "tree", ignore_errors=True)
    assert kept.refused is None
    assert bench.difference(kept) is None
    way.edit(bench.folder)
    try:
        assert bench.difference(kept) is not None
    finally:
        Path("/dev/shm", str(bench.folder).replace(os.sep, "")).unlink(missing_ok=True)


@LINUX
def test_attributes_that_users_set_count(bench: Bench) -> None:
    _bench(bench, Way("return os.listxattr('d/data.txt')", _older))
    try:
        os.setxattr(bench.folder / "steps.py", "user.any", b"1")
    except OSError:
        pytest.skip("this file system has no attributes")
    kept = bench.run()
    assert bench.difference(kept) is None
    os.setxattr(bench.folder / "d" / "data.txt", "user.stage", b"1")
    assert "d/data.txt" in (bench.difference(kept) or "")


def test_another_work_tree_of_a_repository_has_its_own_state(bench: Bench, tmp_path: Path) -> None:
    main = tmp_path / "main"
    main.mkdir()
    _repository(main)
    _run("git", "worktree", "add", "-q", "../other")(main)
    (tmp_path / "other" / ".git").rename(bench.folder / ".git")
    _run("git", "worktree", "repair")(bench.folder)
    _bench(bench, Way("return subprocess.check_output(['git', 'branch', '--show-current'])", _older))
    time.sleep(0.05)
    kept = bench.run()
    assert bench.difference(kept) is None
    _run("git", "checkout", "-q", "-b", "third")(bench.folder)
    assert bench.difference(kept) is not None


@LINUX
@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no C compiler")
@pytest.mark.parametrize("loaded", ["extension", "ctypes", "cffi"])
def test_files_that_the_project_s_own_native_code_opens_count(bench: Bench, loaded: str) -> None:
    bodies = {
        "extension": "import native\nreturn native.first()",
        "ctypes": "import ctypes\nreturn ctypes.CDLL(os.path.abspath('native.so')).first()",
        "cffi": "import cffi\nffi = cffi.FFI()\nffi.cdef('int first(void);')\nreturn ffi.dlopen('./native.so').first()",
    }
    if loaded == "cffi":
        pytest.importorskip("cffi")
    _bench(bench, Way(bodies[loaded], _older, {"native.c": NATIVE + (EXTENSION if loaded == "extension" else "")}))
    _run("gcc", "-shared", "-fPIC", f"-I{sysconfig.get_path('include')}", "-o", "native.so", "native.c")(bench.folder)
    kept = bench.run()
    assert kept.refused is None and bench.difference(kept) is None
    (bench.folder / "d" / "data.txt").write_text("2")
    assert "d/data.txt" in (bench.difference(kept) or "")


@LINUX
@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no C compiler")
def test_what_a_library_has_compiled_counts(bench: Bench) -> None:
    """A library starts the compiler, which reads the project's header."""
    pytest.importorskip("cffi")
    body = """
        import cffi
        ffi = cffi.FFI()
        ffi.cdef("int size(void);")
        ffi.set_source("_made", '#include "size.h"', include_dirs=[os.getcwd()])
        return ffi.compile(tmpdir="/tmp/" + os.getcwd().replace("/", "_"))
    """
    _bench(bench, Way(textwrap.dedent(body), _older, {"size.h": "static int size(void) { return 1; }\n"}))
    kept = bench.run()
    assert bench.difference(kept) is None
    (bench.folder / "size.h").write_text("static int size(void) { return 2; }\n")
    assert bench.difference(kept) is not None


ZONES = {
    "a keyword": "import email.utils\nreturn email.utils.formatdate(0, localtime=True)",
    "SQL": "import sqlite3\nreturn sqlite3.connect(':memory:').execute(\"select time(0, 'unixepoch', 'localtime')\")",
    "an archive": "import zipfile\nreturn zipfile.ZipInfo.from_file('d/data.txt').date_time",
    "a log's format": "import logging\nreturn logging.Formatter('%(as' + 'ctime)s').formatTime",
}


@pytest.mark.parametrize("kind", ZONES)
def test_the_time_zone_counts_whoever_tells_the_local_time(
    bench: Bench, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _bench(bench, Way(ZONES[kind], _older))
    kept = bench.run()
    assert bench.difference(kept) is None
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert bench.difference(kept) == "the variable TZ changed"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
