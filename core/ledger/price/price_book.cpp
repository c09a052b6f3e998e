#include "ledger/price/price_book.h"

#include "ledger/price/built_in_ratios.h"

#include <algorithm>
#include <cmath>
#include <simdjson.h>
#include <span>

namespace switchyard::ledger
{

namespace
{

struct NamedRatio
{
    std::string_view name;
    double ratio;
};
struct CompletionRule
{
    std::string_view prefix, suffix, exact;
    double ratio;
};
struct ImageSizeRatio
{
    std::string_view model, size;
    double ratio;
};

#include "ledger/price/data/prices.inc"

/// What Switchyard itself brings: the plug-in `demo` answers for nothing.
constexpr NamedRatio kOwnRatios[] = {{"demo", 0}, {"demo-embedding", 0}};

std::optional<double> builtIn(std::span<const NamedRatio> table, std::string_view name) noexcept
{
    const auto found = std::lower_bound(table.begin(), table.end(), name,
                                        [](const NamedRatio& entry, std::string_view n) { return entry.name < n; });
    if (found == table.end() || found->name != name) return std::nullopt;
    return found->ratio;
}

std::string_view withoutInternet(std::string_view name, bool cohere) noexcept
{
    constexpr std::string_view suffix = "-internet";
    if (name.ends_with(suffix) && (name.starts_with("qwen-") || (cohere && name.starts_with("command-"))))
        name.remove_suffix(suffix.size());
    return name;
}

/// The order of the look-ups: with the channel type before without, the option before what is built in.
std::optional<FoundRatio> lookUp(const RatioTable& option, std::span<const NamedRatio> table, std::string_view name,
                                 int channelType)
{
    const std::string typed = std::string(name) + '(' + std::to_string(channelType) + ')';
    for (const std::string_view key : {std::string_view(typed), name})
    {
        if (const auto found = option.find(key); found != option.end()) return FoundRatio{found->second, "option"};
        if (const auto ratio = builtIn(table, key)) return FoundRatio{*ratio, "built-in"};
    }
    return std::nullopt;
}

std::optional<FoundRatio> ifValid(std::optional<FoundRatio> found) noexcept
{
    if (found && !validRatio(found->ratio)) return std::nullopt;
    return found;
}

bool applies(const CompletionRule& rule, std::string_view name) noexcept
{
    return name.starts_with(rule.prefix) && name.ends_with(rule.suffix) && (rule.exact.empty() || rule.exact == name);
}

FoundRatio completionByRule(std::string_view name) noexcept
{
    for (const CompletionRule& rule : kCompletionRules)
        if (applies(rule, name)) return {rule.ratio, "rule"};
    if (const auto ratio = builtIn(kCompletionByName, name)) return {*ratio, "rule"};
    return {1, "default"};
}

} // namespace

RatioTable builtInModelRatios()
{
    RatioTable table;
    for (const NamedRatio& entry : kModelRatios)
        table.emplace(entry.name, entry.ratio);
    return table;
}

RatioTable builtInCompletionRatios()
{
    RatioTable table;
    for (const NamedRatio& entry : kCompletionOverrides)
        table.emplace(entry.name, entry.ratio);
    return table;
}

Result<RatioTable, std::string> readRatios(std::string_view json)
{
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(simdjson::padded_string(json)).get(object) != simdjson::SUCCESS)
        return failure(std::string("not a JSON object of ratios"));
    RatioTable table;
    for (const auto field : object)
    {
        const std::string name(field.key);
        double ratio = 0;
        if (field.value.get(ratio) != simdjson::SUCCESS) return failure("the ratio of '" + name + "' is no number");
        if (!validRatio(ratio)) return failure("the ratio of '" + name + "' is not between 0 and 1000000");
        if (!table.emplace(name, ratio).second) return failure("'" + name + "' stands there twice");
    }
    return table;
}

std::optional<FoundRatio> PriceBook::model(std::string_view name, int channelType) const
{
    name = withoutInternet(name, true);
    auto found = lookUp(options_.model, kModelRatios, name, channelType);
    if (!found)
        if (const auto own = builtIn(kOwnRatios, name)) found = FoundRatio{*own, "built-in"};
    if (!found && options_.unknownModel) found = FoundRatio{*options_.unknownModel, "default"};
    return ifValid(found);
}

std::optional<FoundRatio> PriceBook::completion(std::string_view name, int channelType) const
{
    name = withoutInternet(name, false);
    const auto found = lookUp(options_.completion, kCompletionOverrides, name, channelType);
    return ifValid(found ? found : completionByRule(name));
}

std::optional<FoundRatio> PriceBook::group(std::string_view name) const
{
    const auto found = options_.group.find(name);
    if (found == options_.group.end()) return FoundRatio{1, "default"};
    return ifValid(FoundRatio{found->second, "option"});
}

std::optional<Price> PriceBook::price(std::string_view modelName, int channelType, std::string_view groupName) const
{
    const auto ofModel = model(modelName, channelType), ofCompletion = completion(modelName, channelType);
    const auto ofGroup = group(groupName);
    if (!ofModel || !ofCompletion || !ofGroup) return std::nullopt;
    Price price;
    price.model = ofModel->ratio;
    price.completion = ofCompletion->ratio;
    price.group = ofGroup->ratio;
    return price;
}

Result<int64_t, ImageFault> imageCharge(std::string_view model, std::string_view size, bool highDefinition, int64_t count,
                                        double modelRatio, double groupRatio) noexcept
{
    if (count < 1 || count > 10) return failure(ImageFault::count);
    if (!validRatio(modelRatio) || !validRatio(groupRatio)) return failure(ImageFault::price);
    bool listed = false;
    double ofSize = 0;
    for (const ImageSizeRatio& entry : kImageSizes)
    {
        listed |= entry.model == model;
        if (entry.model == model && entry.size == size) ofSize = entry.ratio;
    }
    if (!listed) ofSize = 1;
    if (ofSize == 0) return failure(ImageFault::size);
    if (model == "dall-e-3" && highDefinition) ofSize *= size == "1024x1024" ? 2 : 1.5;
    const double points = std::trunc(modelRatio * groupRatio * ofSize * 1000);
    if (points * static_cast<double>(count) > static_cast<double>(kMostCharge)) return failure(ImageFault::price);
    return static_cast<int64_t>(points) * count;
}

} // namespace switchyard::ledger
