"""What the scripts share: one Spark for all, and a namespace per test."""

import uuid

import pytest
from engine import Engine, start_spark


@pytest.fixture(scope="session", autouse=True)
def spark():
    spark = start_spark()
    yield spark
    spark.stop()


@pytest.fixture
def namespace(spark) -> str:
    name = f"ns_{uuid.uuid4().hex[:8]}"
    engine = Engine()
    engine.sql(f"CREATE NAMESPACE {engine.at('main')}.{name}")
    return name
