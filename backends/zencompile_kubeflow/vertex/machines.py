"""What a step asks of a machine, as Vertex AI Pipelines reads it: limits of CPU and memory, and an accelerator.

A PipelineSpec names no machine type. Vertex AI takes "the closest match" for limits and accelerator, says
https://cloud.google.com/vertex-ai/docs/pipelines/machine-types, which also says how quantities are written, and the
most that there is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from zencompile_kubeflow.vertex.options import Machine

MOST_CPUS = 96
MOST_MEMORY = 624 * 10**9  # bytes

ACCELERATORS = (
    "NVIDIA_TESLA_P4",
    "NVIDIA_TESLA_P100",
    "NVIDIA_TESLA_V100",
    "NVIDIA_TESLA_T4",
    "NVIDIA_TESLA_A100",
    "NVIDIA_A100_80GB",
    "NVIDIA_L4",
    "NVIDIA_H100_80GB",
    "NVIDIA_H100_MEGA_80GB",
    "NVIDIA_H200_141GB",
    "NVIDIA_B200",
    "NVIDIA_GB200",
    "NVIDIA_RTX_PRO_6000",
    "TPU_V2",
    "TPU_V3",
    "TPU_V4_POD",
    "TPU_V5_LITEPOD",
)
"""`AcceleratorType` of the Vertex AI API v1, without the K80, which is no longer supported. A test holds the list."""

_OTHER_NAMES = {
    "A100": "NVIDIA_TESLA_A100",
    "A100_40GB": "NVIDIA_TESLA_A100",
    "H100": "NVIDIA_H100_80GB",
    "H100_MEGA": "NVIDIA_H100_MEGA_80GB",
    "H200": "NVIDIA_H200_141GB",
}
_SERIES = re.compile(r"(?P<series>e2|n1)-(?P<kind>standard|highmem|highcpu)-(?P<cpus>[0-9]+)")
_GIGABYTES_PER_CPU = {
    ("e2", "standard"): Fraction(4),
    ("e2", "highmem"): Fraction(8),
    ("e2", "highcpu"): Fraction(1),
    ("n1", "standard"): Fraction(375, 100),
    ("n1", "highmem"): Fraction(65, 10),
    ("n1", "highcpu"): Fraction(9, 10),
}
_UNITS = {"": 1, "k": 10**3, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12} | {
    f"{letter}i": 1024**power for power, letter in enumerate("KMGT", 1)
}


class Size(NamedTuple):
    """CPUs, and memory in bytes."""

    cpu: float
    memory: int


def accelerator(text: str) -> str | None:
    """Vertex AI's name of a kind of GPU or TPU: "T4", "nvidia-tesla-t4" and "NVIDIA_TESLA_T4" are one. None if none."""
    name = re.sub(r"[ -]", "_", text.strip()).upper()
    bare = name.removeprefix("NVIDIA_").removeprefix("TESLA_")
    known = (name, _OTHER_NAMES.get(bare, ""), f"NVIDIA_{bare}", f"NVIDIA_TESLA_{bare}")
    return next((one for one in known if one in ACCELERATORS), None)


def machine(name: str, others: Mapping[str, Machine]) -> Size | None:
    """What a machine type has: by the user's table, or of the E2 and N1 series; None if that isn't known."""
    if name in others:
        return Size(others[name].cpu, size_in_bytes(others[name].memory))
    match = _SERIES.fullmatch(name)
    if match is None:
        return None
    cpus = int(match["cpus"])
    return Size(cpus, int(_GIGABYTES_PER_CPU[match["series"], match["kind"]] * cpus * 10**9))


def size_in_bytes(quantity: str) -> int:
    """Memory as Kubernetes writes it ("4Gi"), in bytes, rounded up. Raises ValueError."""
    number = quantity.rstrip("kKMGTi")
    unit = quantity[len(number) :]
    if unit not in _UNITS:
        raise ValueError(quantity)
    return -int(-Fraction(number) * _UNITS[unit] // 1)


def cpu_text(cpu: float) -> str:
    """CPUs as a whole number, or in thousandths."""
    return f"{cpu:.0f}" if cpu == int(cpu) else f"{-int(-cpu * 1000 // 1)}m"


def memory_text(size: int) -> str:
    """Bytes as a number with K, M or G (powers of 1,000), rounded up to whole K: Vertex AI documents no others."""
    for unit, letter in ((10**9, "G"), (10**6, "M")):
        if size % unit == 0:
            return f"{size // unit}{letter}"
    return f"{-(-size // 1000)}K"
