"""The index of runs: a SQL database, SQLite by default, that can be rebuilt from the store at any time.

Only runs whose documents changed since they were indexed are read again.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sql
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from zencompile.results import model
from zencompile.results.model import Run, StoreError

SCHEMA = 2
T = TypeVar("T")

# Lengths are what MySQL can index; longer names are kept whole in `document`.
_METADATA = sql.MetaData()
_PREFIX = sql.String(500)
_TEXT = sql.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
_TRIES = 12  # of several commands that bring one index up to date at once
# Names differ by any character, whatever a server takes for its default.
_CHARACTERS: Any = {
    f"{kind}_{what}": how
    for kind in ("mysql", "mariadb")
    for what, how in (("charset", "utf8mb4"), ("collate", "utf8mb4_bin"))
}
RUNS = sql.Table(
    "zencompile_runs",
    _METADATA,
    sql.Column("digest", sql.String(64), primary_key=True),
    sql.Column("store", sql.String(64), nullable=False, index=True),
    sql.Column("prefix", _TEXT, nullable=False),
    sql.Column("pipeline", _PREFIX, nullable=False),
    sql.Column("run", _PREFIX, nullable=False),
    sql.Column("status", sql.String(20), nullable=False),
    sql.Column("started", sql.String(40), index=True),
    sql.Column("seconds", sql.Double),
    sql.Column("steps", sql.Integer, nullable=False),
    sql.Column("cached", sql.Integer, nullable=False),
    sql.Column("parameters", _TEXT, nullable=False),
    sql.Column("modified", sql.Double, nullable=False),
    sql.Column("schema_version", sql.Integer, nullable=False),
    **_CHARACTERS,
)
STEPS = sql.Table(
    "zencompile_steps",
    _METADATA,
    sql.Column("id", sql.Integer, primary_key=True, autoincrement=True),
    sql.Column("run_digest", sql.String(64), nullable=False, index=True),
    sql.Column("step", _PREFIX, nullable=False),
    sql.Column("map_index", sql.Integer),
    sql.Column("status", sql.String(20), nullable=False),
    sql.Column("entrypoint", _PREFIX, nullable=False),
    sql.Column("cache_key", sql.String(64), index=True),
    sql.Column("seconds", sql.Double),
    **_CHARACTERS,
)
ARTIFACTS = sql.Table(
    "zencompile_artifacts",
    _METADATA,
    sql.Column("id", sql.Integer, primary_key=True, autoincrement=True),
    sql.Column("run_digest", sql.String(64), nullable=False, index=True),
    sql.Column("step", _PREFIX, nullable=False),
    sql.Column("output", _PREFIX, nullable=False),
    sql.Column("name", _PREFIX, nullable=False),
    sql.Column("version", sql.String(100)),
    sql.Column("type", _TEXT, nullable=False),
    sql.Column("digest", sql.String(64), nullable=False, index=True),
    sql.Column("size", sql.BigInteger, nullable=False),
    sql.Column("manifest", _TEXT, nullable=False),
    **_CHARACTERS,
)


class IndexFault(Exception):
    """The database can't be used; the message says why."""


@dataclass(frozen=True)
class Row:
    """A run as the list shows it."""

    pipeline: str
    run: str
    status: str
    started: str | None
    seconds: float | None
    steps: int
    cached: int
    parameters: dict[str, Any]


class Index:
    """The runs of one store in a database that may hold those of others."""

    def __init__(self, url: str, store: Any) -> None:
        self.store = store
        self.key = _digest(store.url)
        self._latest: Run | None = None  # of those that were read: mostly the one that is asked for next
        with _faults():
            # Else one that forgets a run could miss its new row, and then take the new steps away.
            self.engine = sql.create_engine(url, isolation_level="SERIALIZABLE")
            _METADATA.create_all(self.engine)

    def refresh(self) -> int:
        """Bring the index up to date with the store; how many runs were read."""
        return _again(self._refresh)

    def _refresh(self) -> int:
        there = dict(model.run_keys(self.store))
        with self.engine.begin() as connection:
            columns = (RUNS.c.prefix, RUNS.c.modified, RUNS.c.schema_version, RUNS.c.status)
            found = connection.execute(sql.select(*columns).where(RUNS.c.store == self.key)).all()
            known = {one.prefix: one.modified for one in found if one.schema_version == SCHEMA}
            known |= {one.prefix: None for one in found if one.status == "running"}  # it may have died without a word
            gone = {one.prefix for one in found} - set(there)
            stale = [prefix for prefix, modified in there.items() if known.get(prefix) != modified]
            for prefix in sorted(gone | set(stale)):
                self._forget(connection, self._run_digest(prefix))
            for prefix in stale:
                run = model.read_run(self.store, prefix, there[prefix])
                self._add(connection, prefix, run)
                if self._latest is None or (run.started or "") >= (self._latest.started or ""):
                    self._latest = run
        return len(stale)

    def rebuild(self) -> int:
        """Forget what the index knows of the store and read everything again."""
        _again(self._empty)
        return self.refresh()

    def _empty(self) -> None:
        with self.engine.begin() as connection:
            for (digest,) in connection.execute(sql.select(RUNS.c.digest).where(RUNS.c.store == self.key)).all():
                self._forget(connection, digest)

    def runs(self, pipeline: str | None = None, status: str | None = None, most: int | None = None) -> list[Row]:
        """Runs, newest first; of one pipeline ("name" or "namespace/name"), of one status."""
        query = sql.select(RUNS).where(RUNS.c.store == self.key)
        if pipeline is not None:
            query = query.where(
                (RUNS.c.pipeline == pipeline) | RUNS.c.pipeline.endswith("/" + pipeline, autoescape=True)
            )
        if status is not None:
            query = query.where(RUNS.c.status == status)
        query = query.order_by(RUNS.c.started.desc(), RUNS.c.run.desc())
        with _faults(), self.engine.connect() as connection:
            if pipeline is None:
                return [_row(found) for found in connection.execute(query.limit(most)).mappings()]
            rows = [_row(found) for found in connection.execute(query).mappings()]
        # Not every database tells capital letters from small ones in a pattern.
        return [row for row in rows if row.pipeline == pipeline or row.pipeline.endswith(f"/{pipeline}")][:most]

    def find(self, name: str) -> str:
        """The prefix of the run called `name`: its id, a unique beginning of it, or `latest`.

        Raises `LookupError` with what to say to the user.
        """
        query = sql.select(RUNS.c.prefix, RUNS.c.run, RUNS.c.pipeline).where(RUNS.c.store == self.key)
        query = query.order_by(RUNS.c.started.desc(), RUNS.c.run.desc())
        with _faults(), self.engine.connect() as connection:
            found = connection.execute(query).all()
        if name == "latest" and found:
            return str(found[0].prefix)
        names = {f"{row.pipeline}/{row.run}": row.prefix for row in found}
        exact = [p for full, p in names.items() if full == name or full.rpartition("/")[2] == name]
        near = exact or [p for full, p in names.items() if full.rpartition("/")[2].startswith(name)]
        if len(near) == 1:
            return str(near[0])
        known = ", ".join(row.run for row in found[:5]) or "none"
        raise LookupError(f"{'several runs are' if near else 'there is no run'} called `{name}`; the newest: {known}")

    def read(self, name: str) -> Run:
        """The run called `name`; see `find`. Raises `LookupError`, and `StoreError` if the store can't be read."""
        prefix = self.find(name)
        if self._latest is not None and self._latest.prefix == prefix:
            return self._latest
        return model.read_run(self.store, prefix)

    def _run_digest(self, prefix: str) -> str:
        return _digest(f"{self.key} {prefix}")

    def _forget(self, connection: sql.Connection, digest: str) -> None:
        connection.execute(sql.delete(RUNS).where(RUNS.c.digest == digest))
        for table in (STEPS, ARTIFACTS):
            connection.execute(sql.delete(table).where(table.c.run_digest == digest))

    def _add(self, connection: sql.Connection, prefix: str, run: Run) -> None:
        digest = self._run_digest(prefix)
        values = {
            "digest": digest,
            "store": self.key,
            "prefix": prefix,
            "pipeline": run.pipeline[:500],
            "run": run.id[:500],
            "status": run.status,
            "started": run.started,
            "seconds": run.seconds,
            "steps": len(run.steps),
            "cached": sum(step.status in ("cached", "reused") for step in run.steps),
            "parameters": json.dumps(run.parameters, sort_keys=True),
            "modified": run.modified,
            "schema_version": SCHEMA,
        }
        connection.execute(sql.insert(RUNS).values(values))
        steps = [
            {
                "run_digest": digest,
                "step": s.id[:500],
                "map_index": s.map_index,
                "status": s.status,
                "entrypoint": s.entrypoint[:500],
                "cache_key": s.key,
                "seconds": s.seconds,
            }
            for s in run.steps
        ]
        artifacts = [
            {
                "run_digest": digest,
                "step": s.id[:500],
                "output": a.output[:500],
                "name": a.name[:500],
                "version": a.version,
                "type": a.type,
                "digest": a.digest,
                "size": a.size,
                "manifest": a.key,
            }
            for s in run.steps
            for a in s.artifacts
        ]
        for table, rows in ((STEPS, steps), (ARTIFACTS, artifacts)):
            if rows:
                connection.execute(sql.insert(table), rows)


def _row(found: Any) -> Row:
    parameters = json.loads(found["parameters"])
    columns = ("pipeline", "run", "status", "started", "seconds", "steps", "cached")
    return Row(**{name: found[name] for name in columns}, parameters=parameters)


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _again(change: Callable[[], T]) -> T:
    """What a change answers, tried again where somebody else changes the same: keys, locks, deadlocks."""
    with _faults():
        for number in range(_TRIES):
            try:
                return change()
            except (IntegrityError, OperationalError):
                time.sleep(0.05 * number * random.uniform(0.5, 1.5))
        return change()


@contextmanager
def _faults() -> Iterator[None]:
    """Database errors as one sentence, without SQLAlchemy's background links and the statement."""
    try:
        yield
    except SQLAlchemyError as error:
        raise IndexFault(str(getattr(error, "orig", None) or error).split("\n")[0]) from error
    except ModuleNotFoundError as error:
        raise IndexFault(f"the database's driver is not installed: {error.name}") from error


__all__ = ["Index", "IndexFault", "Row", "StoreError"]
