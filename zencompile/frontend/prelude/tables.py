"""`csv`: rows from text and to text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from zencompile.frontend.prelude.helpers import Keywords, constants_of, given_plain, lazily, module
from zencompile.frontend.prelude.modelled import unknown_among
from zencompile.frontend.prelude.signatures import Declared
from zencompile.frontend.values import Context, Generator, NativeObject, Raised, Unknown, Value, operations, type_name
from zencompile.frontend.values.operations import all_items
from zencompile.frontend.values.pure import call_pure


def _reader(a: list[Value], k: Keywords, c: Context) -> Value:
    lines = all_items(a[0], c)
    given = lines if isinstance(lines, Unknown) else given_plain([lines, *a[1:]], k, c)
    if isinstance(given, Unknown):
        return given.forgotten()
    try:
        return Generator(lazily(csv.reader(*given[0], **given[1]), c), "reader")
    except Exception as error:
        raise c.raise_(error) from None


class DictReader(NativeObject):
    """`csv.DictReader`: its rows as dictionaries."""

    type_name = "DictReader"
    is_changeable = is_consumed = True

    def __init__(self, reader: Any, context: Context) -> None:
        self.reader = reader
        self.rows = Generator(lazily(reader, context), "DictReader")

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return self.rows.iterate(context)

    def next_item(self, context: Context) -> Value:
        return self.rows.next_item(context)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "fieldnames":
            try:
                return self.reader.fieldnames
            except Exception as error:
                raise context.raise_(error) from None
        return (
            context.unknown(f"`{name}` of a DictReader")
            if hasattr(csv.DictReader, name)
            else super().get_attribute(name, context)
        )


def _dict_reader(a: list[Value], k: Keywords, c: Context) -> Value:
    lines = all_items(a[0], c)
    given = lines if isinstance(lines, Unknown) else given_plain([lines, *a[1:]], k, c)
    if isinstance(given, Unknown):
        return given.forgotten()
    try:
        return DictReader(csv.DictReader(*given[0], **given[1]), c)
    except Exception as error:
        raise c.raise_(error) from None


def _items(row: Value, context: Context) -> list[Value] | Unknown:
    try:
        return all_items(row, context)
    except Raised as raised:
        if not isinstance(raised.value, TypeError):
            raise
        raise context.raise_(csv.Error(f"iterable expected, not {type_name(row)}")) from None


class Writer(NativeObject):
    """`csv.writer`: each row is written where the program said."""

    type_name = "writer"

    def __init__(self, file: Value, dialect: list[Value], options: Keywords) -> None:
        self.file = file
        self.dialect = dialect
        self.options = options

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "writerow":
            return Declared(name, "row", lambda a, k, c: self.write(a[0], c))
        if name == "writerows":
            return Declared(name, "rows", self._write_all)
        return context.unknown(f"`{name}` of a writer")

    def write(self, row: Value, context: Context) -> Value:
        """Write one row: what the file's `write` gives."""
        items = _items(row, context)
        text = items if isinstance(items, Unknown) else self._text(items, context)
        return context.call(operations.get_attribute(self.file, "write", context), [text])

    def _text(self, items: list[Value], context: Context) -> Value:
        def format_row(row: list[Any], *dialect: Any, **options: Any) -> str:
            stream = io.StringIO(newline="")
            csv.writer(stream, *dialect, **options).writerow(row)
            return stream.getvalue()

        return call_pure(format_row, [items, *self.dialect], self.options, context)

    def _write_all(self, a: list[Value], k: Keywords, c: Context) -> Value:
        rows = all_items(a[0], c)
        for row in [rows] if isinstance(rows, Unknown) else rows:
            self.write(row, c)
        return None


class DictWriter(Writer):
    """`csv.DictWriter`."""

    type_name = "DictWriter"

    def __init__(self, file: Value, names: list[Value], options: Keywords) -> None:
        super().__init__(file, [], {n: v for n, v in options.items() if n not in ("restval", "extrasaction")})
        self.names = names
        self.missing = options.get("restval", "")
        self.refuses_more = options.get("extrasaction", "raise") == "raise"

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "fieldnames":
            return self.names
        if name == "writeheader":
            return Declared(name, "", lambda a, k, c: Writer.write(self, self.names, c))
        return super().get_attribute(name, context)

    def write(self, row: Value, context: Context) -> Value:
        found = operations.mapping(row, context)
        if isinstance(found, Unknown):
            return super().write(found, context)
        more = [name for name in found if name not in self.names]
        unknown = unknown_among(more)
        if unknown is not None:
            return super().write(unknown, context)
        if more and self.refuses_more:
            text = f"dict contains fields not in fieldnames: {', '.join(repr(name) for name in more)}"
            raise context.raise_(ValueError(text))
        return super().write([found.get(name, self.missing) for name in self.names], context)


def _writer(a: list[Value], k: Keywords, c: Context) -> Value:
    file = c.force(a[0])
    try:
        operations.get_attribute(file, "write", c)
    except Raised:
        raise c.raise_(TypeError('argument 1 must have a "write" method')) from None
    checked = call_pure(
        lambda *dialect, **options: csv.writer(io.StringIO(), *dialect, **options) and None, a[1:], k, c
    )
    return checked.forgotten() if isinstance(checked, Unknown) else Writer(file, a[1:], k)


def _dict_writer(a: list[Value], k: Keywords, c: Context) -> Value:
    names = all_items(a[1], c)
    options = {name: c.force(value) for name, value in k.items()}
    unknown = unknown_among((names, *options.values()))
    if unknown is not None or isinstance(names, Unknown):
        return unknown
    return DictWriter(c.force(a[0]), names, options)


MODULES: dict[str, Value] = {
    "csv": module(
        "csv",
        {
            **constants_of(csv),
            "Error": csv.Error,
            "reader": Declared("reader", "csvfile, /, *dialect, **options", _reader),
            "writer": Declared("writer", "csvfile, /, *dialect, **options", _writer),
            "DictReader": Declared("DictReader", "f, *names, **options", _dict_reader),
            "DictWriter": Declared("DictWriter", "f, fieldnames, **options", _dict_writer),
        },
    )
}
