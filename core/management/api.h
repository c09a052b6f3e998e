// The management plane's form: a request and a response as values, and One API's envelope around every answer.
#pragma once

#include "accounts/language.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace switchyard::management
{

using accounts::Language;
using accounts::Text;

/// A request of the management plane, whole, as a value: it travels from a data-plane thread to the pool.
struct Request
{
    std::string method;
    std::string path;  ///< without query, percent-encoding kept
    std::string query; ///< without the question mark
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::string clientIp;
    std::string requestId;
    bool secure = false; ///< came over TLS

    /// First header of that name, any case; empty when absent.
    std::string_view header(std::string_view name) const;
    /// Of the messages in the answer.
    Language language() const { return accounts::languageOf(header("accept-language")); }
};

struct Response
{
    int status = 200;
    std::string contentType = "application/json; charset=utf-8";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

/// One API's envelope: {"success":true,"message":"","data":DATA}; `dataJson` is JSON text.
Response succeeded(std::string_view dataJson);
/// The same without `data` (admin-api.md, rows that say "no data").
Response succeeded();
/// {"success":false,"message":MESSAGE}, HTTP 200 as One API does unless `status` says otherwise.
Response refused(std::string_view message, int status = 200);

} // namespace switchyard::management
