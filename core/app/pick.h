// Finds the row that a person means by `ID|NAME`.
#pragma once

#include "base/text.h"

#include <Poco/Exception.h>
#include <cstdint>
#include <string>
#include <vector>

namespace switchyard::app
{

/// The row whose id is `wanted`, else the only one whose name it is. `idOf` and `nameOf` read a row. Throws
/// Poco::NotFoundException, or Poco::DataException when several have the name.
template <class Row, class IdOf, class NameOf>
const Row& pick(const std::vector<Row>& rows, const std::string& kind, const std::string& wanted, IdOf idOf,
                NameOf nameOf)
{
    const auto id = parseInt(wanted);
    const Row* named = nullptr;
    std::string ids;
    for (const Row& row : rows)
    {
        if (id && idOf(row) == *id) return row;
        if (nameOf(row) != wanted) continue;
        named = &row;
        ids += (ids.empty() ? "" : ", ") + std::to_string(idOf(row));
    }
    if (!named)
        throw Poco::NotFoundException("there is no " + kind + " `" + wanted + "`; `switchyard " + kind +
                                      " list` shows them");
    if (ids.find(',') != std::string::npos)
        throw Poco::DataException("several " + kind + "s are called `" + wanted + "`; say which by its id: " + ids);
    return *named;
}

} // namespace switchyard::app
