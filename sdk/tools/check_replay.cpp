#include "checks.h"
#include "driver.h"
#include "plugin_object.h"
#include "recording.h"

#include <switchyard/sse.hpp>

#include <cstring>
#include <memory>
#include <set>

namespace switchyard::check
{

namespace
{

constexpr size_t kEveryCutWithin = 4096;
constexpr size_t kByteByByteWithin = 65536;
constexpr size_t kRandomCuts = 200;
constexpr size_t kMostFaults = 3; // of one recording: the rest says the same

bool listed(const char* const* list, const std::string& name)
{
    for (; list && *list; ++list)
        if (name == *list) return true;
    return false;
}

/// A recording, the provider it is offered to and a channel of it.
class Stage
{
public:
    Stage(const std::string& file, const std::string& path, Findings& findings)
        : recording_(readRecording(readFile(path))), plugin_(file), findings_(findings),
          where_(recording_.id.empty() ? path : recording_.id)
    {
    }

    /// Why the recording is not offered; empty: it can be. Faults of the plug-in are told by the descriptor's check.
    bool ready()
    {
        if (!plugin_.problem().empty()) return false;
        provider_ = plugin_.provider(recording_.provider);
        const swy_descriptor_t& d = *provider_->descriptor;
        if (!recording_.operation.empty() && !listed(d.operations, recording_.operation))
            return skip("operation " + recording_.operation + " not declared by " + d.id);
        if (!recording_.unusable.empty()) return skip(recording_.unusable);
        if (!listed(d.dialects, recording_.dialect))
            return skip("dialect " + recording_.dialect + " not native to " + d.id);
        TextRoom error;
        channel_ = std::make_unique<ChannelObject>(*provider_, goodBaseUrl(d), "sk-0123456789abcdef", goodConfig(d),
                                                   d.type_number_count ? d.type_numbers[0] : 0, error);
        return channel_->get() != nullptr;
    }

    Outcome run(const std::vector<size_t>& cuts)
    {
        ++findings_.runs;
        return play({*provider_, channel_->get(), goodBaseUrl(*provider_->descriptor), recording_}, cuts);
    }

    /// Model lists have a form of their own at many providers: only the one that the recording is of has to know it.
    bool mustUnderstand() const
    {
        return recording_.operation != SWY_OP_MODELS || recording_.provider == provider_->descriptor->id;
    }

    void fault(const char* check, std::string text) { findings_.faults.push_back({check, where_, std::move(text)}); }
    const Recording& recording() const { return recording_; }

private:
    bool skip(const std::string& reason)
    {
        findings_.skipped[reason].push_back(where_);
        return false;
    }

    Recording recording_;
    PluginObject plugin_;
    Findings& findings_;
    std::string where_;
    const swy_provider_t* provider_ = nullptr;
    std::unique_ptr<ChannelObject> channel_;
};

/// Offsets around every border of a frame, a line or a JSON element.
std::set<size_t> borders(const std::string& answer)
{
    std::set<size_t> offsets;
    for (size_t at = 0; at < answer.size() && offsets.size() < 20000; ++at)
        if (answer[at] == '\n')
            for (size_t cut = at > 2 ? at - 2 : 1; cut <= at + 2 && cut < answer.size(); ++cut)
                if (cut > 0) offsets.insert(cut);
    return offsets;
}

std::string named(const std::vector<size_t>& cuts)
{
    return cuts.size() == 1 ? "cut at byte " + std::to_string(cuts[0])
                            : "cut in " + std::to_string(cuts.size() + 1) + " pieces";
}

} // namespace

void checkReplay(const std::string& file, const std::string& recording, Findings& findings)
{
    Stage stage(file, recording, findings);
    if (!stage.ready()) return;
    const Outcome first = stage.run({});
    for (const std::string& fault : first.faults)
        stage.fault("replay", fault);
    if (first.end.find("failed: cause " + std::to_string(SWY_CAUSE_INTERNAL) + " ") == 0)
        stage.fault("replay", "the plug-in failed by its own mistake: " + first.end);
    if (first.answered && stage.recording().status >= 400 && !first.failed)
        stage.fault("replay",
                    "an answer with status " + std::to_string(stage.recording().status) + " did not fail the exchange");
    if (first.answered && stage.recording().status < 400 && stage.recording().recordedAs != "error" && first.failed &&
        first.faults.empty() && !first.more && stage.mustUnderstand())
        stage.fault("replay", "a good answer failed the exchange: " + first.end);
    if (const std::string changed = difference(first, stage.run({})); !changed.empty())
        stage.fault("replay", "a second run is not like the first: " + changed);
    ++findings.replayed;
}

void checkCuts(const std::string& file, const std::string& recording, Findings& findings)
{
    Stage stage(file, recording, findings);
    if (!stage.ready()) return;
    const Outcome uncut = stage.run({});
    const std::string& answer = stage.recording().answer;
    if (!uncut.answered || answer.size() < 2) return;
    size_t faults = 0;
    const auto compare = [&](const std::vector<size_t>& cuts)
    {
        if (faults >= kMostFaults) return;
        const Outcome got = stage.run(cuts);
        std::string wrong = difference(uncut, got);
        if (wrong.empty() && got.faults.size() > uncut.faults.size()) wrong = got.faults.back();
        if (wrong.empty()) return;
        ++faults;
        stage.fault("cuts", named(cuts) + ": " + wrong);
    };

    std::set<size_t> single = borders(answer);
    for (size_t at = 1; at < answer.size() && at < kEveryCutWithin; ++at)
        single.insert(at);
    for (const size_t at : single)
        compare({at});

    uint64_t state = 0x9E3779B97F4A7C15u;
    const auto draw = [&](size_t below)
    {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return static_cast<size_t>(state >> 33) % below;
    };
    for (size_t i = 0; i < kRandomCuts; ++i)
    {
        std::set<size_t> several;
        for (size_t n = 1 + i % 7; n > 0; --n)
            several.insert(1 + draw(answer.size() - 1));
        compare({several.begin(), several.end()});
    }
    if (answer.size() > kByteByByteWithin) return;
    std::vector<size_t> every;
    for (size_t at = 1; at < answer.size(); ++at)
        every.push_back(at);
    compare(every);
}

} // namespace switchyard::check
