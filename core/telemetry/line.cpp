#include "telemetry/line.h"

#include "base/text.h"
#include "telemetry/redact.h"

#include <charconv>
#include <cmath>
#include <ctime>

namespace switchyard::telemetry
{

namespace
{

// The calendar part is made once a second and thread.
void appendUtcTime(std::string& line, int64_t unixMillis)
{
    struct Calendar
    {
        int64_t second = -1;
        char text[24];
        size_t length = 0;
    };
    thread_local Calendar calendar;
    const int64_t second = unixMillis / 1000;
    if (second != calendar.second)
    {
        const time_t time = second;
        tm utc{};
        gmtime_r(&time, &utc);
        calendar.length = strftime(calendar.text, sizeof(calendar.text), "%Y-%m-%dT%H:%M:%S", &utc);
        calendar.second = second;
    }
    const auto part = static_cast<unsigned>(unixMillis % 1000);
    const char rest[] = {'.', static_cast<char>('0' + part / 100), static_cast<char>('0' + part / 10 % 10),
                         static_cast<char>('0' + part % 10), 'Z'};
    line.append(calendar.text, calendar.length).append(rest, sizeof(rest));
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
    if (field.name.secret) return appendText(line, form, "***");
    if (const auto* text = std::get_if<std::string_view>(&field.value))
    {
        if (!mayHoldSecret(*text)) return appendText(line, form, *text);
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
std::string oneLine(std::string text)
{
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

void appendLine(std::string& line, LineForm form, Level level, int64_t unixMillis, std::string_view message,
                std::span<const Field> fields)
{
    std::string shown(message);
    redact(shown);
    if (form == LineForm::text)
    {
        appendUtcTime(line, unixMillis);
        line.append(" ").append(nameOf(level)).append(" ").append(oneLine(std::move(shown)));
        for (const Field& field : fields)
        {
            line.append(" ").append(field.name.text).append("=");
            appendValue(line, form, field);
        }
        return;
    }
    line += "{\"time\":\"";
    appendUtcTime(line, unixMillis);
    line.append("\",\"level\":\"").append(nameOf(level)).append("\",\"message\":");
    appendJsonQuoted(line, shown);
    for (const Field& field : fields)
    {
        line += ',';
        appendJsonQuoted(line, field.name.text);
        line += ':';
        appendValue(line, form, field);
    }
    line += '}';
}

std::string formatLine(LineForm form, Level level, int64_t unixMillis, std::string_view message,
                       std::initializer_list<Field> fields)
{
    std::string line;
    appendLine(line, form, level, unixMillis, message, std::span(fields.begin(), fields.size()));
    return line;
}

} // namespace switchyard::telemetry
