"""Append, overwrite, delete, upsert and their kin."""

import pyarrow as pa
import pytest
from conftest import people, sorted_rows
from pyiceberg.expressions import EqualTo, GreaterThan, LessThan
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import LongType, NestedField, StringType


@pytest.fixture
def table(catalog, namespace):
    created = catalog.create_table((namespace, "people"), people().schema)
    created.append(people((1, "a"), (2, "b"), (3, "c")))
    return created


def reread(catalog, table) -> list[tuple]:
    fresh = catalog.load_table(table.name())
    return [tuple(row.values()) for row in sorted_rows(fresh.scan().to_arrow())]


def test_append(catalog, table):
    table.append(people((4, "d")), snapshot_properties={"source": "test 🐧"})
    assert reread(catalog, table) == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]
    summary = catalog.load_table(table.name()).current_snapshot().summary
    assert summary["source"] == "test 🐧"
    assert summary["total-records"] == "4"
    assert summary.operation.value == "append"


def test_append_through_a_long_lived_table_object(catalog, table):
    other = catalog.load_table(table.name())
    other.append(people((4, "d")))
    table.append(people((5, "e")))
    assert [row[0] for row in reread(catalog, table)] == [1, 2, 3, 4, 5]
    assert len(catalog.load_table(table.name()).snapshots()) == 3


def test_fast_append_and_merge(catalog, namespace):
    table = catalog.create_table((namespace, "merging"), people().schema, properties={"commit.manifest-merge.enabled": "true", "commit.manifest.min-count-to-merge": "2"})
    for number in range(5):
        table.append(people((number, "x")))
    assert len(reread(catalog, table)) == 5
    assert len(catalog.load_table(table.name()).current_snapshot().manifests(table.io)) < 5


def test_overwrite_everything(catalog, table):
    table.overwrite(people((9, "z")))
    assert reread(catalog, table) == [(9, "z")]


def test_overwrite_by_filter(catalog, table):
    table.overwrite(people((2, "B"), (7, "g")), overwrite_filter=EqualTo("id", 2))
    assert reread(catalog, table) == [(1, "a"), (2, "B"), (3, "c"), (7, "g")]


def test_delete(catalog, table):
    table.delete(GreaterThan("id", 1))
    assert reread(catalog, table) == [(1, "a")]
    table.delete("name == 'a'")
    assert reread(catalog, table) == []


def test_delete_whole_files(catalog, table):
    table.append(people((10, "j")))
    table.delete(LessThan("id", 5))
    assert reread(catalog, table) == [(10, "j")]
    assert catalog.load_table(table.name()).current_snapshot().summary.operation.value == "delete"


def test_upsert(catalog, namespace):
    schema = Schema(NestedField(1, "id", LongType(), required=True), NestedField(2, "name", StringType()), identifier_field_ids=[1])
    table = catalog.create_table((namespace, "upserts"), schema)
    assert catalog.load_table(table.name()).schema().identifier_field_ids == [1]
    table.append(people((1, "a"), (2, "b")))
    result = catalog.load_table(table.name()).upsert(people((2, "B"), (3, "c"), (1, "a")))
    assert (result.rows_updated, result.rows_inserted) == (1, 1)
    assert reread(catalog, table) == [(1, "a"), (2, "B"), (3, "c")]


def test_dynamic_partition_overwrite(catalog, namespace):
    schema = Schema(NestedField(1, "id", LongType(), required=True), NestedField(2, "name", StringType()))
    spec = PartitionSpec(PartitionField(source_id=2, field_id=1000, transform=IdentityTransform(), name="name"))
    table = catalog.create_table((namespace, "dynamic"), schema, partition_spec=spec)
    table.append(people((1, "a"), (2, "a"), (3, "b")))
    catalog.load_table(table.name()).dynamic_partition_overwrite(people((9, "a"), (8, "c")))
    assert reread(catalog, table) == [(3, "b"), (8, "c"), (9, "a")]


def test_many_rows_in_many_batches(catalog, namespace):
    rows = 200_000
    data = pa.table({"id": pa.array(range(rows), pa.int64()), "square": pa.array([number * number for number in range(rows)], pa.int64())})
    table = catalog.create_table((namespace, "many"), data.schema, properties={"write.target-file-size-bytes": str(256 * 1024)})
    table.append(data)
    table = catalog.load_table(table.name())
    assert table.scan().count() == rows
    assert table.scan(row_filter="id >= 199998").to_arrow().sort_by("id")["square"].to_pylist() == [199998**2, 199999**2]


def test_empty_appends_and_no_op_commits(catalog, table):
    before = catalog.load_table(table.name())
    with catalog.load_table(table.name()).transaction() as transaction:
        transaction.set_properties({"owner": "me"})
    again = catalog.load_table(table.name())
    assert again.properties["owner"] == "me"
    assert again.current_snapshot() == before.current_snapshot()
    table.append(people())
    assert len(reread(catalog, table)) == 3
