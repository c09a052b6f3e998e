// Inflater: gzip and deflate bodies, piece by piece.
#pragma once

#include "net/head.h"

#include <cstddef>
#include <memory>
#include <string_view>

namespace switchyard::net
{

/// Wraps zlib. Several gzip members in a row are one body (RFC 1952 2.2); bytes behind the last are an error.
class Inflater
{
public:
    /// `encoding`: gzip or deflate; for deflate zlib's form and the raw one are told apart by the first bytes.
    explicit Inflater(Encoding encoding);
    ~Inflater();
    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    struct Progress
    {
        size_t consumed = 0;
        size_t produced = 0;
        bool failed = false; ///< the data is broken, or memory is out
    };
    /// Fills at most `room` bytes. More may be produced without new input when `room` was filled.
    Progress run(std::string_view input, char* out, size_t room);
    /// The compressed stream has come to its proper end.
    bool complete() const noexcept { return complete_; }

private:
    struct State;
    std::unique_ptr<State> state_;
    Encoding encoding_;
    bool complete_ = false;
};

} // namespace switchyard::net
