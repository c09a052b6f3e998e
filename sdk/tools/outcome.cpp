#include "outcome.h"

#include <switchyard/json.hpp>
#include <switchyard/provider.h>

#include <algorithm>

namespace switchyard::check
{

void Outcome::add(const DeltaSeen& delta)
{
    const bool carriesText = delta.id.empty() && delta.name.empty() && delta.extra.empty();
    if (!deltas.empty() && carriesText)
    {
        DeltaSeen& last = deltas.back();
        if (last.kind == delta.kind && last.choice == delta.choice && last.block == delta.block && last.name.empty() &&
            last.extra.empty() && last.id.empty())
        {
            last.text += delta.text;
            return;
        }
    }
    deltas.push_back(delta);
}

std::string deltaName(uint32_t kind)
{
    static const char* const names[] = {"",        "text",  "thinking", "signature", "tool_begin", "tool_arguments",
                                        "refusal", "audio", "citation", "stop"};
    return kind >= 1 && kind < std::size(names) ? names[kind] : std::to_string(kind);
}

std::string shown(std::string_view text)
{
    if (text.size() <= 200) return sdk::jsonString(text);
    return sdk::jsonString(text.substr(0, 120)) + " ... " + sdk::jsonString(text.substr(text.size() - 60)) + " (" +
           std::to_string(text.size()) + " bytes)";
}

std::vector<std::string> describe(const Outcome& outcome)
{
    std::vector<std::string> lines;
    for (const std::string& request : outcome.requests)
        lines.push_back("request " + request);
    if (!outcome.answerHead.empty()) lines.push_back("head " + outcome.answerHead);
    if (!outcome.bytes.empty()) lines.push_back("bytes " + outcome.bytes);
    for (const DeltaSeen& d : outcome.deltas)
        lines.push_back("delta " + deltaName(d.kind) + " " + std::to_string(d.choice) + "/" + std::to_string(d.block) +
                        " id=" + d.id + " name=" + d.name + " extra=" + d.extra + " " + d.text);
    for (const auto& [unit, amount] : outcome.usage)
        lines.push_back("usage " + unit + " " + std::to_string(amount));
    lines.push_back(outcome.usageFinal ? "usage is final" : "usage is not final");
    lines.push_back("end " + outcome.end);
    return lines;
}

std::string difference(const Outcome& expected, const Outcome& got)
{
    const auto a = describe(expected), b = describe(got);
    for (size_t i = 0; i < std::max(a.size(), b.size()); ++i)
    {
        const std::string one = i < a.size() ? a[i] : "nothing", other = i < b.size() ? b[i] : "nothing";
        if (one == other) continue;
        const size_t same =
            static_cast<size_t>(std::mismatch(one.begin(), one.end(), other.begin(), other.end()).first - one.begin());
        const size_t from = same > 40 ? same - 40 : 0;
        const std::string what = one.substr(0, one.find(' '));
        return what + " differs at byte " + std::to_string(same) + ": " +
               shown(std::string_view(one).substr(from, 120)) + " became " +
               shown(std::string_view(other).substr(std::min(from, other.size()), 120));
    }
    return {};
}

} // namespace switchyard::check
