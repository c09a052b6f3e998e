#include "net/deadlines.h"

#include <algorithm>
#include <bit>

namespace switchyard::net
{

template <size_t N>
size_t Deadlines::Level<N>::nextUsed(size_t from) const noexcept
{
    for (size_t word = from / 64; word < used.size(); ++word)
    {
        uint64_t bits = used[word];
        if (word == from / 64) bits &= ~uint64_t{0} << (from % 64);
        if (bits) return word * 64 + static_cast<size_t>(std::countr_zero(bits));
    }
    return N;
}

void Deadlines::add(Timed& entry, int64_t due) noexcept
{
    entry.unlink();
    int64_t at = std::max(due, now_ + 1);
    if (at - now_ < 256)
    {
        const auto slot = static_cast<size_t>(at & 255);
        milliseconds_.mark(slot);
        entry.linkBefore(milliseconds_.slots[slot]);
    }
    else if ((at >> 8) - (now_ >> 8) < 256)
    {
        const auto slot = static_cast<size_t>((at >> 8) & 255);
        quarters_.mark(slot);
        entry.linkBefore(quarters_.slots[slot]);
    }
    else
    {
        const int64_t furthest = (now_ >> 16) + 63;
        if ((at >> 16) > furthest) at = furthest << 16;
        const auto slot = static_cast<size_t>((at >> 16) & 63);
        minutes_.mark(slot);
        entry.linkBefore(minutes_.slots[slot]);
    }
    entry.slot_ = at;
}

// Looks at each entry of a slot whose time has come: it is due, or moves to where its deadline lies by now.
void Deadlines::collect(Link& slot) noexcept
{
    while (slot.linked())
    {
        Link& link = slot.next();
        link.unlink();
        link.linkBefore(moved_);
    }
    while (moved_.linked())
    {
        auto& entry = static_cast<Timed&>(moved_.next());
        entry.unlink();
        entry.slot_ = kNever;
        if (entry.due_ == kNever) continue;
        if (entry.due_ > now_)
        {
            add(entry, entry.due_);
            continue;
        }
        entry.due_ = kNever;
        entry.expired();
    }
}

// At the beginning of a quarter second (now_ is its first millisecond): its entries go to slots of their own.
void Deadlines::cascade() noexcept
{
    if ((now_ & 0xFFFF) == 0)
    {
        const auto slot = static_cast<size_t>((now_ >> 16) & 63);
        minutes_.unmark(slot);
        collect(minutes_.slots[slot]);
    }
    const auto slot = static_cast<size_t>((now_ >> 8) & 255);
    quarters_.unmark(slot);
    collect(quarters_.slots[slot]);
}

void Deadlines::advance(int64_t now) noexcept
{
    while (now_ < now)
    {
        const int64_t next = now_ + 1;
        if ((next & 255) == 0)
        {
            now_ = next;
            cascade();
            milliseconds_.unmark(0);
            collect(milliseconds_.slots[0]);
            continue;
        }
        const size_t slot = milliseconds_.nextUsed(static_cast<size_t>(next & 255));
        if (slot == 256)
        {
            now_ = std::min(now, next | 255);
            continue;
        }
        const int64_t at = (next & ~int64_t{255}) + static_cast<int64_t>(slot);
        if (at > now)
        {
            now_ = now;
            return;
        }
        now_ = at;
        milliseconds_.unmark(slot);
        collect(milliseconds_.slots[slot]);
    }
}

int64_t Deadlines::untilNext(int64_t limit) const noexcept
{
    // For each level: the first used slot behind the current one, going round once.
    auto next = [](const auto& level, int64_t current, int64_t size)
    {
        const int64_t base = current & ~(size - 1);
        const auto n = static_cast<size_t>(size);
        size_t slot = level.nextUsed(static_cast<size_t>(current - base) + 1);
        if (slot < n) return base + static_cast<int64_t>(slot);
        slot = level.nextUsed(0);
        return slot < n ? base + size + static_cast<int64_t>(slot) : kNever;
    };
    int64_t wait = limit;
    if (const int64_t at = next(milliseconds_, now_, 256); at != kNever) wait = std::min(wait, at - now_);
    if (const int64_t at = next(quarters_, now_ >> 8, 256); at != kNever) wait = std::min(wait, (at << 8) - now_);
    if (const int64_t at = next(minutes_, now_ >> 16, 64); at != kNever) wait = std::min(wait, (at << 16) - now_);
    return std::max<int64_t>(wait, 0);
}

} // namespace switchyard::net
