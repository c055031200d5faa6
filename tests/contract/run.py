"""Runs schemathesis against `housewright sandbox serve` with a seeded world, over every operation that is built.

usage: run.py HOUSEWRIGHT DESCRIPTION WORK

Fails on an answer whose status, content type or shape is not described (the overlay counts as description), on a 500,
below 5,000 requests, and for an operation with fewer than 20 requests that succeed.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

import requests

HERE = pathlib.Path(__file__).parent
REQUESTS, SUCCESSES, EXAMPLES = 5_000, 20, 66


def main():
    housewright, description, work = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
    work.mkdir(parents=True, exist_ok=True)
    built = operations_built()
    schema = work / "description.json"
    schema.write_text(json.dumps(effective(json.loads(description.read_text()), built)))
    command = [housewright, "--json", "sandbox", "serve", "--listen", "127.0.0.1:0", "--speed", "0", "--rate-limit", "off"]
    data = work / f"world-{os.getpid()}"
    server = subprocess.Popen([*map(str, command), "--data", str(data)], stdout=subprocess.PIPE, text=True, cwd=work)
    try:
        facts = json.loads(server.stdout.readline())
        world = seeded(facts["url"], facts["organization_id"])
        (work / "world.json").write_text(json.dumps(world))
        begin = time.monotonic()
        failed, counts = fuzz(schema, facts["url"], work, built)
        took = time.monotonic() - begin
    finally:
        server.terminate()
        server.wait(timeout=30)
    return judge(counts, built, failed, took)


def operations_built():
    page = (HERE / "../../docs/sandbox-operations.md").read_text()
    built = page.split("## Built")[1].split("## Not built")[0]
    return set(re.findall(r"^\| `(\w+)` \|", built, re.M))


def effective(description, built):
    """The description with what is built only, closed objects, and the overlay's statuses."""
    overlay = json.loads((HERE / "overlay.json").read_text())
    envelope = {"content": {"application/json": {"schema": overlay["envelope"]}}, "description": "a refusal"}
    for path, operations in list(description["paths"].items()):
        for method in list(operations):
            operation = operations[method]
            if method in ("get", "post", "put", "patch", "delete") and operation["operationId"] not in built:
                del operations[method]
            elif method in ("get", "post", "put", "patch", "delete"):
                for response in operation["responses"].values():
                    close(response.get("content", {}))
                for status in ("401", "403", "404", "409", "413"):
                    operation["responses"].setdefault(status, envelope)
        if not any(method in operations for method in ("get", "post", "put", "patch", "delete")):
            del description["paths"][path]
    schemas = description["components"]["schemas"]
    used = reachable(description["paths"], schemas)
    description["components"]["schemas"] = {name: schemas[name] for name in sorted(used)}
    for name in used:
        if not name.endswith("Request") and not name.endswith("RequestV1"):
            close(schemas[name])
    return description


def reachable(paths, schemas):
    """Names of the schemas that the paths need; the others would only slow everything down."""
    found, waiting = set(), [paths]
    while waiting:
        for name in re.findall(r"#/components/schemas/(\w+)", json.dumps(waiting.pop())):
            if name not in found:
                found.add(name)
                waiting.append(schemas[name])
    return found


def close(schema):
    if isinstance(schema, list):
        for item in schema:
            close(item)
    elif isinstance(schema, dict):
        for value in schema.values():
            close(value)
        if isinstance(schema.get("properties"), dict):
            schema.setdefault("additionalProperties", False)


def seeded(origin, organization):
    """A world in which every operation has something to work on."""
    session = requests.Session()
    session.auth = ("sandbox", "sandbox")

    def call(method, url, body=None):
        answer = session.request(method, url, json=body)
        answer.raise_for_status()
        return answer.json()

    def api(method, path, body=None):
        return call(method, f"{origin}/v1/organizations/{organization}{path}", body)["result"]

    def control(method, path, body=None):
        return call(method, f"{origin}/_sandbox{path}", body)

    limits = {"servicesQuota": 1_000_000, "apiKeysQuota": 1_000_000, "replicasPerWarehouse": 1_000_000}
    control("PATCH", "/organization", limits | {"entitlements": {"snapshots": True}})
    body = {"name": "seed", "provider": "aws", "region": "us-east-1", "ipAccessList": [], "tags": [{"key": "team"}]}
    services = [api("POST", "/services", body)["service"]["id"] for _ in range(5)]
    role = api("POST", "/roles", {"name": "seed", "actors": [], "policies": []})["id"]
    key = api("POST", "/keys", {"name": "seed"})["key"]["id"]
    invitation = api("POST", "/invitations", {"email": "seed@example.com"})["id"]
    other = api("POST", "/invitations", {"email": "member@example.com"})["id"]
    member = control("POST", f"/invitations/{other}/accept", {"name": "Seed"})["userId"]
    infrastructure = api("POST", "/byocInfrastructure", {"regionId": "us-east-1", "accountId": "123456789012"})["id"]
    control("POST", "/clock", {"advanceSeconds": 3_000})
    link = {"enablePrivateLoadBalancer": True, "enablePrivateLink": True}
    api("PATCH", f"/byocInfrastructure/{infrastructure}", link)
    kept = services[4]
    backup = control("POST", f"/services/{kept}/backups")["id"]
    api("PATCH", f"/services/{kept}/snapshotConfiguration", {"enabled": True, "gap": 60, "timeFrame": 2_880})
    control("POST", "/clock", {"advanceSeconds": 7_200})
    snapshots = [snapshot["id"] for snapshot in api("GET", f"/services/{kept}/snapshots")]
    return {
        "origin": origin,
        "organization": organization,
        "services": services[:3],
        "stateful": services[3],
        "kept": services[4],
        "roles": [role],
        "keys": [key],
        "members": [member],
        "invitations": [invitation],
        "activities": [activity["id"] for activity in api("GET", "/activities")],
        "infrastructures": [infrastructure],
        "quotas": [quota["quotaCode"] for quota in api("GET", "/quotas")],
        "settings": ["max_threads", "max_query_size", "max_execution_time", "max_memory_usage", "max_result_rows"],
        "backups": [backup],
        "snapshots": snapshots,
    }


def fuzz(schema, origin, work, built):
    """Half of the operations in each of two processes. Gives whether one failed, and the counts of all operations.

    Now and then schemathesis ends an operation after a few cases, which a round of its own mends.
    """
    halves = [sorted(built)[first::2] for first in range(2)]
    running = [start(schema, origin, work, half, number) for number, half in enumerate(halves)]
    failed = any([process.wait() != 0 for process in running])
    counts = {}
    for number in range(len(halves)):
        counts |= json.loads((work / f"counts-{number}.json").read_text())
    short = [name for name in sorted(built) if counts.get(name, {}).get("successes", 0) < SUCCESSES]
    if short and len(short) < 10:
        failed |= start(schema, origin, work, short, 2).wait() != 0
        for name, count in json.loads((work / "counts-2.json").read_text()).items():
            known = counts.setdefault(name, {"requests": 0, "successes": 0, "statuses": {}})
            known["requests"] += count["requests"]
            known["successes"] += count["successes"]
    return failed, counts


def start(schema, origin, work, operations, number):
    counts = work / f"counts-{number}.json"
    counts.write_text("{}")
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
        "CONTRACT_WORLD": str(work / "world.json"),
        "CONTRACT_COUNTS": str(counts),
        "PYTHONPATH": str(HERE),
    }
    checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
    command = [
        str(pathlib.Path(sys.executable).with_name("schemathesis")), "run", str(schema), "--url", origin,
        "--auth", "sandbox:sandbox", "--phases", "fuzzing", "--max-examples", str(EXAMPLES), "--checks", checks,
        "--generation-database", "none", "--continue-on-failure", "--no-shrink", "--suppress-health-check", "all",
        "--warnings", "off", "--generation-with-security-parameters", "false", "--no-color", "--seed", "1",
    ]
    for operation in operations:
        command += ["--include-operation-id", operation]
    with open(work / f"schemathesis-{number}.log", "w", encoding="utf-8") as log:
        return subprocess.Popen(command, env=environment, cwd=work, stdout=log, stderr=subprocess.STDOUT)


def judge(counts, built, failed, took):
    total = sum(count["requests"] for count in counts.values())
    successes = sum(count["successes"] for count in counts.values())
    poor = {name: counts.get(name, {}) for name in sorted(built) if counts.get(name, {}).get("successes", 0) < SUCCESSES}
    print(f"schemathesis: {total} requests to {len(counts)} operations, {successes} succeeded, {took:.0f} s")
    for name, count in poor.items():
        print(f"  {name}: fewer than {SUCCESSES} successes: {count}")
    if total < REQUESTS:
        print(f"  fewer than {REQUESTS} requests")
    if failed:
        print("  schemathesis found a failure; its report is in schemathesis-*.log in the work folder")
    return 1 if poor or failed or total < REQUESTS else 0


sys.exit(main())
