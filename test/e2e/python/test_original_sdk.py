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
