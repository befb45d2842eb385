"""Settings: one frozen object, read from graphfraud.toml and the environment in one place (`load`).

Each section is a frozen parameter object that kernels take as it is. Every setting has a name, a default, a unit
and a meaning; `table()` lists them, `graphfraud init` writes them, and the README table is made from them.
`GRAPHFRAUD_RINGS__MIN_MEMBERS=4` in the environment overrides `[rings] min_members` in the file.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from graphfraud.errors import UsageError

ENV_PREFIX = "GRAPHFRAUD_"
FILE_NAME = "graphfraud.toml"
#: Names in the environment beside GRAPHFRAUD_<SECTION>__<SETTING>, and the setting each gives as text.
ENV_NAMES = {
    "GRAPHFRAUD_NEO4J_URI": ("neo4j", "uri"),
    "GRAPHFRAUD_NEO4J_USER": ("neo4j", "user"),
    "GRAPHFRAUD_NEO4J_PASSWORD": ("neo4j", "password"),
}


def _s(default: Any, unit: str, help_: str, **limits: Any) -> Any:
    return Field(default, description=help_, json_schema_extra={"unit": unit}, **limits)


class Section(BaseModel):
    """A frozen group of settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class StoreSettings(Section):
    """[store]: the system of record."""

    kind: Literal["embedded", "neo4j"] = _s("embedded", "", "which store holds the facts")
    memory_mb: int = _s(2048, "MiB", "memory DuckDB may use before it spills to disk", ge=256)
    threads: int = _s(0, "threads", "threads of DuckDB and the kernels; 0: one per core", ge=0)
    lock_wait_s: int = _s(5, "s", "how long a command waits for another one to release the store", ge=0)


class Neo4jSettings(Section):
    """[neo4j]: the server, where it is the system of record.

    The password is no setting of the file: it comes from the environment and is neither shown nor written anywhere.
    """

    uri: str = _s("bolt://127.0.0.1:7687", "", "address of the server: bolt:// or neo4j://, with +s for TLS")
    user: str = _s("neo4j", "", "user of the server; its password is in the environment, GRAPHFRAUD_NEO4J_PASSWORD")
    database: str = _s("neo4j", "", "database of the server that graphfraud has for itself")
    min_version: str = _s("5.26", "version", "oldest server that is used")
    below_version: str = _s("6", "version", "servers from this one on are not used")
    batch_rows: int = _s(10_000, "rows", "rows written in one transaction", ge=100)
    query_timeout_s: int = _s(600, "s", "longest a transaction may take", ge=1)
    retry_s: int = _s(30, "s", "how long a transaction is tried again while the server is away", ge=0)
    password: SecretStr = Field(SecretStr(""), exclude=True, repr=False)


class IngestSettings(Section):
    """[ingest]: how files become facts."""

    zone: str = _s("Asia/Shanghai", "", "zone of times that state none")
    earliest: str = _s("1990-01-01", "date", "an event before this is quarantined")
    latest: str = _s("2100-01-01", "date", "an event after this is quarantined")
    leg_tolerance_s: int = _s(5, "s", "largest time between the two statement legs of one payment", ge=0)
    max_quarantined_share: float = _s(
        0.05, "share", "a run is refused when more of the rows received are in quarantine", ge=0, le=1
    )


class BankSettings(Section):
    """[bank]: whose accounts are ours."""

    ours: tuple[str, ...] = _s(
        (), "bank codes", "banks whose accounts are ours; empty: those with devices, phones or cash of their own"
    )


class RunSettings(Section):
    """[runs]: the nightly job."""

    keep: int = _s(14, "runs", "published runs that are kept; older ones are pruned", ge=1)
    min_free_mb: int = _s(512, "MiB", "disk space that must be left beside what a run needs", ge=0)
    seed: int = _s(20260101, "", "seed of everything random")


class GuardSettings(Section):
    """[guard]: when a run is not published."""

    short_feed_share: float = _s(
        0.5, "share", "a feed's last day below this share of its median day is short", ge=0, le=1
    )
    feed_days: int = _s(14, "days", "days the median is taken over", ge=3)
    max_level_change_share: float = _s(
        0.02, "share", "accounts that may change level against the predecessor", ge=0, le=1
    )
    min_level_changes: int = _s(200, "accounts", "changes of level below this never stop a run", ge=0)


class RelaySettings(Section):
    """[relay]: when money that came in counts as passed on (algorithms.md §1.1)."""

    ring_window_days: float = _s(7, "days", "oldest lot that counts for rings", gt=0)
    ring_decay_days: float = _s(1.5, "days", "dwell after which a lot counts 1/e for rings", gt=0)
    walk_window_days: float = _s(10, "days", "oldest lot that counts for the walk", gt=0)
    walk_decay_hours: float = _s(24, "h", "dwell after which a lot counts 1/e for the walk", gt=0)
    receiver_floor: float = _s(0.3, "", "weight of a fresh payment whose receiver does not pass it on", ge=0)
    min_event: float = _s(0.02, "", "relay events up to this weight are dropped", ge=0)
    new_days: float = _s(14, "days", "time after the first payment of two accounts when a relay counts 1/e", gt=0)


class LinkSettings(Section):
    """[links]: identifier links, counted by holder."""

    half_life_days: float = _s(90, "days", "age after which a link counts half", gt=0)
    new_half_life_days: float = _s(120, "days", "time after the sharing began when its newness counts half", gt=0)
    new_floor: float = _s(0.1, "share", "what is left of the weight of a link that has been there for ever", ge=0, le=1)
    max_holders_ring: int = _s(50, "holders", "identifiers with more holders are hubs for rings", ge=2)
    max_holders_walk: int = _s(20, "holders", "identifiers with more holders are hubs for the walk", ge=2)


class RingSettings(Section):
    """[rings]: CPM communities with prune and attach (algorithms.md §1)."""

    gammas: tuple[float, ...] = _s((0.1, 0.05, 0.03, 0.015), "", "CPM resolutions, fine to coarse")
    iterations: int = _s(4, "iterations", "Leiden iterations per resolution", ge=1)
    identifier_weight: float = _s(0.5, "", "weight of identifier links beside relay links", ge=0)
    min_weight: float = _s(0.05, "", "pairs lighter than this are dropped", ge=0)
    level_gain: float = _s(1.05, "ratio", "how much better a coarser community must be", ge=1)
    stay_bonus: float = _s(1.05, "ratio", "bonus of the level that held last night's ring", ge=1)
    together_bonus: float = _s(0.6, "share", "extra weight of a pair that was in one ring last night", ge=0, le=1)
    prune_weight: float = _s(0.3, "", "inside weight a member needs", ge=0)
    prune_share: float = _s(0.3, "share", "share of its own weight a member needs inside", ge=0, le=1)
    attach_links: int = _s(2, "members", "members an outsider must be linked to", ge=1)
    rounds: int = _s(2, "rounds", "rounds of prune and attach", ge=0)
    min_members: int = _s(3, "accounts", "smallest ring", ge=2)
    identity_jaccard: float = _s(0.3, "", "overlap from which a ring keeps its identity", ge=0, le=1)
    leads: int = _s(20, "rings", "unreferred rings reported as leads", ge=0)
    dormant_days: int = _s(30, "days", "without activity a ring is dormant", ge=1)


class RiskSettings(Section):
    """[risk]: the joint walk (algorithms.md §2)."""

    alpha: float = _s(0.15, "", "restart probability", gt=0, lt=1)
    iterations: int = _s(40, "iterations", "power iterations", ge=1)
    amount_power: float = _s(0.25, "", "power of the amount in a relay edge", ge=0)
    pair_weight: float = _s(0.01, "", "weight of the payment-count graph", ge=0)
    identifier_weight: float = _s(10.0, "", "weight of identifier links", ge=0)
    identifier_power: float = _s(0.5, "", "power by which holders dilute an identifier", ge=0)
    count_cap: int = _s(64, "payments", "payments of a pair are counted up to this", ge=1)
    tilt_prior: float = _s(20.0, "pairs", "prior weight of the multiplicity tilt", ge=0)
    referred_boost: float = _s(3.0, "times", "what each further referred holder adds to an identifier's weight", ge=0)
    traced_weight: float = _s(0.4, "", "restart weight of where reported payments went, times its root", ge=0)
    degree_offset: float = _s(5.0, "", "added to the distinct counterparties a score is divided by", gt=0)
    degree_power: float = _s(0.6, "", "power of that divisor", gt=0)
    date_only_degree_power: float = _s(0.75, "", "power of that divisor when times are dates only", gt=0)
    behaviour_power: float = _s(0.25, "", "power of the behaviour scorecard in the score", ge=0)
    referral_cut_days: float = _s(
        14, "days", "edges of a referred account count from this long before its first victim payment", ge=0
    )
    soft_seeds: bool = _s(
        True, "", "give every account a restart weight by its behaviour, as far as the referred confirm it"
    )
    soft_weight: float = _s(0.2, "", "greatest weight of a soft seed, times behaviour cubed", ge=0)


class LevelSettings(Section):
    """[levels]: from score to alert (contracts.md §4)."""

    level_1: float = _s(0.5, "score", "score from which an account is at level 1", ge=0, le=1)
    level_2: float = _s(0.2, "score", "… at level 2", ge=0, le=1)
    level_2_in_ring: float = _s(0.065, "score", "… for a firm member of a ring with several referred", ge=0, le=1)
    level_3: float = _s(0.15, "score", "… at level 3", ge=0, le=1)
    corroborate_reported: float = _s(
        0.2, "payments", "reported payments arrived by lots that corroborate a score: levels 1 and 2 need it", gt=0
    )
    corroborate_lineage: float = _s(0.05, "share", "… inflow that descends from referred accounts", gt=0, le=1)
    corroborate_referred: int = _s(
        2,
        "holders",
        "… referred holders on the same identifiers, or among the payers; referred members of a ring",
        ge=1,
    )
    exempt_classes: tuple[str, ...] = _s(
        (), "classes", "values of accounts.exempt_class that exempt: level 3 at most; empty: every value"
    )
    due_hours: tuple[int, int, int] = _s((1, 2, 4), "h", "time to the first human answer at level 1, 2, 3")
    odds_at_reference: float = _s(0.5, "", "score of an account that stands as the median referred one", gt=0, lt=1)
    max_layers: int = _s(10, "hops", "deepest layer reported", ge=1)
    layer_window_days: float = _s(7, "days", "longest wait between two hops of a layer", gt=0)
    victim_days: int = _s(90, "days", "payments to referred accounts and rings that make a possible victim", ge=1)
    explain_max: int = _s(2000, "accounts", "alerted accounts explained with their referral shares", ge=0)


class ModelSettings(Section):
    """[models]: the learned models (docs/models.md)."""

    blend_power: float = _s(
        0.1, "", "power of the boosted trees' score in the score; 0: the walk alone decides", ge=0, le=1
    )
    pseudo_share: float = _s(0.02, "share", "persons the walk puts first that the boosted trees learn from", ge=0, le=1)
    most_pseudo: int = _s(4000, "accounts", "… at most", ge=0)
    unlabelled: int = _s(20_000, "accounts", "unlabelled persons drawn to learn from", ge=100)
    trees: int = _s(30, "trees", "boosted trees a fold", ge=1)
    learning_rate: float = _s(0.2, "", "weight of each", gt=0, le=1)
    leaves: int = _s(12, "leaves", "leaves of each at most", ge=2)
    isolation_trees: int = _s(30, "trees", "trees of the isolation forest", ge=1)
    least_support: int = _s(20, "accounts", "left-out referred accounts that a probability needs", ge=1)
    top_share: float = _s(
        0.02, "share", "a model speaks for an account that is among this share of persons", gt=0, lt=1
    )
    drift_psi: float = _s(0.2, "", "population stability index from which a column is said to have moved", gt=0)
    drift_ks: float = _s(0.1, "", "… or the largest difference of the distributions", gt=0)


class HoldSettings(Section):
    """[holds]: plans of holds (trace/holds.py says what each weighs)."""

    depth: int = _s(10, "hops", "how far the money of a case is followed", ge=1, le=10_000)
    window_days: float = _s(7, "days", "longest wait between two hops", gt=0)
    breadth: int = _s(1000, "hops", "hops of one payment in all", ge=1)
    further_weight: float = _s(0.5, "", "gain of a yuan that is likely of the same fraud but not reported", ge=0, le=1)
    collateral_weight: float = _s(0.0002, "", "cost of touching a yuan of innocent money for one hold", ge=0, le=1)
    proportion: float = _s(
        0.01,
        "share",
        "of an old or a company's account with less of its balance at stake only a part is held",
        ge=0,
        le=1,
    )
    fresh_days: int = _s(
        7, "days", "after such a wait other money that came in counts 1/e as likely of the fraud", ge=1
    )
    recent_days: int = _s(30, "days", "such a part is what came in from this long before the case began", ge=0)
    lasts_hours: int = _s(48, "h", "how long a hold lasts", ge=1)
    most: int = _s(2, "holds", "holds an account can have", ge=1)
    old_days: int = _s(365, "days", "age from which an account speaks for its holder", ge=1)
    prior_days: int = _s(30, "days", "payments with the payer so long before the traced one are a history", ge=0)
    old_money_days: int = _s(7, "days", "money that has lain so long is the holder's savings", ge=0)
    salary_months: int = _s(3, "months", "one company's monthly payments that make a salary", ge=2)
    relayed_share: float = _s(0.1, "share", "traced money passed on, up to which there is no relay", ge=0, le=1)
    lain_hours: int = _s(24, "h", "time in which traced money could have been relayed", ge=0)


class OwnIndicatorSettings(Section):
    """[own_indicators]: the bank's own indicators, beside those that come with the package."""

    folder: str = _s("", "path", "folder of the bank's own indicators, one .sql file each; empty: none")
    #: what the files say, by name: `load` reads them, so that a run depends on its settings and on no other file
    files: dict[str, str] = Field(default_factory=dict, description="text of each file")


class ServeSettings(Section):
    """[serve]: the read API."""

    host: str = _s("127.0.0.1", "", "interface the API listens on")
    port: int = _s(8765, "", "port", ge=1, le=65535)
    key_file: str = _s("api.key", "path", "file in the workspace that holds the API key")
    what_if_s: float = _s(60, "s", "after so long a counterfactual (`risk --what-if`) begins no recomputation", gt=0)


class Settings(Section):
    """All settings. Frozen; made by `load` or by hand in tests."""

    store: StoreSettings = StoreSettings()
    neo4j: Neo4jSettings = Neo4jSettings()
    ingest: IngestSettings = IngestSettings()
    bank: BankSettings = BankSettings()
    runs: RunSettings = RunSettings()
    guard: GuardSettings = GuardSettings()
    relay: RelaySettings = RelaySettings()
    links: LinkSettings = LinkSettings()
    rings: RingSettings = RingSettings()
    risk: RiskSettings = RiskSettings()
    levels: LevelSettings = LevelSettings()
    models: ModelSettings = ModelSettings()
    holds: HoldSettings = HoldSettings()
    serve: ServeSettings = ServeSettings()
    own_indicators: OwnIndicatorSettings = OwnIndicatorSettings()
    #: [indicators]: thresholds by indicator id and parameter, over the defaults stated in the indicator's file
    indicators: dict[str, dict[str, int]] = Field(
        default_factory=dict, description="thresholds by indicator, over the defaults in its file"
    )


def table() -> Iterator[tuple[str, str, Any, str, str]]:
    """(section, name, default, unit, help) of every setting."""
    for section, field in Settings.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Section):
            for name, inner in kind.model_fields.items():
                if inner.exclude or inner.json_schema_extra is None:
                    continue
                extra = inner.json_schema_extra
                unit = str(extra["unit"]) if isinstance(extra, dict) else ""
                yield section, name, inner.default, unit, inner.description or ""


def load(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from a TOML file (if it exists) under the environment. Raises UsageError naming the setting."""
    values: dict[str, Any] = {}
    if file is not None and file.exists():
        try:
            values = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
            raise UsageError(f"{file} is not valid TOML: {exc}") from exc
    if "password" in values.get("neo4j", {}):
        raise UsageError(f"{file} holds a password: take it out and set GRAPHFRAUD_NEO4J_PASSWORD in the environment")
    if "files" in values.get("own_indicators", {}):
        raise UsageError("[own_indicators] files is not for the file of settings: put the .sql files into its folder")
    known = {(section, name) for section, name, *_ in table()}
    for key, value in (os.environ if environ is None else environ).items():
        if key in ENV_NAMES:
            section, name = ENV_NAMES[key]
            values.setdefault(section, {})[name] = value
            continue
        section, _, name = key.removeprefix(ENV_PREFIX).lower().partition("__")
        if key.startswith(ENV_PREFIX) and (section, name) in known:
            values.setdefault(section, {})[name] = _parse(value)
    try:
        return _with_own(Settings.model_validate(values), file)
    except ValidationError as exc:
        problems = "; ".join(f"[{'.'.join(map(str, e['loc']))}] {e['msg']}" for e in exc.errors())
        raise UsageError(f"settings: {problems}. `graphfraud init` writes a file with every setting") from exc


def _with_own(settings: Settings, file: Path | None) -> Settings:
    """The settings with the text of the bank's own indicators; their folder is relative to the file of settings."""
    own = settings.own_indicators
    if not own.folder:
        return settings
    folder = (file.parent if file is not None else Path()) / own.folder
    if not folder.is_dir():
        raise UsageError(f"[own_indicators] folder: there is no folder {own.folder}; make it, or leave the setting out")
    try:
        files = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql"))}
    except (OSError, UnicodeDecodeError) as exc:
        raise UsageError(f"[own_indicators] folder {own.folder}: a file cannot be read as UTF-8: {exc}") from exc
    return settings.model_copy(update={"own_indicators": own.model_copy(update={"files": files})})


def _parse(value: str) -> Any:
    """An environment value as TOML reads it (numbers, lists, booleans), else as text."""
    try:
        return tomllib.loads(f"x = {value}")["x"]
    except tomllib.TOMLDecodeError:
        return value
