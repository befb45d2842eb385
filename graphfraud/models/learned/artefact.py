"""The trained models of a run on disk: plain arrays and a card, versioned by their content.

    card.json               what was fitted on what, with which figures, and the drift against the run before
    boosted.FIELD.npy       trees of gradient boosting, a forest a fold
    isolated.FIELD.npy      trees of the isolation forest
    scores.FIELD.npy        what they gave every account

Nothing is unpickled. The version is the SHA-256 of the arrays of the trees and of what they were fitted on; a folder
whose content does not have the version its card states is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from graphfraud.core.snapshot import F64, I8, I64, open_group, save_group
from graphfraud.errors import StoreError
from graphfraud.models.learned.trees import Trees

FOLDER, CARD, FORMAT = "models", "card.json", 1
#: Parts of the card that the version covers.
DEFINITION = ("format", "features", "labels", "settings", "seed")


@dataclass(frozen=True)
class Scores:
    """One entry per account. learned, unusual: raw scores, 0 where there is none. probability_e6: −1 where it cannot be
    said; support: left-out referred accounts it rests on. fold: whose forest scored it.
    """

    learned: F64
    unusual: F64
    probability_e6: I64
    support: I64
    fold: I8


@dataclass(frozen=True)
class Artefact:
    """The models of one run."""

    card: dict[str, Any]
    boosted: Trees
    isolated: Trees
    scores: Scores


def version(card: Mapping[str, Any], *models: Trees) -> str:
    """Content hash of trees and of what they were fitted on."""
    digest = hashlib.sha256(json.dumps({k: card[k] for k in DEFINITION}, sort_keys=True).encode())
    for trees in models:
        for column in fields(trees):
            values = getattr(trees, column.name)
            digest.update(
                f"{column.name}:{values.dtype.str}:{len(values)}\n".encode() + np.ascontiguousarray(values).tobytes()
            )
    return digest.hexdigest()


def save(folder: Path, found: Artefact) -> None:
    """Write into a folder."""
    for name in ("boosted", "isolated", "scores"):
        save_group(folder, name, getattr(found, name))
    text = json.dumps(found.card, sort_keys=True, indent=1, ensure_ascii=False)
    (folder / CARD).write_text(text + "\n", encoding="utf-8")


def read_card(folder: Path) -> dict[str, Any] | None:
    """The card alone; None where the run has none. Raises StoreError."""
    try:
        found: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as exc:
        raise StoreError(f"the model card in {folder} cannot be read: {exc}; run `graphfraud check`") from exc
    if found.get("format") != FORMAT:
        raise StoreError(f"the model card in {folder} has format {found.get('format')}, this version reads {FORMAT}")
    return found


def load(folder: Path) -> Artefact:
    """The models of a run. Raises StoreError where they are not what the card says."""
    card = read_card(folder)
    if card is None:
        raise StoreError(f"no models in {folder}: the run was made before there were any; run `graphfraud nightly`")
    boosted, isolated = (open_group(folder, name, Trees) for name in ("boosted", "isolated"))
    found = version(card, boosted, isolated)
    if found != card["version"]:
        raise StoreError(
            f"the models in {folder} are not those their card describes (version {card['version'][:12]}, content"
            f" {found[:12]}): they were changed after the run; `graphfraud check` says which file"
        )
    return Artefact(card, boosted, isolated, open_group(folder, "scores", Scores))
