#include "ledger/holds/bound.h"

#include <algorithm>

namespace switchyard::ledger
{

namespace
{

struct ModelLimit
{
    std::string_view prefix;
    int64_t tokens;
};

// The longest prefix counts. From the model pages of OpenAI, Anthropic, Google, DeepSeek, Mistral and Alibaba.
constexpr ModelLimit kLimits[] = {
    {"gpt-3.5-turbo", 4096},      {"gpt-4", 8192},            {"gpt-4-turbo", 4096},      {"gpt-4-0125", 4096},
    {"gpt-4-1106", 4096},         {"gpt-4-vision", 4096},     {"gpt-4o", 16'384},         {"gpt-4o-2024-05-13", 4096},
    {"chatgpt-4o", 16'384},       {"gpt-4.1", 32'768},        {"gpt-4.5", 16'384},        {"gpt-5", 128'000},
    {"gpt-5-chat", 16'384},       {"o1", 100'000},            {"o1-preview", 32'768},     {"o1-mini", 65'536},
    {"o3", 100'000},              {"o4", 100'000},            {"claude-2", 4096},         {"claude-3-", 4096},
    {"claude-3-5", 8192},         {"claude-3-7", 64'000},     {"claude-opus-4", 32'000},  {"claude-sonnet-4", 64'000},
    {"claude-haiku-4", 64'000},   {"gemini-1.", 8192},        {"gemini-2.0", 8192},       {"gemini-2.5", 65'536},
    {"gemini-3", 65'536},         {"deepseek-chat", 8192},    {"deepseek-reasoner", 65'536}, {"mistral-", 16'384},
    {"qwen-max", 8192},           {"qwen-plus", 32'768},      {"qwen-turbo", 16'384},
};

} // namespace

int64_t maxOutputOf(std::string_view model) noexcept
{
    const ModelLimit* best = nullptr;
    for (const ModelLimit& limit : kLimits)
        if (model.starts_with(limit.prefix) && (!best || limit.prefix.size() > best->prefix.size())) best = &limit;
    return best ? best->tokens : kUnknownMaxOutput;
}

bool thinksUnseen(std::string_view model) noexcept
{
    const bool numbered = model.size() > 1 && model[0] == 'o' && model[1] >= '1' && model[1] <= '9';
    return numbered || (model.starts_with("gpt-5") && !model.starts_with("gpt-5-chat"));
}

OutputBound outputBound(const OutputAsked& asked, std::string_view model, int64_t cap) noexcept
{
    OutputBound bound;
    if (!asked.chat) return bound;
    const int64_t choices = std::max<int64_t>(1, asked.choices);
    const int64_t most = std::max<int64_t>(1, cap);
    bound.canLower = true;
    if (asked.limit > 0)
    {
        bound.limited = true;
        bound.tokens = asked.limit > most / choices ? most : asked.limit * choices;
        // Capped: what the client allows goes beyond what is held, so a stream is watched.
        bound.extensible = asked.stream && asked.limit * choices > most;
        return bound;
    }
    const int64_t limit = maxOutputOf(model);
    const bool watched = asked.stream && !thinksUnseen(model);
    const int64_t each = watched ? std::min(limit, kFirstStreamHold) : limit;
    bound.tokens = each > most / choices ? most : each * choices;
    bound.extensible = watched;
    return bound;
}

} // namespace switchyard::ledger
