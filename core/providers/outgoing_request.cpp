#include "providers/outgoing_request.h"

#include "providers/abi_view.h"
#include "providers/header_rules.h"

#include <cstring>
#include <new>

namespace switchyard::providers
{

namespace
{

constexpr uint32_t kMaxHeaders = 256;
constexpr uint32_t kMaxPieces = 65536;

/// Fills the memory behind the arrays.
class Copier
{
public:
    explicit Copier(char* to) : to_(to) {}
    std::string_view copy(std::string_view bytes)
    {
        char* place = to_;
        if (!bytes.empty()) std::memcpy(place, bytes.data(), bytes.size());
        to_ += bytes.size();
        return {place, bytes.size()};
    }

private:
    char* to_;
};

std::string headerProblem(const swy_given_header_t& header)
{
    const std::string_view name = viewOf(header.name);
    if (!isToken(name)) return "a header's name is no token";
    if (hostWritesInRequest(name)) return "header '" + std::string(name) + "' is the host's to write";
    if (!isFieldValue(viewOf(header.value)))
        return "the value of header '" + std::string(name) + "' has a CR, LF or NUL";
    return {};
}

} // namespace

std::string_view bytesOf(const swy_piece_t& piece, std::string_view clientBody) noexcept
{
    if (piece.kind == SWY_PIECE_BYTES) return viewOf(piece.bytes);
    if (piece.kind == SWY_PIECE_CLIENT_BODY && piece.offset <= clientBody.size() &&
        piece.size <= clientBody.size() - piece.offset)
    {
        const char* data = clientBody.data() ? clientBody.data() : "";
        return {data + piece.offset, static_cast<size_t>(piece.size)};
    }
    return {};
}

Result<OutgoingRequest, std::string> OutgoingRequest::from(const swy_http_request_t& asked, std::string_view clientBody,
                                                           UrlCache* urls)
{
    if (!SWY_HAS(&asked, swy_http_request_t, body_count)) return failure(std::string("struct_size is too small"));
    if (asked.id == 0) return failure(std::string("the id is 0"));
    if (!isToken(viewOf(asked.method))) return failure(std::string("the method is no token"));
    if (asked.header_count > kMaxHeaders || (asked.header_count && !asked.headers))
        return failure(std::string("header_count does not fit headers"));
    if (asked.body_count > kMaxPieces || (asked.body_count && !asked.body))
        return failure(std::string("body_count does not fit body"));
    auto url = urls ? urls->find(viewOf(asked.url)) : parseUrl(viewOf(asked.url));
    if (!url) return failure("the URL is not usable: " + url.error());

    const std::span headers(asked.headers, asked.header_count);
    const std::span pieces(asked.body, asked.body_count);
    size_t bytes = viewOf(asked.method).size();
    for (const swy_given_header_t& header : headers)
    {
        if (std::string problem = headerProblem(header); !problem.empty()) return failure(std::move(problem));
        bytes += viewOf(header.name).size() + viewOf(header.value).size();
    }
    for (const swy_piece_t& piece : pieces)
    {
        if (!bytesOf(piece, clientBody).data())
            return failure(std::string("a piece of the body has an unknown kind, lies outside the client's body or is "
                                       "media that did not arrive"));
        if (piece.kind == SWY_PIECE_BYTES) bytes += viewOf(piece.bytes).size();
    }

    OutgoingRequest request;
    const size_t arrays = headers.size() * sizeof(net::Header) + pieces.size() * sizeof(std::string_view);
    request.memory_ = std::make_unique_for_overwrite<std::byte[]>(arrays + bytes);
    auto* headerArray = reinterpret_cast<net::Header*>(request.memory_.get());
    auto* pieceArray = reinterpret_cast<std::string_view*>(headerArray + headers.size());
    Copier copier(reinterpret_cast<char*>(request.memory_.get() + arrays));
    request.method_ = copier.copy(viewOf(asked.method));
    for (size_t i = 0; i < headers.size(); ++i)
    {
        const std::string_view name = copier.copy(viewOf(headers[i].name));
        new (headerArray + i) net::Header{name, copier.copy(viewOf(headers[i].value))};
    }
    for (size_t i = 0; i < pieces.size(); ++i)
    {
        const std::string_view piece = bytesOf(pieces[i], clientBody);
        new (pieceArray + i) std::string_view(pieces[i].kind == SWY_PIECE_BYTES ? copier.copy(piece) : piece);
    }
    request.headers_ = {headerArray, headers.size()};
    request.body_ = {pieceArray, pieces.size()};
    request.url_ = std::move(*url);
    request.id_ = asked.id;
    request.flags_ = asked.flags;
    request.size_ = bytes;
    return request;
}

void OutgoingRequest::release() noexcept
{
    memory_.reset();
    method_ = {};
    headers_ = {};
    body_ = {};
}

} // namespace switchyard::providers
