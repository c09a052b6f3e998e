#include "relay/answer_meter.h"

namespace switchyard::relay
{

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
        counter_.feed(waiting_);
        waiting_.clear();
        marks_.clear();
        return;
    }
    size_t passed = 0, accepted = 0;
    while (passed < marks_.size() && marks_[passed].frame < frames)
        accepted = marks_[passed++].end;
    counter_.feed(std::string_view(waiting_).substr(0, accepted));
    waiting_.erase(0, accepted);
    marks_.erase(marks_.begin(), marks_.begin() + static_cast<ptrdiff_t>(passed));
    for (Mark& mark : marks_)
        mark.end -= accepted;
}

int64_t AnswerMeter::tokens() { return static_cast<int64_t>(counter_.count()); }

} // namespace switchyard::relay
