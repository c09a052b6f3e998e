#include "store/db_session.h"

#include <Poco/Exception.h>

namespace switchyard::store
{

void DbSession::executeOnce(std::string_view neutral)
{
    Poco::Data::Statement statement(session_);
    statement << renderSql(backend_, neutral);
    statement.execute();
}

DbSession::KeptList::KeptList(Poco::Data::Session& session, const std::string& sql,
                              std::span<const Parameter> parameters)
    : statement(session)
{
    for (const Parameter& parameter : parameters)
        values.push_back(parameter.value());
    statement << sql;
    for (Parameter::Value& value : values)
        std::visit([this](auto& bound) { statement.addBind(Poco::Data::Keywords::use(bound)); }, value);
}

size_t DbSession::executeList(std::string_view neutral, std::span<const Parameter> parameters)
{
    auto& slot = kept_[{std::string(neutral), std::type_index(typeid(KeptList))}];
    if (!slot) slot = std::make_unique<KeptList>(session_, renderSql(backend_, neutral), parameters);
    auto& list = static_cast<KeptList&>(*slot);
    if (list.values.size() != parameters.size())
        throw Poco::InvalidArgumentException("a statement was run with another number of parameters");
    for (size_t i = 0; i < parameters.size(); ++i)
    {
        // Assigning another alternative would pull the bound value from under the statement.
        if (list.values[i].index() != parameters[i].value().index())
            throw Poco::InvalidArgumentException("a parameter changed its type between two runs");
        list.values[i] = parameters[i].value();
    }
    return list.statement.execute();
}

int64_t DbSession::lastId()
{
    switch (backend_)
    {
    case Backend::sqlite:
        return number("SELECT last_insert_rowid()");
    case Backend::mysql:
        return number("SELECT LAST_INSERT_ID()");
    case Backend::postgresql:
        return number("SELECT lastval()");
    }
    return 0;
}

} // namespace switchyard::store
