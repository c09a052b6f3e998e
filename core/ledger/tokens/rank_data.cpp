#include "ledger/tokens/rank_data.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <zlib.h>

// RANKS_FOLDER comes from CMakeLists.txt. Read-only data: pages that nobody counts with are never loaded.
#define EMBED(symbol, file)                                                                                            \
    __asm__(".pushsection .rodata\n"                                                                                   \
            ".balign 4\n" #symbol ":\n"                                                                                \
            ".incbin \"" RANKS_FOLDER "/" file "\"\n" #symbol "_end:\n"                                                \
            ".popsection\n");                                                                                          \
    extern "C" __attribute__((visibility("hidden"))) const unsigned char symbol[];                                     \
    extern "C" __attribute__((visibility("hidden"))) const unsigned char symbol##_end[]

EMBED(switchyard_ranks_cl100k, "cl100k_base.ranks");
EMBED(switchyard_ranks_o200k, "o200k_base.ranks");
EMBED(switchyard_ranks_r50k, "r50k_base.ranks");

namespace switchyard::ledger
{

namespace
{

std::span<const unsigned char> packed(Encoding encoding)
{
    switch (encoding)
    {
    case Encoding::cl100k: return {switchyard_ranks_cl100k, switchyard_ranks_cl100k_end};
    case Encoding::o200k: return {switchyard_ranks_o200k, switchyard_ranks_o200k_end};
    case Encoding::p50k:
    case Encoding::r50k: break;
    }
    return {switchyard_ranks_r50k, switchyard_ranks_r50k_end};
}

[[noreturn]] void damaged(Encoding encoding)
{
    std::fprintf(stderr, "switchyard: the table of %.*s inside this program is damaged\n",
                 static_cast<int>(nameOf(encoding).size()), nameOf(encoding).data());
    std::abort();
}

/// What p50k adds to r50k: nothing at rank 50256 (the end-of-text token), then the runs of 2 to 25 blanks.
void addRunsOfBlanks(RankTable& table)
{
    table.lengths.push_back(0);
    for (uint8_t n = 2; n <= 25; ++n)
    {
        table.lengths.push_back(n);
        table.bytes.insert(table.bytes.end(), n, ' ');
    }
    table.nodes += 24;
}

} // namespace

RankTable unpackRanks(Encoding encoding)
{
    const std::span<const unsigned char> data = packed(encoding);
    struct Head
    {
        uint32_t tokens, bytes, nodes; // little-endian, as every machine that this is built for
    } head;
    if (data.size() < sizeof head) damaged(encoding);
    std::memcpy(&head, data.data(), sizeof head);

    RankTable table;
    table.nodes = head.nodes;
    table.lengths.resize(head.tokens);
    table.bytes.resize(head.bytes);
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK) damaged(encoding);
    stream.next_in = const_cast<unsigned char*>(data.data() + sizeof head);
    stream.avail_in = static_cast<uInt>(data.size() - sizeof head);
    stream.next_out = table.lengths.data();
    stream.avail_out = head.tokens;
    int status = inflate(&stream, Z_SYNC_FLUSH);
    stream.next_out = table.bytes.data();
    stream.avail_out = head.bytes;
    if (status == Z_OK) status = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    if (status != Z_STREAM_END || stream.avail_out != 0) damaged(encoding);
    if (encoding == Encoding::p50k) addRunsOfBlanks(table);
    return table;
}

} // namespace switchyard::ledger
