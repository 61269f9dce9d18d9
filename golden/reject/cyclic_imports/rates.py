from factors import FACTOR

RATE = 0.1 * FACTOR
