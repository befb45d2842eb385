"""Windowed indicators against plain Python that tries every window, on random worlds."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import cache
from itertools import accumulate, combinations

import indicator_world
import pytest
from indicator_world import T, World

from graphfraud.core.clock import DAY, HOUR, MINUTE, SHANGHAI_OFFSET
from graphfraud.settings import Settings

Move = tuple[int, str, str, int]  # time, payer, payee, fen; '' is the cash desk
EPOCH = date(1970, 1, 1)
WINDOW = T - 30 * DAY


def random_world(seed: int) -> World:
    """Few accounts, much traffic, amounts from a short list: patterns and their near misses abound."""
    rng = random.Random(seed)
    world = World()
    names = [world.account(f"a{i:02d}", holder_id=f"h{i // 2:02d}") for i in range(24)]
    for _ in range(900):
        payer, payee = rng.sample(names, 2)
        time = T - rng.randrange(40 * DAY) // MINUTE * MINUTE
        yuan = rng.choice([5, 10, 900, 1_000, 1_050, 1_200, 3_000, 9_000, 50_000, 60_000])
        world.pay(time, payer, payee, yuan, rng.choice([0] * 9 + [1]))
        if rng.random() < 0.5:  # the money goes on soon
            world.pay(time + rng.randrange(90) * MINUTE, payee, rng.choice([n for n in names if n != payee]), yuan)
        if rng.random() < 0.4:
            world.withdraw(time + rng.randrange(200) * MINUTE, payee, yuan, rng.choice(["t1", "t2"]))
    _episodes(world, rng, names)
    _people(world, rng)
    world.moves = [m for m in world.moves if m[0] <= T]
    return world


def _episodes(world: World, rng: random.Random, names: list[str]) -> None:
    """Accounts with one gathering or scattering each, near the thresholds; crowds at one cash machine."""
    for i in range(40):
        start, many = T - rng.randrange(5, 36) * DAY, rng.randrange(2, 5)
        forward, factor = rng.random() < 0.5, rng.choice([0.85, 0.92, 1.0, 1.08, 1.15])
        for k in range(many + 1):
            other, inward = rng.choice(names), (k < many) == forward
            yuan = 4_000.0 if k < many else many * 4_000 * (factor if forward else 1 / factor)
            payer, payee = (other, f"e{i:02d}") if inward else (f"e{i:02d}", other)
            world.pay(start + k * rng.randrange(3) * DAY + k * HOUR, payer, payee, yuan)
    for _ in range(12):
        start = T - rng.randrange(40 * DAY) // MINUTE * MINUTE
        for account in rng.sample(names, rng.randrange(2, 5)):
            world.withdraw(start + rng.randrange(15) * MINUTE, account, 2_000, "t3")


def _people(world: World, rng: random.Random) -> None:
    """Balances, branches, openings, phones and rings."""
    for i, (name, columns) in enumerate(world.accounts.items()):
        columns["opening_balance"] = rng.choice([None, 0, 100_000, 20_000_000])
        columns["open_time"] = T - rng.randrange(60 * DAY)
        columns["branch"] = rng.choice(["b1", "b2", "b3"])
        world.rings.append((f"R{i % 6}", name, rng.random() < 0.2))
        for k in range(rng.randrange(3)):
            world.use(name, "phone", f"{name}-{k}", T - rng.randrange(40 * DAY))
    for i in range(30):
        for k in range(3):
            when = T - rng.randrange(20) * DAY
            world.account(f"p{i:02d}{k}", holder_id=f"p{i:02d}", open_time=when, branch=rng.choice(["b1", "b2", "b3"]))


def valid(world: World) -> list[Move]:
    return sorted((t, p, q, a) for t, p, q, a, tag, _ in world.moves if tag == 0)


#: Days off and worked in early 2026, from the notice: Spring Festival and Tomb Sweeping.
OFF = {date(2026, 2, d) for d in (16, 17, 18, 19, 20, 23)}
WORKED = {date(2026, 2, 14), date(2026, 2, 28)}


def works(day: date) -> bool:
    return day in WORKED or (day.weekday() < 5 and day not in OFF)


@cache
def working_day(day: int) -> int:
    """Working days before a day, counted one by one from 2026-01-05; a day off has the number of the next."""
    today, start = EPOCH + timedelta(days=day), date(2026, 1, 5)
    return sum(works(start + timedelta(days=i)) for i in range((today - start).days))


def weekday_number(time: int) -> int:
    return working_day((time + SHANGHAI_OFFSET) // DAY)


def gather(world: World, forward: bool) -> dict[str, int]:
    result: dict[str, int] = {}
    moves = valid(world)
    for account in world.accounts:
        mine = [(weekday_number(t), q == account, a) for t, p, q, a in moves if account in (p, q) and t > WINDOW]
        floor = weekday_number(WINDOW)
        mine = [m for m in mine if m[0] > floor]
        for last in {m[0] for m in mine}:
            span = [m for m in mine if last - 4 <= m[0] <= last]
            came, went = [a for _, i, a in span if i], [a for _, i, a in span if not i]
            many, few = (came, went) if forward else (went, came)
            level = 9 * sum(came) < 10 * sum(went) < 11 * sum(came)
            if len(many) >= 3 and len(few) >= 1 and 3 * len(few) <= len(many) and sum(came) >= 1_000_000 and level:
                result[account] = max(result.get(account, 0), len(many))
    return result


def burst(world: World) -> dict[str, int]:
    result: dict[str, int] = {}
    moves = valid(world)
    for account in world.accounts:
        credits = [(t, a) for t, p, q, a in moves if q == account and p and t > WINDOW]
        for end, _ in credits:
            span = [a for t, a in credits if end - 60 * MINUTE <= t <= end]
            if len(span) >= 3 and sum(span) >= 500_000:
                result[account] = max(result.get(account, 0), len(span))
    return result


def quick(world: World) -> dict[str, int]:
    """A debit counts if any credit of enough came in the 30 minutes before it."""
    result: dict[str, int] = defaultdict(int)
    order = sorted((m[0], i, *m[1:4]) for i, m in enumerate(world.moves) if m[4] == 0)
    large = [m for m in order if m[4] >= 5_000_000 and m[0] > WINDOW]
    for time, i, payer, _, _ in large:
        if payer and any(q == payer and (t, j) < (time, i) and time - t <= 30 * MINUTE for t, j, _, q, _ in large):
            result[payer] += 1
    return dict(result)


def similar(world: World) -> dict[str, int]:
    pairs: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for t, p, q, a in valid(world):
        if p and q and a >= 100_000 and t > WINDOW:
            pairs[p, q].append((weekday_number(t), a))
    result: dict[str, int] = {}
    for pair, moves in pairs.items():
        for last in {d for d, _ in moves}:
            span = [a for d, a in moves if last - 4 <= d <= last]
            if len(span) >= 2 and max(span) * 10 <= min(span) * 11:
                for account in pair:
                    result[account] = max(result.get(account, 0), len(span))
    return result


def probes(world: World) -> dict[str, int]:
    result: dict[str, int] = {}
    order = sorted((m[0], i, *m[1:5]) for i, m in enumerate(world.moves) if m[1] and m[2])
    for time, i, p, q, a, tag in order:
        first = min((t, j) for t, j, x, y, _, _ in order if (x, y) == (p, q)) == (time, i)
        if not first or a > 1_000 or tag or time <= WINDOW:
            continue
        for t, j, x, y, large, tag_ in order:
            soon = (t, j) > (time, i) and t <= time + 24 * HOUR
            if (x, y) == (p, q) and soon and not tag_ and large >= 100 * a:
                result[q] = max(result.get(q, 0), large)
    return result


def strangers(world: World) -> dict[str, int]:
    result = {}
    moves = valid(world)
    for account in world.accounts:
        inflow = sum(a for t, _, q, a in moves if q == account and t > WINDOW)
        payers = [p for _, p, q, _ in moves if q == account and p]
        once = [(p, a) for t, p, q, a in moves if q == account and p and t > WINDOW and payers.count(p) == 1]
        money = sum(a for _, a in once)
        if inflow >= 1_000_000 and len(once) >= 3 and money * 10 >= inflow * 2:
            result[account] = money * 1_000_000 // inflow
    return result


def terminals(world: World) -> dict[str, int]:
    taken = [(m[0], m[1], m[5]) for m in world.moves if not m[2] and m[3] >= 200_000 and m[0] > WINDOW and m[5]]
    result: dict[str, int] = {}
    for end, _, place in taken:
        span = [(t, a) for t, a, p in taken if p == place and end - 10 * MINUTE <= t <= end]
        holders = len({world.holder(a) for _, a in span})
        if holders >= 3:
            for _, account in span:
                result[account] = max(result.get(account, 0), holders)
    return result


def lots(world: World) -> Iterable[tuple[str, int, int, int, bool]]:
    """LIFO by hand over all moves: (account, amount, time in, time out, both valid)."""
    stacks: dict[str, list[list[int]]] = defaultdict(list)
    for time, i in sorted((m[0], i) for i, m in enumerate(world.moves)):
        _, payer, payee, amount, tag, _ = world.moves[i]
        left = amount
        while payer and left and stacks[payer]:
            lot = stacks[payer][-1]
            part = min(left, lot[1])
            yield payer, part, lot[0], time, tag == 0 and lot[2] == 0
            left -= part
            lot[1] -= part
            if not lot[1]:
                stacks[payer].pop()
        if payee:
            stacks[payee].append([time, amount, tag])


def passed(world: World) -> dict[str, int]:
    result = {}
    moves, parts = valid(world), list(lots(world))
    for account in world.accounts:
        inflow = sum(a for t, _, q, a in moves if q == account and t > WINDOW)
        out = sum(x for a, x, i, o, ok in parts if a == account and ok and i > WINDOW and o - i <= 24 * HOUR)
        if inflow >= 5_000_000 and out * 100 >= inflow * 40:
            result[account] = out * 1_000_000 // inflow
    return result


def dwell(world: World) -> dict[str, int]:
    """The stay of the fen in the middle when all fen that left are laid out by their stay."""
    result = {}
    parts = list(lots(world))
    for account in world.accounts:
        stays = sorted((o - i, x) for a, x, i, o, ok in parts if a == account and ok and o > WINDOW)
        whole = sum(x for _, x in stays)
        fast = sum(x for d, x in stays if d < 60 * MINUTE)
        if whole < 1_000_000 or 2 * fast < whole:
            continue
        ends = list(accumulate(x for _, x in stays))
        result[account] = stays[bisect_left(ends, (whole + 1) // 2)][0]
    return result


def midnights(world: World, account: str) -> dict[int, int]:
    """Balance at every midnight of the window, one move after the other."""
    mine = sorted((m[0], i) for i, m in enumerate(world.moves) if account in m[1:3])
    days = range((WINDOW + SHANGHAI_OFFSET) // DAY, (T + SHANGHAI_OFFSET) // DAY)
    held, done, result = int(world.accounts[account].get("opening_balance") or 0), 0, {}
    for day in days:
        while done < len(mine) and (mine[done][0] + SHANGHAI_OFFSET) // DAY <= day:
            _, _, payee, amount, _, _ = world.moves[mine[done][1]]
            held = held + amount if payee == account else max(held - amount, 0)
            done += 1
        result[day] = held
    return result


def evenings(world: World) -> dict[str, int]:
    result = {}
    moves = valid(world)
    for account, columns in world.accounts.items():
        if columns.get("opening_balance") is None:
            continue
        came: dict[int, int] = defaultdict(int)
        for t, _, q, a in moves:
            if q == account and t > WINDOW:
                came[(t + SHANGHAI_OFFSET) // DAY] += a
        left = midnights(world, account)
        low = sum(100 * left[day] <= 30 * a for day, a in came.items() if day in left)
        if len(came) >= 3 and sum(came.values()) >= 1_000_000 and 10 * low >= 3 * len(came):
            result[account] = low * 1_000_000 // len(came)
    return result


def turnovers(world: World) -> dict[str, int]:
    result = {}
    moves = valid(world)
    for account, columns in world.accounts.items():
        if columns.get("opening_balance") is None:
            continue
        turnover = sum(a for t, p, q, a in moves if account in (p, q) and t > WINDOW)
        left = midnights(world, account)
        held = max(sum(left.values()), 100 * len(left))
        if turnover >= 10_000_000 and turnover * len(left) >= 5 * held:
            result[account] = turnover * len(left) // held
    return result


def overlaps(world: World) -> dict[str, int]:
    paid: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for t, p, q, a in valid(world):
        if p and q and t > T - 3 * DAY:
            paid[p][q] += a
    payees = {p: {q for q, a in sums.items() if a >= 10_000} for p, sums in paid.items()}
    crowd = {q for q in world.accounts if sum(q in some for some in payees.values()) > 6}
    payees = {p: some - crowd for p, some in payees.items()}
    result: dict[str, int] = {}
    for a, b in combinations(sorted(payees), 2):
        shared, whole = len(payees[a] & payees[b]), len(payees[a] | payees[b])
        if world.holder(a) != world.holder(b) and shared >= 2 and 5 * shared >= whole:
            result |= {x: max(result.get(x, 0), shared) for x in (a, b)}
    return result


def insync(world: World) -> dict[str, int]:
    result: dict[str, int] = {}
    parts = list(lots(world))
    for ring in {r for r, _, _ in world.rings}:
        firm = {a for r, a, loose in world.rings if r == ring and not loose}
        at = [(o, a) for a, x, i, o, ok in parts if a in firm and ok and x >= 100_000 and WINDOW < o <= i + 24 * HOUR]
        for end, _ in at:
            span = {a for t, a in at if end - 12 * HOUR <= t <= end}
            if len(span) >= 3 and 100 * len(span) >= 35 * len(firm):
                result |= {a: max(result.get(a, 0), len(span)) for a in span}
    return result


def roaming(world: World) -> dict[str, int]:
    result: dict[str, int] = {}
    for holder in {world.holder(a) for a in world.accounts}:
        mine = {a: c for a, c in world.accounts.items() if world.holder(a) == holder and c.get("branch")}
        number = {a: weekday_number(c["open_time"]) for a, c in mine.items()}
        for last in number.values():
            span = [a for a in mine if last - 4 <= number[a] <= last]
            branches = len({mine[a]["branch"] for a in span})
            if branches >= 3:
                result |= {a: max(result.get(a, 0), branches) for a in span}
    return result


def opened_together(world: World) -> dict[str, int]:
    result: dict[str, int] = {}
    for ring in {r for r, _, _ in world.rings}:
        firm = [a for r, a, loose in world.rings if r == ring and not loose]
        known = [(world.accounts[a]["branch"], world.accounts[a]["open_time"], a) for a in firm]
        for branch, end, _ in known:
            last = (end + SHANGHAI_OFFSET) // DAY
            span = {a for b, t, a in known if b == branch and last - 19 <= (t + SHANGHAI_OFFSET) // DAY <= last}
            if len(span) >= 2 and 10 * len(span) >= 4 * len(firm):
                result |= {a: max(result.get(a, 0), len(span)) for a in span}
    return result


def contacts(world: World) -> dict[str, int]:
    result: dict[str, int] = {}
    moves = valid(world)
    for account in world.accounts:
        seen = [t for a, kind, _, t in world.uses if (a, kind) == (account, "phone")]
        for at in seen:
            if at > min(seen) and at > WINDOW:
                span = [(q == account, a) for t, p, q, a in moves if account in (p, q) and at <= t <= at + 72 * HOUR]
                value = max(sum(a for inward, a in span if inward == side) for side in (True, False))
                if value >= 10_000_000:
                    result[account] = max(result.get(account, 0), value)
    return result


#: indicator → (reference, overrides that make hits and misses equally common in these worlds)
REFERENCES: dict[str, tuple[Callable[[World], dict[str, int]], dict[str, int]]] = {
    "gather_scatter": (lambda w: gather(w, True), {}),
    "scatter_gather": (lambda w: gather(w, False), {}),
    "burst_hour": (burst, {"min_credits": 3}),
    "in_out_30min": (quick, {}),
    "pair_similar": (similar, {"min_count": 2}),
    "probe_then_large": (probes, {}),
    "one_time_payers": (strangers, {"share_e6": 200_000, "min_payers": 3}),
    "terminal_cards": (terminals, {}),
    "out_24h": (passed, {"share_e6": 400_000}),
    "short_dwell": (dwell, {}),
    "day_end_low": (evenings, {"share_e6": 300_000, "days_e6": 300_000}),
    "turnover_balance": (turnovers, {"factor": 5}),
    "payee_overlap": (overlaps, {"window_days": 3, "min_shared": 2, "jaccard_e6": 200_000, "max_payers": 6}),
    "synchrony_active": (insync, {"hours": 12, "share_e6": 350_000}),
    "synchrony_opening": (opened_together, {"days": 20, "share_e6": 400_000, "min_members": 2}),
    "opening_branches": (roaming, {}),
    "contact_change": (contacts, {}),
}
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[World, dict[str, dict[str, int]]]]:
    settings = Settings(indicators={name: overrides for name, (_, overrides) in REFERENCES.items()})
    found = {}
    for seed in SEEDS:
        world = random_world(seed)
        table = indicator_world.run(world, tmp_path_factory.mktemp("facts"), settings)["indicator_hits"]
        hits: dict[str, dict[str, int]] = defaultdict(dict)
        for row in table.to_pylist():
            hits[row["indicator_id"]][row["account_id"]] = row["value"]
        found[seed] = (world, hits)
    return found


@pytest.mark.parametrize("indicator", REFERENCES)
def test_same_hits_as_plain_python(results: dict[int, tuple[World, dict[str, dict[str, int]]]], indicator: str) -> None:
    reference = REFERENCES[indicator][0]
    hits = misses = 0
    for world, found in results.values():
        expected = reference(world)
        assert found.get(indicator, {}) == expected
        hits += len(expected)
        misses += len(world.accounts) - len(expected)
    assert hits >= 3
    assert misses >= 3
