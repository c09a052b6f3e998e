#include "store/option_repository.h"

namespace switchyard::store
{

Options OptionRepository::all()
{
    Options options;
    using Fields = Poco::Tuple<std::string, std::string>;
    for (const Fields& fields : session_.query<Fields>("SELECT [key], [value] FROM [options]"))
        options.set(fields.get<0>(), fields.get<1>());
    return options;
}

void OptionRepository::set(std::string_view key, std::string_view value)
{
    session_.execute(upsertSql(session_.backend(), "options", {"key"}, {"value"}), key, value);
}

} // namespace switchyard::store
