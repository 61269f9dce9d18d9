from zenml import pipeline, step


@step
def look_up(name: str) -> object:
    return globals()[name]


@pipeline
def scoring():
    look_up("scoring")


if __name__ == "__main__":
    scoring()
