#!/usr/bin/env python3
"""Terraform and housewright side by side, as whole processes on the same files: a plan of nothing yet, an apply, and a
plan again, of the same number of `terraform_data` resources; then housewright alone with services in its sandbox.

    cargo build --release && benches/side_by_side.py [--sizes 100,1000,5000] [--services 1000,10000] [--runs 5]

Prints Markdown: medians, and ratios of medians. Terraform is left out where it is not on the PATH. Each run begins in a
directory of its own, and the two programs take turns, so that what else the machine does hits both. The API's limit is off:
it would be measured instead of the programs.
"""

import argparse
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HOUSEWRIGHT = pathlib.Path(__file__).resolve().parent.parent / "target/release/housewright"

VALUES = """
resource "terraform_data" "x" {
  count = %d
  input = { name = "r-${count.index}", size = 3, tags = ["a", "b"] }
}
"""

SERVICES = """
variable "password" {
  ephemeral = true
  default   = "Correct-Horse-9"
}
locals {
  ids = flatten([for i in range(%d) : [for j in range(%d) : format("s-%%06d", i * %d + j)]])
}
service "fleet" {
  for_each              = toset(local.ids)
  name                  = each.key
  cloud_provider        = "aws"
  region                = "eu-central-1"
  num_replicas          = 2
  min_replica_memory_gb = 8
  max_replica_memory_gb = 16
  ip_access             = [{ source = "192.0.2.0/24" }]
  password_wo           = var.password
  password_wo_version   = 1
}
"""


def services(size):
    """`range` gives at most 1,024 values, so the ids come in rows."""
    row = next(r for r in (500, 100, 10, 1) if size % r == 0)
    return SERVICES % (size // row, row, row)


def measure(command, directory):
    """Seconds, and megabytes at the peak."""
    environment = os.environ | {"HOUSEWRIGHT_RATE_LIMIT": "off"}
    begun = time.monotonic()
    process = subprocess.Popen(command, cwd=directory, env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{errors.decode(errors='replace')[-2000:]}")
    return time.monotonic() - begun, usage.ru_maxrss / 1024


def steps(program, directory, sandbox):
    """What each program is asked to do, in order."""
    extra = ["--sandbox"] if sandbox else []
    if program == "terraform":
        subprocess.run(["terraform", "init", "-backend=false"], cwd=directory, check=True, capture_output=True)
        return [("plan", ["terraform", "plan", "-no-color"]),
                ("apply", ["terraform", "apply", "-auto-approve", "-no-color"]),
                ("re-plan", ["terraform", "plan", "-no-color"])]
    return [("plan", [HOUSEWRIGHT, "plan", *extra]),
            ("apply", [HOUSEWRIGHT, "apply", "--auto-approve", *extra]),
            ("re-plan", [HOUSEWRIGHT, "plan", *extra])]


def run(program, text, name, sandbox=False):
    with tempfile.TemporaryDirectory() as directory:
        pathlib.Path(directory, name).write_text(text)
        return {step: measure(command, directory) for step, command in steps(program, directory, sandbox)}


def medians(results, step):
    times, memories = zip(*(result[step] for result in results))
    return statistics.median(times), statistics.median(memories)


def compare(size, runs, programs):
    text = VALUES % size
    results = {program: [] for program in programs}
    for _ in range(runs):
        for program in programs:
            results[program].append(run(program, text, "main.tf"))
    for step in ("plan", "re-plan", "apply"):
        mine = medians(results["housewright"], step)
        row = [f"{size:,}", step, f"{mine[0]:.3f} s", f"{mine[1]:.0f} MB"]
        if "terraform" in programs:
            theirs = medians(results["terraform"], step)
            row += [f"{theirs[0]:.3f} s", f"{theirs[1]:.0f} MB", f"{theirs[0] / mine[0]:.0f} times faster",
                    f"{mine[1] / theirs[1]:.2f}"]
        print("| " + " | ".join(row) + " |", flush=True)


def alone(size, runs):
    text = services(size)
    results = [run("housewright", text, "main.hcl", sandbox=True) for _ in range(runs)]
    for step in ("plan", "re-plan", "apply"):
        seconds, megabytes = medians(results, step)
        print(f"| {size:,} | {step} | {seconds:.3f} s | {megabytes:.0f} MB |", flush=True)


def sizes(text):
    return [int(size) for size in text.split(",") if size]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=sizes, default=[100, 1000, 5000])
    parser.add_argument("--services", type=sizes, default=[1000, 10000])
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    programs = ["housewright"] + (["terraform"] if shutil.which("terraform") else [])
    print(f"{platform.machine()}, {os.cpu_count()} processors, medians of {arguments.runs} runs\n")
    print("| `terraform_data` | step | housewright | peak | Terraform | peak | ratio of times | ratio of memory |")
    print("|--:|---|--:|--:|--:|--:|--:|--:|")
    for size in arguments.sizes:
        compare(size, arguments.runs, programs)
    print("\n| services in the sandbox | step | housewright | peak |\n|--:|---|--:|--:|")
    for size in arguments.services:
        alone(size, arguments.runs)


if __name__ == "__main__":
    main()
