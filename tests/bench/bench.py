#!/usr/bin/env python3
"""Measures direct, nginx and Switchyard side by side, and prints the table that README.md explains."""
import argparse
import json
import pathlib
import resource
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support" / "python")]

from measuring import modes  # noqa: E402 (the path comes first)
from measuring.goals import check  # noqa: E402
from measuring.table import table  # noqa: E402

MODES = {
    "unary64": lambda o, f, say: modes.unary(o.build, f, say, 64, o.rounds, o.seconds),
    "unary256": lambda o, f, say: modes.unary(o.build, f, say, 256, o.rounds, o.seconds),
    "streams1000": lambda o, f, say: modes.streams(o.build, f, say, 1000, 40, max(5, o.rounds), o.seconds + 2, ramp=2),
    "streams5000": lambda o, f, say: modes.streams(o.build, f, say, 5000, 200, o.rounds, o.seconds + 2, ramp=4),
    "streams9000": lambda o, f, say: modes.streams(o.build, f, say, 9000, 400, o.rounds, o.seconds + 2, ramp=6),
    "tls1000": lambda o, f, say: modes.streams(o.build, f, say, 1000, 40, o.rounds, o.seconds + 2, ramp=4, tls=True),
    "tls2000": lambda o, f, say: modes.streams(o.build, f, say, 2000, 80, o.rounds, o.seconds + 2, ramp=6, tls=True),
    "nagle": lambda o, f, say: modes.nagle(o.build, f, say),
    "start": lambda o, f, say: modes.cold_start(o.build, f, say, 20),
}
QUICK = {
    "unary64": lambda o, f, say: modes.unary(o.build, f, say, 64, 3, 1.5),
    "streams500": lambda o, f, say: modes.streams(o.build, f, say, 500, 40, 3, 2, ramp=1),
    "nagle": MODES["nagle"],
    "start": lambda o, f, say: modes.cold_start(o.build, f, say, 5),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modes", nargs="*", metavar="MODE", help=f"which of {', '.join(MODES)}; all without a word")
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build/release"), help="build folder (a release build)")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds (at least 5 for streams1000)")
    parser.add_argument("--seconds", type=float, default=3, help="measured seconds of a round")
    parser.add_argument("--json", type=pathlib.Path, help="also write the numbers there")
    parser.add_argument("--quick", action="store_true", help="short rounds, and exit 1 where even the loose bounds of CI are broken")
    options = parser.parse_args()
    chosen = QUICK if options.quick else MODES
    unknown = [name for name in options.modes if name not in chosen]
    if unknown:
        parser.error(f"unknown mode {unknown[0]}; there are {', '.join(chosen)}")

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    say = lambda text: print(text, file=sys.stderr, flush=True)  # noqa: E731
    rows = []
    with tempfile.TemporaryDirectory(prefix="switchyard-bench-") as folder:
        for name in options.modes or chosen:
            say(f"{name}:")
            rows += chosen[name](options, pathlib.Path(folder) / name, say)
    print(table(rows))
    findings = check(rows, loose=options.quick)
    for finding in findings:
        print(finding)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 1 if options.quick and any(not finding.met for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
