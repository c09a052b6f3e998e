#include "relay/checks.h"

#include "base/text.h"
#include "relay/json_cursor.h"
#include "relay/byte_texts.h"

#include <optional>

namespace switchyard::relay
{

namespace
{

using accounts::Language;
using accounts::Text;

constexpr int64_t kMaxTokens = 1073741823; // One API's bound (relay.md 5.1)

/// What JSON a field takes. Each also takes null, as One API's parser did.
enum class Kind
{
    boolean,
    integer,
    number,
    string,
    object,
    strings,
    objects
};

struct FieldType
{
    std::string_view name;
    Kind kind;
};

/// The known fields of relay.md 15 that are not free in their form.
constexpr FieldType kFieldTypes[] = {
    {"model", Kind::string}, {"stream", Kind::boolean}, {"messages", Kind::objects}, {"temperature", Kind::number},
    {"max_tokens", Kind::integer}, {"top_p", Kind::number}, {"n", Kind::integer}, {"stream_options", Kind::object},
    {"tools", Kind::objects}, {"max_completion_tokens", Kind::integer}, {"response_format", Kind::object},
    {"seed", Kind::number}, {"user", Kind::string}, {"frequency_penalty", Kind::number},
    {"presence_penalty", Kind::number}, {"parallel_tool_calls", Kind::boolean}, {"reasoning_effort", Kind::string},
    {"logprobs", Kind::boolean}, {"top_logprobs", Kind::integer}, {"top_k", Kind::integer},
    {"encoding_format", Kind::string}, {"dimensions", Kind::integer}, {"store", Kind::boolean},
    {"modalities", Kind::strings}, {"audio", Kind::object}, {"service_tier", Kind::string}, {"quality", Kind::string},
    {"size", Kind::string}, {"style", Kind::string}, {"instruction", Kind::string}, {"num_ctx", Kind::integer}};

const Text& named(Kind kind)
{
    switch (kind)
    {
    case Kind::boolean: return texts::kBoolean;
    case Kind::integer: return texts::kInteger;
    case Kind::number: return texts::kNumber;
    case Kind::string: return texts::kString;
    case Kind::object: return texts::kObject;
    case Kind::strings: return texts::kStrings;
    case Kind::objects: return texts::kObjects;
    }
    return texts::kObject;
}

bool isNumber(std::string_view value) { return value[0] == '-' || (value[0] >= '0' && value[0] <= '9'); }

bool allElements(std::string_view array, char kind)
{
    JsonCursor cursor(array);
    for (cursor.open(); cursor.more(); cursor.skip())
        if (cursor.kind() != kind) return false;
    return true;
}

bool fits(Kind kind, std::string_view value)
{
    if (value == "null") return true;
    switch (kind)
    {
    case Kind::boolean: return value[0] == 't' || value[0] == 'f';
    case Kind::integer: return isNumber(value) && parseInt(value).has_value();
    case Kind::number: return isNumber(value);
    case Kind::string: return value[0] == '"';
    case Kind::object: return value[0] == '{';
    case Kind::strings: return value[0] == '[' && allElements(value, '"');
    case Kind::objects: return value[0] == '[';
    }
    return true;
}

ApiError refused(std::string code, std::string type, std::string_view param, std::string message)
{
    ApiError error;
    error.status = 400;
    error.type = std::move(type);
    error.code = std::move(code);
    error.param = param;
    error.message = std::move(message);
    return error;
}

/// The checks of one request; each returns the first error that it finds.
class Checks
{
public:
    Checks(const BodyIndex& body, Language language) : body_(body), language_(language) {}

    using Outcome = std::optional<ApiError>;

    Outcome types() const
    {
        for (const swy_member_t& member : body_.members())
        {
            const std::string_view name(member.name.data, member.name.size);
            for (const FieldType& field : kFieldTypes)
                if (field.name.size() == name.size() && field.name == name)
                {
                    if (!fits(field.kind, body_.value(member))) return wrongType(name, named(field.kind));
                    break;
                }
        }
        return range(Field::maxTokens, 0, kMaxTokens);
    }

    Outcome range(Field field, int64_t least, int64_t most) const
    {
        const auto number = parseInt(body_.value(field));
        if (!number || (*number >= least && *number <= most)) return std::nullopt;
        const std::string lowest = std::to_string(least), highest = std::to_string(most);
        return invalid(nameOf(field), texts::kOutOfRange.in(language_, {nameOf(field), lowest, highest}));
    }

    Outcome streamOptions() const
    {
        const std::string_view options = body_.value(Field::streamOptions);
        if (options.empty() || options[0] != '{') return std::nullopt;
        JsonCursor cursor(options);
        for (cursor.open(); cursor.more(); cursor.skip())
            if (cursor.name() == "include_usage" && cursor.kind() != 't' && cursor.kind() != 'f' && cursor.kind() != 'n')
                return wrongType("stream_options.include_usage", texts::kBoolean);
        return std::nullopt;
    }

    Outcome tools() const
    {
        const swy_member_t* tools = body_.find("tools");
        if (!tools || body_.value(*tools)[0] != '[' || allElements(body_.value(*tools), '{')) return std::nullopt;
        return wrongType("tools", texts::kObjects);
    }

    Outcome notEmptyText(Field field) const
    {
        if (body_.value(field) != "\"\"") return std::nullopt;
        return invalid(nameOf(field), texts::kNotEmpty.in(language_, {nameOf(field)}));
    }

    Outcome required(std::string_view name) const { return invalid(name, texts::kRequired.in(language_, {name})); }

    Outcome messages() const
    {
        const std::string_view messages = body_.value(Field::messages);
        if (messages.empty() || messages == "null") return required("messages");
        JsonCursor cursor(messages);
        size_t i = 0;
        for (cursor.open(); cursor.more(); ++i)
        {
            if (cursor.kind() != '{') return wrongType(at("messages", i), texts::kObject);
            if (auto wrong = message(cursor, i)) return wrong;
        }
        if (i == 0) return invalid("messages", texts::kNotEmpty.in(language_, {"messages"}));
        return std::nullopt;
    }

private:
    Outcome message(JsonCursor& cursor, size_t i) const
    {
        for (cursor.open(); cursor.more();)
        {
            const std::string_view name = cursor.name();
            if (name == "content")
            {
                if (auto wrong = content(cursor, i)) return wrong;
                continue;
            }
            const bool text = name == "role" || name == "name" || name == "tool_call_id";
            if (text && cursor.kind() != '"' && cursor.kind() != 'n')
                return wrongType(at("messages", i) + "." + std::string(name), texts::kString);
            if (name == "tool_calls" && cursor.kind() != 'n')
            {
                const std::string_view calls = cursor.skip();
                if (calls[0] != '[' || !allElements(calls, '{')) return wrongType(at("messages", i) + ".tool_calls", texts::kObjects);
                continue;
            }
            cursor.skip();
        }
        return std::nullopt;
    }

    /// A string, null, or parts: what the gateway and its translators can make sense of (relay.md 14, 28).
    Outcome content(JsonCursor& cursor, size_t i) const
    {
        const char kind = cursor.kind();
        if (kind == '"' || kind == 'n')
        {
            cursor.skip();
            return std::nullopt;
        }
        if (kind != '[') return wrongType(at("messages", i) + ".content", texts::kContent);
        size_t k = 0;
        for (cursor.open(); cursor.more(); ++k)
            if (const char* wrong = part(cursor))
            {
                std::string param = at(at("messages", i) + ".content", k);
                if (*wrong) param.append(".").append(wrong);
                return wrongType(param, *wrong == 't' ? texts::kString : *wrong ? texts::kImageUrl : texts::kObject);
            }
        return std::nullopt;
    }

    /// The name of the member at fault; "" when the part is no object; nullptr when all is well.
    static const char* part(JsonCursor& cursor)
    {
        if (cursor.kind() != '{') return "";
        std::string_view type, text, image;
        for (cursor.open(); cursor.more();)
        {
            const std::string_view name = cursor.name();
            if (name == "type")
                type = cursor.skip();
            else if (name == "text")
                text = cursor.skip();
            else if (name == "image_url")
                image = cursor.skip();
            else
                cursor.skip();
        }
        if (!type.empty() && type[0] != '"') return "type";
        if (type == "\"text\"" && (text.empty() || text[0] != '"')) return "text";
        if (type == "\"image_url\"" && !isImage(image)) return "image_url";
        return nullptr;
    }

    static bool isImage(std::string_view image)
    {
        if (image.empty() || image[0] == '"') return !image.empty(); // a bare URL is Mistral's form
        if (image[0] != '{') return false;
        JsonCursor cursor(image);
        for (cursor.open(); cursor.more(); cursor.skip())
            if (cursor.name() == "url" && cursor.kind() == '"') return true;
        return false;
    }

    static std::string at(std::string array, size_t i) { return std::move(array) + "[" + std::to_string(i) + "]"; }

    Outcome wrongType(std::string_view param, const Text& expected) const
    {
        const std::string what = expected.in(language_);
        return invalid(param, texts::kWrongType.in(language_, {param, what}));
    }

    static Outcome invalid(std::string_view param, std::string message)
    {
        return refused("invalid_text_request", "one_api_error", param, std::move(message));
    }

    const BodyIndex& body_;
    Language language_;
};

std::optional<ApiError> firstError(std::string_view operation, const BodyIndex& body, std::string_view pathModel, Language language)
{
    const Checks checks(body, language);
    if (auto wrong = checks.types()) return wrong;
    if (auto wrong = checks.range(Field::maxCompletionTokens, 0, kMaxTokens)) return wrong;
    if (auto wrong = checks.range(Field::n, 0, INT32_MAX)) return wrong;
    if (auto wrong = checks.streamOptions()) return wrong;
    if (auto wrong = checks.tools()) return wrong;
    if (requestedModel(operation, body, pathModel).empty()) return checks.required("model");
    if (operation == SWY_OP_CHAT) return checks.messages();
    if (operation == SWY_OP_COMPLETIONS) return checks.notEmptyText(Field::prompt);
    if (operation == SWY_OP_MODERATIONS) return checks.notEmptyText(Field::input);
    return std::nullopt;
}

} // namespace

BodyFormat bodyFormat(std::string_view contentType, std::string_view body)
{
    const std::string_view type = trim(contentType);
    if (startsWithIgnoreCase(type, "multipart/")) return BodyFormat::multipart;
    if (startsWithIgnoreCase(type, "application/json")) return BodyFormat::json;
    const std::string_view text = trim(body);
    return !text.empty() && text[0] == '{' ? BodyFormat::json : BodyFormat::other;
}

ApiError invalidBody(const BodyProblem& problem, Language language)
{
    const std::string offset = std::to_string(problem.offset);
    if (!problem.member.empty())
        return refused("invalid_text_request", "one_api_error", problem.member,
                       texts::kMemberTwice.in(language, {problem.member, offset}));
    const std::string reason = problem.reason.in(language);
    return refused("invalid_text_request", "one_api_error", {}, texts::kInvalidJson.in(language, {offset, reason}));
}

ApiError bodyIsNotJson(std::string_view contentType, Language language)
{
    return refused("invalid_text_request", "one_api_error", {},
                   texts::kNotJson.in(language, {contentType.empty() ? "-" : contentType}));
}

std::string_view requestedModel(std::string_view operation, const BodyIndex& body, std::string_view pathModel)
{
    if (!body.model().empty()) return body.model();
    if (!pathModel.empty()) return pathModel;
    return operation == SWY_OP_MODERATIONS ? "text-moderation-stable" : std::string_view();
}

Result<Done, ApiError> checkFields(std::string_view operation, const BodyIndex& body, std::string_view pathModel, Language language)
{
    if (!body.isObject())
        return failure(refused("invalid_text_request", "one_api_error", {}, texts::kNotObject.in(language)));
    if (auto wrong = firstError(operation, body, pathModel, language)) return failure(std::move(*wrong));
    return Done{};
}

} // namespace switchyard::relay
