#include "app/values.h"

#include "base/text.h"

#include <Poco/Exception.h>
#include <Poco/JSON/Parser.h>
#include <Poco/URI.h>
#include <algorithm>

namespace switchyard::app
{

namespace
{

[[noreturn]] void expected(const std::string& what) { throw Poco::DataFormatException("expected " + what); }

// Splits "15s" into 15 and "s".
std::pair<std::string, std::string> numberAndUnit(const std::string& text)
{
    const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    return {text.substr(0, digits), lowerAscii(text.substr(digits))};
}

Poco::JSON::Object::Ptr parsedObject(const std::string& text)
{
    try
    {
        return Poco::JSON::Parser().parse(text).extract<Poco::JSON::Object::Ptr>();
    }
    catch (const Poco::JSON::JSONException& e)
    {
        expected("a JSON object: " + e.message());
    }
    catch (const Poco::Exception&)
    {
        expected("a JSON object, in braces");
    }
}

} // namespace

int64_t integerIn(const std::string& text, int64_t least, int64_t most)
{
    const auto number = parseInt(text);
    if (!number || *number < least || *number > most)
        expected("a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return *number;
}

bool truth(const std::string& text)
{
    if (equalsIgnoreCase(text, "true") || text == "1") return true;
    if (equalsIgnoreCase(text, "false") || text == "0") return false;
    expected("true or false");
}

std::chrono::milliseconds duration(const std::string& text)
{
    const auto [digits, unit] = numberAndUnit(text);
    const auto number = parseInt(digits);
    const int64_t factor = unit == "ms"                  ? 1
                           : unit.empty() || unit == "s" ? 1000
                           : unit == "m"                 ? 60'000
                           : unit == "h"                 ? 3'600'000
                           : unit == "d"                 ? 86'400'000
                                                         : 0;
    constexpr int64_t kYear = int64_t{366} * 24 * 3'600'000;
    if (!number || factor == 0 || *number > kYear / factor)
        expected("a duration: a number with ms, s, m, h or d (without: seconds), such as 30s");
    return std::chrono::milliseconds(*number * factor);
}

size_t byteSize(const std::string& text)
{
    const auto [digits, unit] = numberAndUnit(text);
    const auto number = parseInt(digits);
    const int64_t factor = unit.empty() ? 1 : unit == "k" ? 1 << 10 : unit == "m" ? 1 << 20 : unit == "g" ? 1 << 30 : 0;
    if (!number || factor == 0 || *number > (int64_t{1} << 40) / factor)
        expected("a size: a number of bytes, or one with K, M or G, such as 64M");
    return static_cast<size_t>(*number * factor);
}

std::string url(const std::string& text, const char* schemes)
{
    std::string list;
    for (std::string_view scheme : split(schemes, ' '))
        list.append(list.empty() ? "" : " or ").append(scheme).append("://");
    try
    {
        const Poco::URI uri(text);
        const auto known = split(schemes, ' ');
        const bool knownScheme = std::find(known.begin(), known.end(), uri.getScheme()) != known.end();
        if (knownScheme && !uri.getHost().empty() && text.find_first_of(" \t\r\n") == std::string::npos) return text;
    }
    catch (const Poco::SyntaxException&)
    {
        expected("a URL that begins with " + list + ", such as https://host.example");
    }
    expected("a URL that begins with " + list + " and names a host");
}

std::string jsonObject(const std::string& text)
{
    parsedObject(text);
    return text;
}

std::string jsonTexts(const std::string& text)
{
    const auto object = parsedObject(text);
    for (const auto& [name, value] : *object)
        if (!value.isString()) expected("texts as values; that of \"" + name + "\" is none");
    return text;
}

} // namespace switchyard::app
