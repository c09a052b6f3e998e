// Renders an answer that comes as deltas in OpenAI's dialect: chat.completion, chat.completion.chunk, text_completion.
#pragma once

#include "providers/answer_sink.h"
#include "relay/delivery_bytes.h"
#include "relay/settlement.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace switchyard::relay
{

/// Its views live as long as the renderer.
struct AnswerForm
{
    std::string_view operation; ///< SWY_OP_CHAT or SWY_OP_COMPLETIONS
    std::string_view id;        ///< "chatcmpl-..."
    int64_t created = 0;        ///< Unix seconds
    std::string_view model;     ///< the name that the client used
    bool stream = false;
    bool wantsUsage = false;    ///< a stream: the client asked for the usage chunk
};

/// One answer being rendered. [the request's loop thread]
class DeltaRenderer
{
public:
    virtual ~DeltaRenderer() = default;

    /// Stream: queues the frames that say it. Else keeps it. Unknown kinds are ignored.
    virtual void delta(const providers::Delta& piece, OutputQueue& out) = 0;
    /// The end of a good answer: finish chunk if there was none, usage chunk if wanted, [DONE]; or the whole answer.
    virtual void finish(const Usage& usage, OutputQueue& out) = 0;

    /// Whether a delta with content has come.
    bool committed() const { return committed_; }
    /// The finish reason; empty so far.
    const std::string& finishReason() const { return finish_; }

protected:
    bool committed_ = false;
    std::string finish_;
};

std::unique_ptr<DeltaRenderer> makeOpenAiRenderer(const AnswerForm& form);

/// `{"prompt_tokens":...}`: usage in OpenAI's form.
void appendOpenAiUsage(std::string& out, const Usage& usage);

} // namespace switchyard::relay
