// The deadlines of one loop: a timing wheel of intrusive entries.
#pragma once

#include "net/waiter.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace switchyard::net
{

class Deadlines;

/// Something that has a deadline: a stream, a signal, a sleeping coroutine. One object serves all the operations of its
/// owner: moving the deadline later is a plain store, because the wheel looks again when the entry comes up.
class Timed : public Link
{
public:
    /// Sets or moves the deadline; kNever takes it away.
    void set(Deadlines& deadlines, int64_t due) noexcept;
    void clear() noexcept { due_ = kNever; }
    int64_t due() const noexcept { return due_; }

protected:
    Timed() = default;
    virtual ~Timed() = default;
    /// The deadline has passed (and is cleared). May destroy this.
    virtual void expired() noexcept = 0;

private:
    friend class Deadlines;
    int64_t due_ = kNever;
    int64_t slot_ = kNever; // when the wheel looks at this entry; at most due_, unless that was cleared
};

/// Timing wheel: 256 slots of 1 ms, 256 of 256 ms, 64 of 65.5 s; what lies further out is looked at again from the
/// last. Adding and removing cost O(1). [one thread]
class Deadlines
{
public:
    explicit Deadlines(int64_t now) noexcept : now_(now) {}

    void add(Timed& entry, int64_t due) noexcept;
    /// Calls expired() on all that is due at `now`.
    void advance(int64_t now) noexcept;
    /// Milliseconds until the next look is needed, at most `limit`.
    int64_t untilNext(int64_t limit) const noexcept;

private:
    template <size_t N>
    struct Level
    {
        std::array<Link, N> slots;
        std::array<uint64_t, N / 64> used{};
        void mark(size_t slot) noexcept { used[slot / 64] |= uint64_t{1} << (slot % 64); }
        void unmark(size_t slot) noexcept { used[slot / 64] &= ~(uint64_t{1} << (slot % 64)); }
        size_t nextUsed(size_t from) const noexcept; // first used slot >= from, or N
    };

    void collect(Link& slot) noexcept;
    void cascade() noexcept;

    int64_t now_; // everything up to here is done
    Level<256> milliseconds_;
    Level<256> quarters_;
    Level<64> minutes_;
    Link moved_;
};

inline void Timed::set(Deadlines& deadlines, int64_t due) noexcept
{
    due_ = due;
    if (due < slot_) deadlines.add(*this, due);
}

} // namespace switchyard::net
