// Rows of `options`: what differs from the defaults.
#pragma once

#include "store/db_session.h"
#include "store/options.h"

#include <string_view>

namespace switchyard::store
{

/// Works inside the transaction of its session.
class OptionRepository
{
public:
    explicit OptionRepository(DbSession& session) : session_(session) {}

    /// The defaults, overridden by the rows.
    Options all();
    void set(std::string_view key, std::string_view value);

private:
    DbSession& session_;
};

} // namespace switchyard::store
