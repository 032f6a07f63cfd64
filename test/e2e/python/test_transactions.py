"""Several changes of one table as one commit, and creating a table with its first data."""

import pytest
from conftest import people, sorted_rows
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError
from pyiceberg.transforms import BucketTransform
from pyiceberg.types import LongType


def test_many_changes_are_one_commit(catalog, namespace):
    table = catalog.create_table((namespace, "t"), people().schema)
    before = table.metadata_location
    with table.transaction() as transaction:
        with transaction.update_schema() as schema:
            schema.add_column("age", LongType())
        with transaction.update_spec() as spec:
            spec.add_field("id", BucketTransform(4), "bucket")
        transaction.set_properties({"owner": "me"})
        transaction.append(people((1, "a")))
        transaction.append(people((2, "b")))
        transaction.delete("id == 1")
    table = catalog.load_table(table.name())
    assert [entry.metadata_file for entry in table.metadata.metadata_log] == [before]
    assert sorted_rows(table.scan().to_arrow()) == [{"id": 2, "name": "b", "age": None}]
    assert table.properties["owner"] == "me"
    assert [field.name for field in table.spec().fields] == ["bucket"]


def test_a_failing_transaction_changes_nothing(catalog, namespace):
    table = catalog.create_table((namespace, "t"), people().schema)
    with pytest.raises(RuntimeError, match="no more"), table.transaction() as transaction:
        transaction.append(people((1, "a")))
        raise RuntimeError("no more")
    table = catalog.load_table(table.name())
    assert table.current_snapshot() is None
    assert table.metadata.metadata_log == []


def test_create_with_data_in_one_step(catalog, namespace):
    identifier = (namespace, "ctas")
    with catalog.create_table_transaction(identifier, people().schema, properties={"owner": "me"}) as transaction:
        with transaction.update_schema() as schema:
            schema.add_column("age", LongType())
        with transaction.update_snapshot().fast_append() as append:
            for file in _data_files(transaction, people((1, "a"), (2, "b"))):
                append.append_data_file(file)
        assert not catalog.table_exists(identifier)
    table = catalog.load_table(identifier)
    assert table.scan().to_arrow().num_rows == 2
    assert [field.name for field in table.schema().fields] == ["id", "name", "age"]
    assert table.properties["owner"] == "me"


def test_an_abandoned_create_leaves_nothing(catalog, namespace):
    identifier = (namespace, "abandoned")
    with pytest.raises(RuntimeError), catalog.create_table_transaction(identifier, people().schema):
        raise RuntimeError("changed my mind")
    assert not catalog.table_exists(identifier)
    with pytest.raises(NoSuchTableError):
        catalog.load_table(identifier)
    catalog.create_table(identifier, people().schema)


def test_two_creates_race_and_one_wins(catalog, namespace):
    identifier = (namespace, "raced")
    first = catalog.create_table_transaction(identifier, people().schema, properties={"who": "first"})
    second = catalog.create_table_transaction(identifier, people().schema, properties={"who": "second"})
    first.commit_transaction()
    with pytest.raises(CommitFailedException):
        second.commit_transaction()
    assert catalog.load_table(identifier).properties["who"] == "first"


def _data_files(transaction, data):
    from pyiceberg.io.pyarrow import _dataframe_to_data_files

    return _dataframe_to_data_files(table_metadata=transaction.table_metadata, df=data, io=transaction._table.io)
