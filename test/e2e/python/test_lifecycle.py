"""Register, rename, drop, purge."""

import pytest
from conftest import files_below, local_path, people
from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError, TableAlreadyExistsError
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import IdentityTransform
from pyiceberg.types import LongType, NestedField, StringType
from test_files import eventually


def filled(catalog, identifier, *numbers):
    """A table with one file per number, in a partition whose folder's name has odd characters."""
    spec = PartitionSpec(PartitionField(source_id=2, field_id=1000, transform=IdentityTransform(), name="name"))
    schema = Schema(NestedField(1, "id", LongType(), required=True), NestedField(2, "name", StringType()))
    table = catalog.create_table(identifier, schema, partition_spec=spec)
    for number in numbers or (1,):
        table.append(people((number, "../c d%41/ü")))
    return table


def test_rename(catalog, namespace):
    catalog.create_namespace((namespace, "other"))
    table = filled(catalog, (namespace, "old"))
    renamed = catalog.rename_table((namespace, "old"), (namespace, "other", "new name"))
    assert renamed.metadata.table_uuid == table.metadata.table_uuid
    assert renamed.metadata_location == table.metadata_location
    renamed.append(people((2, "y")))
    assert catalog.load_table((namespace, "other", "new name")).scan().to_arrow().num_rows == 2
    with pytest.raises(NoSuchTableError):
        catalog.load_table((namespace, "old"))


def test_a_table_created_after_a_rename_shares_no_folder(catalog, namespace):
    first = filled(catalog, (namespace, "t"))
    catalog.rename_table((namespace, "t"), (namespace, "u"))
    second = filled(catalog, (namespace, "t"))
    assert first.location() != second.location()
    catalog.drop_table((namespace, "t"))
    third = filled(catalog, (namespace, "t"))
    assert third.location() not in (first.location(), second.location())


def test_renames_that_are_refused(catalog, namespace):
    filled(catalog, (namespace, "a"))
    filled(catalog, (namespace, "b"))
    with pytest.raises(TableAlreadyExistsError):
        catalog.rename_table((namespace, "a"), (namespace, "b"))
    with pytest.raises(NoSuchTableError):
        catalog.rename_table((namespace, "missing"), (namespace, "c"))
    with pytest.raises(NoSuchNamespaceError):
        catalog.rename_table((namespace, "a"), (namespace, "nowhere", "a"))
    assert sorted(catalog.list_tables(namespace)) == [(namespace, "a"), (namespace, "b")]


def test_drop_keeps_the_files_and_register_brings_it_back(catalog, namespace):
    table = filled(catalog, (namespace, "t"), 1, 2)
    before = files_below(table.location())
    catalog.drop_table((namespace, "t"))
    assert not catalog.table_exists((namespace, "t"))
    assert files_below(table.location()) == before
    with pytest.raises(NoSuchTableError):
        catalog.drop_table((namespace, "t"))

    registered = catalog.register_table((namespace, "back"), table.metadata_location)
    assert registered.metadata_location == table.metadata_location
    assert registered.metadata.table_uuid == table.metadata.table_uuid
    assert registered.scan().to_arrow().num_rows == 2
    registered.append(people((3, "z")))
    assert catalog.load_table((namespace, "back")).scan().to_arrow().num_rows == 3


def test_register_an_earlier_version(catalog, namespace):
    table = filled(catalog, (namespace, "t"), 1, 2, 3)
    earlier = table.metadata.metadata_log[1].metadata_file
    catalog.drop_table((namespace, "t"))
    registered = catalog.register_table((namespace, "t"), earlier)
    assert registered.scan().to_arrow().num_rows == 1
    with pytest.raises(TableAlreadyExistsError):
        catalog.register_table((namespace, "t"), earlier)


def test_register_over_an_existing_table(catalog, namespace):
    """Brings back what a bad write destroyed, as an operator would."""
    table = filled(catalog, (namespace, "t"), 1, 2)
    good = table.metadata_location
    table.delete("id > 0")
    assert catalog.load_table((namespace, "t")).scan().count() == 0
    restored = catalog.register_table((namespace, "t"), good, overwrite=True)
    assert restored.metadata_location == good
    assert catalog.load_table((namespace, "t")).scan().count() == 2
    restored.append(restored.scan().to_arrow())
    assert catalog.load_table((namespace, "t")).scan().count() == 4


def test_purge_removes_the_files_and_nothing_else(catalog, namespace):
    doomed = filled(catalog, (namespace, "doomed"), 1, 2)
    sibling = filled(catalog, (namespace, "sibling"), 1)
    beside = local_path(doomed.location()).parent / f"{local_path(doomed.location()).name}-beside"
    beside.mkdir()
    (beside / "precious.txt").write_text("not of the table")
    kept = files_below(sibling.location())
    assert len(files_below(doomed.location())) > 6

    catalog.purge_table((namespace, "doomed"))
    assert not catalog.table_exists((namespace, "doomed"))
    eventually(lambda: not local_path(doomed.location()).exists() or files_below(doomed.location()) == set())
    assert files_below(sibling.location()) == kept
    assert (beside / "precious.txt").read_text() == "not of the table"
    assert catalog.load_table((namespace, "sibling")).scan().to_arrow().num_rows == 1


def test_a_name_can_be_used_again_after_a_purge(catalog, namespace):
    filled(catalog, (namespace, "t"))
    catalog.purge_table((namespace, "t"))
    table = filled(catalog, (namespace, "t"), 7)
    assert catalog.load_table((namespace, "t")).scan().to_arrow()["id"].to_pylist() == [7]
    assert table.location()


def test_purge_of_an_empty_table_and_of_a_missing_one(catalog, namespace):
    table = catalog.create_table((namespace, "empty"), people().schema)
    catalog.purge_table((namespace, "empty"))
    eventually(lambda: not local_path(table.location()).exists() or files_below(table.location()) == set())
    with pytest.raises(NoSuchTableError):
        catalog.purge_table((namespace, "empty"))
