"""Sales by region, made again whenever the table of sales or that of prices is."""

from zencompile import pipeline, step

SALES, PRICES, REGIONS = "s3://lake/sales", "s3://lake/prices", "s3://lake/regions"


@step
def read(source: str) -> list[float]:
    """The amounts of a table."""
    return [float(len(source))]


@step(settings={"orchestrator.airflow": {"operator_args": {"pool": "warehouse", "pool_slots": 2}}})
def join(sales: list[float], prices: list[float]) -> list[float]:
    """Both, line by line."""
    return [a * b for a, b in zip(sales, prices, strict=True)]


@step(group="checks")
def complete(rows: list[float]) -> None:
    """There must be some."""
    if not rows:
        raise ValueError("no rows")


@step(group="checks")
def positive(rows: list[float]) -> None:
    """All of them are."""
    if min(rows) <= 0:
        raise ValueError("a row is not positive")


@step(settings={"orchestrator.airflow": {"outlets": [REGIONS], "operator_args": {"priority_weight": 10}}})
def write(rows: list[float]) -> None:
    """Write the table."""
    print(rows)


@pipeline
def checked(rows: list[float]) -> None:
    """What must hold before a table is written."""
    complete(rows)
    positive(rows)


@pipeline(settings={"orchestrator.airflow": {"assets": {"any": [SALES, PRICES]}}})
def regions():
    """Sales by region."""
    rows = join(read(SALES), read(PRICES))
    checked(rows)
    write(rows, after=["complete", "positive"])


if __name__ == "__main__":
    regions()
