// A streamed answer in OpenAI's dialect on its way through (forwarder.h).
#pragma once

#include "relay/answer_reading.h"
#include "relay/forwarder.h"
#include "switchyard/sse.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::relay
{

/// Exchanges the top-level `model` of frames. Chunks of one answer begin alike, so the place is looked up once and then
/// only compared.
class ModelReplacement
{
public:
    explicit ModelReplacement(std::string_view model);

    /// The value of top-level `model` in `json`, when it is a text that differs from ours; else empty.
    std::string_view find(std::string_view json);
    std::string_view quoted() const { return quoted_; }

private:
    std::string quoted_;
    std::string prefix_; // of the last JSON, up to and with the value
    size_t valueSize_ = 0;
};

class StreamForwarder final : public Forwarder
{
public:
    StreamForwarder(const ForwardRequest& request, const providers::ForwardPlan& plan, providers::TapPort& taps);

    const providers::Failure* feed(std::string_view bytes, OutputQueue& out) override;
    const providers::Failure* end(bool complete, OutputQueue& out) override;

private:
    enum class Shape
    {
        unknown,
        events,
        document, // not a stream: one JSON text, or the body of an error status
        over      // failed, or the plug-in has failed the exchange: deliver nothing more
    };

    const providers::Failure* frame(const sdk::SseFrame& frame, OutputQueue& out);
    const providers::Failure* errorFrame(const sdk::SseFrame& frame, OutputQueue& out);
    const providers::Failure* done(const sdk::SseFrame& frame, OutputQueue& out);
    const providers::Failure* fail(providers::Failure failure);
    const providers::Failure* broken(std::string message);
    const providers::Failure* document(std::string_view bytes);
    const providers::Failure* documentFailure();

    void meter(const sdk::JsonView& chunk, const FrameWords& words);
    bool startsAnswer(const sdk::JsonView& chunk);
    void commit(OutputQueue& out);
    void pass(const sdk::SseFrame& frame, OutputQueue& out);
    void put(std::string_view bytes, OutputQueue& out);
    void endFrame(OutputQueue& out);
    bool replaceModel(const sdk::SseFrame& frame, OutputQueue& out);
    providers::TapVerdict tap(const sdk::SseFrame& frame);

    providers::TapPort& taps_;
    std::span<const std::string> needles_;
    TextObserver* texts_;
    ModelReplacement model_;
    uint32_t flags_;
    int status_;
    Shape shape_ = Shape::unknown;
    bool choicesExpected_; // chat and completions: what is no choice is no answer
    bool sawChoices_ = false;
    bool sawDone_ = false;
    bool finished_ = false;          // the last thing that a choice said was its finish reason
    std::string_view input_;         // what is being fed: its bytes need no copy
    std::string held_;               // before the commit: frames that wait, or the document
    std::vector<uint32_t> heldEnds_; // where its frames end
    sdk::SseSplitter splitter_;
};

} // namespace switchyard::relay
