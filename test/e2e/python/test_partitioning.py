"""Partition specs with every transform, and sort orders."""

import datetime as dt

import pyarrow as pa
import pytest
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table.sorting import NullOrder, SortDirection, SortField, SortOrder
from pyiceberg.transforms import (
    BucketTransform,
    DayTransform,
    HourTransform,
    IdentityTransform,
    MonthTransform,
    TruncateTransform,
    VoidTransform,
    YearTransform,
)
from pyiceberg.types import LongType, NestedField, StringType, TimestamptzType

SCHEMA = Schema(
    NestedField(1, "id", LongType(), required=True),
    NestedField(2, "city", StringType(), required=False),
    NestedField(3, "at", TimestamptzType(), required=False),
)
ROWS = [
    {"id": 1, "city": "Berlin", "at": dt.datetime(2025, 12, 31, 23, 59, tzinfo=dt.timezone.utc)},
    {"id": 2, "city": "Bern", "at": dt.datetime(2026, 1, 1, 0, 0, tzinfo=dt.timezone.utc)},
    {"id": 3, "city": "a/b=c d%", "at": dt.datetime(1969, 7, 20, 20, 17, tzinfo=dt.timezone.utc)},
    {"id": 4, "city": None, "at": None},
]
TRANSFORMS = [
    ("identity", 2, IdentityTransform(), 4),
    ("bucket", 1, BucketTransform(16), None),
    ("truncate_text", 2, TruncateTransform(3), 3),
    ("truncate_number", 1, TruncateTransform(2), 3),
    ("year", 3, YearTransform(), 4),
    ("month", 3, MonthTransform(), 4),
    ("day", 3, DayTransform(), 4),
    ("hour", 3, HourTransform(), 4),
    ("void", 2, VoidTransform(), 1),
]


def arrow_rows(table) -> pa.Table:
    return pa.Table.from_pylist(ROWS, schema=table.schema().as_arrow())


@pytest.mark.parametrize(("name", "source", "transform", "partitions"), TRANSFORMS, ids=[case[0] for case in TRANSFORMS])
def test_transform(catalog, namespace, name, source, transform, partitions):
    spec = PartitionSpec(PartitionField(source_id=source, field_id=1000, transform=transform, name=f"by_{name}"))
    catalog.create_table((namespace, name), SCHEMA, partition_spec=spec)
    table = catalog.load_table((namespace, name))
    assert table.spec().fields == spec.fields
    if isinstance(transform, VoidTransform):
        return
    table.append(arrow_rows(table))
    table = catalog.load_table((namespace, name))
    assert table.scan().to_arrow().sort_by("id").to_pylist() == ROWS
    if partitions is not None:
        assert table.inspect.partitions().num_rows == partitions
    wanted = table.scan(row_filter="city == 'Bern'").to_arrow()
    assert wanted["id"].to_pylist() == [2]


def test_several_fields_and_their_files(catalog, namespace):
    spec = PartitionSpec(
        PartitionField(source_id=3, field_id=1000, transform=DayTransform(), name="day"),
        PartitionField(source_id=2, field_id=1001, transform=IdentityTransform(), name="city part"),
        PartitionField(source_id=1, field_id=1002, transform=BucketTransform(4), name="bucket"),
    )
    table = catalog.create_table((namespace, "several"), SCHEMA, partition_spec=spec)
    table.append(arrow_rows(table))
    table = catalog.load_table((namespace, "several"))
    assert table.metadata.last_partition_id == 1002
    assert len(list(table.scan().plan_files())) == 4
    assert len(list(table.scan(row_filter="at >= '2026-01-01T00:00:00+00:00'").plan_files())) == 1
    assert table.scan(row_filter="city == 'a/b=c d%'").to_arrow()["id"].to_pylist() == [3]


def test_sort_orders(catalog, namespace):
    order = SortOrder(
        SortField(source_id=2, transform=IdentityTransform(), direction=SortDirection.DESC, null_order=NullOrder.NULLS_LAST),
        SortField(source_id=1, transform=BucketTransform(8), direction=SortDirection.ASC, null_order=NullOrder.NULLS_FIRST),
    )
    catalog.create_table((namespace, "sorted"), SCHEMA, sort_order=order)
    table = catalog.load_table((namespace, "sorted"))
    assert table.sort_order().fields == order.fields
    with table.update_sort_order() as update:
        update.asc("at", DayTransform(), NullOrder.NULLS_FIRST)
    table = catalog.load_table((namespace, "sorted"))
    assert [field.source_id for field in table.sort_order().fields] == [3]
    assert len(table.sort_orders()) == 2
    with table.update_sort_order() as update:
        update.desc("city", IdentityTransform(), NullOrder.NULLS_LAST).asc("id", BucketTransform(8), NullOrder.NULLS_FIRST)
    table = catalog.load_table((namespace, "sorted"))
    assert table.sort_order().fields == order.fields
    assert len(table.sort_orders()) == 2


def test_spec_evolution(catalog, namespace):
    table = catalog.create_table((namespace, "evolving"), SCHEMA)
    table.append(arrow_rows(table))
    with table.update_spec() as update:
        update.add_field("at", MonthTransform(), "month")
        update.add_field("id", BucketTransform(4), "bucket")
    table.append(arrow_rows(table))
    with table.update_spec() as update:
        update.remove_field("bucket")
        update.rename_field("month", "the month")
    table.append(arrow_rows(table))
    table = catalog.load_table((namespace, "evolving"))
    assert len(table.specs()) == 3
    assert [field.name for field in table.spec().fields] == ["the month"]
    assert table.metadata.last_partition_id == 1001
    assert table.scan().to_arrow().num_rows == 12
    assert table.scan(row_filter="city == 'Bern'").to_arrow()["id"].to_pylist() == [2, 2, 2]
    with table.update_spec() as update:
        update.add_field("id", BucketTransform(4), "bucket")
    assert catalog.load_table((namespace, "evolving")).metadata.last_partition_id == 1001
    assert table.spec().fields[-1].field_id == 1001
