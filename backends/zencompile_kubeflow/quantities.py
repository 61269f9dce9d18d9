"""Quantities as Kubernetes writes them: `500m`, `4Gi`, `1e3`; `1GB` is none."""

from __future__ import annotations

import re
from fractions import Fraction

# k8s.io/apimachinery `pkg/api/resource/quantity.go`, `ParseQuantity`
_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([KMGTPE]i|[numkMGTPE]?)|[eE]([+-]?\d{1,3}))", re.ASCII)
_SUFFIXES = {"": Fraction(1), "n": Fraction(1, 10**9), "u": Fraction(1, 10**6), "m": Fraction(1, 10**3)} | {
    suffix: Fraction(base**power)
    for base, suffixes in ((1000, "k M G T P E"), (1024, "Ki Mi Gi Ti Pi Ei"))
    for power, suffix in enumerate(suffixes.split(), 1)
}


def parse(text: str) -> Fraction | None:
    """The number that a quantity is; None for text that is none."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        return None
    if match[3] is not None:
        return Fraction(match[1].rstrip(".")) * Fraction(10) ** int(match[3])
    return Fraction(match[1].rstrip(".")) * _SUFFIXES[match[2]]
