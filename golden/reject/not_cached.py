import os
import socket

import numpy as np
from zenml import pipeline, step
from zenml.config import CachePolicy, DockerSettings


@step(enable_cache=True)
def load(home: str) -> str:
    return home


@step(cache_policy=CachePolicy(ignored_inputs=["home"]))
def trust(home: str) -> str:
    return home


@step
def scale(by: object) -> object:
    return by


@pipeline(settings={"docker": DockerSettings(requirements=["numpy"])})
def reading():
    load(os.path.expanduser("~"))  #~ ZC0230
    load(socket.gethostname())  #~ ZC0230
    trust(os.path.expanduser("~"))  #~ ZC0230
    scale(np.array([1, 2]))  #~ ZC0230


if __name__ == "__main__":
    reading()
