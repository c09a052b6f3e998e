// Fuzz target: the two strict scans of JSON text, the SDK's and that of request bodies, beside each other and simdjson.
#include "switchyard/json_scan.hpp"
#include "relay/body_scan.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <simdjson.h>
#include <string>

using namespace switchyard;

namespace
{

void require(bool holds, const char* what)
{
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

// What simdjson cannot judge: numbers beyond its types, deeper nesting, half surrogate pairs (grammar allows them),
// nothing at all.
bool judges(simdjson::error_code code)
{
    switch (code)
    {
    case simdjson::NUMBER_ERROR:
    case simdjson::DEPTH_ERROR:
    case simdjson::STRING_ERROR:
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC:
        return false;
    default:
        return true;
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    const sdk::JsonCheck check = sdk::checkJson(
        text, relay::kMaxBodyDepth,
        [&](const sdk::JsonSpan& member)
        {
            require(member.nameOffset + member.nameSize <= member.valueOffset, "a value stands behind its name");
            require(member.valueOffset + member.valueSize <= text.size(), "a value lies in the text");
            require(static_cast<bool>(sdk::checkJson(
                        std::string_view(text).substr(member.valueOffset, member.valueSize), relay::kMaxBodyDepth)),
                    "a member's value is JSON");
        });
    require(check || check.offset <= text.size(), "the fault lies in the text");

    const auto body = relay::scanBody(text);
    require(!body.ok() || check, "what the body scan accepts is JSON");
    require(body.ok() || body.error().offset <= text.size(), "the fault lies in the body");
    if (body.ok())
        for (const swy_member_t& member : body->members())
            require(member.value_offset + member.value_size <= text.size() &&
                        sdk::checkJson(body->value(member), relay::kMaxBodyDepth),
                    "a member's value is JSON");

    static simdjson::dom::parser parser;
    const simdjson::error_code judged = parser.parse(simdjson::padded_string(text)).error();
    // Containers alone are nested; text with none is not too deep.
    if (judged == simdjson::SUCCESS && text.find_first_of("[{") == std::string::npos)
        require(static_cast<bool>(check), "what simdjson accepts is accepted");
    if (judged != simdjson::SUCCESS && judges(judged)) require(!check, "what simdjson refuses is refused");
    return 0;
}
