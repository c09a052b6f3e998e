// Fuzz target: a journal whose files are anything at all. The input is cut into the file's frames: a byte of command, then
// bytes. Commands below 128 take so many raw bytes; others write a valid frame, so that the reader gets past the checksum.
#include "ledger/journal/frame.h"
#include "ledger/journal/journal_reader.h"
#include "ledger/journal/journal_repair.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

using namespace switchyard;
using namespace switchyard::ledger;

namespace
{

void require(bool holds, const char* what)
{
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

using Files = std::map<std::string, std::string>;

class MemoryFile final : public DiskFile
{
public:
    explicit MemoryFile(std::string& bytes) : bytes_(bytes) {}
    Result<Done, DiskError> write(uint64_t offset, std::string_view bytes) override
    {
        if (bytes_.size() < offset + bytes.size()) bytes_.resize(offset + bytes.size());
        bytes_.replace(offset, bytes.size(), bytes);
        return Done{};
    }
    Result<std::string, DiskError> read(uint64_t offset, size_t size) override
    {
        return offset < bytes_.size() ? bytes_.substr(offset, size) : std::string();
    }
    Result<Done, DiskError> sync() override { return Done{}; }
    Result<Done, DiskError> allocate(uint64_t size) override
    {
        require(size < (1u << 24), "a head's size is believed only if the file has it");
        if (bytes_.size() < size) bytes_.resize(size);
        return Done{};
    }
    Result<uint64_t, DiskError> size() override { return static_cast<uint64_t>(bytes_.size()); }

private:
    std::string& bytes_;
};

class MemoryDisk final : public Disk
{
public:
    explicit MemoryDisk(Files& files) : files_(files) {}
    Result<std::vector<std::string>, DiskError> list() override
    {
        std::vector<std::string> names;
        for (const auto& [name, bytes] : files_)
            names.push_back(name);
        return names;
    }
    Result<std::unique_ptr<DiskFile>, DiskError> create(const std::string& name) override { return open(name, true); }
    Result<std::unique_ptr<DiskFile>, DiskError> open(const std::string& name, bool) override
    {
        return std::unique_ptr<DiskFile>(std::make_unique<MemoryFile>(files_[name]));
    }
    Result<Done, DiskError> rename(const std::string& from, const std::string& to) override
    {
        files_[to] = files_[from];
        files_.erase(from);
        return Done{};
    }
    Result<Done, DiskError> remove(const std::string& name) override
    {
        files_.erase(name);
        return Done{};
    }
    Result<Done, DiskError> lock() override { return Done{}; }

private:
    Files& files_;
};

const std::string kId(32, 'f');

/// One file of the journal out of the input.
std::string fileOf(std::string_view& input, uint64_t ordinal, uint64_t first, uint64_t follows)
{
    SegmentHead head;
    head.journalId = kId;
    head.ordinal = ordinal;
    head.first = first;
    head.follows = follows;
    head.run = 1;
    head.size = 4096;
    std::string bytes = encodedHead(head);
    uint64_t sequence = first;
    while (!input.empty() && bytes.size() < 4096)
    {
        const auto command = static_cast<unsigned char>(input.front());
        input.remove_prefix(1);
        if (command == 255) break;
        const std::string_view part = input.substr(0, command & 127);
        input.remove_prefix(part.size());
        if (command < 128)
            bytes += part;
        else
            appendFrame(bytes, frameSeed(kId), sequence, sequence - 1, 0, part), ++sequence;
    }
    bytes.resize(std::max<size_t>(bytes.size(), 4096));
    return bytes;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.size() < 2) return 0;
    const uint64_t second = 1 + static_cast<unsigned char>(input[0]) % 8;
    input.remove_prefix(1);
    Files files;
    files[segmentName(1, 1)] = fileOf(input, 1, 1, 0);
    files[segmentName(2, second)] = fileOf(input, 2, second, second - 1);
    MemoryDisk disk(files);

    uint64_t last = 0;
    const auto recovery = readJournal(disk, [&](const Numbered& numbered)
                                      {
                                          require(numbered.sequence > last, "numbers grow");
                                          last = numbered.sequence;
                                          std::string again;
                                          encode(numbered.record, again);
                                          Record back;
                                          require(decode(again, back), "what was read can be written");
                                      });
    require(recovery.ok(), "the disk did not fail");
    require(last <= recovery->last, "nothing behind the end is given");
    require(!recovery->damage || !recovery->torn, "an end is one thing");
    if (!recovery->damage) return 0;
    const auto repaired = repairJournal(disk);
    require(repaired.ok(), repaired.ok() ? "" : repaired.error().what.c_str());
    require(!readJournal(disk)->damage, "a repaired journal is whole");
    return 0;
}
