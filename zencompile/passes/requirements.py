"""Lines of requirements: read, normalised, joined, and compared.

The grammar is PEP 508 with the options that pip reads in a requirements file; `packaging` is imported only where there
is a line to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

# Options of a requirements file that make sense inside an image; True if a value follows.
_OPTIONS = {
    "--index-url": True,
    "-i": True,
    "--extra-index-url": True,
    "--find-links": True,
    "-f": True,
    "--trusted-host": True,
    "--no-binary": True,
    "--only-binary": True,
    "--no-index": False,
    "--pre": False,
    "--prefer-binary": False,
    "--require-hashes": False,
}
_COMMENT = re.compile(r"(^|\s)#.*$")
_EGG = re.compile(r"[#&]egg=([A-Za-z0-9._-]+)")
_CREDENTIALS = re.compile(r"://[^/@\s:]+:(?!\$\{)[^/@\s]+@")


@dataclass(frozen=True)
class Line:
    """One line, normalised. `name` is the distribution's, "" for an option; `index` is the line's place in the list."""

    text: str
    name: str = ""
    requirement: Requirement | None = None
    hashes: str = ""
    index: int = 0


class BadLine(ValueError):
    """A line that can't be read; the message says why."""


class Contradiction(ValueError):
    """Two lines that no version satisfies."""

    def __init__(self, one: Line, other: Line) -> None:
        self.one, self.other = one, other
        super().__init__(f"`{one.text}` and `{other.text}`")


def lines(written: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Index and text of each line without its comment; lines that end in a backslash are joined with the next."""
    held, start = "", 0
    for index, text in enumerate(written):
        start = start if held else index
        held += _COMMENT.sub("", text).strip()
        if held.endswith("\\"):
            held = held[:-1].rstrip() + " "
        elif held:
            yield start, held.strip()
            held = ""
    if held.strip():
        yield start, held.strip()


_ADDRESS = re.compile(r"(git\+|hg\+|svn\+|bzr\+)?(https?|ssh|git)://")


def parse(text: str, index: int = 0) -> Line:
    """One line. Raises `BadLine` for what is neither a requirement nor an option that an image can follow."""
    if text.startswith("-"):
        return Line(_option(text), index=index)
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    body, _, hashes = text.partition(" --hash=")
    egg = _EGG.search(body)
    if "://" in body and " @ " not in body and egg:
        body = f"{egg.group(1)} @ {_EGG.sub('', body)}"
    try:
        requirement = Requirement(body.strip())
    except InvalidRequirement as error:
        if _ADDRESS.match(body) and " " not in text:  # the installer reads there which distribution it is
            return Line(text, index=index)
        if _is_path(body):
            raise BadLine("it names a file or folder that is not in the image yet") from None
        raise BadLine(str(error).splitlines()[0].strip().rstrip(".").lower()) from None
    requirement.name = canonicalize_name(requirement.name)
    joined = f" --hash={hashes}" if hashes else ""
    return Line(_normal(requirement) + joined, requirement.name, requirement, joined, index)


def _option(text: str) -> str:
    words = text.replace("=", " ", 1).split() if text.startswith("--") else text.split()
    known = _OPTIONS.get(words[0])
    if known is None:
        raise BadLine(f"`{words[0]}` has no meaning inside an image")
    if len(words) != 1 + known:
        raise BadLine(f"`{words[0]}` takes {'one value' if known else 'no value'}")
    return " ".join(words)


def _is_path(text: str) -> bool:
    return text.startswith((".", "/", "file:")) or text.endswith((".whl", ".tar.gz", ".zip"))


def is_editable(text: str) -> bool:
    """Whether the line installs the project itself (`-e .`, `.`, `.[extra]`)."""
    words = text.split()
    if words[0] in ("-e", "--editable"):
        return True
    return bool(re.fullmatch(r"\.(\[[\w\s,-]*\])?", text))


def has_credentials(text: str) -> bool:
    """Whether a URL in the line has a password in it that is no `${VARIABLE}`."""
    return bool(_CREDENTIALS.search(text))


def _normal(requirement: Requirement) -> str:
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    specifier = ",".join(sorted(map(str, requirement.specifier)))
    url = f" @ {requirement.url}" if requirement.url else ""
    marker = f"{' ' if url else ''}; {requirement.marker}" if requirement.marker else ""
    return f"{requirement.name}{extras}{specifier}{url}{marker}"


def join(parsed: Iterable[Line]) -> tuple[Line, ...]:
    """Options as written, then one line for each distribution (and marker), by name. Raises `Contradiction`."""
    options: dict[str, Line] = {}
    found: dict[tuple[str, str, bool], Line] = {}
    for line in parsed:
        if line.requirement is None:
            options.setdefault(line.text, line)
            continue
        key = (line.name, str(line.requirement.marker or ""), line.requirement.url is not None)
        before = found.get(key)
        found[key] = line if before is None else _both(before, line)
    return (*options.values(), *(found[key] for key in sorted(found)))


def _both(one: Line, other: Line) -> Line:
    """What satisfies both lines, which are of one distribution."""
    if one.text == other.text:
        return one
    assert one.requirement is not None and other.requirement is not None
    if one.requirement.url != other.requirement.url or one.hashes != other.hashes:
        raise Contradiction(one, other)
    from packaging.requirements import Requirement

    joined = Requirement(str(one.requirement))
    joined.extras = one.requirement.extras | other.requirement.extras
    joined.specifier = one.requirement.specifier & other.requirement.specifier
    if _empty(joined.specifier):
        raise Contradiction(one, other)
    joined.specifier = _least(joined.specifier)
    return replace(one, text=_normal(joined) + one.hashes, requirement=joined)


def _least(specifiers: SpecifierSet) -> SpecifierSet:
    """A pin says it all: what allows it needs no mention."""
    from packaging.specifiers import SpecifierSet

    pins = [s for s in specifiers if s.operator == "==" and not s.version.endswith("*")]
    return SpecifierSet(str(pins[0])) if len(pins) == 1 else specifiers


def _empty(specifiers: SpecifierSet) -> bool:
    """Whether no version is certainly in the set: a pin outside of it, or a lower bound above an upper one."""
    from packaging.version import Version

    lower: list[tuple[Version, bool]] = []
    upper: list[tuple[Version, bool]] = []
    for one in specifiers:
        if one.operator == "===" or one.version.endswith("*"):
            continue
        if one.operator == "==" and not specifiers.contains(one.version, prereleases=True):
            return True
        if one.operator in (">", ">=", "~="):
            lower.append((Version(one.version), one.operator != ">"))
        elif one.operator in ("<", "<="):
            upper.append((Version(one.version), one.operator == "<="))
    return any(
        low > high or (low == high and not (low_in and high_in)) for low, low_in in lower for high, high_in in upper
    )


# Packages that come with others so regularly that a project need not list them.
_BRINGS = {
    "numpy": "pandas scikit-learn scipy xgboost lightgbm matplotlib torch tensorflow transformers datasets shap",
    "pandas": "datasets evidently mlflow seaborn deepchecks feast",
    "scipy": "scikit-learn xgboost lightgbm",
    "joblib": "scikit-learn",
    "pillow": "matplotlib torchvision streamlit",
    "matplotlib": "seaborn",
    "requests": "datasets huggingface-hub transformers mlflow wandb",
    "pydantic": "openai fastapi anthropic langchain langchain-core litellm",
    "langchain-core": "langchain langchain-community langchain-openai langgraph",
    "huggingface-hub": "transformers datasets sentence-transformers",
    "tokenizers": "transformers",
    "transformers": "sentence-transformers",
    "torch": "torchvision sentence-transformers pytorch-lightning ultralytics accelerate",
    "pyarrow": "datasets",
    "fsspec": "datasets huggingface-hub s3fs gcsfs adlfs",
    "botocore": "boto3",
    "pyyaml": "transformers datasets huggingface-hub mlflow kfp",
}


def provides(required: Iterable[str], distribution: str) -> bool:
    """Whether one of the `required` distributions is this one, or is known to bring it."""
    held = set(required)
    return distribution in held or not held.isdisjoint(_BRINGS.get(distribution, "").split())
