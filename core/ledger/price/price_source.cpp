#include "ledger/price/price_source.h"

#include "store/options.h"

#include <limits>
#include <simdjson.h>

namespace switchyard::ledger
{

namespace
{

RatioTable stored(const store::Options& options, std::string_view option, const PriceWarning& warn)
{
    RatioTable table;
    const std::string& text = options.text(option);
    if (text.empty()) return table;
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    const simdjson::padded_string padded(text); // the values lie in it
    if (parser.parse(padded).get(object) != simdjson::SUCCESS)
    {
        warn(option, "it is no JSON object of ratios; the built-in ones are used");
        return table;
    }
    for (const auto field : object)
    {
        double ratio = std::numeric_limits<double>::quiet_NaN();
        if (field.value.get(ratio) != simdjson::SUCCESS || !validRatio(ratio))
        {
            ratio = std::numeric_limits<double>::quiet_NaN();
            warn(option, "the ratio of '" + std::string(field.key) + "' is no number from 0 to 1000000: it has no price");
        }
        table.insert_or_assign(std::string(field.key), ratio);
    }
    return table;
}

} // namespace

PriceBookPtr priceBookOf(const store::Options& options, const PriceWarning& warn)
{
    PriceBook::Options tables;
    tables.model = stored(options, "ModelRatio", warn);
    tables.completion = stored(options, "CompletionRatio", warn);
    tables.group = stored(options, "GroupRatio", warn);
    if (options.text("UnknownModelRatio") == "refuse")
        tables.unknownModel.reset();
    else if (!options.text("UnknownModelRatio").empty())
        tables.unknownModel = options.number("UnknownModelRatio");
    return std::make_shared<const PriceBook>(std::move(tables));
}

} // namespace switchyard::ledger
