// What administrators read and change: channels as records, log rows by filter.
#include "fixture.h"
#include "store/channel_records.h"
#include "store/ledger_repository.h"
#include "store/log_repository.h"
#include "store/migrations.h"

#include <cppunit/extensions/HelperMacros.h>

using namespace switchyard::store;
using namespace fixture;

class AdminRowsTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(AdminRowsTest);
    CPPUNIT_TEST(aChannelIsChangedFieldByField);
    CPPUNIT_TEST(abilitiesFollowTheStatus);
    CPPUNIT_TEST(disabledChannelsGoWithTheirAbilities);
    CPPUNIT_TEST(recordsShowNoKeyAndWhatTheServerKeeps);
    CPPUNIT_TEST(channelsAreFoundByIdOrBeginningOfTheName);
    CPPUNIT_TEST(everyFilterOfALogCounts);
    CPPUNIT_TEST(pagesOfLogsComeNewestFirst);
    CPPUNIT_TEST(onlyConsumptionIsSummedUp);
    CPPUNIT_TEST(logsAreFoundByTypeOrBeginningOfTheContent);
    CPPUNIT_TEST(portionsEndAndMissNothing);
    CPPUNIT_TEST(pagesAndSumsUseIndexes);
    CPPUNIT_TEST_SUITE_END();

    Scratch scratch_;
    std::unique_ptr<Database> database_;
    PlainKeys plain_;

    std::string ask(const std::string& sql) { return askSql(scratch_.path("test.db"), sql); }

    int64_t channel(const std::string& name, ChannelStatus status = ChannelStatus::enabled)
    {
        ChannelRow row;
        row.type = 1;
        row.key = "key of " + name;
        row.name = name;
        row.models = "a,b";
        row.modelMapping = R"({"a":"A"})";
        row.baseUrl = "https://one.example";
        row.status = status;
        return database_->write([&](DbSession& session) { return ChannelRepository(session, plain_).insert(row); });
    }

    bool change(int64_t id, const ChannelChanges& changes)
    {
        return database_->write([&](DbSession& session)
                                { return ChannelRepository(session, plain_).update(id, changes); });
    }

    ChannelRow row(int64_t id)
    {
        return database_->read([&](DbSession& session) { return ChannelRepository(session, plain_).find(id); }).value();
    }

    static LogRow logOf(int64_t at, LogType type = LogType::consumed, int64_t quota = 10)
    {
        LogRow log;
        log.userId = 7;
        log.userName = "lin";
        log.createdAt = at;
        log.type = type;
        log.quota = quota;
        log.tokenName = "t";
        log.modelName = "m";
        log.channelId = 3;
        log.requestId = "r" + std::to_string(at);
        log.content = "content " + std::to_string(at);
        return log;
    }

    void write(const std::vector<LogRow>& rows)
    {
        database_->write([&](DbSession& session) { LedgerRepository(session).insertLogs(rows); });
    }

    std::vector<LogRow> list(const LogFilter& filter, int64_t offset = 0, int64_t limit = 10)
    {
        return database_->read([&](DbSession& session) { return LogRepository(session).list(filter, offset, limit); });
    }

public:
    void setUp() override
    {
        database_ = std::make_unique<Database>(scratch_.settings(), quiet());
        migrate(*database_, quiet());
    }

    void aChannelIsChangedFieldByField()
    {
        const int64_t id = channel("first");
        ChannelChanges changes;
        changes.baseUrl = "";
        changes.priority = 0;
        CPPUNIT_ASSERT(change(id, changes));
        CPPUNIT_ASSERT_EQUAL(std::string(), row(id).baseUrl);
        CPPUNIT_ASSERT_EQUAL(std::string("key of first"), row(id).key);
        CPPUNIT_ASSERT_EQUAL(std::string("a,b"), row(id).models);
        changes = {};
        changes.key = "other";
        changes.provider = "demo";
        CPPUNIT_ASSERT(change(id, changes));
        CPPUNIT_ASSERT_EQUAL(std::string("other"), row(id).key);
        changes.provider = "";
        CPPUNIT_ASSERT(change(id, changes));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), ask("SELECT provider IS NULL FROM channels"));
        CPPUNIT_ASSERT(!change(id + 1, changes));
        CPPUNIT_ASSERT(change(id, {}));
        CPPUNIT_ASSERT(!change(id + 1, {}));
    }

    void abilitiesFollowTheStatus()
    {
        const int64_t id = channel("first");
        ChannelChanges changes;
        changes.status = ChannelStatus::disabledByHand;
        change(id, changes);
        CPPUNIT_ASSERT_EQUAL(std::string("2"), ask("SELECT COUNT(*) FROM abilities WHERE enabled = 0"));
        changes.status = ChannelStatus::enabled;
        changes.models = "c";
        change(id, changes);
        CPPUNIT_ASSERT_EQUAL(std::string("default/c/1"),
                             ask("SELECT group_concat(`group` || '/' || model || '/' || enabled) FROM abilities"));
    }

    void disabledChannelsGoWithTheirAbilities()
    {
        const int64_t kept = channel("kept");
        channel("by hand", ChannelStatus::disabledByHand);
        channel("automatically", ChannelStatus::disabledAutomatically);
        const size_t removed =
            database_->write([&](DbSession& session) { return ChannelRepository(session, plain_).removeDisabled(); });
        CPPUNIT_ASSERT_EQUAL(size_t{2}, removed);
        CPPUNIT_ASSERT_EQUAL(std::to_string(kept), ask("SELECT group_concat(id) FROM channels"));
        CPPUNIT_ASSERT_EQUAL(std::to_string(kept), ask("SELECT group_concat(DISTINCT channel_id) FROM abilities"));
    }

    void recordsShowNoKeyAndWhatTheServerKeeps()
    {
        const int64_t id = channel("first");
        database_->write(
            [&](DbSession& session)
            {
                ChannelRecords(session).noteTest(id, 120, 1700000000);
                ChannelRecords(session).noteBalance(id, 12.5, 1700000001);
            });
        const auto record = database_->read([&](DbSession& session) { return ChannelRecords(session).find(id); }).value();
        CPPUNIT_ASSERT_EQUAL(std::string(), record.row.key);
        CPPUNIT_ASSERT_EQUAL(std::string("first"), record.row.name);
        CPPUNIT_ASSERT_EQUAL(int64_t{120}, record.responseMs);
        CPPUNIT_ASSERT_EQUAL(int64_t{1700000000}, record.testedAt);
        CPPUNIT_ASSERT_EQUAL(12.5, record.balance);
        CPPUNIT_ASSERT_EQUAL(int64_t{1700000001}, record.balanceAt);
        CPPUNIT_ASSERT(record.createdAt > 1700000000);
    }

    void channelsAreFoundByIdOrBeginningOfTheName()
    {
        const int64_t first = channel("one%two");
        channel("one two");
        const auto found = [&](const std::string& keyword)
        {
            return database_->read([&](DbSession& session) { return ChannelRecords(session).search(keyword, 10).size(); });
        };
        CPPUNIT_ASSERT_EQUAL(size_t{2}, found("one"));
        CPPUNIT_ASSERT_EQUAL(size_t{1}, found("one%"));
        CPPUNIT_ASSERT_EQUAL(size_t{0}, found("two"));
        CPPUNIT_ASSERT_EQUAL(size_t{1}, found(std::to_string(first)));
    }

    void everyFilterOfALogCounts()
    {
        LogRow other = logOf(200, LogType::topUp);
        other.userId = 8;
        other.userName = "kim";
        other.tokenName = "u";
        other.modelName = "n";
        other.channelId = 4;
        write({logOf(100), other});
        const auto fits = [&](auto set)
        {
            LogFilter filter;
            set(filter);
            const auto rows = list(filter);
            CPPUNIT_ASSERT_EQUAL(size_t{1}, rows.size());
            CPPUNIT_ASSERT_EQUAL(int64_t{200}, rows.front().createdAt);
        };
        fits([](LogFilter& f) { f.type = 1; });
        fits([](LogFilter& f) { f.userId = 8; });
        fits([](LogFilter& f) { f.userName = "kim"; });
        fits([](LogFilter& f) { f.tokenName = "u"; });
        fits([](LogFilter& f) { f.modelName = "n"; });
        fits([](LogFilter& f) { f.requestId = "r200"; });
        fits([](LogFilter& f) { f.channelId = 4; });
        fits([](LogFilter& f) { f.from = 200; });
        fits([](LogFilter& f) { f.from = 101, f.to = 200; });
        LogFilter none;
        none.to = 99;
        CPPUNIT_ASSERT(list(none).empty());
    }

    void pagesOfLogsComeNewestFirst()
    {
        write({logOf(1), logOf(2), logOf(3)});
        const auto second = list({}, 1, 1);
        CPPUNIT_ASSERT_EQUAL(size_t{1}, second.size());
        CPPUNIT_ASSERT_EQUAL(int64_t{2}, second.front().createdAt);
        CPPUNIT_ASSERT(list({}, 3, 10).empty());
    }

    void onlyConsumptionIsSummedUp()
    {
        write({logOf(1), logOf(2), logOf(3, LogType::topUp, 1000)});
        const auto sum = [&](const LogFilter& filter)
        { return database_->read([&](DbSession& session) { return LogRepository(session).charged(filter); }); };
        CPPUNIT_ASSERT_EQUAL(int64_t{20}, sum({}));
        LogFilter filter;
        filter.type = 1; // does not matter
        filter.from = 2;
        CPPUNIT_ASSERT_EQUAL(int64_t{10}, sum(filter));
        filter.modelName = "none";
        CPPUNIT_ASSERT_EQUAL(int64_t{0}, sum(filter));
    }

    void logsAreFoundByTypeOrBeginningOfTheContent()
    {
        write({logOf(12), logOf(13, LogType::topUp)});
        const auto found = [&](const std::string& keyword)
        { return database_->read([&](DbSession& session) { return LogRepository(session).search(keyword, 100).size(); }); };
        CPPUNIT_ASSERT_EQUAL(size_t{1}, found("1"));
        CPPUNIT_ASSERT_EQUAL(size_t{2}, found("content"));
        CPPUNIT_ASSERT_EQUAL(size_t{1}, found("content 13"));
        CPPUNIT_ASSERT_EQUAL(size_t{0}, found("ontent"));
        database_->read(
            [&](DbSession& session)
            {
                CPPUNIT_ASSERT_EQUAL(size_t{1}, LogRepository(session).searchOf(7, "2", 100).size());
                CPPUNIT_ASSERT_EQUAL(size_t{0}, LogRepository(session).searchOf(7, "content", 100).size());
                CPPUNIT_ASSERT_EQUAL(size_t{0}, LogRepository(session).searchOf(8, "2", 100).size());
            });
    }

    void portionsEndAndMissNothing()
    {
        std::vector<LogRow> rows;
        for (int64_t at = 1; at <= 10; ++at)
            rows.insert(rows.end(), 3, logOf(at)); // three in each second, portions of two
        write(rows);
        size_t removed = 0;
        int portions = 0;
        for (; portions < 100; ++portions)
        {
            const auto upTo =
                database_->read([&](DbSession& session) { return LogRepository(session).portionBefore(8, 2); });
            if (!upTo) break;
            removed += database_->write([&](DbSession& session)
                                        { return LedgerRepository(session).removeLogs(*upTo, "root", 1); });
        }
        CPPUNIT_ASSERT_EQUAL(size_t{21}, removed);
        CPPUNIT_ASSERT_EQUAL(7, portions);
        CPPUNIT_ASSERT_EQUAL(std::string("9"), ask("SELECT COUNT(*) FROM logs"));
    }

    void pagesAndSumsUseIndexes()
    {
        const auto planOf = [&](const std::string& sql)
        {
            return database_->read(
                [&](DbSession& session)
                {
                    std::string all;
                    using Step = Poco::Tuple<Poco::Int64, Poco::Int64, Poco::Int64, std::string>;
                    for (const Step& step : session.query<Step>("EXPLAIN QUERY PLAN " + sql))
                        all += step.get<3>() + "\n";
                    return all;
                });
        };
        // The shape of LogRepository::list: no sorting, whatever the span of time.
        const std::string page =
            planOf("SELECT [id] FROM [logs] WHERE [model_name] = 'm' AND +[created_at] >= 1 ORDER BY [id] DESC LIMIT 10");
        CPPUNIT_ASSERT(page.find("TEMP B-TREE") == std::string::npos);
        CPPUNIT_ASSERT(page.find("model_name") != std::string::npos);
        const std::string sum = planOf("SELECT SUM([quota]) FROM [logs] WHERE [type] = 2 AND [created_at] >= 1");
        CPPUNIT_ASSERT(sum.find("idx_created_at_type") != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AdminRowsTest);
