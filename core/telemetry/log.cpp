#include "telemetry/log.h"

#include "base/clock.h"
#include "telemetry/day_file.h"
#include "telemetry/line.h"

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <unistd.h>

namespace switchyard::telemetry
{

namespace
{

// How long the writer lets lines gather: a wake-up and a write for many lines, not for each. What is urgent does not wait.
constexpr std::chrono::milliseconds kGather{20};

// Lines that wait, in their order, as they go to the file and to the console.
struct Pending
{
    std::string all;
    std::string toOutput;
    std::string toError;
    size_t lines = 0;
};

// A terminal or pipe that is gone must not stop the gateway: what cannot be written is given up.
void writeAll(int descriptor, std::string_view text) noexcept
{
    while (!text.empty())
    {
        const ssize_t wrote = write(descriptor, text.data(), text.size());
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return;
        text.remove_prefix(static_cast<size_t>(wrote));
    }
}

} // namespace

class Logger::Writer
{
public:
    explicit Writer(const LogSettings& settings)
        : console_(settings.console), form_(settings.form), limit_(settings.queueLines), file_(settings.directory),
          thread_([this] { run(); })
    {
    }

    ~Writer()
    {
        {
            std::lock_guard lock(mutex_);
            stopping_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }

    void add(Level level, std::string_view text)
    {
        const bool urgent = level >= Level::warning;
        bool first = false;
        {
            std::lock_guard lock(mutex_);
            if (pending_.lines >= limit_)
            {
                ++dropped_;
                return;
            }
            first = pending_.lines++ == 0;
            pending_.all += text;
            if (console_ == Console::split) (urgent ? pending_.toError : pending_.toOutput) += text;
            ++added_;
            urgent_ = urgent_ || urgent;
        }
        // The writer sleeps without a limit only while there is nothing; later lines find it awake or soon to be.
        if (first || urgent) wake_.notify_one();
    }

    void flush()
    {
        std::unique_lock lock(mutex_);
        const uint64_t all = added_;
        urgent_ = true;
        wake_.notify_one();
        flushed_.wait(lock, [&] { return written_ >= all; });
    }

    uint64_t dropped() const
    {
        std::lock_guard lock(mutex_);
        return dropped_;
    }

    void reopen()
    {
        {
            std::lock_guard lock(mutex_);
            reopen_ = true;
        }
        wake_.notify_one();
    }

private:
    void run()
    {
        Pending batch;
        std::unique_lock lock(mutex_);
        for (;;)
        {
            wake_.wait(lock, [&] { return stopping_ || reopen_ || pending_.lines > 0; });
            wake_.wait_for(lock, kGather, [&] { return stopping_ || reopen_ || urgent_; });
            if (std::exchange(reopen_, false)) file_.reopen();
            if (pending_.lines == 0 && stopping_) return;
            std::swap(batch, pending_);
            urgent_ = false;
            const uint64_t lost = dropped_ - std::exchange(reported_, dropped_);
            lock.unlock();
            write(batch.all, batch.toOutput, batch.toError, lost);
            lock.lock();
            written_ += batch.lines;
            batch.lines = 0;
            batch.all.clear(); // they keep their room for the next round
            batch.toOutput.clear();
            batch.toError.clear();
            flushed_.notify_all();
        }
    }

    void write(std::string& all, const std::string& out, std::string& err, uint64_t lost)
    {
        if (lost > 0)
        {
            const std::string notice = formatLine(form_, Level::warning, unixMillis(),
                                                  "log lines dropped: the queue was full", {{"lines", lost}}) +
                                       "\n";
            all += notice;
            err += notice;
        }
        const std::string trouble = file_.append(all, unixMillis() / 1000);
        if (console_ == Console::split) writeAll(STDOUT_FILENO, out);
        if (console_ == Console::standardError) err = all;
        if (!trouble.empty()) err += formatLine(form_, Level::error, unixMillis(), trouble, {}) + "\n";
        if (console_ != Console::none || !trouble.empty()) writeAll(STDERR_FILENO, err);
    }

    const Console console_;
    const LineForm form_;
    const size_t limit_;
    DayFile file_; ///< the writer thread's alone
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::condition_variable flushed_;
    Pending pending_;
    bool urgent_ = false; ///< somebody waits, or should see it now
    uint64_t dropped_ = 0;
    uint64_t reported_ = 0;
    uint64_t added_ = 0;
    uint64_t written_ = 0;
    bool stopping_ = false;
    bool reopen_ = false;
    std::thread thread_; ///< last: it uses everything above
};

Logger::Logger(const LogSettings& settings)
    : level_(settings.level), form_(settings.form), writer_(std::make_unique<Writer>(settings))
{
}

Logger::~Logger() = default;

void Logger::log(Level level, std::string_view message, std::span<const Field> fields)
{
    write(level, message, [&](LineWriter& line) {
        for (const Field& field : fields)
            field.writeTo(line);
    });
}

std::string& Logger::room() noexcept
{
    thread_local std::string line; // keeps its room
    return line;
}

int64_t Logger::nowMillis() noexcept { return unixMillis(); }

void Logger::submit(Level level, std::string_view line) { writer_->add(level, line); }

void Logger::flush() { writer_->flush(); }

uint64_t Logger::dropped() const noexcept { return writer_->dropped(); }

void Logger::reopen() { writer_->reopen(); }

} // namespace switchyard::telemetry
