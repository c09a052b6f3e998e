#include "store/database_error.h"

#include <Poco/Data/DataException.h>
#include <Poco/Data/SQLite/SQLiteException.h>
#include <array>
#include <string>
#include <string_view>

namespace switchyard::store
{

namespace
{

namespace sqlite = Poco::Data::SQLite;

template <class... Kinds>
bool isOneOf(const Poco::Exception& error)
{
    return (dynamic_cast<const Kinds*>(&error) || ...);
}

// Poco 1.11 has no sqlState(): the text is all there is.
std::string_view after(std::string_view text, std::string_view mark, size_t length)
{
    const size_t at = text.find(mark);
    return at == std::string_view::npos ? std::string_view() : text.substr(at + mark.size(), length);
}

std::string_view postgresqlState(std::string_view text) { return after(text, "State: ", 5); }
std::string_view mysqlNumber(std::string_view text) { return after(text, "[mysql_stmt_errno]: ", 4); }

template <size_t n>
bool contains(const std::array<std::string_view, n>& list, std::string_view word)
{
    for (std::string_view each : list)
        if (each == word) return true;
    return false;
}

constexpr std::array<std::string_view, 3> kBusyStates{"40001", "40P01", "55P03"};
constexpr std::array<std::string_view, 2> kBusyNumbers{"1213", "1205"};
// Gone away, lost, cannot connect, shutting down, read-only, disk full (also 1114, a full table).
constexpr std::array<std::string_view, 8> kLostNumbers{"2006", "2013", "2002", "2003", "1053", "1290", "1021", "1114"};

// Connection exceptions, lack of resources (a full disk), intervention by an operator, errors of the system.
bool isLostState(std::string_view state)
{
    return state.starts_with("08") || state.starts_with("53") || state.starts_with("57P") || state.starts_with("58");
}

} // namespace

WriteFault faultOf(const Poco::Exception& error)
{
    if (isOneOf<sqlite::DBLockedException, sqlite::TableLockedException>(error)) return WriteFault::busy;
    if (isOneOf<sqlite::IOErrorException, sqlite::DatabaseFullException, sqlite::ReadOnlyException,
                sqlite::CantOpenDBFileException, sqlite::CorruptImageException, sqlite::NoMemoryException,
                sqlite::InterruptException, sqlite::LockProtocolException, sqlite::DBAccessDeniedException,
                sqlite::InternalDBErrorException, Poco::Data::ConnectionFailedException,
                Poco::Data::NotConnectedException, Poco::Data::SessionUnavailableException, Poco::TimeoutException>(
            error))
        return WriteFault::lost;
    const std::string text = error.displayText();
    const std::string_view state = postgresqlState(text), number = mysqlNumber(text);
    if (contains(kBusyStates, state) || contains(kBusyNumbers, number)) return WriteFault::busy;
    if (isLostState(state) || contains(kLostNumbers, number)) return WriteFault::lost;
    return WriteFault::rejected;
}

bool isUniqueViolation(const Poco::Exception& error)
{
    if (isOneOf<sqlite::ConstraintViolationException>(error)) return true;
    const std::string text = error.displayText();
    return postgresqlState(text) == "23505" || mysqlNumber(text) == "1062";
}

} // namespace switchyard::store
