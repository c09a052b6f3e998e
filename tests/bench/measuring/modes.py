"""What is measured. Each mode returns rows of numbers, each the median of interleaved rounds."""
import http.client
import json
import statistics
import time

from switchyard_tests.gateway import Gateway
from switchyard_tests.mock import Mock
from switchyard_tests.processes import NotInTime, rss_kib

from .contenders import ALIAS, GATEWAY_CORE, LOAD_CORE, MODEL, Course


def _median(values):
    return statistics.median(values) if values else 0.0


def _rounds(course, rounds, kind, report, **load):
    """{contender: [result of each round]}; in each round every contender has its turn."""
    results = {contender.name: [] for contender in course.contenders}
    for number in range(rounds):
        for contender in course.contenders:
            result = course.load(contender, kind, **load)
            results[contender.name].append(result)
            report(f"  round {number + 1}/{rounds} {contender.name}: {result['answers']} answers, {result['frames']} frames, "
                   f"{result['errors']} errors{' (' + result['first_error'] + ')' if result['errors'] else ''}")
    return results


def _row(mode, contender, results, unit):
    """unit: what the CPU time is divided by, "answers" or "frames"."""
    per = [1e6 * result["cpu_seconds"] / result[unit] for result in results if result[unit]]
    return {
        "mode": mode, "contender": contender, "rounds": len(results), "cpu_us": _median(per),
        "per_second": _median([result[unit] / result["seconds"] for result in results]),
        "errors": sum(result["errors"] for result in results), "first_error": next((r["first_error"] for r in results if r["errors"]), ""),
        "answer_p50_us": _median([r["answer_time"]["p50_us"] for r in results]),
        "answer_p99_us": _median([r["answer_time"]["p99_us"] for r in results]),
        "latency_p50_us": _median([r["latency"]["p50_us"] for r in results]),
        "latency_p99_us": _median([r["latency"]["p99_us"] for r in results]),
        "first_frame_p50_us": _median([r["first_frame"]["p50_us"] for r in results]),
        "first_frame_p99_us": _median([r["first_frame"]["p99_us"] for r in results]),
        "gap_p99_us": _median([r["gap"]["p99_us"] for r in results]),
    }


def _add_ratios(rows):
    nginx = next((row["cpu_us"] for row in rows if row["contender"] == "nginx"), 0)
    for row in rows:
        row["ratio"] = row["cpu_us"] / nginx if nginx and row["contender"] != "direct" else None
    return rows


def unary(build, folder, report, connections, rounds, seconds):
    mode = f"unary, {connections} connections"
    with Course(build, folder) as course:
        results = _rounds(course, rounds, "unary", report, connections=connections, seconds=seconds)
        return _add_ratios([_row(mode, name, found, "answers") for name, found in results.items()])


def streams(build, folder, report, count, pace, rounds, seconds, ramp, tls=False):
    mode = f"{count} streams @ {pace} ms" + (", TLS upstream" if tls else "")
    with Course(build, folder, frames=max(1, 5000 // pace), pace=pace, tls=tls) as course:
        idle = {contender.name: contender.idle_rss_kib for contender in course.contenders}
        results = _rounds(course, rounds, "streams", report, connections=count, seconds=seconds, ramp=ramp, warm=1.0)
        rows = [_row(mode, name, found, "frames") for name, found in results.items()]
        for row, found in zip(rows, results.values()):
            row["kib_per_stream"] = max((r["rss_kib"] for r in found)) - idle[row["contender"]]
            row["kib_per_stream"] /= count
            row["running"] = min(r["running"] for r in found)
            row["expected_per_second"] = 1000 * count / pace
        direct, ours = results.get("direct", []), results["switchyard"]
        rows[-1]["first_frame_p99_over_direct_us"] = _median(
            [our["first_frame"]["p99_us"] - their["first_frame"]["p99_us"] for our, their in zip(ours, direct)])
        return _add_ratios(rows)


def nagle(build, folder, report):
    """A small write that waits for an acknowledgement shows as 40 ms: here nothing may take half of that."""
    with Course(build, folder, frames=100, pace=10, names=("direct", "switchyard")) as course:
        rows = []
        for contender in course.contenders:
            one = course.load(contender, "unary", connections=1, seconds=1)
            few = course.load(contender, "streams", connections=20, seconds=2, ramp=0.2)
            rows.append({"mode": "Nagle", "contender": contender.name, "errors": one["errors"] + few["errors"],
                         "answer_p99_us": one["answer_time"]["p99_us"], "latency_p99_us": few["latency"]["p99_us"],
                         "gap_p99_us": few["gap"]["p99_us"]})
        return rows


def _first_answer(gateway, token, seconds=10):
    """Waits, trying without a pause, for the first complete answer of a gateway that has just been spawned."""
    body = json.dumps({"model": ALIAS, "messages": [{"role": "user", "content": "Are you there?"}]})
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=5)
        try:
            connection.request("POST", "/v1/chat/completions", body,
                               {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                return
        except (ConnectionError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        if gateway.process.exit_code is not None:
            raise RuntimeError("the gateway ended:\n" + gateway.process.output()[-2000:])
    raise NotInTime("the first answer after a start")


def cold_start(build, folder, report, starts):
    """From the start of the process to its first relayed answer, database and plug-ins known; and memory at rest."""
    folder.mkdir(parents=True)
    times, memory = [], []
    with Mock(build, folder, record=False, core=LOAD_CORE) as mock:
        gateway = Gateway(build, folder / "switchyard", core=GATEWAY_CORE)
        gateway.add_channel("bench", ALIAS, mock.url())
        gateway.sql("UPDATE channels SET model_mapping = ?", json.dumps({ALIAS: MODEL}))
        token = gateway.add_token("bench")
        gateway.start()
        _first_answer(gateway, token)
        gateway.stop()
        for number in range(starts):
            begun = time.monotonic()
            gateway.spawn()
            _first_answer(gateway, token)
            times.append(1e3 * (time.monotonic() - begun))
            memory.append(rss_kib(gateway.pid) / 1024)
            gateway.stop()
        report(f"  {starts} starts: {min(times):.0f} to {max(times):.0f} ms")
    return [{"mode": "cold start", "contender": "switchyard", "errors": 0, "start_ms": _median(times), "idle_mib": max(memory)}]
