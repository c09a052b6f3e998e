#include "relay/answer_headers.h"

#include <algorithm>

namespace switchyard::relay
{

namespace
{

constexpr std::string_view kAllowed[] = {"content-language", "content-disposition", "retry-after", "retry-after-ms",
                                         "openai-processing-ms", "openai-version"};

bool isPlain(std::string_view value)
{
    return std::all_of(value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F; });
}

bool isAllowed(std::string_view name, bool withContentType)
{
    if (name == "content-type") return withContentType;
    return name.starts_with("x-ratelimit-") || std::find(std::begin(kAllowed), std::end(kAllowed), name) != std::end(kAllowed);
}

} // namespace

void appendAllowedHeaders(std::string& out, std::span<const providers::HeaderView> headers, bool withContentType)
{
    for (const providers::HeaderView& header : headers)
    {
        const bool requestId = header.name == "x-request-id";
        if ((!requestId && !isAllowed(header.name, withContentType)) || !isPlain(header.value)) continue;
        out.append(requestId ? "x-upstream-request-id" : header.name).append(": ").append(header.value).append("\r\n");
    }
}

} // namespace switchyard::relay
