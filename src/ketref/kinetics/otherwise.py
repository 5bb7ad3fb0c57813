"""What is in a compartment that is emptied at no fixed rate: always by as much, or by an enzyme that is full?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy.integrate import solve_ivp

from ketref.kinetics.persons import Floats

Came = Callable[[Floats], Floats]
"""How much came in until some hours, or comes in an hour then, for each person (persons, times)."""


def emptied_evenly(came: Came, hourly: Floats, began: Sequence[float], times: Floats) -> Floats:
    """What is left where the same amount goes every hour as long as there is any.

    It is what came less what would have gone, and never less than nothing: raised by the lowest point so far. Between
    doses that come in at once, ever less comes in an hour; so that point lies at a dose or at the asked time.
    """
    points = np.asarray(began)
    low = came(points) - hourly * points
    now = came(times) - hourly * times
    found = np.empty_like(now)
    for place, time in enumerate(times):
        before = low[:, points <= time]
        lowest = np.minimum(before.min(axis=1), now[:, place]) if before.size else now[:, place]
        found[:, place] = now[:, place] - lowest
    return found


PRECISE = 1e-4
"""The part by which a solved value may be off from step to step; of all that came in, a hundredth of that."""


def saturated(comes: Came, most: Floats, half: Floats, start: float, times: Floats, whole: float) -> Floats:
    """What is left of `whole` (mg) where an enzyme takes `most` (mg/h) at best, and half of that of `half` (mg).

    Solved by LSODA of scipy for all persons at once: none of them depends on another, so that the Jacobian is diagonal.
    """
    found = np.zeros((len(most), len(times)))
    order = np.argsort(times)
    after = order[times[order] > start]
    if not len(after):
        return found

    def change(hour: float, left: Floats) -> Floats:
        level = np.maximum(left, 0.0)
        return np.asarray(comes(np.array([hour]))[:, 0] - most * level / (half + level))

    solved = solve_ivp(
        change,
        (start, times[after[-1]]),
        np.zeros(len(most)),
        method="LSODA",
        t_eval=times[after],
        rtol=PRECISE,
        atol=PRECISE / 100 * whole,
        lband=0,
        uband=0,
        max_step=0.25,
    )
    found[:, after] = np.maximum(solved.y, 0.0)
    return found
