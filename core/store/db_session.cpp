#include "store/db_session.h"

namespace switchyard::store
{

void DbSession::executeOnce(std::string_view neutral)
{
    Poco::Data::Statement statement(session_);
    statement << renderSql(backend_, neutral);
    statement.execute();
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
