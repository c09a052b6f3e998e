#include "net/head_parser.h"

#include "base/text.h"

#include <http_parser.h>

namespace switchyard::net
{

std::string_view Headers::find(std::string_view lowerCaseName) const noexcept
{
    for (const Header& field : fields_)
        if (field.name == lowerCaseName) return {field.value.data() ? field.value.data() : "", field.value.size()};
    return {};
}

void Headers::remove(std::string_view lowerCaseName) noexcept
{
    std::erase_if(fields_, [&](const Header& field) { return field.name == lowerCaseName; });
}

namespace
{

// What the callbacks collect.
struct Collector
{
    Headers& headers;
    std::string_view* target;
    Header field;
    bool inValue = false;

    void flush()
    {
        if (!inValue) return;
        headers.add({field.name, trim(field.value)});
        field = {};
        inValue = false;
    }
};

Collector& of(http_parser* parser) { return *static_cast<Collector*>(parser->data); }

// The parser may hand one string over in several parts; they lie behind each other.
void extend(std::string_view& text, const char* at, size_t length)
{
    text = text.data() ? std::string_view(text.data(), static_cast<size_t>(at - text.data()) + length)
                       : std::string_view(at, length);
}

int onUrl(http_parser* parser, const char* at, size_t length)
{
    extend(*of(parser).target, at, length);
    return 0;
}

int onField(http_parser* parser, const char* at, size_t length)
{
    Collector& collector = of(parser);
    collector.flush();
    extend(collector.field.name, at, length);
    return 0;
}

int onValue(http_parser* parser, const char* at, size_t length)
{
    Collector& collector = of(parser);
    collector.inValue = true;
    extend(collector.field.value, at, length);
    return 0;
}

int onHeadersComplete(http_parser* parser)
{
    of(parser).flush();
    return 1; // bodies are none of the parser's business
}

http_parser_settings makeSettings()
{
    http_parser_settings settings;
    http_parser_settings_init(&settings);
    settings.on_url = onUrl;
    settings.on_header_field = onField;
    settings.on_header_value = onValue;
    settings.on_headers_complete = onHeadersComplete;
    return settings;
}

// Turns the names of the fields to lower case in place; they point into `bytes`.
void lowerNames(std::span<char> bytes, const Headers& headers)
{
    for (const Header& field : headers)
    {
        char* name = bytes.data() + (field.name.data() - bytes.data());
        for (size_t i = 0; i < field.name.size(); ++i)
            name[i] = lowerAscii(name[i]);
    }
}

Refusal run(http_parser_type type, std::span<char> bytes, MessageHead& head, std::string_view* target,
            http_parser& parser)
{
    static const http_parser_settings settings = makeSettings();
    http_parser_init(&parser, type);
    head.headers.clear();
    Collector collector{head.headers, target, {}, false};
    parser.data = &collector;
    const size_t used = http_parser_execute(&parser, &settings, bytes.data(), bytes.size());
    switch (HTTP_PARSER_ERRNO(&parser))
    {
    case HPE_OK:
        break;
    case HPE_INVALID_METHOD:
        return {501, "a method that is not known"};
    case HPE_HEADER_OVERFLOW:
        return {431, "the head is too large"};
    default:
        return {400, http_errno_description(HTTP_PARSER_ERRNO(&parser))};
    }
    size_t lines = 0;
    for (char c : bytes)
        lines += c == '\n';
    // Two lines are no fields: the first one and the blank one. Any other count means that parser and gate do not see
    // the same.
    if (used != bytes.size() || lines != head.headers.size() + 2) return {400, "a head that can be read in two ways"};
    head.minorVersion = static_cast<uint8_t>(parser.http_minor);
    lowerNames(bytes, head.headers);
    return {};
}

// The library knows methods that it refuses, and forms of a target with a host in them. For all else the gate has left
// one way to read the head.
bool isUsual(const RequestLine& line) noexcept
{
    if (line.target[0] != '/') return false;
    for (std::string_view method : {"POST", "GET", "OPTIONS", "PUT", "DELETE", "HEAD", "PATCH"})
        if (line.method == method) return true;
    return false;
}

} // namespace

Refusal HeadParser::parseRequest(std::span<char> bytes, RequestHead& head)
{
    RequestLine line;
    if (Refusal refusal = readRequestLine({bytes.data(), bytes.size()}, line)) return refusal;
    if (!isUsual(line)) return requestByLibrary(bytes, head);
    head.headers.clear();
    head.method = line.method;
    head.target = line.target;
    head.minorVersion = line.minorVersion;
    if (Refusal refusal = readFieldLines(bytes, line.fieldsAt, head.headers)) return refusal;
    return checkRequestFields(head);
}

Refusal HeadParser::requestByLibrary(std::span<char> bytes, RequestHead& head)
{
    if (Refusal refusal = checkRequestBytes({bytes.data(), bytes.size()})) return refusal;
    if (bytes.size() > 8 && std::string_view(bytes.data(), 8) == "CONNECT ") return {501, "this is no proxy"};
    http_parser parser;
    head.target = {};
    if (Refusal refusal = run(HTTP_REQUEST, bytes, head, &head.target, parser)) return refusal;
    head.method = http_method_str(static_cast<http_method>(parser.method));
    if (!std::string_view(bytes.data(), bytes.size()).starts_with(head.method)) return {400, "a bad method"};
    return checkRequestFields(head);
}

Refusal HeadParser::parseResponse(std::span<char> bytes, ResponseHead& head, bool headRequest)
{
    StatusLine line;
    if (Refusal refusal = readStatusLine({bytes.data(), bytes.size()}, line)) return refusal;
    head.headers.clear();
    head.status = line.status;
    head.minorVersion = line.minorVersion;
    if (Refusal refusal = readFieldLines(bytes, line.fieldsAt, head.headers)) return refusal;
    return checkResponseFields(head, headRequest);
}

Refusal HeadParser::responseByLibrary(std::span<char> bytes, ResponseHead& head, bool headRequest)
{
    if (Refusal refusal = checkResponseBytes({bytes.data(), bytes.size()})) return refusal;
    http_parser parser;
    std::string_view none;
    if (Refusal refusal = run(HTTP_RESPONSE, bytes, head, &none, parser)) return refusal;
    head.status = static_cast<int>(parser.status_code);
    return checkResponseFields(head, headRequest);
}

} // namespace switchyard::net
