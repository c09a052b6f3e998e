// What this program notes about the database itself, in the table `switchyard_state`.
#pragma once

#include "store/db_session.h"
#include "store/schema.h"

#include <string>
#include <string_view>

namespace switchyard::store
{

const Table& stateTable();

/// Works inside the transaction of its session.
class StateRepository
{
public:
    explicit StateRepository(DbSession& session) : session_(session) {}

    /// '' when it has not been set.
    std::string get(std::string_view name);
    void set(std::string_view name, std::string_view value);

private:
    DbSession& session_;
};

} // namespace switchyard::store
