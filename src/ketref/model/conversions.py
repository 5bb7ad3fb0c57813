"""Which dose does a rate make in the time for which it was given, and which mass is a molar concentration?

Both take something beside the amount: a duration, or the molar mass of what is measured. The result is rounded to a
millionth, and tells in `read_as` how it was made.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import evolve

from ketref.model.units import (
    DOSE,
    DOSE_PER_KG,
    FLUID,
    MOLAR_FLUID,
    MOLAR_SOLID,
    ONE,
    PER_BREATH,
    PER_MILLE,
    RATE,
    RATE_PER_KG,
    SECONDS,
    SOLID,
    Duration,
    Quantity,
    T,
    derived,
    figure,
)

OF_RATE = {RATE: DOSE, RATE_PER_KG: DOSE_PER_KG}
"""The unit of a dose that a duration turns each unit of rates into."""
MOLAR_OF = {FLUID: MOLAR_FLUID, SOLID: MOLAR_SOLID}
"""The molar unit that a molar mass turns into each unit of concentrations."""
_PARTS_PER_MILLE = 10**6  # pg/mg in g/kg
_THINNER = {FLUID: 1000, SOLID: 1}  # nmol/L times g/mol is ng/L; pmol/mg times g/mol is pg/mg


def over(rate: Quantity, lasted: Duration) -> Quantity:
    """The dose that a rate makes in the time for which it was given."""
    found = derived(lasting(rate.value, lasted.seconds), OF_RATE[rate.base])
    return evolve(found, read_as=f"{rate} over {lasted} read as {found}")


def lasting(rate: T, seconds: T) -> T:
    """Millionths of mg/h (mg/kg/h) as millionths of mg (mg/kg), of whole numbers or of arrays of them."""
    found: T = (2 * rate * seconds + SECONDS["h"]) // (2 * SECONDS["h"])  # type: ignore[operator, assignment]
    return found


def by_mass(molar: Quantity, base: str, mass: int, of: str, source: str) -> Quantity:
    """A molar concentration of an analyte as one of mass; `mass` is in millionths of g/mol, and `source` says so."""
    found = derived(weighed(molar.value, mass, base), base)
    mass_said = f"molar mass {figure(mass)} g/mol, {source}"
    return evolve(found, read_as=f"{molar} of {of} read as {found} ({mass_said})")


def in_mass(given: Quantity, bases: Sequence[str]) -> Quantity:
    """A part by mass that was read before its specimen was known, `g/kg`, in the unit of the specimen."""
    if given.base == SOLID and PER_MILLE in bases:
        return derived(given.value // _PARTS_PER_MILLE, PER_MILLE)
    return given


def by_volume(given: Quantity, density: int, of: str, source: str) -> Quantity:
    """A concentration, `g/kg` or `g/210L`, in ng/mL; the `density` is in millionths of g/mL, and `source` says so."""
    if given.base == PER_BREATH:
        return derived((given.value * 10**6 + 105) // 210, FLUID)
    found = derived(given.value * density, FLUID)
    litre = f"{figure(found.value // 10**6)} g/L"
    return evolve(found, read_as=f"{given} of {of} read as {litre} (density {figure(density)} g/mL, {source})")


def weighed(molar: T, mass: T, base: str) -> T:
    """Millionths of nmol/L (pmol/mg) as millionths of ng/mL (pg/mg), of whole numbers or of arrays of them."""
    parts = ONE * _THINNER[base]
    found: T = (2 * molar * mass + parts) // (2 * parts)  # type: ignore[operator]
    return found
