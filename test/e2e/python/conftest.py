"""What the scripts share: one catalog, as a user would load it, and a namespace per test."""

import os
import re
import uuid
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
import requests
from pyiceberg.catalog import Catalog, load_catalog


def open_catalog(warehouse: str = "default", **properties: str) -> Catalog:
    """The line of the README, against the server under test."""
    return load_catalog("pangolin", uri=os.environ["PANGOLIN_URI"], warehouse=warehouse, **properties)


def manage(method: str, path: str, **body):
    """A request of the management API; the answer as JSON, None without one."""
    answer = requests.request(method, f"{os.environ['PANGOLIN_URI']}/api/v1/{path}", json=body or None, timeout=60)
    assert answer.ok, answer.text
    return answer.json() if answer.content else None


@dataclass(frozen=True)
class Versioned:
    """A catalog whose refs nobody else uses."""

    name: str

    def at(self, ref: str = "main") -> Catalog:
        """The catalog at one of its refs, as every client reaches it."""
        return open_catalog(f"{self.name}@{ref}")

    def branch(self, name: str, **fields) -> str:
        manage("POST", "branches", name=name, catalog=self.name, **fields)
        return name

    def tag(self, name: str, **fields) -> str:
        manage("POST", "tags", name=name, catalog=self.name, **fields)
        return name

    def log(self, ref: str = "main") -> list[dict]:
        return manage("GET", f"commits?catalog={self.name}&ref={ref}")


def local_path(location: str) -> Path:
    """The path of a `file:` location, taken literally, as PyIceberg takes it: `%` stays `%`."""
    return Path(re.sub("^file:/+", "/", location))


def files_below(location: str) -> set[Path]:
    try:
        return {path for path in local_path(location).rglob("*") if path.is_file()}
    except FileNotFoundError:
        # A folder that is deleted while it is listed has no files.
        return set()


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


@pytest.fixture
def versioned() -> Versioned:
    name = f"catalog_{uuid.uuid4().hex[:12]}"
    manage("POST", "catalogs", name=name, warehouse_name="default")
    return Versioned(name)
