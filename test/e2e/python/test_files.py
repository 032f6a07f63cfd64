"""Data files that were there before, and the table's own metadata files."""

import gzip
import json
import os
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests
from conftest import files_below, local_path, people, sorted_rows
from pyiceberg.table.statistics import BlobMetadata, StatisticsFile


def metadata_files(table) -> list[str]:
    return sorted(path.name for path in files_below(table.location()) if "metadata.json" in path.name)


def eventually(what, seconds: float = 20.0) -> None:
    """Waits for work that the server does in the background."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_add_files(catalog, namespace, tmp_path):
    table = catalog.create_table((namespace, "added"), pa.schema([pa.field("id", pa.int64()), pa.field("name", pa.string())]))
    paths = []
    for number in range(3):
        path = tmp_path / f"part ü {number}.parquet"
        pq.write_table(pa.table({"id": pa.array([number], pa.int64()), "name": ["x"]}), path)
        paths.append(str(path))
    table.add_files(paths)
    table = catalog.load_table(table.name())
    assert [row["id"] for row in sorted_rows(table.scan().to_arrow())] == [0, 1, 2]
    assert table.name_mapping() is not None
    with pytest.raises(ValueError, match="already referenced"):
        table.add_files(paths[:1])


def test_the_names_of_metadata_files_grow(catalog, namespace):
    table = catalog.create_table((namespace, "versions"), people().schema)
    for number in range(3):
        table.append(people((number, "x")))
    names = metadata_files(table)
    assert [name[:6] for name in names] == ["00000-", "00001-", "00002-", "00003-"]
    assert names[-1] == local_path(catalog.load_table(table.name()).metadata_location).name
    assert all(name.endswith(".metadata.json") for name in names)
    written = json.loads(local_path(table.metadata_location).read_text())
    assert written["current-snapshot-id"] == table.current_snapshot().snapshot_id
    assert written["table-uuid"] == str(table.metadata.table_uuid)


def test_compressed_metadata(catalog, namespace):
    table = catalog.create_table((namespace, "compressed"), people().schema, properties={"write.metadata.compression-codec": "gzip"})
    table.append(people((1, "a")))
    table = catalog.load_table(table.name())
    assert table.metadata_location.endswith(".gz.metadata.json")
    raw = local_path(table.metadata_location).read_bytes()
    assert raw[:2] == b"\x1f\x8b"
    assert json.loads(gzip.decompress(raw))["table-uuid"] == str(table.metadata.table_uuid)
    with table.transaction() as transaction:
        transaction.set_properties({"write.metadata.compression-codec": "none"})
    table = catalog.load_table(table.name())
    assert json.loads(local_path(table.metadata_location).read_text())["table-uuid"] == str(table.metadata.table_uuid)
    assert table.scan().to_arrow().num_rows == 1


def test_the_metadata_log_is_bounded_and_old_files_go(catalog, namespace):
    properties = {"write.metadata.previous-versions-max": "2", "write.metadata.delete-after-commit.enabled": "true"}
    table = catalog.create_table((namespace, "tidy"), people().schema, properties=properties)
    for number in range(6):
        table.append(people((number, "x")))
    table = catalog.load_table(table.name())
    log = [local_path(entry.metadata_file).name for entry in table.metadata.metadata_log]
    assert len(log) == 2
    current = local_path(table.metadata_location).name
    eventually(lambda: metadata_files(table) == [*log, current])
    assert table.scan().to_arrow().num_rows == 6


def test_the_server_removes_what_falls_out_of_the_log(catalog, namespace):
    """By plain requests, because PyIceberg removes the files itself, right after its own commits."""
    properties = {"write.metadata.previous-versions-max": "2", "write.metadata.delete-after-commit.enabled": "true"}
    table = catalog.create_table((namespace, "tidied"), people().schema, properties=properties)
    prefix = catalog.properties["prefix"]
    url = f"{os.environ['PANGOLIN_URI']}/v1/{prefix}/namespaces/{namespace}/tables/tidied"
    for number in range(6):
        body = {"requirements": [], "updates": [{"action": "set-properties", "updates": {"n": str(number)}}]}
        requests.post(url, json=body, timeout=30).raise_for_status()
    table = table.refresh()
    log = [local_path(entry.metadata_file).name for entry in table.metadata.metadata_log]
    eventually(lambda: metadata_files(table) == [*log, local_path(table.metadata_location).name])


def test_without_the_property_old_metadata_files_stay(catalog, namespace):
    table = catalog.create_table((namespace, "kept"), people().schema, properties={"write.metadata.previous-versions-max": "2"})
    for number in range(4):
        table.append(people((number, "x")))
    assert len(catalog.load_table(table.name()).metadata.metadata_log) == 2
    assert len(metadata_files(table)) == 5


def test_statistics(catalog, namespace):
    table = catalog.create_table((namespace, "counted"), people().schema)
    table.append(people((1, "a")))
    snapshot_id = table.current_snapshot().snapshot_id
    statistics = StatisticsFile(
        snapshot_id=snapshot_id,
        statistics_path=f"{table.location()}/metadata/{snapshot_id}.stats",
        file_size_in_bytes=2**40,
        file_footer_size_in_bytes=42,
        blob_metadata=[BlobMetadata(type="apache-datasketches-theta-v1", snapshot_id=snapshot_id, sequence_number=1, fields=[1], properties={"ndv": "1"})],
    )
    with table.update_statistics() as update:
        update.set_statistics(statistics)
    assert catalog.load_table(table.name()).metadata.statistics == [statistics]
    with table.update_statistics() as update:
        update.remove_statistics(snapshot_id)
    assert catalog.load_table(table.name()).metadata.statistics == []


def test_a_location_of_ones_own(catalog, namespace):
    first = catalog.create_table((namespace, "first"), people().schema)
    location = f"{first.location()}-of my own"
    table = catalog.create_table((namespace, "own"), people().schema, location=location)
    table.append(people((1, "a")))
    assert local_path(catalog.load_table(table.name()).location()) == local_path(location)
    assert len(files_below(location)) == 5
