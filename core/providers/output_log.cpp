#include "providers/output_log.h"

#include "base/text.h"
#include "providers/abi_view.h"

#include <cstring>
#include <vector>

namespace switchyard::providers
{

namespace
{

enum class Kind : uint32_t
{
    delta,
    answerHead,
    emit,
    usage
};

// Each entry is a Head, then whatever its kind says, then its texts, each as an uint64_t size and the bytes.
struct Head
{
    Kind kind;
    uint32_t first;  // delta: kind; answer head: status; usage: flags
    uint32_t second; // delta: choice; answer head and usage: count
    uint32_t third;  // delta: block
};

constexpr size_t kKeptCapacity = 1024;

void put(std::string& to, const void* from, size_t size) { to.append(static_cast<const char*>(from), size); }

void putText(std::string& to, swy_given_t given)
{
    const std::string_view text = viewOf(given);
    const uint64_t size = text.size();
    put(to, &size, sizeof(size));
    to.append(text);
}

void putLowerText(std::string& to, swy_given_t given)
{
    putText(to, given);
    for (size_t i = to.size() - viewOf(given).size(); i < to.size(); ++i)
        to[i] = lowerAscii(to[i]);
}

/// Reads entries back. The log was written by this file, so nothing needs to be doubted.
class Cursor
{
public:
    explicit Cursor(std::string_view bytes) : rest_(bytes) {}
    bool atEnd() const { return rest_.empty(); }
    template <class T>
    T value()
    {
        T value;
        std::memcpy(&value, rest_.data(), sizeof(T));
        rest_.remove_prefix(sizeof(T));
        return value;
    }
    std::string_view text()
    {
        const auto size = static_cast<size_t>(value<uint64_t>());
        const std::string_view text = rest_.substr(0, size);
        rest_.remove_prefix(size);
        return text;
    }

private:
    std::string_view rest_;
};

const Failure* replayDelta(const Head& head, Cursor& from, AnswerSink& sink)
{
    Delta delta;
    delta.kind = head.first;
    delta.choice = head.second;
    delta.block = head.third;
    delta.text = from.text();
    delta.id = from.text();
    delta.name = from.text();
    delta.extra = from.text();
    return sink.delta(delta);
}

const Failure* replayAnswerHead(const Head& head, Cursor& from, AnswerSink& sink)
{
    std::vector<HeaderView> headers(head.second);
    for (HeaderView& header : headers)
    {
        header.name = from.text();
        header.value = from.text();
    }
    return sink.answerHead(static_cast<int>(head.first), headers);
}

void replayUsage(const Head& head, Cursor& from, AnswerSink& sink)
{
    std::vector<Count> counts(head.second);
    for (Count& count : counts)
    {
        count.amount = from.value<int64_t>();
        count.unit = from.text();
    }
    sink.usage(counts, (head.first & SWY_USAGE_FINAL) != 0);
}

} // namespace

void OutputLog::delta(const swy_delta_t& piece)
{
    const Head head{Kind::delta, piece.kind, piece.choice, piece.block};
    put(bytes_, &head, sizeof(head));
    putText(bytes_, piece.text);
    putText(bytes_, piece.id);
    putText(bytes_, piece.name);
    putText(bytes_, piece.extra);
}

void OutputLog::answerHead(const swy_answer_head_t& answer)
{
    const Head head{Kind::answerHead, answer.status, answer.header_count, 0};
    put(bytes_, &head, sizeof(head));
    for (uint32_t i = 0; i < answer.header_count; ++i)
    {
        putLowerText(bytes_, answer.headers[i].name);
        putText(bytes_, answer.headers[i].value);
    }
}

void OutputLog::emit(std::string_view bytes)
{
    beginEmit(bytes.size());
    append(bytes);
}

void OutputLog::beginEmit(size_t size)
{
    const Head head{Kind::emit, 0, 0, 0};
    const uint64_t length = size;
    put(bytes_, &head, sizeof(head));
    put(bytes_, &length, sizeof(length));
}

void OutputLog::usage(const swy_usage_t& usage)
{
    const Head head{Kind::usage, usage.flags, usage.count_count, 0};
    put(bytes_, &head, sizeof(head));
    for (uint32_t i = 0; i < usage.count_count; ++i)
    {
        put(bytes_, &usage.counts[i].amount, sizeof(int64_t));
        putText(bytes_, usage.counts[i].unit);
    }
}

const Failure* OutputLog::replay(AnswerSink& sink) const
{
    const Failure* failed = nullptr;
    for (Cursor from(bytes_); !failed && !from.atEnd();)
    {
        const auto head = from.value<Head>();
        switch (head.kind)
        {
        case Kind::delta:
            failed = replayDelta(head, from, sink);
            break;
        case Kind::answerHead:
            failed = replayAnswerHead(head, from, sink);
            break;
        case Kind::emit:
            failed = sink.emit(from.text());
            break;
        case Kind::usage:
            replayUsage(head, from, sink);
            break;
        }
    }
    return failed;
}

void OutputLog::clear() noexcept
{
    if (bytes_.capacity() > kKeptCapacity)
        std::string().swap(bytes_);
    else
        bytes_.clear();
}

} // namespace switchyard::providers
