# zencompile: --target airflow --set airflow.store=s3://acme/artifacts
from zenml import pipeline, step
from zenml.config import Schedule


@step(settings={"orchestrator.airflow": {"outlets": "s3://lake/sales"}})
def load() -> int:
    return 1


@step(settings={"orchestrator.airflow": {"assets": ["s3://lake/sales"], "outlets": ["airflow://sales"]}})
def keep(rows: int) -> int:
    return rows


@step(settings={"orchestrator.airflow": {"outlets": ["https://me:secret@host/sales"]}})
def show(rows: int) -> None:
    print(rows)


@pipeline(settings={"orchestrator.airflow": {"assets": {"some": ["s3://lake/sales"]}}})
def sales(limit: int):  #~ ZC0567, ZC0567
    show(keep(load()))  #~ ZC0567, ZC0567, ZC0567, ZC0567


if __name__ == "__main__":
    sales.with_options(schedule=Schedule(cron_expression="0 5 * * *"))(limit=1)
