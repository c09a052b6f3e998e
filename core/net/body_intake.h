// BodyIntake: takes a request body's bytes apart from their framing: decompresses, limits, collects. No I/O.
#pragma once

#include "net/body.h"
#include "net/chunked.h"
#include "net/gate.h"
#include "net/inflate.h"

#include <optional>
#include <string>
#include <string_view>

namespace switchyard::net
{

class BodyIntake
{
public:
    /// `limit` is for the decoded bytes. `directory` must outlive this.
    BodyIntake(Encoding encoding, size_t limit, size_t spillAt, const std::string& directory)
        : builder_(limit, spillAt, directory)
    {
        if (encoding == Encoding::gzip || encoding == Encoding::deflate) inflater_.emplace(encoding);
    }

    /// The size that was announced, of the bytes on the wire.
    Refusal expect(size_t size);
    Refusal add(std::string_view bytes);
    /// Room to read into without a copy; null if the bytes must pass through add().
    char* space(size_t wanted, size_t& room) { return inflater_ ? nullptr : builder_.space(wanted, room); }
    void grown(size_t count) noexcept { builder_.grown(count); }
    Refusal finish(Body& out);

private:
    static Refusal refusalFor(BodyBuilder::Added added) noexcept;
    BodyBuilder builder_;
    std::optional<Inflater> inflater_;
};

} // namespace switchyard::net
