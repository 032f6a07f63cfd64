"""The same tables, read without the catalog, by readers that never heard of it."""

import datetime as dt

import duckdb
import pyarrow.dataset as ds
import pytest
from conftest import local_path, people, sorted_rows
from pyiceberg.table import StaticTable
from pyiceberg.transforms import IdentityTransform


@pytest.fixture
def table(catalog, namespace):
    created = catalog.create_table((namespace, "read"), people().schema)
    created.append(people((1, "a"), (2, "b")))
    with created.update_spec() as update:
        update.add_field("name", IdentityTransform(), "name_part")
    created.append(people((3, "a"), (4, "c/d")))
    created.delete("id == 2")
    return catalog.load_table(created.name())


EXPECTED = [{"id": 1, "name": "a"}, {"id": 3, "name": "a"}, {"id": 4, "name": "c/d"}]


def data_files(table) -> list[str]:
    return [str(local_path(task.file.file_path)) for task in table.scan().plan_files()]


def test_pyarrow_reads_the_files_that_the_metadata_names(table):
    alone = StaticTable.from_metadata(table.metadata_location)
    assert sorted_rows(ds.dataset(data_files(alone), format="parquet").to_table(columns=["id", "name"])) == EXPECTED
    assert sorted_rows(alone.scan().to_arrow()) == EXPECTED
    assert alone.metadata == table.metadata


def test_duckdb_reads_the_table(table):
    """By `iceberg_scan` where the extension can be loaded, else the data files that the metadata names."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    try:
        connection.execute("LOAD iceberg")
        source, parameter = "iceberg_scan(?)", table.metadata_location
    except duckdb.Error as reason:
        assert "iceberg" in str(reason)
        source, parameter = "read_parquet(?)", data_files(StaticTable.from_metadata(table.metadata_location))
    rows = connection.execute(f"SELECT id, name FROM {source} ORDER BY id", [parameter]).fetchall()
    assert rows == [(row["id"], row["name"]) for row in EXPECTED]


def test_every_version_in_the_metadata_log_can_be_read(table):
    counts = []
    for entry in [*table.metadata.metadata_log]:
        version = StaticTable.from_metadata(entry.metadata_file)
        counts.append(version.scan().count() if version.current_snapshot() else 0)
        assert version.metadata.last_updated_ms <= table.metadata.last_updated_ms
    assert counts == [0, 2, 2, 4]
    assert [entry.timestamp_ms for entry in table.metadata.metadata_log] == sorted(entry.timestamp_ms for entry in table.metadata.metadata_log)
    assert abs(table.metadata.last_updated_ms / 1000 - dt.datetime.now(dt.timezone.utc).timestamp()) < 60
