#include "store/writer_session.h"

#include <Poco/Exception.h>

namespace switchyard::store
{

DbSession& WriterSession::begin()
{
    if (open()) throw Poco::IllegalStateException("the writer has a transaction open already");
    lock_ = database_.lockWriter();
    try
    {
        if (!session_) session_ = database_.open(Durability::power);
        session_->execute(session_->backend() == Backend::sqlite ? "BEGIN IMMEDIATE" : "BEGIN");
    }
    catch (...)
    {
        abandon();
        throw;
    }
    return *session_;
}

void WriterSession::commit()
{
    if (!open()) throw Poco::IllegalStateException("the writer has no transaction to commit");
    try
    {
        session_->execute("COMMIT");
    }
    catch (...)
    {
        abandon();
        throw;
    }
    seen_ = asked_;
    lock_ = {};
}

void WriterSession::abandon() noexcept
{
    if (!open()) return;
    session_.reset();
    seen_ = asked_ = -1;
    lock_ = {};
}

bool WriterSession::othersHaveWritten()
{
    if (!open()) throw Poco::IllegalStateException("the writer has no transaction open");
    // SQLite's data_version changes on a connection exactly when another one commits. The other backends say nothing.
    if (session_->backend() != Backend::sqlite) return true;
    asked_ = session_->number("PRAGMA data_version");
    return asked_ != seen_;
}

} // namespace switchyard::store
