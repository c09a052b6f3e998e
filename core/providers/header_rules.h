// Which header fields a plug-in may send (provider.h: swy_given_header_t, swy_http_request_t, swy_answer_head_t). Pure.
#pragma once

#include <string_view>

namespace switchyard::providers
{

/// RFC 9110 5.6.2: at least one character, none of them a blank, a control or a delimiter.
bool isToken(std::string_view text) noexcept;
/// Whether it can go out as it is: no CR, LF, NUL.
bool isFieldValue(std::string_view text) noexcept;
/// Fields of a request that the host writes: Host, Content-Length, Accept-Encoding, Connection, Transfer-Encoding.
bool hostWritesInRequest(std::string_view name) noexcept;
/// Fields of an answer that the host writes: Content-Length, Connection, Transfer-Encoding.
bool hostWritesInAnswer(std::string_view name) noexcept;

} // namespace switchyard::providers
