"""Cases of the indicators that look at how accounts were opened, held and emptied, at places, rings and layers.

As in indicator_cases: accounts are named `<prefix>.<case>`, and the hits were worked out by hand from the header.
"""

from __future__ import annotations

from indicator_world import T, World, ago, day

from graphfraud.core.clock import HOUR, MINUTE
from graphfraud.core.snapshot import FEE


def cards_one_bank(w: World) -> dict[str, int]:
    plan = {"hit": 10, "nine": 9, "closed": 10, "spread": 10, "company": 10, "closing": 10, "nobank": 10}
    for name, count in plan.items():
        for i in range(count):
            columns: dict[str, object] = {"holder_id": f"onebank-{name}", "bank": "BKA"}
            if name == "closed" and not i:
                columns["cancel_time"] = T
            if name == "closing" and not i:
                columns["cancel_time"] = T + 1
            if name == "spread" and not i:
                columns["bank"] = "BKB"
            if name == "company":
                columns["holder_type"] = "company"
            if name == "nobank":
                columns["bank"] = None
            w.account(f"onebank.{name}{i}", **columns)
    return {f"onebank.{name}{i}": 10 for name in ("hit", "closing") for i in range(10)}


def opening_branches(w: World) -> dict[str, int]:
    plan = {  # branches and the days of the openings
        "hit": ((-3, "b1"), (0, "b2"), (3, "b3")),  # Friday to Thursday: five working days
        "sixth": ((-3, "b1"), (0, "b2"), (4, "b3")),
        "same": ((0, "b1"), (0, "b1"), (1, "b2")),
        "four": ((0, "b1"), (0, "b1"), (1, "b2"), (2, "b3")),
    }
    for name, openings in plan.items():
        for i, (d, branch) in enumerate(openings):
            account = w.account(f"roam.{name}{i}", holder_id=f"roam-{name}")
            w.account(account, open_time=day(d), branch=branch, bank="BKA")
    for i, bank in enumerate(("BKA", "BKB", "BKC")):  # branch 1 of three banks
        w.account(f"roam.banks{i}", holder_id="roam-banks", open_time=day(0), branch="b1", bank=bank)
    return {f"roam.{name}{i}": 3 for name, n in (("hit", 3), ("four", 4), ("banks", 3)) for i in range(n)}


def card_replaced(w: World) -> dict[str, int]:
    plan = {"hit": [89, 60, 30, 1], "two": [89, 60, 1], "old": [91, 90, 60, 1], "hit_old": [200, 80, 60, 1]}
    for name, days in plan.items():
        account = w.account(f"card.{name}")
        w.cards += [(account, ago(d), f"{name}-{i}") for i, d in enumerate(days)]
    w.account("card.company", holder_type="company")
    w.cards += [("card.company", ago(d), f"c-{d}") for d in (89, 60, 30, 1)]
    return {"card.hit": 3, "card.hit_old": 3}


def contact_change(w: World) -> dict[str, int]:
    plan = {  # hours after the change, yuan
        "hit": (72, 100_000),
        "late": (72.01, 100_000),
        "below": (1, 99_999.99),
        "before": (-0.01, 100_000),
        "first": (1, 100_000),
        "old": (1, 100_000),
    }
    for name, (hours, yuan) in plan.items():
        changed = ago(31) if name == "old" else day(0)
        if name != "first":  # a first phone is no change
            w.use(f"contact.{name}", "phone", f"contact-{name}-1", ago(200))
        w.use(f"contact.{name}", "phone", f"contact-{name}-2", changed)
        w.pay(changed + round(hours * HOUR), f"contact.{name}", "contact-payee", yuan)
    for name, kind in (("address", "address"), ("device", "device"), ("mixed", "phone")):
        w.use(f"contact.{name}", "address" if name == "mixed" else kind, f"contact-{name}-1", ago(200))
        w.use(f"contact.{name}", kind, f"contact-{name}-2", day(0))
        for i in range(2):  # credits count as debits do, but not together with them
            w.pay(day(1, i), "contact-payer", f"contact.{name}", 60_000)
    w.use("contact.both", "phone", "contact-both-1", ago(200))
    w.use("contact.both", "phone", "contact-both-2", day(0))
    w.pay(day(1), "contact-payer", "contact.both", 60_000)
    w.pay(day(1), "contact.both", "contact-payee", 60_000)
    return {"contact.hit": 10_000_000, "contact.address": 12_000_000}


def sanction_shared(w: World) -> dict[str, int]:
    for name in ("hit", "over", "kin", "address", "hub", "two"):
        for i in range(6 if name == "hub" else 3 if name == "two" else 2):
            account = w.account(f"listed.{name}{i}")
            if name == "kin":
                w.account(account, holder_id="listed-kin")  # the same person's other account
            w.use(account, "address" if name == "address" else "phone", f"listed-{name}")
        w.sanctions.append(("account", f"listed.{name}0", ago(100), T if name == "over" else None))
    w.sanctions += [("holder", "Hlisted.two1", ago(5), T + 1), ("account", "listed.two1", ago(5), None)]
    return {"listed.hit1": 1, "listed.two0": 1, "listed.two1": 1, "listed.two2": 2}


def day_end_low(w: World) -> dict[str, int]:
    plan = {  # (yuan in, yuan out) by day; the opening balance is 0
        "hit": [(5_000, 4_750), (5_000, 5_000), (5_000, 5_000)],  # 250 are left every evening
        "edge": [(5_000, 4_749.99), (5_000, 5_000), (5_000, 5_000)],
        "two": [(5_000, 5_000), (5_000, 5_000)],
        "small": [(3_333, 3_333), (3_333, 3_333), (3_333.99, 3_333.99)],
        "four_of_five": [(2_000, 2_000)] * 4 + [(2_000, 0)],
        "three_of_four": [(2_500, 2_500)] * 3 + [(2_500, 0)],
        "unknown": [(5_000, 5_000)] * 3,
        "savings": [(5_000, 5_000)] * 3,
        "fees": [(5_000, 4_500)] * 3,
        "over": [(5_000, 9_000)] * 3,  # never below 0
        "next_day": [(5_000, 0), (0, 5_000), (5_000, 5_000), (5_000, 5_000)],
    }
    for name, days in plan.items():
        account = f"evening.{name}"
        balance = None if name == "unknown" else 100_000 if name == "savings" else 0
        w.account(account, opening_balance=balance)
        for i, (came, went) in enumerate(days):
            if came:
                w.pay(day(i, 9), "evening-payer", account, came)
            if went:
                w.pay(day(i, 23.99), account, "evening-payee", went)
            if name == "fees":
                w.pay(day(i, 23), account, "evening-payee", 500, FEE)  # no payment, but the money is gone
    return {
        "evening.hit": 1_000_000,
        "evening.four_of_five": 800_000,
        "evening.fees": 1_000_000,
        "evening.over": 1_000_000,
    }


def turnover_balance(w: World) -> dict[str, int]:
    # 100,000 yuan through the account in the month; the mean balance is what lies there
    plan = {"hit": 2_000, "above": 2_000.01, "empty": 0, "small": 100, "unknown": 0, "late": 0}
    for name, yuan in plan.items():
        account = w.account(f"turnover.{name}")
        w.account(account, opening_balance=None if name == "unknown" else round(yuan * 100))
        half = 49_999.99 if name == "small" else 50_000
        w.pay(day(2, 10), "turnover-payer", account, half)
        w.pay(day(2, 11), account, "turnover-payee", half)
    # 40,000 more came on the last day of the window: a thirtieth of it is in the mean
    w.pay(day(8, 10), "turnover-payer", "turnover.late", 40_000)
    # 60,000 came on the day before and stayed for two midnights: mean 4,000
    w.account("turnover.stays", opening_balance=0)
    for yuan in (100_000, -40_000):
        payer, payee = ("turnover-payer", "turnover.stays") if yuan > 0 else ("turnover.stays", "turnover-payee")
        w.pay(day(7, 10 if yuan > 0 else 11), payer, payee, abs(yuan))
    return {
        "turnover.hit": 50,
        "turnover.empty": 100_000,  # a mean below 1 yuan counts as 1 yuan
        "turnover.late": 105,  # 140,000 over 1,333.33
    }


def impossible_travel(w: World) -> dict[str, int]:
    """Along a meridian a degree is 111,195 m: from 30 to 33 degrees 333,585 m, which 300 km/h makes in 66.7 minutes."""
    w.places |= {"G0": "30.0,120.0", "G3": "33.0,120.0", "G1": "30.4,120.0", "GX": "Hangzhou", "G5": "30.45,120"}
    plan = {
        "hit": (("G0", 0), ("G3", 60)),
        "slow": (("G0", 0), ("G3", 67)),
        "near": (("G0", 0), ("G1", 1)),  # 44 km
        "fifty": (("G0", 0), ("G5", 9)),  # 50,038 m in 9 minutes
        "named": (("G0", 0), ("GX", 1)),
        "same": (("G0", 0), ("G0", 1)),
        "at_once": (("G0", 0), ("G3", 0)),
        "long_way": (("G0", 0), ("G1", 30), ("G3", 67)),  # the leg from G1: 289 km in 37 minutes
    }
    for name, stops in plan.items():
        for place, minute in stops:
            w.withdraw(day(0) + minute * MINUTE, f"travel.{name}", 500, place)
    w.withdraw(ago(31), "travel.old", 500, "G0")
    w.withdraw(ago(31) + MINUTE, "travel.old", 500, "G3")
    return {"travel.hit": 333, "travel.fifty": 333, "travel.at_once": 20_015, "travel.long_way": 468}


def payee_overlap(w: World) -> dict[str, int]:
    plan = {  # payees of the two accounts
        "hit": ("abc", "abc"),
        "half": ("abcd", "abcef"),  # 3 of 6
        "less": ("abcde", "abcfg"),  # 3 of 7
        "two": ("ab", "ab"),
        "kin": ("abc", "abc"),
        "old": ("abc", "abc"),
        "small": ("abc", "abc"),
        "shops": ("abc", "abc"),
    }
    for name, sides in plan.items():
        for i, payees in enumerate(sides):
            account = w.account(f"overlap.{name}{i}")
            if name == "kin":
                w.account(account, holder_id="overlap-kin")
            for k, payee in enumerate(payees):
                other = f"overlap-{name}-{payee}"
                if name == "shops" and k == 2:
                    w.account(other, holder_type="company")
                first = 1 if name != "old" else 8
                w.pay(ago(first, k), account, other, 99.99 if name == "small" and k == 2 else 100)
    for i in range(21):  # three persons whom everybody pays
        for payee in "abc":
            w.pay(ago(2), f"overlap.popular{i}", f"overlap-popular-{payee}", 100)
    return {f"overlap.{name}{i}": 3 for name in ("hit", "half") for i in range(2)}


def _ring(w: World, prefix: str, name: str, members: int, loose: int = 0) -> list[str]:
    accounts = [w.account(f"{prefix}.{name}{i}") for i in range(members + loose)]
    w.rings += [(f"R-{prefix}-{name}", account, i >= members) for i, account in enumerate(accounts)]
    return accounts


def synchrony_opening(w: World) -> dict[str, int]:
    plan = {  # firm members, loose members, days on which the first of them opened at one branch
        "hit": (5, 1, (0, 3, 6)),  # 3 of 5
        "share": (6, 0, (0, 3, 6)),
        "week": (5, 0, (0, 3, 7)),
        "two": (3, 0, (0, 0)),
        "loose": (2, 1, (0, 0, 0)),  # only two of the three are firm
    }
    for name, (firm, loose, days) in plan.items():
        accounts = _ring(w, "together", name, firm, loose)
        for account, d in zip(accounts, days, strict=False):
            w.account(account, open_time=day(d, 1), branch="b1", bank="BKA")
    for i, account in enumerate(_ring(w, "together", "branches", 3)):
        w.account(account, open_time=day(0), branch=f"b{i}", bank="BKA")
    return {f"together.hit{i}": 3 for i in range(3)}


def synchrony_active(w: World) -> dict[str, int]:
    plan = {  # firm members, hours at which the first of them passed money on, yuan, hours it stayed
        "hit": (5, (0, 30, 72), 1_000, 24),
        "share": (6, (0, 30, 72), 1_000, 24),
        "span": (5, (0, 30, 73), 1_000, 24),
        "small": (5, (0, 30, 72), 999.99, 24),
        "slow": (5, (0, 30, 72), 1_000, 25),
        "same": (3, (0, 1), 1_000, 1),
    }
    for name, (firm, hours, yuan, stay) in plan.items():
        accounts = _ring(w, "insync", name, firm)
        for account, hour in zip(accounts, hours, strict=False):
            w.pay(day(2, hour - stay), "insync-payer", account, yuan)
            w.pay(day(2, hour), account, "insync-payee", yuan)
    return {f"insync.hit{i}": 3 for i in range(3)}


def referral_layer(w: World) -> dict[str, int]:
    w.layers += [
        ("layer.one", 1, False),
        ("layer.three", 3, False),
        ("layer.four", 4, False),
        ("layer.assumed", 2, True),
        ("layer.twice", 3, False),
        ("layer.twice", 2, False),
        ("layer.referred", 1, False),
        ("layer.company", 1, False),
    ]
    for name, _, _ in w.layers:
        w.account(name, holder_type="company" if name == "layer.company" else "person")
    w.refer("layer.referred", "C-layer")
    return {"layer.one": 1, "layer.three": 3, "layer.twice": 2}


def traced_most(w: World) -> dict[str, int]:
    for name, share in (("hit", 0.7), ("below", 0.699999)):
        w.lineage[w.account(f"most.{name}")] = share
    return {"most.hit": 700_000}


CASES = {
    make.__name__: (prefix, make)
    for prefix, make in (
        ("onebank", cards_one_bank),
        ("roam", opening_branches),
        ("card", card_replaced),
        ("contact", contact_change),
        ("listed", sanction_shared),
        ("evening", day_end_low),
        ("turnover", turnover_balance),
        ("travel", impossible_travel),
        ("overlap", payee_overlap),
        ("together", synchrony_opening),
        ("insync", synchrony_active),
        ("layer", referral_layer),
        ("most", traced_most),
    )
}
