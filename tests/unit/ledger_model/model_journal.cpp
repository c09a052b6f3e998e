#include "model_journal.h"

#include "disk_journal.h"

#include <algorithm>
#include <map>

namespace ledger_model
{

using namespace switchyard::ledger;

void MemoryJournal::append(const Record& record) { records_.push_back({records_.size() + 1, 0, record}); }

Recovery MemoryJournal::restart()
{
    Recovery found;
    found.journalId = id();
    found.last = records_.size();
    std::map<uint64_t, OpenRequest> open;
    for (const Numbered& numbered : records_)
    {
        if (const auto* begin = std::get_if<BeginRecord>(&numbered.record))
            open[begin->ticket] = {*begin, 0, 0, numbered.sequence};
        else if (const auto* progress = std::get_if<ProgressRecord>(&numbered.record))
        {
            for (const auto& stream : progress->streams)
                if (const auto at = open.find(stream.ticket); at != open.end()) at->second.completionTokens = stream.completionTokens;
        }
        else if (const auto* settle = std::get_if<SettleRecord>(&numbered.record))
            open.erase(settle->ticket);
    }
    for (auto& [ticket, request] : open)
        found.open.push_back(std::move(request));
    return found;
}

std::unique_ptr<ModelJournal> makeJournal(bool onDisk)
{
    if (onDisk) return std::make_unique<DiskJournal>();
    return std::make_unique<MemoryJournal>();
}

} // namespace ledger_model
