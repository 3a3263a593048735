"""Is a share smaller or greater than it was, or is that chance?

Fisher's exact test, one-sided: of all ways to divide what was seen between two samples, how many
look at least as uneven (R. A. Fisher, The Logic of Inductive Inference, Journal of the Royal
Statistical Society 98, 1935)? It is exact for any size, so that a sample of fifty is judged as
rightly as one of a million. Many shares are compared at once: each must be as much surer as there
are more of them (Bonferroni), so that the confidence holds for the whole report.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEGLIGIBLE = 1e-18
"""A term this much smaller than the sum changes no digit of it."""
_STEEPEST = 64.0
_HALVINGS = 40
"""How closely the best bound is looked for; any tilt gives a true one."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """How many of how many.

    Attributes:
        count: how many have it, 0 to `of`.
        of: how many there are.

    """

    count: int
    of: int

    @property
    def value(self) -> float:
        """The share, 0 to 1; 0 of nothing."""
        return self.count / self.of if self.of else 0.0

    @property
    def rest(self) -> Proportion:
        """The share that does not have it."""
        return Proportion(self.of - self.count, self.of)


def chance_of_fewer(now: Proportion, before: Proportion) -> float:
    """Return how likely chance makes a sample as poor as `now`, if nothing has changed.

    Returns:
        The probability, 0 to 1, that of all `now.count + before.count` that have it at most
        `now.count` fall into the sample of `now.of`, drawn at random from both samples together.
        1 where either sample is empty.

    """
    if not now.of or not before.of:
        return 1.0
    having, size, rest = now.count + before.count, now.of, before.of
    least = max(0, having - rest)
    if now.count >= min(having, size):
        return 1.0
    if now.count * before.of > before.count * now.of:
        # From the mode on the terms shrink towards the other end only: sum that end.
        return max(0.0, 1.0 - _tail_up(now.count + 1, having, size, rest))
    term = exp(_log_term(now.count, having, size, rest))
    total, count = term, now.count
    while count > least and term > total * _NEGLIGIBLE:
        term *= count * (rest - having + count) / ((having - count + 1) * (size - count + 1))
        total += term
        count -= 1
    return min(1.0, total)


def _tail_up(count: int, having: int, size: int, rest: int) -> float:
    """Sum the chances of `count` and more."""
    most = min(having, size)
    term = exp(_log_term(count, having, size, rest))
    total = term
    while count < most and term > total * _NEGLIGIBLE:
        term *= (having - count) * (size - count) / ((count + 1) * (rest - having + count + 1))
        total += term
        count += 1
    return min(1.0, total)


def chance_of_more(now: Proportion, before: Proportion) -> float:
    """Return how likely chance makes a sample as rich as `now`, if nothing has changed."""
    return chance_of_fewer(before, now)


def chance_in_all(shares: Sequence[tuple[Proportion, Proportion]]) -> float:
    """Return how likely chance makes several groups together as poor as they are now, at most.

    Of each group it is known how many had it before, and how many have it now; a group that has
    more now counts against those that have less. What few events of one kind can't tell, those of
    many kinds together can.

    The number of those that lack it now is, by chance, a sum of hypergeometric counts. Its tail is
    bounded by Chernoff's method, for which the binomial counts stand (W. Hoeffding, Probability
    Inequalities for Sums of Bounded Random Variables, Journal of the American Statistical
    Association 58, 1963, section 6). Where nothing lacked it before, the bound is close.

    Args:
        shares: of each group, now and before.

    """
    groups = []
    missing = 0
    for now, before in shares:
        lack = now.rest.count + before.rest.count
        if lack and now.of and before.of:
            groups.append((lack, now.of / (now.of + before.of)))
            missing += now.rest.count
    expected = sum(lack * share for lack, share in groups)
    if missing <= expected:
        return 1.0

    def slope(tilt: float) -> float:
        # The counts that are expected where chance is tilted, less what there is.
        weight = exp(tilt)
        return sum(n * q * weight / (1 - q + q * weight) for n, q in groups) - missing

    low, high = 0.0, 1.0
    while slope(high) < 0 and high < _STEEPEST:
        low, high = high, 2 * high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    bound = sum(n * log(1 - q + q * exp(low)) for n, q in groups) - low * missing
    return min(1.0, exp(bound))


def _log_term(count: int, having: int, size: int, rest: int) -> float:
    """The logarithm of the chance of just `count`: the hypergeometric distribution."""
    return (
        _log_choose(size, count)
        + _log_choose(rest, having - count)
        - _log_choose(size + rest, having)
    )


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def significance_level(confidence: float, tests: int) -> float:
    """Return the greatest chance at which a difference counts (Bonferroni).

    Args:
        confidence: how sure, 0 to 1, it must be that chance alone makes none of the differences
            of a whole report a finding.
        tests: how many comparisons the report rests on.

    """
    return (1 - confidence) / max(tests, 1)
