"""What steps and pipelines give that has no model here, in the body of a pipeline."""

from __future__ import annotations

from zencompile.frontend.framework.state import Framework
from zencompile.frontend.values import Context, Unknown, Value


class Derived(Unknown):
    """An attribute of a step or a pipeline, or a part of one. It may be a step, so that no call of it is left out."""

    __slots__ = ("_framework", "_written")

    def __init__(self, unknown: Unknown, written: str, framework: Framework) -> None:
        super().__init__(unknown.span, unknown.reason, unknown.reported)
        self._framework = framework
        self._written = written

    def get_attribute(self, name: str, context: Context) -> Value:
        return Derived(self, f"{self._written}.{name}", self._framework)

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        recording = self._framework.recording
        if recording is None or self.reported:
            return super().call(arguments, keywords, context)
        context.report.error(
            "ZC0212",
            f"whether `{self._written}()` calls a step is not known when compiling",
            context.span,
            notes=self.reason,
            helps="call the step by its name",
        )
        return context.unknown(self.reason, reported=True)


def derived(value: Value, written: str, framework: Framework) -> Value:
    """An attribute as it is handed to the program: known, or known to have come from a step or a pipeline."""
    return Derived(value, written, framework) if type(value) is Unknown else value
