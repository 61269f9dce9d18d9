"""The store as the rest of the runtime sees it: documents, blobs and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, cast

from zencompile_runtime.errors import CorruptArtifact, InfrastructureFault
from zencompile_runtime.manifest import Entries, File, Manifest, Record, Value
from zencompile_runtime.own import json
from zencompile_runtime.store import claim as claiming
from zencompile_runtime.store import layout, shapes
from zencompile_runtime.store.backend import Backend, locate
from zencompile_runtime.store.leases import Entry as StoredEntry

CHUNK = 1 << 20
_OTHER = "schema"  # how the reason begins why a document of another version is none


class ArtifactStore:
    """Documents and blobs of one store. Every method raises InfrastructureFault when the medium fails."""

    def __init__(self, url: str, backend: Backend | None = None) -> None:
        """`backend` stands for what lies at the URL, and nobody need ask whether it is a store."""
        self.url = url
        self.backend: Backend = backend or locate(url)
        self._claimed = backend is not None

    def check(self) -> None:
        """Raise ConfigurationFault if what lies at the URL is no store; see `claim`."""
        claiming.check(self.backend)

    def claim(self, key: str = "") -> None:
        """Make sure that this is a store that this process may write to, below `key` too: before anything is computed.

        Raises ConfigurationFault and InfrastructureFault. The first write of a process does it, if nobody did before.
        """
        if not self._claimed:
            claiming.claim(self.backend)
            self._claimed = True
        if key:
            self.backend.check_writable(key)

    # -- documents -----------------------------------------------------------------------------------------------------

    def read_document(self, key: str) -> dict[str, Any] | None:
        """The JSON object under `key`; None if there is none, or only a broken one (as after a loss of power)."""
        return self._read(key)[0]

    def read_any(self, key: str) -> dict[str, Any] | None:
        """The JSON object under `key`, of whatever schema and however damaged; None if it is no object."""
        data = self.backend.read(key)
        try:
            document = json.loads(data or b"null")
        except ValueError:
            return None
        return document if isinstance(document, dict) else None

    def broken(self, key: str) -> str:
        """Why the document under `key` can't be read, with its place; empty if it can, or if there is none."""
        why = self._read(key)[1]
        return f"{self.url.rstrip('/')}/{key} is corrupt ({why})" if why else ""

    def _read(self, key: str) -> tuple[dict[str, Any] | None, str]:
        """A document, or None and why there is none that can be used."""
        data = self.backend.read(key)
        if data is None:
            return None, ""
        try:
            document = json.loads(data)
        except ValueError as error:
            return None, f"no JSON: {error}" if data.strip(b"\0 \n") else "empty"
        if not isinstance(document, dict):
            return None, "no JSON object"
        if document.get("schema", 1) != 1:
            return None, f"{_OTHER} {document['schema']!r}"
        why = shapes.wrong(key, document)
        return (None, why) if why else (document, "")

    def write_document(self, key: str, document: Mapping[str, Any]) -> None:
        """Put a JSON object under `key`, in place of what is there."""
        if not self._claimed:
            self.claim()
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        self.backend.write(key, text.encode("utf-8", "surrogatepass"))

    def manifest(
        self, pipeline: str, run: str, invocation: str, output: str, map_index: int | None = None
    ) -> Manifest | None:
        """The manifest of an output of a run, or None if that output does not exist (yet)."""
        key = layout.manifest_key(pipeline, run, invocation, output, map_index)
        found = self._ours(key)
        return cast("Manifest | None", found)

    def record(self, pipeline: str, run: str, invocation: str, map_index: int | None = None) -> Record | None:
        """The record of a step's run."""
        return cast("Record | None", self._ours(layout.record_key(pipeline, run, invocation, map_index)))

    def _ours(self, key: str) -> dict[str, Any] | None:
        """A document of the schema that this version writes; InfrastructureFault for one of another."""
        found, why = self._read(key)
        if why.startswith(_OTHER):
            raise InfrastructureFault(
                f"{key!r} in the store {self.url} has the {why}, and this version reads 1",
                help="use the version of zencompile that wrote it, or another store",
            )
        return found

    def cache_entries(self, key: str) -> Entries | None:
        """What the cache has for a key."""
        return cast("Entries | None", self.read_document(layout.cache_key(key)))

    def map_indices(self, pipeline: str, run: str, invocation: str) -> list[int]:
        """The indices that a mapped invocation has run for, in order."""
        prefix = layout.step_prefix(pipeline, run, invocation)
        parts = (entry.key[len(prefix) + 1 :].partition("/")[0] for entry in self.backend.entries(prefix))
        return sorted({int(one) for one in parts if one.isdigit()})

    def entries(self, prefix: str) -> Iterator[StoredEntry]:
        """All keys below `prefix` with size and time."""
        return self.backend.entries(prefix)

    # -- blobs ---------------------------------------------------------------------------------------------------------

    def add_blob(self, path: Path, digest: str) -> None:
        """Take a local file as the blob `digest`. The file is used up."""
        if not self._claimed:
            self.claim()
        self.backend.add_file(layout.blob_key(digest), path)

    def has(self, value: Value) -> bool:
        """Whether every blob of a value is there with its size, and renewed, so that no sweep takes it from now on."""
        for file in files_of(value):
            if "text" in file or "base64" in file:
                continue
            key = layout.blob_key(file["digest"])
            entry = self.backend.entry(key)
            if entry is None or entry.size != file["size"] or not self.backend.renew(key):
                return False
        return True

    def read(self, file: File, verify: bool = False) -> bytes:
        """The bytes of a file of a value. The size is always checked, the digest if asked."""
        data = _inline(file)
        if data is None:
            data = self.backend.read(layout.blob_key(file["digest"]))
        if data is None:
            raise CorruptArtifact(f"blob {file['digest']} of {file['path']!r} is missing in {self.url}")
        if len(data) != file["size"]:
            raise CorruptArtifact(f"{file['path']!r} has {len(data)} bytes, its manifest says {file['size']}")
        if verify and sha256(data).hexdigest() != file["digest"]:
            raise CorruptArtifact(f"{file['path']!r} does not have the digest {file['digest']}")
        return data

    def path(self, file: File) -> Path | None:
        """A local file with the bytes of a blob, size checked, never to be written to; None for an inline file."""
        if "text" in file or "base64" in file:
            return None
        path = self.backend.path(layout.blob_key(file["digest"]))
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            raise CorruptArtifact(f"blob {file['digest']} of {file['path']!r} is missing in {self.url}") from None
        if size != file["size"]:
            raise CorruptArtifact(f"{file['path']!r} has {size} bytes, its manifest says {file['size']}")
        return path

    def open(self, file: File) -> BinaryIO:
        """The bytes of a file of a value as a stream."""
        data = _inline(file)
        if data is not None:
            import io

            return io.BytesIO(data)
        return self.backend.open(layout.blob_key(file["digest"]))

    def verify(self, value: Value) -> None:
        """Read every file of a value and check size and digest; CorruptArtifact says what is wrong."""
        for file in files_of(value):
            digest, size = sha256(), 0
            with self.open(file) as stream:
                while chunk := stream.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
            if size != file["size"]:
                raise CorruptArtifact(f"{file['path']!r} has {size} bytes, its manifest says {file['size']}")
            if digest.hexdigest() != file["digest"]:
                raise CorruptArtifact(f"{file['path']!r} does not have the digest {file['digest']}")

    def drop_corrupt(self, value: Value) -> list[str]:
        """Remove the blobs of a value that don't have their digest, and name the files: worthless to all who use them.

        What made them runs again then, where a wrong blob of the right size would stay for ever.
        """
        wrong = []
        for file in {file["digest"]: file for file in reversed(files_of(value))}.values():
            key = layout.blob_key(file["digest"])
            try:
                if _inline(file) is None and self.backend.entry(key) is None:
                    wrong.append(file["path"])
                else:
                    self.verify({"files": [file]})
            except CorruptArtifact:
                wrong.append(file["path"])
                self.backend.delete(key)
        return wrong

    def export(self, value: Value, folder: Path) -> None:
        """Copy the files of a value into a folder."""
        for file in value["files"]:
            target = folder / file["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            with self.open(file) as stream, target.open("wb") as out:
                while chunk := stream.read(CHUNK):
                    out.write(chunk)


def files_of(value: Value) -> list[File]:
    """Every file that a value needs, its visualisations' included."""
    return [*value["files"], *(one["file"] for one in value.get("visualizations", ()))]


def blobs_of(value: Value) -> list[str]:
    """The digests of the blobs that a value needs: what a sweep must keep."""
    return [file["digest"] for file in files_of(value) if "text" not in file and "base64" not in file]


def _inline(file: File) -> bytes | None:
    text = file.get("text")
    if text is not None:
        return text.encode("utf-8")
    encoded = file.get("base64")
    if encoded is not None:
        import base64

        return base64.b64decode(encoded)
    return None
