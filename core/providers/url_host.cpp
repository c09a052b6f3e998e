#include "providers/url_host.h"

namespace switchyard::providers
{

std::string_view hostOf(std::string_view url) noexcept
{
    const size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    std::string_view authority = url.substr(scheme + 3);
    authority = authority.substr(0, authority.find_first_of("/?#\\"));
    if (authority.find('@') != std::string_view::npos) return {};
    if (!authority.empty() && authority.front() == '[')
    {
        const size_t end = authority.find(']');
        return end == std::string_view::npos ? std::string_view() : authority.substr(1, end - 1);
    }
    return authority.substr(0, authority.find(':'));
}

} // namespace switchyard::providers
