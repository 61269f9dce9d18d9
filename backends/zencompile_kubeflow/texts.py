"""Text that passes through every layer between a file of Kubeflow's and a step, and arrives as it was.

Each of them takes something in a text for its own syntax (kubeflow/pipelines, `backend/src`):

- `{{` is Argo's, in all that its workflow holds, and KFP's own (`v2/driver/resolve.go`, `resolveInputParameter`;
  `v2/driver/util.go`, `resolveContainerArgs`; `v2/component/launcher_v2.go`, `compileCmdAndArgs`);
- `$(NAME)` and `$$` are Kubernetes', in a container's command, arguments and variables: in the driver's, which gets
  task, component and container as arguments (`v2/compiler/argocompiler`), and in the step's (`v2/driver/driver.go`,
  `initPodSpecPatch`);
- `[[Index]]` and the like are replaced in the parameters of recurring runs (`common/util/parameter_formatter.go`);
- `/kfp-workspace` in a parameter asks for a volume of that name (`v2/driver/driver.go`, `needsWorkspaceMount`).

None of them unescapes JSON, and the runtime does: JSON can write a character by its number (a dollar is 0024). So
whatever could be taken for syntax travels as JSON that the runtime reads; what could not stays as it was written.
"""

from __future__ import annotations

import json
import re
from typing import Any

Json = Any

_SYNTAX = re.compile(r"\{(?=\{)|\$(?=[$(])|\[(?=\[)|/(?=kfp-workspace)")
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
_SURROGATE = re.compile("[\ud800-\udfff]")
_ENCODER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_ASCII = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def is_plain(text: str) -> bool:
    """Whether every layer hands the text on as it is. A zero byte is in no argument of a process."""
    if text.isalnum():
        return True
    return _SYNTAX.search(text) is None and "\0" not in text and (text.isascii() or not _SURROGATE.search(text))


def json_text(value: Json) -> str:
    """A literal as JSON text that every layer hands on as it is."""
    text = _ENCODER.encode(value)
    if not text.isascii() and _SURROGATE.search(text):
        text = _ASCII.encode(value)
    # Brackets of nested lists are no syntax to anybody: a macro follows its brackets at once.
    return _STRING.sub(_escaped, text) if _SYNTAX.search(text) else text


def _escaped(string: re.Match[str]) -> str:
    return _SYNTAX.sub(lambda found: f"\\u{ord(found[0]):04x}", string[0])


def word(text: str) -> str:
    """A text as a flag of the runtime carries it: as it is, or as a JSON string, which begins with a quote."""
    return text if is_plain(text) and not text.startswith('"') else json_text(text)


def key(text: str) -> str:
    """A text as a flag carries it before an equals sign."""
    return word(text) if "=" not in text else json_text(text).replace("=", "\\u003d")
