// A whole OpenAI chat answer as deltas: for providers that answer a stream request, or one in another dialect, with one
// JSON object ("chat.completion").
//
//     answerDeltas(JsonView(body), [this](const swy_delta_t& piece) { delta(piece); });
//     Usage used;
//     readUsage(JsonView(body)["usage"], used);
//     usage(used);
#pragma once

#include "json_view.hpp"
#include "provider.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace switchyard::sdk
{

namespace detail
{

template <class OnDelta>
class AnswerWalk
{
public:
    explicit AnswerWalk(OnDelta& onDelta) : onDelta_(onDelta) {}

    void choice(JsonView choice)
    {
        choice_ = static_cast<uint32_t>(choice["index"].integer());
        const JsonView message = choice["message"];
        // Two names are in use for what a model thinks; one answer has one of them.
        const JsonView thought = message["reasoning_content"] ? message["reasoning_content"] : message["reasoning"];
        say(SWY_DELTA_THINKING, 0, thought);
        say(SWY_DELTA_TEXT, 0, message["content"]);
        say(SWY_DELTA_REFUSAL, 0, message["refusal"]);
        for (const JsonView& citation : message["annotations"].elements())
            tell(SWY_DELTA_CITATION, 0, {}, {}, {}, citation.json());
        tools(message["tool_calls"]);
        say(SWY_DELTA_AUDIO, 0, message["audio"]["data"]);
        const std::string reason = choice["finish_reason"].text();
        if (!reason.empty()) tell(SWY_DELTA_STOP, 0, {}, {}, reason, {});
    }

private:
    void tools(JsonView calls)
    {
        uint32_t block = 0;
        for (const JsonView& call : calls.elements())
        {
            const std::string id = call["id"].text(), name = call["function"]["name"].text();
            tell(SWY_DELTA_TOOL_BEGIN, block, {}, id, name, {});
            say(SWY_DELTA_TOOL_ARGUMENTS, block, call["function"]["arguments"]);
            ++block;
        }
    }

    void say(uint32_t kind, uint32_t block, JsonView text)
    {
        const std::string_view piece = text.text(scratch_);
        if (!piece.empty()) tell(kind, block, piece, {}, {}, {});
    }

    void tell(uint32_t kind, uint32_t block, std::string_view text, std::string_view id, std::string_view name,
              std::string_view extra)
    {
        const auto given = [](std::string_view bytes) { return swy_given_t{bytes.data(), bytes.size()}; };
        const swy_delta_t delta = {sizeof delta, kind,      choice_,     block,
                                   given(text),  given(id), given(name), given(extra)};
        onDelta_(delta);
    }

    OnDelta& onDelta_;
    uint32_t choice_ = 0;
    std::string scratch_;
};

} // namespace detail

/// Calls onDelta(const swy_delta_t&) for each piece of the answer, choices in their order.
template <class OnDelta>
void answerDeltas(JsonView answer, OnDelta&& onDelta)
{
    detail::AnswerWalk<OnDelta> walk(onDelta);
    for (const JsonView& choice : answer["choices"].elements())
        walk.choice(choice);
}

/// The `usage` of an OpenAI answer or chunk in a Usage of provider.hpp (any type with these members); what is not told
/// stays as it is. OpenAI's numbers already include cached, reasoning and audio tokens where swy_usage_t wants them.
template <class Usage>
void readUsage(JsonView usage, Usage& used)
{
    const auto take = [](JsonView number, int64_t& into)
    {
        if (number.isNumber()) into = number.integer(into);
    };
    take(usage["prompt_tokens"], used.input);
    take(usage["completion_tokens"], used.output);
    take(usage["prompt_tokens_details"]["cached_tokens"], used.cached);
    take(usage["prompt_tokens_details"]["audio_tokens"], used.audioInput);
    take(usage["completion_tokens_details"]["reasoning_tokens"], used.reasoning);
    take(usage["completion_tokens_details"]["audio_tokens"], used.audioOutput);
}

} // namespace switchyard::sdk
