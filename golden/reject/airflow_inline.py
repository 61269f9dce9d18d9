# zencompile: --target airflow --set airflow.store=s3://acme/artifacts
import math

from zenml import get_step_context, pipeline, step

INLINE = {"orchestrator.airflow": {"operator": "inline"}}
TABLE = {n: math.sqrt(n) for n in range(9)}


def helper(x: int) -> int:
    return x + 1


@step(settings=INLINE)
def calls(x: int) -> int:  #~ ZC0566
    return helper(x)


@step(settings=INLINE)
def looks(x: int) -> float:  #~ ZC0566
    return TABLE[x]


@step(settings=INLINE)
def asks() -> str:  #~ ZC0566
    return get_step_context().step_name


@step(settings=INLINE)
def pairs(n: int) -> tuple[int, int]:
    return n, n


@step(settings=INLINE)
def table(n: int) -> dict[int, int]:
    return {n: n}


@step(settings=INLINE)
def half(n: int) -> float:
    return n / 2


@step(settings=INLINE)
def whole(x: int) -> int:
    return x


@step(settings=INLINE)
def times(ds: str) -> str:
    return ds


@step
def stored(n: int) -> int:
    return n


@step(settings=INLINE, secrets=["api"])
def signed(n: int) -> int:
    return n


@pipeline
def numbers(n: int = 1):
    calls(n)
    looks(n)
    asks()
    pairs(n)  #~ ZC0566
    table(n)  #~ ZC0566
    whole(half(n))  #~ ZC0566
    times("now")  #~ ZC0566
    half(stored(n))  #~ ZC0566
    signed(n)  #~ ZC0566


if __name__ == "__main__":
    numbers()
