#include "management/call.h"

#include "base/text.h"

#include <algorithm>

namespace switchyard::management
{

namespace
{

constexpr Text kNoId{"`{}` in the address is not an id.", "地址中的 `{}` 不是有效的编号。"};

std::string decoded(std::string_view text)
{
    std::string plain(text);
    std::replace(plain.begin(), plain.end(), '+', ' ');
    return percentDecoded(plain);
}

} // namespace

Query::Query(std::string_view query)
{
    for (std::string_view piece : split(query, '&'))
    {
        const size_t equals = piece.find('=');
        std::string value = equals == std::string_view::npos ? std::string() : decoded(piece.substr(equals + 1));
        values_.emplace(decoded(piece.substr(0, equals)), std::move(value));
    }
}

std::string Query::text(std::string_view name) const
{
    const auto found = values_.find(name);
    return found == values_.end() ? std::string() : found->second;
}

int64_t Query::number(std::string_view name) const { return parseInt(text(name)).value_or(0); }

int64_t Call::id(std::string_view name) const
{
    const auto found = parameters_.find(name);
    const std::string text = found == parameters_.end() ? std::string() : found->second;
    const auto number = parseInt(text);
    if (!number || *number <= 0) throw Refusal(kNoId, {text});
    return *number;
}

Page Call::page() const
{
    constexpr int64_t kMostRows = 100;
    constexpr int64_t kMostPages = 100'000'000; // keeps the offset far from overflowing
    Page page;
    const int64_t size = query_.has("page_size") ? query_.number("page_size") : query_.number("size");
    if (size > 0) page.limit = std::min(size, kMostRows);
    page.offset = std::clamp<int64_t>(query_.number("p"), 0, kMostPages) * page.limit;
    return page;
}

} // namespace switchyard::management
