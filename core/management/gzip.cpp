#include "management/gzip.h"

#include "base/text.h"

#include <stdexcept>
#include <zlib.h>

namespace switchyard::management
{

namespace
{

constexpr size_t kWorthIt = 512; // below, the answer fits one packet anyway

bool takesGzip(std::string_view acceptEncoding)
{
    for (std::string_view entry : split(acceptEncoding, ','))
    {
        const size_t semicolon = entry.find(';');
        const std::string_view name = trim(entry.substr(0, semicolon));
        if (!equalsIgnoreCase(name, "gzip") && name != "*") continue;
        if (semicolon == std::string_view::npos) return true;
        const std::string_view quality = trim(entry.substr(semicolon + 1));
        return quality != "q=0" && quality != "q=0.0" && quality != "q=0.00" && quality != "q=0.000";
    }
    return false;
}

std::string gzipped(const std::string& plain)
{
    z_stream stream{};
    constexpr int kGzipWindow = 15 + 16;
    constexpr int kMemory = 8;
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
        throw std::runtime_error("zlib could not be set up");
    std::string packed(deflateBound(&stream, plain.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    const int outcome = deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    if (outcome != Z_STREAM_END) throw std::runtime_error("zlib did not finish");
    return packed;
}

} // namespace

void compress(Response& response, std::string_view acceptEncoding)
{
    if (response.body.size() < kWorthIt || !takesGzip(acceptEncoding)) return;
    response.body = gzipped(response.body);
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.headers.emplace_back("Vary", "Accept-Encoding");
}

} // namespace switchyard::management
