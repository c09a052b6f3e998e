// The half of HttpCall that reads the body of an answer.
#include "net/client_connection.h"
#include "net/http_call.h"

#include <algorithm>

namespace switchyard::net
{

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
