"""What language models are told, by a real client and by the answers themselves."""

import asyncio
import sys
from dataclasses import replace

import pytest
from astropy.coordinates import SkyCoord

from stellarwh.serve.agent import AGENT_LIMITS, Agent
from stellarwh.serve.problems import Problem
from tests.adql.hostile import hostile
from tests.serve.conftest import GROUP

mcp = pytest.importorskip("mcp", reason="the mcp package is not installed")

pytestmark = GROUP


@pytest.fixture(scope="module")
def agent(stars_path):
    with Agent(stars_path) as agent:
        yield agent


def test_tables_and_columns_are_described(agent):
    tables = {table["table"]: table for table in agent.schema()["tables"]}
    assert tables["main.stars"]["rows"] >= 300
    assert "tap_schema.tables" in {name.lower() for name in tables}
    assert not any(name.startswith(("meta.", "ml.")) for name in tables)
    columns = {c["name"]: c for c in agent.schema("parameters")["columns"]}
    assert columns["teff"]["unit"] == "K"
    assert columns["teff"]["ucd"] == "phys.temperature.effective"
    with pytest.raises(Problem, match=r"Did you mean 'main\.stars'"):
        agent.schema("main.starz")


def test_a_query_gives_rows_with_units(agent):
    found = agent.query("select count(*) as n, avg(teff) as t from main.parameters")
    assert [c.get("unit") for c in found["columns"]] == [None, "K"]
    ((count, mean),) = found["rows"]
    assert 100 < count <= 400
    assert 4000 < mean < 7000
    assert found["is_complete"]
    assert found["is_simulated"]


def test_an_answer_says_when_there_is_more(agent):
    found = agent.query("select star_id from stars", max_rows=3)
    assert (len(found["rows"]), found["is_complete"]) == (3, False)
    assert "there are more" in found["note"]
    found = agent.query("select top 3 star_id from stars", max_rows=3)
    assert (len(found["rows"]), found["is_complete"]) == (3, True)
    # Some hundred wide rows are more than an answer holds.
    found = agent.query("select * from main.measurements", max_rows=1000)
    assert 0 < len(found["rows"]) < 400
    assert not found["is_complete"]


def test_ids_keep_their_last_digits(agent):
    found = agent.query("select top 1 9007199254740993 as i, 7 as j from stars")
    assert found["rows"] == [["9007199254740993", 7]]


def test_a_cone_gives_the_nearest_first(agent):
    stars = agent.query("select ra, dec from stars", max_rows=1000)["rows"]
    places = SkyCoord(stars, unit="deg")
    # Around the one that has most neighbours.
    near = places[:, None].separation(places[None, :]).arcsec
    centre = int((near < 36_000).sum(axis=1).argmax())
    expected = sorted(near[centre][near[centre] <= 36_000])
    found = agent.cone_search(*stars[centre], 36_000, max_rows=1000)
    names = [column["name"] for column in found["columns"]]
    apart = [row[names.index("separation")] for row in found["rows"]]
    assert apart == pytest.approx(expected, abs=1e-6)
    assert len(apart) > 1
    ra, dec = stars[centre]
    with pytest.raises(Problem, match="no position"):
        agent.cone_search(ra, dec, 5, "main.parameters")
    with pytest.raises(Problem, match="no place on the sky"):
        agent.cone_search(ra, 91, 5)


def test_a_star_is_explained(agent):
    ((star,),) = agent.query("select top 1 star_id from main.parameters")["rows"]
    assert f"is star {star}" in agent.explain(str(star))["told"]
    with pytest.raises(Problem, match="No star has"):
        agent.explain("zork")


def test_no_hostile_query_is_answered(agent):
    for query in hostile(seed=3, n=500):
        with pytest.raises(Problem):
            agent.query(query)


@pytest.mark.slow
def test_no_hostile_query_of_many_is_answered(agent):
    for query in hostile(seed=4, n=10_000):
        with pytest.raises(Problem):
            agent.query(query)


def test_a_question_has_its_time(stars_path):
    pairs = ", ".join(f"main.measurements as {name}" for name in "abcd")
    with Agent(stars_path, replace(AGENT_LIMITS, seconds=0.2)) as agent:
        with pytest.raises(Problem, match=r"took longer than 0\.2 s"):
            agent.query(
                f"select count(*) as n from {pairs} "
                "where a.teff > b.teff and b.logg < c.logg and c.snr < d.snr"
            )
        assert agent.query("select top 1 star_id from stars")["rows"]


def test_a_client_asks_on_standard_input(stars_path):
    command = mcp.StdioServerParameters(
        command=sys.executable,
        args=["-m", "stellarwh", "mcp", "--warehouse", str(stars_path), "--quiet"],
    )

    async def asked():
        async with mcp.Client(command) as client:
            tools = {tool.name: tool for tool in (await client.list_tools()).tools}
            good = await client.call_tool(
                "query", {"adql": "select count(*) as n from stars where ra is null"}
            )
            bad = await client.call_tool(
                "query", {"adql": "select * from read_csv('/etc/passwd')"}
            )
            return tools, good, bad

    tools, good, bad = asyncio.run(asked())
    assert set(tools) == {"schema", "query", "cone_search", "explain"}
    assert all(tool.annotations.read_only_hint for tool in tools.values())
    assert good.structured_content["rows"] == [[0]]
    assert bad.is_error
    assert "read_csv(…) is no table" in bad.content[0].text
