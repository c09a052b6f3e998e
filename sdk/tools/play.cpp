#include "play.h"

#include "play_actions.h"
#include "rules.h"

#include <switchyard/json.hpp>

#include <algorithm>

namespace switchyard::check
{

namespace
{

constexpr size_t kReadableBehindBody = 64;
constexpr uint8_t kRandom[32] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16,
                                 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32};

swy_borrowed_t lend(std::string_view text) { return {text.data(), text.size()}; }

} // namespace

Play::Play(const Scene& scene, bool trace)
    : scene_(scene), trace_(trace), actions_(actionTable(*this)),
      body_(scene.recording.body + std::string(kReadableBehindBody, '\0'))
{
    const std::string_view body = std::string_view(body_).substr(0, scene.recording.body.size());
    sdk::checkJson(body, 512,
                   [&](const sdk::JsonSpan& span)
                   {
                       std::string& name = names_.emplace_back();
                       sdk::appendJsonUnescaped(name, body.substr(span.nameOffset + 1, span.nameSize - 2));
                       members_.push_back({lend(name), span.nameOffset, span.valueOffset, span.valueSize});
                   });
    keyedHosts_.push_back(hostOf(scene.baseUrl, {"http", "https"}));
    for (const char* const* host = scene.provider.descriptor->hosts; host && *host; ++host)
        keyedHosts_.push_back(*host);
}

swy_start_t Play::startRecord()
{
    const Recording& r = scene_.recording;
    swy_start_t start = {};
    start.struct_size = sizeof start;
    const sdk::JsonView wantsUsage = sdk::JsonView(r.body)["stream_options"]["include_usage"];
    start.flags = (r.stream ? SWY_START_STREAM : 0) | (r.stream && wantsUsage.isTrue() ? SWY_START_WANTS_USAGE : 0);
    start.operation = lend(r.operation);
    start.dialect = lend(r.dialect);
    start.model = start.requested_model = lend(r.model);
    start.body = {body_.data(), r.body.size()};
    start.members = members_.data();
    start.member_count = static_cast<uint32_t>(members_.size());
    start.attempt = 1;
    start.method = lend(r.body.empty() ? "GET" : "POST");
    start.target = lend(r.target);
    start.content_type = lend(r.body.empty() ? "" : "application/json");
    start.request_id = lend("check-1");
    start.random = kRandom;
    start.max_output_per_event = uint64_t{64} << 20;
    start.max_parallel = 8;
    return start;
}

void Play::note(std::string line)
{
    if (trace_) outcome_.trace.push_back(std::move(line));
}

void Play::eventBegins(uint32_t kind, uint64_t)
{
    event_ = kind;
    replaced_ = false;
}

void Play::eventEnds() { event_ = 0; }

void Play::end(std::string how, bool failed)
{
    outcome_.end = std::move(how);
    outcome_.failed = failed;
    requests_.clear();
    timers_.clear();
}

swy_status_t Play::invalid(std::string_view action, std::string text)
{
    fault(std::string(action) + ": " + text);
    if (running()) end("invalid action", true);
    return sticky_ = SWY_INVALID;
}

swy_status_t Play::admit()
{
    if (event_ == 0)
    {
        fault("an action was called outside an event");
        return SWY_INVALID;
    }
    if (!running()) return sticky_ == SWY_ACCEPTED ? SWY_ENDED : sticky_;
    return SWY_ACCEPTED;
}

void Play::close(uint64_t id) { requests_.erase(std::remove(requests_.begin(), requests_.end(), id), requests_.end()); }

bool Play::nextRefusal(Refusal& refusal)
{
    if (refusals_.empty()) return false;
    refusal = refusals_.front();
    refusals_.pop_front();
    return true;
}

uint64_t Play::nextTimer()
{
    const auto due = std::min_element(timers_.begin(), timers_.end(),
                                      [](const auto& a, const auto& b) { return a.second < b.second; });
    if (due == timers_.end()) return 0;
    const uint64_t id = due->first;
    now_ = std::max(now_, due->second);
    timers_.erase(due);
    return id;
}

bool Play::nextShown(Shown& shown)
{
    if (!frames_)
    {
        if (!raw_) return false; // a whole answer is shown at its end
        outcome_.bytes += received_;
        received_.clear();
        return false;
    }
    for (;;)
    {
        if (!fed_)
        {
            if (received_.empty()) return false;
            feeding_.swap(received_);
            received_.clear();
            splitter_.feed(feeding_);
            fed_ = true;
        }
        sdk::SseFrame frame;
        while (splitter_.next(frame))
            if (showOrPass(frame, shown)) return true;
        fed_ = false;
    }
}

bool Play::lastShown(Shown& shown)
{
    if (ended_) return false;
    ended_ = true;
    sdk::SseFrame frame;
    if (frames_) return splitter_.finish(frame) && showOrPass(frame, shown);
    frame.raw = frame.data = received_;
    return !received_.empty() && showOrPass(frame, shown);
}

bool Play::showOrPass(const sdk::SseFrame& frame, Shown& shown)
{
    for (size_t i = 0; i < needles_.size() && !raw_; ++i)
        if (frame.raw.find(needles_[i]) != std::string_view::npos)
        {
            shown = {static_cast<uint32_t>(i), std::string(frame.raw), std::string(frame.data)};
            return true;
        }
    outcome_.bytes += frame.raw;
    return false;
}

void Play::tapEnded(const Shown& shown)
{
    if (running()) outcome_.bytes += replaced_ ? replacement_ : shown.frame;
}

void Play::forwardEnded()
{
    if (running()) end("forwarded", false);
}

} // namespace switchyard::check
