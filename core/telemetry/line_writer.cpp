#include "telemetry/line_writer.h"

#include "base/text.h"
#include "telemetry/line.h"
#include "telemetry/redact.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

namespace switchyard::telemetry
{

namespace
{

constexpr size_t kFirstRoom = 1024;

// What the bytes of a value say together: all of it is found in one pass.
enum Trait : uint8_t
{
    kQuoted = 1,  // the text form must put it in quotes
    kEscaped = 2, // inside quotes it is not itself, or may not be
    kS = 4,       // the letters that every mark of a secret has: "sk-", "Bearer "
    kK = 8,
    kDash = 16,
    kB = 32,
    kBlank = 64
};

constexpr std::array<uint8_t, 256> kTraits = [] {
    std::array<uint8_t, 256> traits{};
    for (size_t i = 0; i < traits.size(); ++i)
    {
        const bool special = i < 0x20 || i == '"' || i == '\\';
        if (special || i == ' ' || i == '=' || i == 0x7F) traits[i] |= kQuoted;
        if (special || i >= 0x80) traits[i] |= kEscaped;
    }
    traits['s'] |= kS;
    traits['k'] |= kK;
    traits['-'] |= kDash;
    traits['B'] |= kB;
    traits[' '] |= kBlank;
    return traits;
}();

unsigned traitsOf(std::string_view value) noexcept
{
    unsigned all = 0;
    const char* p = value.data();
    size_t left = value.size();
    const auto at = [&](size_t i) { return kTraits[static_cast<unsigned char>(p[i])]; };
    for (; left >= 4; left -= 4, p += 4)
        all |= static_cast<unsigned>(at(0) | at(1) | at(2) | at(3));
    for (; left > 0; --left, ++p)
        all |= at(0);
    return all;
}

// A message stands unquoted in the text form: what would break the line becomes a blank.
std::string oneLine(std::string text)
{
    for (char& c : text)
        if (static_cast<unsigned char>(c) < ' ') c = ' ';
    return text;
}

} // namespace

void LineWriter::grow(size_t more)
{
    room_.resize(std::max({kFirstRoom, room_.size() * 2, used_ + more}));
    room_.resize(room_.capacity());
}

// The calendar part is made once a second and thread.
void LineWriter::time(int64_t unixMillis)
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
    reserve(sizeof(calendar.text) + sizeof(rest));
    put({calendar.text, calendar.length});
    put({rest, sizeof(rest)});
}

LineWriter::LineWriter(std::string& room, LineForm form, Level level, int64_t unixMillis, std::string_view message)
    : room_(room), form_(form)
{
    std::string changed;
    if (mayHoldSecret(message))
    {
        redact(changed = message);
        message = changed;
    }
    if (form == LineForm::json)
    {
        reserve(kNumber);
        put("{\"time\":\"");
        time(unixMillis);
        reserve(kNumber);
        put("\",\"level\":\"");
        put(nameOf(level));
        put("\",\"message\":");
        text(message);
        return;
    }
    if (traitsOf(message) & kEscaped) message = changed = oneLine(std::string(message));
    time(unixMillis);
    reserve(message.size() + kNumber);
    put(" ");
    put(nameOf(level));
    put(" ");
    put(message);
}

void LineWriter::add(FieldName name, double value)
{
    begin(name);
    if (name.secret) return text("***");
    if (std::isfinite(value))
        used_ = static_cast<size_t>(std::to_chars(at(), at() + kNumber, value).ptr - room_.data());
    else
        put("null"); // JSON has no infinity
}

void LineWriter::guarded(std::string_view value)
{
    const unsigned traits = traitsOf(value);
    constexpr unsigned kKeyMark = kS | kK | kDash;
    constexpr unsigned kBearerMark = kB | kBlank;
    const bool marked = (traits & kKeyMark) == kKeyMark || (traits & kBearerMark) == kBearerMark;
    if (!marked || !mayHoldSecret(value)) return text(value, traits);
    std::string shown(value);
    redact(shown);
    text(shown);
}

void LineWriter::text(std::string_view value) { text(value, traitsOf(value)); }

void LineWriter::text(std::string_view value, unsigned traits)
{
    const bool quoted = form_ == LineForm::json || value.empty() || (traits & kQuoted);
    if (quoted && (traits & kEscaped))
    {
        const std::string escaped = jsonQuoted(value);
        reserve(escaped.size());
        return put(escaped);
    }
    reserve(value.size() + 2);
    if (quoted) put("\"");
    put(value);
    if (quoted) put("\"");
}

std::string_view LineWriter::finish(std::string_view end)
{
    reserve(end.size() + 1);
    if (form_ == LineForm::json) put("}");
    put(end);
    return {room_.data(), used_};
}

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

} // namespace switchyard::telemetry
