// Rows as a table for a terminal.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace switchyard::app
{

/// The first row is the heading. Columns are as wide as their widest cell; UTF-8 counts by characters.
void printTable(std::ostream& out, const std::vector<std::vector<std::string>>& rows);

} // namespace switchyard::app
