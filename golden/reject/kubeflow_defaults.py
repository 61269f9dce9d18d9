# zencompile: --target kubeflow
from zenml import pipeline, step

PROMPT = "lorem ipsum " * 1_000


@step
def ask(prompt: str) -> int:
    return len(prompt)


@pipeline
def training(prompt: str = PROMPT):  #~ ZC0581
    ask(prompt)


if __name__ == "__main__":
    training()
