"""Views, as far as the client has them."""

import pytest
from conftest import local_path, people
from pyiceberg.exceptions import NamespaceNotEmptyError, NoSuchViewError, TableAlreadyExistsError, ViewAlreadyExistsError
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField, StringType
from pyiceberg.view.metadata import SQLViewRepresentation, ViewVersion

SCHEMA = Schema(NestedField(1, "id", LongType(), required=False), NestedField(2, "name", StringType(), required=False, doc="Größe"))


def version(sql: str) -> ViewVersion:
    return ViewVersion(
        version_id=1,
        schema_id=0,
        summary={"engine-name": "test"},
        default_namespace=("default",),
        representations=[
            SQLViewRepresentation(type="sql", sql=sql, dialect="spark"),
            SQLViewRepresentation(type="sql", sql=sql.lower(), dialect="trino"),
        ],
    )


def test_create_load_list_and_drop(catalog, namespace):
    identifier = (namespace, "adults")
    created = catalog.create_view(identifier, SCHEMA, version("SELECT 'é' AS \"q\""), properties={"comment": "🐧"})
    loaded = catalog.load_view(identifier)
    assert loaded.metadata == created.metadata
    assert loaded.sql_for("spark").sql == "SELECT 'é' AS \"q\""
    assert loaded.sql_for("TRINO").sql == "select 'é' as \"q\""
    assert loaded.schema().as_struct() == SCHEMA.as_struct()
    assert loaded.properties["comment"] == "🐧"
    assert loaded.current_version().default_namespace == ("default",)
    assert catalog.view_exists(identifier)
    assert catalog.list_views(namespace) == [identifier]
    assert catalog.list_tables(namespace) == []
    assert not catalog.table_exists(identifier)
    with pytest.raises(NamespaceNotEmptyError):
        catalog.drop_namespace(namespace)
    catalog.drop_view(identifier)
    assert not catalog.view_exists(identifier)
    with pytest.raises(NoSuchViewError):
        catalog.load_view(identifier)
    with pytest.raises(NoSuchViewError):
        catalog.drop_view(identifier)


def test_a_view_and_a_table_cannot_share_a_name(catalog, namespace):
    catalog.create_table((namespace, "t"), people().schema)
    catalog.create_view((namespace, "v"), SCHEMA, version("SELECT 1"))
    with pytest.raises(ViewAlreadyExistsError):
        catalog.create_view((namespace, "t"), SCHEMA, version("SELECT 1"))
    with pytest.raises(ViewAlreadyExistsError):
        catalog.create_view((namespace, "v"), SCHEMA, version("SELECT 1"))
    with pytest.raises(TableAlreadyExistsError):
        catalog.create_table((namespace, "v"), people().schema)
    with pytest.raises(TableAlreadyExistsError):
        catalog.rename_table((namespace, "t"), (namespace, "v"))
    assert catalog.list_tables(namespace) == [(namespace, "t")]
    assert catalog.list_views(namespace) == [(namespace, "v")]


def test_register(catalog, namespace):
    view = catalog.create_view((namespace, "v"), SCHEMA, version("SELECT 1"))
    metadata = sorted(local_path(view.location()).rglob("*.metadata.json"))
    assert len(metadata) == 1
    catalog.drop_view((namespace, "v"))
    registered = catalog.register_view((namespace, "again"), f"file://{metadata[0]}")
    assert registered.metadata.view_uuid == view.metadata.view_uuid
    assert catalog.load_view((namespace, "again")).sql_for("spark").sql == "SELECT 1"
    with pytest.raises(ViewAlreadyExistsError):
        catalog.register_view((namespace, "again"), f"file://{metadata[0]}")
