// What the mock upstream does with a request, as a list of steps.
//
// A script is named by the first path segment ("/status:429/v1/chat/completions": then a whole channel behaves so) or
// by the model ("mock:status:429": then one request does). Words after the name are its arguments.
//
//   stream:COUNT:PACE        COUNT content frames, one each PACE ms (default: the command line's)
//   status:CODE[:BODY]       CODE with an error body: openai (default), string, html, empty, flat; 429 has Retry-After
//   delay:MS                 the plain answer, MS later
//   big:BYTES                a whole answer whose text has that many bytes
//   usage:P:C[:MS]           MS (0) later: an answer that reports P prompt and C completion tokens, whole or as a stream of 3 frames
//   no-usage:N[:PACE]        an answer of N words without usage; a stream has a frame each, PACE ms (0) apart
//   flood:BYTES              a stream of at least so many bytes, as fast as the reader takes them
//   reset                    the connection is reset after the request was read
//   hang-head                no answer at all
//   hang-mid[:K]             K frames (3), then silence
//   cut-mid[:K]              K frames, then the connection closes without an end of the stream
//   reset-mid[:K]            K frames, then a reset
//   cut-body                 half of a whole answer with Content-Length, then the connection closes
//   error-mid[:K]            K frames, then an error event
//   error-200                200, but the body (or the stream's first event) is an error
//   json-for-stream          a whole answer although a stream was asked for
//   no-done                  a stream without [DONE]
//   garbage                  bytes that are no HTTP
//   endless-head             header lines without end
//   megaline                 a stream with one line of 1 MiB
//   gzip                     the plain answer with Content-Encoding: gzip
//   drip[:US]                the plain answer byte by byte, one each US microseconds (100)
//   interim                  100 Continue, then the plain answer
//   close                    the plain answer, with Connection: close
//   stale                    the plain answer, after which the connection closes without a word
//   redirect                 307 to the plain answer
//   headers                  the plain answer with headers that are nobody else's business
#pragma once
#include "request.h"
#include <cstdint>
#include <string>
#include <vector>

namespace mock
{

struct Step
{
    enum class Kind
    {
        send,   // text
        stream, // count frames, pace ms, then the frames that end a stream
        repeat, // text again and again until count bytes have gone
        wait,   // pace microseconds
        drip,   // text byte by byte, pace microseconds apart
        close,
        reset,
        hang, // nothing more, until the peer leaves
    };
    Kind kind;
    std::string text;
    std::uint64_t count = 0;
    std::uint64_t pace = 0;
};

/// The steps for a request with a script. An unknown script is answered 400 by name, so that a typing error is seen.
std::vector<Step> stepsFor(const Request& request);

} // namespace mock
