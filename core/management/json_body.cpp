#include "management/json_body.h"

#include "base/text.h"
#include "management/refusal.h"

#include <Poco/JSON/Parser.h>
#include <cmath>

namespace switchyard::management
{

namespace
{

constexpr size_t kDepth = 64; // no form nests deeper, and the parser recurses

constexpr Text kNotJson{"The request body is not valid JSON: {}", "请求体不是有效的 JSON：{}"};
constexpr Text kNotAnObject{"The request body must be a JSON object, such as {\"id\":1}.",
                            "请求体必须是一个 JSON 对象，例如 {\"id\":1}。"};
constexpr Text kWrongType{"The field `{}` must be {}.", "字段 `{}` 必须是{}。"};
constexpr Text kMissing{"The field `{}` is missing or empty.", "缺少字段 `{}`，或其值为空。"};

struct Kind
{
    const char* english;
    const char* chinese;
};

constexpr Kind kText{"a text", "文本"};
constexpr Kind kInteger{"a whole number", "整数"};
constexpr Kind kNumber{"a number", "数字"};
constexpr Kind kFlag{"true or false", "true 或 false"};

[[noreturn]] void refuseType(std::string_view name, const Kind& kind)
{
    const std::string english = Text(kWrongType).in(Language::english, {name, kind.english});
    const std::string chinese = Text(kWrongType).in(Language::chinese, {name, kind.chinese});
    throw Refusal(Text{english, chinese});
}

Poco::JSON::Object::Ptr parsed(const std::string& text)
{
    Poco::Dynamic::Var value;
    try
    {
        Poco::JSON::Parser parser;
        parser.setDepth(kDepth);
        value = parser.parse(text);
    }
    catch (const Poco::Exception& e)
    {
        throw Refusal(kNotJson, {e.message().empty() ? e.what() : e.message()});
    }
    if (value.type() != typeid(Poco::JSON::Object::Ptr)) throw Refusal(kNotAnObject);
    return value.extract<Poco::JSON::Object::Ptr>();
}

} // namespace

JsonBody::JsonBody(const std::string& text) : object_(parsed(text)) {}

Poco::Dynamic::Var JsonBody::find(std::string_view name) const
{
    const std::string exact(name);
    if (object_->has(exact)) return object_->get(exact);
    for (const auto& [key, value] : *object_)
        if (equalsIgnoreCase(key, name)) return value;
    return {};
}

std::optional<std::string> JsonBody::text(std::string_view name) const
{
    const Poco::Dynamic::Var value = find(name);
    if (value.isEmpty()) return std::nullopt;
    if (!value.isString()) refuseType(name, kText);
    return value.extract<std::string>();
}

std::optional<int64_t> JsonBody::integer(std::string_view name) const
{
    const Poco::Dynamic::Var value = find(name);
    if (value.isEmpty()) return std::nullopt;
    if (value.isBoolean() || !value.isNumeric() || value.isString()) refuseType(name, kInteger);
    if (value.isInteger())
    {
        try
        {
            return value.convert<Poco::Int64>();
        }
        catch (const Poco::Exception&) // above 2^63
        {
            refuseType(name, kInteger);
        }
    }
    // 1.0 and 1e3 are whole; beyond 2^53 a double no longer says which number was meant.
    constexpr double kExact = 9007199254740992.0;
    const double number = value.convert<double>();
    if (number != std::floor(number) || std::abs(number) > kExact) refuseType(name, kInteger);
    return static_cast<int64_t>(number);
}

std::optional<double> JsonBody::number(std::string_view name) const
{
    const Poco::Dynamic::Var value = find(name);
    if (value.isEmpty()) return std::nullopt;
    if (value.isBoolean() || !value.isNumeric() || value.isString()) refuseType(name, kNumber);
    return value.convert<double>();
}

std::optional<bool> JsonBody::flag(std::string_view name) const
{
    const Poco::Dynamic::Var value = find(name);
    if (value.isEmpty()) return std::nullopt;
    if (!value.isBoolean()) refuseType(name, kFlag);
    return value.convert<bool>();
}

std::string JsonBody::textOr(std::string_view name, std::string otherwise) const
{
    auto value = text(name);
    return value ? std::move(*value) : std::move(otherwise);
}

int64_t JsonBody::integerOr(std::string_view name, int64_t otherwise) const
{
    return integer(name).value_or(otherwise);
}

bool JsonBody::flagOr(std::string_view name, bool otherwise) const { return flag(name).value_or(otherwise); }

std::string JsonBody::requiredText(std::string_view name) const
{
    std::string value = textOr(name);
    if (value.empty()) throw Refusal(kMissing, {name});
    return value;
}

int64_t JsonBody::requiredId(std::string_view name) const
{
    const int64_t value = integerOr(name);
    if (value == 0) throw Refusal(kMissing, {name});
    return value;
}

} // namespace switchyard::management
