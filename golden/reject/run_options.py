from zenml import pipeline, step


@step
def load() -> int:
    return 1


@pipeline(execution_mode="fail_slow")  #~ ZC0321
def training():
    load()


if __name__ == "__main__":
    training.with_options(run_name="training_{region}_{date}")()  #~ ZC0322
