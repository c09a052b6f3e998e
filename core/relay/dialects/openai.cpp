#include "relay/dialects/openai.h"

#include "base/text.h"
#include "relay/body_scan.h"
#include "switchyard/provider.h"

#include <vector>

namespace switchyard::relay
{

namespace
{

using providers::Delta;

/// A tool call of a choice: the ABI's block becomes OpenAI's index, which counts tool calls alone.
struct Call
{
    uint32_t block;
    std::string id;
    std::string name;
    std::string arguments;
};

struct Choice
{
    bool begun = false;
    std::string finish;
    std::vector<Call> calls;
    // Of a whole answer:
    std::string text, thinking, refusal, audio;
    std::string audioId;
    std::string citations; // JSON values joined by commas

    size_t callOf(uint32_t block)
    {
        for (size_t i = calls.size(); i-- > 0;)
            if (calls[i].block == block) return i;
        calls.push_back({block, {}, {}, {}});
        return calls.size() - 1;
    }
    std::string_view reason() const { return !finish.empty() ? std::string_view(finish) : calls.empty() ? "stop" : "tool_calls"; }
};

void appendMember(std::string& out, std::string_view name, std::string_view text)
{
    ((out += '"') += name) += "\":";
    appendJsonQuoted(out, text);
}

void appendCall(std::string& out, size_t index, const Call& call, std::string_view arguments)
{
    out.append(R"({"index":)").append(std::to_string(index)).append(R"(,"id":)");
    appendJsonQuoted(out, call.id);
    out += R"(,"type":"function","function":{)";
    appendMember(out, "name", call.name);
    out += ',';
    appendMember(out, "arguments", arguments);
    out += "}}";
}

/// A plug-in's own JSON goes into ours only if it is JSON.
bool isJson(std::string_view text) { return scanBody(text).ok(); }

/// What all parts of the two renderers share.
class OpenAiRenderer : public DeltaRenderer
{
protected:
    static constexpr uint32_t kMaxChoices = 1024; // a plug-in's number becomes memory

    explicit OpenAiRenderer(const AnswerForm& form) : form_(form), legacy_(form.operation == SWY_OP_COMPLETIONS) {}

    Choice& choiceOf(uint32_t number)
    {
        if (number >= choices_.size()) choices_.resize(number + 1);
        return choices_[number];
    }

    /// Up to and with the choices' opening bracket.
    std::string head(std::string_view object) const
    {
        std::string out = R"({"id":)";
        appendJsonQuoted(out, form_.id);
        out.append(R"(,"object":")").append(object).append(R"(","created":)").append(std::to_string(form_.created));
        out += R"(,"model":)";
        appendJsonQuoted(out, form_.model);
        return out += R"(,"choices":[)";
    }

    void noteStop(Choice& choice, std::string_view reason)
    {
        choice.finish = reason;
        finish_ = choice.finish;
    }

    AnswerForm form_;
    bool legacy_; // text_completion: only text has a place there
    std::vector<Choice> choices_;
};

class StreamRenderer final : public OpenAiRenderer
{
public:
    explicit StreamRenderer(const AnswerForm& form)
        : OpenAiRenderer(form), head_("data: " + head(legacy_ ? "text_completion" : "chat.completion.chunk")),
          tail_(form.wantsUsage ? "}],\"usage\":null}\n\n" : "}]}\n\n")
    {
    }

    void delta(const Delta& piece, OutputQueue& out) override
    {
        if (piece.choice >= kMaxChoices) return;
        Choice& choice = choiceOf(piece.choice);
        if (piece.kind == SWY_DELTA_STOP) return stop(choice, piece.choice, piece.name, out);
        inner_.clear();
        if (!render(choice, piece)) return;
        begin(choice, piece.choice, out);
        frame(piece.choice, inner_, {}, out);
    }

    void finish(const Usage& usage, OutputQueue& out) override
    {
        if (choices_.empty()) choices_.resize(1);
        for (uint32_t i = 0; i < choices_.size(); ++i)
            if (choices_[i].finish.empty()) stop(choices_[i], i, choices_[i].reason(), out);
        if (form_.wantsUsage && usage.reported)
        {
            frame_.assign(head_).append(R"(],"usage":)");
            appendOpenAiUsage(frame_, usage);
            out.copy(frame_ += "}\n\n");
            out.endFrame();
        }
        out.copy("data: [DONE]\n\n");
        out.endFrame();
    }

private:
    void begin(Choice& choice, uint32_t number, OutputQueue& out)
    {
        committed_ = true;
        if (choice.begun) return;
        choice.begun = true;
        if (!legacy_) frame(number, R"("role":"assistant","content":"")", {}, out);
    }

    void stop(Choice& choice, uint32_t number, std::string_view reason, OutputQueue& out)
    {
        if (!choice.finish.empty()) return; // clients expect one
        begin(choice, number, out);
        noteStop(choice, reason.empty() ? choice.reason() : reason);
        frame(number, legacy_ ? R"("text":"")" : "", choice.finish, out);
    }

    /// The inside of the delta object, or what stands in a text_completion's choice. False: nothing to say.
    bool render(Choice& choice, const Delta& piece)
    {
        if (legacy_)
        {
            if (piece.kind != SWY_DELTA_TEXT || piece.text.empty()) return false;
            appendMember(inner_, "text", piece.text);
            return true;
        }
        switch (piece.kind)
        {
        case SWY_DELTA_TEXT: return renderText("content", piece.text);
        case SWY_DELTA_THINKING: return renderText("reasoning_content", piece.text);
        case SWY_DELTA_REFUSAL: return renderText("refusal", piece.text);
        case SWY_DELTA_TOOL_BEGIN:
        {
            choice.calls.push_back({piece.block, std::string(piece.id), std::string(piece.name), {}});
            inner_ += R"("tool_calls":[)";
            appendCall(inner_, choice.calls.size() - 1, choice.calls.back(), piece.text);
            inner_ += ']';
            return true;
        }
        case SWY_DELTA_TOOL_ARGUMENTS:
            if (piece.text.empty()) return false;
            inner_.append(R"("tool_calls":[{"index":)").append(std::to_string(choice.callOf(piece.block))).append(R"(,"function":{)");
            appendMember(inner_, "arguments", piece.text);
            inner_ += "}}]";
            return true;
        case SWY_DELTA_AUDIO:
            inner_ += R"("audio":{)";
            if (!piece.id.empty())
            {
                appendMember(inner_, "id", piece.id);
                inner_ += ',';
            }
            appendMember(inner_, "data", piece.text);
            inner_ += '}';
            return true;
        case SWY_DELTA_CITATION:
            if (!isJson(piece.extra)) return false;
            inner_.append(R"("annotations":[)").append(piece.extra).append("]");
            return true;
        default: return false; // SIGNATURE has no place in this dialect; others are of a later ABI
        }
    }

    bool renderText(std::string_view name, std::string_view text)
    {
        if (text.empty()) return false;
        appendMember(inner_, name, text);
        return true;
    }

    void frame(uint32_t number, std::string_view inner, std::string_view reason, OutputQueue& out)
    {
        frame_.assign(head_).append(R"({"index":)").append(std::to_string(number));
        if (legacy_)
            frame_.append(",").append(inner).append(R"(,"logprobs":null,"finish_reason":)");
        else
            frame_.append(R"(,"delta":{)").append(inner).append(R"(},"logprobs":null,"finish_reason":)");
        if (reason.empty())
            frame_ += "null";
        else
            appendJsonQuoted(frame_, reason);
        out.copy(frame_ += tail_);
        out.endFrame();
    }

    std::string head_;
    std::string_view tail_;
    std::string inner_;
    std::string frame_;
};

class AnswerRenderer final : public OpenAiRenderer
{
public:
    explicit AnswerRenderer(const AnswerForm& form) : OpenAiRenderer(form) {}

    /// A whole answer is in nobody's hands before its end, so nothing commits before it.
    void delta(const Delta& piece, OutputQueue&) override
    {
        if (piece.choice >= kMaxChoices) return;
        Choice& choice = choiceOf(piece.choice);
        switch (piece.kind)
        {
        case SWY_DELTA_TEXT: choice.text += piece.text; break;
        case SWY_DELTA_THINKING: choice.thinking += piece.text; break;
        case SWY_DELTA_REFUSAL: choice.refusal += piece.text; break;
        case SWY_DELTA_TOOL_BEGIN:
            choice.calls.push_back({piece.block, std::string(piece.id), std::string(piece.name), std::string(piece.text)});
            break;
        case SWY_DELTA_TOOL_ARGUMENTS: choice.calls[choice.callOf(piece.block)].arguments += piece.text; break;
        case SWY_DELTA_AUDIO:
            choice.audio += piece.text;
            if (!piece.id.empty()) choice.audioId = piece.id;
            break;
        case SWY_DELTA_CITATION:
            if (isJson(piece.extra)) choice.citations.append(choice.citations.empty() ? "" : ",").append(piece.extra);
            break;
        case SWY_DELTA_STOP:
            if (choice.finish.empty()) noteStop(choice, piece.name);
            break;
        default: break;
        }
    }

    void finish(const Usage& usage, OutputQueue& out) override
    {
        if (choices_.empty()) choices_.resize(1);
        std::string answer = head(legacy_ ? "text_completion" : "chat.completion");
        for (size_t i = 0; i < choices_.size(); ++i)
        {
            if (choices_[i].finish.empty()) noteStop(choices_[i], choices_[i].reason());
            answer.append(i == 0 ? R"({"index":)" : R"(,{"index":)").append(std::to_string(i)).append(",");
            if (legacy_)
                appendMember(answer, "text", choices_[i].text);
            else
                appendMessage(answer, choices_[i]);
            answer += R"(,"logprobs":null,"finish_reason":)";
            appendJsonQuoted(answer, choices_[i].finish);
            answer += '}';
        }
        answer += R"(],"usage":)";
        appendOpenAiUsage(answer, usage);
        committed_ = true;
        out.own(answer += "}");
        out.endFrame();
    }

private:
    static void appendMessage(std::string& out, const Choice& choice)
    {
        out += R"("message":{"role":"assistant","content":)";
        if (choice.text.empty() && (!choice.calls.empty() || !choice.refusal.empty() || !choice.audio.empty()))
            out += "null";
        else
            appendJsonQuoted(out, choice.text);
        out += R"(,"refusal":)";
        if (choice.refusal.empty())
            out += "null";
        else
            appendJsonQuoted(out, choice.refusal);
        if (!choice.thinking.empty()) appendMember(out += ',', "reasoning_content", choice.thinking);
        for (size_t i = 0; i < choice.calls.size(); ++i)
        {
            out += i == 0 ? R"(,"tool_calls":[)" : ",";
            appendCall(out, i, choice.calls[i], choice.calls[i].arguments);
        }
        if (!choice.calls.empty()) out += ']';
        if (!choice.citations.empty()) out.append(R"(,"annotations":[)").append(choice.citations).append("]");
        if (!choice.audio.empty())
        {
            out += R"(,"audio":{)";
            appendMember(out, "id", choice.audioId);
            out += ',';
            appendMember(out, "data", choice.audio);
            out += '}';
        }
        out += '}';
    }
};

} // namespace

std::unique_ptr<DeltaRenderer> makeOpenAiRenderer(const AnswerForm& form)
{
    if (form.stream) return std::make_unique<StreamRenderer>(form);
    return std::make_unique<AnswerRenderer>(form);
}

void appendOpenAiUsage(std::string& out, const Usage& usage)
{
    const auto number = [&](std::string_view name, int64_t value) { out.append(name).append(std::to_string(value)); };
    number(R"({"prompt_tokens":)", usage.input);
    number(R"(,"completion_tokens":)", usage.output);
    number(R"(,"total_tokens":)", usage.input + usage.output);
    number(R"(,"prompt_tokens_details":{"cached_tokens":)", usage.cached);
    number(R"(,"audio_tokens":)", usage.audioInput);
    if (usage.cacheWrite > 0) number(R"(,"cache_write_tokens":)", usage.cacheWrite);
    number(R"(},"completion_tokens_details":{"reasoning_tokens":)", usage.reasoning);
    number(R"(,"audio_tokens":)", usage.audioOutput);
    out += "}}";
}

} // namespace switchyard::relay
