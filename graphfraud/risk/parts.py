"""What referred accounts would score if they had not been referred (docs/adr/0014, 0020).

The walk is linear in its restart, so the mass that some of the referred accounts bring can be taken away again. The
graph stays tonight's: links that their referrals made heavier or cut off stay as they are.
"""

from __future__ import annotations

import numpy as np

from graphfraud.core.snapshot import F64, I8, I32, Snapshot
from graphfraud.risk import Risk
from graphfraud.risk.traced import behind
from graphfraud.risk.walk import PullRules, pull


def left_out(snapshot: Snapshot, risk: Risk, accounts: I32, part: I8, alpha: float) -> F64:
    """Score of each of these accounts without the referrals of its part. `part`: of every account of the snapshot.

    What the push cannot attribute (its tolerance is a thousandth) stays with the account. O(edges of the accounts
    pushed).
    """
    referred = np.unique(snapshot.referrals.account)
    pulled = pull(risk.graph, risk.mass, accounts, PullRules(alpha))
    kept = np.ones(len(accounts))
    for i, account in enumerate(accounts.tolist()):
        who, mass = behind(pulled.of(i), referred, risk.restart, risk.traced)
        brought = float(mass[part[who] == part[account]].sum())
        if brought > 0:
            kept[i] = 1.0 - risk.referral_share[account] * min(brought / risk.mass[account], 1.0)
    return risk.walk[accounts] * kept
