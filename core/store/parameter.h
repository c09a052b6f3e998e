// A value for a statement whose number of parameters is known only when it runs.
#pragma once

#include <Poco/Nullable.h>
#include <Poco/Types.h>
#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace switchyard::store
{

/// A number or a text, or the NULL of one. Which of the two is a matter of the place in the statement: it may not
/// change between two runs.
class Parameter
{
public:
    using Value = std::variant<Poco::Nullable<Poco::Int64>, Poco::Nullable<std::string>>;

    Parameter(std::integral auto number) : value_(Poco::Nullable<Poco::Int64>(static_cast<Poco::Int64>(number))) {}
    Parameter(std::string text) : value_(Poco::Nullable<std::string>(std::move(text))) {}
    static Parameter noNumber() { return Parameter(Value(Poco::Nullable<Poco::Int64>())); }
    static Parameter noText() { return Parameter(Value(Poco::Nullable<std::string>())); }

    const Value& value() const noexcept { return value_; }

private:
    explicit Parameter(Value value) : value_(std::move(value)) {}

    Value value_;
};

} // namespace switchyard::store
