#include "ledger/holds/model_limits.h"

#include "ledger/price/charge.h"

#include <simdjson.h>

namespace switchyard::ledger
{

namespace
{

struct Row
{
    std::string_view prefix;
    int64_t maxOutput;
    bool thinksUnseen;
};

constexpr Row kRows[] = {
#include "ledger/holds/data/model_limits.inc"
};

} // namespace

ModelLimits limitsOfModel(std::string_view model) noexcept
{
    const std::string_view name = model.substr(model.rfind('/') + 1);
    for (const Row& row : kRows)
        if (name.starts_with(row.prefix)) return {row.maxOutput, true, row.thinksUnseen};
    return {};
}

Result<OutputLimits, std::string> readOutputLimits(std::string_view json)
{
    OutputLimits limits;
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS)
        return failure(std::string("it is not a JSON object"));
    for (const auto& [name, value] : object)
    {
        int64_t tokens = 0;
        if (value.get(tokens) != simdjson::SUCCESS || tokens < 1 || tokens > kMostTokens)
            return failure("`" + std::string(name) + "` must be a whole number from 1 to 1000000000");
        limits[std::string(name)] = tokens;
    }
    return limits;
}

ModelLimits limitsOfModel(std::string_view model, const OutputLimits& options, int64_t declared) noexcept
{
    ModelLimits limits = limitsOfModel(model);
    if (const auto said = options.find(model); said != options.end())
    {
        limits.maxOutput = said->second;
        limits.known = true;
    }
    else if (declared > 0 && declared <= kMostTokens)
    {
        limits.maxOutput = declared;
        limits.known = true;
    }
    return limits;
}

} // namespace switchyard::ledger
