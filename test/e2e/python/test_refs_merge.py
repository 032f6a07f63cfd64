"""Write, audit, publish over the whole catalog: work on a branch, look at it, merge it into main."""

import os

import pytest
import requests
from conftest import Versioned, manage, people, sorted_rows
from deletion_vectors import delete_positions, upgrade
from pyiceberg.types import LongType, StringType
from pypangolin import PangolinClient
from test_views import SCHEMA, version

ORDERS = ("shop", "orders")


@pytest.fixture
def shop(versioned: Versioned) -> Versioned:
    main = versioned.at()
    main.create_namespace("shop")
    main.create_table(ORDERS, people().schema).append(people((1, "main")))
    return versioned


def ids(catalog, identifier=ORDERS) -> list[int]:
    return [row["id"] for row in sorted_rows(catalog.load_table(identifier).scan().to_arrow())]


def merge(catalog: Versioned, source: str, target: str = "main", **fields) -> requests.Response:
    body = {"source_branch": source, "target_branch": target, "catalog": catalog.name, **fields}
    return requests.post(f"{os.environ['PANGOLIN_URI']}/api/v1/branches/merge", json=body, timeout=60)


def test_write_audit_publish(shop):
    etl = shop.at(shop.branch("etl"))
    etl.load_table(ORDERS).append(people((2, "loaded"), (3, "loaded")))
    etl.create_namespace("report")
    etl.create_table(("report", "daily"), people().schema).append(people((9, "new")))
    with etl.load_table(ORDERS).update_schema() as update:
        update.add_column("price", LongType())
    main = shop.at()
    assert ids(main) == [1]
    assert main.list_namespaces() == [("default",), ("shop",)]
    assert etl.load_table(ORDERS).scan(row_filter="name is null").count() == 0
    merged = merge(shop, "etl")
    assert merged.status_code == 200, merged.text
    assert merged.json()["status"] == "Completed"
    assert ids(main) == [1, 2, 3]
    assert ids(main, ("report", "daily")) == [9]
    assert [field.name for field in main.load_table(ORDERS).schema().fields] == ["id", "name", "price"]
    newest = shop.log()[0]
    assert newest["id"] == merged.json()["result_commit_id"]
    main.load_table(ORDERS).append(people((4, "after the merge")))
    assert (ids(main), ids(etl)) == ([1, 2, 3, 4], [1, 2, 3])


def test_changes_of_different_tables_meet(shop):
    shop.at().create_table(("shop", "other"), people().schema)
    dev = shop.at(shop.branch("dev"))
    dev.load_table(ORDERS).append(people((2, "dev")))
    dev.rename_table(("shop", "other"), ("shop", "renamed"))
    shop.at().load_table(("shop", "other")).append(people((5, "main")))
    assert merge(shop, "dev").status_code == 200
    assert shop.at().list_tables("shop") == [ORDERS, ("shop", "renamed")]
    assert (ids(shop.at()), ids(shop.at(), ("shop", "renamed"))) == ([1, 2], [5])


def test_a_conflict_changes_nothing_until_it_is_decided(shop):
    dev = shop.at(shop.branch("dev"))
    dev.load_table(ORDERS).append(people((2, "dev")))
    shop.at().load_table(ORDERS).append(people((3, "main")))
    refused = merge(shop, "dev")
    assert refused.status_code == 409, refused.text
    assert refused.json()["status"] == "conflicted"
    assert (ids(shop.at()), ids(dev)) == ([1, 3], [1, 2])
    operation = refused.json()["operation_id"]
    [conflict] = manage("GET", f"merge-operations/{operation}/conflicts")
    assert "DataOverlap" in conflict["conflict_type"]
    manage("POST", f"conflicts/{conflict['id']}/resolve", strategy="TakeSource")
    manage("POST", f"merge-operations/{operation}/complete")
    assert ids(shop.at()) == [1, 2]


def test_an_experimental_branch_is_not_merged(shop):
    trial = shop.at(shop.branch("trial", branch_type="experimental"))
    trial.load_table(ORDERS).append(people((2, "trial")))
    assert merge(shop, "trial").status_code == 400
    assert ids(shop.at()) == [1]


def test_schema_changes_of_both_sides_are_a_conflict(shop):
    dev = shop.at(shop.branch("dev"))
    for catalog, column, kind in ((dev, "a", LongType()), (shop.at(), "b", StringType())):
        with catalog.load_table(ORDERS).update_schema() as update:
            update.add_column(column, kind)
    refused = merge(shop, "dev")
    assert refused.status_code == 409, refused.text
    [conflict] = manage("GET", f"merge-operations/{refused.json()['operation_id']}/conflicts")
    assert "SchemaChange" in conflict["conflict_type"]


def test_deletion_vectors_and_iceberg_refs_are_published(shop):
    upgrade(shop.at().load_table(ORDERS))
    shop.at().create_table(("shop", "numbers"), people().schema).append(people(*[(number, "x") for number in range(5)]))
    upgrade(shop.at().load_table(("shop", "numbers")))
    dev = shop.at(shop.branch("dev"))
    table = dev.load_table(("shop", "numbers"))
    table.manage_snapshots().create_tag(table.current_snapshot().snapshot_id, "whole").commit()
    delete_positions(dev.load_table(("shop", "numbers")), [1, 3])
    shop.at().load_table(ORDERS).update_schema().add_column("price", LongType()).commit()
    assert merge(shop, "dev").status_code == 200
    published = shop.at().load_table(("shop", "numbers"))
    assert ids(shop.at(), ("shop", "numbers")) == [0, 2, 4]
    assert published.scan().use_ref("whole").to_arrow().num_rows == 5
    assert (published.format_version, published.metadata.next_row_id) == (3, 5)


def test_views_namespaces_assets_and_drops_are_published(shop):
    shop.at().create_table(("shop", "old"), people().schema)
    dev = shop.at(shop.branch("dev"))
    dev.create_namespace("report", {"owner": "ann"})
    dev.create_view(("report", "totals"), SCHEMA, version("SELECT 1"))
    dev.drop_table(("shop", "old"))
    assets = f"catalogs/{shop.name}/namespaces/report/assets"
    manage("POST", f"{assets}?branch=dev", name="model", kind="ML_MODEL", location="s3://models/1")
    assert merge(shop, "dev").status_code == 200
    main = shop.at()
    assert main.load_namespace_properties("report")["owner"] == "ann"
    assert main.load_view(("report", "totals")).sql_for("spark").sql == "SELECT 1"
    assert main.list_tables("shop") == [ORDERS]
    assert manage("GET", f"{assets}/model")["location"] == "s3://models/1"


def test_a_protected_branch_takes_merges_only(shop):
    shop.branch("release", protected=True)
    dev = shop.at(shop.branch("dev"))
    dev.load_table(ORDERS).append(people((2, "dev")))
    assert merge(shop, "dev", "release").status_code == 200
    assert ids(shop.at("release")) == [1, 2]


def test_the_originals_sdk_merges(shop):
    client = PangolinClient(os.environ["PANGOLIN_URI"])
    dev = shop.at(shop.branch("dev"))
    dev.load_table(ORDERS).append(people((2, "dev")))
    merged = client.branches.merge("dev", "main", catalog=shop.name)
    assert (merged.source_branch, merged.target_branch, merged.status) == ("dev", "main", "Completed")
    assert ids(shop.at()) == [1, 2]
