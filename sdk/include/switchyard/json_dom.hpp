// JSON as a tree, by RapidJSON (needed when this header is included, and at build time only). Parses without recursion
// and refuses what is nested too deeply, since writing and walking a tree recurses. For reading a few members or
// changing a body in place json.hpp does without a tree.
#pragma once

#include "json_scan.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>
#include <string_view>

namespace switchyard::sdk
{

constexpr size_t kDomDepth = 128;

/// Parses `text` into `document`. Numbers that fit neither int64 nor double exactly lose digits: pass values on by
/// JsonView::json where they must not.
inline JsonCheck parseJson(std::string_view text, rapidjson::Document& document, size_t maxDepth = kDomDepth)
{
    if (const JsonCheck check = checkJson(text, maxDepth); !check) return check;
    document.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag>(text.data(), text.size());
    if (document.HasParseError()) return {"a number is out of range", document.GetErrorOffset()};
    return {};
}

/// The tree as text without blanks.
inline std::string writeJson(const rapidjson::Value& value)
{
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    value.Accept(writer);
    return {buffer.GetString(), buffer.GetSize()};
}

} // namespace switchyard::sdk
