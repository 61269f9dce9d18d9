"""A model card, stored as the Markdown that a person reads and the JSON that a program reads."""

import json
import os
from dataclasses import asdict, dataclass
from typing import Any

from zenml.enums import ArtifactType
from zenml.io import fileio
from zenml.materializers.base_materializer import BaseMaterializer


@dataclass
class ModelCard:
    """What a team wants to know of a model before it goes live."""

    title: str
    algorithm: str
    scores: dict[str, float]

    def markdown(self) -> str:
        rows = [f"| {name} | {value:.3f} |" for name, value in sorted(self.scores.items())]
        head = [f"# {self.title}", "", f"Algorithm: {self.algorithm}", "", "| score | value |", "|---|---|"]
        return "\n".join([*head, *rows])


class ModelCardMaterializer(BaseMaterializer):
    """Stores a model card as two files."""

    ASSOCIATED_TYPES = (ModelCard,)
    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA

    def load(self, data_type: type[Any]) -> ModelCard:
        with fileio.open(os.path.join(self.uri, "card.json"), "r") as file:
            return ModelCard(**json.loads(file.read()))

    def save(self, data: ModelCard) -> None:
        with fileio.open(os.path.join(self.uri, "card.json"), "w") as file:
            file.write(json.dumps(asdict(data), sort_keys=True))
        with fileio.open(os.path.join(self.uri, "card.md"), "w") as file:
            file.write(data.markdown())

    def extract_metadata(self, data: ModelCard) -> dict[str, Any]:
        return {"algorithm": data.algorithm}
