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

Result<std::string, NetError> HttpCall::requestHead(const HttpRequest& request) const
{
    std::string out;
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

Task<Result<Done, NetError>> HttpCall::attempt(const HttpRequest& request, const std::string& head, bool& answered)
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

HttpCall::Step HttpCall::fail(ErrorClass kind, std::string_view text)
{
    error_ = std::make_unique<NetError>(NetError{kind, Timeout::none, 0, host_ + ": " + std::string(text)});
    return Step::failed;
}

// Removes the framing from `count` bytes of wire_; what is left of them is the body's and waits there.
HttpCall::Step HttpCall::takeIn(size_t from, size_t count)
{
    char* bytes = wire_.data() + from;
    size_t body = count;
    switch (head_.framing)
    {
    case Framing::chunked:
    {
        const ChunkedDecoder::Progress progress = chunks_.decode(bytes, count);
        body = progress.body;
        if (chunks_.failed())
            return fail(ErrorClass::protocol, std::string("broken chunked coding: ") + chunks_.reason());
        wireEnded_ = chunks_.ended();
        if (progress.consumed < count) reusable_ = false;
        break;
    }
    case Framing::length:
        body = static_cast<size_t>(std::min<int64_t>(remaining_, static_cast<int64_t>(count)));
        remaining_ -= static_cast<int64_t>(body);
        wireEnded_ = remaining_ == 0;
        if (body < count) reusable_ = false;
        break;
    case Framing::untilClose:
    case Framing::none:
        break;
    }
    wireAt_ = static_cast<uint32_t>(from);
    wireEnd_ = static_cast<uint32_t>(from + body);
    wireBytes_ += body;
    return Step::piece;
}

HttpCall::Step HttpCall::receive()
{
    if (!wire_) wire_ = pool_.loop().buffers().take();
    const IoResult got = connection_->stream().tryRead(wire_.data(), Buffer::kSize);
    switch (got.io)
    {
    case Io::done:
        return takeIn(0, got.bytes);
    case Io::again:
        wire_.release();
        return Step::wait;
    case Io::end:
        if (head_.framing == Framing::untilClose)
        {
            wireEnded_ = true;
            return Step::piece;
        }
        [[fallthrough]];
    default:
        error_ = std::make_unique<NetError>(ioError(got.io, Timeout::none, "in the middle of the answer"));
        return Step::failed;
    }
}

HttpCall::Step HttpCall::inflate(std::string_view& piece)
{
    if (!plain_) plain_ = pool_.loop().buffers().take();
    const std::string_view input(wire_ ? wire_.data() + wireAt_ : "", wireEnd_ - wireAt_);
    const Inflater::Progress progress = inflater_->run(input, plain_.data(), Buffer::kSize);
    if (progress.failed) return fail(ErrorClass::protocol, "the compressed answer is broken");
    wireAt_ += static_cast<uint32_t>(progress.consumed);
    moreToInflate_ = progress.produced == Buffer::kSize;
    if (progress.produced > 0)
    {
        piece = {plain_.data(), progress.produced};
        return Step::piece;
    }
    if (wireEnded_ && !inflater_->complete()) return fail(ErrorClass::protocol, "the compressed answer is cut off");
    return Step::wait;
}

// The next piece, from what is here or from the socket, without waiting.
HttpCall::Step HttpCall::advance(std::string_view& piece)
{
    for (;;)
    {
        if (error_) return Step::failed;
        if (ended_) return Step::end;
        if (wireAt_ < wireEnd_ || moreToInflate_)
        {
            if (!inflater_)
            {
                piece = {wire_.data() + wireAt_, wireEnd_ - wireAt_};
                wireAt_ = wireEnd_;
                return Step::piece;
            }
            const Step step = inflate(piece);
            if (step != Step::wait) return step;
            if (wireAt_ < wireEnd_) return fail(ErrorClass::protocol, "bytes behind the compressed answer");
        }
        plain_.release();
        if (wireEnded_)
        {
            if (inflater_ && !inflater_->complete())
                return fail(ErrorClass::protocol, "the compressed answer is cut off");
            wire_.release();
            ended_ = true;
            return Step::end;
        }
        const Step step = receive();
        if (step != Step::piece) return step;
    }
}

// Whether advance() has to go to the socket.
bool HttpCall::mustWait() const noexcept
{
    return connection_ && !error_ && !ended_ && !wireEnded_ && wireAt_ == wireEnd_ && !moreToInflate_;
}

// The wire has no more for us: the connection goes to others, or away.
void HttpCall::detach()
{
    if (!connection_) return;
    if (reusable_ && !error_ && wireEnded_ && head_.framing != Framing::untilClose)
        pool_.giveBack(std::move(connection_));
    connection_.reset();
}

HttpCall::ReadAwaiter HttpCall::read(Until until) noexcept { return {*this, until}; }

HttpCall::ReadAwaiter::ReadAwaiter(HttpCall& call, Until until) noexcept
    : Operation(call.connection_ ? &call.connection_->stream() : nullptr, Side::read, until), call_(call),
      stallBy_(call.pool_.loop().after(call.options_.stallMs))
{
    until_.by = std::min({until.by, stallBy_, call.options_.totalBy});
    if (!until_.under) until_.under = call.options_.under;
}

bool HttpCall::ReadAwaiter::await_ready() noexcept { return !call_.mustWait() && step(); }

bool HttpCall::ReadAwaiter::step() noexcept
{
    step_ = call_.advance(piece_);
    return step_ != Step::wait;
}

Result<std::string_view, NetError> HttpCall::ReadAwaiter::await_resume()
{
    withdraw();
    if (wake == Wake::timeout || wake == Wake::cancelled)
    {
        const int64_t now = call_.pool_.loop().now();
        const Timeout which = now >= call_.options_.totalBy ? Timeout::total
                              : now >= stallBy_             ? Timeout::stall
                                                            : Timeout::none;
        // A deadline of the caller's own does not spoil the call: reading may go on.
        NetError error =
            call_.ioError(wake == Wake::timeout ? Io::timeout : Io::cancelled, which, "while reading the answer");
        return failure(std::move(error));
    }
    if (call_.wireEnded_ || step_ == Step::failed) call_.detach();
    if (step_ == Step::failed) return failure(*call_.error_);
    return step_ == Step::end ? std::string_view() : piece_;
}

Task<Result<std::string, NetError>> HttpCall::readAll(size_t limit)
{
    std::string out;
    if (head_.framing == Framing::length && !inflater_ && remaining_ > 0)
        out.reserve(std::min(limit, static_cast<size_t>(remaining_) + (wireEnd_ - wireAt_)));
    for (;;)
    {
        auto reading = read();
        auto piece = co_await reading;
        if (!piece) co_return failure(piece.error());
        if (piece->empty()) co_return out;
        if (piece->size() > limit - out.size())
            co_return netFailure(ErrorClass::tooLarge,
                                 host_ + ": the answer is larger than " + std::to_string(limit) + " bytes");
        out += *piece;
    }
}

} // namespace switchyard::net
