#include "store/ledger_schema.h"

namespace switchyard::store
{

namespace
{

using K = ColumnKind;

// One row per journal and database. `epoch` is raised by whoever takes over a node's journal: from then on the UPDATE
// of the former owner hits no row (ledger.md 11).
Table positions()
{
    return {"ledger_positions",
            {{"journal", K::boundedText, 64, "", true},
             {"epoch", K::integer, 0, "0", true},
             {"seq", K::integer, 0, "0", true}},
            {"journal"}};
}

Table entries()
{
    return {"ledger_entries",
            {{"id", K::id},
             {"account_kind", K::boundedText, 16, "", true},
             {"account_id", K::integer, 0, "0", true},
             {"delta", K::integer, 0, "0", true},
             {"balance_after", K::integer, 0, "0", true},
             {"cause", K::boundedText, 32, "", true},
             {"actor", K::boundedText, 191},
             {"reference", K::boundedText, 191},
             {"created_at", K::integer, 0, "0", true}},
            {"id"},
            {},
            {{"idx_ledger_entries_account", {"account_kind", "account_id"}}}};
}

} // namespace

const std::vector<Table>& ledgerTables()
{
    static const std::vector<Table> tables{positions(), entries()};
    return tables;
}

// `token_id` and `token_quota`: One API's rows name the token by a text that is neither unique nor lasting, and do not
// say whether the token's own balance paid; without both a token's books cannot be checked.
const Table& logAdditions()
{
    static const Table table{"logs",
                             {{"branch", K::boundedText, 32},
                              {"usage_source", K::boundedText, 32},
                              {"unpaid", K::integer},
                              {"held", K::integer},
                              {"cached_tokens", K::integer},
                              {"reasoning_tokens", K::integer},
                              {"token_id", K::integer},
                              {"token_quota", K::integer},
                              {"node", K::boundedText, 64},
                              {"journal_seq", K::integer},
                              {"upstream_id", K::boundedText, 191},
                              {"finish", K::boundedText, 32},
                              {"detail", K::text}},
                             {"id"},
                             {},
                             {{"idx_logs_request_id", {"request_id"}}}};
    return table;
}

} // namespace switchyard::store
