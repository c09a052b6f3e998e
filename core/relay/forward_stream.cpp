#include "relay/forward_stream.h"

#include "base/text.h"
#include "relay/byte_search.h"
#include "relay/error_render.h"
#include "relay/json_cursor.h"
#include "switchyard/provider.h"

#include <functional>

namespace switchyard::relay
{

using providers::Failure;
using providers::TapVerdict;
using sdk::JsonView;
using sdk::SseFrame;

namespace
{

constexpr size_t kMaxFrame = kMaxAnswer / 4;
constexpr size_t kKeptHeld = 1024; // after the commit nothing waits any more: give the memory back

bool lies(std::string_view part, std::string_view whole)
{
    constexpr std::less_equal<const char*> notBehind;
    return notBehind(whole.data(), part.data()) && notBehind(part.data() + part.size(), whole.data() + whole.size());
}

bool choicesAreEmpty(const JsonView& chunk) { return !chunk["choices"].at(0); }

} // namespace

ModelReplacement::ModelReplacement(std::string_view model) : quoted_(jsonQuoted(model)) {}

std::string_view ModelReplacement::find(std::string_view json)
{
    std::string_view value;
    if (valueSize_ > 0 && json.starts_with(prefix_))
        value = json.substr(prefix_.size() - valueSize_, valueSize_);
    else
    {
        JsonCursor cursor(json);
        if (cursor.kind() != '{') return {};
        for (cursor.open(); value.empty() && cursor.more();)
            if (cursor.name() == "model")
                value = cursor.skip();
            else
                cursor.skip();
        if (value.size() < 2 || value[0] != '"' || value.back() != '"') return {};
        prefix_ = json.substr(0, static_cast<size_t>(value.data() + value.size() - json.data()));
        valueSize_ = value.size();
        if (prefix_.size() > 1024) valueSize_ = 0; // content stands before it: do not compare that each time
    }
    return value == quoted_ ? std::string_view() : value;
}

StreamForwarder::StreamForwarder(const ForwardRequest& request, const providers::ForwardPlan& plan, providers::TapPort& taps)
    : taps_(taps), needles_(plan.needles), texts_(request.texts), model_(request.requestedModel), flags_(plan.flags),
      status_(plan.status), shape_(plan.status >= 400 ? Shape::document : Shape::unknown),
      choicesExpected_(request.operation == SWY_OP_CHAT || request.operation == SWY_OP_COMPLETIONS), splitter_(kMaxFrame)
{
}

const Failure* StreamForwarder::feed(std::string_view bytes, OutputQueue& out)
{
    if (shape_ == Shape::over || bytes.empty()) return nullptr;
    if (shape_ == Shape::unknown)
    {
        // The content type is no help: error documents come as event streams, and one event stream is known that came as
        // application/json. No line of an event stream begins with a brace.
        std::string_view start = bytes;
        if (held_.empty() && start.starts_with("\xEF\xBB\xBF")) start.remove_prefix(3);
        start = trim(start);
        if (!start.empty()) shape_ = start[0] == '{' || start[0] == '[' ? Shape::document : Shape::events;
    }
    if (shape_ == Shape::document) return document(bytes);

    input_ = bytes;
    splitter_.feed(bytes);
    for (SseFrame event; splitter_.next(event);)
    {
        if (const Failure* failed = frame(event, out)) return failed;
        if (shape_ == Shape::over) return nullptr;
    }
    input_ = {};
    return splitter_.tooLong() ? broken("a frame of its stream is longer than 16 MiB") : nullptr;
}

const Failure* StreamForwarder::end(bool complete, OutputQueue& out)
{
    if (shape_ == Shape::over) return nullptr;
    if (shape_ == Shape::document) return documentFailure();
    bool lineOpen = false;
    if (complete)
        for (SseFrame event; splitter_.finish(event);)
        {
            lineOpen = !event.complete;
            if (const Failure* failed = frame(event, out)) return failed;
            if (shape_ == Shape::over) return nullptr;
        }
    if (observed_.hasPassedError) return nullptr;
    if (sawDone_)
    {
        observed_.usage.final = observed_.usage.reported;
        observed_.ended = true;
        return nullptr;
    }
    if (!finished_)
        return broken(!complete      ? "the connection broke before its stream had ended"
                      : sawChoices_ ? "its stream ended before the answer did"
                                    : "its stream held no answer");
    // The answer is whole, only its last line is missing (relay.md 7).
    observed_.usage.final = observed_.usage.reported;
    observed_.ended = true;
    if (lineOpen) out.copy("\n\n");
    out.copy("data: [DONE]\n\n");
    out.endFrame();
    return nullptr;
}

const Failure* StreamForwarder::frame(const SseFrame& frame, OutputQueue& out)
{
    if (frame.hasData && trim(frame.data) == "[DONE]") return done(frame, out);
    const FrameWords words = wordsOf(frame.raw);
    const bool reading = frame.hasData && (words.any() || !observed_.committed || finished_);
    const JsonView chunk = reading ? JsonView(frame.data) : JsonView();
    if (frame.hasData && (frame.event == "error" || (words.error && hasError(chunk)))) return errorFrame(frame, out);

    if (reading) meter(chunk, words);
    if (frame.hasData && !observed_.committed && startsAnswer(chunk)) commit(out);
    switch (tap(frame))
    {
    case TapVerdict::failed: shape_ = Shape::over; return nullptr;
    case TapVerdict::drop: return nullptr;
    case TapVerdict::replace:
        if (const std::string_view instead = taps_.replacement(); !instead.empty())
        {
            put(instead, out);
            endFrame(out);
        }
        return nullptr;
    case TapVerdict::pass: break;
    }
    const bool usageChunk = words.usage && (flags_ & SWY_FORWARD_DROP_USAGE_CHUNK) != 0 && choicesAreEmpty(chunk);
    if (usageChunk) return nullptr;
    pass(frame, out);
    if (!observed_.committed && held_.size() > kMaxHeld) commit(out);
    return nullptr;
}

/// An error that the provider sends in its stream. Before the commit it is a failure like any other; afterwards the client
/// gets the provider's own frame, and nothing is to follow it.
const Failure* StreamForwarder::errorFrame(const SseFrame& frame, OutputQueue& out)
{
    Failure failure = failureFromOpenAiError(0, frame.data);
    if (!observed_.committed) return fail(std::move(failure));
    observed_.passedError = std::move(failure);
    observed_.hasPassedError = true;
    put(frame.raw, out);
    endFrame(out);
    return nullptr;
}

const Failure* StreamForwarder::done(const SseFrame& frame, OutputQueue& out)
{
    if (choicesExpected_ && !sawChoices_ && !observed_.committed) return broken("its stream held no answer");
    sawDone_ = true;
    if (!observed_.committed) commit(out);
    put(frame.raw, out);
    endFrame(out);
    return nullptr;
}

void StreamForwarder::meter(const JsonView& chunk, const FrameWords& words)
{
    if (words.usage)
    {
        const UsageReading reading = readUsage(chunk, observed_.usage);
        observed_.badUsage = reading == UsageReading::bad || (observed_.badUsage && reading != UsageReading::good);
    }
    std::string reason = words.finish ? finishReason(chunk) : std::string();
    if (!reason.empty())
    {
        observed_.finish = std::move(reason);
        finished_ = true;
    }
    else if (finished_ && isSemantic(chunk))
        finished_ = false; // another choice goes on
    if (observed_.upstreamId.empty()) observed_.upstreamId = chunk["id"].text().substr(0, 128);
}

bool StreamForwarder::startsAnswer(const JsonView& chunk)
{
    if (!choicesExpected_) return true;
    sawChoices_ = sawChoices_ || chunk["choices"].isArray();
    return isSemantic(chunk);
}

void StreamForwarder::commit(OutputQueue& out)
{
    observed_.committed = true;
    size_t begin = 0;
    for (const uint32_t frameEnd : heldEnds_)
    {
        out.copy(std::string_view(held_).substr(begin, frameEnd - begin));
        out.endFrame();
        begin = frameEnd;
    }
    std::string().swap(held_);
    std::vector<uint32_t>().swap(heldEnds_);
}

TapVerdict StreamForwarder::tap(const SseFrame& frame)
{
    for (size_t i = 0; i < needles_.size(); ++i)
        if (containsBytes(frame.raw, needles_[i]))
            return taps_.tap(static_cast<uint32_t>(i), frame.raw, frame.data);
    return TapVerdict::pass;
}

void StreamForwarder::pass(const SseFrame& frame, OutputQueue& out)
{
    if (texts_ && frame.hasData) tellTexts(JsonView(frame.data), *texts_);
    const bool replaced = (flags_ & SWY_FORWARD_REPLACE_MODEL) != 0 && frame.hasData && replaceModel(frame, out);
    if (!replaced) put(frame.raw, out);
    endFrame(out);
}

bool StreamForwarder::replaceModel(const SseFrame& frame, OutputQueue& out)
{
    const std::string_view value = model_.find(frame.data);
    if (value.empty()) return false;
    if (lies(value, frame.raw))
    {
        const size_t at = static_cast<size_t>(value.data() - frame.raw.data());
        put(frame.raw.substr(0, at), out);
        put(model_.quoted(), out);
        put(frame.raw.substr(at + value.size()), out);
        return true;
    }
    // The JSON is spread over several data lines: write them anew.
    std::string data(frame.data.substr(0, static_cast<size_t>(value.data() - frame.data.data())));
    data += model_.quoted();
    data += frame.data.substr(data.size() - model_.quoted().size() + value.size());
    std::string rewritten;
    if (!frame.event.empty()) rewritten.append("event: ").append(frame.event).append("\n");
    for (const std::string_view line : split(data, '\n'))
        rewritten.append("data: ").append(line).append("\n");
    put(rewritten += '\n', out);
    return true;
}

void StreamForwarder::put(std::string_view bytes, OutputQueue& out)
{
    if (!observed_.committed)
        held_ += bytes;
    else if (lies(bytes, input_))
        out.view(bytes);
    else
        out.copy(bytes);
}

void StreamForwarder::endFrame(OutputQueue& out)
{
    if (observed_.committed)
        out.endFrame();
    else
        heldEnds_.push_back(static_cast<uint32_t>(held_.size()));
}

const Failure* StreamForwarder::document(std::string_view bytes)
{
    held_.append(bytes.substr(0, kMaxHeld - std::min(kMaxHeld, held_.size())));
    return held_.size() >= kMaxHeld ? documentFailure() : nullptr;
}

const Failure* StreamForwarder::documentFailure()
{
    if (status_ >= 400 || hasError(JsonView(held_))) return fail(failureFromOpenAiError(status_, held_));
    return broken("it answered a request for a stream with one document");
}

const Failure* StreamForwarder::broken(std::string message)
{
    Failure failure;
    failure.cause = providers::Cause::upstreamBroken;
    failure.scope = providers::Scope::channel;
    failure.message = "The provider's answer is not usable: " + std::move(message) + ".";
    failure.upstream = held_.substr(0, 4096);
    return fail(std::move(failure));
}

const Failure* StreamForwarder::fail(Failure failure)
{
    failure_ = std::move(failure);
    shape_ = Shape::over;
    std::string().swap(held_);
    std::vector<uint32_t>().swap(heldEnds_);
    return &failure_;
}

} // namespace switchyard::relay
