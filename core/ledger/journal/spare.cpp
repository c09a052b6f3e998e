#include "ledger/journal/spare.h"

#include <algorithm>
#include <cerrno>

namespace switchyard::ledger
{

namespace
{

constexpr std::string_view kPrefix = "spare-";
// So much is allocated and synced in one go: a sync of the journal that comes at the same time waits behind no more.
constexpr uint64_t kSlice = 4 * 1024 * 1024;

} // namespace

Result<Done, DiskError> SpareMaker::fill(DiskFile& file, uint64_t size, const std::atomic<bool>& cancelled)
{
    for (uint64_t filled = 0; filled < size;)
    {
        if (cancelled.load(std::memory_order_relaxed)) return failure(DiskError{ECANCELED, "the journal stops"});
        filled = std::min(filled + kSlice, size);
        if (auto allocated = file.allocate(filled); !allocated) return allocated;
    }
    return Done{};
}

Result<Spare, DiskError> SpareMaker::make(uint64_t size, const std::atomic<bool>& cancelled)
{
    Spare spare;
    spare.name = std::string(kPrefix) + std::to_string(made_.fetch_add(1, std::memory_order_relaxed));
    spare.size = size;
    auto file = disk_.create(spare.name);
    if (!file) return failure(file.error());
    spare.file = std::move(*file);
    auto filled = fill(*spare.file, size, cancelled);
    if (filled) return spare;
    spare.file.reset();
    // The error that is told is the first one; what cannot be removed now is removed by the next start.
    static_cast<void>(disk_.remove(spare.name));
    return failure(filled.error());
}

Result<Done, DiskError> SpareMaker::removeLeftOver()
{
    auto names = disk_.list();
    if (!names) return failure(names.error());
    for (const std::string& name : *names)
        if (name.starts_with(kPrefix))
            if (auto removed = disk_.remove(name); !removed) return removed;
    return Done{};
}

} // namespace switchyard::ledger
