#include "ledger/writer/plain_row.h"

#include <string>

namespace switchyard::ledger
{

namespace
{

constexpr size_t kShort = 64;
constexpr size_t kWord = 32;

std::string plain(const std::string& text, size_t most)
{
    std::string out = text.substr(0, most);
    for (char& c : out)
        if (c < ' ' || c > '~') c = '?';
    return out;
}

} // namespace

SettleRecord plainRow(const SettleRecord& settle, bool keepTexts)
{
    SettleRecord row = settle;
    row.facts.requestId = plain(settle.facts.requestId, kShort);
    for (std::string RowFacts::*text : {&RowFacts::userName, &RowFacts::tokenName, &RowFacts::model, &RowFacts::upstreamId})
        row.facts.*text = keepTexts ? plain(settle.facts.*text, kShort) : std::string();
    row.facts.finish = keepTexts ? plain(settle.facts.finish, kWord) : std::string();
    row.branch = keepTexts ? plain(settle.branch, kWord) : std::string();
    row.usageSource = keepTexts ? plain(settle.usageSource, kWord) : std::string();
    // Cut JSON would be none.
    row.facts.detail = keepTexts ? plain(settle.facts.detail, settle.facts.detail.size()) : std::string();
    return row;
}

} // namespace switchyard::ledger
