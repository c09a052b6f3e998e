// Recomputes a charge from its row alone (ledger.md 9).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace switchyard::store
{
struct LogRow;
}

namespace switchyard::ledger
{

struct Explanation
{
    enum class Verdict : uint8_t
    {
        agrees,
        differs,    ///< `why` says how
        unexplained ///< the row does not say enough: not written by the ledger, or its texts had to be left out
    };
    Verdict verdict = Verdict::unexplained;
    int64_t due = 0; ///< what the row's own numbers come to; charged + unpaid of it, if they agree
    std::string why;
    std::vector<std::string> lines; ///< for people: what happened, the sum, the attempts
};

/// Pure; any thread.
Explanation explainRow(const store::LogRow& row);

} // namespace switchyard::ledger
