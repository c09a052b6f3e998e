#include "fixture.h"

#include "base/text.h"

#include <Poco/Data/RecordSet.h>
#include <Poco/Data/SQLite/Connector.h>
#include <cstdlib>
#include <stdexcept>

using switchyard::telemetry::Logger;

namespace fixture
{

namespace
{

const char* const kSchema = R"sql(
CREATE TABLE `channels` (`id` integer,`type` integer DEFAULT 0,`key` text,`status` integer DEFAULT 1,`name` text,`weight` integer DEFAULT 0,`created_time` integer,`test_time` integer,`response_time` integer,`base_url` text DEFAULT "",`other` text,`balance` real,`balance_updated_time` integer,`models` text,`group` varchar(32) DEFAULT "default",`used_quota` integer DEFAULT 0,`model_mapping` varchar(1024) DEFAULT "",`priority` integer DEFAULT 0,`config` text,`system_prompt` text,PRIMARY KEY (`id`));
CREATE INDEX `idx_channels_name` ON `channels`(`name`);
CREATE TABLE `tokens` (`id` integer,`user_id` integer,`key` char(48),`status` integer DEFAULT 1,`name` text,`created_time` integer,`accessed_time` integer,`expired_time` integer DEFAULT -1,`remain_quota` integer DEFAULT 0,`unlimited_quota` numeric DEFAULT false,`used_quota` integer DEFAULT 0,`models` text,`subnet` text DEFAULT "",PRIMARY KEY (`id`));
CREATE INDEX `idx_tokens_name` ON `tokens`(`name`);
CREATE UNIQUE INDEX `idx_tokens_key` ON `tokens`(`key`);
CREATE TABLE `users` (`id` integer,`username` text,`password` text NOT NULL,`display_name` text,`role` integer DEFAULT 1,`status` integer DEFAULT 1,`email` text,`github_id` text,`wechat_id` text,`lark_id` text,`oidc_id` text,`access_token` char(32),`quota` integer DEFAULT 0,`used_quota` integer DEFAULT 0,`request_count` integer DEFAULT 0,`group` varchar(32) DEFAULT "default",`aff_code` varchar(32),`inviter_id` integer,PRIMARY KEY (`id`),CONSTRAINT `uni_users_username` UNIQUE (`username`));
CREATE INDEX `idx_users_username` ON `users`(`username`);
CREATE INDEX `idx_users_display_name` ON `users`(`display_name`);
CREATE INDEX `idx_users_email` ON `users`(`email`);
CREATE INDEX `idx_users_git_hub_id` ON `users`(`github_id`);
CREATE INDEX `idx_users_we_chat_id` ON `users`(`wechat_id`);
CREATE INDEX `idx_users_lark_id` ON `users`(`lark_id`);
CREATE INDEX `idx_users_oidc_id` ON `users`(`oidc_id`);
CREATE UNIQUE INDEX `idx_users_access_token` ON `users`(`access_token`);
CREATE UNIQUE INDEX `idx_users_aff_code` ON `users`(`aff_code`);
CREATE INDEX `idx_users_inviter_id` ON `users`(`inviter_id`);
CREATE TABLE `options` (`key` text,`value` text,PRIMARY KEY (`key`));
CREATE TABLE `redemptions` (`id` integer,`user_id` integer,`key` char(32),`status` integer DEFAULT 1,`name` text,`quota` integer DEFAULT 100,`created_time` integer,`redeemed_time` integer,PRIMARY KEY (`id`));
CREATE UNIQUE INDEX `idx_redemptions_key` ON `redemptions`(`key`);
CREATE INDEX `idx_redemptions_name` ON `redemptions`(`name`);
CREATE TABLE `abilities` (`group` varchar(32),`model` text,`channel_id` integer,`enabled` numeric,`priority` integer DEFAULT 0,PRIMARY KEY (`group`,`model`,`channel_id`));
CREATE INDEX `idx_abilities_channel_id` ON `abilities`(`channel_id`);
CREATE INDEX `idx_abilities_priority` ON `abilities`(`priority`);
CREATE TABLE `logs` (`id` integer,`user_id` integer,`created_at` integer,`type` integer,`content` text,`username` text DEFAULT "",`token_name` text DEFAULT "",`model_name` text DEFAULT "",`quota` integer DEFAULT 0,`prompt_tokens` integer DEFAULT 0,`completion_tokens` integer DEFAULT 0,`channel_id` integer,`request_id` text DEFAULT "",`elapsed_time` integer DEFAULT 0,`is_stream` numeric DEFAULT false,`system_prompt_reset` numeric DEFAULT false,PRIMARY KEY (`id`));
CREATE INDEX `idx_logs_user_id` ON `logs`(`user_id`);
CREATE INDEX `idx_created_at_type` ON `logs`(`created_at`,`type`);
CREATE INDEX `index_username_model_name` ON `logs`(`model_name`,`username`);
CREATE INDEX `idx_logs_token_name` ON `logs`(`token_name`);
CREATE INDEX `idx_logs_model_name` ON `logs`(`model_name`);
CREATE INDEX `idx_logs_channel_id` ON `logs`(`channel_id`);
)sql";

const char* const kRows = R"sql(
INSERT INTO users (id, username, password, display_name, role, status, access_token, quota, `group`, aff_code) VALUES (1, 'root', '$2a$10$x', 'Root User', 100, 1, 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 500000000000000, 'default', '');
INSERT INTO users (id, username, password, role, status, quota, `group`, aff_code) VALUES (7, 'lin', '', 1, 1, 1200, 'vip', 'Ab3d');
INSERT INTO tokens (id, user_id, `key`, name, unlimited_quota) VALUES (1, 1, 'rootkeyrootkeyrootkeyrootkeyrootkeyrootkeyrootkey', 'default', 1);
INSERT INTO tokens (id, user_id, `key`, name, remain_quota, models, subnet) VALUES (2, 7, 'linkey', 'limited', 300, 'gpt-4o,gpt-4o-mini', '10.0.0.0/8');
INSERT INTO channels (id, type, `key`, name, base_url, models, `group`, priority, model_mapping) VALUES (3, 1, 'sk-upstream', 'first', 'https://one.example', 'gpt-4o,gpt-4o-mini', 'default,vip', 5, '{"gpt-4o":"gpt-4o-2024-11-20"}');
INSERT INTO channels (id, type, `key`, name, models, `group`, other, status) VALUES (4, 3, 'azkey', 'azure', 'gpt-4o', 'vip', '2024-03-01-preview', 1);
INSERT INTO abilities VALUES ('default', 'gpt-4o', 3, 1, 5), ('vip', 'gpt-4o', 3, 1, 5), ('default', 'gpt-4o-mini', 3, 1, 5), ('vip', 'gpt-4o-mini', 3, 1, 5), ('vip', 'gpt-4o', 4, 1, 0), ('vip', 'gone', 99, 1, 0);
INSERT INTO options VALUES ('RetryTimes', '2'), ('GroupRatio', '{"default":1,"vip":0.5}'), ('SomethingNew', 'kept');
INSERT INTO logs (id, user_id, created_at, type, content) VALUES (1, 7, 1700000000, 2, 'old row');
)sql";

Poco::Data::Session connect(const std::string& path)
{
    Poco::Data::SQLite::Connector::registerConnector();
    return Poco::Data::Session("SQLite", path);
}

} // namespace

Scratch::Scratch()
{
    char name[] = "/tmp/switchyard-store-XXXXXX";
    if (!mkdtemp(name)) throw std::runtime_error("no scratch directory");
    directory_ = name;
}

Scratch::~Scratch() { std::filesystem::remove_all(directory_); }

Logger& quiet()
{
    static Logger logger(
        []
        {
            switchyard::telemetry::LogSettings settings;
            settings.console = switchyard::telemetry::Console::none;
            return settings;
        }());
    return logger;
}

void runSql(const std::string& path, const std::string& statements)
{
    Poco::Data::Session session = connect(path);
    size_t begin = 0;
    while (begin < statements.size())
    {
        const size_t end = std::min(statements.find(";\n", begin), statements.size());
        const std::string statement(switchyard::trim(std::string_view(statements).substr(begin, end - begin)));
        if (!statement.empty()) session << statement, Poco::Data::Keywords::now;
        begin = end + 2;
    }
}

std::string askSql(const std::string& path, const std::string& statement)
{
    Poco::Data::Session session = connect(path);
    Poco::Data::Statement select(session);
    select << statement;
    select.execute();
    Poco::Data::RecordSet rows(select);
    if (rows.rowCount() == 0 || rows.value(0, 0).isEmpty()) return "";
    return rows.value(0, 0).convert<std::string>();
}

void makeOneApiDatabase(const std::string& path)
{
    runSql(path, kSchema);
    runSql(path, kRows);
}

std::string dump(const std::string& path)
{
    Poco::Data::Session session = connect(path);
    std::vector<std::string> tables;
    session << "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", Poco::Data::Keywords::into(tables),
        Poco::Data::Keywords::now;
    std::string all =
        askSql(path, "SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_master ORDER BY name)");
    for (const std::string& table : tables)
    {
        Poco::Data::Statement select(session);
        select << "SELECT * FROM `" + table + "` ORDER BY 1, 2";
        select.execute();
        Poco::Data::RecordSet rows(select);
        all += "\n" + table;
        for (size_t row = 0; row < rows.rowCount(); ++row)
            for (size_t column = 0; column < rows.columnCount(); ++column)
                all += "|" + (rows.value(column, row).isEmpty() ? "" : rows.value(column, row).convert<std::string>());
    }
    return all;
}

} // namespace fixture
