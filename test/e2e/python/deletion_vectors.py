"""Writes deletion vectors, which PyIceberg reads and cannot write yet: puffin file, manifest, manifest list, snapshot.

The formats are those of the Iceberg specification: Puffin, `deletion-vector-v1`, manifests and manifest lists of version 3.
"""

import json
import time
import uuid
import zlib

from pyiceberg.avro.file import AvroOutputFile
from pyiceberg.io import FileIO
from pyiceberg.manifest import (
    MANIFEST_LIST_FILE_SCHEMAS,
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
    ManifestListWriterV2,
    ManifestWriterV2,
)
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation, Snapshot, Summary
from pyiceberg.table.update import AddSnapshotUpdate, AssertRefSnapshotId, SetSnapshotRefUpdate, UpgradeFormatVersionUpdate
from pyiceberg.typedef import Record
from pyroaring import BitMap

PUFFIN_MAGIC = b"PFA1"
VECTOR_MAGIC = b"\xd1\xd3\x39\x64"
CODEC = "null"


class DeleteManifestWriter(ManifestWriterV2):
    def content(self) -> ManifestContent:
        return ManifestContent.DELETES

    @property
    def version(self) -> int:
        return 3

    @property
    def _meta(self) -> dict[str, str]:
        return {**super()._meta, "content": "deletes"}

    def new_writer(self) -> AvroOutputFile:
        schema = self._with_partition(3)
        return AvroOutputFile(self._output_file, schema, "manifest_entry", record_schema=schema, metadata=self._meta)


class ManifestListWriterV3(ManifestListWriterV2):
    def __enter__(self) -> "ManifestListWriterV3":
        schema = MANIFEST_LIST_FILE_SCHEMAS[3]
        meta = {**self._meta, "format-version": "3"}
        self._writer = AvroOutputFile(self._output_file, schema, "manifest_file", record_schema=schema, metadata=meta)
        self._writer.__enter__()
        return self


def vector_blob(positions: list[int]) -> bytes:
    bitmaps = (1).to_bytes(8, "little") + (0).to_bytes(4, "little") + BitMap(positions).serialize()
    body = VECTOR_MAGIC + bitmaps
    return len(body).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def write_puffin(io: FileIO, path: str, data_file: str, positions: list[int]) -> tuple[int, int]:
    """The size of the file and of the one blob in it, which begins after the magic."""
    blob = vector_blob(positions)
    described = {
        "type": "deletion-vector-v1",
        "fields": [2147483546],
        "snapshot-id": -1,
        "sequence-number": -1,
        "offset": len(PUFFIN_MAGIC),
        "length": len(blob),
        "properties": {"referenced-data-file": data_file, "cardinality": str(len(positions))},
    }
    footer = json.dumps({"blobs": [described]}).encode()
    content = PUFFIN_MAGIC + blob + PUFFIN_MAGIC + footer + len(footer).to_bytes(4, "little") + bytes(4) + PUFFIN_MAGIC
    with io.new_output(path).create() as stream:
        stream.write(content)
    return len(content), len(blob)


def in_version_3(manifest: ManifestFile, first_row_id: int | None) -> ManifestFile:
    names = [field.name for field in MANIFEST_LIST_FILE_SCHEMAS[2].fields]
    values = dict(zip(names, manifest._data, strict=True))
    return ManifestFile.from_args(_table_format_version=3, **values, first_row_id=first_row_id)


def upgrade(table: Table) -> Table:
    """To format 3, which PyIceberg's own method refuses."""
    table.catalog.commit_table(table, (), (UpgradeFormatVersionUpdate(format_version=3),))
    return table.refresh()


def delete_positions(table: Table, positions: list[int]) -> None:
    """Deletes rows of the one data file that a table of format 2 had before it became one of format 3."""
    metadata, io = table.metadata, table.io
    parent = table.current_snapshot()
    [task] = table.scan().plan_files()
    snapshot_id, sequence_number = uuid.uuid4().int >> 66, metadata.last_sequence_number + 1
    vector = f"{metadata.location}/data/{uuid.uuid4()}.puffin"
    size, blob_size = write_puffin(io, vector, task.file.file_path, positions)
    deletes = DataFile.from_args(
        _table_format_version=3,
        content=DataFileContent.POSITION_DELETES,
        file_path=vector,
        file_format=FileFormat.PUFFIN,
        partition=Record(),
        record_count=len(positions),
        file_size_in_bytes=size,
        referenced_data_file=task.file.file_path,
        content_offset=len(PUFFIN_MAGIC),
        content_size_in_bytes=blob_size,
    )
    manifest = io.new_output(f"{metadata.location}/metadata/{uuid.uuid4()}.avro")
    with DeleteManifestWriter(table.spec(), table.schema(), manifest, snapshot_id, CODEC) as entries:
        entries.add_entry(ManifestEntry.from_args(status=ManifestEntryStatus.ADDED, snapshot_id=snapshot_id, data_file=deletes))
    listed = io.new_output(f"{metadata.location}/metadata/snap-{snapshot_id}.avro")
    with ManifestListWriterV3(listed, snapshot_id, parent.snapshot_id, sequence_number, CODEC) as manifests:
        manifests.add_manifests([in_version_3(each, metadata.next_row_id) for each in parent.manifests(io)])
        manifests.add_manifests([in_version_3(entries.to_manifest_file(), None)])
    snapshot = Snapshot(
        snapshot_id=snapshot_id,
        parent_snapshot_id=parent.snapshot_id,
        sequence_number=sequence_number,
        timestamp_ms=int(time.time() * 1000),
        manifest_list=listed.location,
        summary=Summary(Operation.DELETE),
        schema_id=metadata.current_schema_id,
        first_row_id=metadata.next_row_id,
        added_rows=task.file.record_count,
    )
    table.catalog.commit_table(
        table,
        (AssertRefSnapshotId(ref="main", snapshot_id=parent.snapshot_id),),
        (AddSnapshotUpdate(snapshot=snapshot), SetSnapshotRefUpdate(ref_name="main", type="branch", snapshot_id=snapshot_id)),
    )
