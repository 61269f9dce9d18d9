"""Figures of matplotlib."""

from __future__ import annotations

from typing import Any

from zencompile_runtime.materializers.pickled import CloudpickleMaterializer
from zencompile_runtime.names.enums import ArtifactType, VisualizationType

_FILE = "figure.png"


class FigureMaterializer(CloudpickleMaterializer):
    """A figure as matplotlib pickles it, and a picture of it."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA
    ASSOCIATED_TYPES = ()

    def save_visualizations(self, data: Any) -> dict[str, Any]:
        # Without the metadata that matplotlib adds, equal figures have equal bytes.
        data.savefig(self.folder.target(_FILE), format="png", bbox_inches="tight", metadata={"Software": None})
        return {_FILE: VisualizationType.IMAGE}
