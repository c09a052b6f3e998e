#include "store/snapshot.h"

#include "base/clock.h"
#include "fixture.h"
#include "store/migrations.h"
#include "store/snapshot_loader.h"

#include <cppunit/extensions/HelperMacros.h>
#include <iostream>

using namespace switchyard::store;
using namespace fixture;

class SnapshotTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(SnapshotTest);
    CPPUNIT_TEST(aDatabaseOfOneApiIsReadWhole);
    CPPUNIT_TEST(routesAreOrderedByPriorityThenId);
    CPPUNIT_TEST(onlyEnabledChannelsAreRouted);
    CPPUNIT_TEST(theRevisionFollowsWhatAPluginSees);
    CPPUNIT_TEST(tenThousandTokensLoadInWellUnderASecond);
    CPPUNIT_TEST_SUITE_END();

    Scratch scratch_;
    PlainKeys plain_;

    SnapshotPtr load()
    {
        Database database(scratch_.settings(), quiet());
        migrate(database, quiet());
        return database.read([&](DbSession& s)
                             { return loadSnapshot(s, plain_, 1, [](int64_t, std::string_view) {}); });
    }

    static Channel channel(int64_t id, int64_t priority, ChannelStatus status = ChannelStatus::enabled)
    {
        Channel made;
        made.id = id;
        made.priority = priority;
        made.status = status;
        made.models = {"m"};
        made.groups = {"default"};
        return made;
    }

public:
    void aDatabaseOfOneApiIsReadWhole()
    {
        makeOneApiDatabase(scratch_.path("test.db"));
        const SnapshotPtr snapshot = load();
        const ApiToken* token = snapshot->tokenByKey("linkey");
        CPPUNIT_ASSERT(token);
        CPPUNIT_ASSERT(token->models == (std::vector<std::string>{"gpt-4o", "gpt-4o-mini"}));
        CPPUNIT_ASSERT_EQUAL(std::string("10.0.0.0/8"), token->subnet);
        CPPUNIT_ASSERT(!token->unlimited && token->remainQuota == 300 && token->expiresAt == -1);
        CPPUNIT_ASSERT(snapshot->tokenByKey("rootkeyrootkeyrootkeyrootkeyrootkeyrootkeyrootkey")->unlimited);
        CPPUNIT_ASSERT(!snapshot->tokenByKey("LINKEY") && !snapshot->tokenByKey(""));
        CPPUNIT_ASSERT_EQUAL(std::string("vip"), snapshot->user(7)->group);
        CPPUNIT_ASSERT_EQUAL(size_t{2}, snapshot->channelsFor("vip", "gpt-4o").size());
        CPPUNIT_ASSERT_EQUAL(size_t{1}, snapshot->channelsFor("default", "gpt-4o").size());
        CPPUNIT_ASSERT(snapshot->channelsFor("default", "gpt-5").empty() &&
                       snapshot->channelsFor("none", "gpt-4o").empty());
        const Channel& first = *snapshot->channelsFor("default", "gpt-4o")[0];
        CPPUNIT_ASSERT(first.mapped("gpt-4o") == "gpt-4o-2024-11-20" && first.mapped("gpt-4o-mini") == "gpt-4o-mini");
        CPPUNIT_ASSERT_EQUAL(std::string(R"({"api_version":"2024-03-01-preview"})"), snapshot->channel(4)->config);
        const auto models = snapshot->modelsOf("vip"); // 'gone' belongs to no channel
        CPPUNIT_ASSERT((std::vector<std::string>{"gpt-4o", "gpt-4o-mini"}) ==
                       (std::vector<std::string>{models.begin(), models.end()}));
        CPPUNIT_ASSERT_EQUAL(2, snapshot->options().retryTimes());
        CPPUNIT_ASSERT_EQUAL(0.5, snapshot->options().groupRatio("vip"));
    }

    void routesAreOrderedByPriorityThenId()
    {
        SnapshotBuilder builder;
        builder.add(channel(4, 0)).add(channel(2, -5)).add(channel(9, 10)).add(channel(1, 0));
        const SnapshotPtr snapshot = builder.build(1);
        std::string order;
        for (const Channel* candidate : snapshot->channelsFor("default", "m"))
            order += std::to_string(candidate->id) + " ";
        CPPUNIT_ASSERT_EQUAL(std::string("9 1 4 2 "), order);
    }

    void onlyEnabledChannelsAreRouted()
    {
        SnapshotBuilder builder;
        for (int status : {0, 2, 3, 17})
            builder.add(channel(100 + status, 0, static_cast<ChannelStatus>(status)));
        const SnapshotPtr snapshot = builder.build(1);
        CPPUNIT_ASSERT(snapshot->channelsFor("default", "m").empty() && snapshot->modelsOf("default").empty());
        CPPUNIT_ASSERT(snapshot->channel(102)); // still there for those who name it
    }

    void theRevisionFollowsWhatAPluginSees()
    {
        const auto revisionOf = [](const Channel& made)
        {
            SnapshotBuilder builder;
            builder.add(made);
            return builder.build(1)->channel(made.id)->revision;
        };
        const Channel plain = channel(1, 0);
        Channel other = plain;
        other.name = "renamed";
        other.priority = 7;
        CPPUNIT_ASSERT_EQUAL(revisionOf(plain), revisionOf(other));
        for (std::string Channel::*field : {&Channel::provider, &Channel::baseUrl, &Channel::key, &Channel::config})
        {
            Channel changed = plain;
            changed.*field = "changed";
            CPPUNIT_ASSERT(revisionOf(plain) != revisionOf(changed));
        }
    }

    void tenThousandTokensLoadInWellUnderASecond()
    {
        {
            Database database(scratch_.settings(), quiet());
            migrate(database, quiet());
            database.write(
                [&](DbSession& s)
                {
                    for (int i = 0; i < 10000; ++i)
                        s.execute("INSERT INTO [tokens] ([user_id], [key], [name], [models]) VALUES (?, ?, ?, ?)",
                                  i % 500, "key" + std::to_string(i), "name", "gpt-4o,gpt-4o-mini,claude-3-5-sonnet");
                    for (int i = 0; i < 500; ++i)
                        s.execute("INSERT INTO [users] ([id], [username], [password]) VALUES (?, ?, '')", i,
                                  "u" + std::to_string(i));
                    std::string models;
                    for (int i = 0; i < 20; ++i)
                        models += (i ? ",model-" : "model-") + std::to_string(i);
                    for (int i = 0; i < 1000; ++i)
                        s.execute("INSERT INTO [channels] ([name], [key], [models], [group], [model_mapping]) VALUES "
                                  "(?, ?, ?, ?, ?)",
                                  "c", "k", models, "default,vip", R"({"model-1":"a","model-2":"b"})");
                });
        }
        Database database(scratch_.settings(), quiet());
        const int64_t began = switchyard::steadyMillis();
        const SnapshotPtr snapshot =
            database.read([&](DbSession& s) { return loadSnapshot(s, plain_, 1, [](int64_t, std::string_view) {}); });
        const int64_t took = switchyard::steadyMillis() - began;
        std::cout << " (loaded in " << took << " ms)";
        CPPUNIT_ASSERT_EQUAL(size_t{10000}, snapshot->tokenCount());
        CPPUNIT_ASSERT_EQUAL(size_t{1000}, snapshot->channelsFor("vip", "model-7").size());
        CPPUNIT_ASSERT_MESSAGE(std::to_string(took), took < 2000); // 60 ms in a release build; loose for sanitizers
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SnapshotTest);
