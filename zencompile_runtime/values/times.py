"""Pydantic's lax rules for dates and times, without pydantic. Each raises ValueError with what it should have been."""

from __future__ import annotations

import datetime
import re
from typing import Any

_WATERSHED = 20_000_000_000  # above it a number is milliseconds, below it seconds, since the epoch
_DURATION = re.compile(
    r"(?P<sign>[+-])?P(?=.)(?:(?P<weeks>\d+(?:\.\d+)?)W)?(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?$",
    re.IGNORECASE,
)
_CLOCK = re.compile(
    r"(?P<sign>[+-])?(?:(?P<days>\d+) ?d(?:ays?)?,? ?)?"
    r"(?:(?P<hours>\d+):(?P<minutes>\d\d)(?::(?P<seconds>\d\d(?:\.\d+)?))?)?$",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"[+-]?\d+(\.\d+)?$")
_ISO = re.compile(r"(.*\d)[zZ]$")


def _iso(text: str) -> str:
    """ISO text as Python 3.10 can read it."""
    text = _ISO.sub(r"\1+00:00", text.strip())
    if "," in text:
        text = text.replace(",", ".")
    whole, dot, rest = text.partition(".")
    if not dot:
        return text
    digits = re.match(r"\d*", rest).group()  # type: ignore[union-attr]
    return f"{whole}.{digits[:6].ljust(6, '0')}{rest[len(digits) :]}"


def _moment(number: float) -> datetime.datetime:
    if abs(number) > _WATERSHED:
        number /= 1000
    try:
        return datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=number)
    except OverflowError:
        raise ValueError("should be a date and time in reach") from None


def _as_number(value: Any, text: bool = False, boolean: bool = False) -> float | None:
    """The number that a value is; with `text` also one that is written with plain digits."""
    if isinstance(value, bool):
        return float(value) if boolean else None
    if isinstance(value, (int, float)):
        return value
    if hasattr(type(value), "__float__"):  # a decimal, a number of NumPy
        return float(value)
    if text and isinstance(value, (str, bytes)):
        written = value.decode(errors="replace") if isinstance(value, bytes) else value
        return float(written) if _DIGITS.match(written) else None
    return None


def to_datetime(value: Any) -> datetime.datetime:
    """A moment, its ISO text, a date, or a number of (milli)seconds since the epoch."""
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day)
    number = _as_number(value, text=True)
    if number is not None:
        return _moment(number)
    if isinstance(value, (str, bytes)):
        text = value.decode() if isinstance(value, bytes) else value
        try:
            return datetime.datetime.fromisoformat(_iso(text).replace("_", "T"))
        except ValueError:
            pass
    raise ValueError("should be a date and time")


def to_date(value: Any) -> datetime.date:
    """A date, its ISO text, or a moment at midnight."""
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    if isinstance(value, str) and _as_number(value, text=True) is None:
        try:
            return datetime.date.fromisoformat(value.strip())
        except ValueError:
            pass
    try:
        moment = to_datetime(value)
    except ValueError:
        raise ValueError("should be a date") from None
    if (moment.hour, moment.minute, moment.second, moment.microsecond) != (0, 0, 0, 0):
        raise ValueError("should be a date without a time")
    return moment.date()


def to_time(value: Any) -> datetime.time:
    """A time of day, its ISO text, or seconds since midnight."""
    if isinstance(value, datetime.time):
        return value
    number = _as_number(value)
    if number is not None:
        if not 0 <= number < 86400:
            raise ValueError("should be a time of day")
        moment = datetime.datetime(2000, 1, 1) + datetime.timedelta(seconds=number)
        return moment.time().replace(tzinfo=datetime.timezone.utc)
    if isinstance(value, str) and ":" in value:
        try:
            return datetime.time.fromisoformat(_iso(value))
        except ValueError:
            pass
    raise ValueError("should be a time of day")


def to_timedelta(value: Any) -> datetime.timedelta:
    """A duration, seconds, ISO 8601 text (`P1DT2H`) or clock text (`1 day, 02:00:00`)."""
    if isinstance(value, datetime.timedelta):
        return value
    number = _as_number(value, boolean=True)
    if number is not None:
        return datetime.timedelta(seconds=number)
    if isinstance(value, str) and value:
        match = _DURATION.match(value) or _CLOCK.match(value)
        if match:
            parts = match.groupdict()
            sign = -1 if parts.pop("sign") == "-" else 1
            found = {name: float(text) for name, text in parts.items() if text}
            if found:
                return sign * datetime.timedelta(**found)
    raise ValueError("should be a duration")


TIMES = {"datetime": to_datetime, "date": to_date, "time": to_time, "timedelta": to_timedelta}
