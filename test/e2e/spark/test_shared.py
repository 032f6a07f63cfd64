"""Tables that branches and tags share: nothing that Spark does to one of them takes a file from another."""

import pytest
from engine import Engine, delete_branch, delete_tag, make_branch, make_tag, newest_commit
from maintenance import (
    CHANGES,
    CLEANUPS,
    allow_deletion,
    delete_rows,
    drop,
    drop_native_refs,
    expire,
    expire_in_java,
    insert_rows,
    merge_rows,
    purge,
    remove_orphans,
    rewrite_deletes,
)
from tables import KINDS, Witness, data_files, folder_of, make_table, state_of

IS_OFF = "GC is disabled"
kinds = pytest.mark.parametrize("kind", KINDS)


def refuse_cleanups(ref: str, table: str) -> None:
    for cleanup in CLEANUPS:
        with pytest.raises(Exception, match=IS_OFF):
            cleanup(Engine(), ref, table)


def fork(table: str, kind: str) -> tuple[str, str]:
    """Makes the table, a branch and a tag that share it, and changes it on `main` and on the branch."""
    engine = Engine()
    make_table(engine, table, kind)
    branch, tag = f"{table}-dev", f"{table}-v1"
    make_branch(branch)
    make_tag(tag)
    delete_rows(engine, "main", table)
    insert_rows(engine, branch, table)
    merge_rows(engine, branch, table)
    return branch, tag


@kinds
@pytest.mark.parametrize("side", ["main", "branch"])
def test_maintenance_of_one_ref_leaves_the_others_alone(namespace, kind, side):
    table = f"{namespace}.t"
    branch, tag = fork(table, kind)
    commit = newest_commit("main")
    others = [tag, commit["id"], commit["committed_at"]]
    ref, other = ("main", branch) if side == "main" else (branch, "main")
    witness = Witness(table, [other, *others])
    own = Witness(table, [ref])

    refuse_cleanups(ref, table)
    allow_deletion(Engine(), ref, table)
    refuse_cleanups(ref, table)
    own.check_with_spark()
    witness.check_with_spark()
    for change in CHANGES:
        before = state_of(table, ref)
        change(Engine(), ref, table)
        # Position delete files are there for one kind only: Spark rewrites no deletion vectors.
        does_nothing = change is rewrite_deletes and kind != "merge_on_read"
        assert (state_of(table, ref) == before) == does_nothing, change.__name__
        witness.check()
    refuse_cleanups(ref, table)
    witness.check_with_spark()
    drop(Engine(), ref, table)
    witness.check_with_spark()


@kinds
def test_what_only_one_ref_shows_is_cleaned_up_as_in_plain_iceberg(namespace, kind):
    table = f"{namespace}.t"
    branch, tag = fork(table, kind)
    folder = folder_of(table)
    delete_branch(branch)
    refuse_cleanups("main", table)
    delete_tag(tag)

    engine = Engine()
    drop_native_refs(engine, "main", table)
    rows = state_of(table, "main").rows
    current = state_of(table, "main").current
    before = data_files(folder)
    expired = expire(engine, "main", table)
    after = data_files(folder)
    assert expired.deleted_manifest_lists_count == len(rows) - 1
    assert after < before
    assert state_of(table, "main").rows == tuple(row for row in rows if row[0] == current)

    planted = folder / "data" / "planted.parquet"
    planted.write_bytes(b"nobody's")
    removed = remove_orphans(engine, "main", table)
    assert any("planted.parquet" in row.orphan_file_location for row in removed)
    assert data_files(folder) < after
    Witness(table, ["main"]).check_with_spark()

    purge(engine, "main", table)
    assert data_files(folder) == set()


def test_a_table_is_cleaned_up_on_the_branch_that_is_left_with_it(namespace):
    table = f"{namespace}.t"
    branch, tag = fork(table, "merge_on_read")
    folder = folder_of(table)
    drop(Engine(), "main", table)
    refuse_cleanups(branch, table)
    delete_tag(tag)
    drop_native_refs(Engine(), branch, table)
    before = data_files(folder)
    witness = state_of(table, branch)
    expire_in_java(Engine(), branch, table)
    remove_orphans(Engine(), branch, table)
    left = state_of(table, branch)
    assert data_files(folder) < before
    assert left.rows == tuple(row for row in witness.rows if row[0] == witness.current)


def test_a_table_of_one_branch_is_cleaned_up_there(namespace):
    branch = f"{namespace}-own"
    make_branch(branch)
    table = f"{namespace}.t"
    make_table(Engine(), table, "deletion_vectors", branch)
    drop_native_refs(Engine(), branch, table)
    before = data_files(folder_of(table, branch))
    expire(Engine(), branch, table)
    assert len(state_of(table, branch).rows) == 1
    assert data_files(folder_of(table, branch)) < before


def test_a_ref_reads_on_when_another_branch_is_deleted(namespace):
    table = f"{namespace}.t"
    branch, tag = fork(table, "merge_on_read")
    witness = Witness(table, ["main", tag])
    delete_branch(branch)
    witness.check_with_spark()


def test_a_replaced_table_does_not_keep_the_guard_as_its_own(namespace):
    table = f"{namespace}.t"
    branch, tag = fork(table, "copy_on_write")
    engine = Engine()
    engine.sql(f"CREATE OR REPLACE TABLE {engine.at('main')}.{table} USING iceberg AS SELECT 1 id")
    engine.sql(f"ALTER TABLE {engine.at('main')}.{table} SET TBLPROPERTIES ('k'='v')")
    delete_branch(branch)
    delete_tag(tag)
    alone = Engine()
    properties = alone.sql(f"SHOW TBLPROPERTIES {alone.at('main')}.{table}")
    assert "gc.enabled" not in {row.key for row in properties}
