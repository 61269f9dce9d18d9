from zenml import pipeline, step, wait


@step
def train() -> int:
    return 1


@step
def publish(model: int) -> None: ...


@pipeline(dynamic=True)
def training():
    future = train.submit()
    publish.submit(2, start_after=future)
    if wait(schema=bool, question="publish?"):
        publish(future)
    publish.load_from_source("run.publish")(3)


training()
