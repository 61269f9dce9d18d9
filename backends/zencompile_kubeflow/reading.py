"""Generated YAML, read back: what a person may have changed in it, or an older compilation have written."""

from __future__ import annotations

import json
from typing import Any

_FLAG = "--code="


def codes(text: str) -> dict[str, str]:
    """The digests of code that executors name, by the step's entry point. Nothing where the text is no pipeline."""
    import yaml

    try:
        documents = list(yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))
        executors = documents[0]["deploymentSpec"]["executors"].values()
        return dict(pair for one in executors if "container" in one for pair in _code(one["container"]["args"]))
    except (yaml.YAMLError, LookupError, AttributeError, TypeError):
        return {}


def _code(arguments: list[Any]) -> list[tuple[str, str]]:
    entrypoint = str(arguments[1])  # behind the word `step`
    if entrypoint.startswith('"'):
        entrypoint = json.loads(entrypoint)
    return [(entrypoint, word.removeprefix(_FLAG)) for word in arguments if str(word).startswith(_FLAG)]
