// HeadParser: bytes of a head to a RequestHead or ResponseHead. The only place that knows the HTTP parser library.
#pragma once

#include "net/gate.h"
#include "net/head.h"

#include <span>

namespace switchyard::net
{

/// Parses a complete head (as HeadScanner found it). Views in the result point into `bytes`, in which field names are
/// turned to lower case. [any thread]
///
/// The gate refuses all that two parsers could read differently, so a head of the usual form is taken apart in the
/// gate's own pass. Requests of an unusual form (other methods, a target that is no path) go through the library between
/// two passes of the gate. The ...ByLibrary functions do that with any head: tests and the fuzz target hold both ways
/// against each other.
struct HeadParser
{
    static Refusal parseRequest(std::span<char> bytes, RequestHead& head);
    static Refusal parseResponse(std::span<char> bytes, ResponseHead& head, bool headRequest);

    static Refusal requestByLibrary(std::span<char> bytes, RequestHead& head);
    static Refusal responseByLibrary(std::span<char> bytes, ResponseHead& head, bool headRequest);
};

} // namespace switchyard::net
