// Fuzz target: heads of requests and answers through scanner, gate, parser, gate. The first byte picks which and where
// to cut.
#include "net/gate.h"
#include "net/head_parser.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace switchyard::net;

namespace
{

void require(bool holds, const char* what)
{
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

bool inside(std::string_view part, const std::string& whole)
{
    return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

// Fields of a head that passed: within it, lower-case tokens, no control bytes.
void checkFields(const MessageHead& head, const std::string& bytes)
{
    for (const Header& field : head.headers)
    {
        require(inside(field.name, bytes) && inside(field.value, bytes), "fields lie in the head");
        require(mayBeSent(field), "fields that came in may go out");
        for (char c : field.name)
            require(c < 'A' || c > 'Z', "names are in lower case");
        require(field.value.empty() || (field.value.front() != ' ' && field.value.back() != ' '), "values are trimmed");
    }
    require(head.framing != Framing::length || head.contentLength >= 0, "lengths are not negative");
}

std::string again(std::string first, const Headers& headers)
{
    first += "\r\n";
    for (const Header& field : headers)
        first.append(field.name).append(": ").append(field.value).append("\r\n");
    return first + "\r\n";
}

bool sameFields(const Headers& a, const Headers& b)
{
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i)
        if (a.all()[i].name != b.all()[i].name || a.all()[i].value != b.all()[i].value) return false;
    return true;
}

// What the library accepts the short way accepts too, and reads it the same. The library refuses more: it takes
// `Transfer-Encoding$` for Transfer-Encoding.
template <class Head>
void requireSame(const Head& head, bool refused, const Head& other, bool otherRefused)
{
    if (otherRefused) return;
    require(!refused, "the short way accepts what the library does");
    require(sameFields(head.headers, other.headers) && head.framing == other.framing &&
                (head.framing != Framing::length || head.contentLength == other.contentLength) &&
                head.keepAlive == other.keepAlive && head.encoding == other.encoding &&
                head.minorVersion == other.minorVersion,
            "and what it says");
}

void request(std::string bytes)
{
    RequestHead head;
    RequestHead byLibrary;
    std::string sameBytes = bytes;
    const bool refused = static_cast<bool>(HeadParser::parseRequest(bytes, head));
    const bool refusedByLibrary = static_cast<bool>(HeadParser::requestByLibrary(sameBytes, byLibrary));
    requireSame(head, refused, byLibrary, refusedByLibrary);
    if (refused) return;
    require(refusedByLibrary || (head.method == byLibrary.method && head.target == byLibrary.target && head.path == byLibrary.path &&
                head.query == byLibrary.query && head.host == byLibrary.host),
            "and where it goes");
    checkFields(head, bytes);
    require(inside(head.target, bytes) && (inside(head.path, bytes) || head.path == "/") && inside(head.query, bytes),
            "the target lies in the head");
    require(head.path == "*" || head.path.starts_with('/'), "a path begins with a slash");
    require(head.framing == Framing::none || head.framing == Framing::length || head.framing == Framing::chunked,
            "requests never end by close");
    int hosts = 0;
    int framings = 0;
    for (const Header& field : head.headers)
    {
        hosts += field.name == "host";
        framings += field.name == "content-length" || field.name == "transfer-encoding";
    }
    require(hosts == 1 || (hosts == 0 && head.minorVersion == 0), "one Host");
    require(framings <= 1, "one framing");
    require(head.framing != Framing::chunked || head.minorVersion == 1, "no chunks in HTTP/1.0");

    std::string copy = again(std::string(head.method) + " " + std::string(head.target) + " HTTP/1." +
                                 std::to_string(head.minorVersion),
                             head.headers);
    RequestHead second;
    require(!HeadParser::parseRequest(copy, second), "what passed passes again");
    require(sameFields(head.headers, second.headers) && head.path == second.path && head.framing == second.framing &&
                head.contentLength == second.contentLength && head.keepAlive == second.keepAlive,
            "and says the same");
}

void response(std::string bytes, bool headRequest)
{
    ResponseHead head;
    ResponseHead byLibrary;
    std::string sameBytes = bytes;
    const bool refused = static_cast<bool>(HeadParser::parseResponse(bytes, head, headRequest));
    const bool refusedByLibrary = static_cast<bool>(HeadParser::responseByLibrary(sameBytes, byLibrary, headRequest));
    requireSame(head, refused, byLibrary, refusedByLibrary);
    if (refused) return;
    require(refusedByLibrary || head.status == byLibrary.status, "and its status");
    checkFields(head, bytes);
    require(head.status >= 100 && head.status <= 599, "a status");
    std::string copy =
        again("HTTP/1." + std::to_string(head.minorVersion) + " " + std::to_string(head.status) + " x", head.headers);
    ResponseHead second;
    require(!HeadParser::parseResponse(copy, second, headRequest), "what passed passes again");
    require(sameFields(head.headers, second.headers) && head.framing == second.framing &&
                head.keepAlive == second.keepAlive,
            "and says the same");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size < 1) return 0;
    const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    HeadScanner whole;
    const size_t length = whole.scan(bytes, {});
    HeadScanner cut;
    size_t inParts = 0;
    const size_t step = data[0] % 16 + 1;
    for (size_t at = step; inParts == 0 && !cut.refusal(); at += step)
    {
        inParts = cut.scan(std::string_view(bytes).substr(0, std::min(at, bytes.size())), {});
        if (at >= bytes.size()) break;
    }
    require(inParts == length, "the end of a head does not depend on cuts");
    require(static_cast<bool>(whole.refusal()) == static_cast<bool>(cut.refusal()), "nor does a refusal");
    require(length <= bytes.size(), "a head is no longer than what came");
    // The parts behind the scanner must stand alone, too.
    const std::string head = length ? bytes.substr(0, length) : bytes;
    if (data[0] & 0x80)
        response(head, data[0] & 0x40);
    else
        request(head);
    return 0;
}
