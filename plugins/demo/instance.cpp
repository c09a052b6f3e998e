#include "instance.h"

#include "text.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace switchyard::demo
{

using sdk::JsonView;

namespace
{

constexpr int kMostDepth = 24;
constexpr size_t kMostValues = 2000;
constexpr int64_t kMostItems = 64;
constexpr int64_t kMostLength = 4096;

struct Format
{
    const char* name;
    const char* example;
};
constexpr Format kFormats[] = {
    {"date-time", "2025-01-31T12:00:00Z"},
    {"date", "2025-01-31"},
    {"time", "12:00:00Z"},
    {"duration", "PT1H"},
    {"email", "demo@example.com"},
    {"hostname", "example.com"},
    {"ipv4", "192.0.2.1"},
    {"ipv6", "2001:db8::1"},
    {"uri", "https://example.com/"},
    {"uuid", "123e4567-e89b-42d3-a456-426614174000"},
};

class Maker
{
public:
    Maker(JsonView root, const Hints& hints) : root_(root), hints_(hints) {}

    std::string make(JsonView schema, std::string_view name, int depth)
    {
        // A schema that refers to itself more than once would grow without end.
        if (depth > kMostDepth || ++made_ > kMostValues) return "null";
        if (const JsonView reference = schema["$ref"]; reference.isString())
            return make(resolve(reference.text()), name, depth + 1);
        for (const char* given : {"const", "default"})
            if (const JsonView value = schema[given]) return std::string(value.json());
        if (const JsonView list = schema["enum"]) return fromEnum(list);
        if (const JsonView examples = schema["examples"]; examples.at(0)) return std::string(examples.at(0).json());
        for (const char* alternatives : {"anyOf", "oneOf"})
            if (const JsonView list = schema[alternatives]; list.isArray())
                return make(firstReal(list), name, depth + 1);
        if (const JsonView parts = schema["allOf"]; parts.isArray() && !schema["properties"])
            return parts.at(1) ? merged(parts, depth) : make(parts.at(0), name, depth + 1);
        const std::string type = typeOf(schema);
        if (type == "object") return "{" + members(schema, depth) + "}";
        if (type == "array") return list(schema, name, depth);
        if (type == "string") return text(schema, name);
        if (type == "integer" || type == "number") return number(schema, type == "integer");
        if (type == "boolean") return "true";
        return "null";
    }

private:
    JsonView resolve(const std::string& reference) const
    {
        JsonView at = root_;
        if (reference.empty() || reference[0] != '#') return {};
        for (size_t i = 1; i < reference.size();)
        {
            const size_t end = std::min(reference.find('/', i + 1), reference.size());
            at = at[std::string_view(reference).substr(i + 1, end - i - 1)];
            i = end;
        }
        return at;
    }

    /// The first alternative that is more than null.
    static JsonView firstReal(JsonView list)
    {
        for (const JsonView each : list.elements())
            if (!each["type"].is("null")) return each;
        return list.at(0);
    }

    static std::string typeOf(JsonView schema)
    {
        const JsonView type = schema["type"];
        if (type.isString()) return type.text();
        for (const JsonView each : type.elements())
            if (!each.is("null")) return each.text();
        if (schema["properties"]) return "object";
        return schema["items"] ? "array" : schema.isObject() ? "string" : "null";
    }

    /// The value that the message names, else the first.
    std::string fromEnum(JsonView list) const
    {
        const std::string said = lowered(hints_.said);
        for (const JsonView each : list.elements())
            if (each.isString() && !each.text().empty() && said.find(lowered(each.text())) != std::string::npos)
                return std::string(each.json());
        return list.at(0) ? std::string(list.at(0).json()) : "null";
    }

    std::string merged(JsonView parts, int depth)
    {
        std::string all;
        for (JsonView part : parts.elements())
        {
            if (part["$ref"].isString()) part = resolve(part["$ref"].text());
            const std::string some = members(part, depth);
            if (!some.empty()) all += (all.empty() ? "" : ",") + some;
        }
        return "{" + all + "}";
    }

    std::string members(JsonView schema, int depth)
    {
        const JsonView required = schema["required"];
        std::string all;
        for (const sdk::JsonMember& property : schema["properties"].members())
        {
            std::string name;
            sdk::appendJsonUnescaped(name, property.name);
            if (required.at(0) && !holds(required, name)) continue;
            all += all.empty() ? "\"" : ",\"";
            all += property.name;
            all += "\":";
            all += make(property.value, name, depth + 1);
        }
        return all;
    }

    static bool holds(JsonView list, std::string_view name)
    {
        for (const JsonView each : list.elements())
            if (each.is(name)) return true;
        return false;
    }

    std::string list(JsonView schema, std::string_view name, int depth)
    {
        const int64_t least = std::clamp<int64_t>(schema["minItems"].integer(1), 0, kMostItems);
        const int64_t most = schema["maxItems"].integer(kMostItems);
        std::string all;
        for (int64_t i = 0; i < std::min(std::max<int64_t>(least, 1), most); ++i)
            all += (i ? "," : "") + make(schema["items"], name, depth + 1);
        return "[" + all + "]";
    }

    std::string text(JsonView schema, std::string_view name) const
    {
        const JsonView format = schema["format"];
        for (const Format& each : kFormats)
            if (format.is(each.name)) return sdk::jsonString(each.example);
        std::string value = !hints_.quoted.empty() ? hints_.quoted
                            : name.empty()         ? "demo"
                                                   : "demo " + std::string(name);
        const int64_t least = std::min(schema["minLength"].integer(0), kMostLength);
        const int64_t most = std::max<int64_t>(schema["maxLength"].integer(kMostLength), 0);
        while (static_cast<int64_t>(codePoints(value)) < least)
            value += '.';
        while (static_cast<int64_t>(codePoints(value)) > most)
            dropLast(value);
        return sdk::jsonString(value);
    }

    static size_t codePoints(std::string_view value)
    {
        return static_cast<size_t>(
            std::count_if(value.begin(), value.end(), [](char c) { return (c & 0xC0) != 0x80; }));
    }
    static void dropLast(std::string& value)
    {
        while (!value.empty() && (value.back() & 0xC0) == 0x80)
            value.pop_back();
        if (!value.empty()) value.pop_back();
    }

    std::string number(JsonView schema, bool whole) const
    {
        double value = hints_.number.empty() ? 1 : JsonView(hints_.number).number(1);
        const double step = schema["multipleOf"].number(whole ? 1 : 0);
        const JsonView least = schema["minimum"] ? schema["minimum"] : schema["exclusiveMinimum"];
        const JsonView most = schema["maximum"] ? schema["maximum"] : schema["exclusiveMaximum"];
        const double margin = step > 0 ? step : 0.001;
        if (least.isNumber()) value = std::max(value, least.number() + (schema["minimum"] ? 0 : margin));
        if (most.isNumber()) value = std::min(value, most.number() - (schema["maximum"] ? 0 : margin));
        if (step > 0)
        {
            const double below = std::floor(value / step) * step;
            const double rounded = least.isNumber() && below < least.number() ? std::ceil(value / step) * step : below;
            if (std::isfinite(rounded)) value = rounded;
        }
        char room[64];
        const auto [end, error] = std::to_chars(room, room + sizeof room, value);
        return error == std::errc() ? std::string(room, end) : "0";
    }

    JsonView root_;
    const Hints& hints_;
    size_t made_ = 0;
};

/// What stands between the first pair of these marks.
std::string between(std::string_view text, std::string_view open, std::string_view close)
{
    const size_t begin = text.find(open);
    if (begin == std::string_view::npos) return {};
    const size_t end = text.find(close, begin + open.size());
    return end == std::string_view::npos ? std::string()
                                         : std::string(text.substr(begin + open.size(), end - begin - open.size()));
}

/// What follows " in " or " for ", up to the end of the phrase.
std::string placeIn(std::string_view said)
{
    for (const std::string_view before : {" in ", " for "})
        if (const size_t at = said.find(before); at != std::string_view::npos)
        {
            std::string_view rest = said.substr(at + before.size());
            rest = rest.substr(0, rest.find_first_of(".,;:!?\n\"()"));
            while (!rest.empty() && rest.back() == ' ')
                rest.remove_suffix(1);
            return std::string(rest);
        }
    return {};
}

} // namespace

Hints hintsIn(std::string_view said)
{
    Hints hints;
    hints.said = std::string(said);
    for (const auto& [open, close] : {std::pair{"\"", "\""}, {"“", "”"}, {"「", "」"}})
        if (hints.quoted.empty()) hints.quoted = between(said, open, close);
    if (hints.quoted.empty()) hints.quoted = placeIn(said);
    for (size_t i = 0; i < said.size() && hints.number.size() < 15; ++i)
    {
        if (isDigit(said[i]) && (hints.number != "0"))
            hints.number += said[i];
        else if (!hints.number.empty())
            break;
    }
    return hints;
}

std::string instanceOf(JsonView schema, const Hints& hints) { return Maker(schema, hints).make(schema, {}, 0); }

} // namespace switchyard::demo
