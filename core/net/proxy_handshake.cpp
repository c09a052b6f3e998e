#include "net/connector.h"
#include "net/head_parser.h"

#include <array>
#include <cstring>
#include <openssl/evp.h>

namespace switchyard::net
{

namespace
{

constexpr int64_t kStallMs = 30'000;

Failure<NetError> broken(const Url& proxy, Io io)
{
    const std::string who = "proxy " + std::string(proxy.authority()) + ": ";
    switch (io)
    {
    case Io::timeout:
        return netFailure(ErrorClass::timeout, who + "no answer in time", Timeout::connect);
    case Io::cancelled:
        return netFailure(ErrorClass::cancelled, who + "cancelled");
    default:
        return netFailure(ErrorClass::connect, who + "closed the connection");
    }
}

Failure<NetError> refused(const Url& proxy, const std::string& why)
{
    return netFailure(ErrorClass::connect, "proxy " + std::string(proxy.authority()) + ": " + why);
}

Task<Io> sendAll(Stream& stream, std::string bytes, Until until)
{
    iovec piece{bytes.data(), bytes.size()};
    auto writing = stream.write({&piece, 1}, until, kStallMs);
    const IoResult sent = co_await writing;
    co_return sent.io;
}

// Exactly `count` bytes: what follows belongs to somebody else.
Task<Io> receive(Stream& stream, char* into, size_t count, Until until)
{
    size_t have = 0;
    while (have < count)
    {
        auto reading = stream.read(into + have, count - have, until);
        const IoResult got = co_await reading;
        if (!got.ok()) co_return got.io;
        have += got.bytes;
    }
    co_return Io::done;
}

std::string_view socksReason(unsigned char code) noexcept
{
    static constexpr std::array<std::string_view, 9> reasons = {"succeeded",
                                                                "general failure",
                                                                "not allowed by its rules",
                                                                "network unreachable",
                                                                "host unreachable",
                                                                "connection refused",
                                                                "time to live expired",
                                                                "command not supported",
                                                                "address type not supported"};
    return code < reasons.size() ? reasons[code] : "unknown failure";
}

} // namespace

std::string proxyAuthorization(const Url& proxy)
{
    if (proxy.user().empty() && proxy.password().empty()) return {};
    const std::string plain = std::string(proxy.user()) + ":" + std::string(proxy.password());
    std::string encoded(4 * ((plain.size() + 2) / 3) + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                        reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
    encoded.resize(static_cast<size_t>(length));
    return "Basic " + encoded;
}

Task<Result<Done, NetError>> tunnelThroughHttp(Stream& stream, const Url& proxy, std::string authority, Until until)
{
    std::string request = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (const std::string credentials = proxyAuthorization(proxy); !credentials.empty())
        request += "Proxy-Authorization: " + credentials + "\r\n";
    request += "\r\n";
    auto sending = sendAll(stream, std::move(request), until);
    const Io sent = co_await sending;
    if (sent != Io::done) co_return broken(proxy, sent);

    std::string answer;
    HeadScanner scanner;
    size_t length = 0;
    while (length == 0)
    {
        Buffer buffer = stream.loop().buffers().take();
        auto reading = stream.read(buffer.data(), Buffer::kSize, until);
        const IoResult got = co_await reading;
        if (!got.ok()) co_return broken(proxy, got.io);
        answer.append(buffer.data(), got.bytes);
        length = scanner.scan(answer, {64 * 1024, 64 * 1024, 200});
        if (scanner.refusal()) co_return refused(proxy, std::string("answered no HTTP: ") + scanner.refusal().reason);
    }
    ResponseHead head;
    const size_t whole = answer.size();
    if (Refusal refusal = HeadParser::parseResponse({answer.data(), length}, head, true))
        co_return refused(proxy, refusal.reason);
    if (head.status / 100 != 2)
        co_return refused(proxy, "refused the connection with status " + std::to_string(head.status));
    if (whole != length) co_return refused(proxy, "sent more than its answer");
    co_return Done{};
}

Task<Result<Done, NetError>> tunnelThroughSocks(Stream& stream, const Url& proxy, IpAddress address, std::string host,
                                                uint16_t port, Until until)
{
    const bool login = !proxy.user().empty();
    std::string hello = login ? std::string("\x05\x02\x00\x02", 4) : std::string("\x05\x01\x00", 3);
    char answer[262];
    auto greeting = sendAll(stream, std::move(hello), until);
    Io io = co_await greeting;
    if (io != Io::done) co_return broken(proxy, io);
    auto choosing = receive(stream, answer, 2, until);
    io = co_await choosing;
    if (io != Io::done) co_return broken(proxy, io);
    if (answer[0] != 5) co_return refused(proxy, "does not speak SOCKS5");
    if (answer[1] == 2 && login)
    {
        std::string words = "\x01";
        words += static_cast<char>(proxy.user().size());
        words += proxy.user();
        words += static_cast<char>(proxy.password().size());
        words += proxy.password();
        auto loggingIn = sendAll(stream, std::move(words), until);
        io = co_await loggingIn;
        if (io != Io::done) co_return broken(proxy, io);
        auto judging = receive(stream, answer, 2, until);
        io = co_await judging;
        if (io != Io::done) co_return broken(proxy, io);
        if (answer[1] != 0) co_return refused(proxy, "refused the user name or password");
    }
    else if (answer[1] != 0)
        co_return refused(proxy, login ? "accepts no login by user name" : "wants a login");

    std::string request("\x05\x01\x00", 3);
    if (address.family == IpAddress::Family::none)
    {
        if (host.size() > 255) co_return refused(proxy, "the host name is too long for SOCKS5");
        request += '\x03';
        request += static_cast<char>(host.size());
        request += host;
    }
    else
    {
        const bool v4 = address.family == IpAddress::Family::v4;
        request += v4 ? '\x01' : '\x04';
        request.append(reinterpret_cast<const char*>(address.bytes.data()), v4 ? 4 : 16);
    }
    request += static_cast<char>(port >> 8);
    request += static_cast<char>(port & 0xFF);
    auto asking = sendAll(stream, std::move(request), until);
    io = co_await asking;
    if (io != Io::done) co_return broken(proxy, io);
    auto hearing = receive(stream, answer, 5, until);
    io = co_await hearing;
    if (io != Io::done) co_return broken(proxy, io);
    if (answer[0] != 5) co_return refused(proxy, "does not speak SOCKS5");
    if (answer[1] != 0)
        co_return refused(proxy, "no connection: " + std::string(socksReason(static_cast<unsigned char>(answer[1]))));
    // The bound address follows; it says nothing to us, but has to be read. One byte of it has been.
    size_t rest = 0;
    switch (answer[3])
    {
    case 1:
        rest = 4 + 2 - 1;
        break;
    case 4:
        rest = 16 + 2 - 1;
        break;
    case 3:
        rest = static_cast<unsigned char>(answer[4]) + 2u;
        break;
    default:
        co_return refused(proxy, "does not speak SOCKS5");
    }
    auto skipping = receive(stream, answer, rest, until);
    io = co_await skipping;
    if (io != Io::done) co_return broken(proxy, io);
    co_return Done{};
}

} // namespace switchyard::net
