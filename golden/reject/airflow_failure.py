# zencompile: --target airflow
from zenml import pipeline, step


def with_arguments(**arguments):
    return {"orchestrator.airflow": {"operator_args": arguments}}


@step
def load() -> int:
    return 1


@step(settings=with_arguments(retries=3, retry_exponential_backoff=3.0))  #~ ZC0551
def train(data: int) -> float:
    return data * 0.5


@step(settings=with_arguments(trigger_rule="all_done"))
def report() -> None: ...


@pipeline(execution_mode="fail_fast")
def training():
    data = load()
    train(data)
    report(after=[data])  #~ ZC0550


if __name__ == "__main__":
    training()
