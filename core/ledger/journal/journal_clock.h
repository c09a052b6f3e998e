// The seam between the journal and time: a test's stands still, jumps, or runs as told.
#pragma once

#include <cstdint>

namespace switchyard::ledger
{

class JournalClock
{
public:
    virtual ~JournalClock() = default;
    virtual int64_t wallMillis() noexcept = 0; ///< since the Unix epoch; may step: it is only shown and compared in days
    virtual int64_t bootMillis() noexcept = 0; ///< CLOCK_BOOTTIME: for durations
};

/// The machine's.
class SystemClock final : public JournalClock
{
public:
    int64_t wallMillis() noexcept override;
    int64_t bootMillis() noexcept override;
};

} // namespace switchyard::ledger
