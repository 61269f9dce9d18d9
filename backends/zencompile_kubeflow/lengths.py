"""How long a message is where the server hands it on as an argument of a process.

It writes it by Go's `encoding/json` (kubeflow/pipelines, `backend/src/v2/compiler/argocompiler/proto.go`,
stablyMarshalJSON), which escapes what HTML would read, to six bytes each.
"""

from __future__ import annotations

import json
from typing import Any

Json = Any

MOST = 6
"""Bytes that a character of a text may become."""

_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def of_json(message: Json) -> int:
    """Bytes of a message as the server writes it."""
    text = _encode(message)
    escaped = 5 * (text.count("<") + text.count(">") + text.count("&"))
    if text.isascii():
        return len(text) + escaped
    separators = 3 * (text.count("\u2028") + text.count("\u2029"))
    return len(text.encode("utf-8", "surrogatepass")) + escaped + separators
