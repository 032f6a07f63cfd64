"""Schemas change; old data stays readable."""

import pyarrow as pa
import pytest
from conftest import people, sorted_rows
from pyiceberg.exceptions import ValidationError
from pyiceberg.types import DoubleType, FloatType, IntegerType, ListType, LongType, NestedField, StringType, StructType


@pytest.fixture
def table(catalog, namespace):
    created = catalog.create_table((namespace, "people"), people().schema)
    created.append(people((1, "a"), (2, "b")))
    return created


def test_add_rename_move_make_optional_and_delete(catalog, table):
    with table.update_schema() as update:
        update.add_column("age", IntegerType(), doc="years 🐧")
        update.add_column("address", StructType(NestedField(1, "street", StringType()), NestedField(2, "tags", ListType(3, StringType()))))
        update.rename_column("name", "full name")
        update.make_column_optional("id")
        update.move_first("age")
        update.move_after("id", "name")
    with table.update_schema() as update:
        update.add_column(("address", "zip"), LongType())
        update.delete_column(("address", "street"))
    table = catalog.load_table(table.name())
    assert [field.name for field in table.schema().fields] == ["age", "full name", "id", "address"]
    assert table.schema().find_field("age").doc == "years 🐧"
    assert not table.schema().find_field("id").required
    assert table.metadata.last_column_id == 8
    assert len(table.schemas()) == 3
    assert sorted_rows(table.scan().to_arrow())[0] == {"age": None, "full name": "a", "id": 1, "address": None}

    with table.update_schema() as update:
        update.delete_column("full name")
        update.add_column("full name", LongType())
    table = catalog.load_table(table.name())
    assert table.schema().find_field("full name").field_id == 9
    assert table.scan(selected_fields=("full name",)).to_arrow().to_pylist() == [{"full name": None}] * 2


def test_promote_types(catalog, namespace):
    data = pa.table({"whole": pa.array([1], pa.int32()), "real": pa.array([1.5], pa.float32())})
    table = catalog.create_table((namespace, "promoted"), data.schema)
    table.append(data)
    with table.update_schema() as update:
        update.update_column("whole", LongType())
        update.update_column("real", DoubleType())
    table = catalog.load_table(table.name())
    assert table.schema().find_type("whole") == LongType()
    assert table.scan().to_arrow().to_pylist() == [{"whole": 1, "real": 1.5}]
    with pytest.raises(ValidationError), table.update_schema() as update:
        update.update_column("real", FloatType())


def test_union_by_name_and_identifier_fields(catalog, table):
    wider = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("name", pa.string()), pa.field("extra", pa.list_(pa.float64()))])
    with table.update_schema() as update:
        update.union_by_name(wider)
        update.set_identifier_fields("id")
    table = catalog.load_table(table.name())
    assert table.schema().identifier_field_names() == {"id"}
    assert table.schema().find_type("extra") == ListType(4, DoubleType(), element_required=False)
    table.append(pa.Table.from_pylist([{"id": 3, "name": "c", "extra": [1.0]}], schema=table.schema().as_arrow()))
    assert table.scan().to_arrow().num_rows == 3


def test_going_back_to_an_earlier_schema_reuses_it(catalog, table):
    first = table.schema()
    with table.update_schema() as update:
        update.add_column("x", LongType())
    with table.update_schema() as update:
        update.delete_column("x")
    table = catalog.load_table(table.name())
    assert table.schema() == first
    assert len(table.schemas()) == 2
    assert table.metadata.last_column_id == 3


def test_upgrade_from_format_1_to_2(catalog, namespace):
    table = catalog.create_table((namespace, "old"), people().schema, properties={"format-version": "1"})
    assert table.format_version == 1
    table.append(people((1, "a")))
    with table.transaction() as transaction:
        transaction.upgrade_table_version(2)
    table = catalog.load_table(table.name())
    assert table.format_version == 2
    table.append(people((2, "b")))
    table = catalog.load_table(table.name())
    assert [row["id"] for row in sorted_rows(table.scan().to_arrow())] == [1, 2]
    assert [snapshot.sequence_number for snapshot in table.snapshots()] == [0, 1]


def test_table_properties(catalog, namespace):
    table = catalog.create_table((namespace, "described"), people().schema, properties={"comment": "Größe", "a": "1"})
    with table.transaction() as transaction:
        transaction.set_properties({"b": "2", "__proto__": "data", "": "empty key"})
        transaction.remove_properties("a")
    properties = catalog.load_table(table.name()).properties
    assert {key: properties.get(key) for key in ("comment", "a", "b", "__proto__", "")} == {
        "comment": "Größe",
        "a": None,
        "b": "2",
        "__proto__": "data",
        "": "empty key",
    }
