"""Tables of the benchmark's data: Parquet, or the generator's CSV (`|`-separated, one header row)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from graphfraud.errors import FileRefused, InputError

Columns = dict[str, NDArray[Any]]

#: the columns that are read, per table
TABLES: dict[str, dict[str, pa.DataType]] = {
    "Account": {"accountId": pa.int64(), "isBlocked": pa.bool_()},
    "AccountTransferAccount": {"fromId": pa.int64(), "toId": pa.int64()},
    "AccountWithdrawAccount": {"fromId": pa.int64(), "toId": pa.int64()},
    "Person": {"personId": pa.int64()},
    "PersonOwnAccount": {"personId": pa.int64(), "accountId": pa.int64()},
    "Company": {"companyId": pa.int64()},
    "CompanyOwnAccount": {"companyId": pa.int64(), "accountId": pa.int64()},
    "Medium": {"mediumId": pa.int64(), "mediumType": pa.string(), "isBlocked": pa.bool_()},
    "MediumSignInAccount": {"mediumId": pa.int64(), "accountId": pa.int64()},
    "Loan": {"loanId": pa.int64(), "loanAmount": pa.float64(), "balance": pa.float64()},
    "LoanDepositAccount": {"loanId": pa.int64(), "accountId": pa.int64()},
    "AccountRepayLoan": {"accountId": pa.int64(), "loanId": pa.int64()},
}
MONEY_LINKS = ("AccountTransferAccount", "AccountWithdrawAccount", "LoanDepositAccount", "AccountRepayLoan")
LINKS = (*MONEY_LINKS, "MediumSignInAccount")
SUFFIXES = (".parquet", ".csv")


def table(folder: Path, name: str) -> Columns:
    """The columns of a table that the reads need; times are µs. Raises FileRefused."""
    types = dict(TABLES[name])
    types |= {"amount": pa.float64()} if name in MONEY_LINKS else {}
    types |= {"createTime": pa.timestamp("us")} if name in LINKS else {}
    path = next((p for p in (folder / f"{name}{suffix}" for suffix in SUFFIXES) if p.is_file()), None)
    if path is None:
        raise FileRefused(f"{folder} has no {name}.parquet and no {name}.csv; the reads need every table")
    try:
        found = _parquet(path, types) if path.suffix == ".parquet" else _csv(path, types)
    except (pa.ArrowException, KeyError, OSError) as exc:
        raise FileRefused(f"{path.name} cannot be read with the columns {', '.join(types)}: {exc}") from exc
    nulls = [column for column in types if found[column].null_count]
    if nulls:
        raise FileRefused(f"{path.name} has empty cells in {', '.join(nulls)}; the reads need every cell")
    return {column: _numpy(found[column]) for column in types}


def data_folder(folder: Path) -> Path:
    """The folder itself, or its one folder inside, that has the tables. Raises InputError."""
    inside = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    for path in (folder, *inside):
        if any((path / f"Account{suffix}").is_file() for suffix in SUFFIXES):
            return path
    raise InputError(f"no FinBench data in {folder}: neither it nor a folder in it has Account.parquet or Account.csv")


def _parquet(path: Path, types: dict[str, pa.DataType]) -> pa.Table:
    found = pq.read_table(path, columns=list(types))
    return pa.table({name: pc.cast(found[name], kind) for name, kind in types.items()})


def _csv(path: Path, types: dict[str, pa.DataType]) -> pa.Table:
    convert = pcsv.ConvertOptions(column_types=types, include_columns=list(types), strings_can_be_null=False)
    return pcsv.read_csv(path, parse_options=pcsv.ParseOptions(delimiter="|"), convert_options=convert)


def _numpy(column: pa.ChunkedArray) -> NDArray[Any]:
    """Without `to_numpy`, which imports pandas."""
    kind = column.type
    if pa.types.is_string(kind):
        return np.array(column.to_pylist(), object)
    plain = column.cast(pa.uint8() if pa.types.is_boolean(kind) else pa.int64()) if kind != pa.float64() else column
    found: NDArray[Any] = np.from_dlpack(plain.combine_chunks())
    return found.astype(bool) if pa.types.is_boolean(kind) else found
