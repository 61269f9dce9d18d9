"""Reports of sales: steps in a row, which one container runs, beside one with needs of its own."""

from zencompile import ResourceSettings, StepRetryConfig, pipeline, step


@step
def read(source: str) -> list[float]:
    """The amounts of a file, one a line."""
    with open(source) as lines:
        return [float(line) for line in lines]


@step
def clean(amounts: list[float]) -> list[float]:
    """Those that were paid."""
    return [amount for amount in amounts if amount > 0]


@step
def total(amounts: list[float]) -> float:
    """What came in."""
    return sum(amounts)


@step(settings={"resources": ResourceSettings(memory="8GB")})
def forecast(amounts: list[float]) -> float:
    """What will come in."""
    return sum(amounts[-30:]) / 30


@step
def render(total: float, forecast: float, title: str) -> str:
    """The report as text."""
    return f"{title}: {total:.2f}, then {forecast:.2f} a day"


@step
def publish(report: str) -> None:
    """Print it."""
    print(report)


@pipeline(retry=StepRetryConfig(max_retries=2, delay=60, backoff=1))
def sales(source: str = "sales.txt", title: str = "Sales"):
    """Report what was sold."""
    amounts = clean(read(source))
    publish(render(total(amounts), forecast(amounts), title))


if __name__ == "__main__":
    sales()
