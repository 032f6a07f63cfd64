"""The original's own Python SDK, as it was published, for what this server has of the original."""

import os

import pytest
from conftest import Versioned, people
from pypangolin import PangolinClient, get_iceberg_catalog
from pypangolin.assets import DeltaAsset, MlModelAsset
from pypangolin.exceptions import ConflictError, NotFoundError


@pytest.fixture
def client() -> PangolinClient:
    return PangolinClient(os.environ["PANGOLIN_URI"])


def test_branches(client, versioned: Versioned):
    made = client.branches.create("dev", catalog=versioned.name)
    assert (made.name, made.branch_type, made.assets) == ("dev", "ingest", [])
    assert client.branches.create("second", from_branch="dev", catalog_name=versioned.name).head_commit_id == made.head_commit_id
    assert [branch.name for branch in client.branches.list(catalog=versioned.name)] == ["dev", "main", "second"]
    assert client.branches.get("main").name == "main"
    with pytest.raises(ConflictError):
        client.branches.create("dev", catalog=versioned.name)
    with pytest.raises(NotFoundError):
        client.branches.create("x", from_branch="nope", catalog=versioned.name)


def test_the_log_and_tags(client, versioned: Versioned):
    versioned.at().create_namespace("shop")
    newest, first = client.branches.list_commits("main", catalog=versioned.name)
    assert (newest.message, newest.parent_id, first.parent_id) == ("create namespace shop", first.id, None)
    assert newest.timestamp >= first.timestamp
    tag = client.tags.create("before", first.id, catalog_name=versioned.name)
    assert (tag.name, tag.commit_id) == ("before", first.id)
    assert [each.name for each in client.tags.list(versioned.name)] == ["before"]
    assert ("shop",) not in versioned.at("before").list_namespaces()
    client.tags.delete("before", versioned.name)
    assert client.tags.list(versioned.name) == []


def write(catalog, key: str, value: str) -> None:
    with catalog.load_table("shop.orders").transaction() as change:
        change.set_properties({key: value})


def test_merges(client, versioned: Versioned):
    main = versioned.at()
    main.create_namespace("shop")
    main.create_table("shop.orders", people().schema).append(people((1, "a")))
    versioned.branch("dev")
    versioned.at("dev").load_table("shop.orders").append(people((2, "b")))
    done = client.branches.merge("dev", "main", catalog=versioned.name)
    assert (done.status, done.source_branch, done.conflicts) == ("Completed", "dev", [])
    assert main.load_table("shop.orders").scan().count() == 2
    client.branches.rebase("dev", catalog=versioned.name)
    write(versioned.at("dev"), "k", "dev")
    write(main, "k", "main")
    with pytest.raises(ConflictError):
        client.branches.merge("dev", "main", catalog=versioned.name)
    open_merge, _ = client.merge_operations.list(versioned.name)
    assert open_merge.status == "Conflicted"
    [conflict] = client.merge_operations.list_conflicts(open_merge.id)
    assert (conflict.conflict_type, conflict.asset_name) == ("MetadataConflict", "shop.orders")
    assert conflict.details["conflicting_properties"] == ["k"]
    client.merge_operations.resolve_conflict(conflict.id, "source")
    client.merge_operations.complete(open_merge.id)
    assert client.merge_operations.get(open_merge.id).status == "Completed"
    assert main.load_table("shop.orders").properties["k"] == "dev"


def test_a_merge_given_up(client, versioned: Versioned):
    main = versioned.at()
    main.create_namespace("shop")
    main.create_table("shop.orders", people().schema)
    versioned.branch("dev")
    for ref in ("dev", "main"):
        versioned.at(ref).load_table("shop.orders").append(people((1, ref)))
    with pytest.raises(ConflictError):
        client.branches.merge("dev", "main", catalog=versioned.name)
    [open_merge] = client.merge_operations.list(versioned.name)
    [conflict] = client.merge_operations.get(open_merge.id).conflicts
    assert conflict["conflict_type"] == "DataOverlap"
    source, target = (conflict["details"][f"{side}_snapshots"] for side in ("source", "target"))
    assert [each["summary"]["operation"] for each in (*source, *target)] == ["append", "append"]
    assert int(source[0]["snapshot_id"]) == versioned.at("dev").load_table("shop.orders").current_snapshot().snapshot_id
    client.merge_operations.abort(open_merge.id)
    assert client.merge_operations.get(open_merge.id).status == "Aborted"
    assert main.load_table("shop.orders").scan().to_arrow()["name"].to_pylist() == ["main"]


def test_generic_assets(client, versioned: Versioned):
    versioned.at().create_namespace(("lake", "raw"))
    DeltaAsset.register(client, versioned.name, ["lake", "raw"], "events", "s3://lake/events", properties={"owner": "ann"})
    MlModelAsset.register(client, versioned.name, "lake.raw", "model", "s3://lake/model")
    path = f"/api/v1/catalogs/{versioned.name}/namespaces/lake.raw/assets"
    assert [(each["name"], each["kind"]) for each in client.get(path)] == [("events", "DELTA_TABLE"), ("model", "ML_MODEL")]
    shown = client.get(f"{path}/events")
    assert (shown["location"], shown["properties"]) == ("s3://lake/events", {"owner": "ann"})
    with pytest.raises(ConflictError):
        DeltaAsset.register(client, versioned.name, "lake.raw", "model", "s3://elsewhere")


def test_its_iceberg_catalog_on_main_and_on_a_branch(versioned: Versioned):
    main = get_iceberg_catalog(versioned.name, uri=os.environ["PANGOLIN_URI"])
    main.create_namespace("shop")
    main.create_table(("shop", "orders"), people().schema).append(people((1, "a")))
    versioned.branch("dev")
    dev = get_iceberg_catalog(f"{versioned.name}@dev", uri=os.environ["PANGOLIN_URI"])
    dev.load_table(("shop", "orders")).append(people((2, "b")))
    assert dev.load_table(("shop", "orders")).scan().count() == 2
    assert main.load_table(("shop", "orders")).scan().count() == 1
    assert main.load_table(("shop", "orders@dev")).scan().count() == 2
