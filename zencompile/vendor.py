"""The runtime as plain source, to travel with a compiled pipeline, and the facts of code that go with it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from zencompile.ir import Closure, Pipeline, Step, configured, long_values
from zencompile.ir.schema import as_json

if TYPE_CHECKING:
    from importlib.abc import Traversable

PACKAGE = "zencompile_runtime"


@cache
def runtime_sources() -> dict[str, str]:
    """The runtime's files: path relative to the folder that holds the package → text."""
    return dict(sorted(_walk(resources.files(PACKAGE), PACKAGE)))


def _walk(folder: Traversable, path: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _walk(entry, f"{path}/{entry.name}")
        elif entry.name.endswith((".py", ".html", ".css", ".js")):
            yield f"{path}/{entry.name}", entry.read_text("utf-8")


def runtime_files(pipeline: Pipeline) -> dict[str, str]:
    """What the build folder's `runtime/` holds for `pipeline`."""
    files = {f"runtime/{path}": text for path, text in runtime_sources().items()}
    files[f"runtime/code/{file_name(pipeline.name)}.json"] = code_manifest(pipeline)
    files |= {f"{long_values.FOLDER}/{name}": text for name, text in long_values.files(pipeline).items()}
    return files


def file_name(name: str) -> str:
    """`name` as a file name: percent-encoded as the runtime's store does it, so that no two names meet."""
    from urllib.parse import quote

    return quote(name, safe=" ").replace(" ", "%20")


def code_manifest(pipeline: Pipeline) -> str:
    """The facts of code by which the runtime knows that it runs what was compiled."""
    steps: dict[str, Any] = {}
    for step in pipeline.steps.values():
        steps[step.entrypoint] = {
            "code": step.code,
            "definitions": _definitions(step.closure),
            "deployed": step.deployed,
            "importable": step.importable,
            "files": list(step.closure.files),
            **_deployed(step),
            "imports": list(step.closure.imports),
            "distributions": list(step.closure.distributions),
            **({"variables": list(step.closure.variables)} if step.closure.variables else {}),
            **({"context": True} if step.closure.context else {}),
            "inputs": {i.name: as_json(i.type) for i in step.inputs},
            "outputs": [{k: v for k, v in as_json(o).items() if k != "span"} for o in step.outputs],
        }
    parts = [
        f'"schema": 1,\n"pipeline": {json.dumps(f"{pipeline.namespace}/{pipeline.name}", ensure_ascii=False)}',
        f'"files": {_lines(dict(sorted(pipeline.files.items())))}',
        f'"modules": {_lines({path: as_json(module) for path, module in sorted(pipeline.modules.items())})}',
        *_roots(pipeline),
        *_values(pipeline),
        f'"steps": {_lines(dict(sorted(steps.items())))}',
        *_context(pipeline),
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _definitions(closure: Closure) -> dict[str, str]:
    """The digests of the definitions that the step's code digest covers."""
    found = dict(zip(closure.definitions, closure.digests, strict=False))
    return {name: found[name] for name in closure.named if name in found} if closure.widened else found


def _context(pipeline: Pipeline) -> list[str]:
    """What a running step is shown of the configuration, where any asks for it."""
    found = configured.of(pipeline)
    return [f'"configured": {_lines(found)}'] if found else []


def _deployed(step: Step) -> dict[str, Any]:
    """What the digest of the deployed code is made of; see `zencompile_runtime.deployed.Included`."""
    closure = step.closure
    found: dict[str, Any] = {"parts": list(closure.parts)}
    if closure.sources != closure.files:
        found["sources"] = list(closure.sources)
    if closure.verbatim:
        found["verbatim"] = True
    if closure.widened:
        found["widened"] = True
    if closure.unread:
        found["unread"] = True
    if closure.acting:
        found["acting"] = True
    if step.data:
        found["data"] = dict(step.data)
    return found


def _roots(pipeline: Pipeline) -> list[str]:
    """The roots of imports, where they are others than the project itself."""
    if pipeline.roots == (".",) and not pipeline.package_roots:
        return []
    named = {"roots": pipeline.roots, "package_roots": pipeline.package_roots}
    return [f'"{name}": {json.dumps(paths, ensure_ascii=False)}' for name, paths in named.items()]


def _values(pipeline: Pipeline) -> list[str]:
    """The digests of the values that travel as files, if any do."""
    digests = [name.removesuffix(".json") for name in long_values.files(pipeline)]
    return [f'"values": {json.dumps(digests)}'] if digests else []


def _lines(entries: dict[str, Any]) -> str:
    """A JSON object with a line for each entry: small in a diff, and written by the fast encoder."""
    if not entries:
        return "{}"
    encode = json.JSONEncoder(ensure_ascii=False).encode
    rows = [f"{encode(key)}: {encode(value)}" for key, value in entries.items()]
    return "{\n" + ",\n".join(rows) + "\n}"


@cache
def runtime_digest() -> str:
    """SHA-256 over the lines `SHA-256  path` of the runtime's files, as they lie in the build folder's `runtime/`."""
    import hashlib

    held = ((path, hashlib.sha256(text.encode()).hexdigest()) for path, text in runtime_sources().items())
    return hashlib.sha256("".join(f"{digest}  {path}\n" for path, digest in held).encode()).hexdigest()


@cache
def runtime_version() -> str:
    """The version of the vendored runtime, as the runtime itself names it."""
    import ast

    for node in ast.parse(runtime_sources()[f"{PACKAGE}/version.py"]).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            return str(node.value.value)
    raise RuntimeError("the runtime names no version")
