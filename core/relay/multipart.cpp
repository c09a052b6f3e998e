#include "relay/multipart.h"

#include "base/text.h"

#include <algorithm>

namespace switchyard::relay
{

namespace
{

using accounts::Text;

constexpr size_t kMaxPartHead = 16384;

constexpr Text kNoBoundary{"no part begins with the boundary of the content type", "未找到以 Content-Type 中的边界开头的部分"};
constexpr Text kAfterBoundary{"a line end or '--' must follow the boundary", "边界之后必须是换行或“--”"};
constexpr Text kNoHeadEnd{"the blank line behind a part's headers is missing", "缺少分段头部之后的空行"};
constexpr Text kNoName{"a part's Content-Disposition names no form field", "分段的 Content-Disposition 未给出字段名"};
constexpr Text kNoClosing{"the closing boundary is missing", "缺少结束边界"};
constexpr Text kTooMany{"it has more than 1,024 parts", "分段超过 1024 个"};

/// Walks over `key=value` and `key="value"` behind the first ';' of a header's value.
class Parameters
{
public:
    explicit Parameters(std::string_view header) : rest_(header.substr(std::min(header.find(';'), header.size()))) {}

    bool next()
    {
        rest_ = trim(rest_);
        while (!rest_.empty() && rest_[0] == ';')
            rest_ = trim(rest_.substr(1));
        const size_t equals = rest_.find('=');
        if (equals == std::string_view::npos) return false;
        name = trim(rest_.substr(0, equals));
        rest_ = trim(rest_.substr(equals + 1));
        if (rest_.empty() || rest_[0] != '"')
        {
            value = trim(rest_.substr(0, rest_.find(';')));
            rest_.remove_prefix(std::min(rest_.find(';'), rest_.size()));
            return true;
        }
        size_t end = 1;
        while (end < rest_.size() && rest_[end] != '"')
            end += rest_[end] == '\\' ? 2 : 1;
        if (end >= rest_.size()) return false;
        value = rest_.substr(1, end - 1);
        rest_.remove_prefix(end + 1);
        return true;
    }

    std::string_view name;
    std::string_view value;

private:
    std::string_view rest_;
};

swy_borrowed_t borrowed(std::string_view text) { return {text.data(), text.size()}; }

/// Reads a part's header lines. False: no form field's name among them.
bool readHead(std::string_view head, swy_part_t& part)
{
    while (!head.empty())
    {
        const std::string_view line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(std::min(head.size(), line.size() + 2));
        const size_t colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const std::string_view name = trim(line.substr(0, colon)), value = trim(line.substr(colon + 1));
        if (equalsIgnoreCase(name, "content-type")) part.content_type = borrowed(value);
        if (!equalsIgnoreCase(name, "content-disposition")) continue;
        for (Parameters parameters(value); parameters.next();)
        {
            if (equalsIgnoreCase(parameters.name, "name")) part.name = borrowed(parameters.value);
            if (equalsIgnoreCase(parameters.name, "filename")) part.file_name = borrowed(parameters.value);
        }
    }
    return part.name.size > 0;
}

} // namespace

std::string_view boundaryOf(std::string_view contentType)
{
    if (!startsWithIgnoreCase(trim(contentType), "multipart/")) return {};
    for (Parameters parameters(contentType); parameters.next();)
    {
        if (!equalsIgnoreCase(parameters.name, "boundary")) continue;
        const std::string_view boundary = parameters.value;
        const bool fits = !boundary.empty() && boundary.size() <= 70 && boundary.back() != ' ';
        const bool plain = std::all_of(boundary.begin(), boundary.end(), [](char c) {
            const bool letter = (c >= '0' && c <= '9') || (lowerAscii(c) >= 'a' && lowerAscii(c) <= 'z');
            return letter || std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
        });
        return fits && plain ? boundary : std::string_view();
    }
    return {};
}

Result<std::vector<swy_part_t>, BodyProblem> scanMultipart(std::string_view body, std::string_view boundary)
{
    const auto wrong = [](size_t offset, const Text& reason) { return failure(BodyProblem{offset, reason, {}}); };
    const std::string delimiter = "\r\n--" + std::string(boundary);
    std::vector<swy_part_t> parts;
    size_t at = 0; // behind the last delimiter
    if (!boundary.empty() && body.starts_with(std::string_view(delimiter).substr(2)))
        at = delimiter.size() - 2;
    else if (const size_t first = boundary.empty() ? std::string_view::npos : body.find(delimiter); first != std::string_view::npos)
        at = first + delimiter.size(); // what stands before it is a preamble
    else
        return wrong(0, kNoBoundary);
    for (;;)
    {
        if (body.substr(at, 2) == "--") return parts;
        while (at < body.size() && (body[at] == ' ' || body[at] == '\t'))
            ++at; // RFC 2046 allows blanks there
        if (body.substr(at, 2) != "\r\n") return wrong(at, kAfterBoundary);
        if (parts.size() == kMaxParts) return wrong(at, kTooMany);

        const std::string_view head = body.substr(at, kMaxPartHead); // with the line end before it: there may be no header
        const size_t headEnd = head.find("\r\n\r\n");
        if (headEnd == std::string_view::npos) return wrong(at, kNoHeadEnd);
        swy_part_t part{};
        if (!readHead(head.substr(0, headEnd), part)) return wrong(at + 2, kNoName);
        const size_t content = at + headEnd + 4;
        const size_t end = body.find(delimiter, content - 2); // an empty content's line end is the head's
        if (end == std::string_view::npos) return wrong(body.size(), kNoClosing);
        part.offset = content;
        part.size = end < content ? 0 : end - content;
        parts.push_back(part);
        at = end + delimiter.size();
    }
}

std::string_view formField(std::string_view body, const std::vector<swy_part_t>& parts, std::string_view name)
{
    for (const swy_part_t& part : parts)
        if (std::string_view(part.name.data, part.name.size) == name && part.file_name.size == 0)
            return body.substr(part.offset, part.size);
    return {};
}

} // namespace switchyard::relay
