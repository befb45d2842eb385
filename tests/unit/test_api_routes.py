"""The API: same answers as the services, a key on every route, errors as JSON, runs picked up without a restart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from changes_kit import two_nights
from fastapi.testclient import TestClient
from graphfraud_api import create_app
from graphfraud_api.examples import EXAMPLES
from surface_examples import examples
from surface_kit import PHONE, publish

from graphfraud.core.runs import LIVE
from graphfraud.errors import StoreError
from graphfraud.nightly.prune import prune
from graphfraud.services.workspace import Workspace, create_workspace

ROUTES = [
    "/v1/accounts/b",
    "/v1/accounts/b/network",
    "/v1/accounts/b/ring",
    "/v1/accounts/b/trace",
    "/v1/trace?case=CASE-1",
    "/v1/accounts/b/risk",
    "/v1/cases/CASE-1/holds",
    "/v1/accounts/d/restitution",
    "/v1/victims",
    "/v1/victims/next",
    "/v1/cases/CASE-1/requests",
    "/v1/rings/R-1",
    "/v1/runs",
    "/v1/changes",
]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = create_workspace(tmp_path / "work", environ={})
    publish(made.runs.root, "one")
    return made


@pytest.fixture
def client(workspace: Workspace) -> Iterator[TestClient]:
    with TestClient(create_app(workspace), headers={"X-API-Key": workspace.api_key()}) as opened:
        yield opened


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_needs_the_key_and_names_its_run(client: TestClient, route: str) -> None:
    for headers in ({"X-API-Key": ""}, {"X-API-Key": "wrong"}, {"X-API-Key": "schlüssel".encode()}):
        refused = client.get(route, headers=headers)
        assert refused.status_code == 401
        assert refused.json()["error"]["type"] == "Unauthorised"
    answer = client.get(route)
    assert answer.status_code == 200
    assert (answer.json()["run_id"], answer.json()["as_of"]) == ("one", "2026-01-02T00:00:00+08:00")
    assert answer.headers["cache-control"] == "no-store"


def test_answers_are_those_of_the_services(client: TestClient) -> None:
    asked = {
        "account": "/v1/accounts/b",
        "network": "/v1/accounts/b/network?hops=1",
        "ring": "/v1/rings/R-1",
        "trace": "/v1/accounts/c/trace?direction=up",
        "trace case": "/v1/trace?case=CASE-1&rule=all",
        "risk": "/v1/accounts/b/risk",
        "holds": "/v1/cases/CASE-1/holds?delay=1h",
        "restitution": "/v1/accounts/d/restitution",
        "victims": "/v1/victims?everyone=true",
        "next victims": "/v1/victims/next",
        "requests": "/v1/cases/CASE-1/requests",
    }
    for name, route in asked.items():
        got = client.get(route).json()
        assert got.pop("run_id") == "one"
        assert got == {k: v for k, v in EXAMPLES[name].items() if k != "run_id"}
    down = client.get("/v1/accounts/a/trace?direction=down").json()
    assert sum(end["amount"] for end in down["ends"]) == down["total"] == 100_000


def test_changes_of_two_nights(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "nights", environ={})
    two_nights(workspace.runs.root)
    with TestClient(create_app(workspace), headers={"X-API-Key": workspace.api_key()}) as client:
        assert client.get("/v1/changes?limit=2&run=two").json() == EXAMPLES["changes"]
        assert client.get("/v1/changes?run=one").json()["predecessor"] is None
        assert client.get("/v1/changes?limit=0").status_code == 422


def test_examples_are_true_and_in_the_document(client: TestClient) -> None:
    assert examples() == EXAMPLES, "python tests/surface_examples.py writes them anew"
    document = client.get("/openapi.json", headers={"X-API-Key": ""}).json()
    for path in (
        "/v1/accounts/{account_id}",
        "/v1/accounts/{account_id}/trace",
        "/v1/trace",
        "/v1/cases/{case_no}/holds",
        "/v1/accounts/{account_id}/restitution",
        "/v1/victims",
        "/v1/victims/next",
        "/v1/cases/{case_no}/requests",
        "/v1/rings/{ring_id}",
        "/v1/runs",
        "/v1/changes",
    ):
        content = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        assert content["example"]["run_id"]
        assert content["schema"]["$ref"].endswith("Answer")
    assert document["components"]["securitySchemes"]["APIKeyHeader"]["name"] == "X-API-Key"


@pytest.mark.parametrize(
    ("route", "status", "kind", "says"),
    [
        ("/v1/accounts/nobody", 404, "UnknownId", "'nobody' is not among the 67 accounts"),
        ("/v1/rings/R-9", 404, "UnknownId", "'R-9'"),
        ("/v1/accounts/b?run=none", 404, "UnknownId", "one"),
        ("/v1/accounts/b?run=..%2F..", 404, "UnknownId", "one"),
        ("/v1/nothing", 404, "NotFound", "Not Found"),
        ("/v1/accounts/b/network?hops=5", 422, "UsageError", "hops"),
        ("/v1/accounts/b/network?since=5&until=5", 422, "UsageError", "window is empty"),
        ("/v1/accounts/b/trace?direction=left", 422, "UsageError", "direction"),
        ("/v1/accounts/b/trace?rule=best", 422, "UsageError", "rule"),
        ("/v1/accounts/nobody/trace", 404, "UnknownId", "'nobody'"),
        ("/v1/trace", 422, "UsageError", "one thing"),
        ("/v1/trace?case=CASE-1&txn=T0", 422, "UsageError", "one thing"),
        ("/v1/trace?case=CASE-9", 404, "UnknownId", "'CASE-9'"),
        ("/v1/trace?txn=none", 404, "UnknownId", "'none'"),
        ("/v1/trace?referral=REF-9", 404, "UnknownId", "'REF-9'"),
        ("/v1/cases/CASE-9/requests", 404, "UnknownId", "'CASE-9'"),
        ("/v1/victims?limit=-1", 422, "UsageError", "limit"),
        ("/v1/accounts/" + "9" * 200, 422, "UsageError", "account_id"),
    ],
)
def test_errors_are_json(client: TestClient, route: str, status: int, kind: str, says: str) -> None:
    answer = client.get(route)
    assert (answer.status_code, answer.json()["error"]["type"]) == (status, kind)
    assert says in answer.json()["error"]["message"]


def test_persons_are_masked(client: TestClient) -> None:
    text = "".join(client.get(route).text for route in ROUTES)
    assert PHONE not in text
    assert "王小明" not in text


def test_a_new_live_run_is_picked_up_and_the_old_one_let_go(client: TestClient, workspace: Workspace) -> None:
    assert client.get("/v1/accounts/b/risk").json()["run_id"] == "one"
    publish(workspace.runs.root, "two")
    assert prune(workspace.runs.root, keep=1).held == ("one",)  # the server reads it still
    assert client.get("/v1/accounts/b/risk").json()["run_id"] == "two"
    assert client.get("/v1/accounts/b/risk?run=one").json()["run_id"] == "one"
    assert prune(workspace.runs.root, keep=1).deleted == ("one",)  # nobody holds it any more
    assert client.get("/v1/accounts/b/risk?run=one").status_code == 404
    assert client.get("/v1/accounts/b/risk").json()["run_id"] == "two"


def test_before_the_first_run(tmp_path: Path) -> None:
    empty = create_workspace(tmp_path / "work", environ={})
    with TestClient(create_app(empty), headers={"X-API-Key": empty.api_key()}) as client:
        answer = client.get("/v1/accounts/b")
        assert answer.status_code == 503
        assert "graphfraud nightly" in answer.json()["error"]["message"]
        assert client.get("/v1/runs").json()["runs"] == []


def test_a_fault_says_nothing_of_itself(workspace: Workspace) -> None:
    (workspace.runs.root / "one" / "findings" / "scores.parquet").write_bytes(b"torn")
    headers = {"X-API-Key": workspace.api_key()}
    with TestClient(create_app(workspace), headers=headers, raise_server_exceptions=False) as client:
        answer = client.get("/v1/accounts/b/risk")
    assert answer.status_code in (500, 503)
    assert "Traceback" not in answer.text
    assert json.loads(answer.text)["error"]["type"]


def test_a_short_key_protects_nothing(workspace: Workspace) -> None:
    workspace.key_file.write_text("\n")
    with pytest.raises(StoreError, match="fewer than 16"):
        create_app(workspace)
    assert (workspace.runs.root / LIVE).exists()
