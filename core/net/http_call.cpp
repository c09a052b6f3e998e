#include "net/http_call.h"

#include "net/client_connection.h"
#include "net/connector.h"
#include "net/head_parser.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace switchyard::net
{

namespace
{

// An upstream's head may be as large as a client's; its lines are not limited apart from that.
constexpr HeadLimits kResponseLimits{64 * 1024, 64 * 1024, 400};

// Fields that this folder writes itself.
bool ours(std::string_view name) noexcept
{
    switch (name.size())
    {
    case 4:
        return equalsIgnoreCase(name, "host");
    case 6:
        return equalsIgnoreCase(name, "expect");
    case 10:
        return equalsIgnoreCase(name, "connection") || equalsIgnoreCase(name, "keep-alive");
    case 14:
        return equalsIgnoreCase(name, "content-length");
    case 15:
        return equalsIgnoreCase(name, "accept-encoding");
    case 17:
        return equalsIgnoreCase(name, "transfer-encoding");
    case 19:
        return equalsIgnoreCase(name, "proxy-authorization");
    default:
        return false;
    }
}

} // namespace

HttpCall::HttpCall(ClientPool& pool, const CallOptions& options) : pool_(pool), options_(options) {}

HttpCall::~HttpCall() = default;

NetError HttpCall::ioError(Io io, Timeout which, std::string_view during) const
{
    std::string text = host_ + ": ";
    switch (io)
    {
    case Io::timeout:
        return {ErrorClass::timeout, which, 0, text.append(name(which)).append(" timeout ").append(during)};
    case Io::cancelled:
        return {ErrorClass::cancelled, Timeout::none, 0, text.append("cancelled ").append(during)};
    case Io::end:
        return {ErrorClass::closed, Timeout::none, 0, text.append("connection closed ").append(during)};
    default:
        text.append("connection broke ").append(during).append(": ");
        return {ErrorClass::reset, Timeout::none, 0,
                text.append(connection_ ? connection_->stream().errorText() : "lost")};
    }
}

Result<HttpCall::HeadText, NetError> HttpCall::requestHead(const HttpRequest& request) const
{
    HeadText out;
    size_t size = request.url->text().size() + request.method.size() + 256;
    for (const Header& field : request.headers)
        size += field.name.size() + field.value.size() + 4;
    out.reserve(size);
    size_t length = 0;
    for (std::string_view piece : request.body)
        length += piece.size();

    const bool absolute = options_.proxy && !request.url->secure() && options_.proxy->scheme().starts_with("http");
    out.append(request.method) += ' ';
    out.append(absolute ? request.url->text() : request.url->target()).append(" HTTP/1.1\r\nHost: ");
    out.append(request.url->authority()).append("\r\n");
    bool agent = false;
    for (const Header& field : request.headers)
    {
        if (!mayBeSent(field))
            return netFailure(ErrorClass::protocol, host_ + ": a request header has bytes that headers cannot have");
        if (ours(field.name)) continue;
        agent = agent || equalsIgnoreCase(field.name, "user-agent");
        out.append(field.name).append(": ").append(field.value).append("\r\n");
    }
    if (!agent) out += "User-Agent: switchyard\r\n";
    if (absolute)
        if (const std::string credentials = proxyAuthorization(*options_.proxy); !credentials.empty())
            out.append("Proxy-Authorization: ").append(credentials).append("\r\n");
    if (length > 0 || request.method == "POST" || request.method == "PUT" || request.method == "PATCH")
        out.append("Content-Length: ").append(std::to_string(length)).append("\r\n");
    out += options_.acceptCompressed ? "Accept-Encoding: gzip, deflate\r\n" : "Accept-Encoding: identity\r\n";
    out += "Connection: keep-alive\r\n\r\n";
    if (!mayBeSent({request.method, {}})) return netFailure(ErrorClass::protocol, host_ + ": a bad request method");
    return out;
}

Task<Result<const ResponseHead*, NetError>> HttpCall::send(const HttpRequest& request)
{
    host_ = request.url->host();
    headRequest_ = request.method == "HEAD";
    auto head = requestHead(request);
    if (!head) co_return failure(head.error());
    connection_ = pool_.takeIdle(pool_.origin(*request.url, options_.proxy, options_.addresses));
    for (;;)
    {
        const bool kept = connection_ != nullptr;
        if (kept)
            ++pool_.counters_.reused;
        else
        {
            const int64_t by = std::min(options_.totalBy, pool_.loop().after(options_.connectMs));
            auto opening = pool_.open(pool_.origin(*request.url, options_.proxy, options_.addresses), *request.url,
                                      options_.proxy, options_.addresses, {by, options_.under});
            auto opened = co_await opening;
            if (!opened) co_return failure(opened.error());
            connection_ = std::move(*opened);
        }
        bool answered = false;
        auto trying = attempt(request, *head, answered);
        auto tried = co_await trying;
        if (tried)
        {
            if (wireEnded_) detach();
            co_return &head_;
        }
        const bool dead = tried.error().kind == ErrorClass::reset || tried.error().kind == ErrorClass::closed;
        connection_.reset();
        wire_.release();
        if (!kept || answered || !dead) co_return failure(tried.error());
        ++pool_.counters_.retried;
    }
}

Task<Result<Done, NetError>> HttpCall::attempt(const HttpRequest& request, std::string_view head, bool& answered)
{
    Stream& stream = connection_->stream();
    reusable_ = true;
    raw_.clear();
    Buffer buffer;
    IoResult got;
    {
        std::array<iovec, 8> few;
        std::vector<iovec> many;
        if (request.body.size() >= few.size()) many.resize(request.body.size() + 1);
        std::span<iovec> pieces =
            many.empty() ? std::span<iovec>(few).first(request.body.size() + 1) : std::span<iovec>(many);
        pieces[0] = {const_cast<char*>(head.data()), head.size()};
        for (size_t i = 0; i < request.body.size(); ++i)
            pieces[i + 1] = {const_cast<char*>(request.body[i].data()), request.body[i].size()};
        while (!pieces.empty() && got.io == Io::again)
        {
            auto writing = stream.write(pieces, {options_.totalBy, options_.under}, options_.writeStallMs, true);
            const IoResult sent = co_await writing;
            if (sent.io == Io::timeout)
                co_return failure(ioError(sent.io,
                                          pool_.loop().now() >= options_.totalBy ? Timeout::total : Timeout::write,
                                          "while sending the request"));
            if (sent.io == Io::cancelled)
                co_return failure(ioError(sent.io, Timeout::none, "while sending the request"));
            if (sent.ok()) break;
            // An upstream that refuses a large body answers before it has read it, and closes: the answer tells more
            // than the broken write.
            pieces = writing.rest();
            buffer = pool_.loop().buffers().take();
            got = stream.tryRead(buffer.data(), Buffer::kSize);
            if (got.io == Io::again) buffer.release();
            if (got.io == Io::again && sent.io == Io::error) got.io = Io::error;
            reusable_ = got.io == Io::again;
        }
    }
    HeadScanner scanner;
    const int64_t firstBy = pool_.loop().after(options_.firstByteMs);
    for (;;)
    {
        if (got.io == Io::again)
        {
            auto waiting = stream.readable({std::min(firstBy, options_.totalBy), options_.under});
            got.io = co_await waiting;
            if (got.io == Io::done)
            {
                buffer = pool_.loop().buffers().take();
                got = stream.tryRead(buffer.data(), Buffer::kSize);
                if (got.io == Io::again) continue;
            }
        }
        if (!got.ok())
            co_return failure(ioError(got.io,
                                      pool_.loop().now() >= options_.totalBy ? Timeout::total : Timeout::firstByte,
                                      answered ? "in the head of the answer" : "before the answer"));
        answered = true;
        auto complete = takeHead(buffer, got.bytes, scanner);
        if (!complete) co_return failure(complete.error());
        if (*complete) co_return Done{};
        got = {};
        buffer.release();
    }
}

// `got` more bytes of the answer are in `buffer`. True: the head is complete, and what followed it is in wire_.
Result<bool, NetError> HttpCall::takeHead(Buffer& buffer, size_t got, HeadScanner& scanner)
{
    size_t from = 0; // of the bytes that belong to the present head
    for (;;)
    {
        const size_t before = raw_.size();
        std::string_view bytes(buffer.data() + from, got - from);
        if (before > 0) bytes = raw_.append(bytes);
        const size_t length = scanner.scan(bytes, kResponseLimits);
        if (scanner.refusal())
            return netFailure(ErrorClass::protocol,
                              host_ + ": the answer is no proper HTTP: " + scanner.refusal().reason);
        if (length == 0)
        {
            if (before == 0) raw_.assign(bytes);
            return false;
        }
        if (before == 0)
            raw_.assign(bytes.substr(0, length));
        else
            raw_.resize(length);
        from += length - before;
        if (Refusal refusal = HeadParser::parseResponse(raw_, head_, headRequest_))
            return netFailure(ErrorClass::protocol, host_ + ": the answer is no proper HTTP: " + refusal.reason);
        if (head_.status >= 200) break;
        if (head_.status == 101) return netFailure(ErrorClass::protocol, host_ + ": switches protocols unasked");
        raw_.clear(); // an interim answer
        scanner.reset();
        if (from == got) return false;
    }
    if (!head_.keepAlive) reusable_ = false;
    remaining_ = head_.contentLength;
    wireEnded_ = head_.framing == Framing::none || (head_.framing == Framing::length && remaining_ == 0);
    if (!wireEnded_ && (head_.encoding == Encoding::gzip || head_.encoding == Encoding::deflate))
    {
        inflater_ = std::make_unique<Inflater>(head_.encoding);
        head_.headers.remove("content-encoding");
        head_.headers.remove("content-length");
    }
    if (from == got) return true;
    if (wireEnded_)
    {
        reusable_ = false; // talks unasked
        return true;
    }
    wire_ = std::move(buffer);
    if (takeIn(from, got - from) == Step::failed) return failure(*error_);
    return true;
}

void HttpCall::releaseHead() noexcept
{
    const int status = head_.status;
    const Framing framing = head_.framing;
    const bool keepAlive = head_.keepAlive;
    head_ = ResponseHead{};
    head_.headers.release();
    head_.status = status;
    head_.framing = framing;
    head_.keepAlive = keepAlive;
    std::string().swap(raw_);
}

} // namespace switchyard::net
