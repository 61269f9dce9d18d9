from zenml import pipeline, step
from zenml.client import Client


@step
def post(text: str) -> None:
    print(text)


@step
def write(text: str) -> None:
    print(text)


@pipeline
def reporting():
    if Client().active_stack.alerter is None:
        write("all is well")
    else:
        post("all is well")
    if Client().get_pipeline("reporting").last_successful_run is not None:
        write("again")  #~ ZC0212


if __name__ == "__main__":
    reporting()
