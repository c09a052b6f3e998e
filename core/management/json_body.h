// A request's JSON body, read member by member; what does not fit is refused with the member's name.
#pragma once

#include <Poco/Dynamic/Var.h>
#include <Poco/JSON/Object.h>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace switchyard::management
{

/// By the rules of admin-api.md 1.10: unknown members are ignored, null is absent, names match in any case (an exact
/// match wins), a value of the wrong type is refused. Every function throws Refusal.
class JsonBody
{
public:
    /// `text` must be one JSON object.
    explicit JsonBody(const std::string& text);

    bool has(std::string_view name) const { return !find(name).isEmpty(); }
    std::optional<std::string> text(std::string_view name) const;
    std::optional<int64_t> integer(std::string_view name) const;
    std::optional<double> number(std::string_view name) const;
    std::optional<bool> flag(std::string_view name) const;

    /// What is absent is '', 0 or false.
    std::string textOr(std::string_view name, std::string otherwise = {}) const;
    int64_t integerOr(std::string_view name, int64_t otherwise = 0) const;
    bool flagOr(std::string_view name, bool otherwise = false) const;

    /// The text of a member that must be there and not empty.
    std::string requiredText(std::string_view name) const;
    /// The number of a member that must be there and not 0: an id.
    int64_t requiredId(std::string_view name = "id") const;

private:
    /// Empty when it is absent or null.
    Poco::Dynamic::Var find(std::string_view name) const;

    Poco::JSON::Object::Ptr object_;
};

} // namespace switchyard::management
