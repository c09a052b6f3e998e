#include "management/channel_tests.h"

#include "base/clock.h"
#include "base/text.h"
#include "management/refusal.h"
#include "store/channel_records.h"
#include "store/database.h"
#include "store/ledger_repository.h"
#include "store/snapshot_keeper.h"
#include "telemetry/log.h"

#include <Poco/Exception.h>
#include <algorithm>
#include <array>

namespace switchyard::management
{

namespace
{

using store::ChannelRepository;
using store::ChannelRow;
using store::ChannelStatus;
using store::DbSession;

constexpr int64_t kMillisPerSecond = 1000;
constexpr int kMostAtOnce = 3; // of the pool's threads; the pages go on
constexpr Text kBusy{"Several channel tests are running. Try again when they have ended.",
                     "正在测试多个渠道，请稍后再试。"};

std::string modelFor(const store::Channel& channel, std::string_view wanted)
{
    const auto lists = [&](std::string_view model)
    { return std::find(channel.models.begin(), channel.models.end(), model) != channel.models.end(); };
    if (!wanted.empty() && lists(wanted)) return std::string(wanted);
    if (wanted.empty() && lists("gpt-3.5-turbo")) return "gpt-3.5-turbo";
    return channel.models.empty() ? std::string() : channel.models.front();
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// Counts a test for as long as it lives.
struct Counted
{
    std::atomic<int>& count;
    ~Counted() { --count; }
};

} // namespace

bool looksFatal(const ChannelTrial& trial)
{
    constexpr std::array<std::string_view, 4> kTypes{"insufficient_quota", "authentication_error", "permission_error",
                                                     "forbidden"};
    constexpr std::array<std::string_view, 2> kCodes{"invalid_api_key", "account_deactivated"};
    constexpr std::array<std::string_view, 10> kWords{
        "credit balance", "credits",         "insufficient balance",   "balance is not enough", "api key not valid",
        "key expired",    "key has expired", "violation of our polic", "permission denied",     "has been disabled"};
    if (trial.answered) return false;
    if (std::find(kTypes.begin(), kTypes.end(), trial.errorType) != kTypes.end()) return true;
    if (std::find(kCodes.begin(), kCodes.end(), trial.errorCode) != kCodes.end()) return true;
    const std::string message = lowerAscii(std::string_view(trial.error));
    return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view words) { return contains(message, words); });
}

ChannelTests::ChannelTests(const Context& context, Upstreams& upstreams, std::chrono::milliseconds pause)
    : context_(context), upstreams_(upstreams), pause_(pause)
{
}

std::optional<ChannelTrial> ChannelTests::testOne(int64_t channelId, std::string_view model, const std::string& requestId)
{
    const auto row = context_.database.read([&](DbSession& session)
                                            { return ChannelRepository(session, context_.keys).find(channelId); });
    if (!row) return std::nullopt;
    const int before = atOnce_.fetch_add(1);
    const Counted counted{atOnce_};
    if (before >= kMostAtOnce) throw Refusal(kBusy);
    return test(*row, model, requestId);
}

ChannelTrial ChannelTests::test(const ChannelRow& row, std::string_view wanted, const std::string& requestId)
{
    const store::Channel channel = store::channelOf(row, [](int64_t, std::string_view) {});
    const std::string model = modelFor(channel, wanted);
    ChannelTrial trial;
    if (model.empty())
        trial.error = "the channel lists no models";
    else
        trial = upstreams_.tryChannel(channel, model);

    store::LogRow log;
    log.createdAt = context_.nowMs() / kMillisPerSecond;
    log.type = store::LogType::test;
    log.channelId = row.id;
    log.modelName = model;
    log.elapsedMs = trial.elapsedMs;
    log.requestId = requestId;
    log.content = "Test of channel " + row.name + (trial.answered ? ": answered: " + trial.text : ": failed: " + trial.error);
    context_.database.write(
        [&](DbSession& session)
        {
            store::ChannelRecords(session).noteTest(row.id, trial.answered ? trial.elapsedMs : 0, log.createdAt);
            store::LedgerRepository(session).insertLogs(std::array{log});
        });
    return trial;
}

bool ChannelTests::startAll(bool disabledOnly)
{
    const std::lock_guard lock(starting_);
    if (stopped_ || running_.exchange(true)) return false;
    run_ = std::jthread(
        [this, disabledOnly](const std::stop_token& stop)
        {
            try
            {
                runAll(stop, disabledOnly);
            }
            catch (const Poco::Exception& e)
            {
                context_.log.error("the test of all channels was broken off", {{"reason", e.displayText()}});
            }
            running_ = false;
        });
    return true;
}

void ChannelTests::stop()
{
    const std::lock_guard lock(starting_);
    stopped_ = true;
    run_.request_stop();
    if (run_.joinable()) run_.join();
}

void ChannelTests::runAll(const std::stop_token& stop, bool disabledOnly)
{
    const auto rows = context_.database.read([&](DbSession& session)
                                             { return ChannelRepository(session, context_.keys).all(); });
    for (const ChannelRow& row : rows)
    {
        if (stop.stop_requested()) return;
        if (disabledOnly && row.status == ChannelStatus::enabled) continue;
        judge(row, test(row, "", newRequestId()));
        std::unique_lock lock(pausingMutex_);
        pausing_.wait_for(lock, stop, pause_, [] { return false; });
    }
    context_.log.info("all channels have been tested", {{"channels", static_cast<int64_t>(rows.size())}});
}

// admin-api.md 5.5
void ChannelTests::judge(const ChannelRow& row, const ChannelTrial& trial)
{
    const store::SnapshotPtr snapshot = context_.keeper.current();
    if (!snapshot) return;
    const store::Options& options = snapshot->options();
    const bool disables = options.flag("AutomaticDisableChannelEnabled");
    if (row.status == ChannelStatus::enabled)
    {
        const double limit = options.number("ChannelDisableThreshold");
        if (looksFatal(trial))
        {
            if (disables) setStatus(row, ChannelStatus::disabledAutomatically, trial.error);
        }
        else if (trial.answered && limit > 0 && static_cast<double>(trial.elapsedMs) > limit * kMillisPerSecond)
        {
            const std::string why = "it took " + std::to_string(trial.elapsedMs) + " ms to answer";
            if (disables)
                setStatus(row, ChannelStatus::disabledAutomatically, why);
            else
                context_.log.warning("a channel is slow", {{"channel", row.name}, {"id", row.id}, {"why", why}});
        }
    }
    else if (trial.answered && options.flag("AutomaticEnableChannelEnabled"))
        setStatus(row, ChannelStatus::enabled, "it answered its test");
}

void ChannelTests::setStatus(const ChannelRow& row, ChannelStatus status, const std::string& why)
{
    store::ChannelChanges changes;
    changes.status = status;
    context_.database.write(
        [&](DbSession& session)
        {
            ChannelRepository channels(session, context_.keys);
            const auto now = channels.find(row.id);
            // An administrator who has changed it meanwhile is right.
            if (now && now->status == row.status) channels.update(row.id, changes);
        });
    context_.keeper.changed();
    context_.log.warning(status == ChannelStatus::enabled ? "a channel was enabled by its test" : "a channel was disabled by its test",
                         {{"channel", row.name}, {"id", row.id}, {"why", why}});
}

} // namespace switchyard::management
