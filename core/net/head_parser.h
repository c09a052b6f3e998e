// HeadParser: bytes of a head to a RequestHead or ResponseHead. The only place that knows the HTTP parser library.
#pragma once

#include "net/gate.h"
#include "net/head.h"

#include <span>

namespace switchyard::net
{

/// Parses a complete head (as HeadScanner found it) through gate, parser, gate. Views in the result point into `bytes`,
/// in which field names are turned to lower case. [any thread]
struct HeadParser
{
    static Refusal parseRequest(std::span<char> bytes, RequestHead& head);
    static Refusal parseResponse(std::span<char> bytes, ResponseHead& head, bool headRequest);
};

} // namespace switchyard::net
