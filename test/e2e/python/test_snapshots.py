"""Snapshots, Iceberg's own branches and tags, time travel, expiry."""

import time

import pytest
from conftest import open_catalog, people, sorted_rows
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.types import StringType


@pytest.fixture
def table(catalog, namespace):
    created = catalog.create_table((namespace, "history"), people().schema)
    for number in (1, 2, 3):
        created.append(people((number, f"v{number}")))
    return created


def ids(scan) -> list[int]:
    return [row["id"] for row in sorted_rows(scan.to_arrow())]


def test_time_travel_by_snapshot(catalog, table):
    table = catalog.load_table(table.name())
    snapshots = table.snapshots()
    assert [ids(table.scan(snapshot_id=snapshot.snapshot_id)) for snapshot in snapshots] == [[1], [1, 2], [1, 2, 3]]
    assert [snapshot.sequence_number for snapshot in snapshots] == [1, 2, 3]
    assert [snapshot.parent_snapshot_id for snapshot in snapshots] == [None, snapshots[0].snapshot_id, snapshots[1].snapshot_id]
    assert [entry.snapshot_id for entry in table.history()] == [snapshot.snapshot_id for snapshot in snapshots]
    assert max(snapshot.snapshot_id for snapshot in snapshots) > 2**53


def test_time_travel_by_time(catalog, table):
    moment = int(time.time() * 1000)
    while int(time.time() * 1000) <= moment:
        pass
    table.append(people((4, "later")))
    table = catalog.load_table(table.name())
    assert ids(table.scan(snapshot_id=table.snapshot_as_of_timestamp(moment).snapshot_id)) == [1, 2, 3]


def test_tags(catalog, table):
    first, second, _ = (snapshot.snapshot_id for snapshot in table.snapshots())
    table.manage_snapshots().create_tag(first, "release/1.0 🐧").create_tag(second, "audit", max_ref_age_ms=86_400_000).commit()
    table = catalog.load_table(table.name())
    assert ids(table.scan().use_ref("release/1.0 🐧")) == [1]
    assert ids(table.scan().use_ref("audit")) == [1, 2]
    assert table.refs()["audit"].max_ref_age_ms == 86_400_000
    table.manage_snapshots().remove_tag("audit").commit()
    assert set(catalog.load_table(table.name()).refs()) == {"main", "release/1.0 🐧"}


def test_branches(catalog, table):
    first = table.snapshots()[0].snapshot_id
    table.manage_snapshots().create_branch(first, "dev", max_ref_age_ms=1_000_000, max_snapshot_age_ms=2_000, min_snapshots_to_keep=3).commit()
    created = catalog.load_table(table.name()).refs()["dev"]
    assert (created.max_ref_age_ms, created.max_snapshot_age_ms, created.min_snapshots_to_keep) == (1_000_000, 2_000, 3)
    table.append(people((10, "on dev")), branch="dev")
    table.overwrite(people((11, "dev only")), overwrite_filter="id == 1", branch="dev")
    table = catalog.load_table(table.name())
    assert ids(table.scan()) == [1, 2, 3]
    assert ids(table.scan().use_ref("dev")) == [10, 11]
    table.append(people((4, "on main")))
    table = catalog.load_table(table.name())
    assert ids(table.scan()) == [1, 2, 3, 4]
    assert ids(table.scan().use_ref("dev")) == [10, 11]
    table.manage_snapshots().remove_branch("dev").commit()
    table = catalog.load_table(table.name())
    assert set(table.refs()) == {"main"}
    assert ids(table.scan()) == [1, 2, 3, 4]


def test_loading_only_the_snapshots_that_refs_name(catalog, table):
    latest = table.snapshots()[-1].snapshot_id
    sparing = open_catalog(**{"snapshot-loading-mode": "refs"}).load_table(table.name())
    assert [snapshot.snapshot_id for snapshot in sparing.snapshots()] == [latest]
    assert ids(sparing.scan()) == [1, 2, 3]
    sparing.append(people((4, "d")))
    assert len(catalog.load_table(table.name()).snapshots()) == 4


def test_rollback_and_set_current(catalog, table):
    first, second, third = (snapshot.snapshot_id for snapshot in table.snapshots())
    table.manage_snapshots().rollback_to_snapshot(first).commit()
    assert ids(catalog.load_table(table.name()).scan()) == [1]
    table.manage_snapshots().set_current_snapshot(snapshot_id=third).commit()
    table = catalog.load_table(table.name())
    assert ids(table.scan()) == [1, 2, 3]
    assert [entry.snapshot_id for entry in table.history()] == [first, second, third, first, third]


def test_expire_snapshots(catalog, table):
    first, second, _ = (snapshot.snapshot_id for snapshot in table.snapshots())
    table.manage_snapshots().create_tag(second, "keep").commit()
    table.maintenance.expire_snapshots().by_id(first).commit()
    table = catalog.load_table(table.name())
    assert first not in {snapshot.snapshot_id for snapshot in table.snapshots()}
    assert ids(table.scan().use_ref("keep")) == [1, 2]
    assert ids(table.scan()) == [1, 2, 3]
    assert first not in {entry.snapshot_id for entry in table.history()}


def test_changes_between_snapshots(catalog, table):
    first, _, third = (snapshot.snapshot_id for snapshot in table.snapshots())
    scan = table.incremental_append_scan().from_snapshot_id_exclusive(first).to_snapshot_id_inclusive(third)
    assert ids(scan) == [2, 3]


def test_metadata_tables(catalog, table):
    table = catalog.load_table(table.name())
    assert table.inspect.snapshots().num_rows == 3
    assert table.inspect.history().num_rows == 3
    assert table.inspect.files().num_rows == 3
    assert table.inspect.refs().to_pylist()[0]["name"] == "main"
    log = table.inspect.metadata_log_entries().to_pylist()
    assert len(log) == 4
    assert log[-1]["file"] == table.metadata_location
    assert [entry["latest_sequence_number"] for entry in log] == [None, 1, 2, 3]


def test_a_stale_commit_is_refused(catalog, table):
    stale = catalog.load_table(table.name())
    catalog.load_table(table.name()).append(people((4, "d")))
    with stale.update_schema() as schema:
        schema.add_column("a", StringType())
    other = catalog.load_table(table.name())
    with other.update_schema() as schema:
        schema.add_column("b", StringType())
    with pytest.raises(CommitFailedException), stale.update_schema() as schema:
        schema.add_column("c", StringType())
    assert [field.name for field in catalog.load_table(table.name()).schema().fields] == ["id", "name", "a", "b"]
