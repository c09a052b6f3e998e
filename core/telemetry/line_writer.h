// LineWriter: one line of the log, written straight into memory that keeps its room.
#pragma once

#include "telemetry/field_name.h"

#include <charconv>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace switchyard::telemetry
{

enum class Level
{
    debug,
    info,
    warning,
    error
};

/// `key=value` pairs for people, or one JSON object a line for machines.
enum class LineForm
{
    text,
    json
};

/// A line as line.h describes it, without its end, field after field. A value whose name is that of a secret, and
/// anything that looks like a key, is written as `***`.
class LineWriter
{
public:
    /// `room` is memory to write to: what stands in it is lost, what it has grown to is kept for the next line.
    LineWriter(std::string& room, LineForm form, Level level, int64_t unixMillis, std::string_view message);
    LineWriter(const LineWriter&) = delete;
    LineWriter& operator=(const LineWriter&) = delete;

    void add(FieldName name, std::string_view value)
    {
        begin(name);
        if (name.secret)
            text("***");
        else
            guarded(value);
    }
    void add(FieldName name, const std::string& value) { add(name, std::string_view(value)); }
    void add(FieldName name, const char* value) { add(name, std::string_view(value)); }
    template <class T>
        requires std::integral<T> && (!std::same_as<T, bool>)
    void add(FieldName name, T value)
    {
        begin(name);
        if (name.secret) return text("***");
        used_ = static_cast<size_t>(std::to_chars(at(), at() + kNumber, value).ptr - room_.data());
    }
    template <std::same_as<bool> T>
    void add(FieldName name, T value)
    {
        begin(name);
        if (name.secret) return text("***");
        put(value ? std::string_view("true") : std::string_view("false"));
    }
    void add(FieldName name, double value);

    /// The line so far, with what ends it; nothing can be added afterwards. Valid as long as the room is left alone.
    std::string_view finish(std::string_view end = {});

private:
    static constexpr size_t kNumber = 32; // characters of the longest

    char* at() noexcept { return room_.data() + used_; }
    void reserve(size_t more)
    {
        if (room_.size() - used_ < more) grow(more);
    }
    void put(std::string_view bytes) noexcept // into what was reserved
    {
        if (bytes.empty()) return; // which may have no address
        std::memcpy(at(), bytes.data(), bytes.size());
        used_ += bytes.size();
    }
    void begin(FieldName name)
    {
        reserve(name.text.size() + 4 + kNumber);
        const bool json = form_ == LineForm::json;
        put(json ? std::string_view(",\"") : std::string_view(" "));
        put(name.text);
        put(json ? std::string_view("\":") : std::string_view("="));
    }
    void grow(size_t more);
    void guarded(std::string_view value);
    void text(std::string_view value);
    void text(std::string_view value, unsigned traits);
    void time(int64_t unixMillis);

    std::string& room_;
    size_t used_ = 0;
    LineForm form_;
};

} // namespace switchyard::telemetry
