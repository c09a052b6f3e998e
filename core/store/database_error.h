// What a database's error means. The one place that reads the backends' error texts.
#pragma once

#include <Poco/Exception.h>

namespace switchyard::store
{

/// What may be done after work in a transaction has failed. In every case the transaction is rolled back.
enum class WriteFault
{
    busy,    ///< locked by another, deadlock, serialization failure: the same work again, soon
    lost,    ///< the connection, the file, the disk: nothing works; look again later, in a new session
    rejected ///< the statement with these values: the same will fail again
};

WriteFault faultOf(const Poco::Exception& error);

/// Whether `error` says that a unique index refused a row.
bool isUniqueViolation(const Poco::Exception& error);

} // namespace switchyard::store
