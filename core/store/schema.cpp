#include "store/schema.h"

namespace switchyard::store
{

namespace
{

std::string sized(const char* word, int size) { return std::string(word) + "(" + std::to_string(size) + ")"; }

std::string typeOf(Backend backend, const Column& column)
{
    const auto choose = [&](const char* sqlite, const char* mysql, const char* postgresql) -> std::string {
        return backend == Backend::sqlite ? sqlite : backend == Backend::mysql ? mysql : postgresql;
    };
    switch (column.kind)
    {
    case ColumnKind::id:
        return choose("integer", "bigint AUTO_INCREMENT", "bigserial");
    case ColumnKind::integer:
        return choose("integer", "bigint", "bigint");
    case ColumnKind::unsignedInteger:
        return choose("integer", "bigint unsigned", "bigint");
    case ColumnKind::real:
        return choose("real", "double", "decimal");
    case ColumnKind::boolean:
        return choose("numeric", "boolean", "boolean");
    case ColumnKind::shortText:
        return choose("text", "varchar(191)", "text");
    case ColumnKind::longText:
        return choose("text", "longtext", "text");
    case ColumnKind::text:
        return "text";
    case ColumnKind::fixedText:
        return sized("char", column.size);
    case ColumnKind::boundedText:
        return sized("varchar", column.size);
    }
    return "text";
}

std::string columnSql(Backend backend, const Column& column)
{
    std::string sql = "[" + std::string(column.name) + "] " + typeOf(backend, column);
    if (column.notNull) sql += " NOT NULL";
    if (column.byDefault.empty()) return sql;
    std::string byDefault(column.byDefault);
    // One API compares the default's text in SQLite and would rebuild the table over another kind of quotes.
    if (backend != Backend::sqlite)
        for (char& c : byDefault)
            if (c == '"') c = '\'';
    return sql + " DEFAULT " + byDefault;
}

std::string columnList(const std::vector<std::string_view>& names)
{
    std::string list;
    for (std::string_view name : names)
        list.append(list.empty() ? "[" : ",[").append(name).append("]");
    return "(" + list + ")";
}

constexpr std::string_view kEmpty = R"("")";
constexpr std::string_view kDefaultGroup = R"("default")";

Table channels()
{
    using K = ColumnKind;
    return {"channels",
            {{"id", K::id},
             {"type", K::integer, 0, "0"},
             {"key", K::text},
             {"status", K::integer, 0, "1"},
             {"name", K::shortText},
             {"weight", K::unsignedInteger, 0, "0"},
             {"created_time", K::integer},
             {"test_time", K::integer},
             {"response_time", K::integer},
             {"base_url", K::shortText, 0, kEmpty},
             {"other", K::longText},
             {"balance", K::real},
             {"balance_updated_time", K::integer},
             {"models", K::longText},
             {"group", K::boundedText, 32, kDefaultGroup},
             {"used_quota", K::integer, 0, "0"},
             {"model_mapping", K::boundedText, 1024, kEmpty},
             {"priority", K::integer, 0, "0"},
             {"config", K::longText},
             {"system_prompt", K::text}},
            {"id"},
            {},
            {{"idx_channels_name", {"name"}}}};
}

Table tokens()
{
    using K = ColumnKind;
    return {"tokens",
            {{"id", K::id},
             {"user_id", K::integer},
             {"key", K::fixedText, 48},
             {"status", K::integer, 0, "1"},
             {"name", K::shortText},
             {"created_time", K::integer},
             {"accessed_time", K::integer},
             {"expired_time", K::integer, 0, "-1"},
             {"remain_quota", K::integer, 0, "0"},
             {"unlimited_quota", K::boolean, 0, "false"},
             {"used_quota", K::integer, 0, "0"},
             {"models", K::text},
             {"subnet", K::shortText, 0, kEmpty}},
            {"id"},
            {},
            {{"idx_tokens_key", {"key"}, true}, {"idx_tokens_name", {"name"}}}};
}

Table users()
{
    using K = ColumnKind;
    return {"users",
            {{"id", K::id},
             {"username", K::shortText},
             {"password", K::longText, 0, "", true},
             {"display_name", K::shortText},
             {"role", K::integer, 0, "1"},
             {"status", K::integer, 0, "1"},
             {"email", K::shortText},
             {"github_id", K::shortText},
             {"wechat_id", K::shortText},
             {"lark_id", K::shortText},
             {"oidc_id", K::shortText},
             {"access_token", K::fixedText, 32},
             {"quota", K::integer, 0, "0"},
             {"used_quota", K::integer, 0, "0"},
             {"request_count", K::integer, 0, "0"},
             {"group", K::boundedText, 32, kDefaultGroup},
             {"aff_code", K::boundedText, 32},
             {"inviter_id", K::integer}},
            {"id"},
            {{"uni_users_username", {"username"}, true}},
            {{"idx_users_username", {"username"}},
             {"idx_users_display_name", {"display_name"}},
             {"idx_users_email", {"email"}},
             {"idx_users_git_hub_id", {"github_id"}},
             {"idx_users_we_chat_id", {"wechat_id"}},
             {"idx_users_lark_id", {"lark_id"}},
             {"idx_users_oidc_id", {"oidc_id"}},
             {"idx_users_access_token", {"access_token"}, true},
             {"idx_users_aff_code", {"aff_code"}, true},
             {"idx_users_inviter_id", {"inviter_id"}}}};
}

Table options()
{
    return {"options", {{"key", ColumnKind::shortText}, {"value", ColumnKind::longText}}, {"key"}, {}, {}};
}

Table redemptions()
{
    using K = ColumnKind;
    return {"redemptions",
            {{"id", K::id},
             {"user_id", K::integer},
             {"key", K::fixedText, 32},
             {"status", K::integer, 0, "1"},
             {"name", K::shortText},
             {"quota", K::integer, 0, "100"},
             {"created_time", K::integer},
             {"redeemed_time", K::integer}},
            {"id"},
            {},
            {{"idx_redemptions_key", {"key"}, true}, {"idx_redemptions_name", {"name"}}}};
}

Table abilities()
{
    using K = ColumnKind;
    return {"abilities",
            {{"group", K::boundedText, 32},
             {"model", K::shortText},
             {"channel_id", K::integer},
             {"enabled", K::boolean},
             {"priority", K::integer, 0, "0"}},
            {"group", "model", "channel_id"},
            {},
            {{"idx_abilities_channel_id", {"channel_id"}}, {"idx_abilities_priority", {"priority"}}}};
}

Table logs()
{
    using K = ColumnKind;
    return {"logs",
            {{"id", K::id},
             {"user_id", K::integer},
             {"created_at", K::integer},
             {"type", K::integer},
             {"content", K::longText},
             {"username", K::shortText, 0, kEmpty},
             {"token_name", K::shortText, 0, kEmpty},
             {"model_name", K::shortText, 0, kEmpty},
             {"quota", K::integer, 0, "0"},
             {"prompt_tokens", K::integer, 0, "0"},
             {"completion_tokens", K::integer, 0, "0"},
             {"channel_id", K::integer},
             {"request_id", K::shortText, 0, kEmpty},
             {"elapsed_time", K::integer, 0, "0"},
             {"is_stream", K::boolean, 0, "false"},
             {"system_prompt_reset", K::boolean, 0, "false"}},
            {"id"},
            {},
            {{"idx_logs_user_id", {"user_id"}},
             {"idx_created_at_type", {"created_at", "type"}},
             {"index_username_model_name", {"model_name", "username"}},
             {"idx_logs_token_name", {"token_name"}},
             {"idx_logs_model_name", {"model_name"}},
             {"idx_logs_channel_id", {"channel_id"}}}};
}

} // namespace

const std::vector<Table>& oneApiSchema()
{
    static const std::vector<Table> schema{channels(),    tokens(),    users(), options(),
                                           redemptions(), abilities(), logs()};
    return schema;
}

std::string createTableSql(Backend backend, const Table& table)
{
    std::string sql = "CREATE TABLE [" + std::string(table.name) + "] (";
    for (const Column& column : table.columns)
        sql += columnSql(backend, column) + ",";
    sql += "PRIMARY KEY " + columnList(table.primaryKey);
    for (const Index& constraint : table.constraints)
        sql += ",CONSTRAINT [" + std::string(constraint.name) + "] UNIQUE " + columnList(constraint.columns);
    return sql + ")";
}

std::string addColumnSql(Backend backend, const Table& table, const Column& column)
{
    Column addable = column;
    if (addable.notNull && addable.byDefault.empty())
        addable.byDefault = kEmpty; // the rows that are there need a value
    return "ALTER TABLE [" + std::string(table.name) + "] ADD COLUMN " + columnSql(backend, addable);
}

std::string createIndexSql(const Table& table, const Index& index)
{
    return std::string("CREATE ") + (index.unique ? "UNIQUE " : "") + "INDEX [" + std::string(index.name) + "] ON [" +
           std::string(table.name) + "] " + columnList(index.columns);
}

} // namespace switchyard::store
