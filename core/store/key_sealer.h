// Where channel keys are closed on their way into the database and opened on their way out.
#pragma once

#include <Poco/Exception.h>
#include <string>
#include <string_view>

namespace switchyard::store
{

class DbSession;

/// A key cannot be opened: the sealing key is not there, or the value has been changed. It says which and what to do.
POCO_DECLARE_EXCEPTION(, KeyUnreadable, Poco::RuntimeException)

/// Every channel key that is written or read passes through one of these. [any thread]
class KeySealer
{
public:
    virtual ~KeySealer() = default;
    /// Throws Poco::InvalidArgumentException for a key that looks sealed already.
    virtual std::string seal(std::string_view plain) const = 0;
    /// Never yields an empty key for one that is not: throws KeyUnreadable.
    virtual std::string open(std::string_view stored) const = 0;
    /// Before keys are read or written in a transaction: whether this database seals its keys, and with which key, may
    /// have been changed by another process.
    virtual void follow(DbSession&) const {}
};

/// Leaves keys as they are, as One API does.
class PlainKeys : public KeySealer
{
public:
    std::string seal(std::string_view plain) const override { return std::string(plain); }
    std::string open(std::string_view stored) const override { return std::string(stored); }
};

} // namespace switchyard::store
