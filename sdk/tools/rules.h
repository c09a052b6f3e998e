// The rules of provider.h that an action's arguments must keep. Each returns what is wrong; empty: nothing.
#pragma once

#include <switchyard/provider.h>

#include <string>
#include <string_view>
#include <vector>

namespace switchyard::check
{

inline std::string_view bytesOf(swy_given_t given)
{
    return given.size ? std::string_view(given.data, given.size) : std::string_view();
}

/// The host in a URL, in lower case; empty: it is no absolute URL of one of the schemes.
std::string hostOf(std::string_view url, std::initializer_list<std::string_view> schemes);

std::string wrongHeaders(const swy_given_header_t* headers, uint32_t count,
                         std::initializer_list<std::string_view> hostsOwn);
std::string wrongPieces(const swy_piece_t* pieces, uint32_t count, size_t clientBody);
std::string wrongRequest(const swy_http_request_t& request, size_t clientBody,
                         const std::vector<std::string>& keyedHosts);
std::string wrongDelta(const swy_delta_t& delta);
std::string wrongUsage(const swy_usage_t& usage);
std::string wrongFail(const swy_fail_t& fail);

/// A body of pieces in one text; media pieces are left out.
std::string joined(const swy_piece_t* pieces, uint32_t count, std::string_view clientBody);

} // namespace switchyard::check
