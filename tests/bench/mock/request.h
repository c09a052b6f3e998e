// What the mock upstream reads of a request: just enough to choose the answer, without parsing JSON on the hot path.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace mock
{

/// One request inside the connection's input buffer; every view points into that buffer.
struct Request
{
    std::string_view head; // request line and header lines, without the blank line
    std::string_view method;
    std::string_view target; // as sent
    std::string_view path;   // target without script segment and query
    std::string_view script; // what to do, "" for a plain answer; see script.h
    std::string_view body;
    std::string_view model; // the raw text between the quotes
    bool stream = false;
    bool includeUsage = false;
    bool keepAlive = true;
    std::size_t size = 0; // bytes of the whole request
};

enum class Reading
{
    more, // the request is not complete yet
    complete,
    unreadable, // no HTTP/1.1 request with a Content-Length
};

/// Reads one request from the start of `input`.
Reading readRequest(std::string_view input, Request& request);

/// The value of a header line, by its lower-case name; "" if it is not there.
std::string_view headerValue(std::string_view head, std::string_view lowerName);

/// The raw text of the first JSON string member `name`, anywhere in `json`; "" if there is none.
std::string_view stringMember(std::string_view json, std::string_view quotedName);

/// Whether a member `name` with the value true stands anywhere in `json`.
bool hasTrueMember(std::string_view json, std::string_view quotedName);

} // namespace mock
