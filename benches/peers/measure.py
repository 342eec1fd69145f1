"""What the peers share: the command line, the clock and the row that they print."""

import argparse
import json
import resource
import statistics
import sys
import time

WARM_UP_SECONDS = 1.0
REPETITIONS = 5


def arguments(description, workloads, **choices):
    """The options common to all peers; `choices` adds one option per name with its values."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("workload", choices=workloads)
    parser.add_argument("--seconds", type=float, default=1.5, help="length of one of the five repetitions")
    parser.add_argument("--json", action="store_true", help="one line of JSON per row")
    for name, values in choices.items():
        if values is bool:
            parser.add_argument(f"--{name}", action="store_true")
        else:
            parser.add_argument(f"--{name}", choices=values, default=values[0])
    return parser.parse_args()


def _steps_within(step, seconds):
    """How many steps `seconds` hold, at least one."""
    start, steps = time.perf_counter(), 0
    while steps == 0 or time.perf_counter() - start < seconds:
        step()
        steps += 1
    return steps


def _page_faults():
    """Pages that the system has had to give the process so far without reading a disk."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def samples_per_second(step, batch, seconds):
    """Rates of five repetitions of about `seconds`, after a warm-up, sorted; and the page faults of one step."""
    _steps_within(step, WARM_UP_SECONDS)
    steps = _steps_within(step, seconds)
    rates, faults = [], _page_faults()
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        rates.append(steps * batch / (time.perf_counter() - start))
    return sorted(rates), (_page_faults() - faults) / (REPETITIONS * steps)


def print_row(args, engine, version, kind, rates, faults):
    """One row of the common form."""
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    row = {
        "engine": engine,
        "version": version,
        "workload": args.workload,
        "kind": kind,
        "samples_per_second": round(statistics.median(rates)),
        "min": round(rates[0]),
        "max": round(rates[-1]),
        "peak_rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit,
        "page_faults_per_step": round(faults, 1),
    }
    if args.json:
        print(json.dumps(row), flush=True)
    else:
        print("{engine} {kind}: {samples_per_second} ({min} to {max}) samples/s".format(**row), flush=True)
