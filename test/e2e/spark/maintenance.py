"""Spark's ways to change and to clean up a table."""

from collections.abc import Callable

from engine import Engine
from tables import IN_THE_FUTURE, append, folder_of, make_old, merge

Action = Callable[[Engine, str, str], object]
"""An engine, a ref and a table."""


def expire(engine: Engine, ref: str, table: str):
    return engine.call(ref, "expire_snapshots", table, f"older_than => {IN_THE_FUTURE}, retain_last => 1")[0]


def expire_in_java(engine: Engine, ref: str, table: str) -> None:
    now = engine.session._jvm.java.lang.System.currentTimeMillis()
    engine.java_table(ref, table).expireSnapshots().expireOlderThan(now).retainLast(1).commit()


def remove_orphans(engine: Engine, ref: str, table: str) -> list:
    make_old(folder_of(table, ref))
    older_than = "current_timestamp() - INTERVAL 2 DAYS"
    older_than = engine.sql(f"SELECT CAST({older_than} AS STRING) at")[0].at
    return engine.call(ref, "remove_orphan_files", table, f"older_than => TIMESTAMP '{older_than}'")


def drop(engine: Engine, ref: str, table: str) -> None:
    engine.sql(f"DROP TABLE {engine.at(ref)}.{table}")


def purge(engine: Engine, ref: str, table: str) -> None:
    engine.sql(f"DROP TABLE {engine.at(ref)}.{table} PURGE")


def allow_deletion(engine: Engine, ref: str, table: str) -> None:
    engine.sql(f"ALTER TABLE {engine.at(ref)}.{table} SET TBLPROPERTIES ('gc.enabled'='true')")


def rewrite_data(engine: Engine, ref: str, table: str) -> None:
    engine.call(ref, "rewrite_data_files", table, "options => map('rewrite-all', 'true')")


def rewrite_deletes(engine: Engine, ref: str, table: str) -> None:
    engine.call(ref, "rewrite_position_delete_files", table, "options => map('rewrite-all', 'true')")


def rewrite_manifests(engine: Engine, ref: str, table: str) -> None:
    engine.call(ref, "rewrite_manifests", table)


def insert_rows(engine: Engine, ref: str, table: str) -> None:
    append(engine, f"{engine.at(ref)}.{table}", 500)


def delete_rows(engine: Engine, ref: str, table: str) -> None:
    engine.sql(f"DELETE FROM {engine.at(ref)}.{table} WHERE id % 11 = 0")


def merge_rows(engine: Engine, ref: str, table: str) -> None:
    merge(engine, f"{engine.at(ref)}.{table}", 150, 400)


def roll_back(engine: Engine, ref: str, table: str) -> None:
    name = f"{engine.at(ref)}.{table}"
    first = engine.sql(f"SELECT snapshot_id FROM {name}.history ORDER BY made_current_at LIMIT 1")
    engine.call(ref, "rollback_to_snapshot", table, f"snapshot_id => {first[0].snapshot_id}")


def drop_native_refs(engine: Engine, ref: str, table: str) -> None:
    name = f"{engine.at(ref)}.{table}"
    engine.sql(f"ALTER TABLE {name} DROP BRANCH IF EXISTS audit")
    engine.sql(f"ALTER TABLE {name} DROP TAG IF EXISTS released")


def replace(engine: Engine, ref: str, table: str) -> None:
    engine.sql(
        f"CREATE OR REPLACE TABLE {engine.at(ref)}.{table} USING iceberg AS "
        "SELECT id, 'again' name, CAST(1 AS INT) n FROM range(10)"
    )


CHANGES: list[Action] = [
    insert_rows,
    delete_rows,
    rewrite_data,
    merge_rows,
    rewrite_deletes,
    rewrite_manifests,
    roll_back,
    drop_native_refs,
    replace,
]
"""They delete nothing that was there before."""

CLEANUPS: list[Action] = [expire, expire_in_java, remove_orphans, purge]
"""They delete files."""
