#include "ledger/journal/batch.h"

#include "ledger/journal/varint.h"

#include <algorithm>

namespace switchyard::ledger
{

template <class RecordType>
void Batch::append(const RecordType& record)
{
    const size_t at = payloads_.size();
    putFixed<uint32_t>(payloads_, 0);
    encode(record, payloads_);
    const auto size = static_cast<uint32_t>(payloads_.size() - at - sizeof(uint32_t));
    for (size_t i = 0; i < sizeof(uint32_t); ++i)
        payloads_[at + i] = static_cast<char>(size >> (8 * i));
    ++count_;
}

void Batch::add(const BeginRecord& begin) { append(begin); }

void Batch::add(const ProgressRecord& progress)
{
    if (progress.streams.size() <= kMostStreams) return append(progress);
    for (size_t at = 0; at < progress.streams.size(); at += kMostStreams)
    {
        ProgressRecord part;
        const size_t end = std::min(at + kMostStreams, progress.streams.size());
        part.streams.assign(progress.streams.begin() + static_cast<ptrdiff_t>(at),
                            progress.streams.begin() + static_cast<ptrdiff_t>(end));
        append(part);
    }
}

void Batch::add(const SettleRecord& settle, uint32_t room)
{
    append(settle);
    room_ += room;
}

void Batch::clear() noexcept
{
    payloads_.clear();
    count_ = 0;
    room_ = 0;
    next_ = nullptr;
}

} // namespace switchyard::ledger
