#include "relay/answer_reading.h"

#include "base/text.h"
#include "relay/forwarder.h"

#include <cstring>
#include <initializer_list>
#if defined(__SSE2__)
#include <bit>
#include <emmintrin.h>
#endif

namespace switchyard::relay
{

namespace
{

using sdk::JsonMember;
using sdk::JsonView;

constexpr int64_t kMaxCount = 1000000000; // ledger.md 3

bool isEmptyValue(const JsonView& value)
{
    if (!value || value.isNull()) return true;
    if (value.isString()) return value.inside().empty();
    if (value.isArray()) return !value.at(0);
    if (value.isObject()) return !(value.members().begin() != value.members().end());
    return false;
}

/// A count of a usage object and where it belongs. Of two names for one slot the one told first in the table wins.
struct CountName
{
    std::string_view object; ///< "" for the usage object itself
    std::string_view name;
    size_t slot;
};

enum Slot : size_t
{
    kPrompt,
    kInput,
    kCompletion,
    kOutput,
    kTotal,
    kCached,
    kCacheHit,
    kNumCached,
    kCacheWrite,
    kAudioIn,
    kReasoning,
    kAudioOut,
    kSlots
};

constexpr CountName kCountNames[] = {
    {"", "prompt_tokens", kPrompt},
    {"", "completion_tokens", kCompletion},
    {"", "total_tokens", kTotal},
    {"", "input_tokens", kInput},
    {"", "output_tokens", kOutput},
    {"", "prompt_cache_hit_tokens", kCacheHit}, // DeepSeek
    {"", "num_cached_tokens", kNumCached},      // Mistral
    {"prompt_tokens_details", "cached_tokens", kCached},
    {"prompt_tokens_details", "cache_write_tokens", kCacheWrite},
    {"prompt_tokens_details", "audio_tokens", kAudioIn},
    {"completion_tokens_details", "reasoning_tokens", kReasoning},
    {"completion_tokens_details", "audio_tokens", kAudioOut},
};

/// Reads the counts of one usage object in one pass.
class CountReader
{
public:
    explicit CountReader(const JsonView& usage) { read("", usage); }

    /// The first of the slots that has been told.
    int64_t first(std::initializer_list<size_t> slots) const
    {
        for (size_t slot : slots)
            if (told_[slot]) return counts_[slot];
        return 0;
    }
    int64_t operator[](size_t slot) const { return counts_[slot]; }
    bool bad() const { return bad_; }

private:
    void read(std::string_view object, const JsonView& from)
    {
        for (const JsonMember& member : from.members())
        {
            if (object.empty() && member.value.isObject())
            {
                if (member.name.ends_with("_tokens_details")) read(member.name, member.value);
                continue;
            }
            for (const CountName& known : kCountNames)
                if (known.name.size() == member.name.size() && known.object.size() == object.size() &&
                    known.name == member.name && known.object == object)
                    take(known.slot, member.value);
        }
    }

    void take(size_t slot, const JsonView& value)
    {
        if (value.isNull() || told_[slot]) return;
        const int64_t number = value.isNumber() ? value.integer(-1) : -1;
        if (number < 0 || number > kMaxCount)
        {
            bad_ = true;
            return;
        }
        counts_[slot] = number;
        told_[slot] = true;
    }

    int64_t counts_[kSlots] = {};
    bool told_[kSlots] = {};
    bool bad_ = false;
};

bool valueIsNotNull(const char* p, const char* end)
{
    p = sdk::detail::skipBlanks(p, end);
    if (p == end || *p != ':') return false;
    p = sdk::detail::skipBlanks(p + 1, end);
    return p < end && *p != 'n';
}

void readWord(const char* p, const char* end, FrameWords& words)
{
    const std::string_view rest(p, static_cast<size_t>(end - p));
    if (rest.starts_with("\"usage\""))
        words.usage |= valueIsNotNull(p + 7, end);
    else if (rest.starts_with("\"error\""))
        words.error |= valueIsNotNull(p + 7, end);
    else if (rest.starts_with("\"finish_reason\""))
        words.finish |= valueIsNotNull(p + 15, end);
}

/// A text, or Mistral's array of typed parts.
void tellText(const JsonView& value, TextObserver& observer, std::string& scratch)
{
    if (value.isString())
    {
        if (!value.inside().empty()) observer.onText(value.text(scratch));
        return;
    }
    for (const JsonView& part : value.elements())
    {
        tellText(part["text"], observer, scratch);
        for (const JsonView& inner : part["thinking"].elements())
            tellText(inner["text"], observer, scratch);
    }
}

/// The finish reason of the choice that ends `depth` brackets before `json` does, where it is written plainly; empty:
/// look closer. It stands near the end, behind the long message. Inside a text its quotes are escaped.
std::string_view plainFinishReason(std::string_view json, size_t depth)
{
    constexpr std::string_view kMark = "\"finish_reason\":\"";
    const size_t at = json.rfind(kMark);
    if (at == std::string_view::npos) return {};
    const size_t text = at + kMark.size();
    const size_t end = json.find_first_of("\"\\}]{[", text);
    if (end == std::string_view::npos || json[end] != '"') return {};
    return json.find_first_of("}]", text) == json.size() - depth ? json.substr(text, end - text) : std::string_view();
}

} // namespace

UsageReading readUsage(const JsonView& answer, Usage& usage)
{
    JsonView object = answer["usage"];
    if (!object.isObject()) object = answer["x_groq"]["usage"];
    return readUsageObject(object, usage);
}

UsageReading readUsageObject(const JsonView& object, Usage& usage)
{
    if (!object.isObject()) return UsageReading::none;
    const CountReader reader(object);
    Usage read;
    read.reported = true;
    read.input = reader.first({kPrompt, kInput});
    read.output = reader.first({kCompletion, kOutput});
    const int64_t total = reader[kTotal];
    read.cached = reader[kCached] != 0 ? reader[kCached] : reader.first({kCacheHit, kNumCached});
    read.cacheWrite = reader[kCacheWrite];
    read.audioInput = reader[kAudioIn];
    read.reasoning = reader[kReasoning];
    read.audioOutput = reader[kAudioOut];
    if (reader.bad()) return UsageReading::bad;
    if (read.input == 0 && read.output == 0)
    {
        if (total == 0) return UsageReading::none;
        read.input = total; // embeddings of some vendors tell the total alone
    }
    // xAI counts reasoning beside the completion, all others inside it: the total tells.
    if (read.reasoning > 0 && total == read.input + read.output + read.reasoning) read.output += read.reasoning;
    usage = read;
    return UsageReading::good;
}

bool isSemantic(const JsonView& chunk)
{
    for (const JsonView& choice : chunk["choices"].elements())
    {
        if (!isEmptyValue(choice["finish_reason"]) || !isEmptyValue(choice["text"]) || !isEmptyValue(choice["message"])) return true;
        for (const JsonMember& member : choice["delta"].members())
            if (member.name != "role" && member.name != "channel" && !isEmptyValue(member.value)) return true;
    }
    return false;
}

std::string finishReasonOf(const JsonView& choices)
{
    if (!choices) return {};
    if (const std::string_view last = plainFinishReason(choices.json(), 2); !last.empty()) return std::string(last);
    std::string reason;
    for (const JsonView& choice : choices.elements())
    {
        if (const std::string_view plain = plainFinishReason(choice.json(), 1); !plain.empty())
            reason = plain;
        else if (std::string slow = choice["finish_reason"].text(); !slow.empty())
            reason = std::move(slow);
    }
    return reason;
}

std::string finishReason(const JsonView& answer) { return finishReasonOf(answer["choices"]); }

bool isError(const JsonView& error) { return (error.isObject() || error.isString()) && !isEmptyValue(error); }

bool hasError(const JsonView& answer) { return isError(answer["error"]); }

void tellTexts(const JsonView& answer, TextObserver& observer)
{
    std::string scratch;
    for (const JsonView& choice : answer["choices"].elements())
    {
        tellText(choice["text"], observer, scratch);
        for (const JsonView& part : {choice["delta"], choice["message"]})
        {
            tellText(part["content"], observer, scratch);
            const JsonView thinking = part["reasoning_content"];
            tellText(isEmptyValue(thinking) ? part["reasoning"] : thinking, observer, scratch); // some send both
            tellText(part["refusal"], observer, scratch);
            tellText(part["function_call"]["arguments"], observer, scratch);
            for (const JsonView& call : part["tool_calls"].elements())
            {
                tellText(call["function"]["name"], observer, scratch);
                tellText(call["function"]["arguments"], observer, scratch);
                tellText(call["custom"]["input"], observer, scratch);
            }
        }
    }
}

FrameWords wordsOf(std::string_view frame)
{
    FrameWords words;
    const char* p = frame.data();
    const char* end = p + frame.size();
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i u = _mm_set1_epi8('u'), e = _mm_set1_epi8('e'), f = _mm_set1_epi8('f');
    for (; end - p >= 17; p += 16)
    {
        const __m128i first = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
        const __m128i second = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 1));
        const __m128i letter =
            _mm_or_si128(_mm_cmpeq_epi8(second, u), _mm_or_si128(_mm_cmpeq_epi8(second, e), _mm_cmpeq_epi8(second, f)));
        unsigned mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_and_si128(_mm_cmpeq_epi8(first, quote), letter)));
        for (; mask != 0; mask &= mask - 1)
            readWord(p + std::countr_zero(mask), end, words);
    }
#endif
    for (; p < end; ++p)
        if (*p == '"') readWord(p, end, words);
    return words;
}

} // namespace switchyard::relay
