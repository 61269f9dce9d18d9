"""Steps on other machines, by engines that are not ours: Dask, Ray, Slurm.

The engine decides where a step runs. On a worker of Dask or Ray, `outpost` (sent there as text, for nothing of ours is
installed in it) starts one `station` a run: a process with this package, which forks each step's process as the local
executor does. So a step is as isolated there as here, whatever the engine's worker has imported, and costs little more
than a task of the engine. When the worker, the engine or the runner goes, so does the station, and the steps with it.

What must be there: the project, this package and the code's facts at the same paths (a shared folder, or one machine),
and a store that all can reach. A station checks all of it before its first step, and says what is missing.
"""
