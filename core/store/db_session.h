// One connection to the database, with its prepared statements.
#pragma once

#include "store/backend.h"
#include "store/parameter.h"

#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <Poco/Tuple.h>
#include <Poco/Types.h>
#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeindex>
#include <unordered_map>
#include <vector>

namespace switchyard::store
{

/// Runs neutral statements (renderSql) with bound parameters. A statement is prepared once and kept with its session.
/// Not thread-safe: a session belongs to one thread at a time. Throws Poco::Data::DataException and its kin.
class DbSession
{
public:
    DbSession(Backend backend, Poco::Data::Session session) : backend_(backend), session_(std::move(session)) {}
    DbSession(const DbSession&) = delete;
    DbSession& operator=(const DbSession&) = delete;

    Backend backend() const noexcept { return backend_; }

    /// The number of rows that were changed.
    template <class... Arguments>
    size_t execute(std::string_view neutral, const Arguments&... arguments)
    {
        return kept<NoRow, Bound<Arguments>...>(neutral).run(Bound<Arguments>(arguments)...);
    }

    /// The same with any number of parameters.
    size_t executeList(std::string_view neutral, std::span<const Parameter> parameters);

    /// All rows. Row is a Poco::Tuple of Poco::Int64, double and std::string, or one of these; NULL reads as 0 or ''.
    template <class Row, class... Arguments>
    std::vector<Row> query(std::string_view neutral, const Arguments&... arguments)
    {
        auto& statement = kept<Row, Bound<Arguments>...>(neutral);
        statement.run(Bound<Arguments>(arguments)...);
        return std::move(statement.rows);
    }

    /// A single number: COUNT(*), MAX(...). 0 when there is no row.
    template <class... Arguments>
    int64_t number(std::string_view neutral, const Arguments&... arguments)
    {
        const auto rows = query<Poco::Int64>(neutral, arguments...);
        return rows.empty() ? 0 : rows.front();
    }

    /// Runs a statement that is not worth keeping: schema changes, settings. No parameters.
    void executeOnce(std::string_view neutral);

    /// The id that the last INSERT of this session made.
    int64_t lastId();

private:
    struct NoRow
    {
    };

    template <class T>
    struct BoundType
    {
        using type = std::conditional_t<std::integral<T>, Poco::Int64,
                                        std::conditional_t<std::floating_point<T>, double, std::string>>;
    };
    template <class T>
    using Bound = typename BoundType<std::decay_t<T>>::type;

    struct KeptBase
    {
        virtual ~KeptBase() = default;
    };

    /// A prepared statement with the storage that it reads its parameters from and writes its rows to.
    template <class Row, class... Arguments>
    struct Kept : KeptBase
    {
        Kept(Poco::Data::Session& session, const std::string& sql) : statement(session)
        {
            statement << sql;
            std::apply([this](auto&... bound) { (statement.addBind(Poco::Data::Keywords::use(bound)), ...); }, values);
            if constexpr (!std::same_as<Row, NoRow>) statement.addExtract(Poco::Data::Keywords::into(rows));
        }

        size_t run(Arguments... arguments)
        {
            values = std::tuple<Arguments...>(std::move(arguments)...);
            rows.clear();
            return statement.execute();
        }

        std::tuple<Arguments...> values;
        std::vector<Row> rows;
        Poco::Data::Statement statement;
    };

    struct KeptList : KeptBase
    {
        KeptList(Poco::Data::Session& session, const std::string& sql, std::span<const Parameter> parameters);

        std::vector<Parameter::Value> values; ///< bound by reference: never resized
        Poco::Data::Statement statement;
    };

    template <class Row, class... Arguments>
    Kept<Row, Arguments...>& kept(std::string_view neutral)
    {
        using Wanted = Kept<Row, Arguments...>;
        auto& slot = kept_[{std::string(neutral), std::type_index(typeid(Wanted))}];
        if (!slot) slot = std::make_unique<Wanted>(session_, renderSql(backend_, neutral));
        return static_cast<Wanted&>(*slot);
    }

    using Name = std::pair<std::string, std::type_index>;
    struct NameHash
    {
        size_t operator()(const Name& name) const noexcept { return std::hash<std::string>{}(name.first); }
    };

    Backend backend_;
    Poco::Data::Session session_;
    std::unordered_map<Name, std::unique_ptr<KeptBase>, NameHash> kept_; ///< destroyed before session_
};

} // namespace switchyard::store
