"""`zenml.exceptions`: those that step code meets."""

from __future__ import annotations


class ZenMLBaseException(Exception):
    """Base of the rest."""


class StepContextError(ZenMLBaseException):
    """The step's context has not what was asked of it."""


class StepInterfaceError(ZenMLBaseException):
    """A step is used in a way that it does not allow."""


class EntityExistsError(ZenMLBaseException):
    """There is one of this name already."""


class HookValidationException(ZenMLBaseException):
    """A hook can't be called the way hooks are."""
