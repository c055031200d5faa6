"""What schemathesis cannot know: identifiers of the seeded world, and bodies whose fields fit together.

Two generated cases of three get a path, a query and a body that should succeed; the rest stay as they were drawn.
Where a request uses its object up, a fresh one is made right before it. Successes are counted for each operation.
"""

import atexit
import base64
import collections
import itertools
import json
import os

import requests
import schemathesis
from hypothesis import strategies as st

WORLD = json.load(open(os.environ["CONTRACT_WORLD"], encoding="utf-8"))
ORIGIN, ORGANIZATION = WORLD["origin"], WORLD["organization"]
API = f"{ORIGIN}/v1/organizations/{ORGANIZATION}"
FRESH = "a-fresh-one"

# Drawn numbers repeat from case to case; these do not, in any of the processes.
serial = (f"{os.getpid()}-{number}" for number in itertools.count())
accounts_of_ours = (f"{os.getpid() % 10**5:05}{number:07}" for number in itertools.count())

session = requests.Session()
session.auth = ("sandbox", "sandbox")
counts = collections.defaultdict(lambda: {"requests": 0, "successes": 0, "statuses": collections.Counter()})


def api(method, path, body=None):
    answer = session.request(method, API + path, json=body)
    answer.raise_for_status()
    return answer.json().get("result")


def control(method, path, body=None):
    answer = session.request(method, f"{ORIGIN}/_sandbox{path}", json=body)
    answer.raise_for_status()
    return answer.json()


names = st.text("abcdefghijklmnopqrstuvwxyz -_0123456789", min_size=1, max_size=40)
sources = st.builds("{}.{}.0.0/{}".format, st.integers(1, 223), st.integers(0, 255), st.integers(8, 32))
entries = st.lists(st.fixed_dictionaries({"source": sources}, optional={"description": names}), max_size=3)
tags = st.lists(
    st.fixed_dictionaries({"key": st.from_regex(r"[a-z]{1,8}", fullmatch=True)}), max_size=3, unique_by=lambda t: t["key"]
)
memory = st.integers(2, 30).map(lambda step: step * 4)
regions = st.sampled_from(
    [("aws", "us-east-1"), ("aws", "eu-central-1"), ("gcp", "us-east1"), ("azure", "eastus"), ("azure", "westus3")]
)
service = st.sampled_from(WORLD["services"])
saved_query = st.fixed_dictionaries({"name": st.just(FRESH), "sql": st.just("SELECT 1"), "database": st.just("default")})
query_api_endpoint = st.fixed_dictionaries(
    {
        "name": names.filter(str.strip),
        "sql": st.just("SELECT 1"),
        "database": st.just("default"),
        "apiKeyIds": st.just(WORLD["keys"]),
        "roles": st.just(["sql_console_read_only"]),
    },
    optional={"parameters": st.dictionaries(names, names, max_size=2), "allowedOrigins": st.lists(names, max_size=2)},
)
hashes = st.binary(min_size=32, max_size=32).map(lambda raw: base64.b64encode(raw).decode())


def one(**members):
    return st.fixed_dictionaries(members)


def some(**members):
    return st.fixed_dictionaries({}, optional=members)


def at_least_one(**members):
    return some(**members).filter(bool)


@st.composite
def new_service(draw):
    provider, region = draw(regions)
    low, high = sorted([draw(memory), draw(memory)])
    body = {"name": draw(names), "provider": provider, "region": region, "ipAccessList": draw(entries)}
    body |= {"minReplicaMemoryGb": low, "maxReplicaMemoryGb": high, "tags": draw(tags)}
    return body | draw(some(numReplicas=st.integers(1, 20), idleTimeoutMinutes=st.integers(5, 600)))


@st.composite
def scaling(draw):
    low, high = sorted([draw(memory), draw(memory)])
    body = {"minReplicaMemoryGb": low, "maxReplicaMemoryGb": high}
    return body | draw(some(numReplicas=st.integers(1, 20), idleScaling=st.just(True)))


@st.composite
def totals(draw):
    low, high = sorted([draw(st.integers(2, 30)), draw(st.integers(2, 30))])
    return {"minTotalMemoryGb": low * 12, "maxTotalMemoryGb": high * 12}


@st.composite
def schedule(draw):
    hours = draw(st.lists(st.integers(0, 23), max_size=6, unique=True))
    days = st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True)
    entry = lambda hour: {"name": draw(names), "weekdays": draw(days), "startHourUtc": hour, "endHourUtc": hour + 1}
    return {"entries": [entry(hour) | draw(some(numReplicas=st.integers(1, 9))) for hour in hours]}


@st.composite
def infrastructure(draw):
    body = {"regionId": draw(st.sampled_from(["us-east-1", "us-east-2", "eu-west-1"])), "accountId": FRESH}
    zones = st.lists(st.sampled_from("abcdef"), min_size=3, max_size=6, unique=True)
    return body | draw(some(availabilityZoneSuffixes=zones, vpcCidrRange=st.just("10.4.0.0/16")))


@st.composite
def policy(draw):
    views = ["control-plane:service:view", "control-plane:service:view-backups", "control-plane:service:manage"]
    permissions = draw(st.lists(st.sampled_from(views), min_size=1, unique=True))
    return {"allowDeny": draw(st.sampled_from(["ALLOW", "DENY"])), "permissions": permissions, "resources": ["instance/*"]}


def bucket():
    aws = st.fixed_dictionaries({"bucketProvider": st.just("AWS"), "bucketPath": names, "iamRoleArn": names})
    gcp = {"bucketProvider": st.just("GCP"), "bucketPath": names, "accessKeyId": names, "secretAccessKey": names}
    azure = {"bucketProvider": st.just("AZURE"), "containerName": names, "connectionString": names}
    return st.one_of(aws, st.fixed_dictionaries(gcp), st.fixed_dictionaries(azure))


settings = st.dictionaries(st.sampled_from(["max_threads", "max_query_size", "max_result_rows"]), st.integers(0, 10**6), min_size=1)
keys = some(state=st.sampled_from(["enabled", "disabled"]), ipAccessList=entries, assignedRoleIds=st.just(WORLD["roles"]))
endpoints = st.from_regex(r"vpce-[0-9a-f]{17}", fullmatch=True)

BODIES = {
    "organizationUpdate": some(name=names, enableCoreDumps=st.booleans()),
    "organizationRolePost": one(name=st.just(FRESH), actors=st.just([]), policies=st.lists(policy(), max_size=2)),
    "organizationRolePatch": some(policies=st.lists(policy(), max_size=2), actors=st.just([])),
    "instanceCreate": new_service(),
    "instanceUpdate": some(name=names, ipAccessList=some(add=entries, remove=entries), enableCoreDumps=st.just(False)),
    "instanceStateUpdate": one(command=st.sampled_from(["start", "stop"])),
    "instanceScalingUpdate": totals(),
    "instanceReplicaScalingUpdate": scaling(),
    "instancePasswordUpdate": some(newPasswordHash=hashes),
    "instancePrivateEndpointCreate": st.fixed_dictionaries({"id": endpoints}, optional={"description": names}),
    "instanceQueryEndpointUpsert": one(
        roles=st.lists(st.sampled_from(["sql_console_read_only", "sql_console_admin"])), openApiKeys=st.lists(names)
    ),
    "scalingScheduleUpsert": schedule(),
    "upgradeWindowUpdate": one(weekday=st.integers(0, 6), startHourUtc=st.sampled_from([0, 6, 12, 18])),
    "serviceClickhouseSettingsUpdate": one(settings=settings),
    "backupConfigurationUpdate": some(
        backupRetentionPeriodInHours=st.integers(1, 45).map(lambda days: days * 24), backupPeriodInHours=st.just(24)
    ),
    "snapshotConfigurationUpdate": st.sampled_from(
        [{"enabled": True, "gap": 30, "timeFrame": 1440}, {"enabled": True, "gap": 60, "timeFrame": 2880}, {"enabled": True}]
    ),
    "replicaAwareRoutingUpdate": at_least_one(httpEnabled=st.booleans(), nativeEnabled=st.booleans()),
    "backupBucketCreate": bucket(),
    "backupBucketUpdate": bucket(),
    "openapiKeyCreate": st.builds(lambda name, rest: {"name": name} | rest, names, keys),
    "openapiKeyUpdate": keys,
    "memberUpdate": one(assignedRoleIds=st.just(WORLD["roles"])),
    "invitationCreate": one(email=st.just(FRESH)),
    "savedQueryCreate": saved_query,
    "savedQueryUpdate": saved_query,
    "queryApiEndpointCreate": query_api_endpoint,
    "queryApiEndpointUpdate": query_api_endpoint,
    "organizationByocInfrastructureCreate": infrastructure(),
    "organizationByocInfrastructureValidate": infrastructure(),
    "organizationByocInfrastructureUpdate": some(
        displayName=names, enablePrivateLoadBalancer=st.just(True), tags=st.dictionaries(names, names, max_size=3)
    ),
}

limits = some(limit=st.integers(1, 500))
QUERIES = {
    "organizationGetList": limits,
    "openapiKeyGetList": limits,
    "snapshotGetList": limits,
    "serviceProfilesList": one(region_id=regions.map(lambda place: place[1])),
    "instanceGetList": some(filter=st.just(["tag:team"])),
    "organizationPrivateEndpointConfigGetList": one(cloud_provider=st.just("aws"), region_id=st.just("us-east-1")),
    "usageCostGet": st.integers(1, 28).map(lambda day: {"from_date": f"2026-01-{day:02}", "to_date": "2026-01-31"}),
    "organizationPrometheusGet": some(filtered_metrics=st.sampled_from(["true", "false"])),
    "organizationPrometheusDiscoveryGet": some(filtered_metrics=st.sampled_from(["true", "false"])),
    "instancePrometheusGet": some(filtered_metrics=st.sampled_from(["true", "false"])),
    "activityGetList": some(from_date=st.just("2026-01-01T00:00:00Z"), to_date=st.just("2030-01-01T00:00:00Z")),
}

# What an operation uses up.
USES_UP = {
    "organizationRoleDelete": "roleId",
    "instanceDelete": "serviceId",
    "instanceQueryEndpointDelete": "serviceId",
    "scalingScheduleDelete": "serviceId",
    "upgradeWindowDelete": "serviceId",
    "backupBucketCreate": "serviceId",
    "backupBucketDelete": "serviceId",
    "openapiKeyDelete": "keyId",
    "memberDelete": "userId",
    "invitationDelete": "invitationId",
    "organizationByocInfrastructureDelete": "byocInfrastructureId",
}

IDS = {
    "serviceId": service,
    "roleId": st.sampled_from(WORLD["roles"]),
    "keyId": st.sampled_from(WORLD["keys"]),
    "userId": st.sampled_from(WORLD["members"]),
    "invitationId": st.sampled_from(WORLD["invitations"]),
    "activityId": st.sampled_from(WORLD["activities"]),
    "byocInfrastructureId": st.sampled_from(WORLD["infrastructures"]),
    "quotaCode": st.sampled_from(WORLD["quotas"]),
    "settingName": st.sampled_from(WORLD["settings"]),
    # Made right before, in the service of the request.
    "queryId": st.just(FRESH),
    "endpointId": st.just(FRESH),
}


def path_of(operation):
    """Identifiers that fit together: backups and snapshots are those of a service that nothing else touches."""
    wanted = {parameter.name for parameter in operation.path_parameters}
    strategies = {name: IDS[name] for name in wanted if name in IDS}
    if "organizationId" in wanted:
        strategies["organizationId"] = st.just(ORGANIZATION)
    for parameter, known in (("backupId", WORLD["backups"]), ("snapshotId", WORLD["snapshots"])):
        if parameter in wanted:
            strategies |= {"serviceId": st.just(WORLD["kept"]), parameter: st.sampled_from(known)}
    name = operation.definition.raw["operationId"]
    if name == "instanceStateUpdate":
        # One that no other operation works on.
        strategies["serviceId"] = st.just(WORLD["stateful"])
    spent = USES_UP.get(name)
    if spent:
        strategies[spent] = st.just(FRESH)
    return st.fixed_dictionaries(strategies)


@schemathesis.hook
def before_generate_case(context, strategy):
    operation = context.operation
    name = operation.definition.raw["operationId"]
    good = st.tuples(path_of(operation), QUERIES.get(name, st.just({})), BODIES.get(name, st.none()))

    def choose(drawn):
        case, turn, (path, query, body), _ = drawn
        if turn == 0:
            return case
        case.path_parameters, case.query = path, query
        if name in BODIES:
            case.body, case.media_type = body, "application/json"
        return case

    # The number says nothing: it keeps an operation with few good paths from being drawn only once.
    return st.tuples(strategy, st.integers(0, 2), good, st.integers(0, 2**60)).map(choose)


def fresh(name):
    """Makes what the operation uses up, and gives its identifier."""
    if name == "organizationRoleDelete":
        return api("POST", "/roles", {"name": f"role {next(serial)}", "actors": [], "policies": []})["id"]
    if name == "openapiKeyDelete":
        return api("POST", "/keys", {"name": "fresh"})["key"]["id"]
    if name in ("memberDelete", "invitationDelete"):
        invitation = api("POST", "/invitations", {"email": f"m-{next(serial)}@example.com"})["id"]
        if name == "invitationDelete":
            return invitation
        return control("POST", f"/invitations/{invitation}/accept", {"name": "New"})["userId"]
    if name == "organizationByocInfrastructureDelete":
        place = {"regionId": "us-east-2", "accountId": next(accounts_of_ours)}
        return api("POST", "/byocInfrastructure", place)["id"]
    if name == "instanceDelete":
        body = {"name": "fresh", "provider": "aws", "region": "us-east-1", "ipAccessList": []}
        return api("POST", "/services", body)["service"]["id"]
    target = WORLD["services"][0]
    if name == "backupBucketCreate":
        session.delete(f"{API}/services/{target}/backupBucket")
    if name == "backupBucketDelete":
        give_bucket(target)
    if name == "instanceQueryEndpointDelete":
        api("POST", f"/services/{target}/serviceQueryEndpoint", {"roles": [], "openApiKeys": []})
    if name == "scalingScheduleDelete":
        entry = {"name": "day", "weekdays": [1], "startHourUtc": 8, "endHourUtc": 9}
        api("POST", f"/services/{target}/scalingSchedule", {"entries": [entry]})
    if name == "upgradeWindowDelete":
        api("PUT", f"/services/{target}/upgradeWindow", {"weekday": 1, "startHourUtc": 6})
    return target


def give_bucket(target):
    bucket = {"bucketProvider": "AWS", "bucketPath": "s3://b", "iamRoleArn": "arn:aws:iam::1:role/r"}
    session.post(f"{API}/services/{target}/backupBucket", json=bucket)


# What reading shows only after it was set, by operation, and the request that sets it.
SHOWS = {
    "instanceQueryEndpointGet": ("POST", "serviceQueryEndpoint", {"roles": [], "openApiKeys": []}),
    "upgradeWindowGet": ("PUT", "upgradeWindow", {"weekday": 1, "startHourUtc": 6}),
    "serviceClickhouseSettingGet": ("PATCH", "clickhouseSettings", {"settings": dict.fromkeys(WORLD["settings"], 1)}),
    "scalingScheduleGet": (
        "POST",
        "scalingSchedule",
        {"entries": [{"name": "day", "weekdays": [1], "startHourUtc": 8, "endHourUtc": 9}]},
    ),
}


@schemathesis.hook
def before_call(context, case, kwargs):
    name = case.operation.definition.raw["operationId"]
    path = case.path_parameters or {}
    spent = USES_UP.get(name)
    if spent and path.get(spent) == FRESH:
        path[spent] = fresh(name)
    if isinstance(case.body, dict):
        new = {"accountId": accounts_of_ours, "name": serial, "email": (f"m-{number}@example.com" for number in serial)}
        case.body = {key: next(new[key]) if value == FRESH and key in new else value for key, value in case.body.items()}
    target = path.get("serviceId")
    if path.get("queryId") == FRESH:
        query = {"name": f"q-{next(serial)}", "sql": "SELECT 1", "database": "default"}
        path["queryId"] = api("POST", f"/services/{target}/saved-queries", query)["id"]
    if path.get("endpointId") == FRESH:
        query = {"name": "q", "sql": "SELECT 1", "database": "default", "apiKeyIds": WORLD["keys"], "roles": ["r"]}
        path["endpointId"] = api("POST", f"/services/{target}/query-api-endpoints", query)["id"]
    if target == WORLD["stateful"]:
        # Whatever the request before began has ended.
        control("POST", "/clock", {"advanceSeconds": 600})
    if target not in WORLD["services"]:
        return
    if name in SHOWS:
        method, part, body = SHOWS[name]
        api(method, f"/services/{target}/{part}", body)
    if name in ("backupBucketGet", "backupBucketUpdate"):
        give_bucket(target)


@schemathesis.hook
def after_call(context, case, response):
    name = case.operation.definition.raw["operationId"]
    count = counts[name]
    count["requests"] += 1
    count["statuses"][response.status_code] += 1
    count["successes"] += response.status_code in (200, 201)
    if name == "instanceCreate" and response.status_code == 200:
        # Lists stay short.
        api("DELETE", f"/services/{response.json()['result']['service']['id']}")
    if response.status_code == 201 and name in ("savedQueryCreate", "queryApiEndpointCreate"):
        target, part = case.path_parameters["serviceId"], case.operation.path.rsplit("/", 1)[1]
        api("DELETE", f"/services/{target}/{part}/{response.json()['result']['id']}")


@atexit.register
def report():
    with open(os.environ["CONTRACT_COUNTS"], "w", encoding="utf-8") as out:
        json.dump(counts, out)
