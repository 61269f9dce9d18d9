"""How the project's own types are stored."""

from .card import ModelCard, ModelCardMaterializer

__all__ = ["ModelCard", "ModelCardMaterializer"]
