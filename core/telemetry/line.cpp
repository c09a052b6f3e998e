#include "telemetry/line.h"

#include "base/text.h"
#include "telemetry/redact.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace switchyard::telemetry
{

namespace
{

std::string utcTime(int64_t unixMillis)
{
    const time_t second = unixMillis / 1000;
    tm utc{};
    gmtime_r(&second, &utc);
    char text[40];
    const size_t length = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
    std::snprintf(text + length, sizeof(text) - length, ".%03dZ", static_cast<int>(unixMillis % 1000));
    return text;
}

bool needsQuotes(std::string_view text) noexcept
{
    if (text.empty()) return true;
    for (const char c : text)
        if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7F) return true;
    return false;
}

void appendText(std::string& line, LineForm form, std::string_view text)
{
    if (form == LineForm::json || needsQuotes(text))
        appendJsonQuoted(line, text);
    else
        line += text;
}

template <class T>
void appendNumber(std::string& line, T number)
{
    char digits[32];
    line.append(digits, std::to_chars(digits, digits + sizeof(digits), number).ptr);
}

void appendValue(std::string& line, LineForm form, const Field& field)
{
    if (namesSecret(field.name)) return appendText(line, form, "***");
    if (const auto* text = std::get_if<std::string_view>(&field.value))
    {
        std::string shown(*text);
        redact(shown);
        appendText(line, form, shown);
    }
    else if (const auto* flag = std::get_if<bool>(&field.value))
        line += *flag ? "true" : "false";
    else if (const auto* number = std::get_if<double>(&field.value))
    {
        if (std::isfinite(*number))
            appendNumber(line, *number);
        else
            line += "null"; // JSON has no infinity
    }
    else if (const auto* signedNumber = std::get_if<int64_t>(&field.value))
        appendNumber(line, *signedNumber);
    else
        appendNumber(line, std::get<uint64_t>(field.value));
}

// A message stands unquoted in the text form: what would break the line becomes a blank.
std::string oneLine(std::string_view message)
{
    std::string text(message);
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ') c = ' ';
    return text;
}

} // namespace

std::string_view nameOf(Level level) noexcept
{
    switch (level)
    {
    case Level::debug:
        return "DEBUG";
    case Level::info:
        return "INFO";
    case Level::warning:
        return "WARNING";
    case Level::error:
        return "ERROR";
    }
    return "ERROR";
}

std::string formatLine(LineForm form, Level level, int64_t unixMillis, std::string_view message,
                       std::initializer_list<Field> fields)
{
    std::string shown(message);
    redact(shown);
    std::string line;
    line.reserve(128);
    if (form == LineForm::text)
    {
        line.append(utcTime(unixMillis)).append(" ").append(nameOf(level)).append(" ").append(oneLine(shown));
        for (const Field& field : fields)
        {
            line.append(" ").append(field.name).append("=");
            appendValue(line, form, field);
        }
        return line;
    }
    line.append("{\"time\":\"").append(utcTime(unixMillis)).append("\",\"level\":\"").append(nameOf(level));
    line += "\",\"message\":";
    appendJsonQuoted(line, shown);
    for (const Field& field : fields)
    {
        line += ',';
        appendJsonQuoted(line, field.name);
        line += ':';
        appendValue(line, form, field);
    }
    line += '}';
    return line;
}

} // namespace switchyard::telemetry
