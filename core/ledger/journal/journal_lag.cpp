#include "ledger/journal/journal_lag.h"

namespace switchyard::ledger
{

namespace
{

constexpr uint64_t kMarkBytes = 64 * 1024; // 4 GiB of lag are 65,536 marks
constexpr int64_t kMarkMillis = 1000;

} // namespace

void JournalLag::written(uint64_t through, uint64_t bytes, int64_t wallMillis)
{
    bytes_ += bytes;
    if (!marks_.empty() && marks_.back().bytes < kMarkBytes && wallMillis - marks_.back().wallMillis < kMarkMillis)
    {
        marks_.back().through = through;
        marks_.back().bytes += bytes;
        return;
    }
    marks_.push_back({through, bytes, wallMillis});
}

void JournalLag::applied(uint64_t through)
{
    while (!marks_.empty() && marks_.front().through <= through)
    {
        bytes_ -= marks_.front().bytes;
        marks_.pop_front();
    }
}

std::optional<int64_t> JournalLag::oldest() const noexcept
{
    return marks_.empty() ? std::nullopt : std::optional(marks_.front().wallMillis);
}

} // namespace switchyard::ledger
