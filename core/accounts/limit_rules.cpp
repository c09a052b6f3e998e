#include "accounts/limit_rules.h"

#include <optional>
#include <simdjson.h>

namespace switchyard::accounts
{

namespace
{

constexpr int64_t kMostLimit = 1'000'000'000'000;

struct Member
{
    std::string_view name;
    int64_t Limit::*value;
};
constexpr Member kMembers[] = {{"rpm", &Limit::requests}, {"tpm", &Limit::tokens}, {"concurrent", &Limit::concurrent}};

constexpr std::string_view kScopeNames[kLimitScopes] = {"token", "user", "group", "model", "channel"};

std::optional<LimitScope> scopeNamed(std::string_view name) noexcept
{
    for (size_t i = 0; i < kLimitScopes; ++i)
        if (kScopeNames[i] == name) return static_cast<LimitScope>(i);
    return std::nullopt;
}

bool isId(std::string_view name) noexcept
{
    return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Whether a scope's names can look like this: who writes a user's name where his id must stand would wait for an effect.
bool fits(LimitScope scope, std::string_view name) noexcept
{
    if (name == "*" || scope == LimitScope::group || scope == LimitScope::model) return !name.empty();
    const bool byGroup = scope != LimitScope::channel && name.size() > 1 && name[0] == '@';
    return byGroup || isId(name);
}

Result<Limit, std::string> limitOf(const simdjson::dom::element& element)
{
    simdjson::dom::object object;
    if (element.get(object) != simdjson::SUCCESS) return failure(std::string("must be an object"));
    Limit limit;
    for (const auto& [name, value] : object)
    {
        int64_t Limit::*at = nullptr;
        for (const Member& member : kMembers)
            if (member.name == name) at = member.value;
        if (!at) return failure("has no `" + std::string(name) + "`: it takes rpm, tpm and concurrent");
        int64_t number = 0;
        if (value.get(number) != simdjson::SUCCESS || number < 0 || number > kMostLimit)
            return failure("`" + std::string(name) + "` must be a whole number that is not negative");
        limit.*at = number;
    }
    return limit;
}

} // namespace

std::string_view nameOf(LimitScope scope) noexcept { return kScopeNames[static_cast<size_t>(scope)]; }

Result<Limit, std::string> LimitRules::readLimit(std::string_view json)
{
    simdjson::dom::parser parser;
    simdjson::dom::element element;
    if (parser.parse(json.data(), json.size()).get(element) != simdjson::SUCCESS) return failure(std::string("is no JSON"));
    return limitOf(element);
}

Result<LimitRules, std::string> LimitRules::read(std::string_view json)
{
    LimitRules rules;
    if (json.find_first_not_of(" \t\r\n") == std::string_view::npos) return rules;
    simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(json.data(), json.size()).get(object) != simdjson::SUCCESS)
        return failure(std::string("it is not a JSON object"));
    for (const auto& [scopeName, names] : object)
    {
        const std::string scopeText(scopeName);
        const auto scope = scopeNamed(scopeName);
        if (!scope) return failure("`" + scopeText + "` is no scope: it takes token, user, group, model and channel");
        simdjson::dom::object entries;
        if (names.get(entries) != simdjson::SUCCESS) return failure("`" + scopeText + "` must be an object");
        for (const auto& [name, value] : entries)
        {
            const std::string where = "`" + scopeText + "." + std::string(name) + "`";
            if (!fits(*scope, name)) return failure(where + " must be named by an id or `*`");
            auto limit = limitOf(value);
            if (!limit) return failure(where + " " + limit.error());
            rules.scopes_[static_cast<size_t>(*scope)][std::string(name)] = *limit;
        }
    }
    return rules;
}

Limit LimitRules::of(LimitScope scope, std::string_view name, std::string_view group) const
{
    const auto& names = scopes_[static_cast<size_t>(scope)];
    if (names.empty()) return {};
    if (const auto found = names.find(name); found != names.end()) return found->second;
    if (!group.empty())
        if (const auto found = names.find("@" + std::string(group)); found != names.end()) return found->second;
    const auto all = names.find("*");
    return all == names.end() ? Limit{} : all->second;
}

} // namespace switchyard::accounts
