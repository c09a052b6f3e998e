#include "relay/prompt_size.h"

#include "ledger/tokens/image_tokens.h"
#include "relay/byte_search.h"
#include "relay/image_size.h"
#include "relay/json_cursor.h"
#include "switchyard/provider.h"

#include <algorithm>

namespace switchyard::relay
{

namespace
{

// Estimates of parts that are no text (tokenizers.md 4): a file; a sound of 1,000 bytes or more a second, 10 tokens each.
constexpr int64_t kFile = 4096, kLeastAudio = 256, kAudioBytesPerToken = 100;

class PromptWalk
{
public:
    PromptWalk(ledger::Vocabularies& vocabularies, std::string_view model) : counter_(vocabularies, model), model_(model) {}

    void messages(std::string_view json)
    {
        JsonCursor cursor(json);
        if (cursor.kind() != '[') return;
        for (cursor.open(); cursor.more();)
        {
            if (cursor.kind() != '{')
            {
                cursor.skip();
                continue;
            }
            message(cursor.skip());
        }
    }

    void tools(std::string_view json)
    {
        JsonCursor cursor(json);
        if (cursor.kind() != '[') return;
        for (cursor.open(); cursor.more();)
            tool(cursor.skip());
    }

    /// Texts and lists of tokens, however nested: prompts and inputs.
    void inputs(std::string_view json)
    {
        JsonCursor cursor(json);
        switch (cursor.kind())
        {
        case '"': counter_.text(jsonText(cursor.skip(), scratch_)); break;
        case '[':
            for (cursor.open(); cursor.more();)
            {
                const char kind = cursor.kind();
                const std::string_view item = cursor.skip();
                if (kind == '"' || kind == '[')
                    inputs(item);
                else if (kind == '{')
                    part(item);
                else
                    counter_.part(1); // a token by its number
            }
            break;
        default: break;
        }
    }

    void wholeText(std::string_view json)
    {
        if (!json.empty() && json != "null") counter_.text(json);
    }

    int64_t chatTotal() const { return counter_.total(); }
    int64_t plainTotal() const { return counter_.total() - 3; } // without the request's own form

private:
    void message(std::string_view json)
    {
        JsonCursor cursor(json);
        std::string_view role, name;
        std::string roleText, nameText;
        for (cursor.open(); cursor.more();)
        {
            const std::string member(cursor.name());
            const char kind = cursor.kind();
            const std::string_view value = cursor.skip();
            if (member == "role")
                role = jsonText(value, roleText);
            else if (member == "name")
                name = jsonText(value, nameText);
            else if (member == "content")
                content(value);
            else if (member == "tool_calls" || member == "function_call")
                calls(value);
            else if (kind == '"' && (member == "refusal" || member == "reasoning_content" || member == "reasoning"))
                counter_.text(jsonText(value, scratch_));
        }
        counter_.message(role);
        counter_.name(name);
    }

    void content(std::string_view json)
    {
        JsonCursor cursor(json);
        if (cursor.kind() == '"') return counter_.text(jsonText(cursor.skip(), scratch_));
        if (cursor.kind() != '[') return;
        for (cursor.open(); cursor.more();)
            part(cursor.skip());
    }

    void part(std::string_view json)
    {
        JsonCursor cursor(json);
        if (cursor.kind() == '"') return counter_.text(jsonText(cursor.skip(), scratch_));
        if (cursor.kind() != '{') return;
        for (cursor.open(); cursor.more();)
        {
            const std::string member(cursor.name());
            const char kind = cursor.kind();
            const std::string_view value = cursor.skip();
            if (member == "image_url")
                picture(value);
            else if (member == "input_audio")
                counter_.part(std::max(kLeastAudio, static_cast<int64_t>(value.size()) / kAudioBytesPerToken));
            else if (member == "file")
                counter_.part(kFile);
            else if (kind == '"' && (member == "text" || member == "refusal" || member == "thinking"))
                counter_.text(jsonText(value, scratch_));
        }
    }

    // By its size where it is in the request; nobody fetches an address: there the most that one of any size counts.
    void picture(std::string_view json)
    {
        std::string_view url = json;
        ledger::ImageDetail detail = ledger::ImageDetail::high;
        JsonCursor cursor(json);
        if (cursor.kind() == '{')
            for (cursor.open(); cursor.more();)
            {
                const std::string member(cursor.name());
                const std::string_view value = cursor.skip();
                if (member == "detail") detail = ledger::imageDetail(jsonText(value, scratch_)).value_or(detail);
                if (member == "url") url = value;
            }
        const auto size = imageSizeOfDataUrl(url);
        counter_.part(size ? ledger::imageTokens(model_, detail, size->width, size->height)
                           : ledger::imageTokensAtMost(model_, detail));
    }

    // Names and arguments of tool calls, wherever they stand.
    void calls(std::string_view json)
    {
        JsonCursor cursor(json);
        const char kind = cursor.kind();
        if (kind == '[')
            for (cursor.open(); cursor.more();)
                calls(cursor.skip());
        if (kind != '{') return;
        for (cursor.open(); cursor.more();)
        {
            const std::string member(cursor.name());
            const char inner = cursor.kind();
            const std::string_view value = cursor.skip();
            if (inner == '{')
                calls(value);
            else if (inner == '"' && (member == "name" || member == "arguments" || member == "input"))
                counter_.text(jsonText(value, scratch_));
        }
    }

    void tool(std::string_view json)
    {
        JsonCursor cursor(json);
        if (cursor.kind() != '{') return;
        std::string name, description, type;
        std::string_view schema, function;
        for (cursor.open(); cursor.more();)
        {
            const std::string member(cursor.name());
            const std::string_view value = cursor.skip();
            if (member == "function" || member == "custom")
                function = value;
            else if (member == "name")
                name = jsonText(value, scratch_);
            else if (member == "description")
                description = jsonText(value, scratch_);
            else if (member == "parameters")
                schema = value;
        }
        if (!function.empty()) return tool(function);
        counter_.tool(name, description);
        properties(schema, 0);
    }

    void properties(std::string_view schema, int depth)
    {
        JsonCursor cursor(schema);
        if (cursor.kind() != '{' || depth > 32) return;
        for (cursor.open(); cursor.more();)
        {
            const bool wanted = cursor.name() == "properties";
            const std::string_view value = cursor.skip();
            if (!wanted || value.empty() || value[0] != '{') continue;
            JsonCursor inner(value);
            for (inner.open(); inner.more();)
            {
                const std::string key(inner.name());
                property(key, inner.skip(), depth);
            }
        }
    }

    void property(std::string_view key, std::string_view json, int depth)
    {
        std::string type, description;
        std::string_view items, values;
        JsonCursor cursor(json);
        if (cursor.kind() != '{') return;
        for (cursor.open(); cursor.more();)
        {
            const std::string member(cursor.name());
            const std::string_view value = cursor.skip();
            if (member == "type")
                type = jsonText(value, scratch_);
            else if (member == "description")
                description = jsonText(value, scratch_);
            else if (member == "enum")
                values = value;
            else if (member == "items")
                items = value;
        }
        counter_.property(key, type, description);
        JsonCursor choices(values);
        if (choices.kind() == '[')
            for (choices.open(); choices.more();)
            {
                const std::string_view value = choices.skip();
                counter_.enumItem(!value.empty() && value[0] == '"' ? jsonText(value, scratch_) : value);
            }
        properties(json, depth + 1);
        properties(items, depth + 1);
    }

    ledger::PromptCounter counter_;
    std::string_view model_;
    std::string scratch_;
};

} // namespace

int64_t countPrompt(ledger::Vocabularies& vocabularies, std::string_view operation, std::string_view model, const BodyIndex& body)
{
    PromptWalk walk(vocabularies, model);
    if (operation == SWY_OP_CHAT)
    {
        walk.messages(body.value(Field::messages));
        const auto member = [&](std::string_view name) {
            const swy_member_t* found = body.find(name);
            return found ? body.value(*found) : std::string_view();
        };
        walk.tools(member("tools"));
        walk.tools(member("functions"));
        walk.wholeText(member("response_format"));
        return walk.chatTotal();
    }
    walk.inputs(body.value(operation == SWY_OP_COMPLETIONS ? Field::prompt : Field::input));
    return walk.plainTotal();
}

int64_t promptAtMost(const BodyIndex& body)
{
    // What is no text may count more than its bytes.
    for (const std::string_view word : {"\"image", "\"input_audio\"", "\"file\""})
        if (containsBytes(body.body(), word)) return -1;
    // Every token has a byte of the text at least, and the form of a message or a tool counts less than its bytes in JSON;
    // only an enum's item can count twice of them.
    const auto bytes = static_cast<int64_t>(body.body().size());
    return (containsBytes(body.body(), "\"enum\"") ? 2 * bytes : bytes) + 16;
}

} // namespace switchyard::relay
