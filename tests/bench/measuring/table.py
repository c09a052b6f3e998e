"""The table of a run."""

COLUMNS = [
    ("mode", "mode", "{}"), ("contender", "contender", "{}"), ("cpu_us", "CPU us", "{:.1f}"), ("ratio", "of nginx", "{:.2f}"),
    ("per_second", "per s", "{:.0f}"), ("kib_per_stream", "KiB/stream", "{:.1f}"), ("answer_p50_us", "answer p50 us", "{:.0f}"),
    ("answer_p99_us", "p99", "{:.0f}"), ("latency_p50_us", "one-way p50 us", "{:.0f}"), ("latency_p99_us", "p99", "{:.0f}"),
    ("first_frame_p50_us", "first p50 us", "{:.0f}"), ("first_frame_p99_us", "p99", "{:.0f}"), ("gap_p99_us", "gap p99 us", "{:.0f}"),
    ("start_ms", "start ms", "{:.0f}"), ("idle_mib", "idle MiB", "{:.1f}"), ("errors", "errors", "{}"),
]


def table(rows):
    """Columns of which no row has a value are left out; 0 means not measured for times."""
    def cell(row, key, form):
        value = row.get(key)
        return "" if value is None or (value == 0 and key.endswith("_us")) else form.format(value)
    used = [column for column in COLUMNS if any(cell(row, column[0], column[2]) for row in rows)]
    grid = [[title for _, title, _ in used]] + [[cell(row, key, form) for key, _, form in used] for row in rows]
    widths = [max(len(line[i]) for line in grid) for i in range(len(used))]
    lines = ["| " + " | ".join(text.ljust(width) for text, width in zip(line, widths)) + " |" for line in grid]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
