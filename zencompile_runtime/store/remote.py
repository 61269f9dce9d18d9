"""A store behind fsspec. An object store shows an object only when its upload is complete, so a write needs no rename;
elsewhere (ssh, ftp, a mounted share) bytes go under a temporary key and are moved."""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

from zencompile_runtime import temporary
from zencompile_runtime.errors import ConfigurationFault, Fault, InfrastructureFault
from zencompile_runtime.store.leases import ELSEWHERE, Entry

_WHOLE = {
    "s3",
    "s3a",
    "gs",
    "gcs",
    "abfs",
    "abfss",
    "az",
    "adl",
    "oci",
    "memory",
}  # an object appears when it is complete

_UPLOAD = "upload:"  # stands before the id of an upload in parts, in what `abandoned` gives


class Remote:
    """A store at a URL of fsspec. Fetched blobs live in a local folder until the process ends."""

    local = False

    def __init__(self, url: str) -> None:
        try:
            import fsspec
        except ImportError:
            raise ConfigurationFault(
                f"the store {url} needs the package fsspec", help="add fsspec (and s3fs, gcsfs, …) to the requirements"
            ) from None
        self.url = self.place = url
        protocol = url.partition("://")[0]
        try:
            self.fs, root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
            raise ConfigurationFault(
                f"the store {url} can't be opened: {error}",
                help="a store is a folder or a URL that fsspec knows; its package (s3fs, gcsfs, …) must be installed",
            ) from error
        self._root = str(root).rstrip("/")
        self._whole = protocol in _WHOLE
        self._folder: Path | None = None

    def children(self, prefix: str) -> list[str]:
        at = self._at(prefix)
        try:
            self.fs.invalidate_cache(at)
            found = self.fs.ls(at, detail=False)
        except FileNotFoundError:
            return []
        except Exception as error:
            raise self._fault("list", prefix, error) from error
        names = (str(name).rstrip("/") for name in found)
        return [name.rpartition("/")[2] for name in names if name.strip("/") != at.strip("/")]

    def check_writable(self, key: str) -> None:
        """Nothing tells but a write, which `claim` does."""

    def read(self, key: str) -> bytes | None:
        try:
            return cast("bytes", self.fs.cat_file(self._at(key)))
        except FileNotFoundError:
            return None
        except Exception as error:
            raise self._fault("read", key, error) from error

    def write(self, key: str, data: bytes) -> None:
        try:
            if self._whole:
                self.fs.pipe_file(self._at(key), data)
            else:
                self._moved(key, lambda temporary: self.fs.pipe_file(temporary, data))
        except Exception as error:
            raise self._fault("write", key, error) from error

    def add_file(self, key: str, path: Path) -> None:
        try:
            size = path.stat().st_size
            there = self.entry(key)
            if there is None or there.size != size or not self.renew(key):
                if self._whole:
                    self.fs.put_file(str(path), self._at(key))
                else:
                    self._moved(key, lambda temporary: self.fs.put_file(str(path), temporary))
            path.unlink()
        except Fault:
            raise
        except Exception as error:
            raise self._fault("write", key, error) from error

    def entry(self, key: str) -> Entry | None:
        try:
            self.fs.invalidate_cache(self.fs._parent(self._at(key)))
            return self._entry(self.fs.info(self._at(key)))
        except FileNotFoundError:
            return None
        except Exception as error:
            raise self._fault("read", key, error) from error

    def entries(self, prefix: str) -> Iterator[Entry]:
        try:
            self.fs.invalidate_cache()
            found = self.fs.find(self._at(prefix), detail=True)
        except FileNotFoundError:
            return
        except Exception as error:
            raise self._fault("list", prefix, error) from error
        for info in found.values():
            entry = self._entry(info)
            if not entry.key.startswith("tmp/"):
                yield entry

    def renew(self, key: str) -> bool:
        """Copying an object onto itself gives it a new time; where that can't be done it is written anew."""
        at = self._at(key)
        try:
            if not self.fs.exists(at):
                return False
            try:
                self._touch(at)
            except Exception:  # this storage has no such copy
                local = self.path(key)
                self.fs.put_file(str(local), at)
        except Fault:
            raise
        except FileNotFoundError:
            return False
        except Exception as error:
            raise self._fault("renew", key, error) from error
        return True

    def _touch(self, at: str) -> None:
        if not self._whole:
            self.fs.touch(at, truncate=False)
        elif hasattr(self.fs, "call_s3"):
            bucket, _, name = at.partition("/")
            self.fs.call_s3(
                "copy_object",
                Bucket=bucket,
                Key=name,
                CopySource={"Bucket": bucket, "Key": name},
                MetadataDirective="REPLACE",
            )
        else:
            self.fs.cp_file(at, at)

    def delete(self, key: str) -> None:
        try:
            self.fs.rm_file(self._at(key))
        except FileNotFoundError:
            pass
        except Exception as error:
            raise self._fault("delete", key, error) from error

    def sweep(self, key: str, before: float) -> bool:
        """An object store can't compare and delete at once: who renews between the two requests loses."""
        entry = self.entry(key)
        if entry is not None and entry.modified >= before:
            return False
        if entry is not None:
            self.delete(key)
        return True

    def discard(self, prefix: str) -> None:
        for entry in list(self.entries(prefix)):
            self.delete(entry.key)

    def abandoned(self, before: float) -> Iterator[Entry]:
        """Nothing tells whether a writer on another machine lives: what it left is a day old at least. Uploads in parts
        that were never completed are shown by no listing, but paid for.
        """
        before = min(before, time.time() - ELSEWHERE)
        try:
            found = self.fs.find(self._at("tmp"), detail=True) if self.fs.exists(self._at("tmp")) else {}
            yield from (entry for info in found.values() if (entry := self._entry(info)).modified < before)
            if hasattr(self.fs, "call_s3"):
                bucket, _, name = self._root.partition("/")
                uploads = self.fs.call_s3("list_multipart_uploads", Bucket=bucket, Prefix=f"{name}/" if name else "")
                for one in uploads.get("Uploads") or ():
                    if one["Initiated"].timestamp() < before:
                        key = one["Key"][len(name) + 1 if name else 0 :]
                        yield Entry(f"{_UPLOAD}{one['UploadId']}/{key}", 0, one["Initiated"].timestamp())
        except Exception as error:
            raise self._fault("list", "tmp", error) from error

    def forget(self, entry: Entry) -> None:
        if not entry.key.startswith(_UPLOAD):
            self.delete(entry.key)
            return
        upload, _, key = entry.key[len(_UPLOAD) :].partition("/")
        bucket, _, name = self._at(key).partition("/")
        try:
            self.fs.call_s3("abort_multipart_upload", Bucket=bucket, Key=name, UploadId=upload)
        except FileNotFoundError:
            return
        except Exception as error:
            raise self._fault("delete", key, error) from error

    def clock(self) -> float:
        key = f"tmp/{uuid.uuid4().hex}"
        try:
            self.fs.pipe_file(self._at(key), b"")
        except Exception as error:
            raise self._fault("write", key, error) from error
        entry = self.entry(key)
        self.delete(key)
        return entry.modified if entry is not None else time.time()

    def path(self, key: str) -> Path:
        local = self._cache() / key.replace("/", "-")
        if not local.exists():
            partial = local.with_name(f"{local.name}.{uuid.uuid4().hex}")
            try:
                self.fs.get_file(self._at(key), str(partial))
                partial.replace(local)
            except Exception as error:
                partial.unlink(missing_ok=True)
                raise self._fault("read", key, error) from error
        return local

    def open(self, key: str) -> BinaryIO:
        try:
            return cast("BinaryIO", self.fs.open(self._at(key), "rb"))
        except Exception as error:
            raise self._fault("read", key, error) from error

    def staging(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self._cache()))

    def _cache(self) -> Path:
        if self._folder is None:
            self._folder = temporary.folder()
        return self._folder

    def _moved(self, key: str, put: Any) -> None:
        temporary, at = self._at(f"tmp/{uuid.uuid4().hex}"), self._at(key)
        self.fs.makedirs(self.fs._parent(temporary), exist_ok=True)
        self.fs.makedirs(self.fs._parent(at), exist_ok=True)
        put(temporary)
        self.fs.mv(temporary, at)

    def _at(self, key: str) -> str:
        return f"{self._root}/{key}" if key else self._root

    def _entry(self, info: dict[str, Any]) -> Entry:
        modified = next(
            (info[k] for k in ("LastModified", "mtime", "updated", "last_modified", "created") if k in info), 0
        )
        if isinstance(modified, str):
            import datetime

            modified = datetime.datetime.fromisoformat(modified.replace("Z", "+00:00"))
        seconds = modified.timestamp() if hasattr(modified, "timestamp") else float(modified or time.time())
        name = str(info["name"])
        return Entry(name[name.index(self._root) + len(self._root) + 1 :], int(info["size"]), seconds)

    def _fault(self, what: str, key: str, error: Exception) -> InfrastructureFault:
        text = str(error) or type(error).__name__
        return InfrastructureFault(
            f"can't {what} {key!r} in the store {self.url}: {text}",
            help="see that its URL, the credentials and the network are right; what was stored before is intact",
        )
