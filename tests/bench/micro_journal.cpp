// What it costs a loop to give its records to the journal, and what the journal's threads spend on them.
// usage: micro_journal DIRECTORY [RECORDS_PER_SECOND] [SECONDS]; the directory is made and its journal is left there.
#include "ledger/journal/disk_posix.h"
#include "ledger/journal/journal_reader.h"
#include "ledger/journal/usage_journal.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <time.h>
#include <vector>

using namespace switchyard;
using namespace switchyard::ledger;

namespace
{

double secondsOf(clockid_t clock)
{
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

SettleRecord settlement(uint64_t number)
{
    SettleRecord settle;
    settle.parties = {7, 11, true, 3};
    settle.facts.requestId = "20261125093000123456789" + std::to_string(10'000'000 + number);
    settle.facts.userName = "alice";
    settle.facts.tokenName = "kitchen";
    settle.facts.model = "gpt-4o-mini";
    settle.facts.upstreamId = "chatcmpl-9vK2mQ8sX4tR7wZ1";
    settle.facts.finish = "stop";
    settle.facts.detail = std::string(400, 'd');
    settle.facts.createdAt = 1'795'599'000'000;
    settle.quota = 150;
    settle.held = 4000;
    settle.promptTokens = 19;
    settle.completionTokens = 44;
    settle.branch = "usage";
    settle.usageSource = "reported";
    return settle;
}

/// A batch, and when it was handed over. It goes back to its loop when it is written.
struct Sent
{
    Sent() : batch(&Sent::done, this) {}
    static void done(Batch&, void* context, bool) noexcept
    {
        auto& self = *static_cast<Sent*>(context);
        self.took = secondsOf(CLOCK_MONOTONIC) - self.handedAt;
        self.free.store(true, std::memory_order_release);
    }
    Batch batch;
    double handedAt = 0;
    double took = 0;
    std::atomic<bool> free{true};
};

} // namespace

int main(int argc, char** argv)
{
    if (argc < 2)
    {
        std::fprintf(stderr, "usage: micro_journal DIRECTORY [RECORDS_PER_SECOND] [SECONDS]\n");
        return 2;
    }
    const double rate = argc > 2 ? std::atof(argv[2]) : 20'000;
    const double seconds = argc > 3 ? std::atof(argv[3]) : 5;
    constexpr double kWakeUps = 5000; // of the loop, a second

    auto disk = PosixDisk::at(argv[1], true);
    SystemClock clock;
    auto recovery = disk ? readJournal(**disk) : Result<Recovery, DiskError>(failure(disk.error()));
    if (!recovery) return std::fprintf(stderr, "%s\n", recovery.error().what.c_str()), 1;
    UsageJournal journal(**disk, clock, {}, std::move(*recovery));
    journal.applied(journal.recovery().last);
    if (auto started = journal.start(journal.recovery().last); !started)
        return std::fprintf(stderr, "%s\n", started.error().what.c_str()), 1;

    std::deque<Sent> batches;
    std::vector<double> latencies;
    double encoding = 0, handing = 0;
    uint64_t records = 0, sent = 0;
    const double processBefore = secondsOf(CLOCK_PROCESS_CPUTIME_ID), loopBefore = secondsOf(CLOCK_THREAD_CPUTIME_ID);
    const double begin = secondsOf(CLOCK_MONOTONIC);
    const SettleRecord sample = settlement(1); // the loop has it anyway
    for (uint64_t wakeUp = 0;; ++wakeUp)
    {
        const double due = static_cast<double>(wakeUp) / kWakeUps;
        if (due >= seconds) break;
        timespec until{};
        until.tv_sec = static_cast<time_t>(begin + due);
        until.tv_nsec = static_cast<long>((begin + due - static_cast<double>(until.tv_sec)) * 1e9);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
        auto at = std::find_if(batches.begin(), batches.end(), [](Sent& each) { return each.free.load(std::memory_order_acquire); });
        Sent& one = at == batches.end() ? batches.emplace_back() : *at;
        if (one.took > 0) latencies.push_back(one.took);
        one.batch.clear();
        const double encodeFrom = secondsOf(CLOCK_THREAD_CPUTIME_ID);
        for (; static_cast<double>(records) < (due + 1 / kWakeUps) * rate; ++records)
            one.batch.add(sample, 0);
        const double handFrom = secondsOf(CLOCK_THREAD_CPUTIME_ID);
        encoding += handFrom - encodeFrom;
        if (one.batch.empty()) continue;
        one.free.store(false, std::memory_order_relaxed);
        one.handedAt = secondsOf(CLOCK_MONOTONIC);
        journal.hand(one.batch);
        ++sent;
        handing += secondsOf(CLOCK_THREAD_CPUTIME_ID) - handFrom;
    }
    const double loop = secondsOf(CLOCK_THREAD_CPUTIME_ID) - loopBefore;
    const bool safe = journal.stop(std::chrono::seconds(10));
    const double others = secondsOf(CLOCK_PROCESS_CPUTIME_ID) - processBefore - loop;
    const JournalHealth health = journal.health();
    const auto each = [&](double cpu) { return cpu * 1e9 / static_cast<double>(records); };
    std::sort(latencies.begin(), latencies.end());
    const auto percentile = [&](double part)
    { return latencies.empty() ? 0 : latencies[static_cast<size_t>(part * static_cast<double>(latencies.size() - 1))] * 1e6; };
    std::printf("%llu records in %llu batches, %s\n", static_cast<unsigned long long>(records),
                static_cast<unsigned long long>(sent), safe ? "all safe" : "NOT all safe");
    std::printf("loop: encode %.0f ns, hand over %.0f ns a record (with two readings of the clock a batch)\n", each(encoding),
                each(handing));
    std::printf("journal's threads: %.0f ns of CPU a record\n", each(others));
    std::printf("written after: median %.0f us, 99 %% %.0f us, most %.0f us\n", percentile(0.5), percentile(0.99), percentile(1));
    std::printf("%llu syncs, %.2f ms each on average\n", static_cast<unsigned long long>(health.syncs),
                health.syncs == 0 ? 0 : static_cast<double>(health.syncMicros) / 1000 / static_cast<double>(health.syncs));
    return safe ? 0 : 1;
}
