#include "request.h"
#include <cctype>
#include <charconv>
#include <cstring>

namespace mock
{
namespace
{

std::size_t findIn(std::string_view text, std::string_view what)
{
    const void* hit = memmem(text.data(), text.size(), what.data(), what.size());
    return hit ? static_cast<std::size_t>(static_cast<const char*>(hit) - text.data()) : std::string_view::npos;
}

bool equalsLower(std::string_view text, std::string_view lower)
{
    if (text.size() != lower.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (std::tolower(static_cast<unsigned char>(text[i])) != lower[i]) return false;
    return true;
}

std::string_view trimmed(std::string_view text)
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::string_view afterColon(std::string_view json, std::string_view quotedName)
{
    const std::size_t at = findIn(json, quotedName);
    if (at == std::string_view::npos) return {};
    json.remove_prefix(at + quotedName.size());
    const std::size_t colon = json.find_first_not_of(" \t\r\n");
    if (colon == std::string_view::npos || json[colon] != ':') return {};
    json.remove_prefix(colon + 1);
    const std::size_t value = json.find_first_not_of(" \t\r\n");
    return value == std::string_view::npos ? std::string_view{} : json.substr(value);
}

/// "/status:429/v1/models" is the script "status:429" and the path "/v1/models".
void splitTarget(Request& request)
{
    request.path = request.target.substr(0, request.target.find('?'));
    if (request.path.starts_with("/v1/") || request.path.starts_with("/__")) return;
    const std::size_t slash = request.path.find('/', 1);
    if (slash == std::string_view::npos) return;
    request.script = request.path.substr(1, slash - 1);
    request.path.remove_prefix(slash);
}

} // namespace

std::string_view headerValue(std::string_view head, std::string_view lowerName)
{
    while (!head.empty())
    {
        const std::size_t end = head.find("\r\n");
        const std::string_view line = head.substr(0, end);
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos && equalsLower(line.substr(0, colon), lowerName))
            return trimmed(line.substr(colon + 1));
        if (end == std::string_view::npos) break;
        head.remove_prefix(end + 2);
    }
    return {};
}

std::string_view stringMember(std::string_view json, std::string_view quotedName)
{
    std::string_view value = afterColon(json, quotedName);
    if (value.empty() || value.front() != '"') return {};
    value.remove_prefix(1);
    return value.substr(0, value.find('"'));
}

bool hasTrueMember(std::string_view json, std::string_view quotedName)
{
    return afterColon(json, quotedName).starts_with("true");
}

Reading readRequest(std::string_view input, Request& request)
{
    const std::size_t headEnd = findIn(input, "\r\n\r\n");
    if (headEnd == std::string_view::npos) return input.size() > 256 * 1024 ? Reading::unreadable : Reading::more;
    request = Request{};
    request.head = input.substr(0, headEnd);

    const std::string_view line = request.head.substr(0, request.head.find("\r\n"));
    const std::size_t first = line.find(' ');
    const std::size_t last = line.rfind(' ');
    if (first == std::string_view::npos || last <= first || line.substr(last + 1) != "HTTP/1.1")
        return Reading::unreadable;
    request.method = line.substr(0, first);
    request.target = line.substr(first + 1, last - first - 1);
    splitTarget(request);

    if (!headerValue(request.head, "transfer-encoding").empty()) return Reading::unreadable;
    std::size_t length = 0;
    const std::string_view lengthText = headerValue(request.head, "content-length");
    if (!lengthText.empty())
    {
        const auto parsed = std::from_chars(lengthText.data(), lengthText.data() + lengthText.size(), length);
        if (parsed.ec != std::errc{} || parsed.ptr != lengthText.data() + lengthText.size()) return Reading::unreadable;
    }
    request.size = headEnd + 4 + length;
    if (input.size() < request.size) return Reading::more;

    request.body = input.substr(headEnd + 4, length);
    request.keepAlive = !equalsLower(headerValue(request.head, "connection"), "close");
    request.model = stringMember(request.body, "\"model\"");
    request.stream = hasTrueMember(request.body, "\"stream\"");
    request.includeUsage = request.stream && hasTrueMember(request.body, "\"include_usage\"");
    if (request.script.empty() && request.model.starts_with("mock:")) request.script = request.model.substr(5);
    return Reading::complete;
}

} // namespace mock
