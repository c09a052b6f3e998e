#include "net/inflate.h"

#include <algorithm>
#include <climits>
#include <zlib.h>

namespace switchyard::net
{

namespace
{

constexpr int kGzip = 15 + 16;
constexpr int kZlib = 15;
constexpr int kRaw = -15;

} // namespace

struct Inflater::State
{
    z_stream stream{};
    bool made = false;
};

Inflater::Inflater(Encoding encoding) : state_(std::make_unique<State>()), encoding_(encoding) {}

Inflater::~Inflater()
{
    if (state_->made) inflateEnd(&state_->stream);
}

Inflater::Progress Inflater::run(std::string_view input, char* out, size_t room)
{
    z_stream& stream = state_->stream;
    Progress progress;
    if (!state_->made)
    {
        if (input.empty()) return progress;
        int bits = kGzip;
        // zlib's form begins with method 8 in the low half byte and a window up to 32 KiB in the high one (RFC 1950).
        // Some servers send the raw form under the same name.
        if (encoding_ == Encoding::deflate)
        {
            const auto first = static_cast<unsigned char>(input[0]);
            bits = (first & 0x0F) == 8 && (first >> 4) <= 7 ? kZlib : kRaw;
        }
        if (inflateInit2(&stream, bits) != Z_OK) return progress.failed = true, progress;
        state_->made = true;
    }
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream.avail_in = static_cast<uInt>(std::min<size_t>(input.size(), UINT_MAX));
    stream.next_out = reinterpret_cast<Bytef*>(out);
    stream.avail_out = static_cast<uInt>(std::min<size_t>(room, UINT_MAX));
    const uInt had = stream.avail_in;
    const uInt mayFill = stream.avail_out;
    while (stream.avail_out > 0)
    {
        if (complete_)
        {
            if (stream.avail_in == 0) break;
            // Another member may follow in gzip; anything else is rubbish behind the end.
            if (encoding_ != Encoding::gzip || inflateReset(&stream) != Z_OK)
            {
                progress.failed = true;
                break;
            }
            complete_ = false;
        }
        const int result = inflate(&stream, Z_NO_FLUSH);
        if (result == Z_STREAM_END)
            complete_ = true;
        else if (result == Z_BUF_ERROR)
            break; // wants more input
        else if (result != Z_OK)
        {
            progress.failed = true;
            break;
        }
    }
    progress.consumed = had - stream.avail_in;
    progress.produced = mayFill - stream.avail_out;
    stream.next_in = nullptr;
    stream.avail_in = 0;
    return progress;
}

} // namespace switchyard::net
