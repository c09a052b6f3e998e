#include "relay/answer_scan.h"

#include "relay/body_scan.h"

#include <simdjson.h>

namespace switchyard::relay
{

namespace
{

using sdk::JsonView;
using sdk::detail::skipBlanks;

JsonView AnswerParts::*partOf(std::string_view name)
{
    switch (name.size())
    {
    case 2: return name == "id" ? &AnswerParts::id : nullptr;
    case 5: return name == "model" ? &AnswerParts::model : name == "usage" ? &AnswerParts::usage : name == "error" ? &AnswerParts::error : nullptr;
    case 6: return name == "x_groq" ? &AnswerParts::groq : nullptr;
    case 7: return name == "choices" ? &AnswerParts::choices : nullptr;
    default: return nullptr;
    }
}

bool mayBegin(char c)
{
    return c == '"' || c == '{' || c == '[' || c == '-' || (c >= '0' && c <= '9') || c == 't' || c == 'f' || c == 'n';
}

/// The member at `p`; behind its value, or nullptr where it is malformed.
const char* readMember(const char* p, const char* end, AnswerParts& parts)
{
    if (p == end || *p != '"') return nullptr;
    const char* name = p + 1;
    p = sdk::detail::skipString(p, end);
    if (!p) return nullptr;
    JsonView AnswerParts::*part = partOf({name, static_cast<size_t>(p - name - 1)});
    p = skipBlanks(p, end);
    if (p == end || *p != ':') return nullptr;
    p = skipBlanks(p + 1, end);
    if (p == end || !mayBegin(*p)) return nullptr;
    const char* value = p;
    p = sdk::detail::skipValue(p, end);
    if (p && part) parts.*part = JsonView::exactly({value, static_cast<size_t>(p - value)});
    return p;
}

} // namespace

std::optional<AnswerParts> scanAnswer(std::string_view body)
{
    const char* end = body.data() + body.size();
    const char* p = skipBlanks(body.data(), end);
    if (p == end || !simdjson::validate_utf8(body.data(), body.size())) return std::nullopt;
    if (*p != '{') // no answer that says anything to us, but an answer
    {
        if (!scanBody(body)) return std::nullopt;
        return AnswerParts{};
    }
    AnswerParts parts;
    p = skipBlanks(p + 1, end);
    if (p < end && *p != '}')
        for (;;)
        {
            p = readMember(p, end, parts);
            if (!p) return std::nullopt;
            p = skipBlanks(p, end);
            if (p == end || *p != ',') break;
            p = skipBlanks(p + 1, end);
        }
    if (p == end || *p != '}' || skipBlanks(p + 1, end) != end) return std::nullopt;
    return parts;
}

} // namespace switchyard::relay
