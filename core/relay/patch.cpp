#include "relay/patch.h"

#include "base/text.h"
#include "relay/json_cursor.h"

#include <charconv>

namespace switchyard::relay
{

namespace
{

/// Writes a text anew with some ranges of it exchanged, in their order.
class Splice
{
public:
    explicit Splice(std::string_view text) : text_(text) {}

    void replace(std::string_view part, std::string_view by) // `part` is a piece of the text; empty: insert there
    {
        const size_t at = static_cast<size_t>(part.data() - text_.data());
        out_.append(text_, done_, at - done_);
        out_.append(by);
        done_ = at + part.size();
    }

    std::string finish()
    {
        out_.append(text_, done_);
        return std::move(out_);
    }

private:
    std::string_view text_;
    std::string out_;
    size_t done_ = 0;
};

/// The first message as far as it matters here.
struct FirstMessage
{
    std::string_view inside; ///< an empty piece of the body behind its opening brace
    bool system = false;
    bool empty = true;
    std::vector<std::string_view> contents; ///< each value of `content`: a doubled member must not hide one
};

FirstMessage firstMessage(JsonCursor& cursor)
{
    FirstMessage message;
    std::string scratch;
    cursor.open();
    message.inside = {cursor.position(), 0};
    while (cursor.more())
    {
        message.empty = false;
        const std::string_view name = cursor.name();
        if (name == "role")
            message.system = jsonText(cursor.skip(), scratch) == "system";
        else if (name == "content")
            message.contents.push_back(cursor.skip());
        else
            cursor.skip();
    }
    return message;
}

/// OpenAI's reasoning models refuse `max_tokens`.
bool wantsCompletionLimit(std::string_view model)
{
    const bool numbered = model.size() > 1 && model[0] == 'o' && model[1] >= '0' && model[1] <= '9';
    return numbered || model.starts_with("gpt-5");
}

} // namespace

std::optional<PatchedBody> PatchedBody::of(std::string bytes)
{
    PatchedBody patched;
    const size_t size = bytes.size();
    patched.padded_.reserve(size + kBodyPadding);
    patched.padded_.assign(bytes.begin(), bytes.end());
    patched.padded_.resize(size + kBodyPadding, '\0');
    auto index = scanBody({patched.padded_.data(), size});
    if (!index) return std::nullopt;
    patched.index_ = std::move(*index);
    return patched;
}

std::optional<PatchedBody> withSystemPrompt(const BodyIndex& body, std::string_view prompt)
{
    const std::string_view messages = body.value(Field::messages);
    if (messages.empty() || messages[0] != '[') return std::nullopt;
    JsonCursor cursor(messages);
    cursor.open();
    const std::string_view begin(cursor.position(), 0);
    if (!cursor.more()) return std::nullopt;

    Splice splice(body.body());
    const std::string quoted = jsonQuoted(prompt);
    FirstMessage first;
    if (cursor.kind() == '{') first = firstMessage(cursor);
    if (!first.system)
        splice.replace(begin, R"({"role":"system","content":)" + quoted + "},");
    else if (first.contents.empty())
        splice.replace(first.inside, R"("content":)" + quoted + (first.empty ? "" : ","));
    else
        for (const std::string_view content : first.contents)
            splice.replace(content, quoted);
    return PatchedBody::of(splice.finish());
}

std::optional<PatchedBody> withOutputLimit(const BodyIndex& body, std::string_view model, int64_t tokens)
{
    if (!body.isObject()) return std::nullopt;
    Splice splice(body.body());
    const std::string limit = std::to_string(tokens);
    bool there = false;
    std::vector<std::string_view> values; // in the order of the body: a splice goes forward
    for (const swy_member_t& member : body.members())
    {
        const std::string_view name(member.name.data, member.name.size);
        if (name != nameOf(Field::maxTokens) && name != nameOf(Field::maxCompletionTokens)) continue;
        const std::string_view value = body.value(member);
        int64_t asked = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), asked);
        there = there || value != "null";
        if (value != "null" && error == std::errc() && end == value.data() + value.size() && asked <= tokens) continue;
        if (value != "null") values.push_back(value);
    }
    for (const std::string_view value : values)
        splice.replace(value, limit);
    if (!there)
    {
        const Field field = wantsCompletionLimit(model) ? Field::maxCompletionTokens : Field::maxTokens;
        if (const swy_member_t* null = body.find(field))
            splice.replace(body.value(*null), limit);
        else
            splice.replace(body.body().substr(body.body().find('{') + 1, 0),
                           jsonQuoted(nameOf(field)) + ":" + limit + (body.members().empty() ? "" : ","));
    }
    return PatchedBody::of(splice.finish());
}

std::optional<PatchedBody> withModel(const BodyIndex& body, std::string_view model)
{
    if (!body.isObject() || !body.model().empty()) return std::nullopt;
    Splice splice(body.body());
    const std::string quoted = jsonQuoted(model);
    if (const swy_member_t* null = body.find(Field::model))
        splice.replace(body.value(*null), quoted);
    else
    {
        const std::string_view inside = body.body().substr(body.body().find('{') + 1, 0);
        splice.replace(inside, "\"model\":" + quoted + (body.members().empty() ? "" : ","));
    }
    return PatchedBody::of(splice.finish());
}

} // namespace switchyard::relay
