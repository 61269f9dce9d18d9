"""What a step's run really depends on, seen while it runs: code that started, files, folders, variables, libraries.

    observing.begin(project)        before user code is imported or called
    …
    seen = observing.end()          a `Seen`; see `seen` for what it holds

Nothing is compared or digested here but for the texts of modules; `Seen` is raw. One step is observed at a time in a
process, with all of its threads. `prepare` does what can be done ahead, in a process that others are forked from, and
`ahead` is around the imports of libraries there.
"""

from __future__ import annotations

from zencompile_runtime.observing.course import begin, end, prepare
from zencompile_runtime.observing.seen import Seen
from zencompile_runtime.observing.session import quiet
from zencompile_runtime.observing.variables import ahead

__all__ = ["Seen", "ahead", "begin", "end", "prepare", "quiet"]
