// Runs an answer through a forwarder in pieces of any size, as the exchange pump would.
#pragma once

#include "relay/forwarder.h"
#include "switchyard/provider.h"

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard::relay
{

/// A plug-in that answers taps as told, and notes them.
class ScriptedTaps final : public providers::TapPort
{
public:
    std::function<providers::TapVerdict(std::string_view frame)> verdict;
    std::vector<std::string> frames, data;
    std::vector<uint32_t> needles;
    std::string instead;

    providers::TapVerdict tap(uint32_t needle, std::string_view frame, std::string_view payload) override
    {
        needles.push_back(needle);
        frames.emplace_back(frame);
        data.emplace_back(payload);
        return verdict ? verdict(frame) : providers::TapVerdict::pass;
    }
    std::string_view replacement() const override { return instead; }
};

struct Run
{
    std::string operation = SWY_OP_CHAT;
    std::string dialect = SWY_DIALECT_OPENAI;
    std::string model = "asked-for";
    bool stream = true;
    bool complete = true;
    uint32_t flags = 0;
    int status = 200;
    std::vector<std::string> needles;
    TextObserver* texts = nullptr;
    ScriptedTaps taps;

    // What came of it.
    std::string out;
    std::optional<providers::Failure> failure;
    Observed observed;
    uint64_t frames = 0;

    /// `cuts` are the sizes of the pieces; the last one is used again and again.
    Run& over(std::string_view answer, const std::vector<size_t>& cuts)
    {
        providers::ForwardPlan plan;
        plan.flags = flags;
        plan.dialect = dialect;
        plan.needles = needles;
        plan.status = status;
        ForwardRequest request;
        request.operation = operation;
        request.stream = stream;
        request.requestedModel = model;
        request.texts = texts;
        auto forwarder = makeForwarder(request, plan, taps);
        OutputQueue queue;
        const providers::Failure* failed = nullptr;
        for (size_t i = 0; !failed && !answer.empty(); ++i)
        {
            const std::string piece(answer.substr(0, cuts[std::min(i, cuts.size() - 1)])); // gone after the flush
            answer.remove_prefix(piece.size());
            failed = forwarder->feed(piece, queue);
            drain(queue);
        }
        if (!failed) failed = forwarder->end(complete, queue);
        drain(queue);
        if (failed) failure = *failed;
        observed = forwarder->observed();
        frames = queue.framesDelivered();
        return *this;
    }
    Run& whole(std::string_view answer) { return over(answer, {answer.size() + 1}); }

private:
    void drain(OutputQueue& queue)
    {
        while (!queue.empty())
        {
            std::array<iovec, 3> room;
            const size_t count = queue.fill(room);
            size_t size = 0;
            for (size_t i = 0; i < count; ++i)
            {
                out.append(static_cast<const char*>(room[i].iov_base), room[i].iov_len);
                size += room[i].iov_len;
            }
            queue.consume(size);
        }
    }
};

} // namespace switchyard::relay
