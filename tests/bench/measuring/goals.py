"""The bounds that the numbers are held against: the promised ones, and loose ones for machines that do other work too."""
from dataclasses import dataclass


@dataclass
class Finding:
    met: bool
    text: str

    def __str__(self):
        return ("ok    " if self.met else "MISSED ") + self.text


def check(rows, loose):
    """One finding per bound that the rows of Switchyard allow to test."""
    findings = []

    def bound(row, key, limit, what, unit=""):
        value = row.get(key)
        if value is not None:
            findings.append(Finding(value <= limit, f"{row['mode']}: {what} {value:.2f}{unit}, at most {limit:g}{unit}"))

    for row in rows:
        if row["contender"] != "switchyard":
            continue
        mode = row["mode"]
        findings.append(Finding(row["errors"] == 0, f"{mode}: {row['errors']} errors {row.get('first_error', '')}".rstrip()))
        if row.get("ratio") is not None:
            bound(row, "ratio", 1.5 if loose else 1.0, "CPU of nginx's", " x")
        if "kib_per_stream" in row:
            # What is resident changes with the rounds before it, so few streams give a coarse number.
            tight = 40 if "TLS" in mode else 8
            bound(row, "kib_per_stream", 2 * tight if loose else tight, "memory per stream", " KiB")
            findings.append(Finding(row["per_second"] >= 0.95 * row["expected_per_second"],
                                    f"{mode}: {row['per_second']:.0f} frames/s of {row['expected_per_second']:.0f}"))
        if mode.startswith("1000 streams @ 40 ms") and "TLS" not in mode and not loose:
            bound(row, "first_frame_p99_over_direct_us", 1000, "first frame, p99 over direct's", " us")
        if mode == "Nagle":
            bound(row, "answer_p99_us", 20000, "answer p99", " us")
            bound(row, "latency_p99_us", 20000, "one-way p99", " us")
        bound(row, "idle_mib", 30, "memory at rest", " MiB")
        if not loose:
            bound(row, "start_ms", 150, "start to first answer", " ms")
    return findings
