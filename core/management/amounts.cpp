#include "management/amounts.h"

#include <cstdio>

namespace switchyard::management
{

std::string amountText(int64_t points, const store::Options& options, Language language)
{
    const double unit = options.number("QuotaPerUnit");
    if (options.flag("DisplayInCurrencyEnabled") && unit > 0)
    {
        char text[64];
        std::snprintf(text, sizeof(text), "%s$%.6f", points < 0 ? "-" : "",
                      (points < 0 ? -static_cast<double>(points) : static_cast<double>(points)) / unit);
        return text;
    }
    return std::to_string(points) + (language == Language::chinese ? " 点额度" : " points");
}

} // namespace switchyard::management
