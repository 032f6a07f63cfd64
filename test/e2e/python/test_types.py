"""Every type of Iceberg, written and read back value by value."""

import datetime as dt
import decimal
import uuid

import pyarrow as pa
import pytest
from pyiceberg.schema import Schema
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FixedType,
    FloatType,
    GeographyType,
    GeometryType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    StructType,
    TimestampNanoType,
    TimestampType,
    TimestamptzNanoType,
    TimestamptzType,
    TimeType,
    UnknownType,
    UUIDType,
)

PRIMITIVES = [
    ("boolean", BooleanType(), [True, False, None]),
    ("int", IntegerType(), [-(2**31), 2**31 - 1, None]),
    ("long", LongType(), [-(2**63), 2**63 - 1, None]),
    ("float", FloatType(), [1.5, float("-inf"), None]),
    ("double", DoubleType(), [5e-324, 1.7976931348623157e308, None]),
    ("small_decimal", DecimalType(9, 2), [decimal.Decimal("-9999999.99"), decimal.Decimal("0.01"), None]),
    (
        "large_decimal",
        DecimalType(38, 10),
        [decimal.Decimal("9999999999999999999999999999.9999999999"), decimal.Decimal("-0.0000000001"), None],
    ),
    ("date", DateType(), [dt.date(1, 1, 1), dt.date(9999, 12, 31), None]),
    ("time", TimeType(), [dt.time(0, 0), dt.time(23, 59, 59, 999999), None]),
    ("timestamp", TimestampType(), [dt.datetime(1969, 12, 31, 23, 59, 59, 999999), dt.datetime(2038, 1, 19, 3, 14, 8), None]),
    ("timestamptz", TimestamptzType(), [dt.datetime(2026, 3, 29, 1, 0, tzinfo=dt.timezone.utc), dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc), None]),
    ("string", StringType(), ["", "🐧 'quoted' \"twice\" \\ \x00 end", None]),
    ("uuid", UUIDType(), [uuid.UUID(int=0), uuid.UUID("f79c3e09-677c-4bbd-a479-3f349cb785e7"), None]),
    ("fixed", FixedType(5), [b"\x00\xff\x00\xff\x00", b"12345", None]),
    ("binary", BinaryType(), [b"", bytes(range(256)), None]),
]


@pytest.mark.parametrize(("name", "kind", "values"), PRIMITIVES, ids=[case[0] for case in PRIMITIVES])
def test_primitive(catalog, namespace, name, kind, values):
    schema = Schema(NestedField(1, "row", IntegerType(), required=True), NestedField(2, name, kind, required=False))
    table = catalog.create_table((namespace, name), schema)
    assert catalog.load_table((namespace, name)).schema().find_field(name).field_type == kind

    arrow = table.schema().as_arrow()
    raw = [value.bytes if isinstance(value, uuid.UUID) else value for value in values]
    column = pa.array(raw, arrow.field(name).type.storage_type if isinstance(arrow.field(name).type, pa.UuidType) else arrow.field(name).type)
    if isinstance(arrow.field(name).type, pa.UuidType):
        column = pa.ExtensionArray.from_storage(arrow.field(name).type, column)
    table.append(pa.table([pa.array(range(len(values)), pa.int32()), column], schema=arrow))

    result = catalog.load_table((namespace, name)).scan().to_arrow().sort_by("row")
    read = [value.as_py() for value in result[name]]
    assert [value.bytes if isinstance(value, uuid.UUID) else value for value in read] == raw


def test_nested_types(catalog, namespace):
    schema = Schema(
        NestedField(1, "id", LongType(), required=True),
        NestedField(2, "tags", ListType(3, StringType(), element_required=False), required=False),
        NestedField(4, "attributes", MapType(5, StringType(), 6, LongType(), value_required=False), required=False),
        NestedField(
            7,
            "address",
            StructType(
                NestedField(8, "street", StringType(), required=False),
                NestedField(9, "geo", StructType(NestedField(10, "lat", DoubleType(), required=True), NestedField(11, "lon", DoubleType(), required=True)), required=False),
            ),
            required=False,
        ),
        NestedField(
            12,
            "history",
            ListType(13, StructType(NestedField(14, "at", TimestamptzType(), required=False), NestedField(15, "lines", MapType(16, IntegerType(), 17, ListType(18, DecimalType(10, 3)))))),
            required=False,
        ),
    )
    table = catalog.create_table((namespace, "nested"), schema)
    assert catalog.load_table((namespace, "nested")).schema() == table.schema()
    assert table.schema().column_names == schema.column_names
    rows = [
        {
            "id": 1,
            "tags": ["a", None, "🐧"],
            "attributes": [("a", 1), ("__proto__", 2**60 + 1), ("none", None)],
            "address": {"street": "Main", "geo": {"lat": 52.5, "lon": 13.4}},
            "history": [{"at": dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc), "lines": [(1, [decimal.Decimal("1.000"), decimal.Decimal("2.125")]), (2, [])]}],
        },
        {"id": 2, "tags": [], "attributes": [], "address": {"street": None, "geo": None}, "history": []},
        {"id": 3, "tags": None, "attributes": None, "address": None, "history": []},
    ]
    table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))
    assert catalog.load_table((namespace, "nested")).scan().to_arrow().sort_by("id").to_pylist() == rows
    only = catalog.load_table((namespace, "nested")).scan(row_filter="address.geo.lat > 50", selected_fields=("id", "address.geo.lat")).to_arrow()
    assert only.to_pylist() == [{"id": 1, "address": {"geo": {"lat": 52.5}}}]


def test_types_of_format_3_are_kept(catalog, namespace):
    schema = Schema(
        NestedField(1, "id", LongType(), required=True),
        NestedField(2, "nothing", UnknownType(), required=False),
        NestedField(3, "place", GeometryType(), required=False),
        NestedField(4, "route", GeographyType(), required=False),
        NestedField(5, "local", TimestampNanoType(), required=False),
        NestedField(6, "instant", TimestamptzNanoType(), required=False),
    )
    created = catalog.create_table((namespace, "three"), schema, properties={"format-version": "3"})
    loaded = catalog.load_table((namespace, "three"))
    assert created.schema().as_struct() == loaded.schema().as_struct() == schema.as_struct()


def test_columns_of_format_3_change(catalog, namespace):
    """PyIceberg reads and changes tables of format 3 but cannot write data into them yet."""
    schema = Schema(NestedField(1, "id", LongType(), required=True))
    table = catalog.create_table((namespace, "defaults"), schema, properties={"format-version": "3"})
    with table.update_schema() as update:
        update.add_column("at", TimestampNanoType())
        update.add_column("country", StringType(), default_value="Österreich")
        update.add_column("huge", LongType(), default_value=2**62 + 3, required=True)
    table = catalog.load_table((namespace, "defaults"))
    assert table.format_version == 3
    assert table.schema().find_type("at") == TimestampNanoType()
    assert table.schema().find_field("country").initial_default == "Österreich"
    assert table.schema().find_field("huge").initial_default == 2**62 + 3
    assert table.schema().find_field("huge").write_default == 2**62 + 3
    assert table.metadata.next_row_id == 0
