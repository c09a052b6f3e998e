// A gateway that answers without any account.
#pragma once

#include "app/config.h"

#include <optional>
#include <string>

namespace switchyard::store
{
class Database;
class KeySealer;
}

namespace switchyard::app
{

struct Demo
{
    std::string key; ///< with `sk-`
    bool created = false;
};

/// In a database without channels: makes a channel `demo` of the provider `demo` and an unlimited token `demo` of root.
/// In one that has them: finds them. Nothing when an administrator has set up something else, or removed one of the
/// two.
std::optional<Demo> ensureDemo(store::Database& database, const store::KeySealer& keys);

/// A command to paste into a terminal: streams an answer from the demo channel.
std::string demoCurl(const Config& config, const Demo& demo);

} // namespace switchyard::app
