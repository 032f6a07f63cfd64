"""Tables with a past, what all their snapshots hold, and what lies on the disk."""

import hashlib
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from engine import SERVER, Engine
from pyiceberg.catalog import load_catalog

KINDS = {
    "copy_on_write": ("2", "copy-on-write"),
    "merge_on_read": ("2", "merge-on-read"),
    "deletion_vectors": ("3", "merge-on-read"),
}
IN_THE_FUTURE = "TIMESTAMP '2999-01-01 00:00:00'"
THREE_DAYS = 3 * 86_400


def make_table(engine: Engine, table: str, kind: str, ref: str = "main") -> None:
    """Five snapshots, a native branch with one of its own, and a native tag."""
    version, mode = KINDS[kind]
    name = f"{engine.at(ref)}.{table}"
    engine.sql(
        f"CREATE TABLE {name} (id BIGINT, name STRING, n INT) USING iceberg TBLPROPERTIES ("
        f"'format-version'='{version}', 'write.delete.mode'='{mode}', "
        f"'write.update.mode'='{mode}', 'write.merge.mode'='{mode}')"
    )
    for first in (0, 100, 200):
        append(engine, name, first)
    engine.sql(f"ALTER TABLE {name} CREATE TAG released")
    engine.sql(f"DELETE FROM {name} WHERE id % 7 = 0")
    merge(engine, name, 50, 250)
    engine.sql(f"ALTER TABLE {name} CREATE BRANCH audit")
    append(engine, f"{name}.branch_audit", 900)


def append(engine: Engine, name: str, first: int, rows: int = 100) -> None:
    engine.sql(f"INSERT INTO {name} SELECT id, concat('n', id), 0 FROM range({first}, {first + rows})")


def merge(engine: Engine, name: str, first: int, end: int) -> None:
    engine.sql(
        f"MERGE INTO {name} t USING (SELECT id FROM range({first}, {end})) u ON t.id = u.id "
        "WHEN MATCHED AND t.id % 5 = 0 THEN DELETE "
        "WHEN MATCHED AND t.id % 3 = 0 THEN UPDATE SET n = t.n + 1 "
        "WHEN NOT MATCHED THEN INSERT (id, name, n) VALUES (u.id, 'merged', 0)"
    )


@dataclass(frozen=True)
class State:
    """What a table is at a ref: its native refs, and the rows of every snapshot that it knows."""

    current: int | None
    refs: tuple[tuple[str, int], ...]
    rows: tuple[tuple[int, int, str], ...]


def state_of(table: str, ref: str) -> State:
    """Reads everything, with PyIceberg and nothing cached."""
    loaded = load_catalog("pangolin", uri=SERVER, warehouse=f"default@{ref}").load_table(table)
    rows = []
    for snapshot in loaded.snapshots():
        found = loaded.scan(snapshot_id=snapshot.snapshot_id).to_arrow().to_pylist()
        lines = sorted(repr(tuple(row.values())) for row in found)
        rows.append((snapshot.snapshot_id, len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()))
    refs = sorted((name, each.snapshot_id) for name, each in loaded.metadata.refs.items())
    return State(loaded.metadata.current_snapshot_id, tuple(refs), tuple(sorted(rows)))


def spark_rows_of(table: str, refs: list[str]) -> list[tuple]:
    """Count and checksum of every snapshot at the refs, read by a session of its own."""
    engine = Engine()
    selects = []
    for ref in refs:
        name = f"{engine.at(ref)}.{table}"
        for row in engine.sql(f"SELECT snapshot_id FROM {name}.snapshots"):
            selects.append(
                f"SELECT '{ref}' ref, {row.snapshot_id} snapshot, count(*) rows, "
                "sum(CAST(xxhash64(id, name, n) AS DECIMAL(38, 0))) checksum "
                f"FROM {name} VERSION AS OF {row.snapshot_id}"
            )
    return sorted(tuple(row) for row in engine.sql(" UNION ALL ".join(selects)))


class Witness:
    """Remembers what refs show, and finds out whether they still do."""

    def __init__(self, table: str, refs: list[str]):
        self.table = table
        self.refs = refs
        self.states = {ref: state_of(table, ref) for ref in refs}
        self.spark_rows = spark_rows_of(table, refs)

    def check(self) -> None:
        for ref, before in self.states.items():
            assert state_of(self.table, ref) == before, f"{self.table} at {ref} is not what it was"

    def check_with_spark(self) -> None:
        self.check()
        assert spark_rows_of(self.table, self.refs) == self.spark_rows


def folder_of(table: str, ref: str = "main") -> Path:
    loaded = load_catalog("pangolin", uri=SERVER, warehouse=f"default@{ref}").load_table(table)
    return Path(re.sub("^file:/+", "/", loaded.location()))


def data_files(folder: Path) -> set[Path]:
    """Data and delete files, without Hadoop's checksums beside them."""
    return {path for path in folder.rglob("*") if path.suffix in (".parquet", ".puffin")}


def make_old(folder: Path) -> None:
    """Spark's procedure takes no file for an orphan that is younger than a day."""
    then = time.time() - THREE_DAYS
    for path in folder.rglob("*"):
        os.utime(path, (then, then))
