from zenml import pipeline, step, wait


@step
def train() -> int:
    return 1


@step
def publish(model: int) -> None: ...


@pipeline(dynamic=True)
def training():
    future = train.submit()
    publish.submit(2, start_after=future)  #~ ZC0231
    if wait(schema=bool, question="publish?"):  #~ ZC0231
        publish(future)
    publish.load_from_source("run.publish")(3)  #~ ZC0212


training()
