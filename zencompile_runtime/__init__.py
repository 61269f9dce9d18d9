"""Runs steps: in images, in processes and in the local runner.

Standard library only at import; nothing of the compiler is ever imported. This package is vendored as plain source.

    python -m zencompile_runtime step MODULE:FUNCTION --id=… --pipeline=… --run=… --store=…

Exit codes of the command: `zencompile_runtime.errors`. The step's description: `spec`. Running one in process: `step`.
"""
