#include "fixture.h"
#include "store/channel_repository.h"
#include "store/migrations.h"
#include "store/option_repository.h"
#include "store/token_repository.h"
#include "store/user_repository.h"

#include <cppunit/extensions/HelperMacros.h>
#include <set>

using namespace switchyard::store;
using namespace fixture;

namespace
{

/// Marks what passes through it.
class MarkingSealer : public KeySealer
{
public:
    std::string seal(std::string_view plain) const override { return "sealed:" + std::string(plain); }
    std::string open(std::string_view sealed) const override
    {
        return std::string(sealed.starts_with("sealed:") ? sealed.substr(7) : sealed);
    }
};

} // namespace

class RepositoryTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(RepositoryTest);
    CPPUNIT_TEST(aChannelComesBackAsItWasWritten);
    CPPUNIT_TEST(abilitiesAreModelsTimesGroupsWithoutDuplicates);
    CPPUNIT_TEST(removingAChannelTakesItsAbilities);
    CPPUNIT_TEST(keysPassTheSealerBothWays);
    CPPUNIT_TEST(nullsReadAsZeroAndNothing);
    CPPUNIT_TEST(paddedTextIsTrimmed);
    CPPUNIT_TEST(booleansOfOldDatabasesAreRead);
    CPPUNIT_TEST(optionsAreDefaultsUnderRows);
    CPPUNIT_TEST(brokenJsonIsIgnoredAndReported);
    CPPUNIT_TEST(theDeprecatedFieldFillsTheConfiguration);
    CPPUNIT_TEST_SUITE_END();

    Scratch scratch_;
    std::unique_ptr<Database> database_;
    PlainKeys plain_;

    std::string ask(const std::string& sql) { return askSql(scratch_.path("test.db"), sql); }
    void run(const std::string& sql) { runSql(scratch_.path("test.db"), sql + ";\n"); }

    Channel channelWith(ChannelRow row, std::set<std::string>* problems = nullptr)
    {
        return channelOf(std::move(row),
                         [&](int64_t, std::string_view problem)
                         {
                             if (problems) problems->emplace(problem);
                         });
    }

public:
    void setUp() override
    {
        database_ = std::make_unique<Database>(scratch_.settings(), quiet());
        migrate(*database_, quiet());
    }

    void aChannelComesBackAsItWasWritten()
    {
        ChannelRow row;
        row.type = 36;
        row.provider = "deepseek";
        row.key = "sk-up'stream\"";
        row.name = "深度 (first)";
        row.weight = 7;
        row.baseUrl = "https://api.example/v1";
        row.models = "a,b";
        row.groups = "default,vip";
        row.modelMapping = R"({"a":"A"})";
        row.priority = -3;
        row.config = R"({"region":"eu"})";
        row.systemPrompt = "Be brief.";
        row.settings = R"({"proxy":"socks5://127.0.0.1:1080","include_usage":false})";
        const int64_t id = database_->write([&](DbSession& s) { return ChannelRepository(s, plain_).insert(row); });
        const auto found = database_->read([&](DbSession& s) { return ChannelRepository(s, plain_).find(id); });
        CPPUNIT_ASSERT(found.has_value());
        const Channel channel = channelWith(*found);
        CPPUNIT_ASSERT_EQUAL(id, channel.id);
        CPPUNIT_ASSERT_EQUAL(36, channel.type);
        CPPUNIT_ASSERT_EQUAL(row.provider, channel.provider);
        CPPUNIT_ASSERT_EQUAL(row.key, channel.key);
        CPPUNIT_ASSERT_EQUAL(row.name, channel.name);
        CPPUNIT_ASSERT_EQUAL(7u, channel.weight);
        CPPUNIT_ASSERT_EQUAL(row.baseUrl, channel.baseUrl);
        CPPUNIT_ASSERT(channel.groups == (std::vector<std::string>{"default", "vip"}));
        CPPUNIT_ASSERT_EQUAL(int64_t{-3}, channel.priority);
        CPPUNIT_ASSERT_EQUAL(std::string("Be brief."), channel.systemPrompt);
        CPPUNIT_ASSERT_EQUAL(std::string("socks5://127.0.0.1:1080"), channel.settings.proxy);
        CPPUNIT_ASSERT(!channel.settings.includeUsage);
        CPPUNIT_ASSERT(channel.enabled());
        CPPUNIT_ASSERT(channel.mapped("a") == "A");
        CPPUNIT_ASSERT(channel.mapped("b") == "b");
        CPPUNIT_ASSERT_EQUAL(std::string("1"), ask("SELECT COUNT(*) FROM channels WHERE created_time > 1700000000"));
    }

    void abilitiesAreModelsTimesGroupsWithoutDuplicates()
    {
        ChannelRow row;
        row.models = "m1, m2,m1,,m2 ";
        row.groups = "default, vip,default";
        row.priority = 4;
        database_->write([&](DbSession& s) { ChannelRepository(s, plain_).insert(row); });
        CPPUNIT_ASSERT_EQUAL(
            std::string("default/m1/1/4 default/m2/1/4 vip/m1/1/4 vip/m2/1/4"),
            ask("SELECT group_concat(`group` || '/' || model || '/' || enabled || '/' || priority, ' ') FROM "
                "(SELECT * FROM abilities ORDER BY `group`, model)"));
    }

    void removingAChannelTakesItsAbilities()
    {
        ChannelRow row;
        row.models = "m";
        const int64_t id = database_->write([&](DbSession& s) { return ChannelRepository(s, plain_).insert(row); });
        run("INSERT INTO abilities VALUES ('default', 'orphan', 99, 1, 0)");
        const auto remove = [&](int64_t which)
        { return database_->write([&](DbSession& s) { return ChannelRepository(s, plain_).remove(which); }); };
        CPPUNIT_ASSERT(remove(id));
        CPPUNIT_ASSERT(remove(99));
        CPPUNIT_ASSERT(!remove(id));
        CPPUNIT_ASSERT_EQUAL(std::string("0"), ask("SELECT COUNT(*) FROM abilities"));
    }

    void keysPassTheSealerBothWays()
    {
        const MarkingSealer sealer;
        ChannelRow row;
        row.key = "plain";
        const int64_t id = database_->write([&](DbSession& s) { return ChannelRepository(s, sealer).insert(row); });
        CPPUNIT_ASSERT_EQUAL(std::string("sealed:plain"), ask("SELECT `key` FROM channels"));
        const auto found = database_->read([&](DbSession& s) { return ChannelRepository(s, sealer).find(id); });
        CPPUNIT_ASSERT_EQUAL(std::string("plain"), found->key);
    }

    void nullsReadAsZeroAndNothing()
    {
        run("INSERT INTO channels (id, type, status, name, weight, base_url, `group`, model_mapping, priority) "
            "VALUES (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)");
        run("INSERT INTO tokens (id, user_id, `key`, status, expired_time, remain_quota, unlimited_quota, used_quota, "
            "subnet) "
            "VALUES (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)");
        run("INSERT INTO users (id, username, password, role, status, quota, used_quota, `group`) "
            "VALUES (1, NULL, '', NULL, NULL, NULL, NULL, NULL)");
        run("INSERT INTO options VALUES ('Footer', NULL)");
        database_->read(
            [&](DbSession& s)
            {
                const Channel channel = channelWith(ChannelRepository(s, plain_).all().at(0));
                CPPUNIT_ASSERT(channel.status == ChannelStatus::unknown && channel.priority == 0 &&
                               channel.weight == 0);
                CPPUNIT_ASSERT(channel.models.empty() && channel.groups.empty() && channel.provider.empty());
                CPPUNIT_ASSERT_EQUAL(std::string("{}"), channel.config);
                const TokenRow token = TokenRepository(s).all().at(0);
                CPPUNIT_ASSERT(token.key.empty() && token.token.userId == 0 && !token.token.unlimited);
                CPPUNIT_ASSERT(token.token.expiresAt == 0 && token.token.models.empty() && token.token.subnet.empty());
                const User user = UserRepository(s).all().at(0);
                CPPUNIT_ASSERT(user.name.empty() && user.group.empty() && user.quota == 0 && user.role == 0);
                CPPUNIT_ASSERT_EQUAL(std::string(), OptionRepository(s).all().text("Footer"));
            });
    }

    void paddedTextIsTrimmed()
    {
        run("INSERT INTO tokens (id, `key`) VALUES (1, 'short                                           ')");
        const auto tokens = database_->read([](DbSession& s) { return TokenRepository(s).all(); });
        CPPUNIT_ASSERT_EQUAL(std::string("short"), tokens.at(0).key);
    }

    void booleansOfOldDatabasesAreRead()
    {
        run("INSERT INTO tokens (id, `key`, unlimited_quota) VALUES (1, 'a', 1), (2, 'b', 0), (3, 'c', 'true'), (4, "
            "'d', 'false')");
        const auto tokens = database_->read([](DbSession& s) { return TokenRepository(s).all(); });
        std::string seen;
        for (const TokenRow& row : tokens)
            seen += row.token.unlimited ? '1' : '0';
        CPPUNIT_ASSERT_EQUAL(std::string("1010"), seen);
    }

    void optionsAreDefaultsUnderRows()
    {
        database_->write(
            [](DbSession& s)
            {
                OptionRepository(s).set("RetryTimes", "3");
                OptionRepository(s).set("RetryTimes", "4");
                OptionRepository(s).set("GroupRatio", R"({"default":1,"vip":0.5})");
                OptionRepository(s).set("UnheardOf", "kept");
            });
        const Options options = database_->read([](DbSession& s) { return OptionRepository(s).all(); });
        CPPUNIT_ASSERT_EQUAL(4, options.retryTimes());
        CPPUNIT_ASSERT_EQUAL(0.5, options.groupRatio("vip"));
        CPPUNIT_ASSERT_EQUAL(1.0, options.groupRatio("nowhere"));
        CPPUNIT_ASSERT_EQUAL(std::string("kept"), options.text("UnheardOf"));
        CPPUNIT_ASSERT_EQUAL(std::string("One API"), options.text("SystemName"));
        CPPUNIT_ASSERT_EQUAL(500000.0, options.number("QuotaPerUnit"));
        CPPUNIT_ASSERT(options.flag("RegisterEnabled") && !options.flag("OidcEnabled"));

        Options broken;
        broken.set("GroupRatio", R"({"vip":)");
        broken.set("RetryTimes", "-2");
        broken.set("QuotaPerUnit", "many");
        CPPUNIT_ASSERT_EQUAL(1.0, broken.groupRatio("vip"));
        CPPUNIT_ASSERT_EQUAL(0, broken.retryTimes());
        CPPUNIT_ASSERT_EQUAL(0.0, broken.number("QuotaPerUnit"));
        for (const char* secret : {"SMTPToken", "GitHubClientSecret", "TurnstileSecretKey"})
            CPPUNIT_ASSERT_MESSAGE(secret, Options::hidden(secret));
        CPPUNIT_ASSERT(!Options::hidden("SMTPServer"));
    }

    void brokenJsonIsIgnoredAndReported()
    {
        ChannelRow row;
        row.models = "a";
        row.modelMapping = "{not json";
        row.config = "[1,2]";
        row.settings = "nonsense";
        std::set<std::string> problems;
        const Channel channel = channelWith(row, &problems);
        CPPUNIT_ASSERT_EQUAL(size_t{3}, problems.size());
        CPPUNIT_ASSERT_EQUAL(std::string("{}"), channel.config);
        CPPUNIT_ASSERT(channel.mapped("a") == "a");
        CPPUNIT_ASSERT(channel.settings.includeUsage);
        row.modelMapping = R"({"a":7,"b":"B","c":""})";
        const Channel partly = channelWith(row);
        CPPUNIT_ASSERT(partly.mapped("a") == "a" && partly.mapped("b") == "B" && partly.mapped("c") == "c");
    }

    void theDeprecatedFieldFillsTheConfiguration()
    {
        ChannelRow row;
        row.type = 3;
        row.other = "2024-03-01-preview";
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"api_version":"2024-03-01-preview"})"), channelWith(row).config);
        row.config = R"({"api_version":""})";
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"api_version":"2024-03-01-preview"})"), channelWith(row).config);
        row.config = R"({"api_version":"2025-01-01"})";
        CPPUNIT_ASSERT_EQUAL(row.config, channelWith(row).config);
        row.type = 1; // means nothing there
        row.config = "";
        CPPUNIT_ASSERT_EQUAL(std::string("{}"), channelWith(row).config);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RepositoryTest);
