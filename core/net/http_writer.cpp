#include "net/http_writer.h"

#include "net/gate.h"

#include "base/text.h"

#include <charconv>
#include <ctime>

namespace switchyard::net
{

std::string_view reasonPhrase(int status) noexcept
{
    switch (status)
    {
    case 100:
        return "Continue";
    case 101:
        return "Switching Protocols";
    case 200:
        return "OK";
    case 201:
        return "Created";
    case 202:
        return "Accepted";
    case 204:
        return "No Content";
    case 206:
        return "Partial Content";
    case 301:
        return "Moved Permanently";
    case 302:
        return "Found";
    case 303:
        return "See Other";
    case 304:
        return "Not Modified";
    case 307:
        return "Temporary Redirect";
    case 308:
        return "Permanent Redirect";
    case 400:
        return "Bad Request";
    case 401:
        return "Unauthorized";
    case 402:
        return "Payment Required";
    case 403:
        return "Forbidden";
    case 404:
        return "Not Found";
    case 405:
        return "Method Not Allowed";
    case 406:
        return "Not Acceptable";
    case 408:
        return "Request Timeout";
    case 409:
        return "Conflict";
    case 410:
        return "Gone";
    case 411:
        return "Length Required";
    case 412:
        return "Precondition Failed";
    case 413:
        return "Content Too Large";
    case 414:
        return "URI Too Long";
    case 415:
        return "Unsupported Media Type";
    case 416:
        return "Range Not Satisfiable";
    case 417:
        return "Expectation Failed";
    case 422:
        return "Unprocessable Content";
    case 424:
        return "Failed Dependency";
    case 425:
        return "Too Early";
    case 426:
        return "Upgrade Required";
    case 428:
        return "Precondition Required";
    case 429:
        return "Too Many Requests";
    case 431:
        return "Request Header Fields Too Large";
    case 451:
        return "Unavailable For Legal Reasons";
    case 500:
        return "Internal Server Error";
    case 501:
        return "Not Implemented";
    case 502:
        return "Bad Gateway";
    case 503:
        return "Service Unavailable";
    case 504:
        return "Gateway Timeout";
    case 505:
        return "HTTP Version Not Supported";
    default:
        return "Status";
    }
}

namespace
{

// The Date field's line, made anew once a second.
std::string_view dateLine()
{
    struct Cached
    {
        time_t second = -1;
        char text[48];
        size_t length = 0;
    };
    thread_local Cached cached;
    timespec now{};
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec != cached.second)
    {
        tm utc{};
        gmtime_r(&now.tv_sec, &utc);
        static const char* const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static const char* const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        const int length = snprintf(cached.text, sizeof(cached.text), "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
                                    days[utc.tm_wday], utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour,
                                    utc.tm_min, utc.tm_sec);
        cached.length = static_cast<size_t>(length);
        cached.second = now.tv_sec;
    }
    return {cached.text, cached.length};
}

// Fields that the connection decides about.
bool ours(std::string_view name) noexcept
{
    switch (name.size())
    {
    case 4:
        return equalsIgnoreCase(name, "date");
    case 10:
        return equalsIgnoreCase(name, "connection") || equalsIgnoreCase(name, "keep-alive");
    case 14:
        return equalsIgnoreCase(name, "content-length");
    case 17:
        return equalsIgnoreCase(name, "transfer-encoding");
    default:
        return false;
    }
}

void beginHead(std::string& out, int status)
{
    if (status == 200)
        out += "HTTP/1.1 200 OK\r\n";
    else
    {
        char number[24];
        out += "HTTP/1.1 ";
        out.append(number, std::to_chars(number, number + sizeof(number), status).ptr);
        out += ' ';
        out += reasonPhrase(status);
        out += "\r\n";
    }
    out += dateLine();
}

void endHead(std::string& out, Framing framing, int64_t length, bool keepAlive)
{
    if (framing == Framing::chunked) out += "Transfer-Encoding: chunked\r\n";
    if (framing == Framing::length && length >= 0)
    {
        char number[24];
        out += "Content-Length: ";
        out.append(number, std::to_chars(number, number + sizeof(number), length).ptr);
        out += "\r\n";
    }
    out += keepAlive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
}

constexpr size_t kOwnPart = 160; // of status line, Date, framing and Connection

} // namespace

void appendResponseHead(std::string& out, int status, std::span<const Header> fields, Framing framing, int64_t length,
                        bool keepAlive)
{
    size_t size = kOwnPart;
    for (const Header& field : fields)
        size += field.name.size() + field.value.size() + 4;
    out.reserve(out.size() + size);
    beginHead(out, status);
    for (const Header& field : fields)
    {
        if (ours(field.name) || !mayBeSent(field)) continue;
        out += field.name;
        out += ": ";
        out += field.value;
        out += "\r\n";
    }
    endHead(out, framing, length, keepAlive);
}

void appendResponseHead(std::string& out, int status, std::span<const std::string_view> lines, Framing framing,
                        int64_t length, bool keepAlive)
{
    size_t size = kOwnPart;
    for (std::string_view part : lines)
        size += part.size();
    out.reserve(out.size() + size);
    beginHead(out, status);
    for (std::string_view part : lines)
        out += part;
    endHead(out, framing, length, keepAlive);
}

std::string_view chunkHead(std::array<char, 20>& out, size_t size) noexcept
{
    char* end = std::to_chars(out.data(), out.data() + 16, size, 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    return {out.data(), static_cast<size_t>(end - out.data())};
}

} // namespace switchyard::net
