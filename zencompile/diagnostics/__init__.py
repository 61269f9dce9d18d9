"""What is wrong with a program, where, why, and what to do."""

from zencompile.diagnostics.codes import CODES, Code
from zencompile.diagnostics.model import CompilationFailed, Diagnostic, Label, Report, Severity, did_you_mean

__all__ = ["CODES", "Code", "CompilationFailed", "Diagnostic", "Label", "Report", "Severity", "did_you_mean"]
