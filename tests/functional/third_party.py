#!/usr/bin/env python3
"""third_party.py THIRD_PARTY.md FILE...: compares the table of shared libraries with what ldd shows for each file."""
import pathlib
import re
import subprocess
import sys


def listed(text):
    """{soname: (name, version)} of the rows that have files."""
    rows = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and ".so" in cells[4]:
            rows.update({soname: (cells[0], cells[1]) for soname in cells[4].split()})
    return rows


def needed(path):
    """{soname: resolved file} of everything that the loader would map."""
    done = subprocess.run(["ldd", path], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"ldd {path}: {done.stdout}{done.stderr}")
    found = {}
    for line in done.stdout.splitlines():
        match = re.match(r"\s*(\S+)(?: => (\S+))? \(0x", line)
        if match and not match[1].startswith("linux-vdso"):
            found[pathlib.Path(match[1]).name] = pathlib.Path(match[2] or match[1])
    return found


def packaged_version(file):
    """Upstream version of the Debian package that owns the file, or None on another system."""
    if "VERSION_ID=\"12\"" not in pathlib.Path("/etc/os-release").read_text():
        return None
    real = str(file.resolve())
    for candidate in (real, real.removeprefix("/usr"), "/usr" + real):
        owner = subprocess.run(["dpkg-query", "-S", candidate], capture_output=True, text=True)
        if owner.returncode == 0:
            package = owner.stdout.split(": ")[0]
            version = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True).stdout
            return re.sub(r"^\d+:", "", version)
    return None


def main():
    rows = listed(pathlib.Path(sys.argv[1]).read_text())
    faults, seen = [], {}
    for path in sys.argv[2:]:
        for soname, file in needed(path).items():
            seen[soname] = file
            if soname not in rows:
                faults.append(f"{pathlib.Path(path).name} needs {soname}, which THIRD_PARTY.md does not list")
    for soname, (name, version) in rows.items():
        if soname not in seen:
            faults.append(f"THIRD_PARTY.md lists {soname} ({name}), which nothing needs")
            continue
        actual = packaged_version(seen[soname])
        if actual and not actual.startswith(version):
            faults.append(f"{name} is {actual} here, THIRD_PARTY.md says {version}")
    print("\n".join(faults))
    print(f"{len(rows)} libraries listed, {len(seen)} needed by {len(sys.argv) - 2} files")
    return 1 if faults or len(sys.argv) < 3 else 0


if __name__ == "__main__":
    sys.exit(main())
