#include "ledger/journal/segment_list.h"

#include <algorithm>

namespace switchyard::ledger
{

namespace
{

Result<SegmentFile, DiskError> segmentFile(Disk& disk, const std::string& name, const SegmentName& parsed)
{
    auto file = disk.open(name, false);
    if (!file) return failure(file.error());
    auto size = (*file)->size();
    if (!size) return failure(size.error());
    auto bytes = (*file)->read(0, kHeadBytes);
    if (!bytes) return failure(bytes.error());

    SegmentFile segment;
    segment.name = name;
    segment.fileSize = *size;
    const auto head = headIn(*bytes);
    if (head && head->ordinal == parsed.ordinal && head->first == parsed.first)
    {
        segment.head = *head;
        return segment;
    }
    segment.trouble = head ? "its head is that of another file" : "its head cannot be read";
    segment.head.ordinal = parsed.ordinal;
    segment.head.first = parsed.first;
    segment.head.follows = parsed.first == 0 ? 0 : parsed.first - 1;
    segment.head.size = *size;
    return segment;
}

} // namespace

Result<std::vector<SegmentFile>, DiskError> listSegments(Disk& disk)
{
    auto names = disk.list();
    if (!names) return failure(names.error());
    std::vector<SegmentFile> segments;
    for (const std::string& name : *names)
    {
        const auto parsed = parsedSegmentName(name);
        if (!parsed) continue;
        auto segment = segmentFile(disk, name, *parsed);
        if (!segment) return failure(segment.error());
        segments.push_back(std::move(*segment));
    }
    std::stable_sort(segments.begin(), segments.end(), [](const SegmentFile& a, const SegmentFile& b)
                     { return a.head.ordinal < b.head.ordinal; });
    std::string journalId;
    for (size_t i = 0; i < segments.size(); ++i)
    {
        SegmentFile& segment = segments[i];
        if (i + 1 < segments.size()) segment.limit = segments[i + 1].head.follows + 1;
        if (!segment.trouble.empty()) continue;
        if (journalId.empty()) journalId = segment.head.journalId;
        if (segment.head.journalId != journalId) segment.trouble = "it belongs to another journal";
    }
    return segments;
}

} // namespace switchyard::ledger
