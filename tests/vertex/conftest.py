"""Pipelines of Vertex AI are made by the samples of Kubeflow's tests."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "kubeflow"))
