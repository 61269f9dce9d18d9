from rates import RATE

FACTOR = RATE * 10
