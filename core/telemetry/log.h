// The structured log: lines of named values, written by one thread of its own.
#pragma once

#include "telemetry/line_writer.h"

#include <atomic>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace switchyard::telemetry
{

/// One named value of a line. Borrows its texts: it lives no longer than the call that logs it.
class Field
{
public:
    using Value = std::variant<std::string_view, int64_t, uint64_t, double, bool>;

    template <class T>
    Field(FieldName fieldName, const T& fieldValue) : name(fieldName), value(valueOf(fieldValue))
    {
    }

    void writeTo(LineWriter& line) const
    {
        std::visit([&](const auto& v) { line.add(name, v); }, value);
    }

    FieldName name;
    Value value;

private:
    template <class T>
    static Value valueOf(const T& v)
    {
        if constexpr (std::same_as<T, bool>)
            return v;
        else if constexpr (std::floating_point<T>)
            return static_cast<double>(v);
        else if constexpr (std::signed_integral<T>)
            return static_cast<int64_t>(v);
        else if constexpr (std::unsigned_integral<T>)
            return static_cast<uint64_t>(v);
        else
            return std::string_view(v);
    }
};

enum class Console
{
    none,
    split,        ///< debug and info to standard output, the rest to standard error
    standardError ///< all to standard error: standard output is a command's answer
};

struct LogSettings
{
    Level level = Level::info;
    LineForm form = LineForm::text;
    Console console = Console::split;
    std::string directory;    ///< a file a day in here; empty: no file. Created when it is missing
    size_t queueLines = 8192; ///< lines that may wait for the writer; more are dropped, counted and reported
};

/// Collects lines from any thread and hands them to one writer thread: a caller formats its line, takes a short lock
/// and goes on; it never waits for a disk or a terminal. Lines that find the queue full are dropped, and the log says
/// how many. A value whose name is that of a secret, and anything that looks like a key, is written as `***`.
class Logger
{
public:
    explicit Logger(const LogSettings& settings);
    ~Logger(); ///< writes what is queued
    Logger(const Logger&) = delete;
    Logger& operator=(const Logger&) = delete;

    bool enabled(Level level) const noexcept { return level >= level_.load(std::memory_order_relaxed); }
    void setLevel(Level level) noexcept { level_.store(level, std::memory_order_relaxed); }

    /// [any thread] `message` is a constant sentence; what varies goes into fields.
    void log(Level level, std::string_view message, std::span<const Field> fields);
    void log(Level level, std::string_view message, std::initializer_list<Field> fields = {})
    {
        log(level, message, std::span(fields.begin(), fields.size()));
    }
    void debug(std::string_view message, std::initializer_list<Field> fields = {})
    {
        log(Level::debug, message, fields);
    }
    void info(std::string_view message, std::initializer_list<Field> fields = {}) { log(Level::info, message, fields); }
    void warning(std::string_view message, std::initializer_list<Field> fields = {})
    {
        log(Level::warning, message, fields);
    }
    void error(std::string_view message, std::initializer_list<Field> fields = {})
    {
        log(Level::error, message, fields);
    }

    /// [any thread] For lines that are written often: fill(LineWriter&) adds the fields one by one.
    template <class Fill>
    void write(Level level, std::string_view message, Fill&& fill)
    {
        if (!enabled(level)) return;
        LineWriter line(room(), form_, level, nowMillis(), message);
        fill(line);
        submit(level, line.finish("\n"));
    }

    /// [any thread] Returns when everything logged before has been written.
    void flush();
    /// Lines dropped since the start because the queue was full.
    uint64_t dropped() const noexcept;
    /// [any thread] Opens the file anew with the next line (SIGHUP, after an outside rotation).
    void reopen();

private:
    class Writer;
    static std::string& room() noexcept; // this thread's
    static int64_t nowMillis() noexcept;
    void submit(Level level, std::string_view line);

    std::atomic<Level> level_;
    LineForm form_;
    std::unique_ptr<Writer> writer_;
};

} // namespace switchyard::telemetry
