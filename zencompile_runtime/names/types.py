"""`zenml.types`: text with a meaning."""

from __future__ import annotations


class HTMLString(str):
    """HTML."""


class MarkdownString(str):
    """Markdown."""


class CSVString(str):
    """Comma-separated values."""


class JSONString(str):
    """JSON."""
