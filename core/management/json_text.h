// JSON text, member by member: answers are written in the order in which they are read, and bytes that are no UTF-8
// cost one letter, not the answer.
#pragma once

#include "base/text.h"

#include <cmath>
#include <concepts>
#include <cstdio>
#include <string>
#include <string_view>

namespace switchyard::management
{

/// The shortest of the usual forms that still tells 1e-6 from 0; infinities, which JSON lacks, are 0.
inline std::string jsonNumber(double value)
{
    if (!std::isfinite(value)) return "0";
    char text[32];
    const int length = std::snprintf(text, sizeof(text), "%.15g", value);
    return std::string(text, static_cast<size_t>(length));
}

/// {"a":1,"b":"c"}
class JsonObject
{
public:
    JsonObject& add(std::string_view name, std::string_view value)
    {
        begin(name);
        appendJsonQuoted(text_, value);
        return *this;
    }
    JsonObject& add(std::string_view name, const char* value) { return add(name, std::string_view(value)); }
    JsonObject& add(std::string_view name, std::same_as<bool> auto value) { return addRaw(name, value ? "true" : "false"); }
    JsonObject& add(std::string_view name, std::integral auto value)
        requires(!std::same_as<decltype(value), bool>)
    {
        return addRaw(name, std::to_string(value));
    }
    JsonObject& add(std::string_view name, double value) { return addRaw(name, jsonNumber(value)); }
    /// `json` is JSON text already.
    JsonObject& addRaw(std::string_view name, std::string_view json)
    {
        begin(name);
        text_.append(json);
        return *this;
    }

    std::string text() const { return text_.empty() ? "{}" : text_ + "}"; }

private:
    void begin(std::string_view name)
    {
        text_ += text_.empty() ? '{' : ',';
        appendJsonQuoted(text_, name);
        text_ += ':';
    }
    std::string text_;
};

/// [1,"a",{}]
class JsonArray
{
public:
    JsonArray& add(std::string_view value)
    {
        begin();
        appendJsonQuoted(text_, value);
        return *this;
    }
    /// `json` is JSON text already.
    JsonArray& addRaw(std::string_view json)
    {
        begin();
        text_.append(json);
        return *this;
    }

    std::string text() const { return text_.empty() ? "[]" : text_ + "]"; }

private:
    void begin() { text_ += text_.empty() ? '[' : ','; }
    std::string text_;
};

} // namespace switchyard::management
