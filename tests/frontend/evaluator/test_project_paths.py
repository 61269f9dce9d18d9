"""Paths of the project: what a program makes of them is what Python makes of them, wherever the project lies; or it is
refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from zencompile import api, frontend
from zencompile.diagnostics import CompilationFailed, Report
from zencompile.frontend import Request, trace
from zencompile.frontend.values import ProjectPath, ProjectText, Unknown
from zencompile.frontend.values.placed import shown
from zencompile.frontend.virtual import VIRTUAL_ROOT, folder, pieces, template

PROGRAM = """
import copy, glob, json, os, string, sys
from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from pathlib import Path, PurePosixPath
from typing import Any
from pydantic import BaseModel
from zenml import pipeline, step
from pkg.places import BESIDE, PACKAGE

HERE = Path(__file__).resolve().parent
DATA = HERE / "data"
FOLDER = os.path.dirname(os.path.abspath(__file__))


class Where(Enum):
    DATA = str(DATA)


@dataclass
class Config:
    root: str = FOLDER
    data: Path = DATA
    names: list = field(default_factory=list)


class Settings(BaseModel):
    root: str = FOLDER
    data: Path = Path(FOLDER)


class Shown:
    def __str__(self):
        return str(DATA)


def climb(path):
    while not (path / "setup.cfg").exists():
        path = path.parent
    return path


def kind(value):
    match value:
        case str():
            return "text"
        case Path():
            return "path"


@step(enable_cache=False)
def tell(number: int, value: Any) -> None:
    with open(os.environ["OUT"], "a") as out:
        print(json.dumps([number, repr(value)]), file=out)


@pipeline(enable_cache=False)
def main():
{calls}

if __name__ == "__main__":
    main()
"""

FILES = {
    "libs/shared.csv": "3\n",
    "project/setup.cfg": "",
    "project/data/in.csv": "1\n",
    "project/data/b.csv": "2\n",
    "project/pkg/__init__.py": "",
    "project/pkg/places.py": "import os\nPACKAGE = os.path.dirname(__file__)\nBESIDE = os.path.join(PACKAGE, '..', 'data')\n",
}

MADE = """
__file__
str(HERE)
HERE
os.getcwd()
os.getcwd() + "/data"
os.getcwd() + "/"
os.getcwd() + "_backup"
"file://" + os.getcwd()
Path.cwd()
Path.cwd() / "data" / "in.csv"
Path(os.getcwd(), "data")
Path(os.getcwd() + "/data/../data/./x")
Path() / os.getcwd() / "x"
Path("data").resolve()
Path("data").absolute()
Path("..").resolve()
Path("data/../x").resolve()
Path("../project").absolute()
os.path.abspath("data")
os.path.abspath(".")
os.path.abspath("..")
os.path.abspath("../libs/x.csv")
os.path.realpath("data/in.csv")
os.path.abspath(__file__)
os.path.realpath(DATA)
os.path.join(FOLDER, "data", "in.csv")
os.path.join(FOLDER, "..", "libs")
os.path.join(FOLDER, "/etc")
os.path.join("data", FOLDER)
os.path.normpath(os.path.join(FOLDER, "..", "libs"))
os.path.normpath(BESIDE)
BESIDE
PACKAGE
os.path.dirname(FOLDER)
os.path.dirname(os.path.dirname(FOLDER)) + "/x"
os.path.split(os.path.join(FOLDER, "a.csv"))
os.path.splitext(os.path.join(FOLDER, "a.csv"))
os.path.basename(DATA / "in.csv")
os.path.basename(PACKAGE)
os.path.relpath(DATA / "in.csv")
os.path.relpath(DATA, FOLDER)
os.path.relpath(FOLDER, DATA)
os.path.relpath(os.path.join(FOLDER, "..", "libs"))
os.path.isabs(FOLDER)
os.path.exists(DATA)
os.path.isfile(os.path.join(FOLDER, "data", "in.csv"))
os.path.isdir(str(DATA))
os.path.exists(os.path.join(FOLDER, "nothing"))
os.path.expanduser(FOLDER)
os.fspath(DATA)
HERE.parent
HERE.parent.parent / "x"
HERE.parents[0]
HERE.parents[1] / "libs"
(HERE / "data").parents[0]
Path(__file__).resolve().parents[1] / "libs" / "shared.csv"
[str(DATA.parents[n]) for n in range(3)]
(HERE.parent / "libs" / "shared.csv").exists()
(HERE.parent / "libs" / "shared.csv").read_text()
DATA.name
(DATA / "in.csv").stem
(DATA / "in.csv").suffix
(DATA / "a.tar.gz").suffixes
DATA.with_name("other")
(DATA / "in.csv").with_suffix(".parquet")
(DATA / "in.csv").with_stem("out")
HERE.with_name("beside")
DATA.joinpath("a", "b")
DATA.joinpath(FOLDER)
DATA / Path("a") / "b"
str(DATA) / Path("a")
Path("a") / DATA
DATA / "/etc/hosts"
DATA / ".." / "x"
DATA.as_posix()
DATA.relative_to(HERE)
(DATA / "in.csv").relative_to(FOLDER).as_posix()
DATA.is_relative_to(HERE)
HERE.is_relative_to(DATA)
(HERE / "x").is_relative_to(DATA)
DATA.is_absolute()
DATA.exists()
(DATA / "in.csv").is_file()
DATA.resolve()
DATA.absolute()
DATA.expanduser()
(DATA / ".." / "..").resolve()
DATA.root
PurePosixPath(FOLDER) == HERE
sorted(DATA.glob("*.csv"))
sorted(p.name for p in DATA.iterdir())
sorted(glob.glob(os.path.join(FOLDER, "data", "*.csv")))
sorted(os.listdir(DATA))
open(DATA / "in.csv").read()
open(os.path.join(FOLDER, "data", "in.csv")).read()
(DATA / "in.csv").read_text()
(DATA / "in.csv").open().name
json.loads((DATA / "in.csv").read_text())
f"{HERE}"
f"{FOLDER}/data"
f"{HERE}/{{name}}/{DATA}"
f"{DATA!s}:{FOLDER:s}"
f"sqlite:///{HERE / 'db.sqlite'}"
f"{{{FOLDER}}}"
"{}/x".format(FOLDER)
"{root}/{0.name}".format(DATA, root=HERE)
"%s/x" % FOLDER
"%(a)s-%(b)s" % {"a": FOLDER, "b": DATA}
"%s and %d" % (DATA, 3)
string.Template("$a/x").substitute(a="b")
"/".join([FOLDER, "a", "b"])
",".join(str(p) for p in [HERE, DATA])
os.pathsep.join([FOLDER, str(DATA)])
FOLDER + os.sep + "data"
"" + FOLDER
str(DATA).endswith("data")
str(DATA).endswith(("x", "/data"))
str(DATA).endswith(".csv")
str(DATA).startswith("/")
str(DATA).startswith("s3://")
str(DATA).startswith(FOLDER)
str(DATA).startswith(str(DATA) + "/x")
str(DATA / "in.csv").removesuffix(".csv")
str(DATA / "in.csv").removeprefix(FOLDER + "/")
str(DATA).removesuffix("x")
(FOLDER + "/").rstrip("/")
(FOLDER + "/data//").rstrip("/")
f" {DATA} ".strip()
str(DATA / "in.csv").rsplit("/", 1)[-1]
str(DATA / "in.csv").rsplit(".", 1)
str(DATA / "in.csv").rpartition(".")
"data" in str(DATA)
FOLDER in str(DATA)
"/" in FOLDER
str(DATA) == FOLDER + "/data"
str(DATA) != FOLDER
DATA == HERE / "data"
DATA == Path("data")
DATA == str(DATA)
FOLDER == "data"
FOLDER == "s3://bucket"
FOLDER == ""
FOLDER in ("a", "b")
FOLDER in [FOLDER]
DATA in {DATA, HERE}
{FOLDER: 1}[os.getcwd()]
{"a": 1, FOLDER: 2}
sorted([DATA / "b", DATA / "a", HERE])
max(DATA / "b", DATA / "a")
DATA < DATA / "x"
bool(FOLDER)
FOLDER or "x"
not DATA
FOLDER if FOLDER else "x"
isinstance(FOLDER, str)
isinstance(DATA, Path)
isinstance(DATA, (str, os.PathLike))
isinstance(FOLDER, Path)
type(FOLDER).__name__
type(DATA) is type(HERE)
str(FOLDER)
Path(FOLDER)
str(Shown())
f"{Shown()}/x"
[DATA, FOLDER]
(DATA, "x")
{"paths": {"data": DATA, "list": [FOLDER, {"in": str(DATA / "in.csv")}]}}
{1: DATA}
Config()
Config(names=[str(DATA)])
Config().data / "x"
Settings()
Settings(root=str(DATA), data=FOLDER)
Settings(data=FOLDER).data / "x"
Where.DATA.value
os.environ.get("NO_SUCH_VARIABLE", str(DATA))
os.getenv("NO_SUCH_VARIABLE") or FOLDER
climb(DATA)
kind(DATA) + kind(FOLDER)
"/".join(p for p in [FOLDER, "a"])
"a" + FOLDER
frozenset([DATA])
{FOLDER}
dict(a=FOLDER, **{"b": DATA})
[p for p in [FOLDER, ""] if p]
{k: v / "x" for k, v in {"a": DATA}.items()}
"{a}/{b}".format_map({"a": FOLDER, "b": 1})
(lambda x=FOLDER: x + "/y")()
sorted([str(DATA), FOLDER])
min(FOLDER, str(DATA))
str.join("/", [FOLDER, "x"])
os.path.join(*[FOLDER, "a"])
os.path.join(FOLDER)
Path(DATA)
str(Path(str(DATA)).parent)
next(iter([FOLDER]))
list(map(str, [DATA]))
[*map(os.path.basename, [str(DATA)])]
dict(zip(["a"], [FOLDER]))
getattr(DATA, "name")
vars(Config())["root"]
asdict(Config())
replace(Config(), root=str(DATA))
Settings().model_dump()
copy.deepcopy([DATA, FOLDER])
PurePosixPath(FOLDER, "x").name
sys.path[0]
"/app/x"
Path("/app/data")
["/app", {"/app": "/app/x"}]
"{project}/x"
{"$": "project", "text": "{project}"}
""".strip().split("\n")
"""Expressions whose value is Python's, wherever the project lies."""

REFUSED = """
len(os.getcwd())
Settings().model_dump_json()
Settings().json()
str(Settings())
repr(Config())
sorted([FOLDER, "/a"])
[len(x) for x in [FOLDER]]
sum(map(len, [FOLDER]))
max([FOLDER, "abc"], key=len)
any(c == "a" for c in FOLDER)
eval(repr(FOLDER))
FOLDER.partition("/")
dict.fromkeys(FOLDER)
"".join(reversed(FOLDER))
FOLDER.join(["a", "b"])
uuid.uuid5(uuid.NAMESPACE_URL, FOLDER)
shlex.quote(FOLDER)
shlex.split(FOLDER)
urllib.parse.quote(FOLDER)
pprint.pformat(FOLDER)
format(FOLDER, ">5")
PurePosixPath(FOLDER).name
collections.Counter(FOLDER)
FOLDER in "/app/x"
"/app".startswith(FOLDER)
"/app/x".replace(FOLDER, "")
int(FOLDER == "/app")
bool(FOLDER == "/app")
{FOLDER: 1}.get("/app/x", [FOLDER == "/app"])
os.getcwd()[1:]
os.getcwd()[0]
list(FOLDER)
os.getcwd().split("/")
os.getcwd().split("/")[-1]
FOLDER.rsplit("/", 1)[-1]
str(DATA).rsplit("/", 3)
os.getcwd().encode()
os.getcwd().upper()
str(DATA).replace("/", ".")
FOLDER.title()
FOLDER.startswith("/home")
FOLDER.endswith("project")
FOLDER.find("a")
FOLDER.count("/")
FOLDER.isascii()
FOLDER.zfill(100)
"x" in FOLDER
FOLDER * 2
FOLDER.format(1)
hash(FOLDER)
repr(FOLDER)
repr(DATA)
f"{DATA!r}"
f"{[DATA]}"
str([FOLDER])
f"{FOLDER:>100}"
"%r" % FOLDER
"%-100s" % FOLDER
"%.3s" % FOLDER
"{:<9}".format(FOLDER)
Path.cwd().name
Path.cwd().stem
Path.cwd().suffix
HERE.with_suffix(".x")
HERE.parts
DATA.parts[-1]
len(DATA.parts)
DATA.as_uri()
len(DATA.parents)
DATA.parents[40]
DATA.parents[-1]
list(DATA.parents)
str(list(DATA.parents))
HERE.relative_to("/home")
DATA.is_relative_to("/home/user")
DATA.relative_to(HERE.parent)
DATA.match("*/data")
os.path.basename(FOLDER)
os.path.splitext(FOLDER)
os.path.splitext(FOLDER)[1]
os.path.split(FOLDER)[1]
os.path.relpath(FOLDER, "/etc")
os.path.relpath("/etc/hosts")
os.path.relpath(FOLDER, os.path.dirname(FOLDER))
os.path.commonpath([FOLDER, "/etc"])
os.path.commonprefix([FOLDER, "/etc"])
os.path.expandvars(FOLDER)
os.path.normpath(FOLDER + "/.." * 40)
Path(FOLDER + "/.." * 40).resolve()
FOLDER == "/app"
FOLDER == "/home/user/project"
DATA == Path("/app/data")
str(DATA) in ("/app/data", "x")
FOLDER < "/home"
FOLDER == os.path.dirname(FOLDER) + "/project"
FOLDER is os.getcwd()
re.sub("a", "b", FOLDER)
re.match("/app", FOLDER)
json.dumps({"a": FOLDER})
hashlib.md5(FOLDER.encode()).hexdigest()
int(FOLDER)
ord(FOLDER[0])
str.upper(FOLDER)
bytes(FOLDER, "utf-8")
"-".join(FOLDER)
textwrap.shorten(FOLDER, 5)
string.Template("$a/x").substitute(a=FOLDER)
sorted(FOLDER)
reversed(FOLDER)
max(FOLDER)
dict(a=FOLDER.split("/"))
open("/app/data/in.csv").read()
os.path.exists("/app/data/in.csv")
""".strip().split("\n")
"""Expressions whose value depends on where the project lies, or that the program gives a step in vain."""

TOLD_OTHERWISE = {
    'os.getcwd() + "_backup"',  # a folder beside the project, as far as a trace can tell
    '"%(a)s-%(b)s" % {"a": FOLDER, "b": DATA}',
    "Settings(root=str(DATA), data=FOLDER)",  # keywords as they are written
}
"""What a trace has in other words, which mean the same."""

STUB = """
def step(function=None, **options):
    return function or (lambda function: function)
pipeline = step
"""


def _write(root: Path, calls: str) -> Path:
    (root / ".git").mkdir(parents=True)
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    entry = root / "project" / "run.py"
    entry.write_text(PROGRAM.replace("{calls}", calls))
    return entry


def _calls(expressions: list[str]) -> str:
    return "\n".join(f"    tell({number}, {expression})" for number, expression in enumerate(expressions))


def _told(command: list[str], out: Path, **options: Any) -> dict[int, str]:
    environment = {**os.environ, "OUT": str(out), **options.pop("environment", {})}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return dict(json.loads(line) for line in out.read_text().splitlines())


@pytest.mark.parametrize("executor", ["in-process", "process"])
def test_each_is_what_python_makes_of_it_wherever_the_project_lies(executor: str, tmp_path: Path) -> None:
    """Compiled in one folder, run in another that no part of the program has ever seen."""
    entry = _write(tmp_path / "here" / "repository", _calls(MADE))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(entry.parent)
        files = api.compile("run.py", "local")
    assert str(tmp_path) not in "".join(files.values())
    elsewhere = tmp_path / "some where.d" / "else {x}"
    elsewhere.parent.mkdir()
    shutil.move(tmp_path / "here" / "repository", elsewhere)
    project = elsewhere / "project"
    stub = tmp_path / "stub"
    (stub / "zenml").mkdir(parents=True)
    (stub / "zenml" / "__init__.py").write_text(STUB)
    wanted = _told([sys.executable, "run.py"], tmp_path / "python", cwd=project, environment={"PYTHONPATH": str(stub)})
    script = str(project / "build" / "local" / "main.py")
    options = ["--executor", executor, "--jobs", "1"]
    found = _told([sys.executable, script, *options], tmp_path / "runner", cwd=tmp_path)
    assert len(wanted) == len(MADE)
    assert {MADE[n]: found.get(n) for n in wanted} == {MADE[n]: text for n, text in wanted.items()}


def _read(entry: Path, how: Any = frontend) -> tuple[list[Any], Report]:
    report = Report()
    pipelines = how.read(Request(entry, working_directory=entry.parent), report)
    return [json.loads(pipeline.model_dump_json()) for pipeline in pipelines], report


@pytest.mark.parametrize("expression", REFUSED)
def test_what_depends_on_where_the_project_lies_is_refused(expression: str, tmp_path: Path) -> None:
    """Never a value: the parameter is unknown, or the program ends."""
    entry = _write(tmp_path / "repository", f"    tell(1, {expression})\n")
    imports = "import collections, hashlib, pprint, re, shlex, textwrap, urllib.parse, uuid"
    entry.write_text(f"{imports}\n{entry.read_text()}")
    pipelines, report = _read(entry)
    codes = [d.code for d in report] + [p["code"] for one in pipelines for p in one["problems"]]
    assert "ZC0208" in codes, (pipelines, list(report))
    with pytest.raises(CompilationFailed):
        api.compile(entry, "local", write=False)


def test_both_front_ends_say_the_same(tmp_path: Path) -> None:
    entry = _write(tmp_path / "repository", _calls(MADE))
    static, _ = _read(entry)
    traced, report = _read(entry, trace)
    assert not report.errors, report.errors

    def values(pipelines: list[Any]) -> dict[str, Any]:
        told = pipelines[0]["invocations"]
        return {MADE[one["inputs"]["number"]["value"]]: one["inputs"]["value"]["value"] for one in told}

    differing = {text for text, value in values(static).items() if values(traced)[text] != value}
    assert differing == TOLD_OTHERWISE


def test_a_text_that_says_where_the_project_lies_is_no_other() -> None:
    """The pieces of a text, and the text of a literal."""
    root = str(VIRTUAL_ROOT)
    assert pieces(f"a{root}/b{folder(2)}") == ["a", 0, "/b", 2, ""]
    assert template(pieces(f"{root}/{{x}}") or ()) == "{project}/{{x}}"
    assert template(pieces(f"{folder(2)}_x") or ()) == "{project/../..}_x"
    assert pieces(root[1:]) is None
    assert pieces(root[:-1] + "x") is None or "x" in str(pieces(root[:-1] + "x"))
    assert [shown(text) for text in (root, f"{root}/a/b", folder(1), f"{folder(2)}/x")] == [".", "a/b", "..", "../../x"]


def test_values_are_compared_by_what_they_are() -> None:
    assert ProjectText(f"{VIRTUAL_ROOT}/a") == ProjectText(f"{VIRTUAL_ROOT}/a") != ProjectPath(VIRTUAL_ROOT / "a")
    assert len({ProjectPath(VIRTUAL_ROOT / "a"), ProjectPath(VIRTUAL_ROOT / "a")}) == 1
    assert isinstance(ProjectText(str(VIRTUAL_ROOT)).unwrap(), Unknown)
    with pytest.raises(TypeError):
        str(ProjectText(str(VIRTUAL_ROOT)))


@pytest.mark.parametrize("path", ["../beside.txt", "link.txt", "folder/beside.txt", "../../missing.txt"])
@pytest.mark.parametrize("reads", ["open({!r}).read()", "Path({!r}).read_text()", "os.path.exists({!r})"])
def test_what_leads_out_of_the_project_is_not_known(path: str, reads: str, tmp_path: Path) -> None:
    """By `..` or by a link: whether it is there is for the step's process to see."""
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "beside.txt").write_text("beside")
    (project / "link.txt").symlink_to("../beside.txt")
    (project / "folder").symlink_to("..")
    (project / "pyproject.toml").write_text('[project]\nname = "outside"\n')
    value = reads.format(path)
    text = f"import os\nfrom pathlib import Path\nfrom zenml import pipeline, step\nX = {value}\n"
    text += "@step\ndef tell(x: str) -> None: ...\n@pipeline\ndef main():\n    tell(X)\n"
    (project / "run.py").write_text(text)
    pipelines, report = _read(project / "run.py")
    codes = [d.code for d in report] + [p["code"] for one in pipelines for p in one["problems"]]
    assert "ZC0208" in codes, (pipelines, list(report))
    assert "ZC0102" not in codes
