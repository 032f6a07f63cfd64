"""The settings of docs/guides/clients.md, as they stand there."""

import os
import re
from pathlib import Path

from engine import SERVER, Engine, make_branch, make_tag
from tables import append

GUIDE = Path(__file__).parents[3] / "docs/guides/clients.md"
SETTING = re.compile(r"^(spark\.\S+)\s+(\S.*)$", re.MULTILINE)


def test_the_settings_of_the_guide_reach_catalog_branch_and_tag(spark, namespace):
    settings = dict(SETTING.findall(GUIDE.read_text().replace("http://127.0.0.1:8080", SERVER)))
    assert settings.pop("spark.jars") == Path(os.environ["ICEBERG_JAR"]).name
    assert settings.pop("spark.sql.extensions") == spark.conf.get("spark.sql.extensions")
    name = f"{namespace}.t"
    engine = Engine()
    for setting, value in settings.items():
        engine.session.conf.set(setting, value)
    engine.sql(f"CREATE TABLE pangolin.{name} (id BIGINT, name STRING, n INT)")
    append(engine, f"pangolin.{name}", 0, 2)
    make_branch("etl/june")
    make_tag("v1")
    append(engine, f"june.{name}", 5, 1)
    append(engine, f"pangolin.{name}", 7, 2)
    counts = [engine.sql(f"SELECT count(*) c FROM {each}.{name}")[0].c for each in ("pangolin", "june", "v1")]
    assert counts == [4, 3, 2]
