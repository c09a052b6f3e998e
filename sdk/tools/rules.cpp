#include "rules.h"

#include <switchyard/json.hpp>

#include <algorithm>

namespace switchyard::check
{
namespace
{

std::string lower(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool isToken(std::string_view text) // RFC 9110, 5.6.2
{
    if (text.empty()) return false;
    for (const char c : text)
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            std::string_view("!#$%&'*+-.^_`|~").find(c) == std::string_view::npos)
            return false;
    return true;
}

std::string notUtf8(std::string_view what, swy_given_t text)
{
    const size_t at = sdk::firstNotUtf8(bytesOf(text));
    return at == std::string_view::npos ? std::string()
                                        : std::string(what) + " is not whole UTF-8 at byte " + std::to_string(at);
}

} // namespace

std::string hostOf(std::string_view url, std::initializer_list<std::string_view> schemes)
{
    for (const char c : url)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F) return {};
    for (const std::string_view scheme : schemes)
    {
        if (lower(url.substr(0, scheme.size() + 3)) != std::string(scheme) + "://") continue;
        std::string_view authority = url.substr(scheme.size() + 3);
        authority = authority.substr(0, authority.find_first_of("/?#"));
        if (authority.find('@') != std::string_view::npos) return {};
        if (!authority.empty() && authority[0] == '[') return lower(authority.substr(0, authority.find(']') + 1));
        return lower(authority.substr(0, authority.find(':')));
    }
    return {};
}

std::string wrongHeaders(const swy_given_header_t* headers, uint32_t count,
                         std::initializer_list<std::string_view> hostsOwn)
{
    for (uint32_t i = 0; i < count; ++i)
    {
        const std::string_view name = bytesOf(headers[i].name), value = bytesOf(headers[i].value);
        if (!isToken(name)) return "the header name " + sdk::jsonString(name) + " is no token";
        if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos)
            return "the header " + std::string(name) + " has CR, LF or NUL in its value";
        for (const std::string_view own : hostsOwn)
            if (lower(name) == own) return "the header " + std::string(name) + " is the host's to write";
    }
    return {};
}

std::string wrongPieces(const swy_piece_t* pieces, uint32_t count, size_t clientBody)
{
    for (uint32_t i = 0; i < count; ++i)
    {
        const swy_piece_t& piece = pieces[i];
        if (piece.kind == SWY_PIECE_CLIENT_BODY &&
            (piece.offset > clientBody || piece.size > clientBody - piece.offset))
            return "a piece reaches outside the client's body";
        if (piece.kind == SWY_PIECE_MEDIA || piece.kind == SWY_PIECE_MEDIA_BASE64)
            return "a piece is of a media answer that never came";
        if (piece.kind != SWY_PIECE_BYTES && piece.kind != SWY_PIECE_CLIENT_BODY)
            return "a piece is of unknown kind " + std::to_string(piece.kind);
    }
    return {};
}

std::string wrongRequest(const swy_http_request_t& request, size_t clientBody,
                         const std::vector<std::string>& keyedHosts)
{
    if (request.struct_size < sizeof(swy_http_request_t)) return "struct_size is too small";
    if (request.id == 0) return "the id is 0";
    if (!isToken(bytesOf(request.method))) return "the method is no token";
    const std::string host = hostOf(bytesOf(request.url), {"http", "https"});
    if (host.empty()) return "the URL " + sdk::jsonString(bytesOf(request.url)) + " is not absolute http or https";
    if ((request.flags & SWY_HTTP_KEYED) && std::find(keyedHosts.begin(), keyedHosts.end(), host) == keyedHosts.end())
        return "a keyed request goes to " + host +
               ", which is neither the channel's host nor one that the descriptor lists";
    std::string wrong = wrongHeaders(request.headers, request.header_count,
                                     {"host", "content-length", "accept-encoding", "connection", "transfer-encoding"});
    return wrong.empty() ? wrongPieces(request.body, request.body_count, clientBody) : wrong;
}

std::string wrongDelta(const swy_delta_t& delta)
{
    if (delta.struct_size < sizeof(swy_delta_t)) return "struct_size is too small";
    for (const auto& [what, text] :
         {std::pair<std::string_view, swy_given_t>{"text", delta.text}, {"id", delta.id}, {"name", delta.name}})
        if (std::string wrong = notUtf8(what, text); !wrong.empty()) return wrong;
    if (delta.extra.size && !sdk::checkJson(bytesOf(delta.extra))) return "extra is no JSON";
    if (delta.kind == SWY_DELTA_TOOL_BEGIN && delta.name.size == 0) return "a tool call begins without a name";
    if (delta.kind == SWY_DELTA_STOP && delta.name.size == 0) return "a stop has no reason";
    return {};
}

std::string wrongUsage(const swy_usage_t& usage)
{
    if (usage.struct_size < sizeof(swy_usage_t)) return "struct_size is too small";
    for (uint32_t i = 0; i < usage.count_count; ++i)
    {
        if (usage.counts[i].unit.size == 0) return "a count has no unit";
        if (usage.counts[i].amount < 0)
            return "the amount of " + std::string(bytesOf(usage.counts[i].unit)) + " is negative";
    }
    return {};
}

std::string wrongFail(const swy_fail_t& fail)
{
    if (fail.struct_size < sizeof(swy_fail_t)) return "struct_size is too small";
    if (fail.cause == 0 || fail.cause > SWY_CAUSE_INTERNAL)
        return "the cause " + std::to_string(fail.cause) + " is not known";
    if (fail.scope == 0 || fail.scope > SWY_SCOPE_CHANNEL)
        return "the scope " + std::to_string(fail.scope) + " is not known";
    if (fail.message.size == 0) return "there is no message";
    return notUtf8("message", fail.message);
}

std::string joined(const swy_piece_t* pieces, uint32_t count, std::string_view clientBody)
{
    std::string out;
    for (uint32_t i = 0; i < count; ++i)
    {
        if (pieces[i].kind == SWY_PIECE_BYTES) out += bytesOf(pieces[i].bytes);
        if (pieces[i].kind == SWY_PIECE_CLIENT_BODY) out += clientBody.substr(pieces[i].offset, pieces[i].size);
    }
    return out;
}

} // namespace switchyard::check
