// Adding, replacing and removing plug-ins while they are in use.
#include "host_fixture.h"
#include "providers/channel_table.h"
#include "store/snapshot.h"

#include <cppunit/extensions/HelperMacros.h>
#include <future>
#include <map>

using namespace switchyard;
using namespace switchyard::providers;

namespace
{

store::SnapshotPtr snapshotWith(const std::string& provider, const std::string& key)
{
    store::SnapshotBuilder builder;
    store::Channel channel;
    channel.id = 1;
    channel.provider = provider;
    channel.key = key;
    builder.add(channel);
    return builder.build(1);
}

size_t descriptors()
{
    size_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator("/proc/self/fd"))
        ++count;
    return count;
}

size_t mappedObjects()
{
    std::ifstream maps("/proc/self/maps");
    size_t count = 0;
    for (std::string line; std::getline(maps, line);)
        count +=
            line.find("switchyard-plugin") != std::string::npos || line.find("plugin-objects") != std::string::npos;
    return count;
}

} // namespace

class PluginHostTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(PluginHostTest);
    CPPUNIT_TEST(aFileDroppedInIsInServiceSoon);
    CPPUNIT_TEST(aFileWrittenSlowlyInPlaceIsTakenWhenItIsWhole);
    CPPUNIT_TEST(aReplacementServesNewChannelsWhileOldOnesFinishOnTheirs);
    CPPUNIT_TEST(removingAFileEndsItsProvider);
    CPPUNIT_TEST(ofTwoThatClaimTheSameTheEarlierWinsAndTheOtherFollowsWhenItLeaves);
    CPPUNIT_TEST(aHundredReplacementsLeaveNothingBehind);
    CPPUNIT_TEST(objectsAreLoadedFromTheStateDirectoryWhereMemoryMayNotBeExecuted);
    CPPUNIT_TEST(anObjectThatStaysMappedIsListedWithTheReason);
    CPPUNIT_TEST(aDirectlyLoadedFileCannotBeReplaced);
    CPPUNIT_TEST(unloadingWaitsForTheLoops);
    CPPUNIT_TEST(aChannelTableSharesUnchangedObjectsAndSaysWhyOthersAreMissing);
    CPPUNIT_TEST(theSearchPathFollowsBinaryFlagsAndEnvironment);
    CPPUNIT_TEST_SUITE_END();

public:
    void aFileDroppedInIsInServiceSoon()
    {
        HostFixture fixture;
        fixture.start();
        std::promise<void> arrived;
        bool done = false;
        fixture.host->subscribe(
            [&](const ProviderSetPtr& set)
            {
                if (set->byId("answering") && !std::exchange(done, true)) arrived.set_value();
            });
        fixture.put("p", HostFixture::built("one"));
        CPPUNIT_ASSERT(arrived.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
        const auto info = HostFixture::within10s([&] { return fixture.info("p", PluginState::loaded).has_value(); });
        CPPUNIT_ASSERT(info);
        const PluginInfo loaded = fixture.info("p", PluginState::loaded).value();
        CPPUNIT_ASSERT(loaded.sha256.size() == 64 && !loaded.buildId.empty() && loaded.address != 0 &&
                       loaded.version == "1");
        CPPUNIT_ASSERT(fixture.host->providers()->byType(9001) == fixture.host->providers()->byId("answering"));
        fixture.host->subscribe([](const ProviderSetPtr&) {});
    }

    void aFileWrittenSlowlyInPlaceIsTakenWhenItIsWhole()
    {
        HostFixture fixture;
        fixture.start();
        const std::string bytes = HostFixture::built("one");
        {
            std::ofstream out(fixture.root / "first" / "slow.so", std::ios::binary);
            out << bytes.substr(0, bytes.size() / 2) << std::flush;
            // Half of it rests long enough to be looked at: it is refused for what it is.
            CPPUNIT_ASSERT(
                HostFixture::within10s([&] { return fixture.info("slow", PluginState::refused).has_value(); }));
            CPPUNIT_ASSERT(fixture.info("slow", PluginState::refused)->reason.find("cut off") != std::string::npos);
            out << bytes.substr(bytes.size() / 2);
        }
        CPPUNIT_ASSERT(HostFixture::within10s([&] { return fixture.versionOf("answering") == "1"; }));
    }

    void aReplacementServesNewChannelsWhileOldOnesFinishOnTheirs()
    {
        HostFixture fixture;
        fixture.put("p", HostFixture::built("one"));
        fixture.start();
        const auto snapshot = snapshotWith("answering", "k");
        ChannelTablePtr old = ChannelTable::build(*snapshot, *fixture.host->providers(), nullptr);
        fixture.put("p", HostFixture::built("two"));
        CPPUNIT_ASSERT(HostFixture::within10s([&] { return fixture.versionOf("answering") == "2"; }));
        ChannelTablePtr now = ChannelTable::build(*snapshot, *fixture.host->providers(), old.get());
        CPPUNIT_ASSERT_EQUAL(std::string("2"), now->find(1)->object->provider().descriptor().version);
        CPPUNIT_ASSERT_EQUAL(std::string("1"), old->find(1)->object->provider().descriptor().version);
        CPPUNIT_ASSERT(fixture.info("p", PluginState::leaving));
        old.reset();
        CPPUNIT_ASSERT(HostFixture::within10s([&] { return !fixture.info("p", PluginState::leaving); }));
    }

    void removingAFileEndsItsProvider()
    {
        HostFixture fixture;
        fixture.put("p", HostFixture::built("one"));
        fixture.start();
        const auto snapshot = snapshotWith("answering", "k");
        fs::remove(fixture.root / "first" / "p.so");
        CPPUNIT_ASSERT(HostFixture::within10s([&] { return fixture.host->providers()->all().empty(); }));
        const auto table = ChannelTable::build(*snapshot, *fixture.host->providers(), nullptr);
        CPPUNIT_ASSERT(table->find(1)->state == ChannelEntry::State::providerMissing);
        CPPUNIT_ASSERT(table->find(1)->reason.find("'answering'") != std::string::npos);
    }

    void ofTwoThatClaimTheSameTheEarlierWinsAndTheOtherFollowsWhenItLeaves()
    {
        HostFixture fixture;
        HostFixture::write(fixture.root / "second" / "later.so", HostFixture::built("two"));
        HostFixture::write(fixture.root / "second" / "number.so", HostFixture::built("same_type"));
        fixture.start();
        CPPUNIT_ASSERT_EQUAL(std::string("2"), fixture.versionOf("answering"));
        CPPUNIT_ASSERT(fixture.info("number", PluginState::refused)->reason.find("9001") != std::string::npos);
        fixture.put("earlier", HostFixture::built("one")); // of the directory that comes first
        CPPUNIT_ASSERT(HostFixture::within10s([&] { return fixture.versionOf("answering") == "1"; }));
        CPPUNIT_ASSERT(HostFixture::within10s(
            [&]
            {
                const auto later = fixture.info("later", PluginState::refused);
                return later && later->reason.find("'answering'") != std::string::npos;
            }));
        fs::remove(fixture.root / "first" / "earlier.so");
        CPPUNIT_ASSERT(HostFixture::within10s([&] { return fixture.versionOf("answering") == "2"; }));
    }

    void aHundredReplacementsLeaveNothingBehind()
    {
        HostFixture fixture;
        fixture.settings.quiet = std::chrono::milliseconds(5);
        fixture.put("p", HostFixture::built("one"));
        fixture.start();
        const std::string versions[] = {HostFixture::built("one"), HostFixture::built("two")};
        const auto snapshot = snapshotWith("answering", "k");
        ChannelTablePtr table = ChannelTable::build(*snapshot, *fixture.host->providers(), nullptr);
        const size_t descriptorsBefore = descriptors();
        const size_t mappedBefore = mappedObjects();
        CPPUNIT_ASSERT(mappedBefore > 0);
        for (int i = 1; i <= 100; ++i)
        {
            // Bytes behind the last section change the content and nothing else.
            fixture.put("p", versions[i % 2] + std::to_string(i));
            const std::string wanted = i % 2 ? "2" : "1";
            CPPUNIT_ASSERT_MESSAGE(std::to_string(i),
                                   HostFixture::within10s([&] { return fixture.versionOf("answering") == wanted; }));
            table = ChannelTable::build(*snapshot, *fixture.host->providers(), table.get());
            CPPUNIT_ASSERT_EQUAL(wanted, table->find(1)->object->provider().descriptor().version);
        }
        CPPUNIT_ASSERT(HostFixture::within10s([&] { return !fixture.info("p", PluginState::leaving); }));
        CPPUNIT_ASSERT_EQUAL(descriptorsBefore, descriptors());
        CPPUNIT_ASSERT_EQUAL(mappedBefore, mappedObjects());
    }

    void objectsAreLoadedFromTheStateDirectoryWhereMemoryMayNotBeExecuted()
    {
        HostFixture fixture;
        fixture.settings.memoryFiles = false;
        fixture.put("p", HostFixture::built("one"));
        fixture.start();
        const auto holdsTheOld = fixture.host->providers();
        for (const char* version : {"2", "1", "2"}) // back and forth, while the first of each is still mapped
        {
            fixture.put("p", HostFixture::built(version == std::string("1") ? "one" : "two"));
            CPPUNIT_ASSERT(HostFixture::within10s([&] { return fixture.versionOf("answering") == version; }));
        }
        CPPUNIT_ASSERT(!fs::is_empty(fixture.root / "state" / "plugin-objects"));
        CPPUNIT_ASSERT((fs::status(fixture.root / "state" / "plugin-objects").permissions() & fs::perms::all) ==
                       fs::perms::owner_all);
    }

    void anObjectThatStaysMappedIsListedWithTheReason()
    {
        HostFixture fixture;
        fixture.put("p", HostFixture::built("stays_mapped"));
        fixture.start();
        fs::remove(fixture.root / "first" / "p.so");
        CPPUNIT_ASSERT(HostFixture::within10s(
            [&]
            {
                const auto info = fixture.info("p", PluginState::leaving);
                return info && info->reason.find("stays mapped") != std::string::npos;
            }));
    }

    void aDirectlyLoadedFileCannotBeReplaced()
    {
        HostFixture fixture;
        fixture.settings.direct = true;
        fixture.put("p", HostFixture::built("one"));
        fixture.start();
        CPPUNIT_ASSERT_EQUAL(std::string("1"), fixture.versionOf("answering"));
        fixture.put("p", HostFixture::built("two"));
        CPPUNIT_ASSERT(HostFixture::within10s(
            [&]
            {
                const auto info = fixture.info("p", PluginState::loaded);
                return info && info->reason.find("--plugin-direct") != std::string::npos;
            }));
        CPPUNIT_ASSERT_EQUAL(std::string("1"), fixture.versionOf("answering"));
    }

    void unloadingWaitsForTheLoops()
    {
        HostFixture fixture;
        std::promise<std::function<void()>> asked;
        fixture.settings.afterEveryLoopTurned = [&asked](std::function<void()> then)
        { asked.set_value(std::move(then)); };
        fixture.put("p", HostFixture::built("one"));
        fixture.start();
        fs::remove(fixture.root / "first" / "p.so");
        auto future = asked.get_future();
        CPPUNIT_ASSERT(future.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
        const size_t waiting = mappedObjects();
        CPPUNIT_ASSERT(fixture.info("p", PluginState::leaving));
        future.get()();
        CPPUNIT_ASSERT(HostFixture::within10s([&] { return mappedObjects() < waiting; }));
    }

    void aChannelTableSharesUnchangedObjectsAndSaysWhyOthersAreMissing()
    {
        HostFixture fixture;
        fixture.put("p", HostFixture::built("one"));
        fixture.start();
        const auto set = fixture.host->providers();
        const auto first = ChannelTable::build(*snapshotWith("answering", "k"), *set, nullptr);
        const auto second = ChannelTable::build(*snapshotWith("answering", "k"), *set, first.get());
        const auto third = ChannelTable::build(*snapshotWith("answering", "other key"), *set, second.get());
        CPPUNIT_ASSERT(first->find(1)->object == second->find(1)->object);
        CPPUNIT_ASSERT(first->find(1)->object != third->find(1)->object);
        const auto refused = ChannelTable::build(*snapshotWith("answering", ""), *set, nullptr);
        CPPUNIT_ASSERT(refused->find(1)->state == ChannelEntry::State::configRefused);
        CPPUNIT_ASSERT(refused->find(1)->reason.find("key is empty") != std::string::npos);
        CPPUNIT_ASSERT(!first->find(2));
    }

    void theSearchPathFollowsBinaryFlagsAndEnvironment()
    {
        HostFixture fixture;
        fs::create_directories(fixture.root / "bin");
        fs::create_directories(fixture.root / "lib/switchyard/plugins");
        HostFixture::write(fixture.root / "bin" / "switchyard", "");
        const fs::path root = fs::canonical(fixture.root);
        const auto path = searchPath(root / "bin/switchyard", {(root / "first").string()},
                                     ((root / "second").string() + "::" + (root / "first").string()).c_str());
        const std::vector<fs::path> wanted{root / "lib/switchyard/plugins", root / "first", root / "second"};
        CPPUNIT_ASSERT(wanted == path);
        CPPUNIT_ASSERT(searchPath(root / "none/switchyard", {}, nullptr).empty());
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PluginHostTest);
