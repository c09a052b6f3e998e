#include "store/state_repository.h"

namespace switchyard::store
{

const Table& stateTable()
{
    static const Table table{
        "switchyard_state", {{"name", ColumnKind::boundedText, 64}, {"value", ColumnKind::text}}, {"name"}};
    return table;
}

std::string StateRepository::get(std::string_view name)
{
    const auto found = session_.query<std::string>("SELECT [value] FROM [switchyard_state] WHERE [name] = ?", name);
    return found.empty() ? "" : found.front();
}

void StateRepository::set(std::string_view name, std::string_view value)
{
    session_.execute(upsertSql(session_.backend(), "switchyard_state", {"name"}, {"value"}), name, value);
}

} // namespace switchyard::store
