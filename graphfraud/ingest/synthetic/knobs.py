"""The knobs of a simulated world, and the presets that set them (presets/*.toml).

A preset is plain data: a table for every section below, `[trades.NAME]` and `[styles.NAME]` for as many kinds of honest
trade and of ring as it wants. `--knob rings.shared=0.2` or `--knob styles.fast.cash=0.9` changes one value.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from importlib import resources
from typing import Any, TypeVar

import numpy as np

from graphfraud.errors import UsageError

T = TypeVar("T")


@dataclass(frozen=True)
class People:
    """Who lives in the world.

    strata      shares of the bank's persons without a trade: worker, migrant, student, retired, juggler
    outside     share of all accounts that belong to other banks; `shops` is that of merchants
    second      share of holders with a second account; `new` of accounts opened during the world
    age_days, savings, spread   medians of an account's age and opening balance (yuan); spread of activity (log)
    """

    strata: Mapping[str, float]
    outside: float
    shops: float
    second: float
    new: float
    age_days: float
    savings: float
    savings_spread: float
    spread: float


@dataclass(frozen=True)
class Honest:
    """What everybody does, per account and 30 days, and how people who are not guilty pass money on.

    shop, wallet, wallet_back, bills, friends, own, cash, deposits   payments per account and 30 days
    friend_amount, friend_spread, round     median yuan, log spread, share of round amounts among persons
    once           of the payments among persons: to somebody never paid before or after
    friends_outside  of the pairs of friends: one of the two is at another bank
    pass_on, pass_hours   share of what comes from a person that goes on to another, and the median delay
    juggled        of a juggler's income: gone within the hour
    crews, dues, feasts   foremen, collectors of dues, and feasts with gifts, per 1,000 persons
    """

    shop: float
    wallet: float
    wallet_back: float
    bills: float
    friends: float
    own: float
    cash: float
    deposits: float
    friend_amount: float
    friend_spread: float
    round: float
    once: float
    friends_outside: float
    pass_on: float
    pass_hours: float
    juggled: float
    crews: float
    dues: float
    feasts: float


@dataclass(frozen=True)
class Trade:
    """An honest trade that looks like a mule: strangers pay in, most of it goes on within hours.

    share      of the bank's persons; `income` payments per 30 days of median `amount` yuan
    source     strangers (half of them at other banks where there are any) | pooled | outside
    pass_on    share of the payments that are passed on, after `hours`, `low` to `high` of the amount
    to         supplier | outside | person: who gets it; each has `partners` of them
    """

    share: float
    income: float
    amount: float
    spread: float
    source: str
    pass_on: float
    hours: float
    low: float
    high: float
    to: str
    partners: int


@dataclass(frozen=True)
class Identifiers:
    """Devices, phones, addresses.

    family     devices shared with a relative, per person; `rotated` further devices of a holder
    phones     accounts with a phone; `tablets` devices of shops and agents per 1,000 persons
    neighbours addresses shared with a neighbour; `campus` students on a campus address; `nat` carriers' addresses
    """

    family: float
    rotated: float
    phones: float
    tablets: float
    neighbours: float
    campus: float
    nat: int


@dataclass(frozen=True)
class Rings:
    """Rings are born at any day from `first_day` (before the world where below 0) to `last_day` before the end.

    per_1000       rings per 1,000 accounts; `size` median and `size_spread` of the members at the bank
    shared         rings whose members share devices; `pod` of them share one; `phones` share a phone as well
    dormant        members that never move anything; `outside` members at other banks per member
    fresh          mules whose account was opened within `fresh_days` before they joined
    camouflage     mules that keep their honest life; the others keep a third of it
    recruit_days   mean days from the ring's birth until a member joins; the first of every layer is there at once
    in_use_days    how long a member is used before another takes his place; `probes` small test payments a member
    """

    per_1000: float
    first_day: int
    last_day: int
    size: float
    size_spread: float
    shared: float
    pod: int
    phones: float
    dormant: float
    outside: float
    fresh: float
    fresh_days: float
    camouflage: float
    recruit_days: float
    in_use_days: float
    probes: float


@dataclass(frozen=True)
class Cases:
    """per_ring cases over a ring's life of about `life_days`; `victims` a case and `payments` of each, of `loss` yuan.

    victims_outside  victims who bank elsewhere
    reported, delay_hours, delay_spread   share of the cases that come to the police, and when after the payment
    anywhere         payments of victims that go to any active member instead of a collector
    deeper           referrals that also name the account below; `unnamed` do not say who the victim is
    abandoned        mules that are not used again once referred
    wrong, withdrawn share of the referrals that name a bystander; that are withdrawn later
    fed              whether the withdrawal is in the feed (else only in the truth)
    """

    per_ring: float
    life_days: float
    victims: float
    payments: float
    loss: float
    loss_spread: float
    victims_outside: float
    reported: float
    delay_hours: float
    delay_spread: float
    anywhere: float
    deeper: float
    unnamed: float
    abandoned: float
    wrong: float
    withdrawn: float
    fed: bool


@dataclass(frozen=True)
class Style:
    """How a ring moves money.

    weight         share of the rings; `layers` at most that many, at least two
    hours, spread  median delay and its log spread; `slow` share of hops that take `slow_days` instead (trusted relays)
    low, high      share of what came in that goes on; the rest is kept
    fan_out        mean number of payees of a hop; `gather_hours` > 0 pools what comes in over so long before it moves
    round          share of round amounts
    cash, shop, front   how money leaves at the end: drawn by couriers, spent in shops, through a front's suppliers;
                   the rest goes to other banks, payment companies and sellers in good faith
    """

    weight: float
    layers: int
    hours: float
    spread: float
    slow: float
    slow_days: float
    low: float
    high: float
    fan_out: float
    gather_hours: float
    round: float
    cash: float
    shop: float
    front: float


@dataclass(frozen=True)
class Knobs:
    """Everything that a world is made from, beside its seed and size."""

    people: People
    honest: Honest
    identifiers: Identifiers
    rings: Rings
    cases: Cases
    trades: Mapping[str, Trade]
    styles: Mapping[str, Style]


@dataclass(frozen=True)
class Plan:
    """A world to be made; equal plans give equal files, byte for byte."""

    kind: str
    knobs: Knobs
    seed: int
    accounts: int
    days: int = 120

    def __post_init__(self) -> None:
        if self.accounts < 1_000 or self.days < 30:
            raise UsageError("a world needs at least 1,000 accounts and 30 days")

    @property
    def horizon(self) -> int:
        """Length of the world in seconds."""
        return self.days * 86_400

    def random(self, part: int) -> np.random.Generator:
        """The generator of one part of the world: parts do not disturb each other."""
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence([self.seed, part])))


_SECTIONS = {"people": People, "honest": Honest, "identifiers": Identifiers, "rings": Rings, "cases": Cases}
_FOLDER = resources.files("graphfraud.ingest.synthetic") / "presets"


def kinds() -> tuple[str, ...]:
    """Names of the presets."""
    return tuple(sorted(f.name.removesuffix(".toml") for f in _FOLDER.iterdir() if f.name.endswith(".toml")))


def preset(kind: str, changes: Sequence[str] = ()) -> Knobs:
    """The knobs of a preset with `section.name=value` changes. Raises UsageError for unknown ones."""
    if kind not in kinds():
        raise UsageError(f"there is no kind of world {kind!r}; there are: {', '.join(kinds())}")
    table = tomllib.loads((_FOLDER / f"{kind}.toml").read_text(encoding="utf-8"))
    found = Knobs(
        **{name: section(**table[name]) for name, section in _SECTIONS.items()},
        trades={name: Trade(**row) for name, row in table["trades"].items()},
        styles={name: Style(**row) for name, row in table["styles"].items()},
    )
    for change in changes:
        name, _, text = change.partition("=")
        found = _changed(found, name.strip().split("."), text.strip(), change)
    return found


def _changed(at: T, path: Sequence[str], text: str, change: str) -> T:
    """A copy in which one value is another."""
    mapping = isinstance(at, Mapping)
    names = list(at) if isinstance(at, Mapping) else [f.name for f in fields(at)]  # type: ignore[arg-type]
    if not path or path[0] not in names:
        raise UsageError(f"--knob {change}: {'.'.join(path) or 'nothing'} is not known; there are: {', '.join(names)}")
    old: Any = at[path[0]] if isinstance(at, Mapping) else getattr(at, path[0])
    new = _value(old, text, change) if len(path) == 1 else _changed(old, path[1:], text, change)
    return {**at, path[0]: new} if mapping else replace(at, **{path[0]: new})  # type: ignore[dict-item,return-value,type-var]


def _value(old: object, text: str, change: str) -> object:
    """The text as what the value was before. Raises UsageError."""
    try:
        if isinstance(old, bool):
            return {"true": True, "false": False}[text.lower()]
        if isinstance(old, int | float):
            return type(old)(float(text))
        if isinstance(old, str):
            return text
    except (KeyError, ValueError) as exc:
        raise UsageError(f"--knob {change}: {text!r} is not a {type(old).__name__}") from exc
    raise UsageError(f"--knob {change}: name one value, for example rings.shared=0.2")


def as_data(knobs: Knobs) -> dict[str, Any]:
    """The knobs as JSON data."""
    return asdict(knobs)
