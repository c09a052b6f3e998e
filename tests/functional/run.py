#!/usr/bin/env python3
"""run.py [--build DIR] SUITE [unittest arguments]: one suite of this folder, e.g. `run.py --build build/release relay`.

Exit code 0: passed, 1: failed, 77: skipped as a whole (CTest knows the number). The last line is "N passed, N failed".
"""
import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
VENV = HERE.parent.parent / ".dev" / "venv"


def into_venv():
    """The client library lives in a virtual environment that ./dev test makes; suites that need it say so themselves."""
    python = VENV / "bin" / "python"
    if python.exists() and pathlib.Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(python, [str(python), *sys.argv])


def main(arguments):
    while arguments and arguments[0] in ("--build", "--tools"):
        os.environ["SWITCHYARD_" + arguments[0][2:].upper()] = str(pathlib.Path(arguments[1]).resolve())
        arguments = arguments[2:]
    if not arguments:
        print(__doc__)
        return 2
    sys.path.insert(0, str(HERE))
    program = unittest.main(module=arguments[0] + "_test", argv=[arguments[0], *arguments[1:]], exit=False, verbosity=2)
    result = program.result
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    skipped = len(result.skipped)
    passed = max(0, result.testsRun - failed - skipped)
    for test, reason in result.skipped:
        print(f"skipped {test}: {reason}")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    if failed:
        return 1
    if passed == 0:
        return 77 if skipped else 1
    return 0


if __name__ == "__main__":
    into_venv()
    sys.exit(main(sys.argv[1:]))
