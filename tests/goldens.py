"""Golden files: what each case compiles to, held against what is in `golden/`.

`golden/compile/<case>/case.toml` names a source and the targets; beside it stands everything that comes of it.
`golden/reject/<case>.py` (or `<case>/run.py`) is a bad input, whose lines are marked `#~ ZC0203` (`#~^ ZC0203`
marks the line above); beside it stands `<case>.stderr`. A first line `# zencompile: --target kubeflow` gives the
options of the call.

    python tests/goldens.py            shows what differs
    python tests/goldens.py --bless    writes it; read the diff before you commit
    python tests/goldens.py --only reject [--bless]    one kind alone: compile, reject or pages
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPILE = ROOT / "golden" / "compile"
REJECT = ROOT / "golden" / "reject"
PAGES = ROOT / "docs" / "diagnostics"
BLESS = "python tests/goldens.py --bless"
MARK = re.compile(r"#~(\^*)\s*((?:ZC\d{4}[ ,]*)+)")
OMITTED = (
    "runtime/zencompile_runtime/",  # the vendored runtime is the package itself; a test of its own compares the two
    "compiled/",  # which of the files below `build` each compilation made
)


def compile_cases() -> list[Path]:
    return sorted(path.parent for path in COMPILE.glob("*/case.toml"))


def reject_cases() -> list[Path]:
    return sorted(list(REJECT.glob("*.py")) + [p.parent for p in REJECT.glob("*/run.py")])


def compiled(case: Path) -> dict[str, str]:
    """Every file that the case compiles to, by its path relative to the case's folder."""
    from zencompile.cli import job
    from zencompile.cli.session import Session
    from zencompile.ir.dump import dump

    settings = _toml(case / "case.toml")
    source = ROOT / settings["source"] if settings["source"].startswith("examples/") else case / settings["source"]
    files: dict[str, str] = {}
    for target in settings["targets"]:
        session = Session(
            path=f"{source}{settings.get('pipeline', '')}",
            arguments=tuple(settings.get("arguments", ())),
            parameters=tuple(tuple(p) for p in settings.get("parameters", ())),
            config=case / settings["config"] if "config" in settings else None,
            directory=ROOT,
        )
        options = tuple((key, str(value)) for key, value in settings.get("set", {}).items())
        result = job.compile_for(session, target, options, case / target, case / "build")
        files |= {f"{target}/{path}": text for path, text in result.files.deployed.items()}
        files |= {f"build/{p}": t for p, t in result.files.build.items() if not p.startswith(OMITTED)}
        if text := _rendered(session):
            files["diagnostics.txt"] = files.get("diagnostics.txt", "") + f"$ --target {target}\n{text}\n"
        files["ir.txt"] = "\n".join(dump(pipeline) for pipeline in result.pipelines)
    return files


def _rendered(session: object) -> str:
    from zencompile.diagnostics.render import render

    return render(session.report, "text", ROOT)  # type: ignore[attr-defined]


def rejected(case: Path) -> tuple[int, str]:
    """Exit code and standard error of compiling a bad input; the version of this Python is written as 3.N."""
    from zencompile.cli import main

    source = case / "run.py" if case.is_dir() else case
    first = source.read_text("utf-8", "replace").split("\n", 1)[0]
    words = shlex.split(first.partition("# zencompile:")[2]) if first.startswith("# zencompile:") else []
    if "--target" not in words:
        words = ["--target", "local", *words]
    before = Path.cwd()
    stream = io.StringIO()
    os.chdir(REJECT)
    try:
        with (
            tempfile.TemporaryDirectory() as output,  # some cases only warn, and then files are written
            contextlib.redirect_stderr(stream),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            folders = ["-o", output, "--build-dir", f"{output}/build"]
            try:
                main(["compile", source.relative_to(REJECT).as_posix(), *folders, *words])
                code = 0
            except SystemExit as exit_:
                code = int(exit_.code or 0)
    finally:
        os.chdir(before)
    return code, stream.getvalue().replace(f"Python {sys.version_info[0]}.{sys.version_info[1]}", "Python 3.N")


def marks(case: Path) -> set[tuple[str, int, str]]:
    """(file, line, code) of every mark in the case's sources."""
    found = set()
    sources = sorted(case.rglob("*")) if case.is_dir() else [case]
    for source in sources:
        if source.suffix not in (".py", ".yaml", ".toml"):
            continue
        for number, line in enumerate(source.read_text("utf-8", "replace").splitlines(), 1):
            match = MARK.search(line)
            if match:
                name = source.relative_to(REJECT).as_posix()
                found |= {(name, number - len(match[1]), code) for code in re.findall(r"ZC\d{4}", match[2])}
    return found


def shown(stderr: str) -> set[tuple[str, int, str]]:
    """(file, line, code) of every error and warning with a place in a rendered report."""
    pattern = re.compile(r"^(?:error|warning)\[(ZC\d{4})\].*\n\s*--> (.+?):(\d+):\d+$", re.MULTILINE)
    return {(file, int(line), code) for code, file, line in pattern.findall(stderr)}


def expected(case: Path) -> dict[str, str]:
    """The golden files of a compile case, as they are on disk."""
    settings = _toml(case / "case.toml")
    inputs = {"case.toml", *settings.get("inputs", ())}
    found = {}
    for path in sorted(case.rglob("*")):
        name = path.relative_to(case).as_posix()
        if path.is_file() and name not in inputs and not name.endswith(".pyc"):
            found[name] = path.read_bytes().decode("utf-8")
    return found


def _toml(path: Path) -> dict[str, object]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(path.read_text("utf-8"))


def stderr_of(case: Path) -> Path:
    return REJECT / f"{case.stem}.stderr"


def _bless(kinds: Collection[str]) -> Iterator[str]:
    if "compile" in kinds:
        yield from _bless_compiled()
    if "reject" in kinds:
        yield from _bless_rejected()
    if "pages" in kinds:
        yield from _bless_pages()


def _bless_compiled() -> Iterator[str]:
    for case in compile_cases():
        new, old = compiled(case), expected(case)
        for name in sorted(old.keys() - new.keys()):
            (case / name).unlink()
            yield f"removed {case.name}/{name}"
        for name, text in sorted(new.items()):
            if old.get(name) != text:
                path = case / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode("utf-8"))
                yield f"wrote {case.name}/{name}"


def _bless_rejected() -> Iterator[str]:
    for case in reject_cases():
        code, text = rejected(case)
        path = stderr_of(case)
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_bytes(text.encode("utf-8"))
            yield f"wrote reject/{path.name} (exit code {code})"
    for orphan in orphans():
        orphan.unlink()
        yield f"removed {orphan.relative_to(ROOT)}"


def orphans() -> list[Path]:
    """Expected diagnostics without an input."""
    wanted = {stderr_of(case) for case in reject_cases()}
    return sorted(path for path in REJECT.glob("*.stderr") if path not in wanted)


def pages() -> dict[str, str]:
    """The explanations of all codes as they stand in `docs/diagnostics/`, with an index."""
    from zencompile.diagnostics import CODES

    source = ROOT / "zencompile" / "diagnostics" / "pages"
    files = {f"{code}.md": (source / f"{code}.md").read_text("utf-8") for code in CODES}
    lines = [f"- [{code}]({code}.md): {CODES[code].title}" for code in sorted(CODES)]
    files["README.md"] = (
        "\n".join(["# Diagnostics", "", "`zencompile explain CODE` shows the same text.", "", *lines]) + "\n"
    )
    return files


def pages_on_disk() -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in sorted(PAGES.glob("*.md"))}


def _bless_pages() -> Iterator[str]:
    new, old = pages(), pages_on_disk()
    PAGES.mkdir(exist_ok=True)
    for name in sorted(old.keys() - new.keys()):
        (PAGES / name).unlink()
        yield f"removed docs/diagnostics/{name}"
    for name, text in new.items():
        if old.get(name) != text:
            (PAGES / name).write_bytes(text.encode("utf-8"))
            yield f"wrote docs/diagnostics/{name}"


def differences(kinds: Collection[str]) -> Iterator[str]:
    """What is not as it should be, a line each."""
    if "compile" in kinds:
        yield from _compiled_differences()
    if "reject" in kinds:
        yield from _rejected_differences()
    if "pages" in kinds and pages() != pages_on_disk():
        yield "differs: docs/diagnostics"


def _compiled_differences() -> Iterator[str]:
    for case in compile_cases():
        new, old = compiled(case), expected(case)
        yield from (f"missing: {case.name}/{name}" for name in sorted(new.keys() - old.keys()))
        yield from (f"orphan: {case.name}/{name}" for name in sorted(old.keys() - new.keys()))
        yield from (
            f"differs: {case.name}/{name}" for name in sorted(new.keys() & old.keys()) if new[name] != old[name]
        )


def _rejected_differences() -> Iterator[str]:
    for case in reject_cases():
        path = stderr_of(case)
        if not path.exists() or path.read_text("utf-8") != rejected(case)[1]:
            yield f"differs: reject/{path.name}"
    yield from (f"orphan: {path.relative_to(ROOT)}" for path in orphans())


if __name__ == "__main__":
    for folder in ("", "backends", "templates"):
        sys.path.insert(0, str(ROOT / folder))
    arguments = sys.argv[1:]
    kinds = (
        ("compile", "reject", "pages") if "--only" not in arguments else arguments[arguments.index("--only") + 1 :][:1]
    )
    lines = list(_bless(kinds) if "--bless" in arguments else differences(kinds))
    print("\n".join(lines) or "all golden files are as they should be")
    sys.exit(1 if lines and "--bless" not in arguments else 0)
