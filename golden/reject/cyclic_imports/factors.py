from rates import RATE  #~ ZC0102

FACTOR = RATE * 10
