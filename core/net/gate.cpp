#include "net/gate.h"

#include "base/text.h"

#include <array>
#include <cstring>
#if defined(__SSE2__)
#include <bit>
#include <emmintrin.h>
#endif

namespace switchyard::net
{

namespace
{

enum ByteClass : unsigned char
{
    kToken = 1,  // RFC 9110 5.6.2
    kTarget = 2, // of a request target: visible ASCII without `#`
    kValue = 4,  // of a field value: visible ASCII, blank, tab, obs-text
    kHost = 8    // of a Host value, including port and brackets
};

constexpr std::array<unsigned char, 256> makeClasses()
{
    std::array<unsigned char, 256> classes{};
    auto is = [](char c, const char* set)
    {
        for (; *set; ++set)
            if (*set == c) return true;
        return false;
    };
    for (int i = 0; i < 256; ++i)
    {
        const char c = static_cast<char>(i);
        const bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (alnum || is(c, "!#$%&'*+-.^_`|~")) classes[i] |= kToken;
        if (i > 0x20 && i < 0x7F && c != '#') classes[i] |= kTarget;
        if ((i >= 0x20 && i != 0x7F) || c == '\t') classes[i] |= kValue;
        if (alnum || is(c, "-._~:[]%!$&'()*+,;=")) classes[i] |= kHost;
    }
    return classes;
}

constexpr std::array<unsigned char, 256> kClasses = makeClasses();

bool has(char c, ByteClass wanted) noexcept { return kClasses[static_cast<unsigned char>(c)] & wanted; }

bool all(std::string_view text, ByteClass wanted) noexcept
{
    for (char c : text)
        if (!has(c, wanted)) return false;
    return true;
}

// What a byte of a token is in lower case; 0: it is none of a token's.
constexpr std::array<char, 256> makeLowerTokens()
{
    std::array<char, 256> lower{};
    for (size_t i = 0; i < lower.size(); ++i)
        if (kClasses[i] & kToken) lower[i] = lowerAscii(static_cast<char>(i));
    return lower;
}

constexpr std::array<char, 256> kLowerTokens = makeLowerTokens();

// The first byte from p on that no field value can have: of a good line its CR.
const char* endOfValue(const char* p, const char* end) noexcept
{
#if defined(__SSE2__)
    const __m128i control = _mm_set1_epi8(0x1F);
    const __m128i tab = _mm_set1_epi8('\t');
    const __m128i del = _mm_set1_epi8(0x7F);
    for (; end - p >= 16; p += 16)
    {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        const __m128i low = _mm_cmpeq_epi8(_mm_max_epu8(bytes, control), control);
        const __m128i bad = _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(bytes, tab), low), _mm_cmpeq_epi8(bytes, del));
        if (const auto mask = static_cast<unsigned>(_mm_movemask_epi8(bad))) return p + std::countr_zero(mask);
    }
#endif
    while (p < end && has(*p, kValue))
        ++p;
    return p;
}

// The field lines of a head that ends with a blank line, from `at` on: checked and taken apart in one pass.
// take(name, name's size, value) sees each; lower(place, byte) each byte of a name.
template <class Lower, class Take>
Refusal walkFieldLines(std::string_view head, size_t at, Lower&& lower, Take&& take)
{
    const char* p = head.data() + at;
    const char* const end = head.data() + head.size();
    while (p < end && *p != '\r')
    {
        if (*p == ' ' || *p == '\t') return {400, "a header is folded over lines"};
        const char* const name = p;
        for (; p < end; ++p)
        {
            const char low = kLowerTokens[static_cast<unsigned char>(*p)];
            if (low == 0) break;
            lower(p, low);
        }
        if (p == end) return {400, "the head has no end"};
        if (*p != ':')
            return {400, *p == ' ' || *p == '\t' ? "a blank in or behind a header name"
                                                 : "a byte that header names cannot have"};
        if (p == name) return {400, "a header without a name"};
        const auto nameSize = static_cast<size_t>(p - name);
        const char* value = p + 1;
        p = endOfValue(value, end);
        if (p == end) return {400, "the head has no end"};
        if (*p != '\r') return {400, "a control byte in a header"};
        const char* valueEnd = p;
        if (++p == end || *p != '\n') return {400, "a CR without LF"};
        ++p;
        while (value < valueEnd && (*value == ' ' || *value == '\t'))
            ++value;
        while (valueEnd > value && (valueEnd[-1] == ' ' || valueEnd[-1] == '\t'))
            --valueEnd;
        take(std::string_view(name, nameSize), std::string_view(value, static_cast<size_t>(valueEnd - value)));
    }
    if (p == end) return {400, "the head has no end"};
    if (end - p != 2 || p[1] != '\n') return {400, "bytes behind the head"};
    return {};
}

Refusal checkFieldLines(std::string_view head, size_t at) noexcept
{
    return walkFieldLines(head, at, [](const char*, char) {}, [](std::string_view, std::string_view) {});
}

// `HTTP/1.0` and `HTTP/1.1` pass.
Refusal checkVersion(std::string_view version) noexcept
{
    if (version == "HTTP/1.1" || version == "HTTP/1.0") return {};
    auto digit = [&](size_t at) { return version[at] >= '0' && version[at] <= '9'; };
    if (version.size() == 8 && version.starts_with("HTTP/") && digit(5) && version[6] == '.' && digit(7))
        return {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
    return {400, "no HTTP version"};
}

Refusal readLength(std::string_view value, int64_t& length) noexcept
{
    if (value.empty() || value.size() > 18) return {400, "a bad Content-Length"};
    length = 0;
    for (char c : value)
    {
        if (c < '0' || c > '9') return {400, "a bad Content-Length"};
        length = length * 10 + (c - '0');
    }
    return {};
}

Encoding readEncoding(std::string_view value) noexcept
{
    if (value.empty() || equalsIgnoreCase(value, "identity")) return Encoding::identity;
    if (equalsIgnoreCase(value, "gzip") || equalsIgnoreCase(value, "x-gzip")) return Encoding::gzip;
    if (equalsIgnoreCase(value, "deflate")) return Encoding::deflate;
    return Encoding::unknown;
}

// What requests and answers have in common, gathered in one pass.
struct Common
{
    int hosts = 0;
    std::string_view host;
    int lengths = 0;
    int codings = 0;
    int encodings = 0;
    bool chunked = false;
    bool close = false;
    bool keepAlive = false;
    std::string_view expect;
    bool expects = false;
};

void readConnection(std::string_view value, Common& common) noexcept
{
    while (!value.empty())
    {
        const size_t comma = value.find(',');
        const std::string_view word = trim(value.substr(0, comma));
        if (equalsIgnoreCase(word, "close")) common.close = true;
        if (equalsIgnoreCase(word, "keep-alive")) common.keepAlive = true;
        value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
    }
}

Refusal gather(MessageHead& head, Common& common) noexcept
{
    for (const Header& field : head.headers)
    {
        switch (field.name.size()) // most fields are none of these
        {
        case 4:
            if (field.name == "host") ++common.hosts, common.host = field.value;
            break;
        case 6:
            if (field.name == "expect") common.expects = true, common.expect = field.value;
            break;
        case 10:
            if (field.name == "connection") readConnection(field.value, common);
            break;
        case 14:
            if (field.name == "content-length")
            {
                if (++common.lengths > 1) return {400, "several Content-Length"};
                if (Refusal refusal = readLength(field.value, head.contentLength)) return refusal;
            }
            break;
        case 16:
            if (field.name == "content-encoding")
                head.encoding = ++common.encodings > 1 ? Encoding::unknown : readEncoding(field.value);
            break;
        case 17:
            if (field.name == "transfer-encoding")
            {
                if (++common.codings > 1) return {400, "several Transfer-Encoding"};
                common.chunked = equalsIgnoreCase(field.value, "chunked");
            }
            break;
        default:
            break;
        }
    }
    if (common.codings && !common.chunked) return {501, "a Transfer-Encoding other than chunked"};
    if (common.codings && common.lengths) return {400, "both Content-Length and Transfer-Encoding"};
    if (common.codings && head.minorVersion == 0) return {400, "Transfer-Encoding in HTTP/1.0"};
    head.keepAlive = !common.close && (head.minorVersion == 1 || common.keepAlive);
    return {};
}

Refusal splitTarget(RequestHead& head) noexcept
{
    std::string_view target = head.target;
    for (std::string_view scheme : {"http://", "https://"})
    {
        if (!startsWithIgnoreCase(target, scheme)) continue;
        target.remove_prefix(scheme.size());
        const size_t end = target.find_first_of("/?");
        if (!equalsIgnoreCase(target.substr(0, end), head.host)) return {400, "Host and request target disagree"};
        target = end == std::string_view::npos ? std::string_view("/") : target.substr(end);
        break;
    }
    if (target.empty() || (target.front() != '/' && !(target == "*" && head.method == "OPTIONS")))
        return {400, "a request target without a path"};
    const size_t mark = target.find('?');
    head.path = target.substr(0, mark);
    head.query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
    return {};
}

} // namespace

size_t HeadScanner::scan(std::string_view bytes, const HeadLimits& limits) noexcept
{
    auto refuse = [this](int status, const char* why)
    {
        refusal_ = {status, why};
        return size_t{0};
    };
    if (refusal_ || bytes.empty()) return 0;
    if (scanned_ == 0 && !has(bytes[0], kToken) && bytes[0] != '\r')
        return refuse(400, bytes[0] == '\x16' ? "this looks like TLS; the port speaks plain HTTP" : "this is not HTTP");
    for (;;)
    {
        const void* found =
            scanned_ < bytes.size() ? std::memchr(bytes.data() + scanned_, '\n', bytes.size() - scanned_) : nullptr;
        const size_t at = found ? static_cast<size_t>(static_cast<const char*>(found) - bytes.data()) : bytes.size();
        if (at - lineStart_ > limits.line + 1) // a CR may be counted
            return lines_ == 0 ? refuse(414, "the request line is too long") : refuse(431, "a header line is too long");
        if (at > limits.head) return refuse(431, "the head is too large");
        if (!found)
        {
            scanned_ = bytes.size();
            return 0;
        }
        if (at == lineStart_ || bytes[at - 1] != '\r') return refuse(400, "a line that ends without CR");
        if (at - 1 == lineStart_) return at + 1;
        if (++lines_ > limits.fields + 1) return refuse(431, "too many headers");
        lineStart_ = scanned_ = at + 1;
    }
}

Refusal readRequestLine(std::string_view head, RequestLine& line) noexcept
{
    const auto* cr = static_cast<const char*>(std::memchr(head.data(), '\r', head.size()));
    const size_t end = cr ? static_cast<size_t>(cr - head.data()) : head.size();
    if (end + 1 >= head.size() || head[end + 1] != '\n') return {400, "the head has no end"};
    const std::string_view text = head.substr(0, end);
    const size_t first = text.find(' ');
    if (first == std::string_view::npos) return {400, "no request line"};
    const size_t second = text.find(' ', first + 1);
    line.method = text.substr(0, first);
    if (first == 0 || !all(line.method, kToken)) return {400, "a bad method"};
    if (second == std::string_view::npos) return {400, "a request line without version (HTTP/0.9)"};
    line.target = text.substr(first + 1, second - first - 1);
    if (line.target.empty() || !all(line.target, kTarget)) return {400, "a byte in the URL that URLs cannot have"};
    if (Refusal refusal = checkVersion(text.substr(second + 1))) return refusal;
    if (line.target[0] != '/' && line.target != "*" && !startsWithIgnoreCase(line.target, "http"))
        return {400, "a request target without a path"};
    line.minorVersion = static_cast<uint8_t>(text.back() - '0');
    line.fieldsAt = end + 2;
    return {};
}

Refusal readStatusLine(std::string_view head, StatusLine& line) noexcept
{
    const auto* cr = static_cast<const char*>(std::memchr(head.data(), '\r', head.size()));
    const size_t end = cr ? static_cast<size_t>(cr - head.data()) : head.size();
    if (end + 1 >= head.size() || head[end + 1] != '\n') return {400, "the head has no end"};
    const std::string_view text = head.substr(0, end);
    if (text.size() < 12 || text[8] != ' ') return {400, "no status line"};
    if (Refusal refusal = checkVersion(text.substr(0, 8))) return refusal;
    for (size_t i = 9; i < 12; ++i)
        if (text[i] < '0' || text[i] > '9') return {400, "a bad status"};
    if (text[9] == '0' || text[9] > '5') return {400, "a status outside 100 to 599"};
    if (text.size() > 12 && text[12] != ' ') return {400, "a bad status"};
    if (!all(text.substr(12), kValue)) return {400, "a control byte in the status line"};
    line.status = (text[9] - '0') * 100 + (text[10] - '0') * 10 + (text[11] - '0');
    line.minorVersion = static_cast<uint8_t>(text[7] - '0');
    line.fieldsAt = end + 2;
    return {};
}

Refusal readFieldLines(std::span<char> head, size_t at, Headers& fields)
{
    return walkFieldLines({head.data(), head.size()}, at,
                          [base = head.data()](const char* p, char low) { base[p - base] = low; },
                          [&](std::string_view name, std::string_view value) { fields.add({name, value}); });
}

Refusal checkRequestBytes(std::string_view head) noexcept
{
    RequestLine line;
    if (Refusal refusal = readRequestLine(head, line)) return refusal;
    return checkFieldLines(head, line.fieldsAt);
}

Refusal checkResponseBytes(std::string_view head) noexcept
{
    StatusLine line;
    if (Refusal refusal = readStatusLine(head, line)) return refusal;
    return checkFieldLines(head, line.fieldsAt);
}

Refusal checkRequestFields(RequestHead& head) noexcept
{
    Common common;
    if (Refusal refusal = gather(head, common)) return refusal;
    if (common.hosts > 1) return {400, "several Host headers"};
    if (common.hosts == 1)
    {
        if (common.host.empty() || !all(common.host, kHost)) return {400, "a bad Host"};
        head.host = common.host;
    }
    else if (head.minorVersion == 1)
        return {400, "no Host header"};
    if (common.expects)
    {
        if (!equalsIgnoreCase(common.expect, "100-continue")) return {417, "an expectation other than 100-continue"};
        head.expectContinue = head.minorVersion == 1; // RFC 9110 10.1.1
    }
    head.framing = common.chunked ? Framing::chunked : common.lengths ? Framing::length : Framing::none;
    return splitTarget(head);
}

Refusal checkResponseFields(ResponseHead& head, bool headRequest) noexcept
{
    Common common;
    if (Refusal refusal = gather(head, common)) return refusal;
    const bool bodiless = headRequest || head.status < 200 || head.status == 204 || head.status == 304;
    if (bodiless)
        head.framing = Framing::none;
    else if (common.chunked)
        head.framing = Framing::chunked;
    else if (common.lengths)
        head.framing = Framing::length;
    else
    {
        head.framing = Framing::untilClose;
        head.keepAlive = false;
    }
    return {};
}

bool mayBeSent(const Header& field) noexcept
{
    const char* end = field.value.data() + field.value.size();
    return !field.name.empty() && all(field.name, kToken) && endOfValue(field.value.data(), end) == end;
}

} // namespace switchyard::net
