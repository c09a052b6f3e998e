// Where channel keys are closed on their way into the database and opened on their way out.
#pragma once

#include <string>
#include <string_view>

namespace switchyard::store
{

/// Every channel key that is written or read passes through one of these.
class KeySealer
{
public:
    virtual ~KeySealer() = default;
    virtual std::string seal(std::string_view plain) const = 0;
    virtual std::string open(std::string_view sealed) const = 0;
};

/// Leaves keys as they are, as One API does. Encryption at rest takes this place (CHANGELOG, Known gaps).
class PlainKeys : public KeySealer
{
public:
    std::string seal(std::string_view plain) const override { return std::string(plain); }
    std::string open(std::string_view sealed) const override { return std::string(sealed); }
};

} // namespace switchyard::store
