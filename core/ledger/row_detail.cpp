#include "ledger/row_detail.h"

#include "base/text.h"

#include <array>
#include <charconv>
#include <simdjson.h>

namespace switchyard::ledger
{

namespace
{

constexpr size_t kMostNameBytes = 160;
constexpr size_t kMostErrorBytes = 120;

/// At most `most` bytes, no character cut.
std::string_view shortened(std::string_view text, size_t most) noexcept
{
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80)
        --most;
    return text.substr(0, most);
}

/// Writes members of one object, each after its comma.
class Members
{
public:
    explicit Members(std::string& out) : out_(out) { out_ += '{'; }

    std::string& name(std::string_view name)
    {
        out_.append(first_ ? "\"" : ",\"").append(name).append("\":");
        first_ = false;
        return out_;
    }
    void number(std::string_view member, int64_t value) { name(member) += std::to_string(value); }
    void number(std::string_view member, const std::optional<int64_t>& value)
    {
        if (value) number(member, *value);
    }
    void count(std::string_view member, int64_t value)
    {
        if (value != 0) number(member, value);
    }
    void real(std::string_view member, double value)
    {
        std::array<char, 32> digits;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr; // reads back the same
        name(member).append(digits.data(), end);
    }
    void part(std::string_view member, double ratio)
    {
        if (ratio != 1) real(member, ratio);
    }
    void text(std::string_view member, std::string_view value, size_t most = kMostNameBytes)
    {
        if (!value.empty()) appendJsonQuoted(name(member), shortened(value, most));
    }
    void end() { out_ += '}'; }

private:
    std::string& out_;
    bool first_ = true;
};

void appendPrice(std::string& out, const RowDetail& detail)
{
    Members price(out);
    price.real("model", detail.price.model);
    price.real("group", detail.price.group);
    price.real("completion", detail.price.completion);
    price.part("cached", detail.price.cached);
    price.part("cache_write", detail.price.cacheWrite);
    price.part("audio_input", detail.price.audioInput);
    price.part("reasoning", detail.price.reasoning);
    price.part("audio_output", detail.price.audioOutput);
    Members source(price.name("source"));
    source.text("model", detail.source.model);
    source.text("completion", detail.source.completion);
    source.text("group", detail.source.group);
    source.end();
    price.end();
}

void appendUsage(std::string& out, const RowDetail& detail)
{
    Members usage(out);
    usage.number("prompt", detail.usage.prompt);
    usage.number("completion", detail.usage.completion);
    usage.count("cached", detail.usage.cached);
    usage.count("cache_write", detail.usage.cacheWrite);
    usage.count("audio_input", detail.usage.audioInput);
    usage.count("reasoning", detail.usage.reasoning);
    usage.count("audio_output", detail.usage.audioOutput);
    usage.number("counted_prompt", detail.countedPrompt);
    usage.number("counted_completion", detail.countedCompletion);
    usage.end();
}

std::string attemptText(const RowDetail::Attempt& attempt)
{
    std::string out;
    Members one(out);
    one.number("channel", attempt.channelId);
    one.number("status", attempt.status);
    one.number("ms", attempt.ms);
    one.text("error", attempt.error, kMostErrorBytes);
    one.end();
    return out;
}

/// The first ones, and the last one, which delivered or was the last hope: as many as have room.
std::string attemptsText(const RowDetail& detail, size_t room, size_t& dropped)
{
    std::vector<std::string> all;
    size_t bytes = 2;
    for (const RowDetail::Attempt& attempt : detail.attempts)
        bytes += all.emplace_back(attemptText(attempt)).size() + 1;
    dropped = 0;
    while (bytes > room && !all.empty())
    {
        const auto middle = all.begin() + static_cast<ptrdiff_t>(all.size() / 2 - (all.size() > 1 && all.size() % 2 == 0));
        bytes -= middle->size() + 1;
        all.erase(middle);
        ++dropped;
    }
    std::string out = "[";
    for (const std::string& one : all)
        out.append(out.size() > 1 ? "," : "").append(one);
    return out += ']';
}

namespace dom = simdjson::dom;

int64_t integerOf(const dom::element& object, std::string_view member, int64_t otherwise = 0)
{
    int64_t value = otherwise;
    return object[member].get(value) == simdjson::SUCCESS ? value : otherwise;
}

std::optional<int64_t> optionalOf(const dom::element& object, std::string_view member)
{
    int64_t value = 0;
    if (object[member].get(value) != simdjson::SUCCESS) return std::nullopt;
    return value;
}

double realOf(const dom::element& object, std::string_view member)
{
    double value = 1;
    return object[member].get(value) == simdjson::SUCCESS ? value : 1;
}

std::string textOf(const dom::element& object, std::string_view member)
{
    std::string_view value;
    return object[member].get(value) == simdjson::SUCCESS ? std::string(value) : std::string();
}

} // namespace

std::string writeRowDetail(const RowDetail& detail)
{
    std::string out;
    out.reserve(512);
    Members all(out);
    appendPrice(all.name("price"), detail);
    appendUsage(all.name("usage"), detail);
    all.number("fixed_price", detail.fixedPrice);
    all.text("requested_model", detail.requestedModel);
    all.text("operation", detail.operation);
    all.number("first_token_ms", detail.firstTokenMs);
    all.number("lowered_to", detail.loweredTo);
    constexpr size_t kOtherMembers = 64; // the names around, and the number of dropped ones
    size_t dropped = 0;
    const std::string attempts = attemptsText(detail, kMostDetailBytes - out.size() - kOtherMembers, dropped);
    all.count("attempts_dropped", static_cast<int64_t>(dropped + detail.attemptsDropped));
    all.name("attempts") += attempts;
    all.end();
    return out;
}

std::optional<LeadingRatios> leadingRatios(std::string_view json)
{
    LeadingRatios ratios;
    const std::pair<std::string_view, double*> parts[] = {{R"({"price":{"model":)", &ratios.model},
                                                          {R"(,"group":)", &ratios.group},
                                                          {R"(,"completion":)", &ratios.completion}};
    for (const auto& [before, ratio] : parts)
    {
        if (!json.starts_with(before)) return std::nullopt;
        json.remove_prefix(before.size());
        const auto [end, error] = std::from_chars(json.data(), json.data() + json.size(), *ratio);
        if (error != std::errc()) return std::nullopt;
        json.remove_prefix(static_cast<size_t>(end - json.data()));
    }
    return ratios;
}

std::optional<RowDetail> readRowDetail(std::string_view json)
{
    dom::parser parser;
    dom::element root, price, usage, source;
    if (parser.parse(json.data(), json.size()).get(root) != simdjson::SUCCESS) return std::nullopt;
    if (root["price"].get(price) != simdjson::SUCCESS || root["usage"].get(usage) != simdjson::SUCCESS) return std::nullopt;
    RowDetail detail;
    double model = 0;
    if (price["model"].get(model) != simdjson::SUCCESS) return std::nullopt;
    detail.price = {model,
                    realOf(price, "group"),
                    realOf(price, "completion"),
                    realOf(price, "cached"),
                    realOf(price, "cache_write"),
                    realOf(price, "audio_input"),
                    realOf(price, "reasoning"),
                    realOf(price, "audio_output")};
    if (price["source"].get(source) == simdjson::SUCCESS)
        detail.source = {textOf(source, "model"), textOf(source, "completion"), textOf(source, "group")};
    detail.usage = {integerOf(usage, "prompt"),      integerOf(usage, "completion"), integerOf(usage, "cached"),
                    integerOf(usage, "cache_write"), integerOf(usage, "audio_input"), integerOf(usage, "reasoning"),
                    integerOf(usage, "audio_output")};
    detail.countedPrompt = optionalOf(usage, "counted_prompt");
    detail.countedCompletion = optionalOf(usage, "counted_completion");
    detail.fixedPrice = optionalOf(root, "fixed_price");
    detail.requestedModel = textOf(root, "requested_model");
    detail.operation = textOf(root, "operation");
    detail.firstTokenMs = optionalOf(root, "first_token_ms");
    detail.loweredTo = optionalOf(root, "lowered_to");
    detail.attemptsDropped = static_cast<size_t>(integerOf(root, "attempts_dropped"));
    dom::array attempts;
    if (root["attempts"].get(attempts) != simdjson::SUCCESS) return detail;
    for (const dom::element one : attempts)
        detail.attempts.push_back({integerOf(one, "channel"), static_cast<int>(integerOf(one, "status")), integerOf(one, "ms"),
                                   textOf(one, "error")});
    return detail;
}

} // namespace switchyard::ledger
