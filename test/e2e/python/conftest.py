"""What the scripts share: one catalog, as a user would load it, and a namespace per test."""

import os
import re
import uuid
from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.catalog import Catalog, load_catalog


def open_catalog(**properties: str) -> Catalog:
    """The line of the README, against the server under test."""
    return load_catalog("pangolin", uri=os.environ["PANGOLIN_URI"], warehouse="default", **properties)


def local_path(location: str) -> Path:
    """The path of a `file:` location, taken literally, as PyIceberg takes it: `%` stays `%`."""
    return Path(re.sub("^file:/+", "/", location))


def files_below(location: str) -> set[Path]:
    return {path for path in local_path(location).rglob("*") if path.is_file()}


def people(*rows: tuple[int, str]) -> pa.Table:
    """A small table of (id, name) whose columns are required and optional."""
    schema = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("name", pa.string())])
    return pa.Table.from_pylist([{"id": number, "name": name} for number, name in rows], schema=schema)


def sorted_rows(table: pa.Table, *keys: str) -> list[dict]:
    return table.sort_by([(key, "ascending") for key in keys or ("id",)]).to_pylist()


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return open_catalog()


@pytest.fixture
def namespace(catalog: Catalog) -> str:
    name = f"ns_{uuid.uuid4().hex[:12]}"
    catalog.create_namespace(name)
    return name
