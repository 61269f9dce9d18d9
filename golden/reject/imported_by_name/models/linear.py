def predict() -> float:
    return 1.0
