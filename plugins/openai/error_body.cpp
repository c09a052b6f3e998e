#include "error_body.h"

#include "switchyard/json_view.hpp"

#include <algorithm>
#include <cctype>

namespace switchyard::openai
{

using sdk::JsonView;

namespace
{

constexpr size_t kMostMessage = 2000;

/// A text as it is, a number as its digits, anything else as JSON; empty for missing and null.
std::string textOf(JsonView value)
{
    if (value.isString()) return value.text();
    return value && !value.isNull() ? std::string(value.json()) : std::string();
}

/// One of FastAPI's validation errors: where and what.
std::string validationText(JsonView entry)
{
    if (!entry.isObject()) return textOf(entry);
    std::string where;
    for (const JsonView step : entry["loc"].elements())
        where += (where.empty() ? "" : ".") + textOf(step);
    const std::string what = textOf(entry["msg"]).empty() ? textOf(entry["message"]) : textOf(entry["msg"]);
    return where.empty() ? what : where + ": " + what;
}

/// A message in whatever form: a text, an object with `detail` or `message`, or a list of such. `depth` bounds how deep
/// it looks: the body is the upstream's.
std::string messageOf(JsonView value, int depth = 3)
{
    if (depth == 0) return {};
    if (value.isArray())
    {
        std::string all;
        for (const JsonView entry : value.elements())
            all += (all.empty() ? "" : "; ") + validationText(entry);
        return all;
    }
    if (value.isObject())
    {
        for (const char* name : {"message", "detail", "msg"})
            if (std::string text = messageOf(value[name], depth - 1); !text.empty()) return text;
        return {};
    }
    return value.isString() ? value.text() : std::string();
}

/// The member under any of the spellings that vendors use.
JsonView either(JsonView object, const char* lower, const char* upper)
{
    const JsonView value = object[lower];
    return value ? value : object[upper];
}

void readObject(JsonView answer, ErrorBody& out)
{
    const JsonView error = answer["error"];
    if (error.isObject())
    {
        out.message = messageOf(error["message"]);
        if (out.message.empty()) out.message = messageOf(error);
        out.type = textOf(error["type"]);
        out.code = textOf(error["code"]);
        out.param = textOf(error["param"]);
        return;
    }
    out.message = messageOf(error);
    const JsonView nested = either(either(answer, "response", "Response"), "error", "Error");
    for (const JsonView candidate :
         {answer["message"], answer["msg"], answer["err"], answer["error_msg"], answer["detail"],
          answer["header"]["message"], either(nested, "message", "Message"), answer["errors"],
          answer["base_resp"]["status_msg"], answer["statusText"]})
        if (out.message.empty()) out.message = messageOf(candidate);
    out.type = textOf(answer["type"]);
    if (out.type.empty()) out.type = textOf(answer["reason"]);
    for (const JsonView candidate : {answer["code"], answer["error_code"], either(nested, "code", "Code"),
                                     answer["errors"].at(0)["code"], answer["base_resp"]["status_code"]})
        if (out.code.empty()) out.code = textOf(candidate);
    out.param = textOf(answer["param"]);
}

bool isHtml(std::string_view body) { return body.starts_with('<'); }

std::string titleOf(std::string_view html)
{
    const auto lower = [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); };
    const auto find = [&](std::string_view tag, size_t from)
    {
        const auto at = std::search(html.begin() + static_cast<std::ptrdiff_t>(from), html.end(), tag.begin(),
                                    tag.end(), [&](char a, char b) { return lower(a) == b; });
        return at == html.end() ? std::string_view::npos : static_cast<size_t>(at - html.begin());
    };
    const size_t open = find("<title", 0);
    if (open == std::string_view::npos) return {};
    const size_t begin = html.find('>', open);
    if (begin == std::string_view::npos) return {};
    const size_t end = find("</title", begin);
    return std::string(html.substr(begin + 1, end == std::string_view::npos ? end : end - begin - 1));
}

/// One line of whole UTF-8 of bounded length.
std::string tidy(std::string_view text)
{
    std::string out;
    bool blank = false;
    for (size_t i = 0; i < text.size() && out.size() < kMostMessage;)
    {
        const unsigned char c = static_cast<unsigned char>(text[i]);
        if (c <= 0x20 || c == 0x7F)
        {
            blank = !out.empty();
            ++i;
            continue;
        }
        if (blank) out += ' ';
        blank = false;
        const int size = c < 0x80 ? 1 : sdk::utf8Sequence(text.substr(i));
        if (size > 0)
            out.append(text, i, static_cast<size_t>(size));
        else
            out += "\xEF\xBF\xBD";
        i += size > 0 ? static_cast<size_t>(size) : 1;
    }
    return out;
}

} // namespace

ErrorBody readErrorBody(std::string_view body)
{
    ErrorBody out;
    const size_t begin = body.find_first_not_of(" \t\r\n");
    body = begin == std::string_view::npos ? std::string_view() : body.substr(begin);
    // Event streams and lists of one hold their error in the first element.
    if (body.starts_with("data:")) body.remove_prefix(5);
    JsonView answer(body);
    const bool saysNothing = answer.isNull() || answer.json() == "[]";
    if (answer.isArray()) answer = answer.at(0);
    if (saysNothing) return out;
    if (answer.isObject())
        readObject(answer, out);
    else if (answer.isString())
        out.message = answer.text();
    else if (isHtml(body))
        out.message = titleOf(body);
    else
        out.message = std::string(body.substr(0, kMostMessage));
    out.message = tidy(out.message);
    out.type = tidy(out.type);
    out.code = tidy(out.code);
    out.param = tidy(out.param);
    return out;
}

} // namespace switchyard::openai
