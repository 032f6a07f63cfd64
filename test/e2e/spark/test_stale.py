"""Sessions that loaded a table before it was shared, and servers that do not tell."""

import pytest
from engine import SERVER, UNGUARDED, Engine, make_branch
from maintenance import expire, expire_in_java, insert_rows, purge, remove_orphans
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import NoSuchTableError
from tables import Witness, make_table

REFUSED = "other branches or tags"


def loaded_before_the_branch(table: str, **options: str) -> tuple[Engine, Witness]:
    """A session that knows the table from before a branch was made, and what the branch shows."""
    make_table(Engine(), table, "merge_on_read")
    engine = Engine(**options)
    engine.sql(f"SELECT count(*) FROM {engine.at('main')}.{table}")
    branch = f"{table}-dev"
    make_branch(branch)
    return engine, Witness(table, [branch])


@pytest.mark.parametrize("way", [expire, expire_in_java])
def test_a_session_that_has_not_heard_of_the_branch_cannot_expire(namespace, way):
    table = f"{namespace}.t"
    engine, witness = loaded_before_the_branch(table)
    with pytest.raises(Exception, match=REFUSED):
        way(engine, "main", table)
    witness.check_with_spark()


def test_a_purge_that_the_server_does_waits_for_the_branch(namespace):
    table = f"{namespace}.t"
    engine, witness = loaded_before_the_branch(table, **{"rest-catalog-purge": "true"})
    purge(engine, "main", table)
    witness.check_with_spark()


@pytest.mark.parametrize("way", [expire, expire_in_java, remove_orphans, purge])
def test_a_session_without_a_cache_always_knows(namespace, way):
    table = f"{namespace}.t"
    engine, witness = loaded_before_the_branch(table, **{"cache-enabled": "false"})
    with pytest.raises(Exception, match="GC is disabled"):
        way(engine, "main", table)
    witness.check_with_spark()


def lost(witness: Witness) -> bool:
    try:
        witness.check()
    except (AssertionError, NoSuchTableError, OSError):
        return True
    return False


def test_control_a_session_that_caches_tables_and_purges_them_itself_takes_the_files(namespace):
    table = f"{namespace}.t"
    engine, witness = loaded_before_the_branch(table)
    purge(engine, "main", table)
    assert lost(witness)


def unguarded(table: str) -> tuple[Engine, Witness]:
    """A session that is not told of the branch, and what the branch shows."""
    make_table(Engine(), table, "merge_on_read")
    branch = f"{table}-dev"
    make_branch(branch)
    insert_rows(Engine(), branch, table)
    return Engine(UNGUARDED), Witness(table, [branch])


@pytest.mark.parametrize("way", [remove_orphans, purge])
def test_control_without_the_guard_files_are_lost(namespace, way):
    engine, witness = unguarded(f"{namespace}.t")
    way(engine, "main", f"{namespace}.t")
    assert lost(witness)


@pytest.mark.parametrize("way", [expire, expire_in_java])
def test_control_without_the_guard_and_the_refusal_snapshots_are_lost(namespace, way):
    table = f"{namespace}.t"
    engine, witness = unguarded(table)
    with pytest.raises(Exception, match=REFUSED):
        way(engine, "main", table)
    assert not lost(witness)
    # The table's own word that no engine deletes files, which this session is not told either.
    own = load_catalog("pangolin", uri=SERVER, warehouse="default").load_table(table)
    with own.transaction() as transaction:
        transaction.set_properties({"gc.enabled": "false"})
    way(Engine(UNGUARDED), "main", table)
    assert lost(witness)
