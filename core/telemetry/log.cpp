#include "telemetry/log.h"

#include "base/clock.h"
#include "telemetry/day_file.h"
#include "telemetry/line.h"

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <unistd.h>
#include <vector>

namespace switchyard::telemetry
{

namespace
{

struct Line
{
    Level level;
    std::string text; ///< with its line end
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

    void add(Level level, std::string text)
    {
        {
            std::lock_guard lock(mutex_);
            if (queue_.size() >= limit_)
            {
                ++dropped_;
                return;
            }
            queue_.push_back({level, std::move(text)});
            ++added_;
            if (queue_.size() > 1) return; // the writer has been told already
        }
        wake_.notify_one();
    }

    void flush()
    {
        std::unique_lock lock(mutex_);
        const uint64_t all = added_;
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
        std::vector<Line> batch;
        std::unique_lock lock(mutex_);
        for (;;)
        {
            wake_.wait(lock, [&] { return stopping_ || reopen_ || !queue_.empty(); });
            if (std::exchange(reopen_, false)) file_.reopen();
            if (queue_.empty() && stopping_) return;
            batch.swap(queue_);
            const uint64_t lost = dropped_ - std::exchange(reported_, dropped_);
            lock.unlock();
            write(batch, lost);
            lock.lock();
            written_ += batch.size();
            batch.clear();
            flushed_.notify_all();
        }
    }

    void write(const std::vector<Line>& batch, uint64_t lost)
    {
        std::string out, err, all;
        for (const Line& line : batch)
        {
            all += line.text;
            (line.level >= Level::warning ? err : out) += line.text;
        }
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
    std::vector<Line> queue_;
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

void Logger::log(Level level, std::string_view message, std::initializer_list<Field> fields)
{
    if (!enabled(level)) return;
    writer_->add(level, formatLine(form_, level, unixMillis(), message, fields) + "\n");
}

void Logger::flush() { writer_->flush(); }

uint64_t Logger::dropped() const noexcept { return writer_->dropped(); }

void Logger::reopen() { writer_->reopen(); }

} // namespace switchyard::telemetry
