#!/usr/bin/env python3
"""Measures ledger on servers: run it in the rig, with the release build.

    swift build -c release --product ledger
    Tests/Rig/run Benchmarks/servers.py .build/release/ledger [--runs 10] [--rounds 5] [--only overhead]

Both sides of a ratio are measured in one run, interleaved; medians, with the least and the most.
"""
import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import tempfile
import time

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(here)
rig = os.environ["LEDGER_RIG"] if "LEDGER_RIG" in os.environ else exit(
    "no servers: run it by Tests/Rig/run; " + os.environ.get("LEDGER_RIG_MISSING", ""))
options = argparse.ArgumentParser()
options.add_argument("ledger")
options.add_argument("--runs", type=int, default=10)
options.add_argument("--rounds", type=int, default=5)
options.add_argument("--only", choices=["between", "many", "memory", "overhead", "rolling"])
asked = options.parse_args()
ledger = os.path.abspath(asked.ledger)


class Project:
    """A folder with a playbook."""

    def __init__(self, playbook, files=()):
        self.folder = tempfile.mkdtemp(prefix="ledger-bench-")
        self.variables = {
            "PATH": "/usr/sbin:/usr/bin:/bin", "HOME": self.folder, "LANG": "C.UTF-8", "LEDGER_BY": "bench",
            "LEDGER_RIG": rig, "HAPROXY_SOCKET": f"{rig}/haproxy.sock", "TMPDIR": "/tmp"}
        for name, text in files:
            path = f"{self.folder}/{name}"
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w") as file:
                file.write(text)
            os.chmod(path, 0o755)
        with open(f"{self.folder}/ledger.yaml", "w") as file:
            file.write(playbook)
        self.run("init")

    def shell(self, line):
        return subprocess.run(["bash", "-c", line], cwd=self.folder, env=self.variables, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout

    def run(self, *words):
        done = subprocess.run([ledger, *words], cwd=self.folder, env=self.variables,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise SystemExit(f"ledger {' '.join(words)} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def entries(self):
        return [json.loads(line) for line in self.run("log", "-o", "jsonl", "-n", "100000").splitlines()]


def read(path):
    with open(path) as file:
        return file.read()


def row(what, value, goal):
    print(f"{what:<64} {value:<34} {goal}", flush=True)


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


# MARK: The fleet

digests = dict(line.split() for line in read(f"{rig}/digests").splitlines())


def fleet(drained):
    subprocess.run([f"{root}/Tests/Rig/do", "clean"], check=True)
    drain = """
    variables: [HAPROXY_SOCKET]
    drain: {run: [scripts/drain], time-limit: 40s}
    undrain: {run: [scripts/undrain], time-limit: 40s}""" if drained else ""
    project = Project(f"""
ssh-config: ssh_config
insecure-registries: ["198.18.0.1:5000"]
environments:
  production:
    hosts:
      s1: {{ssh: deploy@s1, address: 198.18.0.11}}
      s2: {{ssh: deploy@s2, address: 198.18.0.12}}
services:
  web:
    image: 198.18.0.1:5000/shop/web
    docker: {{name: web, options: [--publish, "8080:8080"]}}{drain}
    health: {{http: "http://{{host}}:8080/", time-limit: 2s, successes: 2, every: 100ms, deadline: 20s}}
""", [(f"scripts/{name}", read(f"{root}/Examples/Proxies/haproxy/{name}")) for name in ("drain", "undrain")]
        + [("ssh_config", read(f"{rig}/ssh_config"))])
    for tag in ("v1", "v2"):
        project.run("record", "image.tagged", "--service", "web", "--tag", tag, "--digest", digests[tag])
        project.run("deploy", tag, "--yes")
    return project


def under_load(work):
    """Failed and good requests while it goes on, at 100 a second."""
    load = subprocess.Popen(["hey", "-z", "120s", "-c", "4", "-q", "25", "-t", "5", "-disable-keepalive",
                             "http://198.18.0.1:8000/"], stdout=subprocess.PIPE, text=True)
    time.sleep(0.5)
    work()
    time.sleep(0.5)
    load.send_signal(2)
    report = load.communicate()[0]
    codes = re.findall(r"\[(\d+)\]\s+(\d+) responses", report)
    errors = report.split("Error distribution:")[1] if "Error distribution:" in report else ""
    bad = sum(int(n) for code, n in codes if code != "200") + sum(map(int, re.findall(r"\[(\d+)\]", errors)))
    return bad, sum(int(n) for code, n in codes if code == "200")


def back_and_forth(project, turn):
    if turn % 2 == 0:
        project.run("revert", "--to", "v1", "--yes")
    else:
        project.run("fence", "lift", "v2", "-e", "production", "--reason", "bench")
        project.run("revert", "--to", "v2", "--yes")


def rolling():
    project = fleet(drained=True)
    bad, good = [], 0
    for turn in range(asked.runs):
        failed, fine = under_load(lambda: back_and_forth(project, turn))
        bad.append(failed)
        good += fine
    row(f"failed requests in {asked.runs} rolling reverts ({good} good)", " ".join(map(str, bad)), "0 in each")
    control = fleet(drained=False)
    failed, fine = under_load(lambda: control.run("revert", "--to", "v1", "--yes"))
    row(f"the control: one revert without drain ({fine} good)", str(failed), "more than 0")


PLAIN = """set -eu
ssh="ssh -F ssh_config -o ControlMaster=auto -o ControlPath=/tmp/bench-%C -o ControlPersist=60"
image=198.18.0.1:5000/shop/web@$DIGEST
export LEDGER_SERVICE=web
for host in s1 s2; do
    address=198.18.0.1${host#s}
    LEDGER_HOST=$host scripts/drain
    $ssh deploy@$host "docker image inspect $image > /dev/null 2>&1 || docker pull --quiet $image"
    $ssh deploy@$host "docker stop web > /dev/null; docker rename web web-before
        docker run --detach --name web --restart unless-stopped --publish 8080:8080 $image > /dev/null
        docker rm --force web-before > /dev/null"
    row=0
    while [ $row -lt 2 ]; do
        state=$($ssh deploy@$host "docker inspect --format '{{.State.Health.Status}}' web")
        if [ "$state" = healthy ] && curl -sf --max-time 2 http://$address:8080/ > /dev/null; then
            row=$((row + 1))
        else
            row=0
        fi
        [ $row -ge 2 ] || sleep 0.1
    done
    $ssh deploy@$host "docker image inspect --format '{{.RepoDigests}}' \\$(docker inspect --format '{{.Image}}' web)" | grep -q "$DIGEST"
    LEDGER_HOST=$host scripts/undrain
done
"""


# What ledger asks before it begins: the same questions, to all at the same time.
LOOK = """set -eu
ssh="ssh -F ssh_config -o ControlMaster=auto -o ControlPath=/tmp/bench-%C -o ControlPersist=60"
registry=http://198.18.0.1:5000/v2/shop/web
image=198.18.0.1:5000/shop/web@$DIGEST
for host in s1 s2; do
    $ssh deploy@$host "docker info --format '{{.ServerVersion}} {{.OSType}}/{{.Architecture}} {{.DockerRootDir}}'
        df -Pk /var/lib; docker image inspect $image > /dev/null && docker inspect web > /dev/null
        docker image inspect --format '{{.RepoDigests}}' \\$(docker inspect --format '{{.Image}}' web)" > /dev/null &
done
accept="Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json,
 application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json"
accept=$(printf %s "$accept" | tr -d '\\n')
manifest=$(curl -sf -H "$accept" $registry/manifests/$DIGEST)
curl -sf -I -H "$accept" $registry/manifests/$TAG > /dev/null
for blob in $(printf %s "$manifest" | grep -o 'sha256:[0-9a-f]*'); do
    curl -sf -I $registry/blobs/$blob > /dev/null
done
wait
"""


def overhead():
    project = fleet(drained=True)
    ours, plain, looking = [], [], []
    for turn in range(asked.rounds * 2):
        began = time.monotonic()
        back_and_forth(project, turn)
        ours.append(time.monotonic() - began)
        # The same way once more by hand, from the other release: there and back again.
        for tag in ("v2", "v1") if turn % 2 == 0 else ("v1", "v2"):
            began = time.monotonic()
            project.shell(f"DIGEST={digests[tag]} TAG={tag}\n{LOOK}")
            looked = time.monotonic()
            project.shell(f"DIGEST={digests[tag]}\n{PLAIN}")
            plain.append(time.monotonic() - looked)
            looking.append(time.monotonic() - began)
    row("a whole revert over two hosts, s", spread(ours), "")
    row("the same commands in a plain shell script, s", spread(looking), "")
    row("ledger / the same commands", f"{statistics.median(ours) / statistics.median(looking):.2f}", "at most 1.15")
    row("a script that looks at nothing beforehand, s", spread(plain), "")
    row("ledger / that script", f"{statistics.median(ours) / statistics.median(plain):.2f}", "")


# MARK: This machine

def service(steps, hosts, batch=1):
    names = ", ".join(hosts)
    listed = "\n".join(f"      - {{name: n{n}, run: {step}}}" for n, step in enumerate(steps))
    return f"environments:\n  production: {{hosts: [{names}], batch: {batch}}}\nservices:\n  web:\n    deploy:\n{listed}\n" \
           "    observe: {run: [scripts/observe], time-limit: 1s}\n"


OBSERVE = [("scripts/observe", "#!/bin/sh\necho $LEDGER_DIGEST\n")]


def deploy(project, *more):
    project.run("record", "image.tagged", "--service", "web", "--tag", "v1", "--digest", digests["v1"])
    project.run("deploy", "v1", "--yes", *more)


def between():
    count = 100
    work = []
    for _ in range(asked.rounds):
        project = Project(service(["[/bin/true]"] * count, ["localhost"]), OBSERVE)
        deploy(project)
        entries = project.entries()
        def moment(entry):
            whole, rest = entry["time"].rstrip("Z").split(".") if "." in entry["time"] else (entry["time"].rstrip("Z"), "0")
            return time.mktime(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + rest)
        steps = sorted((e for e in entries if e["kind"].startswith("step.")), key=lambda e: e["sequence"])
        gaps = [moment(b) - moment(a) for a, b in zip(steps, steps[1:])
                if a["kind"] == "step.finished" and b["kind"] == "step.started"]
        work.append(1000 * statistics.median(gaps))
    row("ledger's work between two steps, ms", spread(work), "at most 10")


def many():
    hosts = [f"h{n}" for n in range(50)]
    wait = "#!/bin/sh\nn=${LEDGER_HOST#h}\nsleep 0.$((2 + n * 7 % 8))\n"
    longest = sum(max((2 + n * 7 % 8) / 10 for n in range(start, start + 10)) for start in range(0, 50, 10))
    ratios = []
    for _ in range(asked.rounds):
        project = Project(service(["[scripts/wait]"], hosts, 10), OBSERVE + [("scripts/wait", wait)])
        project.run("record", "image.tagged", "--service", "web", "--tag", "v1", "--digest", digests["v1"])
        began = time.monotonic()
        project.run("deploy", "v1", "--yes")
        ratios.append((time.monotonic() - began) / longest)
    row("50 hosts in batches of 10 / slowest of each batch added up", spread(ratios), "at most 1.2")


def memory():
    hosts = [f"h{n}" for n in range(50)]
    say = "#!/bin/sh\nhead -c 2000000 /dev/zero | tr '\\0' x | fold -w 100\n"
    project = Project(service(["[scripts/say]"], hosts, 10), OBSERVE + [("scripts/say", say)])
    project.run("record", "image.tagged", "--service", "web", "--tag", "v1", "--digest", digests["v1"])
    script = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, check=True);"
              "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    said = subprocess.run(["python3", "-c", script, ledger, "deploy", "v1", "--yes"], cwd=project.folder,
                          env=project.variables, stdout=subprocess.PIPE, text=True, check=True).stdout
    row("peak memory, 50 hosts and 100 MB of step output, MiB", f"{int(said) / 1024:.0f}", "at most 60")


for part in (between, many, memory, overhead, rolling):
    if asked.only in (None, part.__name__):
        part()
