// What a handler is given: the request, who sent it, and the parameters of its path and query.
#pragma once

#include "management/api.h"
#include "management/json_body.h"
#include "management/refusal.h"
#include "store/entities.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace switchyard::management
{

/// The account that a request acts for, as the database has it now.
struct Caller
{
    int64_t id = 0; ///< 0: nobody has logged in
    std::string name;
    int role = 0;
    std::string group;
    std::string loginSession; ///< id of the login that sent the cookie; empty for an access token

    bool isRoot() const noexcept { return role >= store::kRoleRoot; }
    /// Whether the caller may read and change an account of this role (admin-api.md 4).
    bool mayManage(int otherRole) const noexcept { return isRoot() || otherRole < role; }
};

/// The query's parameters, decoded; of several with one name the first counts.
class Query
{
public:
    Query() = default;
    explicit Query(std::string_view query);

    bool has(std::string_view name) const { return values_.contains(name); }
    /// '' when absent.
    std::string text(std::string_view name) const;
    /// 0 for what is absent or no number (admin-api.md 1.10).
    int64_t number(std::string_view name) const;

private:
    std::map<std::string, std::string, std::less<>> values_;
};

/// Rows to skip and to return at most.
struct Page
{
    int64_t offset = 0;
    int64_t limit = 10;
};

class Call
{
public:
    using Parameters = std::map<std::string, std::string, std::less<>>;

    Call(const Request& request, Caller caller, Parameters parameters)
        : request_(request), caller_(std::move(caller)), parameters_(std::move(parameters)), query_(request.query)
    {
    }

    const Request& request() const noexcept { return request_; }
    const Caller& caller() const noexcept { return caller_; }
    const Query& query() const noexcept { return query_; }
    Language language() const { return request_.language(); }

    /// The number that stands in the path's `{name}`. Throws Refusal when it is none.
    int64_t id(std::string_view name = "id") const;
    /// Throws Refusal when the body is no JSON object.
    JsonBody body() const { return JsonBody(request_.body); }
    /// `p` from 0; `page_size` or `size` from 1 to 100, else 10 (admin-api.md 1.7).
    Page page() const;

private:
    const Request& request_;
    Caller caller_;
    Parameters parameters_;
    Query query_;
};

} // namespace switchyard::management
