"""Which shops to report on: small steps that Airflow runs itself, and one in an image."""

import math

from zencompile import StepRetryConfig, pipeline, step

INLINE = {"orchestrator.airflow": {"operator": "inline"}}
SHARE = 0.1  # of all shops


@step(settings=INLINE)
def shops(count: int) -> list[str]:
    """The shops by name."""
    # numbered from 1, as on their doors
    return [f"shop {number}" for number in range(1, count + 1)]


@step(settings=INLINE, retry=StepRetryConfig(max_retries=2, delay=60, backoff=1))
def chosen(shops: list[str], seed: float = 2) -> dict[str, list[str]]:
    """Some of them.

    The same ones for the same seed.
    """
    number = math.ceil(len(shops) * SHARE)

    def key(name: str) -> float:
        return math.sin(seed * len(name))

    return {"yes": sorted(shops, key=key)[:number]}


@step(settings={"orchestrator.airflow": {"operator": "docker"}})
def report(chosen: dict[str, list[str]], title: str) -> None:
    """Print them."""
    print(title, chosen)


@pipeline
def choose(count: int = 20, title: str = "Shops of {{ today }}"):
    """Choose shops."""
    names = shops(count)
    some = chosen(names)
    others = chosen(names, seed=3, id="others")
    report(some, title)
    report(others, title="Others", id="report_others")


if __name__ == "__main__":
    choose()
