"""How far a share that was counted can be trusted."""

from __future__ import annotations

import math

ROUNDS = 60
"""Halvings of the search for a bound: far below any rounding."""


def wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return the interval of a share, 0 to 1; `z` 1.96 makes it 95 %. Source: E. B. Wilson, JASA 22 (1927)."""
    if n == 0:
        return 0.0, 1.0
    share = right / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def upper_bound(count: float, of: float, level: float = 0.95) -> float:
    """Return the exact one-sided upper bound (Clopper and Pearson) of a share, 0 to 1; 1 where nothing was counted.

    Weighted counts need not be whole: the binomial's tail is the incomplete beta function, which takes any.
    """
    if of <= 0 or count >= of:
        return 1.0
    low, high = count / of, 1.0
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        if beta_share(count + 1, of - count, middle) < level:
            low = middle
        else:
            high = middle
    return high


def lower_bound(count: float, of: float, level: float = 0.95) -> float:
    """Return the exact one-sided lower bound of a share, 0 to 1; 0 where nothing was counted."""
    return 0.0 if of <= 0 or count <= 0 else 1.0 - upper_bound(of - count, of, level)


def beta_share(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), by its continued fraction (Lentz's method).

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.5.8.
    """
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1.0 - beta_share(b, a, 1.0 - x)
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    tiny = 1e-300
    c, d = 1.0, 1.0 / max(1.0 - (a + b) * x / (a + 1), tiny)
    value = d
    for m in range(1, 500):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1.0 + step * d
            d = 1.0 / (d if abs(d) > tiny else tiny)
            c = 1.0 + step / c
            c = c if abs(c) > tiny else tiny
            value *= c * d
        if abs(c * d - 1.0) < 1e-14:
            break
    return front * value / a
