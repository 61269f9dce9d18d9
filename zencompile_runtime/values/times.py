"""Pydantic's lax rules for dates and times, without pydantic. Each raises ValueError with what it should have been."""

from __future__ import annotations

import datetime
import math
import re
from typing import Any

from zencompile_runtime.values.mismatch import LAX, Match
from zencompile_runtime.values.scalars import is_a, number_of

_WATERSHED = 20_000_000_000  # above it a number is milliseconds, below it seconds, since the epoch
_ZONE = r"(?P<zone>[zZ]|[+\-−][0-9]{2}:?[0-9]{2})?"
_SECONDS = r"(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]+))?)?"
_OF_DAY = rf"(?P<hour>[0-9]{{2}}):(?P<minute>[0-9]{{2}}){_SECONDS}"
_DATE = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_MOMENT = re.compile(rf"{_DATE}(?:[tT _]{_OF_DAY}{_ZONE})?")
_TIME = re.compile(rf"{_OF_DAY}{_ZONE}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)")
_DURATION = re.compile(
    r"(?P<sign>[+-])?P(?=.)(?P<days>(?:[0-9]+(?:\.[0-9]+)?[YMWD])*)(?:T(?P<seconds>(?:[0-9]+(?:\.[0-9]+)?[HMS])*))?"
)
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)([A-Z])")
_CLOCK = re.compile(
    rf"(?P<sign>[+-])?(?:(?P<days>[0-9]+) ?d(?:ays?)?,? ?)?"
    rf"(?:(?P<hour>[0-9]{{2,}}|[0-9](?=:[0-9]{{2}}:)):(?P<minute>[0-5][0-9]){_SECONDS})?",
    re.IGNORECASE,
)
_DAYS = {"Y": 365, "M": 30, "W": 7, "D": 1}
_LENGTHS = {"H": 3600, "M": 60, "S": 1}


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return str.__str__(value) if isinstance(value, str) else None


def _number(value: Any) -> float | None:
    """The number that a value is; None for text and for what is none."""
    if isinstance(value, (bool, str, bytes, bytearray, complex)) or is_a("enum", "Enum", value):
        return value if isinstance(value, int) and not isinstance(value, bool) else None
    return number_of(value)


def _microseconds(fraction: str | None) -> int:
    return int((fraction or "0")[:6].ljust(6, "0"))


def _of_day(found: dict[str, str | None]) -> dict[str, Any]:
    """The arguments for a time of day."""
    given: dict[str, Any] = {name: int(found[name] or 0) for name in ("hour", "minute", "second")}
    zone = found["zone"]
    if zone is not None:
        given["tzinfo"] = datetime.timezone.utc if zone in "zZ" else _zone(zone)
    return {**given, "microsecond": _microseconds(found["fraction"])}


def _zone(text: str) -> datetime.timezone:
    offset = datetime.timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return datetime.timezone(offset if text[0] == "+" else -offset)


def _moment(number: float) -> datetime.datetime:
    if abs(number) > _WATERSHED:
        number /= 1000
    try:
        return datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=number)
    except (OverflowError, ValueError):
        raise ValueError("should be a date and time in reach") from None


def _written_moment(text: str) -> datetime.datetime:
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise ValueError("should be a date and time")
    parts = found.groupdict()
    date: dict[str, Any] = {name: int(parts[name] or 0) for name in ("year", "month", "day")}
    try:
        return datetime.datetime(**date, **_of_day(parts))
    except ValueError:
        raise ValueError("should be a date and time") from None


def to_datetime(value: Any, match: Match) -> datetime.datetime:
    """A moment, its ISO text, a date, or a number of (milli)seconds since the epoch."""
    if isinstance(value, datetime.datetime):
        return value
    match.floor(LAX)
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day)
    text = _text(value)
    if text is not None:
        return _moment(float(text)) if _NUMBER.fullmatch(text) else _written_moment(text)
    number = _number(value)
    if number is None:
        raise ValueError("should be a date and time")
    return _moment(number)


def to_date(value: Any, match: Match) -> datetime.date:
    """A date, its ISO text, or a moment at midnight."""
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    try:
        moment = to_datetime(value, match)
    except ValueError:
        raise ValueError("should be a date") from None
    match.floor(LAX)
    if (moment.hour, moment.minute, moment.second, moment.microsecond) != (0, 0, 0, 0):
        raise ValueError("should be a date without a time")
    return moment.date()


def to_time(value: Any, match: Match) -> datetime.time:
    """A time of day, its ISO text, or seconds since midnight."""
    if isinstance(value, datetime.time):
        return value
    match.floor(LAX)
    text = _text(value)
    found = _TIME.fullmatch(text) if text is not None else None
    if found is not None:
        try:
            return datetime.time(**_of_day(found.groupdict()))
        except ValueError:
            raise ValueError("should be a time of day") from None
    number = _number(value)
    if number is None or not number >= 0 or round(number, 6) >= 86400:
        raise ValueError("should be a time of day")
    moment = datetime.datetime(2000, 1, 1) + datetime.timedelta(seconds=number)
    return moment.time().replace(tzinfo=datetime.timezone.utc)


def to_timedelta(value: Any, match: Match) -> datetime.timedelta:
    """A duration, seconds, ISO 8601 text (`P1DT2H`) or clock text (`1 day, 02:00:00`)."""
    if isinstance(value, datetime.timedelta):
        return value
    match.floor(LAX)
    number = float(value) if isinstance(value, bool) else _number(value)
    if number is not None and math.isfinite(number):
        return datetime.timedelta(seconds=number)
    text = _text(value)
    if text:
        for pattern, read in ((_DURATION, _iso_duration), (_CLOCK, _clock)):
            found = pattern.fullmatch(text)
            if found is not None:
                return read(found.groupdict())
    raise ValueError("should be a duration")


def _iso_duration(parts: dict[str, str | None]) -> datetime.timedelta:
    days = [float(number) * _DAYS[unit] for number, unit in _PART.findall(parts["days"] or "")]
    seconds = [float(number) * _LENGTHS[unit] for number, unit in _PART.findall(parts["seconds"] or "")]
    if not days and not seconds:
        raise ValueError("should be a duration")
    found = datetime.timedelta(days=sum(days), seconds=sum(seconds))
    return -found if parts["sign"] == "-" else found


def _clock(parts: dict[str, str | None]) -> datetime.timedelta:
    if parts["days"] is None and parts["hour"] is None:
        raise ValueError("should be a duration")
    numbers = {f"{name}s": int(parts[name] or 0) for name in ("hour", "minute", "second")}
    days = int(parts["days"] or 0)
    found = datetime.timedelta(days=days, microseconds=_microseconds(parts["fraction"]), **numbers)
    return -found if parts["sign"] == "-" else found


TIMES = {"datetime": to_datetime, "date": to_date, "time": to_time, "timedelta": to_timedelta}
