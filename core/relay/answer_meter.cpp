#include "relay/answer_meter.h"

namespace switchyard::relay
{

namespace
{

// Counting in larger pieces is cheaper; this much waits in the memory of each stream.
constexpr size_t kCountFrom = 512;

} // namespace

void AnswerMeter::told(uint64_t frame, std::string_view text)
{
    if (text.empty()) return;
    any_ = true;
    waiting_.append(text);
    if (!marks_.empty() && marks_.back().frame == frame)
        marks_.back().end = waiting_.size();
    else
        marks_.push_back({frame, waiting_.size()});
}

void AnswerMeter::delivered(uint64_t frames)
{
    if (marks_.empty()) return;
    if (marks_.back().frame < frames) // the usual case
    {
        accepted_ = waiting_.size();
        marks_.clear();
    }
    else
    {
        size_t passed = 0;
        while (passed < marks_.size() && marks_[passed].frame < frames)
            accepted_ = marks_[passed++].end;
        marks_.erase(marks_.begin(), marks_.begin() + static_cast<ptrdiff_t>(passed));
    }
    if (accepted_ >= kCountFrom) count();
}

void AnswerMeter::count()
{
    counter_.feed(std::string_view(waiting_).substr(0, accepted_));
    waiting_.erase(0, accepted_);
    for (Mark& mark : marks_)
        mark.end -= accepted_;
    accepted_ = 0;
    counted_ = static_cast<int64_t>(counter_.count());
    if (waiting_.empty() && waiting_.capacity() > 4 * kCountFrom) std::string().swap(waiting_);
}

int64_t AnswerMeter::tokens()
{
    if (accepted_ > 0) count();
    return counted_;
}

} // namespace switchyard::relay
