"""Cases for every indicator on both sides of every threshold, all in one world made by hand.

Accounts are named `<prefix>.<case>`; the expected hits of an indicator among the accounts of its prefix were worked out
by hand from the header of its file. Everything else in the prefix is a near miss.
"""

from __future__ import annotations

import indicator_cases_held as held
from indicator_world import T, World, ago, day

from graphfraud.core.clock import DAY, HOUR, MINUTE, SECOND
from graphfraud.core.snapshot import FEE, OWN
from graphfraud.settings import LinkSettings, Settings


def cards_same_holder(w: World) -> dict[str, int]:
    opened = {
        "hit": [day(-3), day(0), day(3)],  # Friday, Monday, Thursday: five working days
        "weekend": [day(-2), day(-1), day(4)],  # a weekend counts with its Monday
        "sixth": [day(-3), day(0), day(4)],
        "two": [day(0), day(1)],
        "long_ago": [ago(91), ago(91), ago(91)],
        "company": [day(0), day(0), day(0)],
        "unknown": [day(0), day(0), day(0)],
    }
    for name, times in opened.items():
        for i, time in enumerate(times):
            kind = "company" if name == "company" else "person"
            holder = None if name == "unknown" else f"cards-{name}"
            w.account(f"cards.{name}{i}", open_time=time, holder_id=holder, holder_type=kind)
    return {f"cards.{name}{i}": 3 for name in ("hit", "weekend") for i in range(3)}


def agent_burst(w: World) -> dict[str, int]:
    plan = {"hit": [4, 3, 3], "nine": [3, 3, 3], "four_days": [1, 3, 3, 3]}
    for name, counts in plan.items():
        for d, count in enumerate(counts):
            for i in range(count):
                w.account(f"agent.{name}.{d}.{i}", open_time=day(d), agent_id=f"agent-{name}")
    return {f"agent.hit.{d}.{i}": 10 for d, count in enumerate(plan["hit"]) for i in range(count)}


def _sharing(w: World, prefix: str, kind: str) -> dict[str, int]:
    for i in range(3):
        w.use(f"{prefix}.hit{i}", kind, f"{prefix}-hit")
        w.account(f"{prefix}.same{i}", holder_id=f"{prefix}-{min(i, 1)}")
        w.use(f"{prefix}.same{i}", kind, f"{prefix}-same")  # three accounts of two holders
        w.use(f"{prefix}.ip{i}", "ip", f"{prefix}-ip")
        w.account(f"{prefix}.company{i}", holder_type="company")
        w.use(f"{prefix}.company{i}", kind, f"{prefix}-company")
    for i in range(2):
        w.use(f"{prefix}.two{i}", kind, f"{prefix}-two")
    for i in range(6):
        w.use(f"{prefix}.hub{i}", kind, f"{prefix}-hub")  # the cap is 5 in this world
    return {f"{prefix}.hit{i}": 3 for i in range(3)}


def phone_holders(w: World) -> dict[str, int]:
    return _sharing(w, "phone", "phone")


def device_holders(w: World) -> dict[str, int]:
    w.use("device.mac", "mac", "m")
    for i in range(4):
        w.use(f"device.mac{i}", "mac", "m")
    return _sharing(w, "device", "device") | {"device.mac": 5} | {f"device.mac{i}": 5 for i in range(4)}


def young_large(w: World) -> dict[str, int]:
    for name in ("single", "below", "total", "total_below", "own"):
        w.account(f"young.{name}", open_time=ago(29))
    w.account("young.old", open_time=ago(30))
    w.account("young.company", open_time=ago(29), holder_type="company")
    for name in ("single", "old", "company"):
        w.pay(ago(5), "young-payer", f"young.{name}", 200_000)
    w.pay(ago(5), "young-payer", "young.below", 199_999.99)
    w.pay(ago(5), "young-payer", "young.own", 200_000, OWN)
    for i, yuan in enumerate((199_000, 199_000, 102_000)):
        w.pay(ago(5, i), "young-payer", "young.total", yuan)
        w.pay(ago(5, i), "young-payer", "young.total_below", yuan - 0.01)
    return {"young.single": 20_000_000, "young.total": 50_000_000}


def idle_then_inflow(w: World) -> dict[str, int]:
    for name in ("hit", "below", "active", "fee"):
        w.account(f"idle.{name}", open_time=ago(400))
        w.pay(ago(300), "idle-payer", f"idle.{name}", 1)
        w.pay(ago(3), "idle-payer", f"idle.{name}", 49_999.99 if name == "below" else 50_000)
    w.account("idle.new", open_time=ago(186))
    w.pay(ago(3), "idle-payer", "idle.new", 50_000)
    w.pay(ago(100), "idle.active", "idle-payer", 1)
    w.pay(ago(100), "idle.fee", "idle-payer", 1, FEE)  # a fee is no activity
    return {"idle.hit": 5_000_000, "idle.fee": 5_000_000}


def out_24h(w: World) -> dict[str, int]:
    plan = {"hit": 45_000, "below": 44_999.99, "fee": 45_000, "later": 45_000, "small": 49_000}
    for name, out in plan.items():
        w.pay(day(2), "out-payer", f"out.{name}", 49_999 if name == "small" else 50_000)
        late = SECOND if name == "later" else 0
        w.pay(day(3) + late, f"out.{name}", "out-payee", out, FEE if name == "fee" else 0)
    w.account("out.merchant", merchant=True)
    w.pay(day(2), "out-payer", "out.merchant", 50_000)
    w.pay(day(2, 13), "out.merchant", "out-payee", 50_000)
    w.account("out.savings", opening_balance=10_000_000)  # spends what it had before, not what came in
    w.pay(day(2), "out.savings", "out-payee", 50_000)
    w.pay(day(2, 13), "out-payer", "out.savings", 50_000)
    return {"out.hit": 900_000}


def in_out_30min(w: World) -> dict[str, int]:
    for name, minutes, out in (("hit", 30, 50_000), ("late", 31, 50_000), ("below", 5, 49_999.99)):
        w.pay(day(1), "quick-payer", f"quick.{name}", 50_000)
        w.pay(day(1) + minutes * MINUTE, f"quick.{name}", "quick-payee", out)
    w.pay(day(1), "quick.before", "quick-payee", 50_000)
    w.pay(day(1) + MINUTE, "quick-payer", "quick.before", 50_000)
    for i in range(2):
        w.pay(day(1, 14 + i), "quick-payer", "quick.twice", 50_000)
        w.pay(day(1, 14 + i) + MINUTE, "quick.twice", "quick-payee", 50_000)
    return {"quick.hit": 1, "quick.twice": 2}


def short_dwell(w: World) -> dict[str, int]:
    for name, fast, slow, minutes in (
        ("hit", 6_000, 4_000, 10),
        ("half", 5_000, 5_000, 59),
        ("minority", 4_999.99, 5_000.01, 10),
        ("hour", 10_000, 0, 60),
        ("small", 5_000, 4_999.99, 10),
    ):
        w.pay(day(0), "dwell-payer", f"dwell.{name}", fast)
        w.pay(day(0) + minutes * MINUTE, f"dwell.{name}", "dwell-payee", fast)
        if slow:
            w.pay(day(1), "dwell-payer", f"dwell.{name}", slow)
            w.pay(day(1, 17), f"dwell.{name}", "dwell-payee", slow)
    return {"dwell.hit": 10 * MINUTE, "dwell.half": 59 * MINUTE}


def in_out_even(w: World) -> dict[str, int]:
    for name, came, went in (("hit", 51_000, 49_000), ("edge", 52_500, 47_500), ("small", 50_000, 49_999.98)):
        w.pay(day(0), "even-payer", f"even.{name}", came)
        w.pay(day(3), f"even.{name}", "even-payee", went / 2)
        w.withdraw(day(4), f"even.{name}", went / 2)
    return {"even.hit": 20_000}


def _gathering(w: World, prefix: str, forward: bool) -> dict[str, int]:
    """name: days and amounts of the many, day and amounts of the few."""
    plan = {
        "hit": ((0, 1, 2), 4_000, 4, (11_000,)),
        "two": ((0, 1), 6_000, 4, (11_000,)),
        "ratio": ((0, 1, 2), 4_000, 4, (5_500, 5_500)),
        "sixth": ((0, 1, 2), 4_000, 7, (11_000,)),
        "friday": ((-3, 0, 1), 4_000, 3, (11_000,)),
    }
    edge = (10_800.01, 10_800) if forward else (13_333.33, 13_333.34)  # O strictly between 0.9 and 1.1 of I
    plan |= {"edge_in": ((0, 1, 2), 4_000, 4, (edge[0],)), "edge_out": ((0, 1, 2), 4_000, 4, (edge[1],))}
    plan["small"] = ((0, 1, 2), 3_333, 4, (9_500,))
    for name, (days, many, last, few) in plan.items():
        moves = [(d, many, forward) for d in days] + [(last, yuan, not forward) for yuan in few]
        for d, yuan, inward in moves:
            other, mine = f"{prefix}-other{d}", f"{prefix}.{name}"
            w.pay(day(d), other if inward else mine, mine if inward else other, yuan)
    return {f"{prefix}.{name}": 3 for name in ("hit", "friday", "edge_in")}


def gather_scatter(w: World) -> dict[str, int]:
    return _gathering(w, "gather", True)


def scatter_gather(w: World) -> dict[str, int]:
    return _gathering(w, "scatter", False)


def pair_similar(w: World) -> dict[str, int]:
    plan = {
        "hit": ((0, 1_000), (2, 1_050), (4, 1_100)),
        "wide": ((0, 1_000), (2, 1_050), (4, 1_100.01)),
        "two": ((0, 1_000), (1, 1_000)),
        "sixth": ((0, 1_000), (2, 1_000), (7, 1_000)),
        "small": ((0, 999), (1, 999), (2, 999)),
        "own": ((0, 1_000), (1, 1_000), (2, 1_000)),
    }
    for name, moves in plan.items():
        for d, yuan in moves:
            w.pay(day(d), f"pair.{name}.payer", f"pair.{name}.payee", yuan, OWN if name == "own" else 0)
    return {"pair.hit.payer": 3, "pair.hit.payee": 3}


def probe_then_large(w: World) -> dict[str, int]:
    plan = {
        "hit": (10, 1_000, 24 * HOUR),
        "probe": (10.01, 2_000, HOUR),
        "factor": (10, 999.99, HOUR),
        "late": (10, 1_000, 24 * HOUR + SECOND),
        "known": (10, 1_000, HOUR),
    }
    w.pay(ago(100), "probe-known", "probe.known", 50)
    for name, (probe, large, wait) in plan.items():
        w.pay(day(0), f"probe-{name}", f"probe.{name}", probe)
        w.pay(day(0) + wait, f"probe-{name}", f"probe.{name}", large)
    return {"probe.hit": 100_000}


def night_large(w: World) -> dict[str, int]:
    for name, yuan, hour in (("hit", 100_000, 5.99), ("below", 99_999.99, 2), ("six", 100_000, 6), ("habit", 1e5, 2)):
        w.pay(day(6, hour), "night-payer", f"night.{name}", yuan)
    w.pay(ago(20) + 2 * HOUR, "night.habit", "night-payer", 1)
    w.account("night.new", open_time=ago(59))
    w.pay(day(6, 2), "night-payer", "night.new", 100_000)
    w.pay(day(1, 2), "night-payer", "night.early", 100_000)  # 8 days before T: itself the habit
    return {"night.hit": 10_000_000}


def round_amounts(w: World) -> dict[str, int]:
    for name, rounds, others in (("hit", 3, 7), ("share", 3, 8), ("count", 2, 1)):
        for i in range(rounds + others):
            w.pay(day(0, i), "round-payer", f"round.{name}", 10_000 if i < rounds else 1_234)
    return {"round.hit": 300_000}


def just_below(w: World) -> dict[str, int]:
    plan = {
        "hit": [47_500, 47_500, 49_999.99, 190_000, 199_999.99],
        "four": [47_500] * 4,
        "margin": [47_499.99, *[47_500] * 4],
        "limit": [50_000, *[47_500] * 4],
    }
    for name, amounts in plan.items():
        for i, yuan in enumerate(amounts):
            w.pay(day(0, i), f"below.{name}", "below-payee", yuan)
    return {"below.hit": 5}


def burst_hour(w: World) -> dict[str, int]:
    plan = {
        "hit": ([0, 15, 30, 45, 60], 1_000),
        "slow": ([0, 15, 30, 45, 61], 1_000),
        "four": ([0, 15, 30, 45], 2_000),
        "small": ([0, 15, 30, 45, 60], 999),
    }
    for name, (minutes, yuan) in plan.items():
        for i, minute in enumerate(minutes):
            w.pay(day(0) + minute * MINUTE, f"burst-payer{i}", f"burst.{name}", yuan)
    return {"burst.hit": 5}


def inflow_surge(w: World) -> dict[str, int]:
    for name, past, now, when in (
        ("hit", 10_000, 50_000, 90),  # 10,000 in 60 days are 5,000 in 30
        ("factor", 10_001, 50_000, 90),
        ("small", 100, 49_999.99, 90),
        ("short", 10, 50_000, 59),  # only 29 days of past
        ("no_past", 0, 50_000, 90),
    ):
        if past:
            w.pay(ago(when), "surge-payer", f"surge.{name}", past)
        w.pay(day(3), "surge-payer", f"surge.{name}", now)
    return {"surge.hit": 5_000_000}


def one_time_payers(w: World) -> dict[str, int]:
    plan = {"hit": (5, 500), "share": (5, 600), "four": (4, 0), "known": (5, 0)}
    for name, (payers, repeated) in plan.items():
        for i in range(payers):
            w.pay(day(0, i), f"once-{name}{i}", f"once.{name}", 2_500 if name == "four" else 2_000)
        for i in range(2 if repeated else 0):
            w.pay(day(1, i), "once-repeated", f"once.{name}", repeated)
    w.pay(ago(100), "once-known0", "once.known", 1)
    return {"once.hit": 909_090}  # 10,000 of 11,000


def cash_after_credit(w: World) -> dict[str, int]:
    plan = {
        "hit": (5_000, 2_500, 120),
        "half": (5_000, 2_499.99, 120),
        "late": (5_000, 2_500, 121),
        "small": (4_999.99, 4_000, 10),
    }
    for name, (credit, cash, minutes) in plan.items():
        w.pay(day(0), "cashing-payer", f"cashing.{name}", credit)
        w.withdraw(day(0) + minutes * MINUTE, f"cashing.{name}", cash)
    w.moves.append((day(0), "", w.account("cashing.paid_in"), 500_000, 0, ""))
    w.withdraw(day(0, 13), "cashing.paid_in", 5_000)
    return {"cashing.hit": 250_000}


def terminal_cards(w: World) -> dict[str, int]:
    plan = {"hit": (0, 5, 10), "slow": (0, 5, 11), "same": (0, 5, 10), "small": (0, 5, 10)}
    for name, minutes in plan.items():
        for i, minute in enumerate(minutes):
            account = w.account(f"terminal.{name}{i}")
            if name == "same":
                w.account(account, holder_id=f"terminal-{min(i, 1)}")
            w.withdraw(day(0) + minute * MINUTE, account, 1_999.99 if name == "small" else 2_000, f"TM-{name}")
    return {f"terminal.hit{i}": 3 for i in range(3)}


def bridge_cases(w: World) -> dict[str, int]:
    for account, case in (("br1", "C1"), ("br2", "C2"), ("br3", "C1"), ("br4", "C1"), ("br4", "C2")):
        w.refer(account, case)
    w.refer("br5", "C3", referred_at=T + DAY)
    plan = {"hit": ("br1", "br2"), "case": ("br1", "br3"), "alone": ("br4",), "later": ("br1", "br5")}
    for name, payers in plan.items():
        for payer in payers:
            w.pay(day(0), payer, f"bridge.{name}", 100)
    for payer in ("br1", "br2"):
        w.pay(day(0), payer, "bridge.small", 99.99)
        w.pay(ago(31), payer, "bridge.before", 100)
    return {"bridge.hit": 2}


def loop_72h(w: World) -> dict[str, int]:
    plan = {
        "hit": (10_000, 8_000, 72),
        "kept": (10_000, 7_999.99, 72),
        "late": (10_000, 8_000, 73),
        "small": (9_999.99, 9_999.99, 72),
    }
    for name, (first, last, hours) in plan.items():
        a, b, c = (f"loop.{name}.{x}" for x in "abc")
        w.pay(day(0), a, b, first)
        w.pay(day(0) + HOUR, b, c, min(first, 9_000))
        w.pay(day(0) + hours * HOUR, c, a, min(last, 9_000))
    return {f"loop.hit.{x}": 800_000 for x in "abc"}


def relay_hops(w: World) -> dict[str, int]:
    plan = {
        "hit": (1_000, 800, 60),
        "kept": (1_000, 799.99, 60),
        "late": (1_000, 800, 61),
        "small": (999.99, 999.99, 60),
    }
    for name, (first, last, minutes) in plan.items():
        b, c = f"relay.{name}.b", f"relay.{name}.c"
        w.pay(day(0), "relay-source", b, first)
        w.pay(day(0) + HOUR, b, c, min(first, 900))
        w.pay(day(0) + HOUR + minutes * MINUTE, c, "relay-end", min(last, 900))
    w.pay(day(0), "relay-source", "relay.two.b", 1_000)  # only two payments
    w.pay(day(0, 12.5), "relay.two.b", "relay.two.c", 1_000)
    return {"relay.hit.b": 80_000, "relay.hit.c": 80_000}


def traced_share(w: World) -> dict[str, int]:
    w.account("traced.company", holder_type="company")
    for name, share in (("hit", 0.3), ("below", 0.299999), ("company", 1.0)):
        w.lineage[w.account(f"traced.{name}")] = share
    return {"traced.hit": 300_000}


def sanction_hit(w: World) -> dict[str, int]:
    w.account("sanction.held", holder_id="H-sanction")
    for name in ("own", "over", "later", "twice"):
        w.account(f"sanction.{name}")
    w.sanctions += [
        ("account", "sanction.own", T, None),
        ("holder", "H-sanction", ago(100), T + 1),
        ("account", "sanction.over", ago(100), T),
        ("account", "sanction.later", T + 1, None),
        ("account", "sanction.twice", ago(5), None),
        ("account", "sanction.twice", ago(9), None),
    ]
    return {"sanction.own": 1, "sanction.held": 1, "sanction.twice": 2}


MAKERS = (
    cards_same_holder, agent_burst, phone_holders, device_holders, young_large, idle_then_inflow, out_24h, in_out_30min,
    short_dwell, in_out_even, gather_scatter, scatter_gather, pair_similar, probe_then_large, night_large,
    round_amounts, just_below, burst_hour, inflow_surge, one_time_payers, cash_after_credit, terminal_cards,
    bridge_cases, loop_72h, relay_hops, traced_share, sanction_hit,
)  # fmt: skip
PREFIXES = (
    "cards", "agent", "phone", "device", "young", "idle", "out", "quick", "dwell", "even", "gather", "scatter", "pair",
    "probe", "night", "round", "below", "burst", "surge", "once", "cashing", "terminal", "bridge", "loop", "relay",
    "traced", "sanction",
)  # fmt: skip
CASES = {make.__name__: (prefix, make) for prefix, make in zip(PREFIXES, MAKERS, strict=True)} | held.CASES
SETTINGS = Settings(links=LinkSettings(max_holders_ring=5))


def everything() -> tuple[World, dict[str, dict[str, int]]]:
    world = World()
    world.pay(ago(400), "filler-a", "filler-b", 1)  # history enough for every indicator
    return world, {name: make(world) for name, (_, make) in CASES.items()}
